"""Several cycles in one command: what is done, what is recorded, and that a kill loses one step at most."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.task_results import results as made
from helpers.task_results import run as a_run
from sleepy_core.evaluate.cycle import CycleError, Plan, Record, State, begin, in_use, next_step, read_state, reference
from sleepy_core.evaluate.cycling import NO_TRAINER, Slept, run_cycles
from sleepy_core.evaluate.results import Run, TaskResult

PLAN = Plan("share", tasks=3)


class Killed(BaseException):
    """As if the process were gone."""


class FakeRounds:
    """Tasks that coefficients pass or not, and a log of what was asked; it may be killed at a call."""

    def __init__(self, passes: dict[str, str]) -> None:
        self.passes = passes  # coefficients → the tasks that pass with them
        self.runs: dict[str, tuple[Run, list[TaskResult]]] = {}
        self.calls: list[str] = []
        self.noted: dict[str, tuple[int, tuple[str, ...], int]] = {}
        self.killed_at = 0

    def called(self, what: str) -> None:
        self.calls.append(what)
        if len(self.calls) == self.killed_at:
            raise Killed

    def _worked(self, run: str, coefficients: str, cycle: int) -> None:
        passes = self.passes[coefficients]
        self.runs[run] = a_run(run, cycle=cycle), made(**{name: name in passes for name in "abc"})
        self.called(f"{run} with {coefficients or 'base'}")

    async def day(self, plan: Plan, *, cycle: int, run: str, coefficients: str) -> None:
        self._worked(run, coefficients, cycle)

    async def evaluate(self, plan: Plan, *, cycle: int, run: str, coefficients: str) -> None:
        self._worked(run, coefficients, cycle)

    def results(self, run: str) -> tuple[Run, Sequence[TaskResult]]:
        return self.runs[run]

    def note(
        self, run: Run, results: Sequence[TaskResult], *, label: str, met: frozenset[str], learned: tuple[str, ...]
    ) -> None:
        self.called(f"note {run.id}")
        self.noted[run.id] = sum(result.passed for result in results), learned, len(met)

    def plot(self, out: Path) -> str:
        self.called("plot")
        return f"plots in {out.name}"


class FakeTrainer:
    """Makes c1, c2 … of the days' runs."""

    def __init__(self) -> None:
        self.days: list[list[str]] = []
        self.settled: list[tuple[str, bool, str]] = []

    async def sleep(self, *, cycle: int, days: Sequence[str], current: str) -> Slept | None:
        self.days.append(list(days))
        return Slept(f"c{cycle}", ("moves",)) if cycle < 3 else None

    async def settle(self, coefficients: str, *, passed: bool, reason: str) -> None:
        self.settled.append((coefficients, passed, reason))


async def test_a_candidate_that_loses_a_task_is_rejected_and_the_next_one_is_held_against_what_is_in_use(
    tmp_path: Path,
) -> None:
    rounds, trainer, told = FakeRounds({"": "a", "c1": "ab", "c2": "bc"}), FakeTrainer(), []
    state = await run_cycles(tmp_path, begin(tmp_path, "x", PLAN), 3, rounds, trainer, told.append)
    assert rounds.calls == [
        "x-0-eval with base", "note x-0", "plot",
        "x-1-day with base", "x-1-eval with c1", "note x-1", "plot",
        "x-2-day with c1", "x-2-eval with c2", "note x-2", "plot",
        "x-3-day with c1", "x-3-eval with c1", "note x-3", "plot",
    ]  # fmt: skip
    assert [(name, passed) for name, passed, _ in trainer.settled] == [("c1", True), ("c2", False)]
    assert "family/a" in trainer.settled[1][2]
    assert trainer.days == [["x-1-day"], ["x-1-day", "x-2-day"], ["x-1-day", "x-2-day", "x-3-day"]]
    assert in_use(state) == "c1"
    # The figures are of what is in use, and what a rejected candidate was taught is not known.
    assert {run: noted[:2] for run, noted in rounds.noted.items()} == {
        "x-0": (1, ()), "x-1": (2, ("moves",)), "x-2": (2, ()), "x-3": (2, ())
    }  # fmt: skip
    assert told == list(state.records)
    assert read_state(tmp_path) == state


