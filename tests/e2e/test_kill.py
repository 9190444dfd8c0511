"""`kill -9` of cargo, rustc and the daemon at random moments, while checks and verifications run."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import time
from pathlib import Path

import psutil
import pytest

from helpers.editor import Editor
from helpers.real_daemon import LIB, NO_MODEL, cargos_of, daemon_of, episode_ids, problems, tree

pytestmark = pytest.mark.slow


async def kill_one(home: Path, chance: random.Random) -> str:
    """Kill a cargo, or a rustc below one, a random moment after some have started; its name, "" if none came."""
    deadline = time.monotonic() + 3
    while not (running := cargos_of(home)):
        if time.monotonic() > deadline:
            return ""
        await asyncio.sleep(0.005)
    await asyncio.sleep(chance.uniform(0, 0.15))
    with contextlib.suppress(psutil.Error):
        victim = chance.choice(cargos_of(home) or running)
        name = victim.name()
        victim.kill()
        return name
    return ""


async def test_killed_cargos_are_told_and_the_next_check_works(tiny: Path, home: Path) -> None:
    chance = random.Random(20)
    before = tree(tiny)
    broken = before[LIB][0].decode()
    killed: set[str] = set()
    hits = 0
    async with Editor.open(tiny, home, settings=NO_MODEL) as editor:
        editor.show(LIB)
        await editor.preferred(LIB)
        known = episode_ids(home)
        for number in range(12):
            # Every other text has another error, so that checks and verifications both have work.
            extra = f"\npub fn more{number}() -> u8 {{\n    let n = {number};\n    n += 1;\n    n\n}}\n"
            editor.type(LIB, broken + extra * (number % 2) + f"// {number}\n")
            if name := await kill_one(home, chance):
                hits += 1
                killed.add(name)
        editor.type(LIB, broken)
        action = await editor.preferred(LIB)
        assert "verified: 0 errors left" in action["title"]
        await editor.until(lambda: [e["code"] for e in editor.errors(LIB)] == ["E0382"], what="the last text's error")
        editor.apply(action)
        await editor.until(lambda: not editor.errors(LIB), what="no error")
        await editor.until(lambda: editor.status["phase"] in ("watching", "ready"), what="rest")
        assert hits >= 6
        assert killed == {"cargo", "rustc"}
        # A killed verification is a candidate that failed; only a killed check is told, in one sentence.
        assert {said for said in problems(editor) if "killed by signal 9" not in said or "\n" in said} == set()
        assert not editor.shown
    assert tree(tiny) == before
    assert known <= episode_ids(home)
    assert "Traceback" not in log(home)


async def test_after_each_killed_daemon_the_next_one_goes_on_where_it_was(tiny: Path, home: Path) -> None:
    chance = random.Random(21)
    before = tree(tiny)
    known: set[str] = set()
    for _ in range(5):
        async with Editor.open(tiny, home, settings=NO_MODEL) as editor:
            editor.show(LIB)
            # From its first moments to the verified fix and beyond.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(chance.uniform(0, 3)):
                    editor.apply(await editor.preferred(LIB))
                    await asyncio.sleep(3)
            daemon = daemon_of(home)
            daemon.send_signal(signal.SIGKILL)
            assert await asyncio.wait_for(editor.process.wait(), 10) != 0
        assert tree(tiny) == before
        if (home / "data" / "sleepy.db").exists():
            now = episode_ids(home)
            assert known <= now
            known = now
        await left_alone(home)
    async with Editor.open(tiny, home, settings=NO_MODEL) as editor:
        editor.show(LIB)
        assert "verified: 0 errors left" in (await editor.preferred(LIB))["title"]
        assert not problems(editor)
        assert not editor.shown
    assert tree(tiny) == before


async def left_alone(home: Path) -> None:
    """What a killed daemon had started comes to its end by itself."""
    for _ in range(400):
        if not cargos_of(home):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"still running: {cargos_of(home)}")


def log(home: Path) -> str:
    return "".join(path.read_text() for path in (home / "log").iterdir())
