"""Versions of coefficient sets: one current in each place, a reason for every move, and files before rows."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from helpers.episodes import REPO
from sleepy_core.errors import StoreError, StoreUnavailable
from sleepy_core.store import shelf
from sleepy_core.store.coefficients import CoefficientSet, Status
from sleepy_core.store.database import Database


def a_set(id_: str, **changes: object) -> CoefficientSet:
    values: dict[str, object] = {"model": "m1", "basis": "random-1", "created": 1.0, "repo": "r1", "family": "moves"}
    return CoefficientSet(id_, **(values | changes))  # type: ignore[arg-type]


async def statuses(database: Database) -> dict[str, str]:
    return {s.id: s.status.value for s in await database.coefficient_sets()}


async def add(database: Database, *ids: str, **changes: object) -> None:
    for id_ in ids:
        await database.add_coefficients(a_set(id_, **changes), "trained")


async def test_a_set_is_found_again_as_it_was_added(database: Database) -> None:
    await add(database, "old")
    made = a_set("new", gain={"held_out": 0.5, "of": [3, 4]}, parent="old", created=2.0)
    await database.add_coefficients(made, "trained in the night")
    assert await database.coefficient_set("new") == made
    assert await database.coefficient_set("none") is None
    assert [(m.status, m.reason) for m in await database.coefficient_moves("new")] == [
        (Status.CANDIDATE, "trained in the night")
    ]
    assert [s.id for s in await database.coefficient_sets()] == ["new", "old"]


async def test_the_same_id_twice_is_an_error_and_so_is_one_that_comes_as_current(database: Database) -> None:
    await add(database, "one")
    with pytest.raises(StoreError, match="is there already"):
        await add(database, "one")
    with pytest.raises(StoreError, match="candidate or rejected, and not current"):
        await add(database, "two", status=Status.CURRENT)


async def test_a_promotion_retires_the_one_before_and_both_know_why(database: Database) -> None:
    await add(database, "one", "two")
    await database.promote("one", "better than nothing")
    await database.promote("two", "better by 3 of 40")
    await database.promote("two", "again")  # nothing
    assert await statuses(database) == {"one": "retired", "two": "current"}
    assert (await database.coefficient_moves("one"))[-1].reason == "replaced by two: better by 3 of 40"
    assert [m.reason for m in await database.coefficient_moves("two")] == ["trained", "better by 3 of 40"]


async def test_places_do_not_disturb_each_other(database: Database) -> None:
    places: list[dict[str, object]] = [
        {},
        {"family": None},
        {"repo": None},
        {"repo": None, "family": None},
        {"model": "m2"},
        {"repo": "r2"},
    ]
    for number, place in enumerate(places):
        await add(database, f"s{number}", **place)
        await database.promote(f"s{number}", "first")
    assert set((await statuses(database)).values()) == {"current"}
    assert {s.id for s in await database.coefficient_sets(model="m2")} == {"s4"}


async def test_a_rollback_brings_back_what_answered_before_step_by_step_to_the_bare_model(database: Database) -> None:
    await add(database, "one", "two", "three")
    for id_ in ("two", "one", "three"):  # not in the order of their names
        await database.promote(id_, "better")
    back = await database.rollback("three", "the user said so")
    assert back is not None
    assert back.id == "one"
    assert back.status is Status.CURRENT
    assert await statuses(database) == {"one": "current", "two": "retired", "three": "rejected"}
    assert (await database.coefficient_moves("one"))[-1].reason == "back after three: the user said so"
    assert (await database.rollback("one", "worse")) is not None
    assert await database.rollback("two", "worse") is None
    assert set((await statuses(database)).values()) == {"rejected"}


async def test_what_is_not_current_is_not_rolled_back_and_what_is_is_not_rejected(database: Database) -> None:
    await add(database, "one")
    with pytest.raises(StoreError, match="is candidate: only a current one"):
        await database.rollback("one", "?")
    await database.promote("one", "better")
    with pytest.raises(StoreError, match="roll it back"):
        await database.reject("one", "?")
    for move in (database.promote, database.reject, database.rollback):
        with pytest.raises(StoreError, match="there is no coefficient set none"):
            await move("none", "?")


async def test_a_rejected_set_keeps_its_reason_and_may_be_used_after_all(database: Database) -> None:
    await add(database, "one")
    await database.reject("one", "no better on the held-out koans: 10 of 40, as before")
    assert (await database.coefficient_moves("one"))[-1].reason.startswith("no better")
    await database.promote("one", "by hand")
    assert await statuses(database) == {"one": "current"}


async def test_the_database_itself_refuses_two_current_sets_in_one_place(database: Database, path: Path) -> None:
    await add(database, "one", "two", repo=None, family=None)
    await database.promote("one", "better")
    with closing(sqlite3.connect(path)) as db, pytest.raises(sqlite3.IntegrityError):
        db.execute("UPDATE coefficients SET status = 'current' WHERE id = 'two'")


async def test_two_promotions_at_once_leave_one_current(database: Database) -> None:
    await add(database, *(f"s{n}" for n in range(8)))
    await asyncio.gather(*(database.promote(f"s{n}", "better") for n in range(8)))
    assert sorted((await statuses(database)).values()) == ["current"] + ["retired"] * 7


async def test_forgetting_a_repository_forgets_what_was_trained_on_it(database: Database, tmp_path: Path) -> None:
    await database.remember_repo(REPO, tmp_path)
    await add(database, "mine", repo=REPO.id)
    await add(database, "everybodys", repo=None, parent="mine")
    await database.forget_repo(REPO.id)
    assert [(s.id, s.parent) for s in await database.coefficient_sets()] == [("everybodys", None)]
    assert await database.coefficient_moves("mine") == ()


async def test_an_id_may_be_told_by_its_end_where_it_is_the_only_one(database: Database) -> None:
    await add(database, "abc-111", "def-111", "abc-222")
    assert (await database.coefficient_set_ending("222")).id == "abc-222"
    with pytest.raises(StoreError, match="several coefficient sets have an id ending in '111'"):
        await database.coefficient_set_ending("111")
    for wrong in ("333", ""):
        with pytest.raises(StoreError, match="there is no coefficient set"):
            await database.coefficient_set_ending(wrong)


# --- The shelf ----------------------------------------------------------------------------------------


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    folder = tmp_path / "trained"
    folder.mkdir()
    (folder / "adapter_config.json").write_text("{}")
    (folder / "adapter_model.safetensors").write_bytes(b"numbers" * 1000)
    return folder


def test_a_set_is_put_on_the_shelf_whole_and_once(tmp_path: Path, trained: Path) -> None:
    root = tmp_path / "shelf"
    put = shelf.put(trained, "one", root)
    assert put == shelf.folder_of("one", root)
    assert {f.name: f.read_bytes() for f in put.iterdir()} == {f.name: f.read_bytes() for f in trained.iterdir()}
    with pytest.raises(StoreError, match="already"):
        shelf.put(trained, "one", root)
    assert [p.name for p in root.iterdir()] == ["one"]


def test_a_full_disk_leaves_nothing_on_the_shelf(
    tmp_path: Path, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreUnavailable, match="No space left on device"):
        shelf.put(trained, "one", tmp_path / "shelf")
    assert list((tmp_path / "shelf").iterdir()) == []


def test_what_no_row_names_is_swept_after_an_hour(tmp_path: Path, trained: Path) -> None:
    root = tmp_path / "shelf"
    for id_ in ("known", "forgotten", "fresh", ".left.new"):
        shelf.put(trained, id_, root)
    long_ago = time.time() - 4000
    for id_ in ("known", "forgotten", ".left.new"):
        os.utime(root / id_, (long_ago, long_ago))
    assert shelf.sweep({"known"}, root) == (".left.new", "forgotten")
    assert {p.name for p in root.iterdir()} == {"known", "fresh"}
    assert shelf.sweep(set(), tmp_path / "none") == ()


WRITER = """
import asyncio, sys
from pathlib import Path
from sleepy_core.store import shelf
from sleepy_core.store.coefficients import CoefficientSet
from sleepy_core.store.database import Database
from sleepy_core.store.ids import new_id

