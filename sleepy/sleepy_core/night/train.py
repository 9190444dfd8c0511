"""One training, from the base model to an adapter on disk; read it from `train` down.

What to know: the loss is over the answers' tokens alone. Hidden states are turned into logits only there, since a
vocabulary of fifty thousand words costs more than the small models themselves. Batches are filled up to a number of
tokens, with examples of about the same length. Their order comes from the seed, so that a training that was stopped
goes on with the very numbers that it would have had. What is kept is what was best on the held-out examples.

On the CPU and in bf16 torch's fused attention takes a third of a step, transformers' plain one far less. But that one
needs memory, so long examples go by the fused one.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import torch
from peft import LoraConfig, LoraModel, PeftModel, get_peft_model
from peft.helpers import disable_input_dtype_casting
from torch import Tensor, nn

from sleepy_core import __version__
from sleepy_core.engines.digest import model_digest
from sleepy_core.night.base import Tokens, load_base, tokenize
from sleepy_core.night.example import read_examples
from sleepy_core.night.job import ADAPTER, CHECKPOINT, TRAINING, JobError, TrainJob, TrainResult, Why
from sleepy_share.config import ShareConfig
from sleepy_share.files import read_tensors, replace_bytes, write_tensors
from sleepy_share.model import ShareModel
from sleepy_share.registration import register

Say = Callable[[Mapping[str, Any]], None]  # an event of the worker
Stop = Callable[[], bool]  # is the user back?

_WARM_UP = 0.1  # of the steps
_LEAST_RATE = 0.1  # of the highest, at the end of the cosine
_CLIP = 1.0
_LONG = 512  # tokens of an example above which attention's square would take hundreds of megabytes
_LOOK = 48  # held-out examples
_MARGIN = 1e-4  # nats a token that count as a gain on the held-out examples


@dataclass(slots=True)
class _State:
    """Where a training stands; with the adapter's and the optimiser's numbers all that a checkpoint holds."""

    step: int = 0
    seconds: float = 0.0
    losses: tuple[float, ...] = ()  # of the last ten steps
    held_out: tuple[tuple[int, float], ...] = ()
    best_step: int = 0
    ended: Why | None = None


def train(
    job: TrainJob,
    say: Say = lambda _: None,
    stop: Stop = lambda: False,
    loaded: tuple[Any, nn.Module] | None = None,
) -> TrainResult:
    """Do the job, or go on with it where a checkpoint says that it was left.

    `stop` is asked after each step; a training that it ends can be gone on with. `loaded` is what `load_base` gave,
    for whoever trains many adapters of one model; the adapter is left in it. Raises `JobError` where the job cannot
    be done, and `sleepy_share.errors.ShareError` where files are damaged or cannot be written.
    """
    began = time.monotonic()
    use_threads(job.threads)
    tokenizer, base = loaded if loaded is not None else load_base(job)
    torch.manual_seed(job.seed)
    new, long = tokenize(read_examples(job.examples), tokenizer, job.longest)
    old = tokenize(read_examples(job.replay), tokenizer, job.longest)[0] if job.replay else []
    held_out = _looked_at(tokenize(read_examples(job.held_out), tokenizer, job.longest)[0], job) if job.held_out else []
    if not new:
        raise JobError(f"there is nothing to learn in {job.examples}: no example of {job.longest} tokens or less")
    model = adapted(base, job)
    numbers = {name: p for name, p in model.named_parameters() if p.requires_grad}
    # Foreach and fused forms sum in another order on another machine.
    optimizer = torch.optim.AdamW(numbers.values(), lr=job.rate, weight_decay=0.0, foreach=False)
    purpose = _purpose(job)
    state, best = _resumed(job, purpose, numbers, optimizer)
    say({"event": "start", "step": state.step, "steps": job.steps, "examples": len(new), "trained": _count(numbers)})
    if held_out and not state.held_out:
        state.held_out = ((0, loss_of(model, held_out, job.tokens)),)
        say({"event": "held_out", "step": 0, "loss": state.held_out[0][1]})
    if state.step:  # killed between the last checkpoint and the end?
        state.ended = _ending(job, state, False)
    elapsed = state.seconds
    batches = _batches(new, old, job)
    for _ in range(state.step):
        next(batches)
    while state.ended is None:
        loss = _step(model, optimizer, next(batches), job, state.step)
        state.step += 1
        state.losses = (*state.losses, loss)[-10:]
        state.seconds = elapsed + time.monotonic() - began
        say({"event": "step", "step": state.step, "loss": loss, "seconds": round(state.seconds, 2)})
        if held_out and (state.step % job.held_out_steps == 0 or state.step == job.steps):
            now = loss_of(model, held_out, job.tokens)
            if now < min(loss for _, loss in state.held_out) - _MARGIN:
                state.best_step, best = state.step, _copied(numbers)
            state.held_out = (*state.held_out, (state.step, now))
            say({"event": "held_out", "step": state.step, "loss": now})
        state.ended = _ending(job, state, stop())
        if state.ended is not None or state.step % job.checkpoint_steps == 0:
            _save_checkpoint(job, purpose, state, numbers, best, optimizer)
            say({"event": "checkpoint", "step": state.step})
        _watch_memory(job)
    if not held_out:
        state.best_step, best = state.step, _copied(numbers)
    result = _result(job, model, state, new, long, _count(numbers))
    if state.ended != "stopped":
        with torch.no_grad():
            for name, kept in best.items():
                numbers[name].copy_(kept)
        _save_adapter(model, job.out, result)
        (job.out / CHECKPOINT).unlink(missing_ok=True)
    say({"event": "done", "ended": state.ended, "result": json.loads(result.to_json())})
    return result


# --- The model with its adapter ------------------------------------------------------------------------


def adapted(base: nn.Module, job: TrainJob) -> nn.Module:
    """The model with the job's adapter, as it is before the first step."""
    register()
    if job.start is not None:
        try:
            return PeftModel.from_pretrained(base, str(job.start), is_trainable=True)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise JobError(f"{job.start} is no adapter of this model to go on from: {error}") from error
    layers: list[int] | None = None
    if job.first_layer:
        layers = list(range(job.first_layer, base.config.num_hidden_layers))
        if not layers:
            raise JobError(f"the first layer is {job.first_layer}; the model has {base.config.num_hidden_layers}")
    # Not peft's "all-linear": that means whole names, and those it adapts in every layer.
    ends = {
        name.rpartition(".")[2]
        for name, module in base.named_modules()
        if isinstance(module, nn.Linear) and module is not base.get_output_embeddings()
    }
    common: dict[str, Any] = {"target_modules": ends, "layers_to_transform": layers, "task_type": "CAUSAL_LM"}
    if job.method != "share":
        return get_peft_model(base, LoraConfig(r=job.rank, lora_alpha=job.rank, lora_dropout=0.0, **common))
    return get_peft_model(base, ShareConfig(basis=job.basis, form=job.form, p=job.p, phi=job.phi, **common))


