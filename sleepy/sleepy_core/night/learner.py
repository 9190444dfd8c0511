"""The sleeps of `sleepy cycle`: a candidate of what the days have left, and what the gate has made of it.

How days become examples. Each task of a day has left episodes in the database, under its run: repairs that pass the
task's test as confirmed, wrong ones as dismissed, and for a task that nothing has repaired the one that a developer
then made by hand (`lessons.by_hand`). The episodes of all days until now are curated as a repository's are for a night.
Today's examples are trained on, and as many of the earlier days' are replayed in each epoch. What is in use is trained
further; beneath both lies the general set that the cycles began above, or the bare model.

    <folder>/<cycle>/new.jsonl        today's examples; earlier.jsonl the replayed ones, held_out.jsonl those looked at
    <folder>/<cycle>/id               of the set that is made
    <folder>/<cycle>/job.json         once this is there the examples stand
    <folder>/<cycle>/adapter/         what the worker makes, and its checkpoint

All of it can be begun again after a kill, and goes on.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import filelock

from sleepy_core.errors import SleepyError
from sleepy_core.evaluate.cycling import Slept
from sleepy_core.evaluate.koan_bench import REPO
from sleepy_core.model import Episode
from sleepy_core.night import making
from sleepy_core.night.curate import MOST_EPISODES, curate
from sleepy_core.night.example import read_examples, write_examples
from sleepy_core.night.job import TrainJob
from sleepy_core.night.night import ASLEEP, LOCK, NIGHTS
from sleepy_core.night.serving import adapter_files
from sleepy_core.store import shelf
from sleepy_core.store.coefficients import CoefficientSet
from sleepy_core.store.database import Database
from sleepy_core.store.ids import new_id

Way = Literal["share", "lora"]
"""Coefficients for the koans' repository, or a LoRA for everything."""

NEW, EARLIER, HELD_OUT, ID, OUT, BELOW = "new.jsonl", "earlier.jsonl", "held_out.jsonl", "id", "adapter", "general"


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is trained on, and how. It is the same in every cycle."""

    model: Path  # GGUF
    digest: str  # of the model
    way: Way
    general: str = ""  # the set beneath; "" for the bare model
    steps: int = 40
    seed: int = 1
    threads: int = 0


class Learner:
    """The `Trainer` of some cycles."""

    def __init__(
        self, folder: Path, data: Path, database: Database, beginning: Beginning, worker: making.Worker
    ) -> None:
        """`folder` is for the sleeps' own files; `data` the data folder with the shelf."""
        self._folder = folder
        self._data = data
        self._database = database
        self._beginning = beginning
        self._worker = worker

    async def sleep(self, *, cycle: int, days: Sequence[str], current: str) -> Slept | None:
        """As `Trainer`. The set lies on the shelf then, and as an adapter where the engine finds it."""
        lock = self._data / NIGHTS / LOCK
        lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with filelock.FileLock(lock, timeout=0):
                return await self._sleep(self._folder / str(cycle), days, current)
        except filelock.Timeout:
            raise SleepyError(ASLEEP) from None

    async def settle(self, coefficients: str, *, passed: bool, reason: str) -> None:
        """As `Trainer`, in the database."""
        now = time.time()
        await self._database.settle(coefficients, reason, {"told": reason}, passed=passed, slept=now)
        await self._database.slept(REPO.id, now)  # a general set belongs to no repository
        await asyncio.to_thread(self._clear, coefficients)

    async def _sleep(self, folder: Path, days: Sequence[str], current: str) -> Slept | None:
        families = await self._curate(folder, days)
        if not families:
            return None
        beginning = self._beginning
        job = await self._job(folder, current)
        result = making.result_in(job.out) or await self._worker.do(job, folder / making.JOB)
        earlier = len(read_examples(folder / EARLIER))
        told = f"{result.steps} steps on {result.examples} new examples, {earlier} earlier ones, loss {result.loss:.3f}"
        if result.held_out and result.best_step == 0:
            return Slept("", (), f"{told}: it got no better at what was held out")
        set_ = CoefficientSet(
            _named(folder),
            beginning.digest,
            result.basis_id,
            time.time(),
            repo=REPO.id if beginning.way == "share" else None,
            parent=current or None,
        )
        await making.shelve(set_, told, job.out, job.below, self._data, self._database)
        _, problems = await adapter_files([set_.id], beginning.model, beginning.digest)
        if problems:
            raise SleepyError(problems[set_.id])
        return Slept(set_.id, families, f"{told}: {set_.id} is a candidate")

    async def _curate(self, folder: Path, days: Sequence[str]) -> tuple[str, ...]:
        """Write the examples, unless they stand; the families of koans that are trained on, none where nothing is."""
        episodes = [
            e for day in days for e in await self._database.episodes(run=day, repo=REPO.id, limit=MOST_EPISODES)
        ]
        await asyncio.to_thread(_write, folder, episodes, days[-1])
        new, earlier = read_examples(folder / NEW), read_examples(folder / EARLIER)
        learned = {e.id for e in (*new, *earlier)}
        koans = {e.note.partition(":")[0] for e in episodes if e.id in learned}
        return tuple(sorted({koan.partition("/")[0] for koan in koans})) if new else ()

    def _clear(self, coefficients: str) -> None:
        """Delete what the worker has made of a set: the shelf has it."""
        for folder in self._folder.iterdir():
            if (folder / ID).is_file() and _named(folder) == coefficients:
                shutil.rmtree(folder / OUT, ignore_errors=True)

    async def _job(self, folder: Path, current: str) -> TrainJob:
        beginning = self._beginning
        below = None
        if beginning.general:
            below = await making.joined(beginning.general, folder / BELOW, beginning.model)
        held_out = folder / HELD_OUT
        return TrainJob(
            beginning.model,
            folder / NEW,
            folder / OUT,
            method="share" if beginning.way == "share" else "replay",
            held_out=held_out if held_out.stat().st_size else None,
            replay=folder / EARLIER,
            below=below,
            start=shelf.folder_of(current, self._data / shelf.NAME) if current != beginning.general else None,
            steps=beginning.steps,
            seed=beginning.seed,
            threads=beginning.threads,
        )


def _write(folder: Path, episodes: Sequence[Episode], today: str) -> None:
    """The examples of episodes, unless they stand already; `today` is the run whose ones are new."""
    if (folder / making.JOB).is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    curated = curate(episodes)
    of_today = {e.id for e in episodes if e.run == today}
    write_examples(folder / NEW, [e for e in curated.train if e.id in of_today])
    write_examples(folder / EARLIER, [e for e in curated.train if e.id not in of_today])
    write_examples(folder / HELD_OUT, curated.held_out)


def _named(folder: Path) -> str:
    """The id of the set that is made here, the same after a kill."""
    file = folder / ID
    if not file.is_file():
        beside = file.with_name(f".{ID}.new")
        beside.write_text(new_id(), encoding="utf-8")
        beside.replace(file)
    return file.read_text(encoding="utf-8")
