"""What the sleep worker is told to train, and what came of it: plain values that travel as JSON."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from sleepy_core.errors import SleepyError

Method = Literal["lora", "replay", "share"]
Form = Literal["core", "product"]
Why = Literal["steps", "held out", "minutes", "stopped"]

ADAPTER = "adapter_model.safetensors"
CHECKPOINT = "checkpoint.safetensors"
TRAINING = "training.json"


class JobError(SleepyError):
    """A job cannot be done: one sentence that says why, and what to do."""


@dataclass(frozen=True, slots=True)
class TrainJob:
    """One training: of a LoRA (alone, or with old examples replayed), or of coefficients in a subspace."""

    model: Path  # a GGUF file, as the engine serves it, or a folder of safetensors
    examples: Path  # lines of `Example`
    out: Path  # folder of the adapter, of its checkpoint and of `training.json`
    method: Method = "share"
    held_out: Path | None = None  # lines of `Example`: training ends when it gets worse at them
    replay: Path | None = None  # lines of `Example`, of earlier tasks: as many as there are new ones, each epoch
    below: Path | None = None  # folder of a general LoRA that is merged into the model first
    start: Path | None = None  # folder of the adapter that is trained further; its method, basis and rank go on
    basis: str = "random:seed=1,k=8"
    form: Form = "core"
    p: int = 1  # columns of the product form's coefficients
    phi: int = 0  # temporary factors
    rank: int = 8  # of a LoRA
    first_layer: int = 0  # adapters only from this layer up; nothing is differentiated below it
    learning_rate: float = 0.0  # 0: what has worked for the method, see `rate`
    steps: int = 50
    tokens: int = 1024  # of a step: prompts, answers and padding
    longest: int = 1024  # tokens of an example; longer ones are left out
    seed: int = 1
    device: str = "auto"  # "cpu", "cuda", or what torch calls it
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    bits: Literal[0, 4, 8] = 0  # of the frozen weights, by bitsandbytes; 0: as they are
    threads: int = 0  # 0: half of the cores
    checkpoint_steps: int = 10
    held_out_steps: int = 10
    patience: int = 3  # looks at the held-out examples without a gain before it ends
    minutes: float = 0.0  # 0: no limit
    gigabytes: float = 0.0  # of memory; 0: no limit

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            raise JobError(f"the method is {self.method!r}; it may be {', '.join(get_args(Method))}")
        if self.method == "replay" and self.replay is None:
            raise JobError("replaying needs a file of earlier examples")
        for name in ("steps", "tokens", "longest", "checkpoint_steps", "held_out_steps", "patience", "rank", "p"):
            if getattr(self, name) < 1:
                raise JobError(f"{name} is {getattr(self, name)}; it has to be 1 or more")

    @property
    def rate(self) -> float:
        """The highest learning rate of the schedule.

        Coefficients want ten to thirty times that of a LoRA, and less the more of them there are (docs/LOG.md).
        """
        if self.learning_rate:
            return self.learning_rate
        if self.method != "share":
            return 1e-3
        k = dict(part.partition("=")[::2] for part in self.basis.partition(":")[2].split(",")).get("k", "8")
        return 3e-2 if self.form == "product" or not k.isdecimal() or int(k) <= 16 else 1e-2

    def to_json(self) -> str:
        """The job as a file says it."""
        told = {name: str(value) if isinstance(value, Path) else value for name, value in _items(self)}
        return json.dumps(told, indent=1)

    @classmethod
    def from_json(cls, text: str) -> TrainJob:
        """Read a job. Raises `JobError` where it is none."""
        try:
            told: dict[str, Any] = json.loads(text)
            paths = ("model", "examples", "out", "held_out", "replay", "below", "start")
            made: dict[str, Any] = {n: Path(v) if n in paths and v is not None else v for n, v in told.items()}
            return cls(**made)
        except (ValueError, TypeError, AttributeError) as error:
            raise JobError(f"this is no job for the sleep worker: {error}") from error


@dataclass(frozen=True, slots=True)
class TrainResult:
    """What came of a job; written beside the adapter as `training.json`."""

    method: Method
    model: str
    model_digest: str  # sha256 of the GGUF file, or of the folder's safetensors
    data_digest: str  # sha256 of all that was trained on
    basis_id: str  # "" of a LoRA
    trained: int  # numbers
    examples: int
    too_long: int  # examples that were left out
    steps: int
    ended: Why
    loss: float  # nats a token of the answers, mean of the last ten steps
    held_out: tuple[tuple[int, float], ...]  # (steps, nats a token)
    best_step: int  # whose numbers were kept
    learning_rate: float
    seed: int
    seconds: float  # over all runs of the job
    peak_bytes: int
    version: str  # of Sleepy Coder, with the commit where it is known
    libraries: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """The result as a file says it."""
        return json.dumps(dict(_items(self)), indent=1)

    @classmethod
    def from_json(cls, text: str) -> TrainResult:
        """Read a result; raises `ValueError` or `TypeError` where it is none."""
        told = json.loads(text)
        return cls(**{**told, "held_out": tuple((step, loss) for step, loss in told["held_out"])})


def _items(one: TrainJob | TrainResult) -> list[tuple[str, Any]]:
    return [(field.name, getattr(one, field.name)) for field in dataclasses.fields(one)]
