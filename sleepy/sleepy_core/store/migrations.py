"""The database's schema, as the list of steps that led to it.

To change the schema, append a function to `MIGRATIONS` and run `scripts/write_docs.py`, which writes
`schema.sql` anew. Never edit a step that has shipped: a test upgrades a stored database of version 1.

`PRAGMA user_version` counts the steps that a file has seen. It is read inside `BEGIN IMMEDIATE`, so
that of two processes that start together one migrates and the other finds it done. Plain `sqlite3`:
this runs once, in a thread, before anything else opens the file.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sleepy_core.errors import StoreError

APPLICATION_ID = 0x534C4550  # "SLEP": tells our files from other programs' (`file`, sqlite3)
BUSY_SECONDS = 5.0

Migration = Callable[[sqlite3.Connection], None]


def m0001_episodes(db: sqlite3.Connection) -> None:
    """Repositories, episodes, attempts."""
    db.execute(
        """
CREATE TABLE repos (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    root_commit TEXT,
    path_in_repo TEXT NOT NULL,
    path TEXT,                          -- where it was last seen on this machine
    last_seen REAL NOT NULL             -- seconds since the epoch
) STRICT"""
    )
    db.execute(
        """
CREATE TABLE episodes (
    id TEXT PRIMARY KEY,
    repo TEXT NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    run TEXT NOT NULL,
    created REAL NOT NULL,              -- seconds since the epoch
    file TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    signature TEXT NOT NULL,
    family TEXT NOT NULL,
    source TEXT NOT NULL,
    label TEXT NOT NULL,
    verdict TEXT,
    outcome TEXT NOT NULL,
    diff TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    rendered TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    steps INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    answer_tokens INTEGER NOT NULL,
    ms REAL NOT NULL,
    engine TEXT NOT NULL,
    model TEXT NOT NULL,
    coefficients TEXT NOT NULL,
    head TEXT NOT NULL,
    closed REAL,                        -- seconds since the epoch
    note TEXT NOT NULL,
    result_digests TEXT NOT NULL        -- JSON: [[file, digest], ...]
) STRICT"""
    )
    db.execute("CREATE INDEX episodes_by_repo ON episodes (repo, id)")
    db.execute("CREATE INDEX episodes_by_signature ON episodes (signature, repo)")
    db.execute("CREATE INDEX episodes_by_run ON episodes (run)")
    db.execute(
        """
CREATE TABLE attempts (
    episode TEXT NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,            -- 0 is the first that was compiled
    source TEXT NOT NULL,
    label TEXT NOT NULL,
    why TEXT NOT NULL,
    cost REAL NOT NULL,
    weak INTEGER NOT NULL,
    recalled TEXT NOT NULL,             -- JSON: [episode id, ...]
    patch TEXT NOT NULL,                -- JSON: [[file, base digest, [[start, end, text], ...]], ...]
    prompt_tokens INTEGER NOT NULL,
    answer_tokens INTEGER NOT NULL,
    model_seconds REAL NOT NULL,
    verdict TEXT NOT NULL,
    remaining INTEGER NOT NULL,
    new TEXT NOT NULL,                  -- JSON: [[code, message, file], ...]
    fixed TEXT NOT NULL,                -- JSON: [[code, message, file], ...]
    reason TEXT NOT NULL,
    ms REAL NOT NULL,
    PRIMARY KEY (episode, number)
) STRICT, WITHOUT ROWID"""
    )


def m0002_edit_kinds(db: sqlite3.Connection) -> None:
    """Which kind of edit a fix was that was searched for, and what the search compiled by itself."""
    db.execute("ALTER TABLE episodes ADD COLUMN edit_kind TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE attempts ADD COLUMN edit_kind TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE attempts ADD COLUMN screened INTEGER NOT NULL DEFAULT 0")


def m0003_coefficients(db: sqlite3.Connection) -> None:
    """Coefficient sets, a version each, and what became of them. The files lie beside the database."""
    db.execute(
        """
CREATE TABLE coefficients (
    id TEXT PRIMARY KEY,
    repo TEXT REFERENCES repos (id) ON DELETE CASCADE,  -- NULL: for every repository
    family TEXT,                        -- NULL: for every family of errors
    model TEXT NOT NULL,                -- digest of the base model
    basis TEXT NOT NULL,                -- id of the basis
    created REAL NOT NULL,              -- seconds since the epoch
    status TEXT NOT NULL CHECK (status IN ('candidate', 'current', 'retired', 'rejected')),
    gain TEXT NOT NULL,                 -- JSON: what was measured
    parent TEXT REFERENCES coefficients (id) ON DELETE SET NULL  -- what training started from
) STRICT"""
    )
    # Of the versions of one place at most one is current, whoever writes.
    db.execute(
        """
