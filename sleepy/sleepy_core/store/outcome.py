"""What can become of an episode. Pure.

An offer is taken or refused; what was taken is confirmed by the next check, and may be undone at any
time. Two moves are less obvious:

- *dismissed → accepted*: the developer refused the offer and later typed the same text after all.
  What the text says counts for more than what was clicked.
- *reverted → accepted*: undo, then redo.

A fix made by hand lives in a graph of its own: it was never offered, so it cannot be accepted or
dismissed, but it can be undone and redone like any other text.
"""

from __future__ import annotations

from collections.abc import Mapping

from sleepy_core.errors import StoreError
from sleepy_core.model import Outcome, Source

_OFFERS: Mapping[Outcome, frozenset[Outcome]] = {
    Outcome.OFFERED: frozenset({Outcome.ACCEPTED, Outcome.DISMISSED}),
    Outcome.ACCEPTED: frozenset({Outcome.CONFIRMED, Outcome.REVERTED}),
    Outcome.CONFIRMED: frozenset({Outcome.REVERTED}),
    Outcome.REVERTED: frozenset({Outcome.ACCEPTED}),
    Outcome.DISMISSED: frozenset({Outcome.ACCEPTED}),
}
_BY_HAND: Mapping[Outcome, frozenset[Outcome]] = {
    Outcome.HUMAN: frozenset({Outcome.REVERTED}),
    Outcome.REVERTED: frozenset({Outcome.HUMAN}),
}

KEPT = frozenset({Outcome.ACCEPTED, Outcome.CONFIRMED, Outcome.HUMAN})
"""The fix is in the code, as far as we know."""

_OPEN = frozenset({Outcome.OFFERED, Outcome.ACCEPTED})


def outcomes_of(source: Source) -> frozenset[Outcome]:
    """All outcomes that an episode from this source can ever have."""
    return frozenset(_graph(source))


def next_outcomes(source: Source, outcome: Outcome) -> frozenset[Outcome]:
    """The outcomes that may follow directly; empty where `outcome` is impossible for the source."""
    return _graph(source).get(outcome, frozenset())


def check_move(source: Source, now: Outcome, then: Outcome) -> None:
    """Raises `StoreError` for a move that makes no sense."""
    if then not in next_outcomes(source, now):
        who = "a fix made by hand" if source is Source.HUMAN else "an offer"
        raise StoreError(f"{who} that was {now} cannot become {then}")


def is_closed(outcome: Outcome) -> bool:
    """Is nothing awaited any more? An accepted fix still awaits the check that confirms it."""
    return outcome not in _OPEN


def _graph(source: Source) -> Mapping[Outcome, frozenset[Outcome]]:
    return _BY_HAND if source is Source.HUMAN else _OFFERS
