"""The comparison's process: `python -m sleepy_core.compare.worker`, one request a line, as JSON, and events back.

What to know: loading a model takes longer than most of what is asked here, so it stays loaded, and each adapter is put
into it and taken out again. torch is imported here; whoever asks (`compare.run`) never does. A line `stop` on standard
input, its end, or SIGTERM make it leave; a training that is under way is checkpointed first.
"""

from __future__ import annotations

import gc
import json
import math
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"  # read when transformers is imported: nothing is looked up anywhere

import torch
from peft import PeftModel
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn

from sleepy_core.night.base import Tokens, load_base, tokenize
from sleepy_core.night.example import read_examples
from sleepy_core.night.job import JobError, TrainJob
from sleepy_core.night.train import adapted, loss_of, peak_bytes, train, use_threads
from sleepy_core.night.worker import EXIT_STOPPED, lower_priority, say
from sleepy_core.propose.prompt import REWRITE, span_room
from sleepy_share import absorb, lora, subspace
from sleepy_share.basis import FILE, StoredBasis, load_basis
from sleepy_share.errors import ShareError
from sleepy_share.model import ShareModel
from sleepy_share.registration import register
from sleepy_share.saved import adapters_in, open_saved
from sleepy_share.subspace import Recipe

STOP = "stop"
_TEMPERATURE = 0.8  # of all answers but the first
_BATCH = 4  # prompts that are answered side by side


def main() -> int:
    """Do what is asked, until there is nothing more; 0, or 3 when it was told to stop."""
    lower_priority()
    leave = threading.Event()
    requests: queue.SimpleQueue[str] = queue.SimpleQueue()

    def told_to_leave(*_: object) -> None:
        leave.set()
        requests.put(STOP)

    signal.signal(signal.SIGTERM, told_to_leave)
    signal.signal(signal.SIGINT, told_to_leave)
    threading.Thread(target=_listen, args=(requests, leave), daemon=True, name="standard input").start()
    worker = Worker(leave.is_set)
    while (line := requests.get()) != STOP:
        try:
            told = worker.answer(json.loads(line))
        except (JobError, ShareError, OSError, MemoryError) as error:
            told = {"event": "failed", "problem": str(error) or type(error).__name__}
        say(told)
    return EXIT_STOPPED if leave.is_set() else 0


def _listen(requests: queue.SimpleQueue[str], leave: threading.Event) -> None:
    for line in sys.stdin:
        if line.strip() == STOP:
            break
        requests.put(line)
    leave.set()
    requests.put(STOP)


