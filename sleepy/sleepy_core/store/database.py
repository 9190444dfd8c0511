"""The database: episodes, their attempts, and the repositories they happened in.

One connection writes, behind a lock, and another reads what is committed; so a reader never sees half
a change, and two tasks never share a transaction. All SQL lies in this package.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import aiosqlite

from sleepy_core.errors import StoreError, StoreUnavailable
from sleepy_core.model import Attempt, Episode, Outcome, RepoIdentity, Source
from sleepy_core.paths import data_dir
from sleepy_core.store import attempts, coefficients, episodes, habits, jsonl, repos, shelf, stats
from sleepy_core.store.coefficients import CoefficientSet, Move, Status
from sleepy_core.store.episodes import EpisodeFilter
from sleepy_core.store.habits import Habit
from sleepy_core.store.migrations import BUSY_SECONDS, VERSION, migrate
from sleepy_core.store.outcome import check_move, is_closed
from sleepy_core.store.repos import Fresh, KnownRepo
from sleepy_core.store.stats import Stats

_BATCH = 200
_LEAST_FREE = 64 * 1024  # bytes; with less, a failed write means a full disk


@dataclass(frozen=True, slots=True)
class Imported:
    """How many episodes an import added, and how many were there already."""

    added: int
    skipped: int


def database_path() -> Path:
    """Where the user's database lies."""
    return data_dir() / "sleepy.db"


