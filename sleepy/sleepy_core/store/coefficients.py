"""The SQL about coefficient sets: versions, which one answers where, and what became of each.

A *place* is a base model with a repository or none and a family of errors or none. Each has any number of versions, of
which at most one is current. The files of a version never change: they lie in `store.shelf` under its id.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiosqlite

from sleepy_core.errors import StoreError

_COLUMNS = "id, repo, family, model, basis, created, status, gain, parent"


class Status(enum.StrEnum):
    """What a version is in its place."""

    CANDIDATE = "candidate"  # trained, and not judged yet
    CURRENT = "current"  # it answers
    RETIRED = "retired"  # it did answer, until a better one came
    REJECTED = "rejected"  # it is no better, or was rolled back


@dataclass(frozen=True, slots=True)
class CoefficientSet:
    """One version."""

    id: str
    model: str  # digest of the base model
    basis: str  # id of the basis
    created: float  # seconds since the epoch
    repo: str | None = None  # None: for every repository
    family: str | None = None  # None: for every family of errors
    status: Status = Status.CANDIDATE
    gain: Mapping[str, Any] = field(default_factory=dict, hash=False)  # what was measured; goes into JSON
    parent: str | None = None  # the set that training started from


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a version's history."""

    moved: float  # seconds since the epoch
    status: Status
    reason: str


async def insert(db: aiosqlite.Connection, set_: CoefficientSet, reason: str) -> bool:
    """Add a version; False if its id is there already."""
    added = await db.execute(
        f"INSERT INTO coefficients ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",  # noqa: S608
        (
            set_.id,
            set_.repo,
            set_.family,
            set_.model,
            set_.basis,
            set_.created,
            set_.status.value,
            json.dumps(dict(set_.gain)),
            set_.parent,
        ),
    )
    if added.rowcount:
        await _note(db, set_.id, set_.status, reason, set_.created)
    return added.rowcount > 0


async def by_id(db: aiosqlite.Connection, id_: str) -> CoefficientSet | None:
    """The version of that name, or None."""
    return _first(await db.execute_fetchall(f"SELECT {_COLUMNS} FROM coefficients WHERE id = ?", (id_,)))  # noqa: S608


async def existing(db: aiosqlite.Connection, id_: str) -> CoefficientSet:
    """The version of that name. Raises `StoreError` where there is none."""
    found = await by_id(db, id_)
    if found is None:
        raise StoreError(f"there is no coefficient set {id_}")
    return found


async def every(db: aiosqlite.Connection, model: str | None, status: Status | None) -> tuple[CoefficientSet, ...]:
    """All versions that fit, the newest first."""
    rows = await db.execute_fetchall(
        f"SELECT {_COLUMNS} FROM coefficients WHERE (?1 IS NULL OR model = ?1) AND (?2 IS NULL OR status = ?2) "  # noqa: S608
        "ORDER BY created DESC, id DESC",
        (model, status.value if status else None),
    )
    return tuple(map(_set, rows))


async def current_in(db: aiosqlite.Connection, place: CoefficientSet) -> CoefficientSet | None:
    """The version that answers where this one belongs."""
    rows = await db.execute_fetchall(
        f"SELECT {_COLUMNS} FROM coefficients "  # noqa: S608
        "WHERE status = 'current' AND model = ? AND repo IS ? AND family IS ?",
        (place.model, place.repo, place.family),
    )
    return _first(rows)


async def last_retired_in(db: aiosqlite.Connection, place: CoefficientSet) -> CoefficientSet | None:
    """Of the retired versions of a place the one that answered last."""
    rows = await db.execute_fetchall(
        f"SELECT {_COLUMNS} FROM coefficients "  # noqa: S608
        "WHERE status = 'retired' AND model = ? AND repo IS ? AND family IS ? ORDER BY "
        "(SELECT max(number) FROM coefficient_moves AS m WHERE m.coefficients = coefficients.id) DESC LIMIT 1",
        (place.model, place.repo, place.family),
    )
    return _first(rows)


async def move(db: aiosqlite.Connection, id_: str, status: Status, reason: str, now: float) -> None:
    """Give a version another status, and note why."""
    await db.execute("UPDATE coefficients SET status = ? WHERE id = ?", (status.value, id_))
    await _note(db, id_, status, reason, now)


async def measured(db: aiosqlite.Connection, id_: str, gain: Mapping[str, Any]) -> None:
    """Keep what was measured of a version."""
    await db.execute("UPDATE coefficients SET gain = ? WHERE id = ?", (json.dumps(dict(gain)), id_))


async def moves(db: aiosqlite.Connection, id_: str) -> tuple[Move, ...]:
    """A version's history, the oldest first."""
    rows = await db.execute_fetchall(
        "SELECT moved, status, reason FROM coefficient_moves WHERE coefficients = ? ORDER BY number", (id_,)
    )
    return tuple(Move(moved, Status(status), reason) for moved, status, reason in rows)


async def _note(db: aiosqlite.Connection, id_: str, status: Status, reason: str, now: float) -> None:
    await db.execute(
        "INSERT INTO coefficient_moves (coefficients, moved, status, reason) VALUES (?, ?, ?, ?)",
        (id_, now, status.value, reason),
    )


def _first(rows: Iterable[aiosqlite.Row]) -> CoefficientSet | None:
    return next(map(_set, rows), None)


def _set(row: aiosqlite.Row) -> CoefficientSet:
    id_, repo, family, model, basis, created, status, gain, parent = row
    return CoefficientSet(id_, model, basis, created, repo, family, Status(status), json.loads(gain), parent)
