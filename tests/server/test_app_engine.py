"""The one engine that all projects share: asked for when it is needed, and what is said when it cannot answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.diagnostics import case, diagnostic
from helpers.fake_engine import FakeEngine
from helpers.fault_server import MODEL, Faults, serving
from sleepy_core.engines.digest import model_digest
from sleepy_core.model import Position
from sleepy_core.settings import Settings
from sleepy_core.store.coefficients import CoefficientSet
from sleepy_core.store.database import Database, database_path
from sleepy_core.store.shelf import adapter_file
from sleepy_server import app as module
from sleepy_server.app import App

TEXT = "fn f(name: String) {\n    let n = takes(name);\n}\n"
NOBODY = "http://127.0.0.1:9"


async def test_an_engine_that_was_named_and_does_not_answer_is_said_to_be_missing(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "sleepy.db") as database:
        app = App(Settings().with_changes({"engine": {"name": "ollama", "ollama_url": NOBODY}}), database)
        assert await app.engine() is None
        assert "Nothing answers" in app.engine_problem()


async def test_an_engine_that_comes_up_later_is_taken_and_the_problem_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ENGINE_RETRY_SECONDS", 0.0)
    async with Database.open(tmp_path / "sleepy.db") as database, serving(Faults()) as url:
        settings = Settings().with_changes({"engine": {"name": "ollama", "model": MODEL, "ollama_url": NOBODY}})
        app = App(settings, database)
        assert await app.engine() is None
        app.settings = settings.with_changes({"engine": {"ollama_url": url}})
        engine = await app.engine()
        assert engine is not None
        assert app.engine_problem() == ""
        assert await app.engine() is engine
        await engine.aclose()


async def test_the_current_set_of_a_repository_is_named_to_the_engine_and_a_broken_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path))
    the_case = case(diagnostic("mismatched types", Position(1, 18), Position(1, 22)), TEXT)
    model = tmp_path / "model.gguf"
    model.write_bytes(b"GGUF, and not read: the adapter has been made already")
    async with Database.open(database_path()) as database:
        app = App(Settings(), database)
        for id_ in ("good", "broken"):
            set_ = CoefficientSet(id_, model_digest(model), "b", 1.0, repo=the_case.repo.id)
            await database.add_coefficients(set_, "trained")
        adapter = adapter_file("good", model_digest(model))
        adapter.parent.mkdir(parents=True)
        adapter.write_bytes(b"")
        engine = FakeEngine(*["let n = one;"] * 40, gguf=model)
        (proposer,) = app.model_proposers(engine)
        for id_, named, problem in (("good", "good", ""), ("broken", "", "are gone. The bare model answers")):
            await database.promote(id_, "better")
            assert {p.coefficients async for p in proposer.propose(the_case, ())} == {named}
            assert problem in app.engine_problem()
            assert bool(problem) == bool(app.engine_problem())
        assert engine.served == [{"good": adapter}, {}]
