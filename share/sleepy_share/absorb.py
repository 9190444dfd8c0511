"""From adapters on disk to a learned basis with the coefficients of all tasks above it: phases 1 and 3 on folders.

    extract   LoRAs of one model                      -> basis.safetensors, and a folder of coefficients for each
    merge     such a folder, or nights' tasks above a random or svd basis, and new LoRAs  ->  the same, anew

Modules are read a few at a time, so memory grows with the coefficients and not with the adapters; of old tasks nothing
but basis and coefficients is needed. The result is a new folder, whole or not at all: what was merged stays as it was,
and may be thrown away once the new one is in use. Every task in it loads with `PeftModel.from_pretrained`.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

from sleepy_share import subspace
from sleepy_share.basis import FILE, Basis, StoredBasis, learned
from sleepy_share.errors import AdapterError, BasisMismatch, SaveFailed
from sleepy_share.export import basis_of, module_shapes
from sleepy_share.files import replace_bytes, write_tensors
from sleepy_share.lora import CONFIG, PREFIX, WEIGHTS
from sleepy_share.saved import Saved, open_saved
from sleepy_share.subspace import Coefficients, Merged, Pair, Recipe

Form = Literal["product", "core"]
Progress = Callable[[int, int], object]  # modules done, and of how many

# Of LoRAs, in memory at a time.
_BATCH_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be made: the subspace, and the form of the coefficients of new tasks (old ones keep theirs)."""

    recipe: Recipe = field(default_factory=Recipe)
    form: Form = "product"
    p: int | None = None  # columns of ε in the product form; by default the adapter's rank, which loses nothing

    def __post_init__(self) -> None:
        if self.p is not None and self.p < 1:
            raise AdapterError(f"The product form needs a pseudo-rank of at least 1; p = {self.p} was asked for.")


@dataclass(frozen=True, slots=True)
class Report:
    """What was made."""

    folder: str
    basis: str  # its id
    tasks: list[str]
    modules: int
    k: tuple[int, int]  # the least and the most columns of a module
    explained: tuple[float, float]  # of all that was ever stacked, the part that the basis keeps: of the Bs, the As
    basis_bytes: int
    task_bytes: int  # of a task, on average

    def as_json(self) -> dict[str, Any]:
        """For other programs."""
        return asdict(self)


def extract(adapters: Sequence[Path], out: Path, plan: Plan = Plan(), progress: Progress | None = None) -> Report:
    """Phase 1: a basis of what LoRAs have in common, and the coefficients of each above it, as the new folder `out`.

    Adapters may differ in rank and dtype, but not in their modules. A task is called as its adapter's folder.
    """
    opened = [open_saved(folder) for folder in adapters]
    if tasks := [one for one in opened if one.is_task]:
        raise AdapterError(f"{tasks[0].folder} holds coefficients, not a LoRA; those are merged (phase 3).")
    if not opened:
        raise AdapterError("There is nothing to learn a basis from: no adapter was given.")
    if len(opened) == 1:
        raise AdapterError(
            f"A basis is what adapters have in common, and {opened[0].folder} is the only one; give two at least."
        )
    return _absorb(None, [], opened, out, plan, progress)


def merge(
    saved: Sequence[Path],
    adapters: Sequence[Path],
    out: Path,
    plan: Plan = Plan(),
    progress: Progress | None = None,
    base: Path | None = None,
) -> Report:
    """Phase 3: saved tasks above one basis and new LoRAs, above a new basis, as the new folder `out`.

    `base`, the model's GGUF file or its folder of safetensors, is only needed for tasks above a random basis where
    there is no LoRA that says how large the weights are.
    """
    tasks, new = ([open_saved(folder) for folder in given] for given in (saved, adapters))
    if not tasks:
        raise AdapterError("There is nothing to merge into: no task above a basis was given.")
    for one, wanted in (*((t, True) for t in tasks), *((a, False) for a in new)):
        if one.is_task is not wanted:
            raise AdapterError(f"{one.folder} is {'a LoRA, not a task' if wanted else 'a task, not a LoRA'}.")
    basis = basis_of(tasks[0].folder, tasks[0].config)
    for task in tasks:
        if (theirs := task.config.get("basis_id")) != basis.id:
            raise BasisMismatch(
                f"Tasks above different bases cannot be merged: {task.name} is above {theirs}, {tasks[0].name} above "
                f"{basis.id}."
            )
    _check_same_model([*tasks, *new])
    if new:
        shapes = {module: (parts["B"][0], parts["A"][1]) for module, parts in new[0].shapes.items()}
    else:
        shapes = module_shapes(basis, list(tasks[0].shapes), base)
    return _absorb((basis, shapes), tasks, new, out, plan, progress)


# --- What both do ---------------------------------------------------------------------------------


