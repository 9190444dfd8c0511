"""Nights that are killed again and again at random moments, and what has to be so after each kill.

A night is begun by the process itself or by a real daemon; after a random time one of all the processes that take part
(the daemon, the sleep, its worker, the engine, a compiler) is killed with SIGKILL. Then the next start goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import random
import shutil
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from helpers.diagnostics import case, diagnostic
from helpers.nights import Event, Home, lives
from sleepy_core.engines.embedded import Embedded
from sleepy_core.engines.protocol import Message, Request
from sleepy_core.model import Position, RepoIdentity
from sleepy_core.night.job import ADAPTER, CHECKPOINT, TrainJob
from sleepy_core.night.night import Night, folder_of, next_step, nights
from sleepy_core.night.serving import Serving
from sleepy_core.settings import EngineSettings
from sleepy_core.store import shelf
from sleepy_core.store.coefficients import Status
from sleepy_server.ipc import NotRunning, Refused, control
from sleepy_share.files import read_tensors

DAEMON = Path(__file__).with_name("night_daemon.py")
# Of what a killed process has started: also who is killed needs the processor to end.
LIVES_ON_SECONDS = 5.0
_PATIENCE_SECONDS = 900.0
# Compilers are not ours: they end by themselves, within their limits.
_OURS = {"night_daemon": "daemon", "night.sleeper": "sleeper", "night.worker": "worker", "embedded_server": "engine"}


@dataclass
class Tally:
    """What was seen."""

    kills: int = 0
    nights: int = 0
    by_victim: Counter[str] = field(default_factory=Counter)
    by_step: Counter[str] = field(default_factory=Counter)
    most_steps_lost: int = 0
    longest_outlived: float = 0.0

    def told(self) -> dict[str, Any]:
        """For people."""
        return {
            "kills": self.kills,
            "nights": self.nights,
            "victims": dict(self.by_victim),
            "during": dict(self.by_step),
            "most_steps_lost": self.most_steps_lost,
            "outlived_by_s": round(self.longest_outlived, 3),
        }


@dataclass(frozen=True)
class Outcome:
    """How a night ended, in what has to be the same whatever disturbs it."""

    promoted: bool
    gain: Mapping[str, Any]
    numbers: str  # digest of the coefficients
    moves: tuple[str, ...]  # of the set, with the reasons
    answer: str  # of what is current afterwards

    def same(self, other: Outcome) -> bool:
        """Sums may differ in the last digits where the engine was restarted between two questions."""
        alike = self.gain.keys() == other.gain.keys() and all(
            abs(value - other.gain[name]) < 0.01 if isinstance(value, float) else value == other.gain[name]
            for name, value in self.gain.items()
        )
        return alike and replace(self, gain={}) == replace(other, gain={})


class Killing:
    """Kills nights that start from one folder."""

    def __init__(self, before: Home, repo: RepoIdentity, scratch: Path, seed: int) -> None:
        """`before` has episodes and a current set; nothing runs in it, and it stays as it is."""
        self.tally = Tally()
        self._before = before
        self._repo = repo
        self._scratch = scratch
        self._chance = random.Random(seed)
        self._answers: dict[str, str] = {}  # by set: what it answers, always
        self._files: dict[str, str] = {}  # by set: the digest of its folder

    async def undisturbed(self) -> tuple[Outcome, float]:
        """A whole night, and its seconds."""
        home = self._copy("undisturbed")
        began = time.monotonic()
        async with self._watcher(home) as watcher:
            events = await home.sleep(self._repo.id)
            assert events[-1]["event"] == "ended", events[-1]
            seconds = time.monotonic() - began
            return await self._outcome(home, watcher), seconds

    async def night(self, kills: int, seconds: float, expected: Outcome) -> None:
        """One night with at most so many kills; `seconds` is how long it takes undisturbed."""
        home = self._copy(f"night-{self.tally.nights}")
        step = 0
        async with self._watcher(home) as watcher:
            while (night := _ended(home)) is None:
                delay = self._chance.uniform(0, seconds) if kills > 0 else 10 * seconds + 60
                by_daemon = self._chance.random() < 0.3
                killed = await (self._through_daemon(home, delay) if by_daemon else self._directly(home, delay))
                kills -= killed
                step = self._whole(home, step)
                await watcher.answers(home)
            self.tally.nights += 1
            outcome = await self._outcome(home, watcher)
            assert outcome.same(expected), (night, outcome, expected)
        shutil.rmtree(home.folder)

    async def _directly(self, home: Home, delay: float) -> bool:
        """Start the sleep, and kill one of its processes after a while; False where it ended before that."""
        child = await home.start(self._repo.id)
        events: list[Event] = []
        reader = asyncio.create_task(_gather(child.events(), events), name="events")
        was = _checkpoint(home)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(reader), delay)
        killed = not reader.done() and self._kill(home, child.pid)
        await asyncio.wait_for(reader, _PATIENCE_SECONDS)
        await child.wait()
        starts = [event["step"] for event in events if event["event"] == "training" and event["what"] == "start"]
        if starts:
            # All that the last checkpoint had is there.
            assert starts[0] == (was or 0), (starts, was)
        steps = [event["step"] for event in events if event["event"] == "training" and event["what"] == "step"]
        if killed and steps and (kept := _checkpoint(home)) is not None:
            self.tally.most_steps_lost = max(self.tally.most_steps_lost, steps[-1] - kept)
        return killed

    async def _through_daemon(self, home: Home, delay: float) -> bool:
        """The same by the daemon, which may be the one that is killed."""
        argv = (sys.executable, str(DAEMON), str(home.tasks))
        process = await asyncio.create_subprocess_exec(
            *argv, env=home.environment, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            await _told_to_sleep()
            end = time.monotonic() + delay
            while time.monotonic() < end and _ended(home) is None:
                await asyncio.sleep(0.02)
            return _ended(home) is None and self._kill(home, process.pid)
        finally:
            if process.returncode is None:
                with contextlib.suppress(NotRunning, Refused, OSError):
                    await asyncio.to_thread(control, "stop")
            await asyncio.wait_for(process.wait(), _PATIENCE_SECONDS)

    def _kill(self, home: Home, pid: int) -> bool:
        """Kill this process, or one of those that it has started; False where none is left."""
        with contextlib.suppress(psutil.NoSuchProcess):
            root = psutil.Process(pid)
            victim = self._chance.choice([root, *root.children(recursive=True)])
            name = _name(victim)
            under = [process for process in victim.children(recursive=True) if _name(process) in _OURS.values()]
            victim.kill()
            began = time.monotonic()
            self.tally.kills += 1
            self.tally.by_victim[name] += 1
            self.tally.by_step[_step(home)] += 1
            while any(map(lives, under)) and time.monotonic() < began + 20:
                time.sleep(0.002)
            outlived = time.monotonic() - began if under else 0.0
            self.tally.longest_outlived = max(self.tally.longest_outlived, outlived)
            assert outlived < LIVES_ON_SECONDS, (name, outlived)
            return True
        return False

    def _whole(self, home: Home, step: int) -> int:
        """The database, the shelf and the checkpoint can be read; the checkpoint's step, which never goes back."""
        with closing(sqlite3.connect(home.data / "sleepy.db")) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            current = [
                id_ for (id_,) in db.execute("SELECT id FROM coefficients WHERE status = 'current' AND repo NOT NULL")
            ]
            rows = {id_ for (id_,) in db.execute("SELECT id FROM coefficients")}
        assert len(current) == 1
        for id_ in rows:
            now = _digest(shelf.folder_of(id_))
            assert self._files.setdefault(id_, now) == now
        kept = _checkpoint(home)
        assert kept is None or kept >= step, (kept, step)
        return kept or 0

    async def _outcome(self, home: Home, watcher: _Watcher) -> Outcome:
        night = _ended(home)
        assert night is not None
        assert night.settled is not None, night
        async with home.database() as database:
            made = await database.coefficient_set(night.id)
            moves = await database.coefficient_moves(night.id)
            assert await database.fresh() == ()
        assert made is not None
        assert (made.status is Status.CURRENT) == night.settled.passed
        numbers = hashlib.sha256((shelf.folder_of(night.id) / ADAPTER).read_bytes()).hexdigest()
        gain = {name: value for name, value in made.gain.items() if name != "rules"}
        reasons = tuple(move.reason for move in moves)
        return Outcome(night.settled.passed, gain, numbers, reasons, await watcher.answers(home))

    def _copy(self, name: str) -> Home:
        folder = self._scratch / name
        shutil.copytree(self._before.folder, folder, ignore=shutil.ignore_patterns("run", "lock"))
        os.environ["SLEEPY_HOME"] = str(folder)
        return replace(self._before, folder=folder)

    @contextlib.asynccontextmanager
    async def _watcher(self, home: Home) -> AsyncIterator[_Watcher]:
        settings = EngineSettings(embedded_model=str(home.model), context_tokens=2048, threads=1)
        async with Embedded(settings) as engine:
            yield _Watcher(engine, self._repo, self._answers)


