"""What experience adds to an edit kind's cost. Pure.

A kind that this repository's developers kept for a family of errors is tried earlier, one that they undid or refused
later: from the first time on, and never by more than the distance between two classes of cost.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

_MOST = 1.5

# (repository, family) -> kind of edit -> what to add to its cost.
Habits = Callable[[str, str], Awaitable[Mapping[str, float]]]


def adjustment(kept: int, refused: int) -> float:
    """What to add to a kind's cost: between -1.5 (always kept, often) and 1.5 (never kept); 0 without experience."""
    return -_MOST * (kept - refused) / (kept + refused + 1)