class Database:
    """An open database. Made by `Database.open`; every method may raise `StoreError`.

    After an error the database goes on: nothing of the failed change is kept, and the next one is
    tried anew.
    """

    def __init__(self, path: Path, writer: aiosqlite.Connection, reader: aiosqlite.Connection) -> None:
        self.path = path
        self._writer = writer
        self._reader = reader
        self._lock = asyncio.Lock()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator[Database]:
        """Create or migrate the file, then open it. Its folder is made where it is missing."""
        with _told(path):
            await asyncio.to_thread(migrate, path)
        async with contextlib.AsyncExitStack() as stack:
            with _told(path):
                writer = await stack.enter_async_context(_connect(path))
                reader = await stack.enter_async_context(_connect(path))
                await reader.execute("PRAGMA query_only = on")
            yield cls(path, writer, reader)

    # --- Repositories ---

    async def remember_repo(self, identity: RepoIdentity, path: Path) -> None:
        """Note that this repository lies at `path` now."""
        async with self._transaction() as db:
            await repos.seen(db, identity, path, time.time())

    async def repos(self) -> tuple[KnownRepo, ...]:
        """All repositories, the last seen first."""
        with _told(self.path):
            return await repos.every(self._reader)

    async def slept(self, repo: str, when: float | None = None) -> None:
        """Note that a repository has slept: its episodes until then (or now) are not new any more."""
        async with self._transaction() as db:
            await repos.slept(db, repo, when or time.time())

    async def fresh(self) -> tuple[Fresh, ...]:
        """What each repository has to learn from since it last slept, for `sleepy_core.night.plan`."""
        with _told(self.path):
            return await repos.fresh(self._reader)

    async def remember_open(self, repo: str, root: Path, bases: str) -> None:
        """Keep the errors that stand open in a project, and their texts; "" when there are none."""
        async with self._transaction() as db:
            await repos.add_unseen(db, KnownRepo(repo, "", None, "", None, time.time()))
            await repos.remember_open(db, repo, root, bases)

    async def open_errors(self, repo: str, root: Path) -> str:
        """What `remember_open` kept."""
        with _told(self.path):
            return await repos.open_errors(self._reader, repo, root)

    # --- Episodes ---

    async def add_episode(self, episode: Episode, attempts_made: Sequence[Attempt] = ()) -> None:
        """Write an episode, with its attempts, durably. An id that is there already is an error."""
        async with self._transaction() as db:
            await repos.add_unseen(db, KnownRepo(episode.repo, "", None, "", None, episode.created))
            if not await episodes.insert(db, episode):
                raise StoreError(f"episode {episode.id} is there already")
            await attempts.insert(db, episode.id, attempts_made)

    async def move(self, id_: str, outcome: Outcome, note: str = "") -> Episode:
        """Tell what became of an episode; returns it as it is now.

        The outcome that it has already is no move, and no error: several windows may see the same.
        Raises `StoreError` for an unknown id and for a move that `store.outcome` does not know.
        """
        async with self._transaction() as db:
            episode = await episodes.by_id(db, id_)
            if episode is None:
                raise StoreError(f"there is no episode {id_}")
            if episode.outcome is outcome:
                return episode
            check_move(episode.source, episode.outcome, outcome)
            await episodes.set_outcome(db, id_, outcome, time.time() if is_closed(outcome) else None, note)
            moved = await episodes.by_id(db, id_)
            assert moved is not None
            return moved

    async def episode(self, id_: str) -> Episode | None:
        """The episode of that name, or None."""
        with _told(self.path):
            return await episodes.by_id(self._reader, id_)

    async def episode_ending(self, ending: str) -> Episode:
        """The one episode whose id ends so, as `sleepy episodes list` abbreviates it."""
        with _told(self.path):
            found = await episodes.by_id_ending(self._reader, ending) if ending else ()
        if len(found) != 1:
            raise StoreError(
                f"{'several episodes have' if found else 'there is no episode with'} an id ending in {ending!r}"
            )
        return found[0]

    async def episodes(
        self,
        *,
        repo: str | None = None,
        run: str | None = None,
        outcome: Outcome | None = None,
        family: str | None = None,
        source: Source | None = None,
        since: float | None = None,
        limit: int = 1000,
    ) -> tuple[Episode, ...]:
        """The latest episodes that fit, the newest first. `since` is in seconds since the epoch."""
        with _told(self.path):
            return await episodes.newest(self._reader, EpisodeFilter(repo, run, outcome, family, source, since), limit)

    async def recall(self, signature: str, repo: str, limit: int = 8) -> tuple[Episode, ...]:
        """Fixes that were kept for this kind of error: this repository's first, then any other's."""
        with _told(self.path):
            return await episodes.recall(self._reader, signature, repo, limit)

    async def is_known(self, fix: Episode, since: float) -> bool:
        """Was an offer for the error of this human fix taken since then, by whichever process, or is the fix there?"""
        with _told(self.path):
            return await episodes.is_known(self._reader, fix, since)

    async def add_attempts(self, episode_id: str, attempts_made: Sequence[Attempt]) -> None:
        """Append to what was compiled for an episode."""
        async with self._transaction() as db:
            await attempts.insert(db, episode_id, attempts_made)

    async def attempts(self, episode_id: str) -> tuple[Attempt, ...]:
        """What was compiled for an episode, in that order."""
        with _told(self.path):
            return await attempts.of_episode(self._reader, episode_id)

    async def stats(self, which: EpisodeFilter = EpisodeFilter()) -> Stats:  # noqa: B008 (frozen)
        """Numbers of the episodes that fit."""
        with _told(self.path):
            return await stats.stats(self._reader, which)

    async def habits(self, repo: str | None, family: str | None = None) -> tuple[Habit, ...]:
        """Which kinds of edits were kept and refused, in one repository or in all, for one family or all."""
        with _told(self.path):
            return await habits.habits(self._reader, repo, family)

    # --- Coefficient sets ---

    async def add_coefficients(self, set_: CoefficientSet, reason: str) -> None:
        """Note a new version, with why it is a candidate (or rejected). Its files lie there already: `store.shelf`."""
        if set_.status not in (Status.CANDIDATE, Status.REJECTED):
            raise StoreError(f"a new coefficient set is a candidate or rejected, and not {set_.status}")
        async with self._transaction() as db:
            if set_.repo is not None:
                await repos.add_unseen(db, KnownRepo(set_.repo, "", None, "", None, set_.created))
            if not await coefficients.insert(db, set_, reason):
                raise StoreError(f"coefficient set {set_.id} is there already")

    async def promote(self, id_: str, reason: str) -> None:
        """Let a set answer in its place; the one that did so far is retired. Nothing, if it is current already."""
        async with self._transaction() as db:
            set_ = await coefficients.existing(db, id_)
            if set_.status is not Status.CURRENT:
                await _promote(db, set_, reason)

    async def settle(self, id_: str, reason: str, gain: Mapping[str, Any], *, passed: bool, slept: float) -> None:
        """Promote or reject a candidate with what was measured, and note that its repository has slept; all or nothing.

        A set that is no candidate any more (a user has decided about it meanwhile) stays as it is.
        """
        async with self._transaction() as db:
            set_ = await coefficients.existing(db, id_)
            if set_.status is Status.CANDIDATE:
                await coefficients.measured(db, id_, gain)
                if passed:
                    await _promote(db, set_, reason)
                else:
                    await coefficients.move(db, id_, Status.REJECTED, reason, time.time())
            if set_.repo is not None:
                await repos.slept(db, set_.repo, slept)

    async def reject(self, id_: str, reason: str) -> None:
        """Note that a candidate is no better. One that is current is rolled back instead."""
        async with self._transaction() as db:
            if (await coefficients.existing(db, id_)).status is Status.CURRENT:
                raise StoreError(f"coefficient set {id_} is current: roll it back")
            await coefficients.move(db, id_, Status.REJECTED, reason, time.time())

    async def rollback(self, id_: str, reason: str) -> CoefficientSet | None:
        """Reject a current set, and let the one answer again that it replaced; None where that is the bare model."""
        async with self._transaction() as db:
            set_ = await coefficients.existing(db, id_)
            if set_.status is not Status.CURRENT:
                raise StoreError(f"coefficient set {id_} is {set_.status}: only a current one can be rolled back")
            await coefficients.move(db, id_, Status.REJECTED, reason, time.time())
            before = await coefficients.last_retired_in(db, set_)
            if before is None:
                return None
            await coefficients.move(db, before.id, Status.CURRENT, f"back after {id_}: {reason}", time.time())
            return await coefficients.by_id(db, before.id)

    async def coefficient_set(self, id_: str) -> CoefficientSet | None:
        """The set of that name, or None."""
        with _told(self.path):
            return await coefficients.by_id(self._reader, id_)

    async def coefficient_set_ending(self, ending: str) -> CoefficientSet:
        """The one set whose id ends so, as `sleepy coefficients list` abbreviates it."""
        found = [s for s in await self.coefficient_sets() if ending and s.id.endswith(ending)]
        if len(found) != 1:
            raise StoreError(
                f"{'several coefficient sets have' if found else 'there is no coefficient set with'} "
                f"an id ending in {ending!r}"
            )
        return found[0]

    async def coefficient_sets(
        self, *, model: str | None = None, status: Status | None = None
    ) -> tuple[CoefficientSet, ...]:
        """All versions of all places that fit, the newest first."""
        with _told(self.path):
            return await coefficients.every(self._reader, model, status)

    async def coefficient_moves(self, id_: str) -> tuple[Move, ...]:
        """What became of a set, and why, the oldest first."""
        with _told(self.path):
            return await coefficients.moves(self._reader, id_)

    # --- Forgetting ---

    async def forget_episode(self, id_: str) -> bool:
        """Delete an episode and its attempts, and overwrite them on disk; False if there was none."""
        async with self._transaction() as db:
            gone = await episodes.delete(db, id_)
        await self._overwrite()
        return gone > 0

    async def forget_repo(self, repo: str) -> int:
        """Delete a repository with all of its episodes, and what was trained on them; returns how many episodes."""
        async with self._transaction() as db:
            trained = [set_.id for set_ in await coefficients.every(db, None, None) if set_.repo == repo]
            gone = await repos.delete(db, repo)
        await self._overwrite()
        for id_ in trained:
            await asyncio.to_thread(shelf.remove, id_, self.path.parent / shelf.NAME)
        return gone

    async def _overwrite(self) -> None:
        # `secure_delete` has zeroed the pages; what was deleted still stands in the log until it is emptied.
        async with self._lock:
            with _told(self.path):
                await self._writer.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")

    # --- JSON lines ---

    async def export_lines(self, which: EpisodeFilter = EpisodeFilter()) -> AsyncIterator[str]:  # noqa: B008
        """All episodes that fit, the oldest first, a line each (without line end); see `store.jsonl`."""
        known = {repo.id: repo for repo in await self.repos()}
        with _told(self.path):
            async for episode in episodes.walk(self._reader, which):
                repo = known.get(episode.repo) or KnownRepo(episode.repo, "", None, "", None, 0)
                yield jsonl.to_line(
                    jsonl.Record(
                        schema_version=VERSION,
                        repository=jsonl.Repository(
                            name=repo.name, root_commit=repo.root_commit, path_in_repo=repo.path_in_repo
                        ),
                        episode=episode,
                        attempts=await attempts.of_episode(self._reader, episode.id),
                    )
                )

    async def import_lines(self, lines: Iterable[str]) -> Imported:
        """Add exported episodes: all of them, or none when a line is bad. Ids that are there are skipped.

        The lines are read in a thread, so an open file will do.
        """
        added = skipped = 0
        records = jsonl.records(lines)
        async with self._transaction() as db:
            while batch := await asyncio.to_thread(_next_batch, records):
                for number, record in batch:
                    try:
                        new = await _insert_record(db, record)
                    except (sqlite3.IntegrityError, sqlite3.InterfaceError, OverflowError) as error:
                        raise StoreError(f"line {number}: {error}") from error
                    added, skipped = added + new, skipped + (not new)
        return Imported(added, skipped)

    @contextlib.asynccontextmanager
    async def _transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """All or nothing, one at a time."""
        async with self._lock:
            with _told(self.path):
                try:
                    await self._writer.execute("BEGIN IMMEDIATE")
                    yield self._writer
                    await self._writer.commit()
                except BaseException:
                    # A cancelled task leaves its last statement to the thread, which does it before this.
                    # Does nothing where that was the commit, or where SQLite has rolled back (full disk).
                    await self._writer.rollback()
                    raise


