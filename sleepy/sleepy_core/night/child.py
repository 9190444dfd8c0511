"""A process of the night: lines of JSON from it, words to it, and it can be made to stand still with all its children.

Suspending is the system's own (SIGSTOP; NtSuspendProcess on Windows), so whatever the process is doing it stands still
at once. A child may lead a group of its own: then it stays in the starter's session, and a starter that dies while the
child is suspended does not leave it so for ever: the kernel sends such a group SIGHUP and lets it go on.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import json
import subprocess
import sys
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import psutil
import structlog

log = structlog.get_logger()

_LONGEST_LINE = 2**20
_KEPT_LINES = 40  # of stderr


class State(enum.Enum):
    """What a child is doing."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    LEAVING = "leaving"  # it was told to stop
    ENDED = "ended"


class Child:
    """A running process. Whoever starts it reads `events` to their end."""

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        self._process = process
        self._name = name
        self._state = State.RUNNING
        self._words: deque[str] = deque(maxlen=_KEPT_LINES)
        self._listener = asyncio.create_task(self._listen(), name=f"{name}: stderr")

    @classmethod
    async def start(
        cls, argv: Sequence[str], name: str, *, first: str = "", environment: Mapping[str, str] | None = None
    ) -> Child:
        """Start a process in a group of its own. `first` is said to it as the first line. Raises `OSError`."""
        own: dict[str, Any] = {"process_group": 0}
        if sys.platform == "win32":  # untried
            own = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE,
            env=environment,
            **own,
        )
        child = cls(process, name)
        if first:
            await child.say(first)
        return child

    @property
    def pid(self) -> int:
        """The process' number."""
        return self._process.pid

    @property
    def state(self) -> State:
        """What it is doing."""
        return self._state

    @property
    def words(self) -> str:
        """The last lines of its stderr."""
        return "\n".join(self._words)

    async def events(self) -> AsyncIterator[Mapping[str, Any]]:
        """Its lines of JSON until it ends; lines that are none (of a library) are passed over."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            with contextlib.suppress(ValueError):
                told = json.loads(line)
                if isinstance(told, dict) and "event" in told:
                    yield told

    async def wait(self) -> int:
        """Its exit code, once it has ended."""
        code = await self._process.wait()
        await self._listener
        self._set_state(State.ENDED)
        return code

    async def say(self, line: str) -> None:
        """A line on its standard input; nothing where it does not listen any more."""
        assert self._process.stdin is not None
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(line.encode() + b"\n")
            await self._process.stdin.drain()

    async def suspend(self) -> None:
        """Make it and all that it has started stand still."""
        if self._state is State.RUNNING:
            await asyncio.to_thread(_suspend_tree, self.pid)
            self._set_state(State.SUSPENDED)

    async def resume(self) -> None:
        """Let all of it go on."""
        if self._state is State.SUSPENDED:
            await asyncio.to_thread(_resume_tree, self.pid)
            self._set_state(State.RUNNING)

    async def leave(self) -> None:
        """Ask it to keep what it has and end. One that is suspended goes on for that."""
        await self.resume()
        if self._state is State.RUNNING:
            self._set_state(State.LEAVING)
            await self.say("stop")

    async def stop(self, grace: float) -> int:
        """Ask it to end, and kill it with everything that it has started when it takes longer than `grace` seconds."""
        await self.leave()
        try:
            async with asyncio.timeout(grace):
                return await self.wait()
        except TimeoutError:
            log.warning("child-killed", name=self._name, pid=self.pid, said=self.words[-500:])
            return await self.kill()

    async def kill(self) -> int:
        """End it with everything that it has started, now."""
        await asyncio.to_thread(_kill_tree, self.pid)
        return await self.wait()

    def _set_state(self, state: State) -> None:
        if self._state is not state:
            log.debug("child-state", name=self._name, pid=self.pid, was=self._state.value, now=state.value)
            self._state = state

    async def _listen(self) -> None:
        assert self._process.stderr is not None
        with contextlib.suppress(ValueError):  # a line of a megabyte: nobody needs what comes after it
            async for line in self._process.stderr:
                self._words.append(line.decode(errors="replace").rstrip())


def _tree(pid: int) -> list[psutil.Process]:
    """A process and what it has started, the starter first; nothing where it is gone."""
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    return []


def _suspend_tree(pid: int) -> None:
    # One that is not suspended yet may have started another meanwhile: look again until there is no new one.
    still: set[int] = set()
    while new := [process for process in _tree(pid) if process.pid not in still]:
        for process in new:
            still.add(process.pid)
            with contextlib.suppress(psutil.Error):
                process.suspend()


def _resume_tree(pid: int) -> None:
    for process in reversed(_tree(pid)):
        with contextlib.suppress(psutil.Error):
            process.resume()


def _kill_tree(pid: int) -> None:
    for process in _tree(pid):
        with contextlib.suppress(psutil.Error):
            process.kill()
