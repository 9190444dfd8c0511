"""Children that are stopped with everything they started."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

# Below the editor and rust-analyzer, above what runs at night.
NICENESS = 5


@contextlib.asynccontextmanager
async def running(
    argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], limit: int = 2**16
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A child in a process group of its own, at low priority; leaving the block kills what is left of the group.

    `limit` is the longest line of its output, in bytes. Raises `OSError` where it cannot be started.
    """
    if sys.platform == "win32":  # untried
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.BELOW_NORMAL_PRIORITY_CLASS
        started = asyncio.create_subprocess_exec(
            *argv, cwd=cwd, env=env, limit=limit, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, creationflags=flags,
        )  # fmt: skip
    else:
        started = asyncio.create_subprocess_exec(
            *argv, cwd=cwd, env=env, limit=limit, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
    process = await started
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
    try:
        yield process
    finally:
        await asyncio.shield(_end(process))


async def _end(process: asyncio.subprocess.Process) -> None:
    kill_tree(process.pid)
    # Unread output would keep wait() from ending.
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            while await stream.read(2**16):
                pass
    await process.wait()


def kill_tree(pid: int) -> None:
    """Kill a child that leads a group, with its whole group, at once."""
    if sys.platform == "win32":  # untried
        import psutil

        with contextlib.suppress(psutil.Error):
            for child in psutil.Process(pid).children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    child.kill()
            psutil.Process(pid).kill()
    else:
        # A group outlives its leader, so this is right after the leader's own end, too.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
