"""The process of one sleep: `python -m sleepy_core.night.sleeper`.

The first line on its standard input is the order (`Order`, as JSON). It tells of the night on its standard output in
lines of JSON, each with an `event`: `began`, `doing` and `done` (a step), `training` (what the worker says), `asked`
(by the judge), and last `ended`, `nothing`, `left` or `error`. A line `stop`, SIGTERM or SIGINT make it keep what it
has and leave. Whatever it starts is its child, so that whoever suspends it with its children has all of the night stand
still: the training, the engine, the compilers. One sleeps at a time, whoever began it, and none outlives that one: the
kernel, or the end of standard input, ends it with all that it has started.
"""

from __future__ import annotations

import asyncio
import dataclasses
import signal
import sys
import threading
import time
from contextlib import AsyncExitStack
from pathlib import Path

import filelock
import structlog

from sleepy_core.engines.choose import working_engine
from sleepy_core.engines.protocol import Engine
from sleepy_core.errors import SleepyError
from sleepy_core.evaluate.run import Parts, settings_for
from sleepy_core.evaluate.tasks import load_tasks
from sleepy_core.night import judging
from sleepy_core.night.asleep import Asleep, Limits, as_event
from sleepy_core.night.example import Example
from sleepy_core.night.making import Left
from sleepy_core.night.night import ASLEEP, LOCK, NIGHTS, Night, next_step, unfinished, write_night
from sleepy_core.night.order import Order
from sleepy_core.night.plan import next_to_sleep
from sleepy_core.night.promote import Settled
from sleepy_core.night.route import route
from sleepy_core.night.serving import adapter_files, base_of
from sleepy_core.night.shipped import put_up
from sleepy_core.night.worker import EXIT_STOPPED, listen, lower_priority, say
from sleepy_core.paths import cache_dir, data_dir
from sleepy_core.processes import cores, die_with_starter
from sleepy_core.settings import Settings, load_settings
from sleepy_core.store.coefficients import Status
from sleepy_core.store.database import Database, database_path
from sleepy_core.store.ids import new_id
from sleepy_koans.check import Checker
from sleepy_koans.rustc import Toolchain


