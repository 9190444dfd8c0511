"""A night goes through its steps, survives a kill after any of them, and touches what answers only at its end."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.lessons import NIGHT, a_lesson
from helpers.trainings import fake_worker
from sleepy_core.model import Outcome
from sleepy_core.night import asleep as module
from sleepy_core.night.asleep import NO_MEASURE, NOTHING, Asleep, Limits, as_event
from sleepy_core.night.example import Example, read_examples
from sleepy_core.night.judging import Judged
from sleepy_core.night.learned import Answered, read_answers
from sleepy_core.night.making import Left
from sleepy_core.night.night import (
    STEPS,
    Done,
    Night,
    NightError,
    Step,
    first_to_tell,
    folder_of,
    forget,
    latest,
    next_step,
    nights,
    read_night,
    unfinished,
    untold,
    with_step,
    write_night,
)
from sleepy_core.night.promote import Settled
from sleepy_core.store import shelf
from sleepy_core.store.coefficients import CoefficientSet, Status
from sleepy_core.store.database import Database
from sleepy_share.lora import Lora, write_lora

BETTER = Settled(True, "it repairs 1 of 1", {"told": "it repairs 1 of 1", "exact_now": 1})
WORSE = Settled(False, "it is no better", {"told": "no gain"})


def a_night(**changes: Any) -> Night:
    return dataclasses.replace(Night("n1", "repo-1", "orchard", "/model.gguf", "d1", NIGHT + 100), **changes)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database.open(tmp_path / "sleepy.db") as database:
        yield database


@pytest.fixture(autouse=True)
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_worker(monkeypatch)


async def learn(database: Database, count: int = 4, **changes: Any) -> None:
    for number in range(count):
        await database.add_episode(a_lesson(number, call=f"f({'x, ' * number}name)", closed=NIGHT + number, **changes))


def sleeper(tmp_path: Path, database: Database, verdict: Settled = BETTER, heard: list[Any] | None = None) -> Asleep:
    async def judge(night: Night, held_out: tuple[Example, ...]) -> Judged:
        (candidate,) = await database.coefficient_sets(status=Status.CANDIDATE)
        assert candidate.id == night.id
        assert len(held_out) == night.held_out
        return Judged(
            verdict, tuple(Answered(e.id, "before", e.answer, exact_before=False, exact_now=True) for e in held_out)
        )

    def tell(event: Mapping[str, Any]) -> None:
        if heard is not None:
            heard.append(event)

    return Asleep(tmp_path, database, Limits(), judge, tell)


async def test_what_is_better_answers_from_the_end_of_the_night_on(tmp_path: Path, database: Database) -> None:
    await learn(database)
    heard: list[Any] = []
    night = await sleeper(tmp_path, database, heard=heard).run(a_night())
    (current,) = await database.coefficient_sets(status=Status.CURRENT)
    assert (current.id, current.repo, current.family, current.model) == ("n1", "repo-1", None, "d1")
    assert current.gain == BETTER.gain
    assert [move.reason for move in await database.coefficient_moves("n1")] == [
        "trained on 3 examples",
        "it repairs 1 of 1",
    ]
    assert [e["step"] for e in heard if e["event"] == "done"] == list(STEPS)
    assert as_event(night)["promoted"] is True
    assert (shelf.folder_of("n1", tmp_path / "coefficients") / "adapter_model.safetensors").read_bytes() == b"numbers"
    assert await database.fresh() == ()  # it has slept
    assert read_night(tmp_path, "n1") == night


async def test_the_answers_that_decided_lie_beside_the_record_and_go_with_it(
    tmp_path: Path, database: Database
) -> None:
    await learn(database)
    await sleeper(tmp_path, database).run(a_night())
    (one,) = read_answers(folder_of(tmp_path, "n1") / "answers.jsonl")
    assert (one.before, one.exact_now) == ("before", True)
    assert "before" not in str((await database.coefficient_set("n1")).gain)  # type: ignore[union-attr]  # no code there


async def test_a_promoted_night_is_told_once_and_one_that_was_rejected_never(
    tmp_path: Path, database: Database
) -> None:
    await learn(database)
    night = await sleeper(tmp_path, database, WORSE).run(a_night(id="n0"))
    assert untold(tmp_path, "repo-1") is None
    assert latest(tmp_path, "repo-1") == night
    night = await sleeper(tmp_path, database).run(a_night())
    assert untold(tmp_path, "repo-1") == latest(tmp_path, "repo-1") == night
    assert untold(tmp_path, "another") is None
    assert [first_to_tell(tmp_path, "n1") for _ in range(3)] == [True, False, False]
    assert untold(tmp_path, "repo-1") is None
    assert not first_to_tell(tmp_path, "forgotten")


async def test_what_is_no_better_is_rejected_with_the_reason_and_what_answered_answers(
    tmp_path: Path, database: Database
) -> None:
    await learn(database)
    await database.add_coefficients(CoefficientSet("old", "d1", "b", 1.0, repo="repo-1"), "trained")
    await database.promote("old", "better")
    await sleeper(tmp_path, database, WORSE).run(a_night(current="old"))
    assert {s.id: s.status for s in await database.coefficient_sets()} == {
        "old": Status.CURRENT,
        "n1": Status.REJECTED,
    }
    assert (await database.coefficient_moves("n1"))[-1].reason == "it is no better"
    assert (await database.coefficient_set("n1")).parent == "old"  # type: ignore[union-attr]
    assert await database.fresh() == ()


@pytest.mark.parametrize("step", STEPS)
async def test_killed_before_the_record_of_any_step_it_does_that_step_again_and_ends_the_same(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch, step: Step
) -> None:
    await learn(database)
    await database.add_coefficients(CoefficientSet("old", "d1", "b", 1.0, repo="repo-1"), "trained")
    await database.promote("old", "better")

    class Killed(BaseException):
        pass

    def killed(data: Path, night: Night) -> None:
        if night.done and night.done[-1].step == step:
            raise Killed
        write_night(data, night)

    with monkeypatch.context() as patched:
        patched.setattr(module, "write_night", killed)
        with pytest.raises(Killed):
            await sleeper(tmp_path, database).run(a_night(current="old"))
    left = unfinished(tmp_path, "repo-1")
    assert left is not None
    assert next_step(left) == step
    if step != "settle":
        assert [s.id for s in await database.coefficient_sets(status=Status.CURRENT)] == ["old"]
    await sleeper(tmp_path, database).run(left)
    assert {s.id: s.status for s in await database.coefficient_sets()} == {
        "old": Status.RETIRED,
        "n1": Status.CURRENT,
    }
    assert len(await database.coefficient_moves("n1")) == 2
    assert unfinished(tmp_path) is None


async def test_a_general_set_that_a_kill_left_half_joined_is_joined_again(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path))
    await learn(database)
    general = shelf.folder_of("g")
    write_lora(
        Lora({"model.layers.0.self_attn.o_proj": (np.ones((8, 1), np.float32), np.ones((1, 8), np.float32))}), general
    )
    below = folder_of(tmp_path / "data", "n1") / "general"
    below.mkdir(parents=True)
    shutil.copy(general / "adapter_model.safetensors", below)  # and no configuration yet
    await sleeper(tmp_path / "data", database).run(a_night(general="g"))
    assert (below / "adapter_config.json").is_file()


async def test_what_a_kill_left_of_a_file_is_not_put_on_the_shelf(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await learn(database)
    out = folder_of(tmp_path, "n1") / "adapter"
    out.mkdir(parents=True)
    (out / ".checkpoint.safetensors.x1.new").write_bytes(b"half")
    await sleeper(tmp_path, database).run(a_night())
    kept = {path.name for path in shelf.folder_of("n1", tmp_path / "coefficients").iterdir()}
    assert kept == {"adapter_model.safetensors", "training.json"}


async def test_the_last_step_done_twice_says_and_changes_nothing_more(tmp_path: Path, database: Database) -> None:
    await learn(database)
    night = await sleeper(tmp_path, database).run(a_night())
    before = await database.coefficient_moves("n1")
    await sleeper(tmp_path, database).run(dataclasses.replace(night, done=night.done[:-1]))
    assert await database.coefficient_moves("n1") == before


async def test_a_set_that_somebody_rolled_back_before_the_record_of_it_stays_so(
    tmp_path: Path, database: Database
) -> None:
    await learn(database)
    night = await sleeper(tmp_path, database).run(a_night())
    await database.rollback("n1", "by hand")
    await sleeper(tmp_path, database).run(dataclasses.replace(night, done=night.done[:-1]))
    assert await database.coefficient_sets(status=Status.CURRENT) == ()


@pytest.mark.parametrize(("lessons", "why"), [(0, NOTHING), (2, NO_MEASURE)])
async def test_what_cannot_be_learned_or_not_measured_ends_the_night_before_any_training(
    tmp_path: Path, database: Database, lessons: int, why: str
) -> None:
    await learn(database, lessons)
    night = await sleeper(tmp_path, database).run(a_night())
    assert (night.ended, [done.step for done in night.done]) == (why, ["curate"])
    assert await database.coefficient_sets() == ()
    assert await database.fresh() == ()


async def test_what_is_closed_while_it_sleeps_is_for_the_next_night(tmp_path: Path, database: Database) -> None:
    await learn(database)
    await database.add_episode(a_lesson(200, call="later(name)", closed=NIGHT + 200, outcome=Outcome.CONFIRMED))
    await sleeper(tmp_path, database).run(a_night())
    trained = read_examples(folder_of(tmp_path, "n1") / "train.jsonl")
    assert "later" not in "".join(e.answer for e in trained)
    assert [fresh.episodes for fresh in await database.fresh()] == [1]


async def test_told_to_leave_it_begins_no_further_step_and_goes_on_the_next_time(
    tmp_path: Path, database: Database
) -> None:
    await learn(database)
    asleep = sleeper(tmp_path, database)
    asleep.leave()
    with pytest.raises(Left):
        await asleep.run(a_night())
    left = unfinished(tmp_path)
    assert left is not None
    assert next_step(left) == "curate"


async def test_a_forgotten_repository_leaves_nothing_of_its_nights(tmp_path: Path, database: Database) -> None:
    await learn(database)
    await sleeper(tmp_path, database).run(a_night())
    write_night(tmp_path, a_night(id="n2", repo="another"))
    forget(tmp_path, "repo-1")
    assert [night.id for night in nights(tmp_path)] == ["n2"]
    assert not folder_of(tmp_path, "n1").exists()


def test_the_record_is_read_as_it_was_written_and_a_broken_one_says_what_to_do(tmp_path: Path) -> None:
    night = with_step(a_night(), Done("curate", "3 examples", 0.5), settled=BETTER)
    write_night(tmp_path, night)
    assert nights(tmp_path) == (night,)
    (folder_of(tmp_path, "n1") / "night.json").write_text('{"id": ')
    with pytest.raises(NightError, match="remove the folder"):
        read_night(tmp_path, "n1")
    assert nights(tmp_path) == ()
    shutil.rmtree(folder_of(tmp_path, "n1"))
    assert unfinished(tmp_path) is None
