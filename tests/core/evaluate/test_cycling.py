"""Several cycles in one command: what is done, what is recorded, and that a kill loses one step at most."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from helpers.koans import MODELLED
from helpers.task_results import results as made
from helpers.task_results import run as a_run
from sleepy_core.evaluate.books import Books
from sleepy_core.evaluate.cycle import (
    CycleError,
    Plan,
    Record,
    State,
    begin,
    in_use,
    next_step,
    read_state,
    reference,
    seconds_left,
)
from sleepy_core.evaluate.cycling import NO_TRAINER, Cycles, Slept
from sleepy_core.evaluate.metrics import read_metrics
from sleepy_core.evaluate.results import RunFolder, read_results, run_folder
from sleepy_core.evaluate.tasks import Tasks
from sleepy_koans.frozen import digest

PLAN = Plan("share", tasks=3)


class Killed(BaseException):
    """As if the process were gone."""


class FakeRounds:
    """Tasks that coefficients pass or not, and a log of what was asked; it may be killed at a call."""

    def __init__(self, data: Path, passes: dict[str, str]) -> None:
        self.data = data
        self.passes = passes  # coefficients → the tasks that pass with them
        self.calls: list[str] = []
        self.killed_at = 0

    async def day(self, plan: Plan, *, cycle: int, run: str, coefficients: str) -> None:
        self._work(run, coefficients, cycle)

    async def evaluate(self, plan: Plan, *, cycle: int, run: str, coefficients: str) -> None:
        self._work(run, coefficients, cycle)

    def _work(self, run: str, coefficients: str, cycle: int) -> None:
        self.calls.append(f"{run} with {coefficients or 'base'}")
        folder = RunFolder(run_folder(self.data, run))
        folder.begin(a_run(run, cycle=cycle, coefficients=coefficients))
        with folder:
            for result in made(**{name: name in self.passes[coefficients] for name in "abc"}):
                if result.task in {one.task for one in read_results(folder.folder)}:
                    continue  # as a run that is resumed
                folder.append(result)
                if len(self.calls) == self.killed_at:
                    raise Killed


class UnreliableBooks(Books):
    """Loses the process while it draws or writes figures, if it is told to."""

    killed_at = 0
    calls = 0

    def note(self, *arguments: Any, **more: Any) -> None:
        super().note(*arguments, **more)
        self._called()

    def plot(self, out: Path) -> str:
        self._called()
        return f"pictures in {out.name}"

    def _called(self) -> None:
        self.calls += 1
        if self.calls == self.killed_at:
            raise Killed


class FakeTrainer:
    """Makes c1, c2 … of the days' runs."""

    def __init__(self) -> None:
        self.days: list[list[str]] = []
        self.settled: list[tuple[str, bool, str]] = []

    async def sleep(self, *, cycle: int, days: Sequence[str], current: str) -> Slept | None:
        self.days.append(list(days))
        return Slept(f"c{cycle}", ("moves",), "made") if cycle < 3 else None

    async def settle(self, coefficients: str, *, passed: bool, reason: str) -> None:
        self.settled.append((coefficients, passed, reason))


def figures(data: Path) -> dict[str, tuple[int, tuple[str, ...]]]:
    """By run: how many tasks passed, and what was taught."""
    lines = read_metrics(data / "metrics.jsonl")
    return {line.run.id: (line.all.passed.hits, line.learned) for line in lines}


async def test_a_candidate_that_loses_a_task_is_rejected_and_the_next_one_is_held_against_what_is_in_use(
    tmp_path: Path,
) -> None:
    folder, told = tmp_path / "x", []
    rounds, trainer = FakeRounds(tmp_path, {"": "a", "c1": "ab", "c2": "bc"}), FakeTrainer()
    books = UnreliableBooks(tmp_path)
    state = await Cycles(folder, books, rounds, trainer).run(
        begin(folder, "x", PLAN), 3, lambda done, _: told.append(done)
    )
    assert rounds.calls == [
        "x-0-eval with base",
        "x-1-day with base", "x-1-eval with c1",
        "x-2-day with c1", "x-2-eval with c2",
        "x-3-day with c1",  # and nothing was made, so nothing is measured again
    ]  # fmt: skip
    assert [(name, passed) for name, passed, _ in trainer.settled] == [("c1", True), ("c2", False)]
    assert "family/a" in trainer.settled[1][2]
    assert trainer.days == [["x-1-day"], ["x-1-day", "x-2-day"], ["x-1-day", "x-2-day", "x-3-day"]]
    assert in_use(state) == "c1"
    # The figures are of what is in use, and what a rejected candidate was taught is not known.
    assert figures(tmp_path) == {"x-0": (1, ()), "x-1": (2, ("moves",)), "x-2": (2, ()), "x-3": (2, ())}
    assert {line.label for line in read_metrics(tmp_path / "metrics.jsonl")} == {"share"}
    assert told == list(state.records)
    assert read_state(folder) == state


async def test_without_a_trainer_there_are_days_evals_gates_and_plots_and_it_is_said(tmp_path: Path) -> None:
    rounds, books = FakeRounds(tmp_path, {"": "a"}), UnreliableBooks(tmp_path)
    state = await Cycles(tmp_path, books, rounds).run(begin(tmp_path, "x", PLAN), 1, print)
    assert [(one.step, one.told) for one in state.records if one.cycle == 1] == [
        ("day", "1 of 3 tasks pass"),
        ("sleep", NO_TRAINER),
        ("eval", "what was measured last is in use still"),
        ("gate", "every rule was kept; 0 won, 0 lost, p = 1"),
        ("plot", "pictures in plots"),
    ]


