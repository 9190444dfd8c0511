"""May it sleep now? A pure rule over what the machine says, and the readings.

Each limit has two values, one to begin and an easier one to go on, so that a sleep that itself warms the machine, or a
load that wavers about a limit, does not make it stop and go. Only what can be had cheaply is read.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sleepy_core.settings import SleepSettings

GO_ON_CPU = 1.5  # times the limit to begin
GO_ON_BATTERY = 20  # percent below the limit to begin
GPU_PERCENT = 10

RESUME_SECONDS = 30.0
"""So long after the last key a sleep that was suspended goes on."""

WORK_SECONDS = 120.0
"""So much work while it is suspended, and it leaves."""

_ASK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Reading:
    """The machine, in this moment."""

    quiet_seconds: float  # since the last key in any window
    cpu_percent: float = 0.0  # used by others, of all processors
    battery_percent: float | None = None  # None: there is none, or it is being charged
    gpu_busy: bool = False
    presenting: bool = False
    minute: int = 0  # of the day


def hindrance(reading: Reading, settings: SleepSettings, *, asleep: bool, nightly: bool = False) -> str:
    """Why it may not sleep, in one sentence; "" where it may. `asleep`: it does already. `nightly`: it is time to."""
    if not (asleep or nightly) and reading.quiet_seconds < settings.quiet_minutes * 60:
        return "somebody works"
    if not (asleep or nightly) and in_hours(reading.minute, settings.quiet_hours):
        return f"not between {settings.quiet_hours.replace('-', ' and ')}"
    if reading.presenting:
        return "something is shown in full screen"
    if reading.cpu_percent > settings.cpu_percent * (GO_ON_CPU if asleep else 1):
        return f"others use {reading.cpu_percent:.0f} % of the processor"
    least = settings.battery_percent - (GO_ON_BATTERY if asleep else 0)
    if reading.battery_percent is not None and reading.battery_percent < least:
        return f"the battery has {reading.battery_percent:.0f} %"
    if reading.gpu_busy and not asleep:  # asleep it would be our own training
        return "somebody uses the GPU"
    return ""


def after_key(suspended: float, last_key: float, now: float) -> Literal["stay", "resume", "leave"]:
    """What becomes of a sleep that a key has suspended; the times are of one clock, in seconds."""
    if now - last_key >= RESUME_SECONDS:
        return "resume"
    return "leave" if last_key - suspended >= WORK_SECONDS else "stay"


def in_hours(minute: int, hours: str) -> bool:
    """Does a minute of the day lie in `09:00-12:30`? Hours may go over midnight."""
    if not hours:
        return False
    begin, end = (int(h) * 60 + int(m) for h, _, m in (time_.partition(":") for time_ in hours.split("-")))
    return begin <= minute < end if begin <= end else minute >= begin or minute < end


async def read(quiet_seconds: float) -> Reading:
    """Read the machine: a few milliseconds, in a thread, and a process for the GPU where there is one."""
    import psutil

    # What runs at a lower priority (we do) is in `nice`, and is nobody's work. Since the last call; Windows has none.
    times = await asyncio.to_thread(psutil.cpu_times_percent)
    spare = times.idle + getattr(times, "iowait", 0.0) + getattr(times, "nice", 0.0)
    battery = getattr(psutil, "sensors_battery", lambda: None)()
    now = time.localtime()
    return Reading(
        quiet_seconds,
        cpu_percent=max(0.0, 100.0 - spare),
        battery_percent=battery.percent if battery is not None and not battery.power_plugged else None,
        gpu_busy=await _gpu_busy(),
        presenting=await _presenting(),
        minute=now.tm_hour * 60 + now.tm_min,
    )


async def _gpu_busy() -> bool:
    """By nvidia-smi, where it is installed (untried with a GPU)."""
    words = await _said("nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits")
    return any(int(word) > GPU_PERCENT for word in words.split() if word.isdecimal())


async def _presenting() -> bool:
    """Windows and GNOME tell; elsewhere nobody is asked."""
    if sys.platform == "win32":  # untried
        import ctypes

        state = ctypes.c_int()
        ctypes.windll.shell32.SHQueryUserNotificationState(ctypes.byref(state))
        return state.value in (2, 3, 4)  # a program in full screen, one that uses Direct3D, a presentation
    if sys.platform == "darwin":
        return False
    manager = "org.gnome.SessionManager"  # untried on a desktop
    asked = ("--dest", manager, "--object-path", "/org/gnome/SessionManager", "--method", f"{manager}.IsInhibited", "8")
    return "true" in await _said("gdbus", "call", "--session", *asked)


async def _said(*argv: str) -> str:
    """What a program prints; "" where it is not there, fails, or takes too long."""
    if shutil.which(argv[0]) is None:
        return ""
    process = await asyncio.create_subprocess_exec(
        *argv, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(_ASK_SECONDS):
            said, _ = await process.communicate()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        return ""
    return said.decode(errors="replace") if process.returncode == 0 else ""
