"""The sleeps between days: what the days have left becomes a candidate, whatever is killed, and the gate decides."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import filelock
import pytest

from helpers.lessons import a_lesson
from helpers.trainings import fake_worker
from sleepy_core.errors import SleepyError
from sleepy_core.night import learner as module
from sleepy_core.night.example import read_examples
from sleepy_core.night.job import TrainJob
from sleepy_core.night.learner import Beginning, Learner
from sleepy_core.night.making import Worker
from sleepy_core.store import shelf
from sleepy_core.store.coefficients import CoefficientSet, Status
from sleepy_core.store.database import Database

BASE = Beginning(Path("/model.gguf"), "d1", "share")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database.open(tmp_path / "sleepy.db") as database:
        yield database


@pytest.fixture(autouse=True)
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[TrainJob]:
    async def exported(ids: Sequence[str], base: Path, digest: str) -> tuple[dict[str, Path], dict[str, str]]:
        return dict.fromkeys(ids, base), {}

    monkeypatch.setattr(module, "adapter_files", exported)
    return fake_worker(monkeypatch)


async def days(database: Database, *names: str, each: int = 4) -> list[str]:
    """Days whose repairs are all alike but for their names' lines."""
    number = 0
    for day in names:
        for _ in range(each):
            lesson = a_lesson(number, call=f"f({'x, ' * number}name)", repo="koans", run=day, note=f"moves/{number}")
            await database.add_episode(lesson)
            number += 1
    return list(names)


def a_learner(tmp_path: Path, database: Database, **changes: Any) -> Learner:
    beginning = dataclasses.replace(BASE, **changes)
    return Learner(tmp_path / "sleeps", tmp_path, database, beginning, Worker(lambda _: None))


async def test_what_a_day_has_left_becomes_a_candidate_for_the_koans(
    tmp_path: Path, database: Database, jobs: list[TrainJob]
) -> None:
    slept = await a_learner(tmp_path, database).sleep(cycle=1, days=await days(database, "day-1"), current="")
    assert slept is not None
    assert (slept.families, slept.held_out) == (("moves",), None)
    (candidate,) = await database.coefficient_sets()
    assert (candidate.id, candidate.repo, candidate.model) == (slept.coefficients, "koans", "d1")
    assert (candidate.status, candidate.basis, candidate.parent) == (Status.CANDIDATE, "random-1", None)
    assert shelf.folder_of(candidate.id, tmp_path / "coefficients").is_dir()
    (job,) = jobs
    assert (job.method, job.start, job.below, job.steps) == ("share", None, None, 40)
    assert job.held_out is not None


async def test_a_lora_is_for_everything(tmp_path: Path, database: Database, jobs: list[TrainJob]) -> None:
    learner = a_learner(tmp_path, database, way="lora")
    slept = await learner.sleep(cycle=1, days=await days(database, "day-1"), current="")
    assert slept is not None
    (candidate,) = await database.coefficient_sets()
    assert (candidate.repo, jobs[0].method) == (None, "replay")
    await learner.settle(slept.coefficients, passed=True, reason="better")
    assert (await database.coefficient_sets())[0].status is Status.CURRENT
    assert await database.fresh() == ()  # no night learns it again


async def test_today_is_new_and_the_days_before_are_replayed(
    tmp_path: Path, database: Database, jobs: list[TrainJob]
) -> None:
    names = await days(database, "day-1", "day-2")
    await a_learner(tmp_path, database).sleep(cycle=2, days=names, current="")
    assert jobs[0].replay is not None
    assert jobs[0].held_out is not None
    ids = {e.id: e.run for day in names for e in await database.episodes(run=day)}
    new, earlier, held = map(read_examples, (jobs[0].examples, jobs[0].replay, jobs[0].held_out))
    assert {ids[e.id] for e in new} == {"day-2"}
    assert {ids[e.id] for e in earlier} == {"day-1"}
    assert len(new) + len(earlier) + len(held) == 8


