"""The steps of a night, done: each leaves its result on the disk, and then the record says that it is done."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sleepy_core.night import making
from sleepy_core.night.curate import MOST_EPISODES, curate
from sleepy_core.night.example import Example, read_examples, write_examples
from sleepy_core.night.job import TrainJob
from sleepy_core.night.learned import write_answers
from sleepy_core.night.making import Left, Tell, Worker
from sleepy_core.night.night import (
    ANSWERS,
    HELD_OUT,
    TRAIN,
    Done,
    Night,
    Step,
    folder_of,
    next_step,
    with_step,
    write_night,
)
from sleepy_core.store.coefficients import CoefficientSet
from sleepy_core.store.database import Database

if TYPE_CHECKING:
    from sleepy_core.night.judging import Judged

OUT = "adapter"
BELOW = "general"  # the folder of the LoRA trained above

NOTHING = "there is nothing to learn: no episode became an example"
NO_MEASURE = "there is too little to hold anything out, so no gain could be shown"

Judge = Callable[[Night, tuple[Example, ...]], Awaitable["Judged"]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a training may use. 0: as the worker thinks fit."""

    steps: int = 50
    minutes: float = 0.0
    threads: int = 0
    gigabytes: float = 0.0
    tokens: int = 1024
    basis: str = "random:seed=1,k=8"


class Asleep:
    """Does what is left to do of one night."""

    def __init__(self, data: Path, database: Database, limits: Limits, judge: Judge, tell: Tell) -> None:
        """`data` is the data folder; `judge` measures the candidate, which lies on the shelf then."""
        self._data = data
        self._database = database
        self._limits = limits
        self._judge = judge
        self._tell = tell
        self._worker = Worker(self._heard)
        self._left = False

    async def run(self, night: Night) -> Night:
        """Go on until the night is over. Raises `SleepyError` where a step fails, `Left` when it was told to leave.

        Whatever ends it, the steps until then are recorded.
        """
        write_night(self._data, night)
        while (step := next_step(night)) is not None:
            if self._left:
                raise Left("the night was left; it goes on the next time")
            self._tell({"event": "doing", "step": step})
            began = time.monotonic()
            told, changes = await self._step(step, night)
            night = with_step(night, Done(step, told, round(time.monotonic() - began, 1)), **changes)
            write_night(self._data, night)
            self._tell({"event": "done", "step": step, "told": told})
        return night

    def leave(self) -> bool:
        """Do not begin another step. True where the present one ends by itself soon, with a checkpoint."""
        self._left = True
        return self._worker.leave()

    async def _step(self, step: Step, night: Night) -> tuple[str, dict[str, Any]]:
        match step:
            case "curate":
                return await self._curate(night)
            case "train":
                return await self._train(night)
            case "shelve":
                return await self._shelve(night)
            case "judge":
                examples = read_examples(self._folder(night) / HELD_OUT)
                judged = await self._judge(night, examples)
                write_answers(self._folder(night) / ANSWERS, judged.answers)
                return judged.settled.reason, {"settled": judged.settled}
            case "settle":
                return await self._settle(night)

    async def _curate(self, night: Night) -> tuple[str, dict[str, Any]]:
        found = await self._database.episodes(repo=night.repo, limit=MOST_EPISODES)
        curated = await asyncio.to_thread(curate, [e for e in found if e.created <= night.began])
        folder = self._folder(night)
        write_examples(folder / TRAIN, curated.train)
        write_examples(folder / HELD_OUT, curated.held_out)
        counts = {"examples": len(curated.train), "held_out": len(curated.held_out)}
        told = f"{len(curated.train)} examples to train on, {len(curated.held_out)} held out"
        why = NOTHING if not curated.train else NO_MEASURE if not curated.held_out else ""
        if why:
            # Otherwise it would be looked at again and again, until there is more.
            await self._database.slept(night.repo, night.began)
            return why, counts | {"ended": why}
        return told, counts

    async def _train(self, night: Night) -> tuple[str, dict[str, Any]]:
        folder = self._folder(night)
        below = await self._below(night)
        limits = self._limits
        job = TrainJob(
            Path(night.model),
            folder / TRAIN,
            folder / OUT,
            held_out=folder / HELD_OUT,
            below=below,
            basis=limits.basis,
            steps=limits.steps,
            tokens=limits.tokens,
            minutes=limits.minutes,
            threads=limits.threads,
            gigabytes=limits.gigabytes,
        )
        # It may have been killed between the training's end and the record of it.
        result = making.result_in(job.out) or await self._worker.do(job, folder / making.JOB)
        told = f"{result.steps} steps on {result.examples} examples, loss {result.loss:.3f}"
        if result.best_step == 0:
            await self._database.slept(night.repo, night.began)
            return told, {"ended": f"{told}: it got no better at what was held out", "basis": result.basis_id}
        return told, {"basis": result.basis_id}

    def _heard(self, event: Mapping[str, Any]) -> None:
        """What the worker says, as the night tells it."""
        if event["event"] in ("start", "step", "held_out", "checkpoint"):
            self._tell({"event": "training", "what": event["event"]} | {k: v for k, v in event.items() if k != "event"})

    async def _below(self, night: Night) -> Path | None:
        """The LoRA of the general set that the night is trained above."""
        if not night.general:
            return None
        return await making.joined(night.general, self._folder(night) / BELOW, Path(night.model))

    async def _shelve(self, night: Night) -> tuple[str, dict[str, Any]]:
        set_ = CoefficientSet(
            night.id, night.digest, night.basis, time.time(), repo=night.repo, parent=night.current or None
        )
        out, below = self._folder(night) / OUT, await self._below(night)
        await making.shelve(set_, f"trained on {night.examples} examples", out, below, self._data, self._database)
        return "a candidate lies on the shelf", {}

    async def _settle(self, night: Night) -> tuple[str, dict[str, Any]]:
        settled = night.settled
        assert settled is not None
        await self._database.settle(night.id, settled.reason, settled.gain, passed=settled.passed, slept=night.began)
        shutil.rmtree(self._folder(night) / OUT, ignore_errors=True)  # the shelf has it
        return ("it answers from now on" if settled.passed else "it was rejected"), {}

    def _folder(self, night: Night) -> Path:
        return folder_of(self._data, night.id)


def as_event(night: Night) -> Mapping[str, Any]:
    """How a night ended, for whoever watches it."""
    settled = night.settled
    return {
        "event": "ended",
        "id": night.id,
        "repo": night.repo,
        "name": night.name,
        "promoted": bool(settled and settled.passed),
        "told": night.ended or (settled.reason if settled else ""),
        "gain": json.loads(json.dumps(dict(settled.gain))) if settled else {},
    }
