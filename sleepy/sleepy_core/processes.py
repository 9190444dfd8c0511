"""Children that are stopped with everything they started."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

# Below the editor and rust-analyzer, above what runs at night.
NICENESS = 5
# After the kill, output ends at once, unless somebody who left the group still holds the pipe.
_DRAIN_SECONDS = 2.0


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
            *_niced(argv, env), cwd=cwd, env=env, limit=limit, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
    process = await started
    try:
        yield process
    finally:
        # A second cancellation must not keep the group alive.
        await asyncio.shield(_end(process))


def _niced(argv: Sequence[str], env: Mapping[str, str]) -> list[str]:
    """The command by way of `nice`, which gives its place to it.

    Not os.nice in a preexec_fn: that is not safe in a process with threads. Nor os.setpriority once it runs: the
    sandbox has then put its child into another group, or not yet. What is not there stays as it is, to be told so.
    """
    path = env.get("PATH")
    if shutil.which("nice", path=path) is None or shutil.which(argv[0], path=path) is None:
        return list(argv)
    return ["nice", "-n", str(NICENESS), *argv]


async def _end(process: asyncio.subprocess.Process) -> None:
    kill_tree(process.pid)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            # Unread output would keep wait() from ending.
            for stream in (process.stdout, process.stderr):
                while stream is not None and await stream.read(2**16):
                    pass
            await process.wait()
            return
    # Somebody outside of the group holds our pipe; we let go of it.
    transport = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()


def kill_tree(pid: int) -> None:
    """Kill a child that leads a group, with its whole group, at once.

    At once and not politely: cargo and rustc leave nothing behind that the next run cannot use, and
    the next run is waiting for the build lock.
    """
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


def die_with_starter() -> None:
    """Have the kernel kill this process when the thread that started it ends, even while this one stands still.

    Only Linux can. What must not outlive its starter elsewhere either looks for the end of its input as well.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG


def cores() -> int:
    """How many processors this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed is not None else os.cpu_count() or 1
