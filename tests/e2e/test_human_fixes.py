"""A fix that the developer types, with the real daemon, also one that was killed in between."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from helpers.editor import Editor
from helpers.real_daemon import LIB, NO_MODEL, daemon_of, eventually, outcomes

pytestmark = pytest.mark.slow


def by_hand(home: Path) -> list[tuple[str, str, str]]:
    """Code, and the lines before and after, of every fix that was made by hand."""
    with closing(sqlite3.connect(home / "data" / "sleepy.db")) as db:
        rows = db.execute("SELECT code, before, after FROM episodes WHERE source = 'human'").fetchall()
    return [(code, before.strip(), after.strip()) for code, before, after in rows]


async def stands_open(home: Path) -> None:
    """Wait until the database knows what stands open."""
    for _ in range(200):
        with closing(sqlite3.connect(home / "data" / "sleepy.db")) as db:
            if db.execute("SELECT 1 FROM open_errors").fetchall():
                return
        await asyncio.sleep(0.05)
    raise AssertionError("nothing stands open")


WRONG = "    let joined = join(names);\n    (joined, names.len())"
COUNTED = "    let count = names.len();\n    let joined = join(names);\n    (joined, count)"


async def test_a_fix_that_is_typed_is_an_episode_of_its_own_beside_the_offers(tiny: Path, home: Path) -> None:
    text = (tiny / LIB).read_text()
    async with Editor.open(tiny, home, settings=NO_MODEL) as editor:
        editor.show(LIB)
        await editor.preferred(LIB)
        editor.type(LIB, text.replace(WRONG, COUNTED))
        await editor.until(lambda: not editor.errors(LIB), what="no error")
        await eventually(home, "human")
        assert {outcome for source, outcome in outcomes(home) if source != "human"} == {"offered"}
    assert by_hand(home) == [("E0382", WRONG.strip(), COUNTED.strip())]


async def test_a_fix_that_is_made_while_the_daemon_is_dead_is_an_episode(tiny: Path, home: Path) -> None:
    text = (tiny / LIB).read_text()
    async with Editor.open(tiny, home, settings=NO_MODEL) as editor:
        editor.show(LIB)
        await editor.until(lambda: len(editor.errors(LIB)) == 1, what="the error")
        await stands_open(home)
        daemon_of(home).send_signal(signal.SIGKILL)
        assert await asyncio.wait_for(editor.process.wait(), 10) != 0
    (tiny / LIB).write_text(text.replace(WRONG, COUNTED))
    async with Editor.open(tiny, home, settings=NO_MODEL) as editor:
        editor.show(LIB)
        await eventually(home, "human")
    assert by_hand(home) == [("E0382", WRONG.strip(), COUNTED.strip())]
