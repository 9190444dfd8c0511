"""From a job to a set on the shelf: the worker's process to its end, and what is put beside what it has made.

A night, a cycle and `sleepy train` have the worker work by this alone. Each function can be called again after a kill.
"""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sleepy_core.errors import SleepyError
from sleepy_core.night.child import Child
from sleepy_core.night.job import CHECKPOINT, TRAINING, TrainJob, TrainResult
from sleepy_core.night.serving import GENERAL, parts_of
from sleepy_core.night.worker import EXIT_STOPPED
from sleepy_core.store import shelf
from sleepy_core.store.coefficients import CoefficientSet
from sleepy_core.store.database import Database

JOB = "job.json"

# The grace that the worker has for a step and its checkpoint.
_LEAVE_SECONDS = 120.0

Tell = Callable[[Mapping[str, Any]], None]  # an event of the worker


class Left(SleepyError):
    """It was left before its end, and can be gone on with."""


class Worker:
    """Does jobs, one at a time, in a process of its own."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._child: Child | None = None

    async def do(self, job: TrainJob, file: Path) -> TrainResult:
        """Do a job, which is written to `file`, or go on with it.

        Raises `SleepyError` with what the worker says where it cannot, `Left` where it was told to leave. Cancelled it
        has the worker save a checkpoint before it ends, and tells of an event `leaving`.
        """
        await asyncio.to_thread(file.write_text, job.to_json(), encoding="utf-8")
        child = self._child = await Child.start(
            (sys.executable, "-m", "sleepy_core.night.worker", str(file)), "sleep worker"
        )
        problem = ""
        try:
            async for event in child.events():
                if event["event"] == "error":
                    problem = str(event.get("problem"))
                self._tell(event)
            code = await child.wait()
        except BaseException:
            self._tell({"event": "leaving"})
            await asyncio.shield(child.stop(_LEAVE_SECONDS))
            raise
        finally:
            self._child = None
        if code == EXIT_STOPPED:
            raise Left("the training was left at a checkpoint; it goes on the next time")
        if code != 0:
            said = child.words.strip().splitlines()
            raise SleepyError(
                problem or f"the sleep worker ended with {code}: {said[-1] if said else 'it said nothing'}"
            )
        result = result_in(job.out)
        assert result is not None, "a worker that ends well has written it"
        return result

    def leave(self) -> bool:
        """Have it save a checkpoint and end; False where it does nothing."""
        if self._child is None:
            return False
        asyncio.get_running_loop().create_task(self._child.leave(), name="worker, leave")
        return True


def trainer_installed() -> bool:
    """Is there what training needs? Finds it, and does not import it."""
    return importlib.util.find_spec("torch") is not None and importlib.util.find_spec("peft") is not None


def result_in(out: Path) -> TrainResult | None:
    """What came of the training whose adapter lies in this folder; None where it has not ended."""
    file = out / TRAINING
    return TrainResult.from_json(file.read_text(encoding="utf-8")) if file.is_file() else None


async def joined(set_: str, folder: Path, model: Path) -> Path:
    """A set on the shelf as one LoRA, which is what the worker can merge into the model. Raises `SleepyError`."""
    from sleepy_share.lora import CONFIG

    if not (folder / CONFIG).is_file():  # written last
        from sleepy_share.errors import ShareError
        from sleepy_share.export import join

        try:
            await asyncio.to_thread(join, parts_of(set_), folder, model)
        except ShareError as error:
            raise SleepyError(f"the general coefficients {set_} cannot be trained above: {error}") from error
    return folder


async def shelve(
    set_: CoefficientSet, reason: str, out: Path, below: Path | None, data: Path, database: Database
) -> None:
    """Put the adapter in `out` on the shelf of a data folder, with the LoRA below it, as a candidate."""
    root = data / shelf.NAME
    ready = out.with_name("set")
    if not shelf.folder_of(set_.id, root).is_dir():
        shutil.rmtree(ready, ignore_errors=True)
        unfinished = shutil.ignore_patterns(CHECKPOINT, ".*")  # what was killed in the midst of a file leaves one
        shutil.copytree(out, ready, ignore=unfinished)
        if below is not None:
            shutil.copytree(below, ready / GENERAL, ignore=unfinished)
        await asyncio.to_thread(shelf.put, ready, set_.id, root)
    shutil.rmtree(ready, ignore_errors=True)
    if await database.coefficient_set(set_.id) is None:
        await database.add_coefficients(set_, reason)
