"""Days, sleeps, evals, gates and plots, one after the other, each recorded when done: a kill loses one at most."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from sleepy_core.evaluate.books import Books
from sleepy_core.evaluate.cycle import (
    CycleError,
    Plan,
    Record,
    State,
    Step,
    candidate,
    in_use,
    next_step,
    reference,
    write_state,
)
from sleepy_core.evaluate.gates import incomparable, judge
from sleepy_core.evaluate.measures import compare
from sleepy_core.evaluate.results import TaskResult
from sleepy_core.model import Source

NO_TRAINER = "nothing is trained: this is a cycle without sleep"


@dataclass(frozen=True, slots=True)
class Slept:
    """What a sleep has made."""

    coefficients: str  # the candidate's id; "" where there is none
    families: tuple[str, ...]  # whose examples it was taught
    told: str  # one sentence
    held_out: tuple[str, str] | None = None  # as in `Record`


class Trainer(Protocol):
    """Sleeping. Both are called again after a kill in their midst, and do then what is left to do."""

    async def sleep(self, *, cycle: int, days: Sequence[str], current: str) -> Slept | None:
        """Make a candidate from the runs of these days, today's last; None where there is nothing to learn."""
        ...

    async def settle(self, coefficients: str, *, passed: bool, reason: str) -> None:
        """The gate's verdict: the candidate is in use from now on, or it is rejected."""
        ...


class Rounds(Protocol):
    """Work over tasks, into the run's folder. Both go on where a run of that id was killed."""

    async def day(self, plan: Plan, *, cycle: int, run: str, coefficients: str) -> None:
        """Work on the day's tasks, others each day."""
        ...

    async def evaluate(self, plan: Plan, *, cycle: int, run: str, coefficients: str) -> None:
        """Work on the frozen tasks, without chance."""
        ...


class Cycles:
    """Does what is left to do of some cycles."""

    def __init__(self, folder: Path, books: Books, rounds: Rounds, trainer: Trainer | None = None) -> None:
        """In the folder are state.json and the pictures."""
        self._folder = folder
        self._books = books
        self._rounds = rounds
        self._trainer = trainer

    async def run(self, state: State, cycles: int, tell: Callable[[Record, State], None]) -> State:
        """Go on until so many cycles are done. Each step is recorded when it is done; `tell` hears of it then, and how
        far all is.
        """
        while (following := next_step(state, cycles)) is not None:
            began = time.monotonic()
            done = await self._step(state, *following)
            done = replace(done, seconds=round(time.monotonic() - began, 1))
            state = replace(state, records=(*state.records, done))
            write_state(self._folder, state)
            tell(done, state)
        return state

    async def _step(self, state: State, cycle: int, step: Step) -> Record:
        match step:
            case "day":
                return await self._day(state, cycle)
            case "sleep":
                return await self._sleep(state, cycle)
            case "eval":
                return await self._eval(state, cycle)
            case "gate":
                return await self._gate(state, cycle)
            case "plot":
                return self._plot(state, cycle)

    async def _day(self, state: State, cycle: int) -> Record:
        run = f"{state.id}-{cycle}-day"
        await self._rounds.day(state.plan, cycle=cycle, run=run, coefficients=in_use(state))
        return Record(cycle, "day", run, in_use(state), told=_passed(self._books.results(run)))

    async def _sleep(self, state: State, cycle: int) -> Record:
        if self._trainer is None:
            return Record(cycle, "sleep", told=NO_TRAINER)
        days = [one.run for one in state.records if one.step == "day"]
        slept = await self._trainer.sleep(cycle=cycle, days=days, current=in_use(state))
        if slept is None:
            return Record(cycle, "sleep", told="there was nothing to learn")
        return Record(
            cycle,
            "sleep",
            coefficients=slept.coefficients,
            families=slept.families,
            held_out=slept.held_out,
            told=slept.told,
        )

    async def _eval(self, state: State, cycle: int) -> Record:
        run, coefficients = f"{state.id}-{cycle}-eval", candidate(state, cycle)
        if cycle and coefficients == in_use(state) and Source.RECALL not in state.plan.rungs:
            # A run has no clock and no chance: it would come out the same.
            return Record(cycle, "eval", reference(state), coefficients, told="what was measured last is in use still")
        await self._rounds.evaluate(state.plan, cycle=cycle, run=run, coefficients=coefficients)
        if cycle == 0:
            self._note(state, cycle, run, ())
        return Record(cycle, "eval", run, coefficients, told=_passed(self._books.results(run)))

    async def _gate(self, state: State, cycle: int) -> Record:
        measured, slept = state.of(cycle, "eval"), state.of(cycle, "sleep")
        assert measured is not None
        assert slept is not None
        before = reference(state)
        held_out = slept.held_out and (self._books.results(slept.held_out[0]), self._books.results(slept.held_out[1]))
        if why := incomparable(self._books.run(measured.run), self._books.run(before)):
            raise CycleError(f"{why}; begin anew with another --id")
        now, then = self._books.results(measured.run), self._books.results(before)
        verdict = judge(now, then, held_out=held_out)
        told = compare(now, then)
        reason = f"{verdict.reason}; {len(told.won)} won, {len(told.lost)} lost, p = {told.chance:.2g}"
        if slept.coefficients and self._trainer is not None:
            await self._trainer.settle(slept.coefficients, passed=verdict.passed, reason=reason)
        # What the day left elsewhere (episodes to recall) stays whatever the gate says; a rejected candidate goes.
        kept = measured.run if verdict.passed or not slept.coefficients else before
        self._note(state, cycle, kept, slept.families if verdict.passed else ())
        return Record(
            cycle,
            "gate",
            coefficients=candidate(state, cycle) if verdict.passed else in_use(state),
            passed=verdict.passed,
            told=reason,
        )

    def _plot(self, state: State, cycle: int) -> Record:
        return Record(cycle, "plot", told=self._books.plot(self._folder / "plots"))

    def _note(self, state: State, cycle: int, kept: str, learned: tuple[str, ...]) -> None:
        # A line of its own: the same run may be what is in use after several cycles.
        run = replace(self._books.run(kept), id=f"{state.id}-{cycle}", cycle=cycle)
        self._books.note(run, self._books.results(kept), label=state.plan.label, learned=learned)


def _passed(results: Sequence[TaskResult]) -> str:
    asked = [result for result in results if not result.skipped]
    return f"{sum(result.passed for result in asked)} of {len(asked)} tasks pass"