async def test_what_is_in_use_is_trained_further_above_what_the_cycles_began_with(
    tmp_path: Path, database: Database, jobs: list[TrainJob], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def joined(set_: str, folder: Path, model: Path) -> Path:
        folder.mkdir()
        (folder / "adapter_model.safetensors").write_bytes(set_.encode())
        return folder

    monkeypatch.setattr(module.making, "joined", joined)
    await database.add_coefficients(CoefficientSet("g1", "d1", "", 1.0), "shipped")
    learner = a_learner(tmp_path, database, general="g1")
    names = await days(database, "day-1", "day-2", each=5)
    first = await learner.sleep(cycle=1, days=names[:1], current="g1")
    assert first is not None
    assert jobs[0].start is None  # the general set lies below, and is not trained
    kept = shelf.folder_of(first.coefficients, tmp_path / "coefficients")
    assert (kept / "general" / "adapter_model.safetensors").read_bytes() == b"g1"
    await learner.sleep(cycle=2, days=names, current=first.coefficients)
    assert (jobs[1].start, jobs[1].below) == (kept, tmp_path / "sleeps" / "2" / "general")


@pytest.mark.parametrize("where", ["result_in", "shelve", "adapter_files"])
async def test_killed_anywhere_it_goes_on_to_one_candidate(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch, jobs: list[TrainJob], where: str
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: Any) -> None:
        raise Killed

    names = await days(database, "day-1")
    with monkeypatch.context() as patched:
        patched.setattr(module if where == "adapter_files" else module.making, where, killed)
        with pytest.raises(Killed):
            await a_learner(tmp_path, database).sleep(cycle=1, days=names, current="")
    slept = await a_learner(tmp_path, database).sleep(cycle=1, days=names, current="")
    assert slept is not None
    assert [one.id for one in await database.coefficient_sets()] == [slept.coefficients]
    assert len(jobs) == 1  # what was trained is not trained again


@pytest.mark.parametrize(("passed", "status"), [(True, Status.CURRENT), (False, Status.REJECTED)])
async def test_the_gates_verdict_is_kept_with_its_reason(
    tmp_path: Path, database: Database, passed: bool, status: Status
) -> None:
    learner = a_learner(tmp_path, database)
    slept = await learner.sleep(cycle=1, days=await days(database, "day-1"), current="")
    assert slept is not None
    for _ in range(2):  # killed before the gate's record it is told again
        await learner.settle(slept.coefficients, passed=passed, reason="2 won, 0 lost")
    (set_,) = await database.coefficient_sets()
    assert (set_.status, set_.gain) == (status, {"told": "2 won, 0 lost"})
    assert [move.reason for move in await database.coefficient_moves(set_.id)][1:] == ["2 won, 0 lost"]
    assert not (tmp_path / "sleeps" / "1" / "adapter").exists()


async def test_a_day_that_teaches_nothing_makes_no_candidate(tmp_path: Path, database: Database) -> None:
    assert await a_learner(tmp_path, database).sleep(cycle=1, days=["day-1"], current="") is None
    assert await database.coefficient_sets() == ()


async def test_what_gets_no_better_at_what_was_held_out_is_no_candidate(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_worker(monkeypatch, best_step=0)
    slept = await a_learner(tmp_path, database).sleep(cycle=1, days=await days(database, "day-1"), current="")
    assert slept is not None
    assert (slept.coefficients, slept.told.endswith("it got no better at what was held out")) == ("", True)
    assert await database.coefficient_sets() == ()


async def test_while_a_night_goes_on_nothing_else_sleeps(tmp_path: Path, database: Database) -> None:
    (tmp_path / "nights").mkdir()
    with (
        filelock.FileLock(tmp_path / "nights" / "lock"),
        pytest.raises(SleepyError, match="another sleep is going on"),
    ):
        await a_learner(tmp_path, database).sleep(cycle=1, days=[], current="")