class Worker:
    """Does one request after the other; the model of the last one stays loaded."""

    def __init__(self, stop: Callable[[], bool]) -> None:
        self._stop = stop
        self._key: tuple[Path, Path | None] | None = None
        self._loaded: tuple[Any, nn.Module] | None = None
        self._do: dict[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
            "train": self._train,
            "measure": self._measure,
            "basis": self._basis,
            "mean": self._mean,
            "extract": self._extract,
            "merge": self._merge,
        }

    def answer(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """The last event of a request: `answered`, or `stopped`. Raises `JobError` and `ShareError`."""
        _forget_peak()
        began, used = time.monotonic(), time.process_time()
        told = self._do[request["do"]](request)
        spent = {"seconds": time.monotonic() - began, "cpu_seconds": time.process_time() - used}
        return {"event": "answered", "peak_bytes": peak_bytes(), **spent, **told}

    # --- What can be asked --------------------------------------------------------------------------------

    def _train(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        job = TrainJob.from_json(json.dumps(request["job"]))
        loaded = self._base(job)
        began, used = time.monotonic(), time.process_time()
        try:
            result = train(job, say, self._stop, loaded)
        finally:
            _bare(loaded[1])
        if result.ended == "stopped":
            return {"event": "stopped"}
        # It is told where the basis lies; a copy for each of hundreds of tasks would fill the disk.
        (job.out / FILE).unlink(missing_ok=True)
        numbers, size = _stored(job.out)
        return {
            "seconds": time.monotonic() - began,
            "cpu_seconds": time.process_time() - used,
            "numbers": numbers,
            "bytes": size,
            "result": json.loads(result.to_json()),
        }

    def _measure(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """The loss of each example, and `samples` answers to it: none, the greedy one, or that and some by chance."""
        job = TrainJob.from_json(json.dumps(request["job"]))
        tokenizer, base = self._base(job)
        use_threads(job.threads)
        examples = [(one, tokenize([one], tokenizer, job.longest)[0]) for one in read_examples(job.examples)]
        asked = [(one, tokens[0]) for one, tokens in examples if tokens]  # the same are too long for every method
        samples: int = request["samples"]
        with _wearing(base, request["adapter"]) as model:
            losses = [_number(loss_of(model, [tokens], job.tokens)) for _, tokens in asked]
            rooms = [span_room(one.answer) for one, _ in asked]
            torch.manual_seed(job.seed)
            answers = list(_answers(tokenizer, model, [t for _, t in asked], rooms, samples)) if samples else []
        rows = [
            {
                "koan": one.id,
                "tokens": len(tokens.ids) - tokens.prompt,
                "loss": loss,
                "answers": answers[place] if answers else [],
            }
            for place, ((one, tokens), loss) in enumerate(zip(asked, losses, strict=True))
        ]
        return {"rows": rows}

    def _basis(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Singular vectors of the model's own weights, written once: they take longer than a short training."""
        job = TrainJob.from_json(json.dumps(request["job"]))
        _, base = self._base(job)
        began, used = time.monotonic(), time.process_time()
        try:
            tuner = getattr(adapted(base, job), "base_model", None)
            assert isinstance(tuner, ShareModel)
            tuner.save_basis(job.out)
        finally:
            _bare(base)
        spent = {"seconds": time.monotonic() - began, "cpu_seconds": time.process_time() - used}
        return {**spent, **_basis_size(job.out)}

    def _mean(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        saved = [open_saved(Path(folder)) for folder in request["folders"]]
        factors = {}
        for module in saved[0].shapes:
            b, a = subspace.mean_adapter([one.pairs([module])[0] for one in saved], request["rank"])
            factors[module] = (b.numpy(), a.numpy())
        out = Path(request["out"])
        lora.write_lora(lora.Lora(factors, saved[0].base_model), out)
        numbers, size = _stored(out)
        return {"numbers": numbers, "bytes": size}

    def _extract(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        out = Path(request["out"])
        if not out.is_dir():  # it comes as a whole, and we may have been killed right after it
            absorb.extract([Path(f) for f in request["folders"]], out, absorb.Plan(_recipe(request)))
        return _basis_size(out)

    def _merge(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        out = Path(request["out"])
        if not out.is_dir():
            absorb.merge([Path(f) for f in request["folders"]], [], out, absorb.Plan(_recipe(request)))
        return {**_basis_size(out), "tasks": {task.name: _stored(task)[0] for task in adapters_in([out])}}

    # --- The model ----------------------------------------------------------------------------------------

    def _base(self, job: TrainJob) -> tuple[Any, nn.Module]:
        key = (job.model, job.below)
        if self._loaded is None or self._key != key:
            self._loaded = None  # two do not need to fit
            self._loaded, self._key = load_base(job), key
        return self._loaded


@contextmanager
def _wearing(base: nn.Module, adapter: str | None) -> Iterator[nn.Module]:
    """The model with an adapter of a folder; as it was before, at the end."""
    register()
    try:
        yield base if adapter is None else PeftModel.from_pretrained(base, adapter)
    except (ValueError, KeyError) as error:
        raise JobError(f"{adapter} does not fit the model: {error}") from error
    finally:
        _bare(base)


def _bare(base: nn.Module) -> None:
    """Take every adapter out of the model again."""
    worn = [(name, module) for name, module in base.named_modules() if isinstance(module, BaseTunerLayer)]
    for name, module in worn:
        parent, _, own = name.rpartition(".")
        setattr(base.get_submodule(parent), own, module.get_base_layer())
    with suppress(AttributeError):
        del base.peft_config
    base.requires_grad_(False)


@torch.no_grad()
def _answers(
    tokenizer: Any, model: nn.Module, asked: Sequence[Tokens], rooms: Sequence[int], samples: int
) -> Iterator[list[str]]:
    """For each question the answer without chance, and behind it those by chance."""
    model.eval()
    end = tokenizer.eos_token_id
    device = next(model.parameters()).device
    for first in range(0, len(asked), _BATCH):
        batch = asked[first : first + _BATCH]
        width = max(one.prompt for one in batch)
        ids = torch.full((len(batch), width), end, dtype=torch.long)
        seen = torch.zeros(len(batch), width, dtype=torch.long)
        for row, one in enumerate(batch):
            ids[row, width - one.prompt :] = torch.tensor(one.ids[: one.prompt])
            seen[row, width - one.prompt :] = 1
        common = {
            "input_ids": ids.to(device),
            "attention_mask": seen.to(device),
            "max_new_tokens": max(rooms[first : first + len(batch)]),
            "use_cache": True,
            "pad_token_id": end,
            "eos_token_id": end,
            "stop_strings": ["\n" + REWRITE],
            "tokenizer": tokenizer,
        }
        chance: dict[str, Any] = {"do_sample": True, "temperature": _TEMPERATURE, "top_p": None, "top_k": None}
        sure: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        given = [model.generate(**how, **common) for how in (sure, *[chance] * (samples - 1))]
        for row in range(len(batch)):
            room = rooms[first + row]
            texts = [tokenizer.decode(one[row, width : width + room], skip_special_tokens=True) for one in given]
            yield [text.partition("\n" + REWRITE)[0] for text in texts]


# --- Numbers and bytes -----------------------------------------------------------------------------------


def _recipe(request: Mapping[str, Any]) -> Recipe:
    return Recipe(explained=request["explained"] / 100) if request["explained"] else Recipe(k=request["k"])


def _stored(folder: Path) -> tuple[int, int]:
    """The numbers and the bytes of an adapter's folder."""
    shapes = open_saved(folder).shapes.values()
    numbers = sum(math.prod(shape) for parts in shapes for shape in parts.values())
    return numbers, sum((folder / name).stat().st_size for name in (lora.WEIGHTS, lora.CONFIG))


def _basis_size(folder: Path) -> dict[str, Any]:
    basis = load_basis(folder)
    assert isinstance(basis, StoredBasis)
    numbers = sum(beta.size + alpha.size for beta, alpha in basis.matrices.values())
    return {"numbers": numbers, "bytes": (folder / FILE).stat().st_size}


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _forget_peak() -> None:
    """What was resident at most before does not count; Linux can forget it, elsewhere it is the process's own."""
    gc.collect()  # adapters hold on to themselves in circles, with their gradients
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


if __name__ == "__main__":
    sys.exit(main())
