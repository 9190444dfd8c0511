"""Does a comparison's steps: asks its process, has the compiler judge the answers, writes the records.

torch is never loaded here. What was killed goes on with the step that has no record, and a training in it with its
last checkpoint.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import platform
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from sleepy_core import __version__
from sleepy_core.compare.methods import METHODS
from sleepy_core.compare.plan import KNOWN, Setup, Step, rate_of, steps
from sleepy_core.compare.questions import (
    Lesson,
    asked_file,
    digest_of,
    judged,
    lesson_of,
    train_file,
    write_lesson,
)
from sleepy_core.compare.raw import Adapter, Began, Cell, Raw, RawFile
from sleepy_core.engines.digest import model_digest
from sleepy_core.errors import SleepyError
from sleepy_core.night.child import Child
from sleepy_core.night.job import Form, TrainJob
from sleepy_koans.check import Checker
from sleepy_share import lora

DATA = "data"

Watch = Callable[[int, int, str], None]  # steps done, of how many, and what is done now

_GRACE = 120.0  # seconds that a step of training may take to its end and be written, on a busy machine
_KIND = {method.name: method for method in METHODS}


def prepare(setup: Setup, folder: Path, checker: Checker, told: Callable[[], None]) -> tuple[Setup, dict[str, Lesson]]:
    """Write the families' examples below the folder; the setup with its digest, and the lessons by family.

    Raises `SleepyError` where the model or the general LoRA cannot be read.
    """
    for path in (Path(setup.model), *([Path(setup.below)] if setup.below else [])):
        if not path.exists():
            raise SleepyError(f"there is no {path}")
    lessons = {name: lesson_of(name, checker, setup.per_family, told) for name in setup.families}
    for name, lesson in lessons.items():
        write_lesson(folder / DATA, name, lesson)
    files = [kind(folder / DATA, name) for name in sorted(lessons) for kind in (train_file, asked_file)]
    digest = digest_of(files, model_digest(Path(setup.model)))
    below = digest_of([Path(setup.below) / lora.WEIGHTS]) if setup.below else ""
    return replace(setup, digest=digest, below_digest=below), lessons


class Comparison:
    """One comparison; `threads` and `device` (of torch; 0 and "auto" as in `TrainJob`) change no figure but time."""

    def __init__(
        self,
        setup: Setup,
        folder: Path,
        lessons: Mapping[str, Lesson],
        checker: Checker,
        *,
        threads: int = 0,
        device: str = "auto",
    ) -> None:
        self._setup = setup
        self._folder = folder.absolute()
        self._lessons = lessons
        self._checker = checker
        self._threads = threads
        self._device = device

    async def run(self, watch: Watch = lambda *_: None) -> Raw:
        """Do all steps that have no record yet; everything that is known then.

        Raises `RawError` where the folder holds another comparison, and `SleepyError` where a step cannot be done.
        """
        planned = steps(self._setup)
        with RawFile(self._folder) as file:
            raw = file.begin(self._began())
            async with _worker() as ask:
                for number, step in enumerate(planned):
                    if step.id in raw.done:
                        continue
                    words = partial(watch, number, len(planned))
                    words(step.id)
                    record = await self._done(step, raw, ask, words)
                    file.append(record)
                    raw = raw.with_line(record)
        watch(len(planned), len(planned), "")
        return raw

    async def _done(self, step: Step, raw: Raw, ask: Ask, words: Callable[[str], None]) -> Adapter | Cell:
        if step.do in ("measure", "sample"):
            return await self._measured(step, ask)
        told = await ask(self._request(step, raw), lambda event: words(f"{step.id}{_progress(event)}"))
        if told["event"] == "failed":
            raise SleepyError(f"{step.id}: {told['problem']}")
        result = told.get("result", {})
        return Adapter(
            step.id,
            step.do,
            step.ground,
            step.seed,
            step.method,
            step.family,
            step.stage,
            step.trial,
            rate=result.get("learning_rate", 0.0),
            steps=result.get("steps", 0),
            trained=result.get("trained", 0),
            numbers=told["numbers"],
            bytes=told["bytes"],
            tasks=told.get("tasks", {}),
            loss=_finite(result.get("loss")),
            seconds=round(told["seconds"], 2),
            cpu_seconds=round(told["cpu_seconds"], 2),
            peak_bytes=told["peak_bytes"],
        )

    async def _measured(self, step: Step, ask: Ask) -> Cell:
        samples = 0 if step.trial else self._setup.samples if step.do == "sample" else 1
        worn = None if step.method in ("base", "samples") else str(self._folder / step.folder)
        job = replace(self._job(step, 0.0), examples=asked_file(self._folder / DATA, step.family), seed=step.seed)
        told = await ask({"do": "measure", "job": _plain(job), "adapter": worn, "samples": samples}, lambda _: None)
        cell = Cell(step.id, step.ground, step.seed, step.method, step.family, step.stage, step.folder, step.trial)
        if told["event"] == "failed":
            return replace(cell, problem=told["problem"])
        questions = {one.koan.id: one for one in self._lessons[step.family].asked}

        def judge(row: Mapping[str, Any]) -> Any:
            return judged(questions[row["koan"]], row["tokens"], row["loss"], row["answers"], self._checker)

        answers = [await asyncio.to_thread(judge, row) for row in told["rows"]]
        return replace(cell, answers=tuple(answers), seconds=round(told["seconds"], 2))

    def _request(self, step: Step, raw: Raw) -> dict[str, Any]:
        folders = [str(self._folder / part) for part in step.parts]
        out = str(self._folder / step.folder)
        made = {"do": step.do, "folders": folders, "out": out}
        match step.do:
            case "train":
                return {"do": "train", "job": _plain(self._job(step, self._rate(step, raw)))}
            case "basis":
                return {"do": "basis", "job": _plain(replace(self._job(step, 0.0), basis=step.basis))}
            case "mean":
                return {**made, "rank": self._setup.rank}
            case _:
                return {**made, "explained": _KIND[step.method].explained, "k": self._setup.k}

    def _rate(self, step: Step, raw: Raw) -> float:
        if step.rate:
            return step.rate
        method = _KIND["own-lora" if step.method == KNOWN else step.method]
        return rate_of(self._setup, method, step.ground, raw.losses())

    def _job(self, step: Step, rate: float) -> TrainJob:
        """The training of a step; of steps that train nothing, what says which model is meant."""
        setup = self._setup
        method = _KIND.get(step.method)
        replay = self._earlier(step) if method is not None and method.kind == "replay" and step.stage > 1 else None
        share = method is not None and method.kind in ("share", "merged")
        basis = f"random:seed={step.seed},k={setup.k}"
        if step.basis and step.do == "train":
            basis = f"learned:{self._folder / step.basis / 'basis.safetensors'}"
        form: Form = method.form if method is not None else "core"
        return TrainJob(
            model=Path(setup.model),
            examples=train_file(self._folder / DATA, step.family),
            out=self._folder / step.folder,
            method="share" if share or step.do == "basis" else "replay" if replay is not None else "lora",
            replay=replay,
            below=Path(setup.below) if step.ground == "general" else None,
            start=self._folder / step.start if step.start else None,
            basis=basis,
            form=form,
            p=method.columns(setup.rank) if method is not None and form == "product" else 1,
            phi=setup.phi if method is not None and method.kind == "merged" and not step.trial else 0,
            rank=setup.rank,
            first_layer=setup.first_layer,
            learning_rate=rate,
            steps=setup.steps,
            tokens=setup.tokens,
            longest=setup.longest,
            seed=step.seed,
            device=self._device,
            threads=self._threads,
        )

    def _earlier(self, step: Step) -> Path:
        """A file of what the families that arrived before have taught."""
        before = self._setup.order(step.seed)[: step.stage - 1]
        file = self._folder / DATA / f"seed-{step.seed}-before-{step.family}.jsonl"
        told = (train_file(self._folder / DATA, name).read_text(encoding="utf-8") for name in before)
        file.write_text("".join(told), encoding="utf-8", newline="\n")
        return file

    def _began(self) -> Began:
        return Began(
            self._setup,
            {name: (len(one.asked), one.koans) for name, one in self._lessons.items()},
            below=_size_of(Path(self._setup.below)) if self._setup.below else (0, 0),
            version=__version__,
            rustc=self._checker.toolchain.version.splitlines()[0],
            machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
            created=time.time(),
        )


Event = Mapping[str, Any]
Ask = Callable[[Mapping[str, Any], Callable[[Event], None]], Awaitable[Event]]


@asynccontextmanager
async def _worker() -> AsyncIterator[Ask]:
    """The process that knows torch; at the end it may finish its step."""
    child = await Child.start([sys.executable, "-m", "sleepy_core.compare.worker"], "comparison")
    events = child.events()

    async def ask(request: Mapping[str, Any], told: Callable[[Event], None]) -> Event:
        await child.say(json.dumps(request))
        async for event in events:
            if event["event"] in ("answered", "failed"):
                return event
            if event["event"] == "stopped":
                break
            told(event)
        code = await child.wait()
        raise SleepyError(f"the comparison's process ended with {code}; the same command goes on. {_last(child.words)}")

    try:
        yield ask
    finally:
        await asyncio.shield(child.stop(_GRACE))


def _size_of(folder: Path) -> tuple[int, int]:
    """The numbers and the bytes of a LoRA."""
    numbers = sum(b.size + a.size for b, a in lora.read_lora(folder).factors.values())
    return numbers, sum((folder / name).stat().st_size for name in (lora.WEIGHTS, lora.CONFIG))


def _last(words: str) -> str:
    return words.strip().splitlines()[-1] if words.strip() else ""


def _progress(event: Event) -> str:
    return f", step {event['step']}, loss {event['loss']:.3f}" if event["event"] == "step" else ""


def _plain(job: TrainJob) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(job.to_json())
    return told


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
