"""Which repository sleeps next? Pure; the schedule asks, and the database answers what there is to learn."""

from __future__ import annotations

from collections.abc import Iterable

from sleepy_core.store.repos import Fresh


def next_to_sleep(waiting: Iterable[Fresh], enough: int) -> Fresh | None:
    """The repository whose lessons have waited longest, of those that have enough; None where none has.

    A repository that has slept starts to wait anew, so one that is worked on all day cannot keep the others awake.
    """
    ready = [fresh for fresh in waiting if fresh.episodes >= enough]
    return min(ready, key=lambda fresh: (fresh.oldest, -fresh.episodes, fresh.repo), default=None)
