"""The sleep that goes on: its process, how far it is, and how it ended; for the command line and for the daemon."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import structlog

from sleepy_core.errors import SleepyError
from sleepy_core.night.child import Child, State

if TYPE_CHECKING:
    from sleepy_core.night.order import Order

log = structlog.get_logger()

# A training finishes its step and writes a checkpoint; the judge only closes files.
GRACE_SECONDS = 60.0

_STEPS = {
    "curate": "choosing examples",
    "train": "training",
    "shelve": "keeping what was trained",
    "judge": "measuring",
    "settle": "deciding",
}


class SleepFailed(SleepyError):
    """A sleep cannot go on: one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sleep is, and in the end what came of it."""

    id: str = ""  # of the night
    name: str = ""  # of the repository
    step: str = ""  # as in `sleepy_core.night.night`
    done: int = 0
    of: int = 0
    asked: str = ""  # what the judge asks
    losses: tuple[tuple[int, float], ...] = ()  # (step, nats a token) of the training
    held_out: tuple[tuple[int, float], ...] = ()  # the same on what is held out
    steps: tuple[tuple[str, str], ...] = ()  # the steps that are done, and what came of each, in one sentence
    ended: str = ""  # "ended", "nothing", "left" or "failed"
    promoted: bool = False
    told: str = ""  # how it ended, or how the last step did, in one sentence
    last: Mapping[str, Any] | None = None  # the last event, with the gain

    @property
    def doing(self) -> str:
        """What it does, without how far it is."""
        step = _STEPS.get(self.step, "falling asleep")
        return f"{self.name}: {step}" if self.name else step

    @property
    def sentence(self) -> str:
        """For the status item."""
        return f"{self.doing}{f', {self.done} of {self.of}' if self.of else ''}"


def as_object(progress: Progress, still: str = "") -> dict[str, Any]:
    """The progress for a page that draws it. `still`: why it stands still, "" where it does not."""
    known = dict(progress.steps)

    def state(step: str) -> str:
        return "done" if step in known else "now" if step == progress.step and not progress.ended else "to come"

    steps = [{"name": name, "state": state(step), "told": known.get(step, "")} for step, name in _STEPS.items()]
    rules = (progress.last or {}).get("gain", {}).get("rules", [])
    told = dataclasses.asdict(replace(progress, last=None))
    return told | {"doing": progress.doing, "still": still, "steps": steps, "rules": rules}


def follow(progress: Progress, event: Mapping[str, Any]) -> Progress:
    """The progress after an event of the process. Raises `SleepFailed` for an error."""
    match event["event"]:
        case "began":
            done = tuple((step, told) for step, told in event.get("done", ()))
            return replace(progress, id=str(event["id"]), name=str(event["name"] or event["repo"]), steps=done)
        case "doing":
            return replace(progress, step=str(event["step"]), done=0, of=0, asked="")
        case "done":
            told = str(event["told"])
            return replace(progress, told=told, steps=(*progress.steps, (str(event["step"]), told)))
        case "training" if event["what"] == "start":
            return replace(progress, done=int(event["step"]), of=int(event["steps"]))
        case "training" if event["what"] == "step":
            step = int(event["step"])
            return replace(progress, done=step, losses=(*progress.losses, (step, float(event["loss"]))))
        case "training" if event["what"] == "held_out":
            return replace(progress, held_out=(*progress.held_out, (int(event["step"]), float(event["loss"]))))
        case "asked":
            return replace(progress, asked=str(event["what"]), done=int(event["done"]), of=int(event["of"]))
        case "ended" | "nothing" | "left":
            promoted = bool(event.get("promoted"))
            return replace(progress, ended=str(event["event"]), promoted=promoted, told=str(event["told"]), last=event)
        case "error":
            raise SleepFailed(str(event["problem"]))
    return progress


class Job:
    """One sleep in a process of its own."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self.progress = Progress()
        self.told_to_leave = False

    @classmethod
    @contextlib.asynccontextmanager
    async def start(cls, order: Order) -> AsyncIterator[Job]:
        """Begin, or go on with, what the order says; leaving the block ends the process, by force if need be."""
        from sleepy_core.night.order import COMMAND

        child = await Child.start(COMMAND, "sleep", first=order.to_line())
        try:
            yield cls(child)
        finally:
            if child.state is not State.ENDED:
                await child.stop(GRACE_SECONDS)

    @property
    def state(self) -> State:
        """Does it go on, or stand still?"""
        return self._child.state

    async def run(self, changed: Callable[[Progress], None]) -> Progress:
        """Follow it to its end. Raises `SleepFailed` where there is an error, or it ends without a word."""
        async for event in self._child.events():
            self.progress = follow(self.progress, event)
            changed(self.progress)
        code = await self._child.wait()
        if not self.progress.ended:
            said = self._child.words.strip().splitlines()
            log.error("sleep-crashed", code=code, said=self._child.words)
            raise SleepFailed(f"the sleep's process ended with {code}: {said[-1] if said else 'it said nothing'}")
        return self.progress

    async def suspend(self) -> None:
        """Have all of it stand still."""
        await self._child.suspend()

    async def resume(self) -> None:
        """Have it go on."""
        await self._child.resume()

    async def leave(self) -> None:
        """Have it keep what it has and end; `run` hears of that."""
        self.told_to_leave = True
        await self._child.leave()
