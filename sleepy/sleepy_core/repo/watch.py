"""Changes that nobody told us of: `git checkout`, a formatter, another editor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog
from watchfiles import Change, DefaultFilter, awatch

log = structlog.get_logger()

# More paths at once than this are a checkout or a build: then everything is looked at again.
MANY = 2000
_RETRY_SECONDS = 5.0


class _Sources(DefaultFilter):
    """What cargo may read; never build products or git's inside."""

    ignore_dirs = (*DefaultFilter.ignore_dirs, "target")

    def __call__(self, change: Change, path: str) -> bool:
        return not path.endswith(".sleepy") and super().__call__(change, path)


async def watch(folders: Sequence[Path], on_change: Callable[[frozenset[Path] | None], None]) -> None:
    """Tell of changed paths until cancelled; None means that everything has to be looked at again."""
    while True:
        try:
            async for changes in awatch(*folders, watch_filter=_Sources(), debounce=50, step=20, recursive=True):
                paths = frozenset(Path(path) for _, path in changes)
                on_change(None if len(paths) > MANY else paths)
        except (OSError, RuntimeError) as error:
            # Too many folders for the system, or a queue that ran over: look at everything, try again.
            log.warning("watching-failed", problem=str(error))
        on_change(None)
        await asyncio.sleep(_RETRY_SECONDS)