@pytest.mark.parametrize(
    ("who", "killed_at"), [("rounds", n) for n in range(1, 6)] + [("books", n) for n in range(1, 7)]
)
async def test_killed_anywhere_it_goes_on_and_ends_alike(tmp_path: Path, who: str, killed_at: int) -> None:
    passes = {"": "a", "c1": "ab", "c2": "abc"}
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    all_of_it = Cycles(whole, UnreliableBooks(whole), FakeRounds(whole, passes), FakeTrainer())
    uncut = await all_of_it.run(begin(whole, "x", PLAN), 2, print)
    books, rounds, trainer = UnreliableBooks(killed), FakeRounds(killed, passes), FakeTrainer()
    unreliable = {"books": books, "rounds": rounds}[who]
    unreliable.killed_at = killed_at
    with pytest.raises(Killed):
        await Cycles(killed, books, rounds, trainer).run(begin(killed, "x", PLAN), 2, print)
    unreliable.killed_at = 0
    resumed = await Cycles(killed, books, rounds, trainer).run(begin(killed, "x", PLAN), 2, print)
    assert [replace(one, seconds=0) for one in resumed.records] == [replace(one, seconds=0) for one in uncut.records]
    assert figures(killed) == figures(whole)
    assert len(rounds.calls) <= 6  # only what was cut off was taken up again


async def test_more_cycles_go_on_where_fewer_ended(tmp_path: Path) -> None:
    rounds, trainer = FakeRounds(tmp_path, {"": "a", "c1": "ab", "c2": "abc"}), FakeTrainer()
    books = UnreliableBooks(tmp_path)
    await Cycles(tmp_path, books, rounds, trainer).run(begin(tmp_path, "x", PLAN), 1, print)
    before = len(rounds.calls)
    state = await Cycles(tmp_path, books, rounds, trainer).run(begin(tmp_path, "x", PLAN), 2, print)
    assert rounds.calls[before] == "x-2-day with c1"
    assert next_step(state, 2) is None


async def test_frozen_tasks_that_change_between_cycles_end_them(tmp_path: Path) -> None:
    rounds, books = FakeRounds(tmp_path, {"": "a", "c1": "ab"}), UnreliableBooks(tmp_path)
    await Cycles(tmp_path, books, rounds).run(begin(tmp_path, "x", PLAN), 0, print)
    told = tmp_path / "runs" / "x-0-eval" / "run.json"
    told.write_text(told.read_text(encoding="utf-8").replace('"d"', '"older"'), encoding="utf-8")
    with pytest.raises(CycleError, match="over different tasks"):
        await Cycles(tmp_path, books, rounds, FakeTrainer()).run(begin(tmp_path, "x", PLAN), 1, print)


@pytest.mark.slow
def test_pictures_are_drawn_of_what_is_noted_and_without_figures_none(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.note(a_run("one"), tuple(made(a=True, b=False)))
    assert books.plot(tmp_path / "plots") == f"4 pictures in {tmp_path / 'plots'}"
    assert len(list((tmp_path / "plots").iterdir())) == 4


def test_runs_over_the_whole_set_are_told_of_a_part_too_as_flat_lines_beside_its_curves(tmp_path: Path) -> None:
    koans = tuple(replace(MODELLED, id=f"family/{name}") for name in "abc")
    part = Tasks(koans[:2], name="frozen: 2 of 3, seed 1")
    books = Books(tmp_path)
    for run in (
        a_run("base", digest="whole"),
        a_run("x-1-eval", digest="whole", cycle=1),
        a_run("gone", digest="whole"),
    ):
        folder = RunFolder(run_folder(tmp_path, run.id))
        folder.begin(run)
        with folder:
            for result in made(a=True, b=False, c=True)[: 1 if run.id == "gone" else 3]:
                folder.append(result)
        books.note(run, books.results(run.id), label=run.id)
    for _ in range(2):
        books.note_part("whole", part)
    *_, line = lines = read_metrics(tmp_path / "metrics.jsonl")
    assert len(lines) == 4
    assert (line.label, line.run.tasks, line.run.digest) == ("base", part.name, digest(part.koans))
    assert (line.all.passed.hits, line.all.passed.of) == (1, 2)


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


def test_what_is_left_is_expected_to_take_as_long_as_it_took_and_before_that_as_long_as_elsewhere() -> None:
    plan = Plan("x", tasks=20, frozen=50, engine="embedded", method="share", steps=40)
    begun = State("x", plan)
    assert 600 < seconds_left(begun, 1) < 3600
    assert seconds_left(replace(begun, plan=replace(plan, engine="", method="none")), 1) < 200
    measured = replace(begun, records=(Record(0, "eval", seconds=100.0), Record(0, "plot", seconds=1.0)))
    assert seconds_left(measured, 1) == pytest.approx(40 + 100 + 100 + 1)  # day, sleep, eval, plot
    slept = replace(
        measured, records=(*measured.records, Record(1, "day", seconds=30.0), Record(1, "sleep", seconds=60.0))
    )
    assert seconds_left(slept, 2) == pytest.approx(30 + 60 + 2 * (100 + 1))
