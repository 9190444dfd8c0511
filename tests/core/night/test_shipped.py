"""The sets that come with Sleepy Coder."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sleepy_core.night import shipped
from sleepy_core.night.job import TRAINING, TrainResult
from sleepy_core.night.shipped import FOLDER, put_up
from sleepy_core.store import shelf
from sleepy_core.store.coefficients import CoefficientSet, Status
from sleepy_core.store.database import Database

MODEL = "a" * 64


def a_set(folder: Path, data: str = "d", steps: int = 700) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "adapter_model.safetensors").write_bytes(b"numbers")
    result = TrainResult(
        "lora",
        "tiny.gguf",
        MODEL,
        data * 64,
        "",
        8,
        100,
        0,
        steps,
        "steps",
        0.3,
        ((0, 0.8),),
        700,
        1e-3,
        1,
        9.0,
        1,
        "0",
    )
    (folder / TRAINING).write_text(result.to_json())


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "weights")
    a_set(tmp_path / "weights" / "tiny")
    return tmp_path / "weights" / "tiny"


@pytest.fixture
async def database(weights: Path) -> AsyncIterator[Database]:
    async with Database.open(weights.parents[1] / "home" / "data" / "sleepy.db") as database:
        yield database


async def current(database: Database) -> list[str]:
    return [s.id for s in await database.coefficient_sets(model=MODEL, status=Status.CURRENT)]


async def test_they_are_put_on_the_shelf_once_and_answer_for_everything(database: Database, weights: Path) -> None:
    (weights / shipped.GAIN).write_text(json.dumps({"told": "70 of 245"}))
    for _ in range(2):
        await put_up(database)
    (set_,) = await database.coefficient_sets()
    assert (set_.status, set_.repo, set_.family, set_.model, set_.gain) == (
        Status.CURRENT, None, None, MODEL, {"told": "70 of 245"},
    )  # fmt: skip
    assert (shelf.folder_of(set_.id) / "adapter_model.safetensors").read_bytes() == b"numbers"


async def test_the_ones_of_a_newer_version_follow(database: Database, weights: Path) -> None:
    await put_up(database)
    (old,) = await current(database)
    a_set(weights, "e")
    await put_up(database)
    (new,) = await current(database)
    assert new != old
    assert [m.status for m in await database.coefficient_moves(old)][-1] is Status.RETIRED


async def test_a_general_set_of_the_users_own_stays(database: Database) -> None:
    await database.add_coefficients(CoefficientSet("mine", MODEL, "b", 1.0), "trained")
    await database.promote("mine", "better")
    await put_up(database)
    assert await current(database) == ["mine"]


async def test_what_was_rolled_back_stays_rolled_back(database: Database) -> None:
    await put_up(database)
    (id_,) = await current(database)
    await database.rollback(id_, "by hand")
    await put_up(database)
    assert await current(database) == []


async def test_a_kill_between_the_files_the_row_and_the_promotion_loses_nothing(
    database: Database, weights: Path
) -> None:
    (one,) = shipped.shipped()
    shelf.put(weights, one.id)  # killed before the row
    await put_up(database)
    assert await current(database) == [one.id]
    a_set(weights, "e")
    (two,) = shipped.shipped()
    shelf.put(weights, two.id)
    await database.add_coefficients(CoefficientSet(two.id, MODEL, "", 1.0), "killed before it was promoted")
    await put_up(database)
    assert await current(database) == [two.id]


def test_what_this_version_comes_with_names_its_model_and_its_data_and_is_small() -> None:
    for one in shipped.shipped(FOLDER):
        assert len(one.training.model_digest) == len(one.training.data_digest) == 64
        assert (one.folder / "README.md").is_file()
    assert sum(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file()) < 25e6
