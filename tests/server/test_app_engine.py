"""The one engine that all projects share: asked for when it is needed, and what is said when it cannot answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.fault_server import MODEL, Faults, serving
from sleepy_core.settings import Settings
from sleepy_core.store.database import Database
from sleepy_server import app as module
from sleepy_server.app import App

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