class _Watcher:
    """Asks what is current, as the daemon would for an error in the editor, whether or not a night goes on."""

    def __init__(self, engine: Embedded, repo: RepoIdentity, known: dict[str, str]) -> None:
        self._engine = engine
        self._known = known
        one = case(diagnostic("mismatched types", Position(0, 0), Position(0, 1)), "fn f() {}\n")
        self._case = replace(one, family="mismatched-types", repo=repo)

    async def answers(self, home: Home) -> str:
        """What it says; the same set always says the same."""
        async with home.database() as database:
            choice = await Serving(database).choose(self._engine, self._case)
        assert choice.name, choice.problem
        asked = (Message("user", "Rewrite:\n    f(name);"),)
        request = Request(asked, max_tokens=12, coefficients=choice.name, reproducible=True)
        async with aclosing(self._engine.generate(request)) as stream:
            (answer,) = [answer async for answer in stream]
        assert self._known.setdefault(choice.name, answer.text) == answer.text
        return answer.text


async def _told_to_sleep() -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(NotRunning, OSError):
            try:
                await asyncio.to_thread(control, "sleep-now")
                return
            except Refused as error:
                if "sleeps already" in str(error):
                    return
        await asyncio.sleep(0.05)
    raise AssertionError("the daemon did not fall asleep")