CREATE UNIQUE INDEX coefficients_current ON coefficients (model, ifnull(repo, ''), ifnull(family, ''))
WHERE status = 'current'"""
    )
    db.execute(
        """
CREATE TABLE coefficient_moves (
    number INTEGER PRIMARY KEY,         -- in the order of the moves
    coefficients TEXT NOT NULL REFERENCES coefficients (id) ON DELETE CASCADE,
    moved REAL NOT NULL,                -- seconds since the epoch
    status TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT"""
    )
    db.execute("CREATE INDEX coefficient_moves_by_set ON coefficient_moves (coefficients, number)")


def m0004_fixes_by_hand(db: sqlite3.Connection) -> None:
    """What stands open, over restarts; when a repository last slept; what lessons are made of, and what is none."""
    db.execute(
        """
CREATE TABLE open_errors (
    root TEXT PRIMARY KEY,              -- the project's folder: two clones of a repository have different texts
    repo TEXT NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    bases TEXT NOT NULL                 -- JSON, see sleepy_core/human/memory.py; it holds source code
) STRICT"""
    )
    db.execute("ALTER TABLE repos ADD COLUMN slept REAL")  # seconds since the epoch; NULL: never
    db.execute("ALTER TABLE episodes ADD COLUMN weak INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE episodes ADD COLUMN fault TEXT")  # JSON: the diagnostic, without `rendered`
    db.execute("ALTER TABLE episodes ADD COLUMN line INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE episodes ADD COLUMN above TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE episodes ADD COLUMN below TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE episodes ADD COLUMN unfit TEXT NOT NULL DEFAULT ''")


MIGRATIONS: tuple[Migration, ...] = (m0001_episodes, m0002_edit_kinds, m0003_coefficients, m0004_fixes_by_hand)
VERSION = len(MIGRATIONS)


def migrate(path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Create the database, or bring it up to date; afterwards it has exactly the newest schema.

    A file that has to change is copied aside first (`<name>.v<version>`). All steps happen in one
    transaction: a step that fails leaves the file as it was. Raises `StoreError` for a database that
    is newer than this program, or that is none of ours; `sqlite3.Error` and `OSError` for the rest.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)  # episodes hold source code: nobody else's business
    # Python's implicit transactions would commit around DDL, hence isolation_level=None.
    with contextlib.closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as db:
        if _version(db) == len(migrations) and _is_ours(db):
            return  # the usual start-up takes no write lock
        _use_wal(db)
        db.execute("BEGIN IMMEDIATE")
        try:
            _upgrade(db, path, migrations)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise


def schema_text(db: sqlite3.Connection) -> str:
    """The schema for people to read; `schema.sql` is this for a new database."""
    rows = db.execute(
        """
SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY tbl_name, type DESC, name"""
    )
    head = f"-- Version {_version(db)}. Written by scripts/write_docs.py from migrations.py; not read by the program.\n"
    return head + "".join(f"\n{sql};\n" for (sql,) in rows)


def _upgrade(db: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    version = _version(db)
    if version > len(migrations):
        raise StoreError(
            f"{path} was written by a newer Sleepy Coder (schema {version}, this one knows {len(migrations)}): "
            "update Sleepy Coder, or move the file away to start anew"
        )
    if not _is_ours(db) and not _is_empty(db):
        raise StoreError(f"{path} is not a database of Sleepy Coder: move the file away to start anew")
    if version == len(migrations):
        return  # another process was faster
    if version > 0:
        _copy_aside(path, version)
    for step in migrations[version:]:
        step(db)
    if broken := db.execute("PRAGMA foreign_key_check").fetchall():
        raise StoreError(
            f"{path}: the update to schema {len(migrations)} would break {len(broken)} references; nothing was changed"
        )
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {len(migrations)}")


def _copy_aside(path: Path, version: int) -> None:
    """A complete copy of what is committed. The caller holds the write lock; readers are let in."""
    copy = path.with_name(f"{path.name}.v{version}")
    unfinished = copy.with_name(copy.name + ".tmp")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    with contextlib.closing(sqlite3.connect(path)) as source, contextlib.closing(sqlite3.connect(unfinished)) as target:
        source.backup(target)
    unfinished.replace(copy)


def _use_wal(db: sqlite3.Connection) -> None:
    """SQLite does not wait for other processes here, whatever the busy timeout says; so we do."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode = wal")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _is_ours(db: sqlite3.Connection) -> bool:
    return bool(db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)


def _is_empty(db: sqlite3.Connection) -> bool:
    return _version(db) == 0 and db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