# --- One step ------------------------------------------------------------------------------------------


def _step(
    model: nn.Module, optimizer: torch.optim.Optimizer, batch: Sequence[Tokens], job: TrainJob, step: int
) -> float:
    """One update; the weighted mean loss in nats a token.

    A CPU does one example at a time: that is as fast, and needs less memory and no padding.
    """
    for group in optimizer.param_groups:
        group["lr"] = job.rate * schedule(step, job.steps)
    loss = differentiate(model, batch, 1 if next(model.parameters()).is_cuda else len(batch))
    torch.nn.utils.clip_grad_norm_([p for g in optimizer.param_groups for p in g["params"]], _CLIP)
    optimizer.step()
    return loss


def differentiate(model: nn.Module, batch: Sequence[Tokens], parts: int) -> float:
    """The batch's loss, with its gradient, in so many parts; in more of them where a GPU's memory is too short."""
    total = sum(one.weight * (len(one.ids) - one.prompt) for one in batch)
    model.zero_grad(set_to_none=True)
    try:
        loss = 0.0
        for part in _parted(batch, parts):
            share = _answers_loss(model, part).sum() / total
            share.backward()
            loss += float(share.detach())
        return loss
    except torch.OutOfMemoryError as error:
        if parts >= len(batch):
            raise JobError(
                f"one example of {max(len(t.ids) for t in batch)} tokens does not fit into the GPU's memory; "
                "lower `longest`, or train with bits=4"
            ) from error
    torch.cuda.empty_cache()  # outside of `except`, whose traceback still holds what did not fit
    return differentiate(model, batch, min(len(batch), 2 * parts))


