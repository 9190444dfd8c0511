"""The SQL about episodes: one function a question. Callers give an open connection.

The columns of `episodes` are the fields of `Episode`, by name; a test holds the two together.
"""

# Column names and conditions come from this package alone; values are always bound.
# ruff: noqa: S608

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import aiosqlite
from pydantic import TypeAdapter

from sleepy_core.model import Diagnostic, Episode, Outcome, Source, VerdictKind

_FAULT = TypeAdapter(Diagnostic)
_COLUMNS = tuple(f.name for f in dataclasses.fields(Episode))
_SELECT = "SELECT " + ", ".join(f"episodes.{name}" for name in _COLUMNS) + " FROM episodes"


@dataclass(frozen=True, slots=True)
class EpisodeFilter:
    """Which episodes; None means any. `since` is in seconds since the epoch, inclusive."""

    repo: str | None = None
    run: str | None = None
    outcome: Outcome | None = None
    family: str | None = None
    source: Source | None = None
    since: float | None = None

    def where(self) -> tuple[str, list[Any]]:
        """An SQL condition and its arguments."""
        wanted = [(f.name, getattr(self, f.name)) for f in dataclasses.fields(self)]
        terms = [
            ("created >= ?" if name == "since" else f"{name} = ?", value) for name, value in wanted if value is not None
        ]
        return " AND ".join(term for term, _ in terms) or "TRUE", [value for _, value in terms]


async def insert(db: aiosqlite.Connection, episode: Episode) -> bool:
    """Add an episode; False, and nothing changed, when the id is there already."""
    marks = ", ".join("?" * len(_COLUMNS))
    cursor = await db.execute(
        f"INSERT INTO episodes ({', '.join(_COLUMNS)}) VALUES ({marks}) ON CONFLICT (id) DO NOTHING",
        _to_row(episode),
    )
    return cursor.rowcount > 0


async def set_outcome(db: aiosqlite.Connection, id_: str, outcome: Outcome, closed: float | None, note: str) -> None:
    """Write what became of an episode; an empty note keeps the one that is there."""
    await db.execute(
        "UPDATE episodes SET outcome = ?1, closed = ?2, note = CASE ?3 WHEN '' THEN note ELSE ?3 END WHERE id = ?4",
        (outcome.value, closed, storable(note), id_),
    )


async def by_id(db: aiosqlite.Connection, id_: str) -> Episode | None:
    """The episode of that name."""
    rows = await db.execute_fetchall(f"{_SELECT} WHERE id = ?", (id_,))
    return next((_from_row(row) for row in rows), None)


async def by_id_ending(db: aiosqlite.Connection, ending: str) -> tuple[Episode, ...]:
    """At most two episodes whose names end so: enough to see whether an abbreviation is ambiguous."""
    rows = await db.execute_fetchall(f"{_SELECT} WHERE substr(id, -length(?1)) = ?1 LIMIT 2", (ending.lower(),))
    return tuple(_from_row(row) for row in rows)


async def newest(db: aiosqlite.Connection, which: EpisodeFilter, limit: int) -> tuple[Episode, ...]:
    """The latest episodes, the newest first."""
    where, arguments = which.where()
    rows = await db.execute_fetchall(f"{_SELECT} WHERE {where} ORDER BY id DESC LIMIT ?", (*arguments, limit))
    return tuple(_from_row(row) for row in rows)


async def oldest_after(db: aiosqlite.Connection, which: EpisodeFilter, last_id: str, limit: int) -> tuple[Episode, ...]:
    """The next page of a walk through episodes from the oldest on; start with `last_id=""`."""
    where, arguments = which.where()
    rows = await db.execute_fetchall(
        f"{_SELECT} WHERE id > ? AND {where} ORDER BY id LIMIT ?", (last_id, *arguments, limit)
    )
    return tuple(_from_row(row) for row in rows)


async def walk(db: aiosqlite.Connection, which: EpisodeFilter, page: int = 200) -> AsyncIterator[Episode]:
    """All episodes from the oldest on, without holding them all in memory."""
    last = ""
    while episodes := await oldest_after(db, which, last, page):
        for episode in episodes:
            yield episode
        last = episodes[-1].id


async def recall(db: aiosqlite.Connection, signature: str, repo: str, limit: int) -> tuple[Episode, ...]:
    """Kept fixes of the same kind of error: this repository's first, then the surest, then the newest.

    The same change made many times is told once, so that it does not crowd out the others.
    """
    rows = await db.execute_fetchall(
        f"""
WITH ranked AS (
    SELECT id,
        row_number() OVER (PARTITION BY before, after ORDER BY repo = ?2 DESC, outcome = 'accepted', id DESC) AS n
    FROM episodes
    WHERE signature = ?1 AND outcome IN ('confirmed', 'human', 'accepted') AND diff != '' AND unfit = ''
)
{_SELECT} JOIN ranked USING (id) WHERE n = 1 ORDER BY repo = ?2 DESC, outcome = 'accepted', id DESC LIMIT ?3""",
        (signature, repo, limit),
    )
    return tuple(_from_row(row) for row in rows)


async def is_known(db: aiosqlite.Connection, fix: Episode, since: float) -> bool:
    """Was an offer for the error of this human fix taken since then, or is the fix itself there already?"""
    rows = await db.execute_fetchall(
        """
SELECT 1 FROM episodes
WHERE repo = ?1 AND file = ?2 AND code = ?3 AND message = ?4 AND created >= ?5
    AND (source != 'human' AND outcome IN ('accepted', 'confirmed') OR source = 'human' AND diff = ?6) LIMIT 1""",
        (fix.repo, storable(fix.file), storable(fix.code), storable(fix.message), since, storable(fix.diff)),
    )
    return bool(list(rows))


async def delete(db: aiosqlite.Connection, id_: str) -> int:
    """Forget one episode and its attempts; the number forgotten."""
    return (await db.execute("DELETE FROM episodes WHERE id = ?", (id_,))).rowcount


def storable(text: str) -> str:
    """Text that SQLite can hold: a lone surrogate (from a JSON escape) becomes `?`."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def to_json(value: Iterable[object]) -> str:
    """Small structured values in a column."""
    return json.dumps(list(value), ensure_ascii=True, separators=(",", ":"))


def _to_row(episode: Episode) -> tuple[Any, ...]:
    values = {name: getattr(episode, name) for name in _COLUMNS}
    values["result_digests"] = to_json(episode.result_digests)
    if episode.fault is not None:
        values["fault"] = _FAULT.dump_json(replace(episode.fault, rendered="")).decode()
    return tuple(storable(str(v)) if isinstance(v, str) else v for v in values.values())


def _from_row(row: Sequence[Any]) -> Episode:
    values = dict(zip(_COLUMNS, row, strict=True))
    values["source"] = Source(values["source"])
    values["outcome"] = Outcome(values["outcome"])
    values["verdict"] = None if values["verdict"] is None else VerdictKind(values["verdict"])
    values["result_digests"] = tuple((file, name) for file, name in json.loads(values["result_digests"]))
    values["weak"] = bool(values["weak"])
    if values["fault"] is not None:
        values["fault"] = replace(_FAULT.validate_json(values["fault"]), rendered=values["rendered"])
    return Episode(**values)