def _absorb(
    known: tuple[Basis, dict[str, tuple[int, int]]] | None,
    tasks: Sequence[Saved],
    new: Sequence[Saved],
    out: Path,
    plan: Plan,
    progress: Progress | None,
) -> Report:
    all_ = [*tasks, *new]
    _check_names(all_)
    _check_same_model(all_)
    _check_free(out)
    modules = list(all_[0].shapes)
    lost_before = _lost(known[0]) if known else {}
    lost: dict[str, tuple[float, float]] = {}
    bases: dict[str, Pair] = {}
    held: list[list[Coefficients]] = [[] for _ in all_]
    kept, seen = [0.0, 0.0], [0.0, 0.0]

    def work(read: Read) -> Merged:
        before = None if known is None else _factors(known[0], read.module, known[1][read.module])
        _check_fit(read.module, before, tasks, read.old)
        return subspace.merge(before, read.old, read.new, plan.recipe, lost_before.get(read.module, (0.0, 0.0)))

    for module, found in _side_by_side(work, _read(modules, tasks, new)):
        bases[module] = (found.beta, found.alpha)
        for place, task in zip(held, [*found.old, *found.new], strict=True):
            place.append(task)
        lost[module] = found.lost
        for side in (0, 1):
            seen[side] += found.seen[side]
            kept[side] += found.seen[side] - found.lost[side]
        if progress is not None:
            progress(len(bases), len(modules))
    explained = (kept[0] / seen[0] if seen[0] else 1.0, kept[1] / seen[1] if seen[1] else 1.0)
    model = next((one.base_model for one in all_ if one.base_model), "")
    basis = learned(
        {name: (beta.numpy(), alpha.numpy()) for name, (beta, alpha) in bases.items()},
        {"tasks": len(all_), "explained": explained, "model": model, "lost": lost},
    )
    with _new_folder(out) as folder:
        basis_bytes = basis.save(folder).stat().st_size
        task_bytes = 0
        for one, coefficients in zip(all_, held, strict=True):
            task_bytes += _write(one, coefficients, modules, basis, plan, folder / one.name)
    ks = [beta.shape[1] for beta, _ in bases.values()]
    return Report(
        folder=str(out),
        basis=basis.id,
        tasks=[one.name for one in all_],
        modules=len(modules),
        k=(min(ks), max(ks)),
        explained=explained,
        basis_bytes=basis_bytes,
        task_bytes=task_bytes // len(all_),
    )


class Read(NamedTuple):
    """What the adapters have for a module: coefficients of old tasks, pairs of new LoRAs."""

    module: str
    old: list[Coefficients]
    new: list[Pair]


