"""The ways out: a task becomes an ordinary LoRA, an adapter for llama.cpp and Ollama, or a model of its own.

Nothing here needs torch. The chain is

    Share task folder ── to_lora ──> peft's LoRA folder ── to_gguf ──> adapter.gguf   (llama.cpp, Ollama: one at a time)
                general LoRA ──┐          │    └── merge.py ──> model.gguf            (whatever runs a GGUF model)
                               └─ join ───┘

Each step is a file or folder that other programs understand. `python -m sleepy_share.export --base BASE.gguf --adapter
OUT.gguf FOLDER... --adapter ...` takes the whole way in a process of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sleepy_share.basis import FILE as BASIS_FILE
from sleepy_share.basis import check_same, load_basis, open_basis, parse_spec
from sleepy_share.errors import AdapterError, DamagedFile, SaveFailed, ShareError
from sleepy_share.files import read_tensors
from sleepy_share.gguf_model import GgufModel
from sleepy_share.lora import (
    PREFIX,
    WEIGHTS,
    Array,
    Lora,
    check_finite,
    concatenate,
    read_config,
    read_lora,
    write_lora,
)

if TYPE_CHECKING:
    from sleepy_share.basis import Basis

Precision = Literal["f16", "f32"]
# A model: its GGUF file, the same opened already (which takes seconds), or its folder of safetensors.
Base = Path | GgufModel
_COEFFICIENTS = "share_eps_"


def to_lora(folder: Path, out: Path, base: Base | None = None) -> Lora:
    """Write a Share task (or a LoRA) as a LoRA folder that stock peft loads; gives it back as well.

    `base`, the model's GGUF file or its folder of safetensors, is only needed for a task above a random basis: such a
    basis is nothing but a seed, and somebody has to say how large the weights are.
    """
    lora = read_adapter(folder, base)
    write_lora(lora, out)
    return lora


def join(folders: Sequence[Path], out: Path, base: Base | None = None) -> Lora:
    """Write several adapters that act together, like a general LoRA and a task above it, as one LoRA."""
    lora = read_adapters(folders, base)
    write_lora(lora, out)
    return lora


def to_gguf(adapters: Lora | Path, base: Base, out: Path, precision: Precision = "f16") -> None:
    """Write an adapter for the model `base`, as `llama-server --lora` and Ollama's ADAPTER take it."""
    import gguf

    model = base if isinstance(base, GgufModel) else GgufModel(base)
    lora = adapters if isinstance(adapters, Lora) else read_adapter(adapters, model)
    check_fits(lora, model)
    writer = gguf.GGUFWriter(None, model.architecture)
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, 1.0)
    dtype = np.float16 if precision == "f16" else np.float32
    for module, pair in lora.factors.items():
        # The server multiplies by alpha / rank, and ranks may differ by module where alpha cannot.
        b, a = _balanced(pair[0] * np.float32(pair[1].shape[0]), pair[1])
        name = model.tensor_name(module)
        writer.add_tensor(f"{name}.lora_a", _as(dtype, module, a))
        writer.add_tensor(f"{name}.lora_b", _as(dtype, module, model.reordered(module, b)))
    write_in_place(out, lambda file: _finish(writer, file))


def check_fits(lora: Lora, model: GgufModel) -> None:
    """Raise `AdapterError` where an adapter names a module that the model lacks, or has in another shape."""
    check_finite(lora.factors)
    for module, (b, a) in lora.factors.items():
        there, here = model.shape(module), (b.shape[0], a.shape[1])
        if here != there:
            raise AdapterError(
                f"The adapter is of another model: {module} is {here[0]} × {here[1]} in it, and "
                f"{there[0]} × {there[1]} in {model.file.name}."
            )


# --- Reading --------------------------------------------------------------------------------------


def read_adapters(folders: Sequence[Path], base: Base | None = None) -> Lora:
    """Adapters that act together, as one LoRA of summed rank."""
    return concatenate([read_adapter(folder, base) for folder in folders])


def read_adapter(folder: Path, base: Base | None = None) -> Lora:
    """A LoRA folder, or a Share task folder as the LoRA that it amounts to."""
    config = read_config(folder)
    return _read_task(folder, config, base) if config.get("peft_type") == "SHARE" else read_lora(folder)


def _read_task(folder: Path, config: Mapping[str, Any], base: Base | None) -> Lora:
    """ΔW = (β ε_β)(α ε_α)ᵀ or β C αᵀ, with the temporary factors as further columns of β and α."""
    if config.get("modules_to_save"):
        raise AdapterError(f"{folder} holds whole modules ({config['modules_to_save']}) beside coefficients.")
    tasks: dict[str, dict[str, Array]] = {}
    for key, tensor in read_tensors(folder / WEIGHTS)[0].items():
        module, dot, kind = key.removeprefix(PREFIX).rpartition(f".{_COEFFICIENTS}")
        if not dot:
            raise AdapterError(f"{folder / WEIGHTS} holds {key}, which is no coefficient.")
        tasks.setdefault(module, {})[kind] = tensor
    if not tasks:
        raise AdapterError(f"{folder / WEIGHTS} holds no coefficients at all.")
    basis = basis_of(folder, config)
    shapes = module_shapes(basis, sorted(tasks), base)
    factors = {module: _product(folder, module, task, basis, shapes[module]) for module, task in sorted(tasks.items())}
    return Lora(factors, str(config.get("base_model_name_or_path") or ""), config.get("task_type"))