def schedule(step: int, steps: int) -> float:
    """The learning rate's share of its highest: a short rise, then a cosine."""
    rise = max(1, round(_WARM_UP * steps))
    if step < rise:
        return (step + 1) / rise
    done = (step - rise) / max(1, steps - rise)
    return _LEAST_RATE + (1 - _LEAST_RATE) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def _answers_loss(model: nn.Module, batch: Sequence[Tokens]) -> Tensor:
    """The weighted negative log-likelihood, in nats, of each token of the answers: one dimension."""
    hf = model.get_base_model() if isinstance(model, PeftModel) else model
    weights = hf.get_output_embeddings().weight
    width = max(len(one.ids) for one in batch)
    # The padding is behind all that counts, and nothing looks ahead: it needs no mask.
    ids = torch.zeros(len(batch), width, dtype=torch.long)
    asked = torch.zeros(len(batch), width, dtype=torch.float32)  # weight of the token that comes next
    for row, one in enumerate(batch):
        ids[row, : len(one.ids)] = torch.tensor(one.ids)
        asked[row, one.prompt - 1 : len(one.ids) - 1] = one.weight
    ids, asked = ids.to(weights.device), asked.to(weights.device)
    if weights.device.type == "cpu" and weights.dtype == torch.bfloat16 and hf._supports_sdpa:
        hf.set_attn_implementation("eager" if width <= _LONG else "sdpa")
    with _mixed(model, weights):
        states = hf.base_model(input_ids=ids).last_hidden_state
        where = asked > 0
        logits = hf.get_output_embeddings()(states[where]).float()
    if (cap := getattr(hf.config, "final_logit_softcapping", None)) is not None:
        logits = torch.tanh(logits / cap) * cap
    wanted = torch.roll(ids, -1, dims=1)[where]
    return torch.nn.functional.cross_entropy(logits, wanted, reduction="none") * asked[where]


@contextmanager
def _mixed(model: nn.Module, weights: Tensor) -> Iterator[None]:
    """A LoRA's float32 matrices are multiplied in the model's own precision; coefficients see to that themselves."""
    if not (isinstance(model, PeftModel) and isinstance(model.base_model, LoraModel)) or weights.dtype == torch.float32:
        yield
        return
    with torch.autocast(weights.device.type, weights.dtype), disable_input_dtype_casting(model):
        yield


@torch.no_grad()
def loss_of(model: nn.Module, examples: Sequence[Tokens], tokens: int) -> float:
    """The mean loss over examples, in nats a token of the answers, each example at its weight."""
    model.eval()
    total = answers = 0.0
    for batch in _filled(sorted(examples, key=lambda one: len(one.ids)), tokens):
        total += float(_answers_loss(model, batch).sum())
        answers += sum(one.weight * (len(one.ids) - one.prompt) for one in batch)
    model.train()
    return total / answers


# --- The order of the examples ---------------------------------------------------------------------------