async def test_without_a_trainer_there_are_days_evals_gates_and_plots_and_it_is_said(tmp_path: Path) -> None:
    rounds = FakeRounds({"": "a"})
    state = await run_cycles(tmp_path, begin(tmp_path, "x", PLAN), 1, rounds, None, print)
    assert [(one.step, one.told) for one in state.records if one.cycle == 1] == [
        ("day", "1 of 3 tasks pass"),
        ("sleep", NO_TRAINER),
        ("eval", "1 of 3 tasks pass"),
        ("gate", "every rule was kept; 0 won, 0 lost, p = 1"),
        ("plot", "plots in plots"),
    ]


@pytest.mark.parametrize("killed_at", range(1, 12))
async def test_killed_anywhere_it_goes_on_and_ends_alike(tmp_path: Path, killed_at: int) -> None:
    passes = {"": "a", "c1": "ab", "c2": "abc"}
    whole = await run_cycles(
        tmp_path / "whole", begin(tmp_path / "whole", "x", PLAN), 2, FakeRounds(passes), FakeTrainer(), print
    )
    rounds, trainer, folder = FakeRounds(passes), FakeTrainer(), tmp_path / "killed"
    rounds.killed_at = killed_at
    with pytest.raises(Killed):
        await run_cycles(folder, begin(folder, "x", PLAN), 2, rounds, trainer, print)
    assert len(rounds.calls) == killed_at
    resumed = await run_cycles(folder, begin(folder, "x", PLAN), 2, rounds, trainer, print)
    assert [replace(one, seconds=0) for one in resumed.records] == [replace(one, seconds=0) for one in whole.records]
    # No work over tasks was done twice but what was cut off.
    worked = [call for call in rounds.calls if "with" in call]
    assert len(worked) - len(set(worked)) <= 1


async def test_more_cycles_go_on_where_fewer_ended(tmp_path: Path) -> None:
    rounds, trainer = FakeRounds({"": "a", "c1": "ab", "c2": "abc"}), FakeTrainer()
    await run_cycles(tmp_path, begin(tmp_path, "x", PLAN), 1, rounds, trainer, print)
    before = len(rounds.calls)
    state = await run_cycles(tmp_path, begin(tmp_path, "x", PLAN), 2, rounds, trainer, print)
    assert rounds.calls[before] == "x-2-day with c1"
    assert next_step(state, 2) is None


async def test_frozen_tasks_that_change_between_cycles_end_them(tmp_path: Path) -> None:
    rounds = FakeRounds({"": "a"})
    await run_cycles(tmp_path, begin(tmp_path, "x", PLAN), 0, rounds, None, print)
    run, results = rounds.runs["x-0-eval"]
    rounds.runs["x-0-eval"] = replace(run, digest="older"), results
    with pytest.raises(CycleError, match="over different tasks"):
        await run_cycles(tmp_path, begin(tmp_path, "x", PLAN), 1, rounds, None, print)


def test_cycles_that_were_begun_otherwise_do_not_go_on(tmp_path: Path) -> None:
    begin(tmp_path, "x", PLAN)
    with pytest.raises(CycleError, match=r"x was begun otherwise \(tasks was 3 and is 9\); take another --id"):
        begin(tmp_path, "x", replace(PLAN, tasks=9))


def test_a_state_that_cannot_be_read_is_told_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"id": ', encoding="utf-8")
    with pytest.raises(CycleError, match=r"state\.json cannot be read"):
        read_state(tmp_path)


def test_what_is_in_use_is_what_passed_last_and_is_measured_by_its_own_run() -> None:
    state = State(
        "x",
        PLAN,
        (
            Record(0, "eval", "x-0-eval"),
            Record(1, "eval", "x-1-eval", "c1"),
            Record(1, "gate", coefficients="c1", passed=True),
            Record(2, "eval", "x-2-eval", "c2"),
            Record(2, "gate", coefficients="c1", passed=False),
        ),
    )
    assert (in_use(state), reference(state)) == ("c1", "x-1-eval")
    begun = replace(state, records=state.records[:1])
    assert (in_use(begun), reference(begun)) == ("", "x-0-eval")
