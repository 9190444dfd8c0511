import contextlib
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from sleepy_core.errors import StoreError
from sleepy_core.store import migrations
from sleepy_core.store.migrations import MIGRATIONS, VERSION, Migration, migrate, schema_text

SCHEMA = Path(migrations.__file__).with_name("schema.sql")


def add_mood(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE repos ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'")


def fill(path: Path, name: str = "orchard") -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(
            "INSERT INTO repos (id, name, path_in_repo, path, last_seen) VALUES ('r1', ?, '', '/home/me/orchard', 1.0)",
            (name,),
        )


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchall()


def test_the_schema_that_people_read_is_the_one_that_migrations_make(path: Path) -> None:
    migrate(path)
    with closing(sqlite3.connect(path)) as db:
        assert schema_text(db) == SCHEMA.read_text(), "run scripts/write_docs.py"


def test_a_new_database_is_marked_as_ours_private_and_in_wal_mode(path: Path) -> None:
    migrate(path)
    assert query(path, "PRAGMA user_version") == [(VERSION,)]
    assert query(path, "PRAGMA application_id") == [(migrations.APPLICATION_ID,)]
    assert query(path, "PRAGMA journal_mode") == [("wal",)]
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700


def test_migrating_twice_changes_nothing(path: Path) -> None:
    migrate(path)
    fill(path)
    migrate(path)
    assert query(path, "SELECT name FROM repos") == [("orchard",)]
    assert list(path.parent.glob("*.v*")) == []


def test_one_more_step_is_run_on_what_is_there_after_a_copy_was_put_aside(path: Path) -> None:
    migrate(path)
    fill(path)
    migrate(path, [*MIGRATIONS, add_mood])
    assert query(path, "SELECT name, mood FROM repos") == [("orchard", "calm")]
    assert query(path, "PRAGMA user_version") == [(VERSION + 1,)]
    copy = path.with_name(f"sleepy.db.v{VERSION}")
    assert query(copy, "SELECT name FROM repos") == [("orchard",)]
    assert query(copy, "PRAGMA user_version") == [(VERSION,)]
    assert query(copy, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("version", range(1, VERSION))
def test_a_database_of_every_earlier_version_becomes_the_newest_and_keeps_its_episodes(
    path: Path, version: int
) -> None:
    migrate(path, MIGRATIONS[:version])
    fill(path)
    columns = query(path, "PRAGMA table_info(episodes)")
    values = ["r1" if c[1] == "repo" else 7 if c[2] in ("INTEGER", "REAL") else "old" for c in columns]
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"INSERT INTO episodes VALUES ({', '.join('?' * len(values))})", values)
    before = query(path, "SELECT id, label, created FROM episodes")
    migrate(path)
    with closing(sqlite3.connect(path)) as db:
        assert schema_text(db) == SCHEMA.read_text()
    assert query(path, "SELECT id, label, created FROM episodes") == before == [("old", "old", 7.0)]
    assert query(path.with_name(f"sleepy.db.v{version}"), "PRAGMA user_version") == [(version,)]


def test_a_step_that_fails_leaves_the_file_as_it_was(path: Path) -> None:
    def fails(db: sqlite3.Connection) -> None:
        db.execute("DROP TABLE attempts")
        raise RuntimeError("half way")

    migrate(path)
    with pytest.raises(RuntimeError):
        migrate(path, [*MIGRATIONS, add_mood, fails])
    with closing(sqlite3.connect(path)) as db:
        assert schema_text(db) == SCHEMA.read_text()


def test_a_step_that_would_break_references_is_taken_back(path: Path) -> None:
    def loses_repos(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM repos")

    migrate(path)
    fill(path)
    columns = [row[1] for row in query(path, "PRAGMA table_info(attempts)")]
    assert columns[0] == "episode"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        names = [row[1] for row in query(path, "PRAGMA table_info(episodes)")]
        values = ["r1" if n == "repo" else 0 if n in ("created", "attempts", "steps", "ms") else "0" for n in names]
        db.execute(f"INSERT INTO episodes VALUES ({', '.join('?' * len(names))})", values)
    with pytest.raises(StoreError, match="would break 1 references"):
        migrate(path, [*MIGRATIONS, loses_repos])
    assert query(path, "SELECT id FROM repos") == [("r1",)]


def test_a_newer_database_is_refused_with_a_sentence(path: Path) -> None:
    migrate(path, [*MIGRATIONS, add_mood])
    with pytest.raises(StoreError, match=rf"newer Sleepy Coder \(schema {VERSION + 1}, this one knows {VERSION}\)"):
        migrate(path)
    assert query(path, "PRAGMA user_version") == [(VERSION + 1,)]


def test_the_database_of_another_program_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("CREATE TABLE bookmarks (url)")
    with pytest.raises(StoreError, match="not a database of Sleepy Coder"):
        migrate(path)
    assert query(path, "SELECT name FROM sqlite_schema") == [("bookmarks",)]


def test_steps_of_several_versions_are_run_in_order(path: Path) -> None:
    ran: list[int] = []

    def step(number: int) -> Migration:
        return lambda _db: ran.append(number)

    migrate(path)
    migrate(path, [*MIGRATIONS, step(2), step(3)])
    migrate(path, [*MIGRATIONS, step(2), step(3), step(4)])
    assert ran == [2, 3, 4]


def race(script: str, path: Path, count: int = 6) -> None:
    """Let several processes do the same at the same moment; all have to succeed."""
    runners = [
        subprocess.Popen([sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(count)
    ]
    with contextlib.ExitStack() as stack:
        for runner in runners:
            stack.enter_context(runner)
            assert runner.stderr is not None
            runner.stderr.readline()  # it has imported everything and waits
        for runner in runners:
            assert runner.stdin is not None
            runner.stdin.write(b"go\n")
            runner.stdin.flush()
        said = [runner.communicate()[1].decode() for runner in runners]
    assert [runner.returncode for runner in runners] == [0] * count, said


RACE = """
import sys
from pathlib import Path
from sleepy_core.store import migrations
def add_mood(db):
    db.execute("ALTER TABLE repos ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'")
print("ready", file=sys.stderr, flush=True)
sys.stdin.readline()
migrations.migrate(Path(sys.argv[1]), [*migrations.MIGRATIONS, *EXTRA])
"""


@pytest.mark.slow
def test_processes_that_start_together_all_find_a_whole_new_database(path: Path) -> None:
    race(RACE.replace("EXTRA", "()"), path)
    with closing(sqlite3.connect(path)) as db:
        assert schema_text(db) == SCHEMA.read_text()


@pytest.mark.slow
def test_processes_that_start_together_migrate_only_once(path: Path) -> None:
    migrate(path)
    fill(path)
    race(RACE.replace("EXTRA", "[add_mood]"), path)
    assert query(path, "SELECT mood FROM repos") == [("calm",)]