@contextlib.asynccontextmanager
async def _connect(path: Path) -> AsyncIterator[aiosqlite.Connection]:
    async with aiosqlite.connect(path, timeout=BUSY_SECONDS, isolation_level=None) as db:
        # WAL with `normal`: a killed process loses nothing, a power cut at most the last moments.
        await db.executescript("PRAGMA foreign_keys = on; PRAGMA synchronous = normal; PRAGMA secure_delete = on;")
        yield db


async def _promote(db: aiosqlite.Connection, set_: CoefficientSet, reason: str) -> None:
    if (before := await coefficients.current_in(db, set_)) is not None:
        await coefficients.move(db, before.id, Status.RETIRED, f"replaced by {set_.id}: {reason}", time.time())
    await coefficients.move(db, set_.id, Status.CURRENT, reason, time.time())


async def _insert_record(db: aiosqlite.Connection, record: jsonl.Record) -> bool:
    episode, repo = record.episode, record.repository
    await repos.add_unseen(
        db, KnownRepo(episode.repo, repo.name, repo.root_commit, repo.path_in_repo, None, episode.created)
    )
    if not await episodes.insert(db, episode):
        return False
    await attempts.insert(db, episode.id, record.attempts)
    return True


def _next_batch(records: Iterator[tuple[int, jsonl.Record]]) -> list[tuple[int, jsonl.Record]]:
    return list(islice(records, _BATCH))


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """Every failure of SQLite or the disk becomes a sentence."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise _failure(path, error) from error


def _failure(path: Path, error: sqlite3.Error | OSError) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    match code:
        case sqlite3.SQLITE_IOERR if shutil.disk_usage(path.parent).free < _LEAST_FREE:
            full = True  # the log and its index are written past SQLite's own accounts
        case sqlite3.SQLITE_FULL:
            full = True
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreUnavailable(f"{path} is locked by another program for more than {BUSY_SECONDS:.0f} seconds")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return StoreUnavailable(f"{path} cannot be written: check the permissions of the file and its folder")
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return StoreError(f"{path} is damaged or no database ({error}): move it away to start anew")
    if full:
        return StoreUnavailable(f"the disk is full: {path} could not be written, free some space")
    return StoreError(f"{path}: {error}")
