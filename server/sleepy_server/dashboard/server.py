"""The web server: its routes, and where it listens."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sleepy_core.paths import data_dir
from sleepy_server.dashboard import facts, prometheus
from sleepy_server.dashboard.guard import Guard

if TYPE_CHECKING:
    from sleepy_server.app import App

_STATIC = Path(__file__).parent / "static"
_EPISODES = 100
# While a page is open it is looked this often whether something has changed.
_LOOK_SECONDS = 1.0
_SHUTDOWN_SECONDS = 0.5


@contextlib.asynccontextmanager
async def serve(app: App) -> AsyncIterator[Guard]:
    """Listen on a free port of 127.0.0.1; the guard makes links to it."""
    guard = Guard()
    runner = web.AppRunner(web_app(app, guard), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        guard.port = runner.addresses[0][1]
        yield guard
    finally:
        await runner.cleanup()


def web_app(app: App, guard: Guard) -> web.Application:
    """The routes."""
    page = _Page(app)
    made = web.Application(middlewares=[guard.middleware()])
    made.on_response_prepare.append(guard.prepare)
    made.on_shutdown.append(page.hang_up)
    made.add_routes(
        [
            web.get("/open/{key}", guard.enter, name="enter"),
            web.get("/", page.index),
            web.static("/static", _STATIC),
            web.get("/api/state", page.state),
            web.get("/api/learning", page.learning),
            web.get("/api/episodes", page.episodes),
            web.get("/api/repositories", page.repositories),
            web.get("/api/events", page.events),
            web.post("/api/pause", page.pause),
            web.post("/api/resume", page.resume),
            web.post("/api/sleep", page.sleep),
            web.get("/metrics", page.metrics),
        ]
    )
    return made


class _Page:
    """The handlers."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._streams: set[asyncio.Task[Any]] = set()

    async def index(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(_STATIC / "index.html")

    async def state(self, _: web.Request) -> web.Response:
        return web.json_response(facts.state(self._app))

    async def learning(self, _: web.Request) -> web.Response:
        return web.json_response(await facts.learning(data_dir()))

    async def episodes(self, _: web.Request) -> web.Response:
        return web.json_response(await facts.episodes(self._app.database, _EPISODES))

    async def repositories(self, _: web.Request) -> web.Response:
        return web.json_response(await facts.repositories(self._app.database))

    async def pause(self, _: web.Request) -> web.Response:
        self._app.pause()
        return web.json_response(facts.state(self._app))

    async def resume(self, _: web.Request) -> web.Response:
        self._app.resume()
        return web.json_response(facts.state(self._app))

    async def sleep(self, _: web.Request) -> web.Response:
        """Begin a sleep, or say why there can be none."""
        why = self._app.sleep_now()
        return web.json_response(
            {"done": not why, "message": why or "It falls asleep, and stands still when you type."}
        )

    async def metrics(self, _: web.Request) -> web.Response:
        told = await prometheus.text(self._app)
        return web.Response(body=told, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: `state` and `changed`, and whatever is published in `App.events`, until the page goes."""
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        task = asyncio.current_task()
        assert task is not None
        self._streams.add(task)
        try:
            await self._tell(request, answer)
        except ConnectionError:
            pass  # the page was closed
        finally:
            self._streams.discard(task)
        return answer

    async def hang_up(self, _: web.Application) -> None:
        """A stream never ends by itself; the daemon does not wait for it."""
        for task in tuple(self._streams):
            task.cancel()

    async def _tell(self, request: web.Request, answer: web.StreamResponse) -> None:
        state: dict[str, Any] = {}
        files = await asyncio.to_thread(_marks, self._app.database.path)
        with self._app.events.listen() as queue:
            while request.transport is not None:  # the page is there
                if (now := facts.state(self._app)) != state:
                    await answer.write(_event("state", now))
                    state = now
                if (marks := await asyncio.to_thread(_marks, self._app.database.path)) != files:
                    await answer.write(_event("changed", {}))
                    files = marks
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_SECONDS):
                        event = await queue.get()
                        await answer.write(_event(event.kind, event.data))


def _event(kind: str, data: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode()


def _marks(database: Path) -> tuple[tuple[int, int], ...]:
    """What is different once an episode, a coefficient set or a run has been written, by whichever process."""
    found = []
    for path in (database, database.with_name(f"{database.name}-wal"), data_dir() / facts.METRICS):
        with contextlib.suppress(FileNotFoundError):
            told = path.stat()
            found.append((told.st_mtime_ns, told.st_size))
    return tuple(found)