async def main():
    data, trained = Path(sys.argv[1]), Path(sys.argv[2])
    async with Database.open(data / "sleepy.db") as database:
        while True:
            id_ = new_id()
            shelf.put(trained, id_, data / "coefficients")
            await database.add_coefficients(CoefficientSet(id_, "m", "b", 1.0), "trained")
            await database.promote(id_, "better")
            print(id_, flush=True)

asyncio.run(main())
"""


@pytest.mark.slow
def test_kill_9_at_twenty_random_moments_loses_no_set_that_is_current(tmp_path: Path, trained: Path) -> None:
    chance = random.Random(3)
    said: list[str] = []
    for _ in range(20):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(trained)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            said.append(writer.stdout.readline().strip())
            timer = threading.Timer(chance.uniform(0, 0.1), writer.kill)
            timer.start()
            said += [line.strip() for line in writer.stdout.read().split("\n")[:-1]]
            timer.join()
        with closing(sqlite3.connect(tmp_path / "sleepy.db")) as db:
            rows = dict(db.execute("SELECT id, status FROM coefficients").fetchall())
        assert list(rows.values()).count("current") == 1
        assert all(rows[id_] in ("current", "retired") for id_ in said)
        for id_ in rows:
            files = {f.name: f.read_bytes() for f in (tmp_path / "coefficients" / id_).iterdir()}
            assert files == {f.name: f.read_bytes() for f in trained.iterdir()}
    assert len(said) > 40