def _read(modules: Sequence[str], tasks: Sequence[Saved], new: Sequence[Saved]) -> Iterator[list[Read]]:
    """All modules, in batches of which all adapters together fit in memory."""
    most = max(
        4 * sum(_numbers(shape) for one in (*tasks, *new) for shape in one.shapes[module].values())
        for module in modules
    )
    size = max(1, _BATCH_BYTES // most)
    for start in range(0, len(modules), size):
        batch = modules[start : start + size]
        coefficients = [task.coefficients(batch) for task in tasks]
        pairs = [adapter.pairs(batch) for adapter in new]
        yield [
            Read(module, [one[i] for one in coefficients], [one[i] for one in pairs]) for i, module in enumerate(batch)
        ]


def _side_by_side(work: Callable[[Read], Merged], batches: Iterator[list[Read]]) -> Iterator[tuple[str, Merged]]:
    """The modules with what became of them, in their order.

    Each is done by one thread of its own: its matrices are too small for several to share, which mostly wait then.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(threads) as pool:
            for batch in batches:
                for read, found in zip(batch, pool.map(work, batch), strict=True):
                    yield read.module, found
    finally:
        torch.set_num_threads(threads)


def _numbers(shape: tuple[int, ...]) -> int:
    return shape[0] * shape[1] if len(shape) == 2 else 0


def _factors(basis: Basis, module: str, shape: tuple[int, int]) -> Pair:
    beta, alpha = basis.factors(module, *shape)
    return torch.from_numpy(beta), torch.from_numpy(alpha)


def _lost(basis: Basis) -> dict[str, tuple[float, float]]:
    """What earlier merges have lost, by module; nothing for a basis that was not learned."""
    told = basis.about.get("lost", {}) if isinstance(basis, StoredBasis) else {}
    return {module: (float(b), float(a)) for module, (b, a) in told.items()}


# --- Refusals -------------------------------------------------------------------------------------


def _check_names(adapters: Sequence[Saved]) -> None:
    seen: dict[str, Path] = {}
    for one in adapters:
        if (other := seen.setdefault(one.name, one.folder)) is not one.folder:
            raise AdapterError(f"{other} and {one.folder} would both become the task {one.name}; rename one of them.")


def _check_same_model(adapters: Sequence[Saved]) -> None:
    """Raise `AdapterError` unless all adapters are of one model and adapt the same modules of it."""
    first = adapters[0]
    for one in adapters[1:]:
        if one.base_model and first.base_model and one.base_model != first.base_model:
            raise AdapterError(
                f"These adapters are of different models: {first.name} is of {first.base_model}, {one.name} of "
                f"{one.base_model}."
            )
        if one.shapes.keys() != first.shapes.keys():
            raise AdapterError(f"{first.name} and {one.name} adapt different modules: {_difference(first, one)}.")
        if one.is_task or first.is_task:
            continue  # a task's size is its basis's
        for module, parts in one.shapes.items():
            mine, theirs = ((p["B"][0], p["A"][1]) for p in (first.shapes[module], parts))
            if mine != theirs:
                raise AdapterError(
                    f"These adapters are of different models: {module} is {mine[0]} × {mine[1]} in {first.name}, "
                    f"{theirs[0]} × {theirs[1]} in {one.name}."
                )


def _difference(first: Saved, second: Saved) -> str:
    told = []
    for one, other in ((first, second), (second, first)):
        if alone := sorted(one.shapes.keys() - other.shapes.keys()):
            more = f" and {len(alone) - 1} more" if len(alone) > 1 else ""
            told.append(f"{alone[0]}{more} only {one.name}")
    return ", ".join(told)


def _check_fit(module: str, basis: Pair | None, tasks: Sequence[Saved], old: Sequence[Coefficients]) -> None:
    """Raise `AdapterError` where coefficients do not fit the basis that they name."""
    if basis is None:
        return
    beta, alpha = basis
    for task, one in zip(tasks, old, strict=True):
        phi = 0 if one.temporary_b is None else one.temporary_b.shape[1]
        k = beta.shape[1] + phi
        columns = one.b.shape[1] if one.b is not None and one.b.ndim == 2 else 0
        wanted: dict[str, tuple[Tensor | None, tuple[int, int]]] = {
            "core": (one.core, (k, k)),
            "b": (one.b, (k, columns)),
            "a": (one.a, (k, columns)),
            "temporary_b": (one.temporary_b, (beta.shape[0], phi)),
            "temporary_a": (one.temporary_a, (alpha.shape[0], phi)),
        }
        for kind, (got, shape) in wanted.items():
            if got is not None and tuple(got.shape) != shape:
                raise AdapterError(
                    f"{task.folder} does not fit its basis: {kind} of {module} is {tuple(got.shape)}, not {shape}."
                )


def _check_free(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise SaveFailed(f"{out} is there already, and what is in it is kept; name a new folder.")


# --- Writing --------------------------------------------------------------------------------------


@contextlib.contextmanager
def _new_folder(out: Path) -> Iterator[Path]:
    """A folder to write into, which becomes `out` once all of it is written."""
    unfinished: Path | None = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}.", suffix=".new"))
        yield unfinished
        unfinished.chmod(0o755)
        if out.is_dir():
            out.rmdir()  # an empty one; Windows does not rename over it
        unfinished.rename(out)
    except OSError as error:
        raise SaveFailed(f"{out} cannot be written ({error.strerror}); nothing was changed.") from error
    finally:
        if unfinished is not None:
            shutil.rmtree(unfinished, ignore_errors=True)


def _write(
    one: Saved, coefficients: Sequence[Coefficients], modules: Sequence[str], basis: Basis, plan: Plan, folder: Path
) -> int:
    """Write a task as the tuner saves it; how many bytes that are."""
    config = dict(one.config) if one.is_task else _config(one, plan.form)
    if not one.is_task:
        coefficients = _formed(coefficients, plan, basis.k)
    if coefficients[0].b is not None:
        config["p"] = coefficients[0].b.shape[1]
    # The basis lies one folder above, where the tuner looks first; so the whole may be moved.
    config |= {"basis": f"learned:{FILE}", "basis_id": basis.id, "phi": 0}
    tensors = {
        f"{PREFIX}{module}.share_eps_{kind}": tensor.numpy()
        for module, task in zip(modules, coefficients, strict=True)
        for kind, tensor in (("core", task.core), ("b", task.b), ("a", task.a))
        if tensor is not None
    }
    write_tensors(folder / WEIGHTS, tensors, {"format": "pt"})
    replace_bytes(folder / CONFIG, (json.dumps(config, indent=2, sort_keys=True) + "\n").encode())
    return sum((folder / name).stat().st_size for name in (WEIGHTS, CONFIG))


def _formed(coefficients: Sequence[Coefficients], plan: Plan, k: int) -> list[Coefficients]:
    """A new task in the form that is wanted, with as many columns of ε in every module."""
    if plan.form == "core":
        return [subspace.to_core(task) for task in coefficients]
    ranks = [task.b.shape[1] for task in coefficients if task.b is not None]
    p = min(plan.p or max(ranks), k)
    formed = []
    for task in coefficients:
        assert task.b is not None
        narrow = subspace.to_product(task, p) if p < task.b.shape[1] else task
        assert narrow.b is not None
        assert narrow.a is not None
        lacking = (0, p - narrow.b.shape[1])
        formed.append(Coefficients(b=pad(narrow.b, lacking), a=pad(narrow.a, lacking)))
    return formed


def _config(lora: Saved, form: Form) -> dict[str, Any]:
    """Of the tuner (`ShareConfig`), for the same modules as a LoRA."""
    same = (
        "base_model_name_or_path",
        "task_type",
        "target_modules",
        "exclude_modules",
        "layers_to_transform",
        "layers_pattern",
    )
    return {name: lora.config.get(name) for name in same} | {
        "peft_type": "SHARE",
        "inference_mode": True,
        "form": form,
        "p": 1,
        "modules_to_save": None,
    }
