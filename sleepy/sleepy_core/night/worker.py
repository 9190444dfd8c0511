"""The sleep worker's process: `python -m sleepy_core.night.worker JOB.json`.

It reads a job (`TrainJob`), trains, and tells of it on its standard output in lines of JSON, each with an `event`:
`start`, `step`, `held_out`, `checkpoint`, `done`, `error`. SIGTERM or a line `stop` on its standard input make it
checkpoint and leave. Started again with the same job it goes on. It may be suspended at any time, runs at the lowest
priority, never opens the database, and does not outlive whoever started it: the next one would train beside it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from sleepy_core.night.job import JobError, TrainJob
from sleepy_core.processes import die_with_starter

EXIT_STOPPED = 3  # it can be gone on with

_ORPHAN_SECONDS = 1.0


def main(arguments: list[str]) -> int:
    """Do one job; 0 when it is done, 3 when it was stopped before, 1 with an event `error` otherwise."""
    die_with_starter()
    lower_priority()
    os.environ["HF_HUB_OFFLINE"] = "1"  # read when transformers is imported: nothing is looked up anywhere
    leave = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: leave.set())
    signal.signal(signal.SIGINT, lambda *_: leave.set())
    threading.Thread(target=listen, args=(leave,), daemon=True, name="standard input").start()
    try:
        job = TrainJob.from_json(Path(arguments[0]).read_text(encoding="utf-8"))
        # Seconds, and hundreds of megabytes: a job that cannot be read should not cost them.
        from sleepy_core.night.train import train
        from sleepy_share.errors import ShareError
    except (JobError, OSError, IndexError, ImportError) as error:
        say({"event": "error", "problem": _problem(error)})
        return 1
    try:
        result = train(job, say, leave.is_set)
    except (JobError, ShareError, OSError, MemoryError) as error:
        say({"event": "error", "problem": _problem(error)})
        return 1
    return EXIT_STOPPED if result.ended == "stopped" else 0


def say(event: Mapping[str, Any]) -> None:
    """One line for whoever started us. When nobody reads any more we go on to the next checkpoint."""
    with suppress(OSError):
        print(json.dumps(event), flush=True)  # noqa: T201


def listen(leave: threading.Event) -> None:
    """Set it at a line `stop` on standard input. At its end, too, and then there is a second left to end in.

    Whoever started us is gone then (the kernel has not killed us, since it is not Linux's), and may be started again.
    """
    for line in sys.stdin:
        if line.strip() == "stop":
            leave.set()
    leave.set()
    time.sleep(_ORPHAN_SECONDS)
    os._exit(EXIT_STOPPED)


def lower_priority() -> None:
    """Behind everything else that wants the processor or the disk."""
    me = psutil.Process()
    with suppress(psutil.Error, OSError, AttributeError):  # macOS has no ionice
        if sys.platform == "win32":  # untried
            me.nice(psutil.IDLE_PRIORITY_CLASS)
            me.ionice(psutil.IOPRIO_VERYLOW)
        else:
            me.nice(19)
            me.ionice(psutil.IOPRIO_CLASS_IDLE)


def _problem(error: BaseException) -> str:
    if isinstance(error, ImportError):
        return f"training needs more than is installed ({error}); run: pip install 'sleepy-coder[train]'"
    if isinstance(error, MemoryError):
        return "training ran out of memory; lower the tokens of a step, or train a smaller model"
    return str(error) or type(error).__name__


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
