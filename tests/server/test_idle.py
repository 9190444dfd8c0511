"""May it sleep: by what the machine says, without flapping."""

from __future__ import annotations

import sys
import time

import pytest

from sleepy_core.settings import Settings
from sleepy_server.idle import Reading, after_key, hindrance, in_hours, read

QUIET = 601.0


def settings(**changes: object):  # type: ignore[no-untyped-def]
    return Settings().with_changes({"sleep": {"battery_percent": 60, "cpu_percent": 30, **changes}}).sleep


@pytest.mark.parametrize(
    ("reading", "begins", "goes_on"),
    [
        (Reading(QUIET), True, True),
        (Reading(599), False, True),  # a key suspends it by itself
        (Reading(QUIET, cpu_percent=29), True, True),
        (Reading(QUIET, cpu_percent=31), False, True),
        (Reading(QUIET, cpu_percent=46), False, False),
        (Reading(QUIET, battery_percent=60), True, True),
        (Reading(QUIET, battery_percent=59), False, True),
        (Reading(QUIET, battery_percent=39), False, False),
        (Reading(QUIET, gpu_busy=True), False, True),  # asleep it is ours
        (Reading(QUIET, presenting=True), False, False),
        (Reading(QUIET, minute=9 * 60), False, True),  # quiet hours keep it from beginning
    ],
)
def test_each_limit_is_easier_to_go_on_with_than_to_begin(reading: Reading, begins: bool, goes_on: bool) -> None:
    wanted = settings(quiet_hours="09:00-10:00")
    assert (hindrance(reading, wanted, asleep=False) == "") is begins
    assert (hindrance(reading, wanted, asleep=True) == "") is goes_on


def test_at_night_nobody_waits_for_quiet_but_the_machine_has_to_be_idle() -> None:
    assert hindrance(Reading(5.0), settings(), asleep=False, nightly=True) == ""
    assert "processor" in hindrance(Reading(5.0, cpu_percent=90), settings(), asleep=False, nightly=True)


def test_a_load_that_wavers_about_the_limit_does_not_make_it_stop_and_go() -> None:
    asleep, changes = False, 0
    for cpu in [25, 35, 28, 40, 30, 44, 20] * 5:
        now = not hindrance(Reading(QUIET, cpu_percent=cpu), settings(), asleep=asleep)
        changes += now is not asleep
        asleep = now
    assert (asleep, changes) == (True, 1)


@pytest.mark.parametrize(
    ("hours", "minute", "inside"),
    [
        ("", 0, False),
        ("09:00-12:30", 9 * 60, True),
        ("09:00-12:30", 12 * 60 + 30, False),
        ("22:00-06:00", 23 * 60, True),
        ("22:00-06:00", 5 * 60, True),
        ("22:00-06:00", 12 * 60, False),
    ],
)
def test_hours_may_go_over_midnight(hours: str, minute: int, inside: bool) -> None:
    assert in_hours(minute, hours) is inside


@pytest.mark.parametrize(
    ("suspended", "last_key", "now", "becomes"),
    [
        (0, 0, 5, "stay"),
        (0, 100, 110, "stay"),
        (0, 100, 130, "resume"),
        (0, 0, 30, "resume"),
        (0, 119, 121, "stay"),
        (0, 121, 125, "leave"),
        (0, 121, 160, "resume"),  # they have gone before we looked
    ],
)
def test_a_key_has_it_stand_still_and_two_minutes_of_work_have_it_leave(
    suspended: float, last_key: float, now: float, becomes: str
) -> None:
    assert after_key(suspended, last_key, now) == becomes


@pytest.mark.skipif(sys.platform == "win32", reason="untried")
async def test_the_machine_can_be_read_at_once() -> None:
    begin = time.perf_counter()
    reading = await read(3.0)
    assert time.perf_counter() - begin < 5
    assert reading.quiet_seconds == 3.0
    assert 0 <= reading.cpu_percent <= 100
    assert 0 <= reading.minute < 24 * 60
