"""Run one session over a pair of streams, whatever they are."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import queue
import sys
import threading
from functools import cache
from typing import TYPE_CHECKING

import structlog
from pygls.io_ import run_async

from sleepy_server.features import register_all
from sleepy_server.session import Session

if TYPE_CHECKING:
    from pygls.io_ import AsyncReader, AsyncWriter, Writer

    from sleepy_server.app import App

log = structlog.get_logger()

# pygls logs the body of every message at INFO.
logging.getLogger("pygls").setLevel(logging.WARNING)


async def serve_session(app: App, client: str, reader: AsyncReader, writer: AsyncWriter | Writer) -> int:
    """Serve one client until it says `exit` or goes away; says with which code it wants to end.

    The writer is left open.
    """
    keep_loaded()
    session = Session(app, client)
    register_all(session)
    session.protocol.set_writer(writer)
    log.info("session-opened", client=client)
    app.listeners.add(session.changed)
    try:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await run_async(
                session.left, _OneByOne(reader), session.protocol, error_handler=session.report_server_error
            )
    finally:
        app.listeners.discard(session.changed)
        await session.aclose()
        log.info("session-closed", client=client, code=session.exit_code)
    return session.exit_code


class _OneByOne:
    """A reader after each of whose messages the loop takes a turn: who says much at once keeps nobody waiting."""

    def __init__(self, reader: AsyncReader) -> None:
        self._reader = reader
        self.readline = reader.readline

    async def readexactly(self, size: int) -> bytes:
        """The body of a message."""
        body = await self._reader.readexactly(size)
        await asyncio.sleep(0)
        return body


@cache
def keep_loaded() -> None:
    """Tell the garbage collector, once, that what is loaded by now stays; from here on it collects.

    Looking through all modules, types and converters again and again held up the loop for 40 ms each time
    (measured: p99 of codeAction 50 ms before, 9 ms after).
    """
    gc.freeze()
    gc.enable()  # the daemon starts without it


def stdin_reader() -> asyncio.StreamReader:
    """Standard input for the running loop.

    Read by a daemon thread: works for pipes, files and consoles on every system, and does not hold up the end
    of the process as a thread pool would.
    """
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**20)

    def pump() -> None:
        with contextlib.suppress(OSError, RuntimeError):  # closed under us; the loop has ended
            while data := os.read(sys.stdin.fileno(), 2**16):
                loop.call_soon_threadsafe(reader.feed_data, data)
            loop.call_soon_threadsafe(reader.feed_eof)

    threading.Thread(target=pump, name="stdin", daemon=True).start()
    return reader


class StdoutWriter:
    """Standard output, written by a thread: an editor that does not read must not hold up the loop."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._pump, name="stdout", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Write soon."""
        self._queue.put(data)

    def close(self) -> None:
        """Wait up to two seconds until all is written."""
        self._queue.put(None)
        self._thread.join(2)

    def _pump(self) -> None:
        with contextlib.suppress(OSError):
            while (data := self._queue.get()) is not None:
                sys.stdout.buffer.write(data)
                sys.stdout.buffer.flush()
