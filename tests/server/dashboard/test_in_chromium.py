"""The page in a real Chromium, drawn from a real server. Its pictures are kept in artifacts/dashboard."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from helpers.dashboards import fill
from sleepy_core.settings import Settings
from sleepy_server.app import App
from sleepy_server.dashboard.server import serve

ROOT = Path(__file__).parents[3]
CHROMIUM = next(
    filter(
        None, map(shutil.which, (os.environ.get("SLEEPY_CHROMIUM", "chromium"), "chromium-browser", "google-chrome"))
    ),
    None,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="NO CHROMIUM HERE: the dashboard's page was not looked at"),
    pytest.mark.skipif(
        not (ROOT / "node_modules" / "playwright-core").is_dir(),
        reason="NO node_modules HERE (npm ci): the dashboard's page was not looked at",
    ),
]


@pytest.fixture
async def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[App]:
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path / "home"))
    async with App.open(Settings(engine={"name": "none"})) as app:  # type: ignore[arg-type]
        yield app


async def look(app: App, name: str) -> Any:
    """What Chromium sees."""
    folder = ROOT / "artifacts" / "dashboard" / name
    folder.mkdir(parents=True, exist_ok=True)
    async with serve(app) as guard:
        command = ("node", Path(__file__).with_name("look.mjs"), str(CHROMIUM), guard.link(), folder)
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return json.loads(out)


async def test_the_page_shows_what_there_is_to_eye_keyboard_and_screen_reader(app: App) -> None:
    await fill(app.database, app.database.path.parent)
    seen = await look(app, "full")
    assert seen["complaints"] == []
    assert seen["landmarks"] == [1, 1, 1]
    assert seen["charts"] == 3
    assert [row.split("\t")[2:] for row in seen["gates"]] == [
        ["passed", "every rule was kept"],
        ["held back", "family/b was lost"],
    ]
    assert seen["repositories"] == ["orchard"]
    assert seen["light"] != seen["dark"]
    assert "66.7 %" in seen["figures"]
    assert "+f(&name)" in seen["episode"]
    assert seen["markup"] == 0  # a compiler's message is text, whatever stands in it
    assert seen["button"] == "Resume"


async def test_the_empty_page_says_what_will_be_there_and_how(app: App) -> None:
    seen = await look(app, "empty")
    assert seen["complaints"] == []
    assert len(seen["empty"]) == 5
    assert any("sleepy cycle" in text for text in seen["empty"])
