"""Work that the user waits for: shown with a Cancel button where the client can."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Coroutine
from typing import Any, TypeVar

from lsprotocol import types
from pygls.capabilities import get_capability

from sleepy_server.session import Session

T = TypeVar("T")

# Longest wait for a client's answer to window/workDoneProgress/create; the work goes on meanwhile.
_CREATE_SECONDS = 2.0


class CancelledByUser(Exception):
    """The user pressed Cancel; the work has been stopped."""


async def cancellable(session: Session, title: str, work: Coroutine[Any, Any, T]) -> T:
    """The work's result, with progress shown until it is there.

    Raises `CancelledByUser` when Cancel is pressed; when the request itself is cancelled
    (`$/cancelRequest`), the work is stopped as well.
    """
    task = asyncio.create_task(work, name=title)
    show = asyncio.create_task(_show(session, title, task), name=f"progress: {title}")
    try:
        await asyncio.wait({task})
        if task.cancelled():
            raise CancelledByUser
        return task.result()
    finally:
        task.cancel()
        show.cancel()
        await asyncio.gather(task, show, return_exceptions=True)


async def _show(session: Session, title: str, task: asyncio.Task[Any]) -> None:
    """Show progress until this is cancelled."""
    if not get_capability(session.client_capabilities, "window.work_done_progress", False):
        return
    progress = session.work_done_progress
    token = str(uuid.uuid4())
    async with asyncio.timeout(_CREATE_SECONDS):
        await progress.create_async(token)
    try:
        progress.tokens[token].add_done_callback(lambda pressed: task.cancel() if pressed.cancelled() else None)
        progress.begin(token, types.WorkDoneProgressBegin(title=title, cancellable=True))
        await asyncio.Event().wait()
    finally:
        progress.end(token, types.WorkDoneProgressEnd())
        progress.tokens.pop(token, None)
