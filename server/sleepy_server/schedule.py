"""When the daemon sleeps: once the editor has been quiet and the machine idle, and at night; one sleep at a time.

A key in any window has the sleep stand still at once; it goes on when it is quiet again, and after two minutes of work
it keeps what it has and leaves. The nightly job lies in an SQLite file, so that a machine that was off at that hour
makes up for it; it only rings the daemon's own bell, by its socket, since what is stored must not hold the daemon.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import structlog

from sleepy_core.errors import SleepyError
from sleepy_core.night.child import State
from sleepy_core.night.making import trainer_installed
from sleepy_core.night.next_day import look_back
from sleepy_core.night.night import unfinished
from sleepy_core.night.order import Order
from sleepy_core.night.plan import next_to_sleep
from sleepy_core.paths import data_dir
from sleepy_server import idle
from sleepy_server.ipc import NotRunning, Refused, control
from sleepy_server.jobs import Job, Progress, as_object

if TYPE_CHECKING:
    from sleepy_server.app import App

log = structlog.get_logger()

TICK_SECONDS = 15.0
_LATE_SECONDS = 6 * 3600  # a machine that was off at night makes up for it in the morning
_REST_SECONDS = 6 * 3600.0  # after a sleep that failed, or that has slept for as long as it may
_LOOK_BACK_SECONDS = 3600.0
_NIGHTLY = "nightly"

Read = Callable[[float], Awaitable[idle.Reading]]


def ring() -> None:
    """It is time for the nightly sleep: tell the daemon. Called by APScheduler, in a thread of the daemon."""
    try:
        control("sleep-nightly")
    except (NotRunning, Refused) as error:
        log.warning("nightly-not-told", problem=str(error))


class Schedule:
    """The daemon's sleep: whether there is one, and what becomes of it."""

    def __init__(self, app: App, read: Read = idle.read) -> None:
        self._app = app
        self._read = read
        self._job: Job | None = None
        self._task: asyncio.Task[None] | None = None
        self._leaving = False
        self._suspended: float | None = None
        self._yielding: asyncio.Task[None] | None = None
        self._rest_until = self._looked_back = float("-inf")
        self._scheduler: Any = None

    async def open(self) -> None:
        """Begin to tick, and see to the nightly job."""
        from apscheduler.jobstores.memory import MemoryJobStore
        from apscheduler.schedulers.asyncio import AsyncIOScheduler
        from apscheduler.triggers.cron import CronTrigger

        stores = {"default": MemoryJobStore(), "disk": await asyncio.to_thread(_kept_jobs)}
        defaults = {"coalesce": True, "max_instances": 1}
        self._scheduler = AsyncIOScheduler(jobstores=stores, job_defaults=defaults)
        self._scheduler.add_job(self.tick, "interval", seconds=TICK_SECONDS, id="tick", misfire_grace_time=None)
        self._scheduler.start()
        nightly = self._app.settings.sleep.nightly
        known = self._scheduler.get_job(_NIGHTLY, "disk")
        if not nightly and known is not None:
            known.remove()
        elif nightly:
            hour, minute = nightly.split(":")
            trigger = CronTrigger(hour=int(hour), minute=int(minute))
            if known is None or str(known.trigger) != str(trigger):  # else the time it is due would be forgotten
                self._scheduler.add_job(
                    "sleepy_server.schedule:ring", trigger, id=_NIGHTLY, jobstore="disk", replace_existing=True,
                    misfire_grace_time=_LATE_SECONDS,
                )  # fmt: skip

    async def aclose(self) -> None:
        """End the sleep at a checkpoint."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
        await self.leave()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def asleep(self) -> bool:
        """Is there a sleep, be it suspended?"""
        return self._task is not None and not self._task.done()

    def key(self) -> None:
        """Somebody has typed: have the sleep stand still, now."""
        if self._job is not None and self._job.state is State.RUNNING and self._yielding is None:
            self._yielding = asyncio.create_task(self._suspend(self._job, "somebody types"), name="sleep, suspend")

    async def tick(self) -> None:
        """Look at the machine, and begin, suspend, go on or leave."""
        now = time.monotonic()
        if now - self._looked_back >= _LOOK_BACK_SECONDS:
            self._looked_back = now
            for set_, why in await look_back(self._app.database):
                log.info("rolled-back", coefficients=set_.id, reason=why)
        if self.asleep:
            await self._mind(now)
        elif self._wanted(now) and not await self._hindrance(asleep=False) and await self._something_to_learn():
            self._begin(Order(settings=self._settings()))

    async def nightly(self) -> str:
        """It is the hour: sleep, unless the machine is busy. Says what came of that."""
        if not self._app.settings.sleep.enabled or self._app.paused or self.asleep:
            return "there is a sleep already, or it is not wanted"
        if why := await self._hindrance(asleep=False, nightly=True):
            return why
        if not await self._something_to_learn():
            return "there is nothing to learn"
        self._begin(Order(settings=self._settings()))
        return ""

    def sleep_now(self) -> str:
        """Somebody wants it to sleep, whatever the machine does. Says why not; "" where it falls asleep."""
        if self.asleep:
            return "It sleeps already."
        if self._app.paused:
            return "Sleepy Coder is paused: it sleeps once it is resumed."
        if not trainer_installed():
            return "Training needs more than is installed; run: pip install 'sleepy-coder[train]'"
        self._begin(Order(now=True, settings=self._settings()))
        return ""

    async def leave(self) -> None:
        """End the sleep at a checkpoint; a later one goes on."""
        self._leaving = True
        if self._job is not None:
            await self._job.leave()

    def _wanted(self, now: float) -> bool:
        enabled = self._app.settings.sleep.enabled and not self._app.paused
        return enabled and now >= self._rest_until and trainer_installed()

    async def _hindrance(self, *, asleep: bool, nightly: bool = False) -> str:
        reading = await self._read(time.monotonic() - self._app.last_key)
        return idle.hindrance(reading, self._app.settings.sleep, asleep=asleep, nightly=nightly)

    async def _something_to_learn(self) -> bool:
        if await asyncio.to_thread(unfinished, data_dir()) is not None:
            return True
        return next_to_sleep(await self._app.database.fresh(), self._app.settings.sleep.episodes) is not None

    def _settings(self) -> dict[str, dict[str, Any]]:
        """The groups that a sleep works with, as editors have set them."""
        return self._app.settings.model_dump(mode="json", include={"engine", "sleep"})

    def _begin(self, order: Order) -> None:
        self._leaving = False
        self._task = asyncio.create_task(self._run(order), name="sleep")

    async def _run(self, order: Order) -> None:
        try:
            self._progressed(Progress())
            async with Job.start(order) as job:
                self._job = job
                if self._leaving:  # it was told so before its process was there
                    await job.leave()
                ended = await job.run(self._progressed)
            log.info("slept", repository=ended.name, ended=ended.ended, promoted=ended.promoted, told=ended.told)
            if ended.ended == "left" and not job.told_to_leave:
                self._rest_until = time.monotonic() + _REST_SECONDS
            if ended.promoted:
                self._app.trained, self._app.promoted = f"{ended.name}: {ended.told}", ended.id
        except (SleepyError, OSError) as error:
            self._rest_until = time.monotonic() + _REST_SECONDS
            log.warning("sleep-failed", problem=str(error))
            reached = self._job.progress if self._job else Progress()
            self._publish(replace(reached, ended="failed", told=str(error)))
        finally:
            self._job, self._suspended = None, None
            self._app.sleeping = ""
            self._app.tell()

    def _progressed(self, progress: Progress) -> None:
        self._app.sleeping = progress.sentence
        self._publish(progress)
        self._app.tell()

    def _publish(self, progress: Progress, still: str = "") -> None:
        """Let open pages see it; the last of them is also what a new page sees."""
        self._app.events.publish("sleep", as_object(progress, still))

    async def _suspend(self, job: Job, why: str) -> None:
        try:
            await job.suspend()
            self._suspended = time.monotonic()
            self._app.sleeping = ""
            self._publish(job.progress, why)
            self._app.tell()
        finally:
            self._yielding = None

    async def _mind(self, now: float) -> None:
        """See to the sleep that there is."""
        job = self._job
        if job is None:
            return
        if self._app.paused:
            await job.leave()
        elif job.state is State.RUNNING:
            if why := await self._hindrance(asleep=True):
                await self._suspend(job, why)
        elif job.state is State.SUSPENDED and self._suspended is not None:
            match idle.after_key(self._suspended, self._app.last_key, now):
                case "leave":
                    await job.leave()
                case "resume" if not await self._hindrance(asleep=True):
                    await job.resume()
                    self._suspended = None
                    self._progressed(job.progress)


def _kept_jobs() -> Any:
    """The jobs on the disk, opened and read once: SQLAlchemy takes its time for the first of each of its sentences."""
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore

    file = data_dir() / "schedule.db"
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = SQLAlchemyJobStore(url=f"sqlite:///{file}")
    store.start(None, "disk")
    store.get_next_run_time()
    store.lookup_job(_NIGHTLY)
    return store
