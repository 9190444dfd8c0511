"""The day's latencies while it sleeps: `python bench/asleep.py [SECONDS]`, of typing in each state (default 20).

A real training of the embedded model goes on beside a real editor and daemon, or stands still, in turn and in one run,
so that whatever else the machine does weighs on both. Measured twice: *asleep* it goes on whatever is typed, and shows
what it takes from a machine that is idle otherwise; *yielding* the first key has it stand still, as the daemon's
schedule does. Needs `make trainer`.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from figures import Figure, keep, quiet
from run import FILE, OTHER, Editor, back_to, calm, crate, p99, several_errors, typing, until_diagnosed, window
from sleepy_core.engines.embedded import find_model
from sleepy_core.night.child import Child
from sleepy_core.night.example import write_examples
from sleepy_core.night.job import TrainJob
from sleepy_core.night.lessons import lessons
from sleepy_core.paths import cache_dir
from sleepy_core.settings import EngineSettings
from sleepy_koans.check import Checker
from sleepy_koans.deck import deck
from sleepy_koans.family import family_named

FAMILY = "use_after_move"
ROUNDS = 8
BOUND = 1.10
STATES = ("asleep", "awake")


@asynccontextmanager
async def training(folder: Path) -> AsyncIterator[Child]:
    """A training that does not end, once it takes steps."""
    model = find_model(EngineSettings())
    assert model is not None, "make setup installs a small model"
    with Checker(cache_dir() / "koans.sqlite") as checker:
        write_examples(folder / "train.jsonl", lessons(deck(family_named(FAMILY), "train"), checker).examples)
    job = TrainJob(model, folder / "train.jsonl", folder / "out", steps=10**6, checkpoint_steps=10**6)
    (folder / "job.json").write_text(job.to_json())
    argv = (sys.executable, "-m", "sleepy_core.night.worker", str(folder / "job.json"))
    child = await Child.start(argv, "worker")
    began = asyncio.Event()

    async def follow() -> None:
        async for event in child.events():
            assert event["event"] != "error", event
            if event["event"] == "step":
                began.set()

    follower = asyncio.create_task(follow(), name="events")
    try:
        await asyncio.wait({follower, asyncio.create_task(began.wait())}, return_when=asyncio.FIRST_COMPLETED)
        assert began.is_set(), child.words
        yield child
    finally:
        await child.kill()
        await follower


class Sleep:
    """The training in one of two states, and what a key makes of it."""

    def __init__(self, child: Child, *, yields: bool) -> None:
        self._child = child
        self._yields = yields

    async def enter(self, state: str) -> None:
        """Let it go on, or have it stand still."""
        await (self._child.resume() if state == "asleep" else self._child.suspend())
        await asyncio.sleep(0.3)

    @asynccontextmanager
    async def key(self) -> AsyncIterator[None]:
        """Somebody types: where it yields it is suspended beside what is measured, as the daemon does it."""
        beside = asyncio.create_task(self._child.suspend()) if self._yields else None
        yield
        if beside is not None:
            await beside


async def latencies(editor: Editor, sleep: Sleep, name: str, seconds: float) -> list[Figure]:
    """Code actions and the first diagnostic after a save, against those while the training stands still."""
    original = {file: editor.texts[file] for file in (FILE, OTHER)}
    waits: dict[str, list[float]] = {state: [] for state in STATES}
    firsts: dict[str, list[float]] = {state: [] for state in STATES}
    for number in range(ROUNDS):
        for state in STATES if number % 2 else reversed(STATES):
            await sleep.enter(state)
            async with sleep.key():
                waits[state] += await typing(editor, original[FILE], seconds / ROUNDS)
            await back_to(editor, original)
            await sleep.enter(state)
            async with sleep.key():
                first, _ = await until_diagnosed(editor, several_errors(original, number))
            firsts[state].append(first)
            await back_to(editor, original)
    actions = {state: p99(waits[state]) * 1000 for state in STATES}
    saves = {state: statistics.median(firsts[state]) for state in STATES}
    load = f"load {os.getloadavg()[0]:.1f}"
    return [
        Figure(
            f"{name}_code_action_p99", round(actions["asleep"] / actions["awake"], 3), "x awake", BOUND,
            f"{actions['asleep']:.2f} and {actions['awake']:.2f} ms, {len(waits['asleep'])} requests each, {load}",
        ),
        Figure(
            f"{name}_save_to_first_diagnostic", round(saves["asleep"] / saves["awake"], 3), "x awake", BOUND,
            f"{saves['asleep']:.2f} and {saves['awake']:.2f} s, {ROUNDS} saves each, {load}",
        ),
    ]  # fmt: skip


async def measure(scratch: Path, seconds: float) -> list[Figure]:
    """All figures."""
    root = crate(scratch)
    found = []
    async with training(scratch) as child, window(root, scratch / "home") as editor:
        for file in (FILE, OTHER):
            editor.show(file)
        await asyncio.sleep(0.5)
        await calm(editor)
        for name, yields in (("asleep", False), ("yielding", True)):
            found += await latencies(editor, Sleep(child, yields=yields), name, seconds)
    return found


def main() -> int:
    """Measure, print and keep; the exit code."""
    quiet()
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    with tempfile.TemporaryDirectory(prefix="sleepy-bench-") as scratch:
        figures = asyncio.run(measure(Path(scratch), seconds))
    for figure in figures:
        print(figure.line)
    keep(figures)
    return 0 if all(figure.ok for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
