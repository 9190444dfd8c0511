"""May what a night has made answer from now on, and does it keep its place the next day? Pure.

A candidate has to show a gain on what was held out, be worse at nothing there, and lose no frozen task that what is in
use is known to pass. What was promoted is taken back when its fixes are taken clearly less often than the model's were
before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sleepy_core.evaluate.gates import Check, Verdict, judge
from sleepy_core.evaluate.results import TaskResult
from sleepy_core.evaluate.statistics import fisher

LEAST_GAIN = 0.05
"""Nats an answer: a smaller rise of the likelihood is no gain by itself."""

TOLERANCE = 0.01
"""Nats an answer: sums over another order of numbers differ by as much."""

LEAST_ANSWERED = 5  # offers since a promotion, until anything is concluded from them
RARE = 0.05  # a chance below which it was not chance


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How the held-out errors were answered, in their order."""

    exact: tuple[bool, ...]  # the very repair that was made, but for layout
    likelihood: tuple[float, ...] = ()  # natural logarithm for each repair; empty where the engine cannot say
    given: tuple[str, ...] = ()  # the answers as they came

    @property
    def mean(self) -> float | None:
        """The mean log-likelihood of a repair."""
        return sum(self.likelihood) / len(self.likelihood) if self.likelihood else None


@dataclass(frozen=True, slots=True)
class Settled:
    """What is to become of a candidate."""

    passed: bool
    reason: str
    gain: Mapping[str, Any] = field(default_factory=dict, hash=False)  # `told` says it in plain words


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How the model's offers were answered in some time."""

    taken: int
    refused: int  # or undone

    @property
    def answered(self) -> int:
        """Those that somebody decided about."""
        return self.taken + self.refused


def held_out_checks(now: HeldOut, before: HeldOut) -> tuple[Check, ...]:
    """The rules about what was held out: nothing worse, and something better."""
    exact, was = sum(now.exact), sum(before.exact)
    checks = [
        Check(
            "held-out repairs not fewer",
            exact >= was,
            f"of {len(now.exact)} held-out errors {was} were repaired as it was done before, {exact} now",
        )
    ]
    rise = 0.0
    if now.mean is not None and before.mean is not None:
        rise = now.mean - before.mean
        checks.append(
            Check(
                "held-out repairs not less likely",
                rise >= -TOLERANCE,
                f"log-likelihood of a held-out repair {before.mean:.2f} before, {now.mean:.2f} now",
            )
        )
    better = exact > was or rise >= LEAST_GAIN
    checks.append(Check("a gain on what was held out", better, "it is no better at the errors that were held out"))
    return tuple(checks)


def settle(
    held: tuple[HeldOut, HeldOut],
    frozen: tuple[Sequence[TaskResult], Sequence[TaskResult]] | None = None,
    *,
    frozen_tasks: tuple[int, int] = (0, 0),
) -> Settled:
    """The verdict over both measures, candidate first in each.

    `frozen` are both runs over frozen tasks that what is in use passes; None where the held-out errors have settled it
    already. Where none passes none can be lost. `frozen_tasks` says how many it was ever asked, and how many there are.
    """
    now, before = held
    checks = held_out_checks(now, before)
    if frozen is not None and frozen[1]:
        checks += judge(*frozen).checks
    elif frozen is not None:
        told = f"none of the {frozen_tasks[0]} frozen tasks passed before that were asked, of {frozen_tasks[1]}"
        checks += (Check("no frozen task lost", True, told),)
    verdict = Verdict(checks)
    gain: dict[str, Any] = {"told": plain_words(now, before), "held_out": len(now.exact)}
    gain |= {"exact_before": sum(before.exact), "exact_now": sum(now.exact)}
    if now.mean is not None and before.mean is not None:
        gain |= {"likelihood_before": before.mean, "likelihood_now": now.mean}
    if frozen is not None:
        gain |= {"frozen_kept": sum(r.passed for r in frozen[0]), "frozen_before": len(frozen[1])}
        gain |= {"frozen_asked": frozen_tasks[0], "frozen_tasks": frozen_tasks[1]}
    gain["rules"] = [{"rule": c.rule, "kept": c.kept, "told": c.told} for c in verdict.checks]
    return Settled(verdict.passed, gain["told"] if verdict.passed else verdict.reason, gain)


def plain_words(now: HeldOut, before: HeldOut) -> str:
    """The gain in one sentence for a person."""
    exact, was = sum(now.exact), sum(before.exact)
    of = len(now.exact)
    if exact != was:
        return f"it repairs {exact} of {of} errors that it had not seen as you did; before, {was}"
    if now.mean is not None and before.mean is not None:
        likelier = "likelier" if now.mean >= before.mean else "less likely"
        return f"your own repairs of {of} errors that it had not seen have become {likelier} to it ({exact} exact)"
    return f"it repairs {exact} of {of} errors that it had not seen as you did, as before"


def takes_back(before: Acceptance, since: Acceptance) -> str:
    """Why a promoted set has to go, in one sentence; "" while it may stay.

    The rule: of at least five offers that were answered since it answers, a smaller share was taken than before, and
    so small a one comes by chance in less than one of twenty cases (Fisher's exact test, one-sided).
    """
    if since.answered < LEAST_ANSWERED or not before.answered:
        return ""
    chance = fisher(since.taken, since.answered, before.taken, before.answered)
    if since.taken * before.answered >= before.taken * since.answered or chance >= RARE:
        return ""
    return (
        f"its fixes are taken less often: {since.taken} of {since.answered}, "
        f"and {before.taken} of {before.answered} before it"
    )
