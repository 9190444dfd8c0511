"""`kill -9` at any moment loses nothing that was acknowledged."""

import asyncio
import random
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from sleepy_core.store.database import Database

WRITER = """
import asyncio, sys
from pathlib import Path
from helpers.episodes import an_attempt, an_episode
from sleepy_core.model import Outcome
from sleepy_core.store.database import Database

async def main():
    async with Database.open(Path(sys.argv[1])) as database:
        while True:
            episode = an_episode(rendered="x" * 3000)
            await database.add_episode(episode, [an_attempt(), an_attempt()])
            print(episode.id, "offered", flush=True)
            await database.move(episode.id, Outcome.ACCEPTED)
            print(episode.id, "accepted", flush=True)

asyncio.run(main())
"""


def write_until_killed(path: Path, seconds: float) -> list[str]:
    """What the writer had acknowledged when it was killed."""
    tests = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {tests!r})\n{WRITER}", str(path)],
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline()  # it has started; from here on the clock runs
        timer = threading.Timer(seconds, writer.kill)
        timer.start()
        rest = writer.stdout.read()
        timer.join()
    lines = (first + rest).split("\n")
    return lines[:-1]  # a line without an end was not whole


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_acknowledged_episode_outlives_kill_9_at_thirty_random_moments(path: Path) -> None:
    chance = random.Random(7)
    acknowledged: dict[str, str] = {}
    for _ in range(30):
        said = write_until_killed(path, chance.uniform(0, 0.15))
        acknowledged.update(line.split() for line in said)
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    stored = asyncio.run(outcomes(path))
    assert len(acknowledged) > 30
    for id_, outcome in acknowledged.items():
        # The last move may have been committed and not yet told.
        assert stored[id_] in ({"accepted"} if outcome == "accepted" else {"offered", "accepted"})
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT DISTINCT count(*) FROM attempts GROUP BY episode").fetchall() == [(2,)]


async def outcomes(path: Path) -> dict[str, str]:
    async with Database.open(path) as database:
        return {episode.id: episode.outcome.value for episode in await database.episodes(limit=10**9)}
