"""What came of a run, task by task, in files that survive a kill.

    <data>/runs/<run>/run.json           how the run works, written before anything is measured
    <data>/runs/<run>/results.jsonl      one line a task, each on disk before the next task counts
    <data>/runs/<run>/transcripts.jsonl  what was done about each task, step by step, for readers
    <data>/runs/<run>/summary.json       the totals, once every task has its line

A run that was killed goes on where it was: the tasks that have a line are not asked again.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from sleepy_core.errors import SleepyError
from sleepy_core.model import Source

T = TypeVar("T")


class RunError(SleepyError):
    """A run's files cannot be read, or belong to a run of another kind."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a run works: what has to be the same when it is resumed, and what its figures are told with."""

    id: str
    tasks: str  # "frozen", "validation", "train", or the folder or file they come from
    digest: str  # of the tasks (`sleepy_koans.frozen.digest`): two runs are comparable where it is the same
    count: int  # how many tasks there are
    rungs: tuple[Source, ...]  # who was asked, in this order
    plan: Literal["ladder", "model"] = "ladder"  # who decides what is done next; a model knows no rungs but itself
    samples: int = 1  # answers of the model an error, the first one without chance
    max_attempts: int = 5  # repairs (of a model's plan: patches) until a task is given up
    engine: str = ""  # "" where no model was asked
    model: str = ""
    coefficients: str = ""
    seed: int = 1
    cycle: int | None = None
    rustc: str = ""
    created: float = 0.0  # seconds since the epoch

    def same_kind(self, other: Run) -> bool:
        """Would it have measured the same, but for its name and time?"""
        return dataclasses.replace(self, id=other.id, created=other.created) == other


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What came of one task.

    `passed`, `compiled` and `steps` are about the end of the task; `first_…` about the first offer of its first
    error, which is what a user would have been shown.
    """

    run: str
    task: str  # the koan's id: with the run, the name of this result
    family: str
    codes: tuple[str, ...]
    signature: str  # of the first error (`cargo.signature`); "" where the task could not be asked
    split: str
    passed: bool = False  # compiles, and its test passes
    compiled: bool = False  # compiles, whatever its test says
    steps: int | None = None  # patches tried until it compiled, one after the other; None where it never did
    attempts: int | None = None  # candidates compiled until then, those that were only screened included
    tried: int = 0  # candidates compiled in all, whether it compiled in the end or not
    first_compiled: bool = False  # the first offer left no error
    first_right: bool = False  # and passed the test
    source: Source | None = None  # who thought of the last repair before it compiled
    prompt_tokens: int = 0
    answer_tokens: int = 0
    seconds: float = 0.0
    engine: str = ""
    model: str = ""
    coefficients: str = ""
    seed: int = 1
    cycle: int | None = None
    skipped: str = ""  # why it was not asked, in one sentence: it counts neither as passed nor as failed
    episodes: tuple[str, ...] = ()  # ids in the database, where the run writes episodes

    @property
    def only_compiled(self) -> bool:
        """A repair that is wrong: it compiles, and the test fails."""
        return self.compiled and not self.passed


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A finished run in one look. What is worked out of the single results is `metrics`' business."""

    run: Run
    asked: int
    passed: int
    compiled: int
    skipped: int
    seconds: float  # of all tasks together, not of the clock
    prompt_tokens: int = 0
    answer_tokens: int = 0
    families: dict[str, tuple[int, int]] = field(default_factory=dict)  # passed, asked


def summarise(run: Run, results: Iterable[TaskResult]) -> RunSummary:
    """The totals of a run."""
    results = list(results)
    asked = [result for result in results if not result.skipped]
    families: dict[str, tuple[int, int]] = {}
    for result in asked:
        passed, of = families.get(result.family, (0, 0))
        families[result.family] = passed + result.passed, of + 1
    return RunSummary(
        run=run,
        asked=len(asked),
        passed=sum(result.passed for result in asked),
        compiled=sum(result.compiled for result in asked),
        skipped=len(results) - len(asked),
        seconds=sum(result.seconds for result in asked),
        prompt_tokens=sum(result.prompt_tokens for result in asked),
        answer_tokens=sum(result.answer_tokens for result in asked),
        families=families,
    )


