"""What happens while somebody watches: whoever works publishes, every open page hears it. Light, and knows no web."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# A page that does not read for so many events loses the oldest of them.
_WAITING = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `data` goes into JSON."""

    kind: str
    data: Mapping[str, Any]


class Events:
    """Tells all who listen. Of each kind the last event is told to newcomers first: they see how things stand."""

    def __init__(self) -> None:
        self._last: dict[str, Event] = {}
        self._queues: set[asyncio.Queue[Event]] = set()

    @property
    def watched(self) -> bool:
        """Does anybody listen? What costs something to find out need not be found out for nobody."""
        return bool(self._queues)

    def publish(self, kind: str, data: Mapping[str, Any]) -> None:
        """Tell it to all; never waits. To be called in the event loop's thread."""
        event = self._last[kind] = Event(kind, data)
        for queue in self._queues:
            _put(queue, event)

    def forget(self, kind: str) -> None:
        """Newcomers need not hear of it any more: the work that it told of is over."""
        self._last.pop(kind, None)

    @contextlib.contextmanager
    def listen(self) -> Iterator[asyncio.Queue[Event]]:
        """A queue of what happens, until the block is left."""
        queue: asyncio.Queue[Event] = asyncio.Queue(_WAITING)
        for event in self._last.values():
            _put(queue, event)
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)


def _put(queue: asyncio.Queue[Event], event: Event) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(event)