async def _gather(stream: AsyncIterator[Mapping[str, Any]], events: list[Event]) -> None:
    async for event in stream:
        events.append(dict(event))  # noqa: PERF401 (others look at it meanwhile)


def _ended(home: Home) -> Night | None:
    """The night of this home, if it is over. The one of before was over already."""
    mine = [night for night in nights(home.data) if not (folder_of(home.data, night.id) / "before").exists()]
    return mine[-1] if mine and next_step(mine[-1]) is None else None


def _step(home: Home) -> str:
    mine = [night for night in nights(home.data) if not (folder_of(home.data, night.id) / "before").exists()]
    return (next_step(mine[-1]) or "ended") if mine else "begin"


def _checkpoint(home: Home) -> int | None:
    """The step of the checkpoint that lies there; it can be read."""
    for night in nights(home.data):
        file = folder_of(home.data, night.id) / "adapter" / CHECKPOINT
        with contextlib.suppress(FileNotFoundError):
            file.stat()
            _, about = read_tensors(file)
            return int(json.loads(about["sleepy"])["state"]["step"])
    return None


def _digest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert files, folder
    return hashlib.sha256(b"".join(f"{file.name}".encode() + file.read_bytes() for file in files)).hexdigest()


def _name(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        words = " ".join(process.cmdline())
        return next((told for part, told in _OURS.items() if part in words), process.name())
    return "gone"


CHECKPOINT_STEPS = TrainJob(Path(), Path(), Path()).checkpoint_steps
