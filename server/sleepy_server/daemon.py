"""The shared process: one per user, holding the `App`, serving every editor.

It listens before it has opened anything, so that clients never wait for a daemon that is only slow to
open its database; they wait for the answer to their hello instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import hmac
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import filelock

from sleepy_core import __version__
from sleepy_core.errors import SleepyError
from sleepy_core.paths import runtime_dir
from sleepy_server.ipc import Address, NotRunning, control, daemon_address, private_folder
from sleepy_server.meter import Meter

if TYPE_CHECKING:
    from sleepy_core.settings import Settings
    from sleepy_server.app import App
    from sleepy_server.dashboard.guard import Guard

    Opener = Callable[[], AbstractAsyncContextManager[App]]

# A daemon that is shutting down holds the lock for a moment more.
_LOCK_SECONDS = 10.0
_HELLO_SECONDS = 10.0
_SHORTEST_LINGER_SECONDS = 2.0
_SCHEDULE_SECONDS = 20.0


class AlreadyRunning(SleepyError):
    """Another daemon of this user answers."""


@contextlib.asynccontextmanager
async def open_app() -> AsyncIterator[App]:
    """The settings, the log, and the app.

    Imported only here, in a thread: the socket is open already, and these take most of a second.
    """

    def load() -> tuple[Settings, type[App]]:
        from sleepy_core.settings import load_settings
        from sleepy_server.logs import open_log

        settings = load_settings()
        open_log(settings.daemon.log_level)
        from sleepy_server.app import App

        return settings, App

    settings, kind = await asyncio.to_thread(load)
    async with kind.open(settings) as app:
        yield app


def run_daemon(opener: Opener = open_app) -> None:
    """Be the daemon until SIGTERM, SIGINT, `stop`, or nobody has been here for long.

    Raises `AlreadyRunning`, and `SleepyError` where the database cannot be opened.
    """
    with _single_instance():
        asyncio.run(Daemon(daemon_address(), opener).run())


def be_daemon() -> int:
    """`sleepy daemon run`: the exit code. That another one runs already is well, too."""
    # Nearly all that is made while modules are loaded stays; looking through it again and again takes a tenth of
    # the start. The sessions turn it on again (see `serve.keep_loaded`).
    gc.disable()
    try:
        run_daemon()
    except AlreadyRunning as error:
        print(error, file=sys.stderr)  # noqa: T201
    return 0


@contextlib.contextmanager
def _single_instance() -> Any:
    """Hold this user's lock. The kernel lets go of it however the process ends."""
    lock = filelock.FileLock(private_folder(runtime_dir()) / "daemon.lock", timeout=0)
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            with lock:
                yield
                return
        except filelock.Timeout:
            with contextlib.suppress(NotRunning):
                other = control("ping")
                raise AlreadyRunning(f"The daemon is already running (process {other.get('pid')}).") from None
            if time.monotonic() > deadline:
                raise SleepyError(f"{lock.lock_file} is held by a process that does not answer. End it.") from None
            time.sleep(0.05)


