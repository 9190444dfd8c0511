"""How long single steps hold the loop. Always on: two looks at the clock a step.

While one step of one task runs, no editor is served; a step is what runs between two waits. The handling of a message
is one step of its session's reading task, from its bytes to its answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

# From here on it is worth a line in the log.
_LONG_SECONDS = 0.1
# What is shorter is not worth to be remembered, nor are more names than these.
_SHORT_SECONDS = 0.001
_MOST_NAMES = 50

# The names of tasks, or of their steps, that answer an editor begin like this.
HANDLER = "handler "


@dataclass(frozen=True, slots=True)
class Hold:
    """The longest step of all that have this name."""

    name: str
    ms: float


class Meter:
    """The longest steps of a loop, by what they were about."""

    def __init__(self) -> None:
        self._longest: dict[str, float] = {}

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        """Measure every task that is made from now on."""
        loop.set_task_factory(lambda loop, work, **options: asyncio.Task(_Timed(work, self), loop=loop, **options))

    @property
    def holds(self) -> tuple[Hold, ...]:
        """The longest step of each name, the longest first."""
        longest = sorted(self._longest.items(), key=lambda pair: -pair[1])
        return tuple(Hold(name, round(seconds * 1000, 1)) for name, seconds in longest)

    def took(self, seconds: float) -> None:
        """A step of the current task has ended."""
        if seconds < _SHORT_SECONDS:
            return
        name = _name(asyncio.current_task())
        if seconds > self._longest.get(name, 0):
            self._longest[name] = seconds
            if len(self._longest) > _MOST_NAMES:
                del self._longest[min(self._longest, key=self._longest.__getitem__)]
        if seconds > _LONG_SECONDS:
            import structlog

            structlog.get_logger().warning("loop-held", by=name, milliseconds=round(seconds * 1000))


class _Timed(Coroutine[Any, Any, Any]):
    """A coroutine whose steps are measured."""

    __slots__ = ("__qualname__", "_inner", "_meter")

    def __init__(self, inner: Coroutine[Any, Any, Any], meter: Meter) -> None:
        self.__qualname__ = getattr(inner, "__qualname__", type(inner).__qualname__)
        self._inner = inner
        self._meter = meter

    def send(self, value: Any) -> Any:
        began = time.perf_counter()
        try:
            return self._inner.send(value)
        finally:
            self._meter.took(time.perf_counter() - began)

    def throw(self, *error: Any) -> Any:
        began = time.perf_counter()
        try:
            return self._inner.throw(*error)
        finally:
            self._meter.took(time.perf_counter() - began)

    def close(self) -> None:
        self._inner.close()

    def __await__(self) -> Any:
        return self._inner.__await__()


def _name(task: asyncio.Task[Any] | None) -> str:
    if task is None:
        return ""
    # Nobody has named it: its function says more than its number.
    return getattr(task.get_coro(), "__qualname__", "") if task.get_name().startswith("Task-") else task.get_name()
