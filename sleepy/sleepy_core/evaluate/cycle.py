"""What is recorded of days, sleeps, evals and gates, and what comes next. Pure, but for the file; `cycling` does it.

Cycle 0 is an eval of what is in use, which later candidates are held against. In the cycles after it the day's tasks
are worked on, sleep makes a candidate of them, the candidate is measured on the frozen tasks, and takes the place of
what is in use where the gate lets it. The figures of a cycle are those of what is in use after it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal, get_args

from pydantic import TypeAdapter, ValidationError

from sleepy_core.errors import SleepyError
from sleepy_core.evaluate.results import run_folder
from sleepy_core.model import Source

Step = Literal["day", "sleep", "eval", "gate", "plot"]

STEPS: tuple[Step, ...] = get_args(Step)


# A guess, before anything is measured here. The small model, untrained, takes 27 CPU-seconds a task (docs/LOG.md) and a
# ladder leaves it two of three; a trained one ends its answers sooner.
_TASK_SECONDS = 5.0
_CHEAP_TASK_SECONDS = 1.0
_START_SECONDS, _STEP_SECONDS = 20.0, 2.0


class CycleError(SleepyError):
    """A cycle's state cannot be read, or was begun otherwise."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be the same when cycles go on."""

    label: str  # of the curve
    tasks: int  # a day
    rungs: tuple[Source, ...] = (Source.COMPILER, Source.SEARCH, Source.MODEL)
    samples: int = 1
    max_attempts: int = 5
    family: str | None = None  # of the days' tasks, and of those it is measured on
    frozen: int = 50  # tasks that it is measured on
    engine: str = ""
    model: str = ""
    method: str = "none"  # how sleep trains
    steps: int = 40  # of a training
    general: str = ""  # the coefficient set in use when they began; "" for the bare model
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Record:
    """A step that is done."""

    cycle: int
    step: Step
    run: str = ""  # of day and eval
    coefficients: str = ""  # sleep: the candidate; eval: what was measured; gate: what is in use from now on
    passed: bool | None = None  # gate
    families: tuple[str, ...] = ()  # sleep: what was taught
    held_out: tuple[str, str] | None = None  # sleep: runs of the candidate, and of what is in use
    told: str = ""  # one sentence
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class State:
    """What is recorded of some cycles."""

    id: str
    plan: Plan
    records: tuple[Record, ...] = ()

    def of(self, cycle: int, step: Step) -> Record | None:
        """The record of a step, if it is done."""
        return next((one for one in self.records if (one.cycle, one.step) == (cycle, step)), None)


def cycle_folder(data: Path, id_: str) -> Path:
    """Where some cycles' files lie below the data folder. Raises `RunError` for a name that is no folder's."""
    return data / "cycles" / run_folder(data, id_).name


def next_step(state: State, cycles: int) -> tuple[int, Step] | None:
    """What is to be done now; None where all is done."""
    return next(((cycle, step) for cycle, step in _order(cycles) if state.of(cycle, step) is None), None)


def in_use(state: State) -> str:
    """The coefficients in use: the last ones that passed a gate, or those that the cycles began with."""
    passed = (one.coefficients for one in reversed(state.records) if one.step == "gate" and one.passed)
    return next(passed, state.plan.general)


def reference(state: State) -> str:
    """The run that measured what is in use: what a candidate is held against."""
    passed = [one.cycle for one in state.records if one.step == "gate" and one.passed]
    measured = state.of(passed[-1] if passed else 0, "eval")
    return measured.run if measured else ""


def candidate(state: State, cycle: int) -> str:
    """What the cycle's eval measures: what its sleep has made, or what is in use where it has made nothing."""
    slept = state.of(cycle, "sleep")
    return slept.coefficients if slept and slept.coefficients else in_use(state)


def seconds_left(state: State, cycles: int) -> float:
    """How long all that is left to do will take: each step as the last one of its kind took."""
    return sum(_expected(state, step) for cycle, step in _order(cycles) if state.of(cycle, step) is None)


def _expected(state: State, step: Step) -> float:
    plan = state.plan
    if known := _took(state, step):
        return known
    evals = _took(state, "eval")
    task = evals / plan.frozen if evals else _TASK_SECONDS if plan.engine else _CHEAP_TASK_SECONDS
    match step:
        case "day":
            return plan.tasks * task
        case "eval":
            return plan.frozen * task
        case "sleep":
            return _START_SECONDS + plan.steps * _STEP_SECONDS if plan.method != "none" else 0.0
    return 0.0


def _took(state: State, step: Step) -> float:
    """The seconds of the last such step that had anything to do; 0 before there was one."""
    return next((one.seconds for one in reversed(state.records) if one.step == step and one.seconds >= 1), 0.0)


def begin(folder: Path, id_: str, plan: Plan) -> State:
    """Take up the cycles in the folder, or start them. Raises `CycleError` where they were begun otherwise."""
    state = read_state(folder)
    if state is None:
        state = State(id_, plan)
        write_state(folder, state)
    if state.plan != plan:
        other = ", ".join(
            f"{one.name} was {getattr(state.plan, one.name)!r} and is {getattr(plan, one.name)!r}"
            for one in fields(Plan)
            if getattr(state.plan, one.name) != getattr(plan, one.name)
        )
        raise CycleError(f"{id_} was begun otherwise ({other}); take another --id, or leave these options out")
    return state


def read_state(folder: Path) -> State | None:
    """What is recorded in the folder, or None. Raises `CycleError` where that cannot be read."""
    path = folder / "state.json"
    try:
        return _STATE.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        told = error.errors(include_url=False)[0]
        raise CycleError(f"{path} cannot be read ({told['msg']}); remove the folder to start anew") from error


def write_state(folder: Path, state: State) -> None:
    """The state as a whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / ".state.json.new"
    with beside.open("wb") as file:
        file.write(_STATE.dump_json(state, indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(folder / "state.json")


def _order(cycles: int) -> Iterator[tuple[int, Step]]:
    yield 0, "eval"
    yield 0, "plot"
    for cycle in range(1, cycles + 1):
        for step in STEPS:
            yield cycle, step


_STATE = TypeAdapter(State)
