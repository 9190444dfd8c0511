"""What the results of a run say: shares with intervals, medians, errors that come again. Pure.

A task that was skipped counts nowhere. Results are looked at in the order of their tasks' names, since tasks that are
worked on side by side end in any order, and the figures of a run must not depend on that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from sleepy_core.evaluate.results import TaskResult
from sleepy_core.evaluate.statistics import mcnemar, sign_test, wilson
from sleepy_koans.koan import Koan

SUGGESTIONS, SEARCH = "suggestions", "search"


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    of: int

    @property
    def rate(self) -> float | None:
        """From 0 to 1; None of nothing."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval."""
        return wilson(self.hits, self.of)


@dataclass(frozen=True, slots=True)
class Measures:
    """The figures of one set of results."""

    passed: Share  # compiles, and the test passes
    compiled: Share  # compiles, whatever its test says
    first_right: Share  # the first thing that was offered passes the test
    # Of the errors whose signature was met before, those that were not repaired at the first attempt.
    repeated: Share
    median_steps: float | None  # rounds until green, of the tasks that passed
    median_attempts: float | None  # candidates compiled until green, of the same
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs over the same tasks, task by task. What only one of them was asked counts nowhere but in `missing`."""

    won: tuple[str, ...]  # pass now and did not
    lost: tuple[str, ...]  # passed and do not
    unchanged: int
    missing: tuple[str, ...]  # the baseline was asked, and this run was not
    chance: float  # McNemar's exact test of won against lost, two-sided
    steps_chance: float  # the sign test of the rounds until green, of the tasks that pass in both


def measures(results: Iterable[TaskResult], met: Collection[str] = ()) -> Measures:
    """The figures; `met` are signatures that were met before the run."""
    everything = sorted(results, key=lambda result: result.task)
    asked = [result for result in everything if not result.skipped]
    green = [result for result in asked if result.passed]
    return Measures(
        passed=Share(len(green), len(asked)),
        compiled=Share(sum(result.compiled for result in asked), len(asked)),
        first_right=Share(sum(result.first_right for result in asked), len(asked)),
        repeated=_repeated(asked, met),
        median_steps=_median(result.steps for result in green),
        median_attempts=_median(result.attempts for result in green),
        skipped=len(everything) - len(asked),
    )


def by_family(results: Sequence[TaskResult], met: Collection[str] = ()) -> dict[str, Measures]:
    """The figures of each family that was asked about, by name."""
    names = sorted({result.family for result in results if not result.skipped})
    return {name: measures([result for result in results if result.family == name], met) for name in names}


def left_by(koans: Iterable[Koan]) -> dict[str, frozenset[str]]:
    """The tasks that are left where a cheaper rung has done its work: by suggestions, and by edit search after them.

    A task of which that was not measured is in none.
    """
    known = list(koans)
    left = frozenset(koan.id for koan in known if koan.suggestion_repairs is False)
    return {SUGGESTIONS: left, SEARCH: frozenset(k.id for k in known if k.id in left and k.search_repairs is False)}


def on_parts(
    results: Sequence[TaskResult], parts: Mapping[str, Collection[str]], met: Collection[str] = ()
) -> dict[str, Measures]:
    """The figures on each of some parts of the tasks; parts of which nothing was asked have none."""
    found = {name: [result for result in results if result.task in tasks] for name, tasks in parts.items()}
    return {name: measures(part, met) for name, part in found.items() if part}


def signatures(results: Iterable[TaskResult]) -> frozenset[str]:
    """The kinds of errors that these results have met."""
    return frozenset(result.signature for result in results if result.signature)


def compare(results: Iterable[TaskResult], baseline: Iterable[TaskResult]) -> Comparison:
    """A run against a baseline run, task by task."""
    now = {result.task: result for result in results if not result.skipped}
    before = {result.task: result for result in baseline if not result.skipped}
    both = sorted(now.keys() & before.keys())
    won = tuple(task for task in both if now[task].passed and not before[task].passed)
    lost = tuple(task for task in both if before[task].passed and not now[task].passed)
    steps = [
        (one, other)
        for task in both
        if now[task].passed
        and before[task].passed
        and (one := before[task].steps) is not None
        and (other := now[task].steps) is not None
    ]
    return Comparison(
        won=won,
        lost=lost,
        unchanged=len(both) - len(won) - len(lost),
        missing=tuple(sorted(before.keys() - now.keys())),
        chance=mcnemar(len(won), len(lost)),
        steps_chance=sign_test(steps),
    )


def _repeated(asked: Iterable[TaskResult], met: Collection[str]) -> Share:
    known = set(met)
    failed = again = 0
    for result in asked:
        if not result.signature:
            continue
        if result.signature in known:
            again += 1
            failed += not result.first_right
        known.add(result.signature)
    return Share(failed, again)


def _median(values: Iterable[int | None]) -> float | None:
    told = [value for value in values if value is not None]
    return float(median(told)) if told else None
