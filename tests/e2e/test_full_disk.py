"""A disk that is really full, against the real daemon: told once, nothing lost, and it goes on when there is room."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.editor import Editor
from helpers.real_daemon import LIB, NO_MODEL, environment, episode_ids, eventually, outcomes, problems, tree
from helpers.small_disk import disk, fill, free_bytes, make_room

pytestmark = pytest.mark.slow


async def test_no_room_for_the_copy_is_told_once_and_the_fix_comes_when_there_is_some(tiny: Path, home: Path) -> None:
    (tiny / "assets.bin").write_bytes(b"x" * 300_000)
    before = tree(tiny)
    with disk(home / "cache", "size=64m") as cache:
        fill(cache, 200_000)
        async with Editor.open(tiny, home, settings=NO_MODEL) as editor:
            editor.show(LIB)
            await editor.until(lambda: editor.status.get("phase") == "problem", what="the problem")
            editor.save(LIB)
            await editor.request("workspace/executeCommand", {"command": "sleepy.recheck", "arguments": [{}]})
            await asyncio.sleep(0.5)
            assert len(set(problems(editor))) == 1
            assert problems(editor)[0].startswith("The disk is full: ")
            assert not editor.shown
            make_room(cache)
            editor.save(LIB)  # only this file is told of, but all that could not be copied is
            assert "verified" in (await editor.preferred(LIB))["title"]
            await editor.until(lambda: editor.status["phase"] != "problem", what="no problem")
    before[LIB] = tree(tiny)[LIB]  # saved by its editor, as it was
    assert tree(tiny) == before


@pytest.mark.parametrize("free", [8_000, 60_000])
async def test_a_disk_that_fills_while_cargo_builds_is_no_error_of_the_code(tiny: Path, home: Path, free: int) -> None:
    (tiny / LIB).write_text("pub fn right() -> u8 {\n    1\n}\n")
    with disk(home / "cache", "size=64m") as cache:
        async with Editor.open(tiny, home, settings=NO_MODEL) as editor:
            editor.show(LIB)
            await editor.until(lambda: editor.status.get("phase") == "watching", what="a first check")
            for target in cache.glob("shadows/*/target"):
                subprocess.run(["rm", "-rf", target], check=True)
            fill(cache, free)
            editor.type(LIB, "pub fn right() -> u8 {\n    2\n}\n")
            await editor.until(lambda: editor.status.get("phase") == "problem", what="the problem")
            await editor.request("workspace/executeCommand", {"command": "sleepy.recheck", "arguments": [{}]})
            await asyncio.sleep(1)
            assert not editor.errors(LIB)
            assert {said.partition(":")[0] for said in problems(editor)} == {"The disk is full"}
            make_room(cache)
            editor.type(LIB, "pub fn wrong() -> u8 {\n    true\n}\n")
            await editor.until(lambda: [e["code"] for e in editor.errors(LIB)] == ["E0308"], what="the error")


async def test_a_full_disk_below_the_database_keeps_no_fix_away_and_loses_no_episode(tiny: Path, home: Path) -> None:
    with disk(home / "data", "size=16m") as data:
        async with Editor.open(tiny, home, settings=NO_MODEL) as editor:
            editor.show(LIB)
            editor.apply(await editor.preferred(LIB))
            await eventually(home, "confirmed")
            known = episode_ids(home)
            fill(data, 0)
            assert free_bytes(data) == 0
            editor.type(LIB, editor.texts[LIB] + "\npub fn more() -> u8 {\n    let n = 1;\n    n += 1;\n    n\n}\n")
            action = await editor.preferred(LIB)
            await editor.until(lambda: editor.status["phase"] == "problem", what="the problem")
            editor.apply(action)
            await editor.until(lambda: not editor.errors(LIB), what="the repair")
            assert len(set(problems(editor))) == 1
            assert "the disk is full" in problems(editor)[0]
            listed = subprocess.run(
                [sys.executable, "-m", "sleepy_server", "episodes", "list"],
                env=environment(home), capture_output=True, text=True, check=True,
            )  # fmt: skip
            assert "confirmed" in listed.stdout
            make_room(data)
            editor.type(LIB, editor.texts[LIB] + "// and on\n")
            await editor.until(lambda: editor.status["phase"] in ("watching", "ready"), what="no problem")
            assert known < episode_ids(home)
            assert {outcome for _, outcome in outcomes(home)} == {"confirmed"}