def main() -> int:
    """Sleep once: 0 when it ended, 3 when it was left before, 1 with an event `error` otherwise."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # standard output is for events
    die_with_starter()
    lower_priority()
    leave = threading.Event()
    line = sys.stdin.readline()
    threading.Thread(target=listen, args=(leave,), daemon=True, name="standard input").start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: leave.set())
    try:
        order = Order.from_line(line)
        lock = data_dir() / NIGHTS / LOCK
        lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with filelock.FileLock(lock, timeout=0):
            asyncio.run(_sleep(order, leave))
    except filelock.Timeout:
        say({"event": "error", "problem": ASLEEP})
        return 1
    except Left as error:
        say({"event": "left", "told": str(error)})
        return EXIT_STOPPED
    except (SleepyError, OSError) as error:
        say({"event": "error", "problem": str(error)})
        return 1
    return 0


async def _sleep(order: Order, leave: threading.Event) -> None:
    settings = settings_of(load_settings(), order)
    asleep: list[Asleep] = []
    work = asyncio.create_task(_night(order, settings, asleep), name="night")
    watch = asyncio.create_task(_until(leave, settings.sleep.minutes * 60), name="leave")
    await asyncio.wait((work, watch), return_when=asyncio.FIRST_COMPLETED)
    if not work.done() and not (asleep and asleep[0].leave()):
        work.cancel()
    watch.cancel()
    try:
        await work
    except asyncio.CancelledError:
        raise Left("the night was left; it goes on the next time") from None


def settings_of(settings: Settings, order: Order) -> Settings:
    """What a sleep works with: what the order says, and an engine that takes no more threads than the training."""
    settings = settings.with_changes({name: dict(values) for name, values in order.settings.items()})
    return settings.with_changes({"engine": {"threads": settings.sleep.threads or max(1, cores() // 2)}})


async def _until(leave: threading.Event, seconds: float) -> None:
    """Until it is told to leave, or has slept for as long as it may."""
    end = time.monotonic() + seconds
    while not leave.is_set() and time.monotonic() < end:  # noqa: ASYNC110  (a thread and signals set it)
        await asyncio.sleep(0.1)


async def _night(order: Order, settings: Settings, asleep: list[Asleep]) -> None:
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database.open(database_path()))
        await put_up(database)
        turn = await _whose_turn(order, settings, database)
        if turn is None:
            say({"event": "nothing", "told": "no repository has enough to learn from"})
            return
        chosen = settings_for(1, settings).engine
        engine = await stack.enter_async_context(
            working_engine(chosen, lambda why: f"nothing can be trained without a model: {why}")
        )
        night = await _begun(turn, engine, database)
        known = [[done.step, done.told] for done in night.done]
        say({"event": "began", "id": night.id, "repo": night.repo, "name": night.name, "done": known})

        async def judge(night: Night, held_out: tuple[Example, ...]) -> judging.Judged:
            return await _judge(order, settings, engine, night, held_out)

        limits = Limits(
            steps=settings.sleep.steps,
            minutes=settings.sleep.minutes / 2,
            threads=settings.sleep.threads,
            gigabytes=settings.sleep.gigabytes,
        )
        asleep.append(Asleep(data_dir(), database, limits, judge, say))
        say(as_event(await asleep[0].run(night)))


async def _whose_turn(order: Order, settings: Settings, database: Database) -> tuple[str, str] | None:
    """The id and the name of the repository that sleeps: the one that is named, one that was left, or the next."""
    names = {repo.id: repo.name for repo in await database.repos()}
    if order.repo is not None:
        fresh = {each.repo: each.episodes for each in await database.fresh()}
        known = order.now or unfinished(data_dir(), order.repo) or fresh.get(order.repo, 0) >= settings.sleep.episodes
        return (order.repo, names.get(order.repo, "")) if known else None
    if (left := unfinished(data_dir())) is not None and left.repo in names:
        return left.repo, left.name
    found = next_to_sleep(await database.fresh(), 1 if order.now else settings.sleep.episodes)
    return (found.repo, found.name) if found is not None else None


async def _begun(turn: tuple[str, str], engine: Engine, database: Database) -> Night:
    """The repository's night that was left, if it is for this model and what answers is the same; else a new one."""
    base, digest = await base_of(engine)
    sets = await database.coefficient_sets(model=digest, status=Status.CURRENT)
    repo, name = turn
    current, general = route(sets, digest, repo, ""), route(sets, digest, "", "")
    left = unfinished(data_dir(), repo)
    if left is not None and (left.digest, left.current, left.general) == (digest, current, general):
        return dataclasses.replace(left, model=str(base))
    if left is not None and next_step(left) == "settle":
        return left  # what it was measured against has not changed for it: only the transaction is missing
    if left is not None:
        write_night(data_dir(), dataclasses.replace(left, ended="what answers has changed since; it begins anew"))
    return Night(new_id(), repo, name, str(base), digest, time.time(), current, general)


async def _judge(
    order: Order, settings: Settings, engine: Engine, night: Night, held_out: tuple[Example, ...]
) -> judging.Judged:
    settings = settings_for(1, settings)
    base = Path(night.model)
    # Made before it can become current: from then on the engines only load it.
    named = [name for name in (night.current, night.id) if name]
    files, problems = await adapter_files(named, base, night.digest)
    if night.id in problems:
        return judging.Judged(Settled(passed=False, reason=problems[night.id]))
    engine.serve(files)
    current = night.current if night.current in files else ""  # the bare model answers in place of what is gone
    koans = (await asyncio.to_thread(load_tasks, order.tasks)).koans
    with Checker(cache_dir() / "koans.sqlite") as checker:
        bench = judging.Bench(
            engine,
            Parts(checker, settings, (engine,)),
            data_dir(),
            night.digest,
            rustc=Toolchain.find().version.splitlines()[0],
        )

        def tell(what: str, done: int, of: int) -> None:
            say({"event": "asked", "what": what, "done": done, "of": of})

        return await judging.judge(bench, current, night.id, held_out, koans, tell)


if __name__ == "__main__":
    sys.exit(main())
