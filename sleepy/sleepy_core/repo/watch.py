"""Changes that nobody told us of: `git checkout`, a formatter, another editor."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from pathlib import Path

import structlog
import watchfiles
from watchfiles import Change, DefaultFilter

log = structlog.get_logger()

# More paths at once than this are a checkout: then everything is looked at again.
MANY = 2000
# The kernel's queue holds 16,384 events (inotify's max_queued_events) and drops the rest without telling
# watchfiles: a batch of this size, build output included, may be all that is left of a larger one.
_NEARLY_FULL = 8000
_RETRY_SECONDS = 5.0


async def watch(folders: Sequence[Path], on_change: Callable[[frozenset[Path] | None], None]) -> None:
    """Tell of changed, new and deleted paths below the folders until cancelled.

    None means that everything has to be looked at again: a great many changes at once, another commit checked
    out, other ignore rules, or the watcher failed meanwhile. Where the system cannot watch (too many folders),
    files are polled instead.
    """
    poll = False
    while True:
        there = [folder for folder in folders if await asyncio.to_thread(folder.is_dir)]
        try:
            async with contextlib.aclosing(_changes(there, poll=poll)) as changes:
                async for paths in changes:
                    on_change(paths)
        except (OSError, RuntimeError) as error:
            log.warning("watching-failed", problem=str(error), polling=poll)
            poll = True
        await asyncio.sleep(_RETRY_SECONDS)
        on_change(None)


async def _changes(folders: Sequence[Path], *, poll: bool) -> AsyncGenerator[frozenset[Path] | None, None]:
    """What changed, batch by batch, without an end; raises what the watcher raises.

    By a thread of its own: watchfiles' `awatch` loads all of anyio's backend while the loop waits, and to look
    at thousands of paths takes its time, too.
    """
    loop, stop = asyncio.get_running_loop(), threading.Event()
    news: asyncio.Queue[frozenset[Path] | Exception | None] = asyncio.Queue()

    def tell(what: frozenset[Path] | Exception | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(news.put_nowait, what)

    def follow() -> None:
        try:
            # Filtered here and not there, to see batches that nearly ran over.
            for changes in watchfiles.watch(
                *folders, watch_filter=None, debounce=50, step=20, stop_event=stop,
                force_polling=poll or None, poll_delay_ms=1000,
            ):  # fmt: skip
                if len(changes) >= _NEARLY_FULL:
                    tell(None)
                elif (paths := relevant(changes)) is None or paths:
                    tell(paths)
        except Exception as error:
            tell(error)

    threading.Thread(target=follow, name="watch", daemon=True).start()
    try:
        while True:
            what = await news.get()
            if isinstance(what, Exception):
                raise what
            yield what
    finally:
        stop.set()


_USUAL = DefaultFilter()


def relevant(changes: Iterable[tuple[Change, str]]) -> frozenset[Path] | None:
    """The changed paths that cargo may read; None for everything."""
    paths: set[Path] = set()
    for change, name in changes:
        path = Path(name)
        if path.name in (".gitignore", "HEAD", "exclude") and (path.name == ".gitignore" or _is_gits(path)):
            return None
        if _USUAL(change, name) and not name.endswith(".sleepy") and not _is_output(path):
            paths.add(path)
    return None if len(paths) > MANY else frozenset(paths)


def _is_gits(path: Path) -> bool:
    """`.git/HEAD` (a worktree's as well) and `.git/info/exclude`, not a file that is just called so."""
    return ".git" in path.parts and (path.name == "HEAD") != (path.parent.name == "info") and "logs" not in path.parts


def _is_output(path: Path) -> bool:
    """Does it lie in a cargo target folder? A source module may be called `target`, too."""
    return any(
        folder.name == "target" and ((folder / "CACHEDIR.TAG").exists() or (folder.parent / "Cargo.toml").exists())
        for folder in (path, *path.parents)
    )
