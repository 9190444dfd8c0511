"""Changes that nobody told us of: `git checkout`, a formatter, another editor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import structlog
from watchfiles import Change, DefaultFilter, awatch

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
            # Filtered here and not there, to see batches that nearly ran over.
            async for changes in awatch(
                *there, watch_filter=None, debounce=50, step=20, force_polling=poll or None, poll_delay_ms=1000
            ):
                if len(changes) >= _NEARLY_FULL:
                    on_change(None)
                elif (paths := relevant(changes)) is None or paths:
                    on_change(paths)
        except (OSError, RuntimeError) as error:
            log.warning("watching-failed", problem=str(error), polling=poll)
            poll = True
        await asyncio.sleep(_RETRY_SECONDS)
        on_change(None)


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
