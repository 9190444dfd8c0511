import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from helpers.episodes import REPO, an_attempt
from sleepy_core.model import Episode
from sleepy_core.store.database import Database, database_path
from sleepy_server import __main__


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


Sleepy = Callable[..., Said]
Remember = Callable[[Sequence[Episode]], None]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All of Sleepy Coder's folders below an empty one, and no settings from outside."""
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


@pytest.fixture
def sleepy(capfd: pytest.CaptureFixture[str]) -> Sleepy:
    """Run a command in this process."""

    def run(*arguments: str) -> Said:
        capfd.readouterr()
        code = __main__.run(arguments)
        return Said(code, *capfd.readouterr())

    return run


@pytest.fixture
def remember(tmp_path: Path) -> Remember:
    """Put episodes with an attempt each into the user's database."""

    def write(episodes: Sequence[Episode]) -> None:
        async def add() -> None:
            async with Database.open(database_path()) as database:
                await database.remember_repo(REPO, tmp_path / "orchard")
                for episode in episodes:
                    await database.add_episode(episode, [an_attempt()])

        asyncio.run(add())

    return write
