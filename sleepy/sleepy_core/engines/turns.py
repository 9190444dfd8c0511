"""Taking turns: requests of one kind go together, those of another wait until they are through.

For a server that has room for one of several models at a time and loads it anew at every change: requests that name
the same model share a turn, and whoever waits longest is next.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """Use as `async with turns.turn(key)`: those inside at the same time all have the same key."""

    def __init__(self, patience: float = 20.0) -> None:
        """Newcomers join a turn that is under way, unless somebody has waited for `patience` seconds already."""
        self._patience = patience
        self._key = ""
        self._inside = 0
        self._waiting: deque[tuple[str, float, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        """Wait for the turn of `key`, and have it until the end of the block."""
        if self._may_enter(key):
            self._key = key
            self._inside += 1
        else:
            await self._wait(key)
        try:
            yield
        finally:
            self._leave()

    def _may_enter(self, key: str) -> bool:
        if not self._inside:
            return True
        now = asyncio.get_running_loop().time()
        patient = not self._waiting or now - self._waiting[0][1] < self._patience
        return key == self._key and patient

    async def _wait(self, key: str) -> None:
        loop = asyncio.get_running_loop()
        entry = (key, loop.time(), loop.create_future())
        self._waiting.append(entry)
        try:
            await entry[2]
        except asyncio.CancelledError:
            if entry in self._waiting:
                self._waiting.remove(entry)
            else:
                self._leave()  # it was let in, and cancelled in the same moment
            raise

    def _leave(self) -> None:
        self._inside -= 1
        if self._inside or not self._waiting:
            return
        self._key = self._waiting[0][0]
        ready = [entry for entry in self._waiting if entry[0] == self._key]
        self._waiting = deque(entry for entry in self._waiting if entry[0] != self._key)
        for _, _, future in ready:
            self._inside += 1
            future.set_result(None)
