"""What a repository's developers think of kinds of edits: how often each was kept, how often undone or refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import aiosqlite

from sleepy_core.model import Outcome
from sleepy_core.store.outcome import KEPT

_REFUSED = frozenset({Outcome.REVERTED, Outcome.DISMISSED})


@dataclass(frozen=True, slots=True)
class Habit:
    """One kind of edit for one family of errors, in one repository."""

    family: str
    edit_kind: str
    kept: int
    refused: int


async def habits(db: aiosqlite.Connection, repo: str | None, family: str | None = None) -> tuple[Habit, ...]:
    """The habits of a repository (or of all together), of one family or all; the most used first."""
    rows = await db.execute_fetchall(
        """
SELECT family, edit_kind, outcome, count(*) FROM episodes
WHERE edit_kind != '' AND outcome != 'offered' AND (?1 IS NULL OR repo = ?1) AND (?2 IS NULL OR family = ?2)
GROUP BY family, edit_kind, outcome""",
        (repo, family),
    )
    return _summed((name, kind, Outcome(outcome), count) for name, kind, outcome, count in rows)


def _summed(rows: Iterable[tuple[str, str, Outcome, int]]) -> tuple[Habit, ...]:
    counts: dict[tuple[str, str], list[int]] = {}
    for family, kind, outcome, count in rows:
        kept_refused = counts.setdefault((family, kind), [0, 0])
        kept_refused[0] += count if outcome in KEPT else 0
        kept_refused[1] += count if outcome in _REFUSED else 0
    found = (Habit(family, kind, kept, refused) for (family, kind), (kept, refused) in counts.items())
    return tuple(sorted(found, key=lambda h: (-h.kept - h.refused, h.family, h.edit_kind)))
