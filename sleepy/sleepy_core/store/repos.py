"""The SQL about repositories."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import aiosqlite

from sleepy_core.model import RepoIdentity
from sleepy_core.store.episodes import storable


@dataclass(frozen=True, slots=True)
class KnownRepo:
    """A repository that the database knows; `path` is where it was last seen, None for an imported one."""

    id: str
    name: str
    root_commit: str | None
    path_in_repo: str
    path: Path | None
    last_seen: float  # seconds since the epoch
    episodes: int = 0


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a repository has to learn since it last slept: fixes that were taken or made by hand."""

    repo: str
    name: str
    path: Path | None  # where it was last seen; None where only its episodes are here
    episodes: int
    oldest: float  # when the first of them was closed, in seconds since the epoch


async def seen(db: aiosqlite.Connection, identity: RepoIdentity, path: Path, now: float) -> None:
    """Remember that a repository lies there now."""
    await db.execute(
        """
INSERT INTO repos (id, name, root_commit, path_in_repo, path, last_seen) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, root_commit = excluded.root_commit,
    path_in_repo = excluded.path_in_repo, path = excluded.path, last_seen = excluded.last_seen""",
        (identity.id, identity.name, identity.root_commit, identity.path_in_repo, storable(str(path)), now),
    )


async def add_unseen(db: aiosqlite.Connection, repo: KnownRepo) -> None:
    """Make sure that there is a row, and leave it alone when there is one."""
    await db.execute(
        """
INSERT INTO repos (id, name, root_commit, path_in_repo, path, last_seen) VALUES (?, ?, ?, ?, NULL, ?)
ON CONFLICT (id) DO NOTHING""",
        (repo.id, repo.name, repo.root_commit, repo.path_in_repo, repo.last_seen),
    )


async def every(db: aiosqlite.Connection) -> tuple[KnownRepo, ...]:
    """All repositories, the last seen first."""
    rows = await db.execute_fetchall(
        """
SELECT id, name, root_commit, path_in_repo, path, last_seen,
    (SELECT count(*) FROM episodes WHERE episodes.repo = repos.id)
FROM repos ORDER BY last_seen DESC, id"""
    )
    return tuple(
        KnownRepo(id_, name, root, inside, None if path is None else Path(path), last, count)
        for id_, name, root, inside, path, last, count in rows
    )


async def slept(db: aiosqlite.Connection, repo: str, now: float) -> None:
    """The repository has slept: what was closed until now is not new any more."""
    await db.execute("UPDATE repos SET slept = ? WHERE id = ?", (now, repo))


async def fresh(db: aiosqlite.Connection) -> tuple[Fresh, ...]:
    """What each repository has to learn from since it last slept; those without anything are left out."""
    rows = await db.execute_fetchall(
        """
SELECT repos.id, repos.name, repos.path, count(*), min(coalesce(closed, created))
FROM repos JOIN episodes ON episodes.repo = repos.id
WHERE outcome IN ('confirmed', 'human') AND unfit = '' AND coalesce(closed, created) > coalesce(slept, -1)
GROUP BY repos.id ORDER BY repos.id"""
    )
    return tuple(
        Fresh(id_, name, None if path is None else Path(path), count, oldest) for id_, name, path, count, oldest in rows
    )


async def remember_open(db: aiosqlite.Connection, repo: str, root: Path, bases: str) -> None:
    """Keep what stands open in a project, in place of what stood open before."""
    name = storable(str(root))
    if not bases:
        await db.execute("DELETE FROM open_errors WHERE root = ?", (name,))
        return
    await db.execute(
        """
INSERT INTO open_errors (root, repo, bases) VALUES (?, ?, ?)
ON CONFLICT (root) DO UPDATE SET repo = excluded.repo, bases = excluded.bases""",
        (name, repo, storable(bases)),
    )


async def open_errors(db: aiosqlite.Connection, repo: str, root: Path) -> str:
    """What was kept of a project; "" where there is nothing."""
    rows = await db.execute_fetchall(
        "SELECT bases FROM open_errors WHERE root = ? AND repo = ?", (storable(str(root)), repo)
    )
    return next((str(bases) for (bases,) in rows), "")


async def delete(db: aiosqlite.Connection, id_: str) -> int:
    """Forget a repository with all its episodes; the number of episodes forgotten."""
    count = (await db.execute("DELETE FROM episodes WHERE repo = ?", (id_,))).rowcount
    await db.execute("DELETE FROM repos WHERE id = ?", (id_,))
    return count