def basis_of(folder: Path, config: Mapping[str, Any]) -> Basis:
    """The basis that was saved beside the task or one folder above, else the one that it was trained with."""
    spec = parse_spec(str(config.get("basis")))
    beside = next((file for file in (folder / BASIS_FILE, folder.parent / BASIS_FILE) if file.is_file()), None)
    if spec.kind == "svd" and beside is None:
        raise AdapterError(
            f"{folder} was trained above the model's singular vectors, which are not beside it: put the {BASIS_FILE} "
            "that its training wrote there."
        )
    basis = open_basis(spec) if spec.kind == "random" or beside is None else load_basis(beside)
    check_same(basis, str(config.get("basis_id")), str(folder))
    return basis


def _product(
    folder: Path, module: str, task: Mapping[str, Array], basis: Basis, shape: tuple[int, int]
) -> tuple[Array, Array]:
    beta, alpha = basis.factors(module, *shape)
    if "temporary_b" in task:
        beta, alpha = np.hstack([beta, task["temporary_b"]]), np.hstack([alpha, task["temporary_a"]])
    try:
        if "core" in task:
            # Halved between both sides, so that neither is too small for 16 bits.
            u, s, vt = np.linalg.svd(task["core"].astype(np.float64))
            left, right = u * np.sqrt(s), vt.T * np.sqrt(s)
        else:
            left, right = task["b"], task["a"]
        return (beta @ left).astype(np.float32), (alpha @ right).astype(np.float32).T
    except (KeyError, ValueError, np.linalg.LinAlgError) as error:
        shapes = {kind: tensor.shape for kind, tensor in task.items()}
        raise AdapterError(
            f"{folder}: the coefficients of {module}, {shapes}, do not fit a basis of {beta.shape[1]} columns: {error}"
        ) from error


def module_shapes(basis: Basis, modules: Sequence[str], base: Base | None) -> dict[str, tuple[int, int]]:
    """n × d of each module: as the basis knows them, or else as the model has them."""
    matrices = getattr(basis, "matrices", None)
    if matrices is not None:
        return {m: (matrices[m][0].shape[0], matrices[m][1].shape[0]) if m in matrices else (0, 0) for m in modules}
    if base is None:
        raise AdapterError(f"The basis {basis.id} is random: say which model it is for, its GGUF file or its folder.")
    if isinstance(base, GgufModel) or base.is_file():
        model = base if isinstance(base, GgufModel) else GgufModel(base)
        return {module: model.shape(module) for module in modules}
    known = _safetensors_shapes(base)
    missing = [module for module in modules if module not in known]
    if missing:
        raise AdapterError(f"The model in {base} has no linear module {missing[0]}: the adapter is of another one.")
    return {module: known[module] for module in modules}


def _safetensors_shapes(folder: Path) -> dict[str, tuple[int, int]]:
    """The shapes of all matrices of a model, from the heads of its files."""
    shapes: dict[str, tuple[int, int]] = {}
    for file in sorted(folder.glob("*.safetensors")):
        try:
            with file.open("rb") as opened:
                head = json.loads(opened.read(int.from_bytes(opened.read(8), "little")))
            sizes = {name: info["shape"] for name, info in head.items() if name != "__metadata__"}
        except (OSError, ValueError, KeyError, TypeError, OverflowError, MemoryError) as error:
            raise DamagedFile(f"{file} is no safetensors file, or cut off: {error}.") from error
        shapes |= {name.removesuffix(".weight"): (s[0], s[1]) for name, s in sizes.items() if len(s) == 2}
    if not shapes:
        raise DamagedFile(f"{folder} holds no model: there is no *.safetensors in it.")
    return shapes


# --- Writing --------------------------------------------------------------------------------------


def _balanced(b: Array, a: Array) -> tuple[Array, Array]:
    """The same product with both factors equally large, so that a small one does not sink below 16 bits."""
    large, small = float(np.abs(b).max(initial=0.0)), float(np.abs(a).max(initial=0.0))
    if not (large and small):
        return b, a
    share = np.float32(np.sqrt(small / large))
    return b * share, a / share


def _as(dtype: Any, module: str, factor: Array) -> Any:
    with np.errstate(over="ignore"):
        written = np.ascontiguousarray(factor, dtype)
    if not np.isfinite(written).all():
        raise AdapterError(f"The adapter of {module} is too large for 16 bits ({np.abs(factor).max():.3g}); use f32.")
    return written


def _finish(writer: Any, file: Path) -> None:
    with contextlib.closing(writer):
        writer.write_header_to_file(file)
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()


def write_in_place(out: Path, write: Callable[[Path], None]) -> None:
    """The whole new file or the old one, whatever happens."""
    unfinished = out.with_name(f".{out.name}.new")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write(unfinished)
        with unfinished.open("rb+") as written:
            os.fsync(written.fileno())
        unfinished.replace(out)
    except OSError as error:
        raise SaveFailed(f"{out} cannot be written ({error.strerror}); what was there before is untouched.") from error
    finally:
        unfinished.unlink(missing_ok=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Several GGUF adapters for one model; says on standard output, in JSON, which could not be written, and why."""
    parser = argparse.ArgumentParser(
        prog="python -m sleepy_share.export", description="Write GGUF adapters for a model."
    )
    parser.add_argument("--base", type=Path, required=True, help="the model's GGUF file")
    parser.add_argument("--precision", choices=("f16", "f32"), default="f16")
    parser.add_argument(
        "--adapter",
        type=Path,
        nargs="+",
        action="append",
        required=True,
        metavar=("OUT", "FOLDER"),
        help="the file to write, and the Share tasks or LoRAs that act together in it",
    )
    given = parser.parse_args(arguments)
    failed: dict[str, str] = {}
    model: GgufModel | None = None
    for out, *folders in given.adapter:
        try:
            model = model or GgufModel(given.base)  # once: to read a large vocabulary takes seconds
            to_gguf(read_adapters(folders, model), model, out, given.precision)
        except ShareError as error:
            failed[str(out)] = str(error)
    sys.stdout.write(json.dumps(failed) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
