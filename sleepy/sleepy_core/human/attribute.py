"""Which of many changes repaired which error? The compiler says: single changes are checked again, in a slot.

Most errors are repaired by the one change next to them, so those are tried first, each alone. What no single change
explains is reduced from all of them, the farthest left out first, as long as the rest still repairs the error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sleepy_core.human.changes import Change, distance, patch_of
from sleepy_core.model import CheckResult, Diagnostic, RelPath, Verdict
from sleepy_core.text import LineIndex, apply_patch
from sleepy_core.verify import verdict

MOST_CHECKS = 24  # of one edit, whatever it repaired
MOST_CHANGES = 16  # more at once are not reduced: then it was no repair of one error
_SINGLES = 6

Check = Callable[[Mapping[RelPath, str]], Awaitable[CheckResult]]
"""What a check says of the project with these texts in it."""


@dataclass(frozen=True, slots=True)
class Handiwork:
    """The changes that repaired one error, and what the compiler says of them alone."""

    error: Diagnostic
    changes: tuple[Change, ...]
    verdict: Verdict


class Trials:
    """The checks of one edit: each combination of its changes is compiled at most once, and not too many are.

    `known` are combinations of which a check has spoken already.
    """

    def __init__(
        self,
        before: Mapping[RelPath, str],
        made: Sequence[Change],
        check: Check,
        known: Mapping[frozenset[Change], CheckResult],
    ) -> None:
        self.changes = tuple(made)
        self._before = before
        self._check = check
        self._known = dict(known)
        self._left = MOST_CHECKS

    async def result(self, chosen: frozenset[Change]) -> CheckResult | None:
        """What a check says with only these changes made; None when that would be one too many."""
        if chosen not in self._known:
            if self._left == 0:
                return None
            self._left -= 1
            texts = {**self._before, **apply_patch(self._before, patch_of(chosen, self._before))}
            self._known[chosen] = await self._check(texts)
        return self._known[chosen]

    def gap(self, error: Diagnostic) -> int:
        """Lines between an error and the change that is next to it."""
        return min((distance(error, change, LineIndex(self._before[change[0]])) for change in self.changes), default=0)

    def nearest(self, error: Diagnostic) -> list[Change]:
        """The changes, those next to the error first."""
        indexes = {file: LineIndex(self._before[file]) for file, _ in self.changes}
        return sorted(self.changes, key=lambda change: (distance(error, change, indexes[change[0]]), change))


async def attribute(
    errors: Iterable[Diagnostic],
    before: Mapping[RelPath, str],
    made: Sequence[Change],
    check: Check,
    known: Mapping[frozenset[Change], CheckResult],
) -> list[Handiwork]:
    """Which of the changes repaired which of the errors; errors that they do not explain are left out.

    `known` says what is known of some combinations: of none of the changes, and of all, where the checks that
    showed the errors and did not show them any more spoke of just these texts.
    """
    trials = Trials(before, made, check, known)
    base = await trials.result(frozenset())
    assert base is not None  # the first check is never one too many
    if frozenset() not in known:
        errors = _as_shown(errors, base, trials)
    return [work for error in errors if (work := await _explain(error, base, trials)) is not None]


def _as_shown(errors: Iterable[Diagnostic], base: CheckResult, trials: Trials) -> list[Diagnostic]:
    """The errors at their places in the texts before, of which a check has only now spoken.

    Of several with one name, of which not all are gone, it will be those next to what has changed.
    """
    wanted = Counter(error.identity for error in errors)
    found: list[Diagnostic] = []
    for identity, count in wanted.items():
        shown = {error.span.start: error for error in base.errors if error.identity == identity}
        found += sorted(shown.values(), key=trials.gap)[:count]
    return found


async def _explain(error: Diagnostic, base: CheckResult, trials: Trials) -> Handiwork | None:
    async def judged(chosen: Sequence[Change]) -> Verdict | None:
        result = await trials.result(frozenset(chosen))
        found = verdict(base, result, error.identity) if result is not None else None
        return found if found is not None and found.kind.offered else None

    nearest = trials.nearest(error)
    for change in nearest[:_SINGLES]:
        if (alone := await judged([change])) is not None:
            return Handiwork(error, (change,), alone)
    chosen = nearest
    if len(chosen) > MOST_CHANGES or (best := await judged(chosen)) is None:
        return None
    for change in reversed(nearest):
        rest = [other for other in chosen if other != change]
        if rest and (without := await judged(rest)) is not None:
            chosen, best = rest, without
    return Handiwork(error, tuple(sorted(chosen)), best)