class Daemon:
    """Connections, sessions, and when to stop."""

    def __init__(self, address: Address, opener: Opener) -> None:
        self._address = address
        self._opener = opener
        self._began = time.monotonic()
        self._meter = Meter()
        self._stopping = asyncio.Event()
        self._sessions: set[str] = set()
        self._connections: set[asyncio.Task[None]] = set()
        self._count = 0
        self._in_company, self._alone = asyncio.Event(), asyncio.Event()
        self._alone.set()
        self._app: asyncio.Future[App] | None = None
        self._dashboard: Guard | None = None
        self._dashboard_lock = asyncio.Lock()
        self._beside_app = contextlib.AsyncExitStack()  # what ends before the app does
        self._loading: asyncio.Task[Any] | None = None  # begins when the app is there

    async def run(self) -> None:
        """Serve until told to stop."""
        self._meter.install(asyncio.get_running_loop())
        _on_signals(self._stopping.set)
        self._app = asyncio.get_running_loop().create_future()
        self._app.add_done_callback(_retrieve)
        server = await self._address.serve(self._connected)
        try:
            async with self._open() as settings, self._beside_app:
                async with asyncio.TaskGroup() as beside:
                    # The first editor is on its way: what it needs is loaded meanwhile. By one thread for all: two
                    # that make pygls' converter at once trip over each other.
                    self._loading = beside.create_task(asyncio.to_thread(_import_sessions))
                    lingering = beside.create_task(self._linger(settings.daemon.linger_minutes * 60))
                    tasks = (self._loading, lingering, beside.create_task(self._sleep_by_itself()))
                    await self._stopping.wait()
                    for task in tasks:
                        task.cancel()
                server.close()
                await self._hang_up()
        finally:
            server.close()
            await self._hang_up()
            self._address.forget()

    @contextlib.asynccontextmanager
    async def _open(self) -> AsyncIterator[Settings]:
        """Open the app; who waits for it in a hello learns how that ended."""
        assert self._app is not None
        try:
            async with self._opener() as app:
                self._app.set_result(app)
                yield app.settings
        except Exception as error:
            if not self._app.done():
                self._app.set_exception(error)
                await asyncio.sleep(0.5)  # those who wait get to hear it
            raise

    async def _sleep_by_itself(self) -> None:
        """Have a schedule, from a while after the start on: who has just opened an editor will not be idle soon."""
        assert self._app is not None
        app = await asyncio.shield(self._app)
        await asyncio.sleep(_SCHEDULE_SECONDS)
        schedule = (await asyncio.to_thread(_import_schedule))(app)
        try:
            await schedule.open()
            app.schedule = schedule
            await self._stopping.wait()
        except Exception as error:  # a daemon that cannot sleep still repairs
            _log_failure(error)
        finally:
            app.schedule = None
            await schedule.aclose()

    async def _linger(self, seconds: float) -> None:
        """Stop when no editor has been here for so long."""
        while True:
            await self._alone.wait()
            try:
                # Never at once: the client that started this daemon is about to connect, and a window that is
                # reloaded comes back.
                async with asyncio.timeout(max(seconds, _SHORTEST_LINGER_SECONDS)):
                    await self._in_company.wait()
            except TimeoutError:
                self._stopping.set()
                return

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await self._serve(reader, writer)
        except (ConnectionError, TimeoutError, ValueError):
            pass  # a client that broke off, or that does not speak our language
        except asyncio.CancelledError:
            pass  # the daemon stops; asyncio.streams would log a cancelled handler as an error
        finally:
            self._connections.discard(task)
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_HELLO_SECONDS):
            hello = json.loads(await reader.readline())
        if not isinstance(hello, dict) or not hmac.compare_digest(str(hello.get("token")), self._address.token):
            return
        if hello.get("purpose") == "control":
            await self._answer(writer, ok=True)
            while line := await reader.readline():
                writer.write(json.dumps(await self._control(json.loads(line))).encode() + b"\n")
                await writer.drain()
        elif hello.get("version") != __version__:
            await self._answer(writer, ok=False)
        else:
            await self._serve_editor(reader, writer)

    async def _serve_editor(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert self._app is not None
        self._count += 1
        client = f"editor-{self._count}"
        self._sessions.add(client)
        self._in_company.set()
        self._alone.clear()
        try:
            try:
                app = await asyncio.shield(self._app)
            except Exception as error:
                # Whatever it is, the client has to hear it: without an answer it would try again and again.
                await self._answer(writer, ok=False, problem=str(error))
                if not isinstance(error, SleepyError):
                    raise
                return
            await self._answer(writer, ok=True)
            # While the editor says its first words: they wait in the socket.
            assert self._loading is not None
            serve_session = await asyncio.shield(self._loading)
            await serve_session(app, client, reader, writer)
        finally:
            self._sessions.discard(client)
            if not self._sessions:
                self._in_company.clear()
                self._alone.set()

    async def _answer(self, writer: asyncio.StreamWriter, *, ok: bool, problem: str = "") -> None:
        answer = {"ok": ok, "version": __version__, "pid": os.getpid(), "sessions": len(self._sessions)}
        writer.write(json.dumps(answer | {"problem": problem}).encode() + b"\n")
        await writer.drain()

    async def _control(self, question: Any) -> dict[str, Any]:
        command = question.get("command") if isinstance(question, dict) else None
        if command == "ping":
            return {"ok": True, "pid": os.getpid()}
        if command == "status":
            return await self._status()
        if command in ("sleep-now", "sleep-nightly", "pause", "resume"):
            return await self._direct(command)
        if command == "dashboard":
            return await self._open_dashboard()
        if command == "stop":
            self._stopping.set()
            return {"ok": True, "pid": os.getpid(), "sessions": len(self._sessions)}
        return {"ok": False, "problem": f"unknown command {command!r}"}

    async def _direct(self, command: str) -> dict[str, Any]:
        assert self._app is not None
        app = await asyncio.shield(self._app)
        if command in ("pause", "resume"):
            app.pause() if command == "pause" else app.resume()
            app.tell()
            return {"ok": True, "problem": ""}
        if command == "sleep-now":
            why = app.sleep_now()
        else:
            why = await app.schedule.nightly() if app.schedule is not None else "the daemon has started just now"
        return {"ok": not why, "problem": why}

    async def _status(self) -> dict[str, Any]:
        memory = await asyncio.to_thread(_memory)
        ready = self._app is not None and self._app.done() and not self._app.exception()
        app = self._app.result() if ready and self._app else None
        return {
            "ok": True,
            "pid": os.getpid(),
            "version": __version__,
            "ready": ready,
            "uptime_seconds": round(time.monotonic() - self._began, 1),
            "memory_bytes": memory,
            "sessions": len(self._sessions),
            "holds": [asdict(hold) for hold in self._meter.holds],
            "engine_problem": app.engine_problem() if app else "",
            "sleeping": app.sleeping if app else "",
            "trained": app.trained if app else "",
            "paused": app.paused if app else False,
            "projects": [
                {
                    "root": str(project.root),
                    "phase": project.state.phase.value,
                    "detail": project.state.detail,
                    "errors": project.state.errors,
                    "fixes": project.state.fixes,
                }
                for project in (app.projects if app else ())
            ],
        }

    async def _open_dashboard(self) -> dict[str, Any]:
        """A link to the page; its server starts when the first is asked for."""
        assert self._app is not None
        try:
            guard = await self._serve_dashboard(await asyncio.shield(self._app))
        except (SleepyError, OSError) as error:
            return {"ok": False, "problem": str(error)}
        return {"ok": True, "link": guard.link(), "address": guard.address, "token": guard.token}

    async def _serve_dashboard(self, app: App) -> Guard:
        async with self._dashboard_lock:
            if self._dashboard is not None:
                return self._dashboard
            serve = await asyncio.to_thread(_import_dashboard)
            guard: Guard = await self._beside_app.enter_async_context(serve(app))
            self._dashboard = guard
            return guard

    async def _hang_up(self) -> None:
        """End all sessions, so that no client is left without an answer to "are you there"."""
        for task in tuple(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)


def _memory() -> int:
    """Bytes of memory in use."""
    import psutil

    return int(psutil.Process().memory_info().rss)


def _import_sessions() -> Any:
    from sleepy_server.serve import serve_session
    from sleepy_server.session import shared_converter

    shared_converter()
    return serve_session


def _import_schedule() -> Any:
    # APScheduler and SQLAlchemy: half a second, in which the editor's first errors would wait.
    import apscheduler.jobstores.sqlalchemy
    import apscheduler.schedulers.asyncio  # noqa: F401

    from sleepy_server.schedule import Schedule

    return Schedule


def _log_failure(error: Exception) -> None:
    import structlog

    structlog.get_logger().error("schedule-failed", exc_info=error)


def _import_dashboard() -> Any:
    from sleepy_server.dashboard.server import serve

    return serve


def _on_signals(stop: Any) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        if sys.platform == "win32":  # untried: loops have no signal handlers there
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
        else:
            loop.add_signal_handler(number, stop)


def _retrieve(future: asyncio.Future[Any]) -> None:
    # An error that nobody waits for in a hello is raised by `_open` all the same.
    if not future.cancelled():
        future.exception()