def _looked_at(held_out: Sequence[Tokens], job: TrainJob) -> list[Tokens]:
    """The held-out examples that say when to stop, the same at each look: more would take longer than the steps."""
    return random.Random(job.seed).sample(list(held_out), min(_LOOK, len(held_out)))  # noqa: S311


def _batches(new: Sequence[Tokens], old: Sequence[Tokens], job: TrainJob) -> Iterator[list[Tokens]]:
    """Batches for ever, epoch after epoch, the same ones for the same seed."""
    epoch = 0
    while True:
        chance = random.Random(f"{job.seed}/{epoch}")  # noqa: S311
        pool = [*new, *chance.sample(list(old), min(len(old), len(new)))]
        chance.shuffle(pool)
        # Of a few batches at a time those of one length go together: little padding, and yet another order each time.
        window = max(8, 8 * job.tokens // max(1, sum(len(t.ids) for t in pool) // len(pool)))
        batches = [
            batch
            for first in range(0, len(pool), window)
            for batch in _filled(sorted(pool[first : first + window], key=lambda one: len(one.ids)), job.tokens)
        ]
        chance.shuffle(batches)
        yield from batches
        epoch += 1


def _filled(ordered: Sequence[Tokens], tokens: int) -> Iterator[list[Tokens]]:
    """Neighbours together, up to a number of tokens with the padding; an example that is longer stands alone."""
    batch: list[Tokens] = []
    for one in ordered:
        if batch and (len(batch) + 1) * max(len(one.ids), len(batch[-1].ids)) > tokens:
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch


def _parted(batch: Sequence[Tokens], parts: int) -> Iterator[Sequence[Tokens]]:
    size = -(-len(batch) // parts)
    return (batch[first : first + size] for first in range(0, len(batch), size))


# --- When it ends, and what is kept ------------------------------------------------------------------------


def _ending(job: TrainJob, state: _State, stopped: bool) -> Why | None:
    if state.step >= job.steps:
        return "steps"
    looks = [step for step, _ in state.held_out if step > state.best_step]
    if len(looks) >= job.patience and looks[-1] == state.step:
        return "held out"
    if job.minutes and state.seconds >= 60 * job.minutes:
        return "minutes"
    return "stopped" if stopped else None


def _resumed(
    job: TrainJob, purpose: str, numbers: Mapping[str, Tensor], optimizer: torch.optim.Optimizer
) -> tuple[_State, dict[str, Tensor]]:
    """The state and the best numbers of the checkpoint, if there is one of this very job; the rest is put in place."""
    file = job.out / CHECKPOINT
    best = _copied(numbers)
    if not file.is_file():
        return _State(), best
    tensors, about = read_tensors(file)
    told = json.loads(about.get("sleepy", "{}"))
    if told.get("purpose") != purpose:
        raise JobError(f"{file} belongs to another training; delete it, or give another folder")
    with torch.no_grad():
        for name, parameter in numbers.items():
            parameter.copy_(torch.from_numpy(tensors[f"now.{name}"]))
            best[name] = torch.from_numpy(tensors[f"best.{name}"]).to(parameter.device)
            optimizer.state[parameter] = {
                "step": torch.tensor(float(told["state"]["step"])),
                "exp_avg": torch.from_numpy(tensors[f"mean.{name}"]).to(parameter.device),
                "exp_avg_sq": torch.from_numpy(tensors[f"square.{name}"]).to(parameter.device),
            }
    state = _State(**told["state"])
    state.losses = tuple(state.losses)
    state.held_out = tuple((step, loss) for step, loss in state.held_out)
    return state, best


def _save_checkpoint(
    job: TrainJob,
    purpose: str,
    state: _State,
    numbers: Mapping[str, Tensor],
    best: Mapping[str, Tensor],
    optimizer: torch.optim.Optimizer,
) -> None:
    kept: dict[str, Tensor] = {}
    for name, parameter in numbers.items():
        known = optimizer.state[parameter]
        kept[f"now.{name}"], kept[f"best.{name}"] = parameter.detach(), best[name]
        kept[f"mean.{name}"], kept[f"square.{name}"] = known["exp_avg"], known["exp_avg_sq"]
    told = {
        "purpose": purpose,
        "state": {
            "step": state.step,
            "seconds": state.seconds,
            "losses": state.losses,
            "held_out": state.held_out,
            "best_step": state.best_step,
        },
    }
    tensors = {name: tensor.to("cpu", torch.float32).numpy() for name, tensor in kept.items()}
    write_tensors(job.out / CHECKPOINT, tensors, {"sleepy": json.dumps(told)})


def _save_adapter(model: nn.Module, out: Path, result: TrainResult) -> None:
    """peft's own files, each put in its place as a whole; the metadata comes last, and says that all is there."""
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out, prefix=".new-") as folder:
        # No embeddings are trained; peft would ask the internet whether there are new words among them.
        model.save_pretrained(folder, save_embedding_layers=False)
        for name in (ADAPTER, "adapter_config.json"):
            replace_bytes(out / name, Path(folder, name).read_bytes())
    tuner = model.base_model
    if isinstance(tuner, ShareModel) and tuner.basis.kind != "random":
        tuner.save_basis(out)
    replace_bytes(out / TRAINING, result.to_json().encode())


def _result(
    job: TrainJob, model: nn.Module, state: _State, new: Sequence[Tokens], long: int, trained: int
) -> TrainResult:
    assert state.ended is not None
    tuner = getattr(model, "base_model", None)
    return TrainResult(
        method=job.method,
        model=job.model.name,
        model_digest=model_digest(job.model),
        data_digest=_digest_of([job.examples, *([job.replay] if job.replay else [])]),
        basis_id=tuner.basis.id if isinstance(tuner, ShareModel) else "",
        trained=trained,
        examples=len(new),
        too_long=long,
        steps=state.step,
        ended=state.ended,
        loss=sum(state.losses) / len(state.losses),
        held_out=state.held_out,
        best_step=state.best_step,
        learning_rate=job.rate,
        seed=job.seed,
        seconds=round(state.seconds, 2),
        peak_bytes=peak_bytes(),
        version=__version__,
        libraries={name: version(name) for name in ("torch", "transformers", "peft")},
    )


# --- Below -------------------------------------------------------------------------------------------------


def _digest_of(files: Sequence[Path]) -> str:
    made = hashlib.sha256()
    for file in files:
        with file.open("rb") as opened:
            made.update(hashlib.file_digest(opened, "sha256").digest())
    return made.hexdigest()


def _purpose(job: TrainJob) -> str:
    """What a checkpoint has to have been made for, to be gone on with."""
    told = json.loads(job.to_json())
    for name in ("out", "threads", "minutes", "gigabytes", "checkpoint_steps", "device"):
        del told[name]
    told["data"] = _digest_of([f for f in (job.examples, job.replay, job.held_out) if f is not None])
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def use_threads(threads: int) -> None:
    """So many for torch; 0: half of the cores."""
    torch.set_num_threads(threads or max(1, (os.cpu_count() or 2) // 2))


def _count(numbers: Mapping[str, Tensor]) -> int:
    return sum(parameter.numel() for parameter in numbers.values())


def _copied(numbers: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: parameter.detach().clone() for name, parameter in numbers.items()}


def _watch_memory(job: TrainJob) -> None:
    used = psutil.Process().memory_info().rss
    if job.gigabytes and used > job.gigabytes * 1e9:
        raise JobError(
            f"training takes {used / 1e9:.1f} GB, more than the {job.gigabytes:g} GB that it may; "
            "allow it more, or lower the tokens of a step"
        )


def peak_bytes() -> int:
    """What this process has had resident at most; on a GPU what it has had there."""
    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    with suppress(ImportError):  # Windows has no such module
        import resource
        import sys

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return int(getattr(psutil.Process().memory_info(), "peak_wset", 0))
