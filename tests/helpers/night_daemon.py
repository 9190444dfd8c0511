"""A real daemon that may sleep as soon as it is there, and asks other frozen tasks: `python night_daemon.py TASKS`."""

import functools
import sys

from sleepy_server import daemon, schedule
from sleepy_server.__main__ import main

daemon._SCHEDULE_SECONDS = 0.0
schedule.Order = functools.partial(schedule.Order, tasks=sys.argv[1])  # type: ignore[misc,assignment]
sys.argv = ["sleepy", "daemon", "run"]
main()
