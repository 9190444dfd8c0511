"""The daemon's sleep: begun when it is quiet, still at a key, gone after two minutes of work."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from helpers.lessons import a_lesson
from sleepy_core.night import order
from sleepy_core.night.child import State
from sleepy_core.settings import Settings
from sleepy_core.store.database import Database
from sleepy_server import schedule as module
from sleepy_server.app import App
from sleepy_server.idle import Reading
from sleepy_server.schedule import Schedule

SLEEPER = """
import json, sys
order = json.loads(sys.stdin.readline())
def say(**event): print(json.dumps(event), flush=True)
say(event="began", id="n1", repo="repo-1", name="orchard")
say(event="doing", step="train")
say(event="training", what="start", step=0, steps=50)
for line in sys.stdin:
    if line.strip() == "stop":
        say(event="left", told="later")
        sys.exit(3)
    if line.strip() == "late":
        say(event="left", told="it has slept for as long as it may")
        sys.exit(3)
    if line.strip() == "end":
        say(event="ended", promoted=True, told="it repairs 2 of 3")
        sys.exit(0)
"""


class Quiet:
    """A machine on which nothing is done, but for what the test says."""

    cpu = 0.0

    async def __call__(self, quiet_seconds: float) -> Reading:
        return Reading(quiet_seconds, cpu_percent=self.cpu)


@pytest.fixture
async def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[App]:
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path))
    monkeypatch.setattr(order, "COMMAND", (sys.executable, "-c", SLEEPER))
    monkeypatch.setattr(module, "trainer_installed", lambda: True)
    async with Database.open(tmp_path / "data" / "sleepy.db") as database:
        made = App(Settings(), database)
        made.last_key = time.monotonic() - 3600
        yield made


@pytest.fixture
async def schedule(app: App) -> AsyncIterator[Schedule]:
    made = app.schedule = Schedule(app, Quiet())
    yield made
    await made.aclose()


async def learn(app: App, count: int = 8) -> None:
    for number in range(count):
        await app.database.add_episode(a_lesson(number, call=f"f({'x, ' * number}name)", closed=time.time()))


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.01)


def job(schedule: Schedule) -> Any:
    return schedule._job


async def asleep(app: App, schedule: Schedule) -> None:
    await learn(app)
    await schedule.tick()
    await until(lambda: app.sleeping == "orchard: training, 0 of 50")


async def test_when_it_is_quiet_and_there_is_enough_to_learn_it_sleeps(app: App, schedule: Schedule) -> None:
    await learn(app, 7)
    await schedule.tick()
    assert not schedule.asleep
    await asleep(app, schedule)
    heard: list[str] = []
    app.listeners.add(lambda: heard.append(app.trained))
    await job(schedule)._child.say("end")
    await until(lambda: not schedule.asleep)
    assert (app.sleeping, app.trained) == ("", "orchard: it repairs 2 of 3")
    assert heard[-1] == app.trained


async def test_somebody_who_works_a_busy_machine_or_the_setting_keep_it_awake(app: App) -> None:
    await learn(app)
    machine = Quiet()
    schedule = Schedule(app, machine)
    app.last_key = time.monotonic() - 60
    await schedule.tick()
    assert not schedule.asleep
    app.last_key = time.monotonic() - 3600
    machine.cpu = 80.0
    await schedule.tick()
    assert not schedule.asleep
    machine.cpu = 0.0
    app.settings = app.settings.with_changes({"sleep": {"enabled": False}})
    await schedule.tick()
    assert not schedule.asleep


async def test_a_key_in_any_window_has_it_stand_still_at_once(app: App, schedule: Schedule) -> None:
    await asleep(app, schedule)
    start = time.perf_counter()
    app.key()
    await until(lambda: job(schedule).state is State.SUSPENDED)
    assert time.perf_counter() - start < 0.3
    assert app.sleeping == ""
    await schedule.tick()
    assert job(schedule).state is State.SUSPENDED
    app.last_key -= 31
    await schedule.tick()
    assert job(schedule).state is State.RUNNING
    assert app.sleeping == "orchard: training, 0 of 50"


async def test_after_two_minutes_of_work_it_leaves_at_a_checkpoint(app: App, schedule: Schedule) -> None:
    await asleep(app, schedule)
    app.key()
    await until(lambda: job(schedule).state is State.SUSPENDED)
    schedule._suspended -= 125  # type: ignore[operator]
    app.key()
    await schedule.tick()
    await until(lambda: not schedule.asleep)
    assert app.trained == ""


async def test_a_sleep_that_has_used_up_its_minutes_goes_on_at_night_and_not_at_once(
    app: App, schedule: Schedule
) -> None:
    await asleep(app, schedule)
    await job(schedule)._child.say("late")
    await until(lambda: not schedule.asleep)
    await schedule.tick()
    assert not schedule.asleep
    assert await schedule.nightly() == ""
    assert schedule.asleep


async def test_a_sleep_that_was_told_to_leave_goes_on_when_it_is_quiet_again(app: App, schedule: Schedule) -> None:
    await asleep(app, schedule)
    await schedule.leave()
    await until(lambda: not schedule.asleep)
    await schedule.tick()
    assert schedule.asleep


async def test_the_daemon_can_stop_in_the_very_moment_that_a_sleep_begins(app: App) -> None:
    schedule = Schedule(app, Quiet())
    assert schedule.sleep_now() == ""
    async with asyncio.timeout(10):
        await schedule.aclose()
    assert not schedule.asleep


async def test_one_sleeps_at_a_time_and_pausing_ends_it(app: App, schedule: Schedule) -> None:
    await asleep(app, schedule)
    assert schedule.sleep_now() == "It sleeps already."
    assert await schedule.nightly() != ""
    app.pause()
    await schedule.tick()
    await until(lambda: not schedule.asleep)


async def test_sleep_now_asks_neither_the_machine_nor_how_much_there_is(app: App, schedule: Schedule) -> None:
    app.key()
    assert schedule.sleep_now() == ""
    await until(lambda: "training" in app.sleeping)


async def test_while_it_is_paused_sleep_now_says_so_and_begins_nothing(app: App, schedule: Schedule) -> None:
    app.pause()
    assert "paused" in schedule.sleep_now()
    assert not schedule.asleep
    app.resume()
    assert app.sleep_now() == ""


async def test_told_to_end_before_its_process_is_there_it_ends(app: App, schedule: Schedule) -> None:
    assert schedule.sleep_now() == ""
    async with asyncio.timeout(20):
        await schedule.aclose()
    assert not schedule.asleep


async def test_before_there_is_a_schedule_sleep_now_says_so(app: App) -> None:
    assert "not ready yet" in app.sleep_now()


async def test_a_page_sees_how_far_it_is_why_it_stands_still_and_how_it_ended(app: App, schedule: Schedule) -> None:
    def seen() -> Any:
        with app.events.listen() as queue:  # as a page that is opened now
            return queue.get_nowait().data

    await asleep(app, schedule)
    assert (seen()["doing"], seen()["of"], seen()["still"]) == ("orchard: training", 50, "")
    app.key()
    await until(lambda: seen()["still"] == "somebody types")
    app.last_key -= 31
    await schedule.tick()
    assert seen()["still"] == ""
    await job(schedule)._child.say("end")
    await until(lambda: not schedule.asleep)
    assert (seen()["ended"], seen()["promoted"], seen()["told"]) == ("ended", True, "it repairs 2 of 3")
    assert app.promoted == "n1"


async def test_a_page_sees_why_a_sleep_failed(app: App, schedule: Schedule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "COMMAND", (sys.executable, "-c", "raise SystemExit('broken')"))
    assert schedule.sleep_now() == ""
    await until(lambda: not schedule.asleep)
    with app.events.listen() as queue:
        told = queue.get_nowait().data
    assert (told["ended"], told["told"]) == ("failed", "the sleep's process ended with 1: broken")


async def test_a_sleep_that_fails_is_not_begun_again_and_again(
    app: App, schedule: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    await learn(app)
    monkeypatch.setattr(order, "COMMAND", (sys.executable, "-c", "raise SystemExit('broken')"))
    await schedule.tick()
    await until(lambda: not schedule.asleep)
    await schedule.tick()
    assert not schedule.asleep


async def test_the_nightly_job_is_kept_on_the_disk_and_rings_the_daemon(
    app: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for nightly in ("03:00", "03:00", "04:30"):
        app.settings = app.settings.with_changes({"sleep": {"nightly": nightly}})
        schedule = Schedule(app, Quiet())
        await schedule.open()
        (kept,) = schedule._scheduler.get_jobs("disk")
        hour, minute = nightly.split(":")
        assert (kept.next_run_time.hour, kept.next_run_time.minute) == (int(hour), int(minute))
        await schedule.aclose()
    rung: list[str] = []
    monkeypatch.setattr(module, "control", rung.append)
    kept.func()
    assert rung == ["sleep-nightly"]
    app.settings = app.settings.with_changes({"sleep": {"nightly": ""}})
    schedule = Schedule(app, Quiet())
    await schedule.open()
    assert schedule._scheduler.get_jobs("disk") == []
    await schedule.aclose()


def test_what_the_order_says_of_settings_is_what_the_sleep_can_read() -> None:
    app = SimpleNamespace(settings=Settings().with_changes({"sleep": {"steps": 7}}))
    told = json.loads(json.dumps(Schedule(app)._settings()))  # type: ignore[arg-type]
    assert Settings().with_changes(told).sleep.steps == 7
