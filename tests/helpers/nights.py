"""Real nights of a model that trains in seconds: a sleep's process, its worker, an engine, a compiler, a database."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from helpers import tiny_gguf
from helpers.koans import MODELLED, SUGGESTED
from helpers.lessons import REPO, a_lesson
from sleepy_core.model import Episode, RepoIdentity
from sleepy_core.night.child import Child
from sleepy_core.night.order import COMMAND, Order
from sleepy_core.store.database import Database

Event = dict[str, Any]


def write_model(texts: Iterable[str], file: Path) -> Path:
    """A llama of two layers as a GGUF file, with words for these texts."""
    words = tiny_gguf.words_of(texts)
    return tiny_gguf.write(tiny_gguf.model("llama", words=words), "llama", file, words)


def write_tasks(file: Path) -> Path:
    """Two frozen tasks instead of 245."""
    file.write_text("".join(koan.to_json() + "\n" for koan in (MODELLED, SUGGESTED)), encoding="utf-8")
    return file


@dataclass(frozen=True, slots=True)
class Home:
    """A SLEEPY_HOME whose nights are short."""

    folder: Path
    model: Path
    tasks: Path
    steps: int = 40

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    @property
    def environment(self) -> dict[str, str]:
        """For the processes that are to use it."""
        return os.environ | {
            "SLEEPY_HOME": str(self.folder),
            "SLEEPY_ENGINE__NAME": "embedded",
            "SLEEPY_ENGINE__EMBEDDED_MODEL": str(self.model),
            "SLEEPY_ENGINE__CONTEXT_TOKENS": "2048",
            "SLEEPY_SLEEP__STEPS": str(self.steps),
            "SLEEPY_SLEEP__THREADS": "1",
        }

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        """Its database, for a moment."""
        async with Database.open(self.data / "sleepy.db") as database:
            yield database

    async def remember(self, repo: RepoIdentity, episodes: Iterable[Episode]) -> None:
        """Fixes that were made in a repository."""
        async with self.database() as database:
            await database.remember_repo(repo, self.folder / repo.name)
            for episode in episodes:
                await database.add_episode(episode)

    async def start(self, repo: str) -> Child:
        """A sleep for a repository: begun, or gone on with."""
        order = Order(repo, now=True, tasks=str(self.tasks))
        return await Child.start(COMMAND, "sleep", first=order.to_line(), environment=self.environment)

    async def sleep(self, repo: str) -> list[Event]:
        """The events of a sleep that nobody disturbs."""
        child = await self.start(repo)
        try:
            events = [dict(event) async for event in child.events()]
        finally:
            await child.stop(60)
        assert events, child.words
        return events


def lives(process: psutil.Process) -> bool:
    """Does it still run? Who has ended and was not waited for does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def slept_once(folder: Path, steps: int = 300) -> Home:
    """A home with a current set of an earlier, shorter night, and with more fixes since."""
    lessons = [a_lesson(number, call=f"f({'x, ' * number}name)") for number in range(16)]
    model = write_model(
        (part for one in lessons for part in (one.before, one.after, one.rendered)), folder / "tiny.gguf"
    )
    home = Home(folder / "before", model, write_tasks(folder / "tasks.jsonl"), steps=6)
    await home.remember(REPO, lessons[:8])
    events = await home.sleep(REPO.id)
    assert events[-1].get("promoted"), events[-1]
    await home.remember(REPO, lessons[8:])
    (night,) = (home.data / "nights").glob("*/night.json")
    night.with_name("before").touch()  # not one of those that are looked at
    return replace(home, steps=steps)
