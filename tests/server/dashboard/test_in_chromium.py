"""The page in a real Chromium, drawn from a real server. Its pictures are kept in artifacts/dashboard."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from helpers.dashboards import fill
from sleepy_core.night import order
from sleepy_core.settings import Settings
from sleepy_server import schedule
from sleepy_server.app import App
from sleepy_server.dashboard.server import serve

ROOT = Path(__file__).parents[3]
CHROMIUM = next(
    filter(
        None, map(shutil.which, (os.environ.get("SLEEPY_CHROMIUM", "chromium"), "chromium-browser", "google-chrome"))
    ),
    None,
)

# A sleep that is over in a few seconds. The real one is longer, and says the same.
SLEEPER = """
import json, sys, time
sys.stdin.readline()
def say(event, **more): print(json.dumps({"event": event, **more}), flush=True)
say("began", id="n1", repo="repo-1", name="orchard", done=[["curate", "3 examples"]])
say("doing", step="train")
say("training", what="start", step=0, steps=40)
say("training", what="held_out", step=0, loss=2.0)
for step in range(1, 41):
    say("training", what="step", step=step, loss=2.0 / step ** 0.5)
    if step % 10 == 0:
        say("training", what="held_out", step=step, loss=2.1 - 0.3 * step / 10)
    time.sleep(0.05)
say("done", step="train", told="40 steps")
rules = [{"rule": "no frozen task lost", "kept": True, "told": "9 of 9 kept"}]
say("ended", id="n1", promoted=True, told="it repairs 2 of 3", gain={"rules": rules})
"""

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


async def test_the_page_shows_what_there_is_to_eye_keyboard_and_screen_reader(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(app.database, app.database.path.parent)
    monkeypatch.setattr(order, "COMMAND", (sys.executable, "-c", SLEEPER))
    monkeypatch.setattr(schedule, "trainer_installed", lambda: True)
    app.schedule = schedule.Schedule(app)
    try:
        seen = await look(app, "full")
    finally:
        await app.schedule.aclose()
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
    # A sleep, begun by its button and watched to its end.
    assert (seen["progress"], seen["now"]) == ("steps of the training", "…training")
    assert seen["ended"] == "orchard. In use from now on: it repairs 2 of 3"
    assert seen["steps"] == [
        "✓choosing examples: 3 examples",
        "✓training: 40 steps",
        "keeping what was trained",
        "measuring",
        "deciding",
    ]
    assert seen["rules"] == ["no frozen task lost\tkept\t9 of 9 kept"]
    assert seen["lossKey"] == ["training", "held out"]
    assert "held out\t40\t0.900" in seen["loss"]


async def test_the_empty_page_says_what_will_be_there_and_how(app: App) -> None:
    seen = await look(app, "empty")
    assert seen["complaints"] == []
    assert len(seen["empty"]) == 6
    assert "not ready yet" in seen["answer"]
    assert any("sleepy cycle" in text for text in seen["empty"])
