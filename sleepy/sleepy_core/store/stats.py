"""Episodes in numbers."""

# Column names and conditions come from this package alone; values are always bound.
# ruff: noqa: S608

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass

import aiosqlite

from sleepy_core.model import Outcome, Source
from sleepy_core.store.episodes import EpisodeFilter
from sleepy_core.store.outcome import KEPT


@dataclass(frozen=True, slots=True)
class Stats:
    """What the episodes say, taken together.

    `acceptance` is the share of the offers that were answered (taken or refused) and whose fix is in
    the code now; one that was taken and then undone counts against it, one that was never looked at
    counts nowhere. None while nothing has been answered.

    `first_offer_ms` is the median, over all errors that got an offer, of the time until the first.
    """

    episodes: int
    outcomes: Mapping[Outcome, int]
    sources: Mapping[Source, int]
    families: Mapping[str, int]  # the most frequent first
    acceptance: float | None
    first_offer_ms: float | None
    prompt_tokens: int
    answer_tokens: int


async def stats(db: aiosqlite.Connection, which: EpisodeFilter) -> Stats:
    """Numbers of the episodes that the filter lets through."""
    where, arguments = which.where()
    ((episodes, prompt, answer),) = await db.execute_fetchall(
        f"""
SELECT count(*), coalesce(sum(prompt_tokens), 0), coalesce(sum(answer_tokens), 0) FROM episodes WHERE {where}""",
        arguments,
    )
    first = await db.execute_fetchall(
        f"""
SELECT min(ms) FROM episodes WHERE source != 'human' AND {where} GROUP BY repo, run, file, code, message""",
        arguments,
    )
    times = [ms for (ms,) in first]
    outcomes = {Outcome(k): n for k, n in (await _count(db, "outcome", which)).items()}
    return Stats(
        episodes=episodes,
        outcomes=outcomes,
        sources={Source(k): n for k, n in (await _count(db, "source", which)).items()},
        families=await _count(db, "family", which),
        acceptance=_acceptance(await _offers_by_outcome(db, which)),
        first_offer_ms=statistics.median(times) if times else None,
        prompt_tokens=prompt,
        answer_tokens=answer,
    )


async def _count(db: aiosqlite.Connection, column: str, which: EpisodeFilter) -> dict[str, int]:
    where, arguments = which.where()
    rows = await db.execute_fetchall(
        f"SELECT {column}, count(*) FROM episodes WHERE {where} GROUP BY 1 ORDER BY 2 DESC, 1",
        arguments,
    )
    return {str(name): int(count) for name, count in rows}


async def _offers_by_outcome(db: aiosqlite.Connection, which: EpisodeFilter) -> dict[Outcome, int]:
    where, arguments = which.where()
    rows = await db.execute_fetchall(
        f"SELECT outcome, count(*) FROM episodes WHERE source != 'human' AND {where} GROUP BY 1",
        arguments,
    )
    return {Outcome(name): count for name, count in rows}


def _acceptance(offers: Mapping[Outcome, int]) -> float | None:
    answered = sum(n for outcome, n in offers.items() if outcome is not Outcome.OFFERED)
    kept = sum(n for outcome, n in offers.items() if outcome in KEPT)
    return kept / answered if answered else None
