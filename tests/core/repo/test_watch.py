"""Changes on the disk are told."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from watchfiles import Change

from helpers.source_trees import crate, git, repository
from sleepy_core.repo import watch as module
from sleepy_core.repo.watch import relevant, watch


class Seen:
    """What was told, to be waited for."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[frozenset[Path] | None] = asyncio.Queue()

    async def until(self, path: Path | None) -> set[Path | None]:
        seen: set[Path | None] = set()
        async with asyncio.timeout(20):
            while path not in seen:
                told = await self.queue.get()
                seen |= {None} if told is None else set(told)
        return seen


@contextlib.asynccontextmanager
async def watching(folder: Path) -> AsyncIterator[Seen]:
    seen = Seen()
    task = asyncio.create_task(watch([folder], seen.queue.put_nowait))
    try:
        # The watcher has no sign for being ready: knock until it answers.
        knock = folder / "knock.rs"
        async with asyncio.timeout(20):
            while seen.queue.empty():
                knock.write_text("")
                await asyncio.sleep(0.05)
        yield seen
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_new_changed_and_deleted_files_are_told(tmp_path: Path) -> None:
    root = crate(tmp_path / "app")
    async with watching(root) as seen:
        (root / "src/lib.rs").write_text("// changed")
        await seen.until(root / "src/lib.rs")
        (root / "src/new.rs").write_text("")
        await seen.until(root / "src/new.rs")
        (root / "src/new.rs").unlink()
        await seen.until(root / "src/new.rs")


async def test_another_commit_checked_out_asks_for_everything(tmp_path: Path) -> None:
    root = repository(crate(tmp_path / "app"))
    async with watching(root) as seen:
        git(root, "checkout", "-q", "-b", "other")
        await seen.until(None)


async def test_a_great_many_changes_at_once_ask_for_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MANY", 20)
    async with watching(tmp_path) as seen:
        for number in range(2000):
            (tmp_path / f"{number}.rs").touch()
        await seen.until(None)


async def test_who_stops_watching_leaves_no_thread_behind(tmp_path: Path) -> None:
    def watchers() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name == "watch"]

    async with watching(tmp_path):
        assert watchers()
    async with asyncio.timeout(10):
        while watchers():
            await asyncio.sleep(0.02)


async def test_where_the_system_cannot_watch_files_are_polled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, asked = module.watchfiles.watch, []

    def no_more_watches(*folders: Path, force_polling: bool | None, **options: object) -> object:
        asked.append(force_polling)
        if not force_polling:
            raise OSError("OS file watch limit reached.")
        return real(*folders, force_polling=True, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(module.watchfiles, "watch", no_more_watches)
    monkeypatch.setattr(module, "_RETRY_SECONDS", 0.01)
    async with watching(tmp_path) as seen:
        await seen.until(None)  # what happened before is not known
        (tmp_path / "x.rs").write_text("")
        await seen.until(tmp_path / "x.rs")
    assert asked[:2] == [None, True]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("src/lib.rs", True),
        ("src/target/mod.rs", True),
        ("Cargo.lock", True),
        (".cargo/config.toml", True),
        ("target/debug/x.d", False),
        ("node_modules/x/index.js", False),
        (".git/index", False),
        (".git/logs/HEAD", False),
        ("src/.lib.rs.swp", False),
        ("src/.lib.rs.abc.sleepy", False),
        (".git/HEAD", None),
        (".git/worktrees/x/HEAD", None),
        (".git/info/exclude", None),
        ("sub/.gitignore", None),
        ("src/HEAD", True),
        ("info/exclude", True),
    ],
)
def test_only_what_cargo_may_read_is_told(tmp_path: Path, path: str, told: bool | None) -> None:
    crate(tmp_path)
    expected = None if told is None else frozenset({tmp_path / path} if told else ())
    assert relevant([(Change.modified, str(tmp_path / path))]) == expected
