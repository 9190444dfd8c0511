"""May a candidate take the place of what is in use? Rules over two runs on the same tasks, and their verdict. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sleepy_core.evaluate.measures import Share, compare, measures
from sleepy_core.evaluate.results import Run, TaskResult

_NAMED = 5  # tasks that a reason names; the others are counted


@dataclass(frozen=True, slots=True)
class Check:
    """One rule and how it went."""

    rule: str
    kept: bool
    told: str  # one sentence with the figures


@dataclass(frozen=True, slots=True)
class Verdict:
    """All rules that were looked at. The candidate passes where all were kept."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Every rule was kept, and there was one."""
        return bool(self.checks) and all(check.kept for check in self.checks)

    @property
    def exit_code(self) -> int:
        """0 where the candidate passes, 1 where it does not."""
        return 0 if self.passed else 1

    @property
    def reason(self) -> str:
        """The first broken rule in words, or that all were kept."""
        return next((check.told for check in self.checks if not check.kept), "every rule was kept")


def incomparable(candidate: Run, baseline: Run) -> str:
    """Why two runs cannot be held against each other, in one sentence; "" where they can."""
    if candidate.digest != baseline.digest:
        return f"{candidate.id} and {baseline.id} are over different tasks (or the tasks were changed between them)"
    return ""


def judge(
    candidate: Sequence[TaskResult],
    baseline: Sequence[TaskResult],
    *,
    held_out: tuple[Sequence[TaskResult], Sequence[TaskResult]] | None = None,
    met: Collection[str] = (),
) -> Verdict:
    """Compare a candidate's run over frozen tasks with the run of what is in use.

    `held_out` are both runs over what was kept back from training, candidate first; without it nothing is said
    about that. `met` are the signatures that both had met before.
    """
    return Verdict(tuple(_checks(candidate, baseline, held_out, met)))


def _checks(
    candidate: Sequence[TaskResult],
    baseline: Sequence[TaskResult],
    held_out: tuple[Sequence[TaskResult], Sequence[TaskResult]] | None,
    met: Collection[str],
) -> Iterator[Check]:
    yield _complete("all frozen tasks were asked", candidate, baseline)
    told = compare(candidate, baseline)
    lost = _named(told.lost) if told.lost else "none"
    yield Check("no frozen task lost", not told.lost, f"frozen tasks that passed and do not: {lost}")
    # Only what both were asked, so that a task that only one could be asked (another processor) tips nothing.
    shared = {r.task for r in candidate if not r.skipped} & {r.task for r in baseline if not r.skipped}
    now = measures([result for result in candidate if result.task in shared], met)
    before = measures([result for result in baseline if result.task in shared], met)
    yield _not_worse("pass rate", now.passed, before.passed, more_is_better=True)
    yield _not_worse("repeat-error rate", now.repeated, before.repeated, more_is_better=False)
    if held_out is not None:
        yield _complete("all held-out tasks were asked", *held_out)
        kept = [measures(results).passed for results in held_out]
        yield _not_worse("held-out pass rate", *kept, more_is_better=True)


def _complete(rule: str, candidate: Sequence[TaskResult], baseline: Sequence[TaskResult]) -> Check:
    """A run that measures nothing, or less than the other, shows nothing."""
    told = compare(candidate, baseline)
    if told.missing:
        return Check(rule, kept=False, told=f"not asked of the candidate: {_named(told.missing)}")
    both = len(told.won) + len(told.lost) + told.unchanged
    return Check(rule, kept=both > 0, told=f"{both} tasks were asked of both")


def _not_worse(what: str, now: Share, before: Share, *, more_is_better: bool) -> Check:
    """Shares of the same tasks are compared as they are: answers are greedy, so there is no noise to allow for."""
    told = f"{what} {_share(before)} before, {_share(now)} now"
    if now.rate is None or before.rate is None:
        return Check(f"{what} not worse", kept=True, told=told)
    kept = now.rate >= before.rate if more_is_better else now.rate <= before.rate
    return Check(f"{what} not worse", kept, told)


def _share(share: Share) -> str:
    return f"{share.hits}/{share.of}"


def _named(tasks: Sequence[str]) -> str:
    more = f" and {len(tasks) - _NAMED} more" if len(tasks) > _NAMED else ""
    return ", ".join(tasks[:_NAMED]) + more
