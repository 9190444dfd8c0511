"""The one file of raw results: a line of JSON for the setup, each adapter and each measured cell.

A line is on the disk before the next step begins, so a comparison that was killed goes on with the step that has no
line. Tables and plots are made of this file alone.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from sleepy_core.compare.plan import Ground, Setup
from sleepy_core.errors import SleepyError

FILE = "results.jsonl"


class RawError(SleepyError):
    """The raw results cannot be read, or are of another comparison."""


@dataclass(frozen=True, slots=True)
class Began:
    """The first line: what is compared, and with what. One further down says what has come to it."""

    setup: Setup
    questions: dict[str, tuple[int, int]]  # family → koans that are measured on, of how many that there are
    below: tuple[int, int] = (0, 0)  # numbers and bytes of the general LoRA
    version: str = ""
    rustc: str = ""
    machine: str = ""
    created: float = 0.0  # seconds since the epoch
    record: Literal["setup"] = "setup"


@dataclass(frozen=True, slots=True)
class Adapter:
    """One training, or something that was made of adapters (a basis, a mean, a merge)."""

    id: str  # of its step
    do: str
    ground: Ground
    seed: int
    method: str
    family: str = ""
    stage: int = 0
    trial: bool = False
    rate: float = 0.0
    steps: int = 0
    trained: int = 0  # numbers
    numbers: int = 0  # stored for this task; of a basis or a mean adapter: once
    bytes: int = 0  # of the same, in files
    tasks: dict[str, int] = field(default_factory=dict)  # of a merge: the numbers of each task
    loss: float | None = None  # of training, at its end
    seconds: float = 0.0  # by the clock, without loading the model
    cpu_seconds: float = 0.0
    peak_bytes: int = 0  # resident at most meanwhile, the whole process
    problem: str = ""  # why there is none
    record: Literal["adapter"] = "adapter"


@dataclass(frozen=True, slots=True)
class Answer:
    """One koan: how likely its repair is, and what was answered."""

    koan: str
    split: str
    tokens: int  # of the right answer, its end included
    loss: float | None  # nats a token of the right answer; None where it is no number
    answer: str | None = None  # None where only the loss was asked
    exact: bool = False  # the solution's code, whatever the layout
    compiled: bool = False
    passed: bool = False  # compiles, and the koan's test passes


@dataclass(frozen=True, slots=True)
class Cell:
    """One adapter, or the bare model, on one family."""

    id: str
    ground: Ground
    seed: int
    method: str
    family: str
    stage: int
    folder: str  # of the adapter
    trial: bool = False
    answers: tuple[Answer, ...] = ()
    seconds: float = 0.0
    problem: str = ""  # why it could not be measured
    record: Literal["cell"] = "cell"


Line = Annotated[Began | Adapter | Cell, Field(discriminator="record")]


@dataclass(frozen=True, slots=True)
class Raw:
    """A file, read."""

    began: Began
    adapters: tuple[Adapter, ...] = ()
    cells: tuple[Cell, ...] = ()

    @property
    def done(self) -> frozenset[str]:
        """The ids of the steps that have a record."""
        return frozenset([*(one.id for one in self.adapters), *(one.id for one in self.cells)])

    def with_line(self, line: Adapter | Cell) -> Raw:
        """And one line more."""
        if isinstance(line, Adapter):
            return replace(self, adapters=(*self.adapters, line))
        return replace(self, cells=(*self.cells, line))

    def losses(self) -> dict[str, float]:
        """The trials' mean losses on validation koans, by folder, in nats a token."""
        found = {}
        for cell in self.cells:
            told = [one.loss for one in cell.answers if one.split == "validation"]
            if cell.trial and told and None not in told:
                found[cell.folder] = sum(loss for loss in told if loss is not None) / len(told)
        return found


def read_raw(folder: Path) -> Raw:
    """The results so far; a last line that was torn is left out. Raises `RawError`."""
    path = folder / FILE
    try:
        told = path.read_bytes()
    except OSError as error:
        raise RawError(f"{path} cannot be read ({error.strerror}); `sleepy bench share` writes it") from error
    lines = []
    for number, line in enumerate(told[: told.rfind(b"\n") + 1].splitlines(), 1):
        try:
            lines.append(_LINE.validate_json(line))
        except ValidationError as error:
            raise RawError(f"{path}, line {number} is no result: {error.errors()[0]['msg']}") from error
    if not lines or not isinstance(lines[0], Began):
        raise RawError(f"{path} does not begin with what is compared")
    adapters = tuple(line for line in lines if isinstance(line, Adapter))
    began = [line for line in lines if isinstance(line, Began)][-1]
    return Raw(began, adapters, tuple(line for line in lines if isinstance(line, Cell)))


class RawFile:
    """The file, to be gone on with. Use as `with`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: int | None = None

    def __enter__(self) -> RawFile:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / FILE
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        os.ftruncate(self._file, path.read_bytes().rfind(b"\n") + 1)  # a line that a kill has torn
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def begin(self, began: Began) -> Raw:
        """Write the first line, or read what is there and say what it has become.

        Raises `RawError` where that is another comparison's.
        """
        if (self.folder / FILE).stat().st_size == 0:
            self.append(began)
        raw = read_raw(self.folder)
        if not began.setup.extends(raw.began.setup):
            raise RawError(f"{self.folder} holds another comparison; take another --out, or the same options as then")
        if began.setup != raw.began.setup:
            self.append(began)
        return replace(raw, began=began if began.setup != raw.began.setup else raw.began)

    def append(self, line: Began | Adapter | Cell) -> None:
        """Add one line; it is on the disk when this returns."""
        assert self._file is not None, "open the file with `with`"
        told = _LINE.dump_json(line) + b"\n"
        while told:
            told = told[os.write(self._file, told) :]
        os.fsync(self._file)


_LINE: TypeAdapter[Began | Adapter | Cell] = TypeAdapter(Line)