class RunFolder:
    """The files of one run. Use as `with`: while it is open, results are appended."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: int | None = None

    def begin(self, run: Run) -> Run:
        """Start the run, or take up the one that is there; the run as it was begun.

        Raises `RunError` where that one works differently: its results and the new ones would not belong together.
        """
        try:
            begun = read_run(self.folder)
        except FileNotFoundError:
            self.folder.mkdir(parents=True, exist_ok=True)
            _write_whole(self.folder / "run.json", _RUN.dump_json(run, indent=2))
            return run
        if not begun.same_kind(run):
            different = ", ".join(
                f"{f.name} was {getattr(begun, f.name)!r} and is {getattr(run, f.name)!r}"
                for f in dataclasses.fields(Run)
                if f.name not in ("id", "created") and getattr(begun, f.name) != getattr(run, f.name)
            )
            raise RunError(f"run {begun.id} was begun differently ({different}); take another --run-id")
        return begun

    def __enter__(self) -> RunFolder:
        path = self.folder / "results.jsonl"
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        os.ftruncate(self._file, _whole_lines(path))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def append(self, result: TaskResult) -> None:
        """Add one result; it is on the disk when this returns."""
        assert self._file is not None, "open the folder with `with`"
        line = _RESULT.dump_json(result) + b"\n"
        while line:
            line = line[os.write(self._file, line) :]
        os.fsync(self._file)

    def append_transcript(self, told: Mapping[str, Any]) -> None:
        """Add what was done about a task, before its result; a task that is asked again after a kill has two."""
        with (self.folder / "transcripts.jsonl").open("a", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(told, ensure_ascii=False) + "\n")

    def finish(self, summary: RunSummary) -> None:
        """Write the totals."""
        _write_whole(self.folder / "summary.json", _SUMMARY.dump_json(summary, indent=2))


def run_folder(data: Path, run: str) -> Path:
    """Where a run's files lie below the data folder. Raises `RunError` for a name that is no folder's."""
    if not run or run != Path(run).name or run in (".", ".."):
        raise RunError(f"{run!r} cannot name a run: letters, digits and - will do")
    return data / "runs" / run


def read_run(folder: Path) -> Run:
    """How a run works. Raises `FileNotFoundError` where there is none, `RunError` where it cannot be read."""
    return _read(_RUN, folder / "run.json")


def read_summary(folder: Path) -> RunSummary:
    """A run's totals. Raises `FileNotFoundError` while it has not ended, `RunError` where they cannot be read."""
    return _read(_SUMMARY, folder / "summary.json")


def read_results(folder: Path) -> tuple[TaskResult, ...]:
    """A run's results, in the order in which they came, those of a run that still goes on or was killed too.

    A last line that was torn is left out. Raises `RunError` for another line that cannot be read.
    """
    path = folder / "results.jsonl"
    try:
        told = path.read_bytes()
    except FileNotFoundError:
        return ()
    return tuple(_results(path, told[: told.rfind(b"\n") + 1]))


def _results(path: Path, told: bytes) -> Iterator[TaskResult]:
    for number, line in enumerate(told.splitlines(), 1):
        try:
            yield _RESULT.validate_json(line)
        except ValidationError as error:
            raise RunError(f"{path}, line {number} is no result ({_first(error)}); remove the line") from error


def _read(adapter: TypeAdapter[T], path: Path) -> T:
    try:
        return adapter.validate_json(path.read_bytes())
    except ValidationError as error:
        raise RunError(f"{path} cannot be read ({_first(error)}); remove the run's folder") from error


def _first(error: ValidationError) -> str:
    told = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, told['loc']))}: {told['msg']}".removeprefix(": ")


def _whole_lines(path: Path) -> int:
    """The length of a file without a last line that has no end: a kill in the middle of a write leaves one."""
    return path.read_bytes().rfind(b"\n") + 1


def _write_whole(path: Path, content: bytes) -> None:
    """The file as a whole or not at all."""
    beside = path.with_name(f".{path.name}.new")
    with beside.open("wb") as file:
        file.write(content + b"\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


_RUN = TypeAdapter(Run)
_RESULT = TypeAdapter(TaskResult)
_SUMMARY = TypeAdapter(RunSummary)
