"""From the database to the engine: which set answers, and what is told when it cannot."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import gguf
import numpy as np
import pytest

from helpers.diagnostics import case, diagnostic
from helpers.fake_engine import FakeEngine
from sleepy_core.engines.digest import model_digest
from sleepy_core.model import Position
from sleepy_core.night.serving import GENERAL, Serving
from sleepy_core.propose.case import Case
from sleepy_core.propose.coefficients import Choice
from sleepy_core.store import shelf
from sleepy_core.store.coefficients import CoefficientSet
from sleepy_core.store.database import Database
from sleepy_share.lora import Lora, write_lora

MODULE = "model.layers.0.self_attn.o_proj"


def the_case(repo: str = "r1", family: str = "moves") -> Case:
    made = case(diagnostic("mismatched types", Position(0, 0), Position(0, 1)), "fn f() {}\n")
    return dataclasses.replace(made, family=family, repo=dataclasses.replace(made.repo, id=repo))


def a_lora(number: float, n: int = 8) -> Lora:
    return Lora({MODULE: (np.full((n, 1), number, np.float32), np.ones((1, 8), np.float32))})


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As much of a model as an adapter has to know of."""
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path / "home"))
    writer = gguf.GGUFWriter(tmp_path / "model.gguf", "qwen2")
    writer.add_block_count(1)
    writer.add_head_count(2)
    writer.add_tensor("blk.0.attn_output.weight", np.zeros((8, 8), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return tmp_path / "model.gguf"


@pytest.fixture
async def database(model: Path) -> AsyncIterator[Database]:
    async with Database.open(model.parent / "home" / "data" / "sleepy.db") as database:
        yield database


async def add(database: Database, model: Path, id_: str, lora: Lora | None = None, **place: str | None) -> None:
    trained = model.parent / f"trained-{id_}"
    write_lora(lora or a_lora(1.0), trained)
    shelf.put(trained, id_)
    set_ = CoefficientSet(id_, model_digest(model), "b", 1.0, **({"repo": "r1"} | place))
    await database.add_coefficients(set_, "trained")
    await database.promote(id_, "better")


def update(file: Path) -> float:
    """The sum of an adapter's ΔW."""
    tensors = {tensor.name[-1]: tensor.data for tensor in gguf.GGUFReader(file).tensors}
    return float((tensors["b"].astype(float) @ tensors["a"]).sum() / tensors["a"].shape[0])


async def test_without_sets_or_a_file_the_bare_model_answers_and_nothing_is_said(
    database: Database, model: Path
) -> None:
    serving = Serving(database)
    assert await serving.choose(FakeEngine(gguf=model), the_case()) == Choice()
    assert await serving.choose(FakeEngine(), the_case()) == Choice()


async def test_a_current_set_becomes_an_adapter_and_is_served_once(database: Database, model: Path) -> None:
    await add(database, model, "one")
    engine, serving = FakeEngine(gguf=model), Serving(database)
    for _ in range(2):
        assert await serving.choose(engine, the_case()) == Choice("one")
    (served,) = engine.served
    assert update(served["one"]) == 64.0


async def test_a_promotion_and_a_rollback_by_anybody_are_followed_with_the_next_case(
    database: Database, model: Path
) -> None:
    engine, serving = FakeEngine(gguf=model), Serving(database)
    await add(database, model, "one")
    assert (await serving.choose(engine, the_case())).name == "one"
    await add(database, model, "two")
    assert (await serving.choose(engine, the_case())).name == "two"
    await database.rollback("two", "worse")
    assert (await serving.choose(engine, the_case())).name == "one"
    await database.rollback("one", "worse")
    assert (await serving.choose(engine, the_case())).name == ""
    assert [set(served) for served in engine.served] == [{"one"}, {"two"}, {"one"}]


async def test_sets_of_other_repositories_are_made_only_for_them_and_stay(database: Database, model: Path) -> None:
    engine, serving = FakeEngine(gguf=model), Serving(database)
    await add(database, model, "general", repo=None)
    await add(database, model, "of r1")
    await add(database, model, "of r2", repo="r2")
    assert (await serving.choose(engine, the_case("r1"))).name == "of r1"
    assert (await serving.choose(engine, the_case("r2"))).name == "of r2"
    assert (await serving.choose(engine, the_case("r1"))).name == "of r1"
    assert [set(served) for served in engine.served] == [{"general", "of r1"}, {"general", "of r1", "of r2"}]


async def test_another_engine_is_told_anew(database: Database, model: Path) -> None:
    await add(database, model, "one")
    serving = Serving(database)
    for engine in (FakeEngine(gguf=model), FakeEngine(gguf=model)):
        await serving.choose(engine, the_case())
        assert [set(served) for served in engine.served] == [{"one"}]


async def test_a_general_lora_below_the_coefficients_is_part_of_the_adapter(database: Database, model: Path) -> None:
    await add(database, model, "one", a_lora(1.0))
    write_lora(a_lora(2.0), shelf.folder_of("one") / GENERAL)
    engine = FakeEngine(gguf=model)
    await Serving(database).choose(engine, the_case())
    tensors = {tensor.name[-1]: tensor.data for tensor in gguf.GGUFReader(engine.served[0]["one"]).tensors}
    assert tensors["a"].shape[0] == 2
    assert update(engine.served[0]["one"]) == pytest.approx(3 * 64)


@pytest.mark.parametrize("fault", ["gone", "damaged", "of another shape"])
async def test_a_set_that_cannot_be_used_is_told_with_its_reason_and_not_tried_again(
    database: Database, model: Path, fault: str
) -> None:
    await add(database, model, "one", a_lora(1.0, 4) if fault == "of another shape" else None)
    (file,) = shelf.folder_of("one").glob("*.safetensors")
    if fault == "damaged":
        file.write_bytes(file.read_bytes()[:-5])
    if fault == "gone":
        for path in shelf.folder_of("one").iterdir():
            path.unlink()
        shelf.folder_of("one").rmdir()
    engine, serving = FakeEngine(gguf=model), Serving(database)
    for _ in range(2):
        choice = await serving.choose(engine, the_case())
        assert choice.name == ""
        assert {"gone": "are gone", "damaged": "cut off", "of another shape": "another model"}[fault] in choice.problem
        assert "The bare model answers." in choice.problem
    assert engine.served == [{}]


async def test_a_database_that_cannot_be_read_is_a_problem_and_no_crash(
    database: Database, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sleepy_core.errors import StoreUnavailable

    async def locked(**_: object) -> None:
        raise StoreUnavailable("it is locked")

    monkeypatch.setattr(database, "coefficient_sets", locked)
    choice = await Serving(database).choose(FakeEngine(gguf=model), the_case())
    assert choice.name == ""
    assert "it is locked" in choice.problem
