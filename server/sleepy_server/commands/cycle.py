"""`sleepy cycle`: days, sleeps, evals, gates and plots, several times, in one command that can be killed."""

from __future__ import annotations

import asyncio
import enum
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from sleepy_core.errors import SleepyError
from sleepy_core.settings import Settings
from sleepy_server.commands.progress import training_bar
from sleepy_server.logs import open_stderr_log
from sleepy_server.running import (
    AttemptsOption,
    EngineOption,
    FamilyOption,
    ModelOption,
    RungsOption,
    SamplesOption,
    Wanted,
    carry_out,
    carry_out_day,
    engines_for,
    run_of,
    rungs_of,
    serve_set,
    settings_with,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from sleepy_core.engines.protocol import Engine
    from sleepy_core.evaluate.cycle import Plan, Record, State
    from sleepy_core.evaluate.cycling import Slept
    from sleepy_core.evaluate.results import Run
    from sleepy_core.evaluate.run import Parts
    from sleepy_core.evaluate.tasks import Tasks
    from sleepy_core.night.learner import Learner, Way
    from sleepy_core.store.database import Database


class Method(enum.StrEnum):
    """What a sleep makes."""

    SHARE = "share"
    LORA = "lora"
    NONE = "none"


def cycle(
    n: Annotated[int, typer.Option("--n", min=1, help="How many cycles; more than before goes on.")] = 6,
    id_: Annotated[str, typer.Option("--id", help="Their name; cycles that were begun go on.")] = "cycle",
    tasks: Annotated[int, typer.Option(min=1, help="Tasks a day.")] = 20,
    frozen: Annotated[
        int, typer.Option(min=0, help="Measure on so many frozen tasks, even over the families; 0: on all.")
    ] = 50,
    method: Annotated[
        Method,
        typer.Option(help="What a sleep makes: coefficients for the koans, a LoRA for everything, or nothing."),
    ] = Method.SHARE,
    steps: Annotated[int, typer.Option(min=1, help="Steps of a training.")] = 40,
    from_base: Annotated[
        bool, typer.Option("--from-base", help="Begin with the bare model, whatever set is in use for everything.")
    ] = False,
    rungs: RungsOption = "compiler,search,model",
    samples: SamplesOption = 1,
    engine: EngineOption = None,
    model: ModelOption = None,
    max_attempts: AttemptsOption = 5,
    family: FamilyOption = None,
    label: Annotated[str, typer.Option(help="What plots call it; the name, otherwise.")] = "",
    seed: Annotated[int, typer.Option(help="Another seed has other days, and trains otherwise.")] = 1,
) -> None:
    """Work for a day, sleep, measure, let the gate decide, draw; and again. The same command goes on after a kill.

    A day's tasks are koans to train on; what nothing repairs is repaired as a developer would, and sleep learns from
    all of it. Cycle 0 measures what is in use. Ctrl-C leaves a checkpoint. Exit 1 when the last gate said no.
    """
    open_stderr_log("error")
    from sleepy_core.evaluate.cycle import Plan

    plan = Plan(
        label or id_, tasks, rungs_of(rungs), samples, max_attempts, family, frozen, method=method.value, steps=steps,
        seed=seed,
    )  # fmt: skip
    passed = asyncio.run(_cycle(n, id_, plan, settings_with(engine, model), from_base=from_base))
    raise typer.Exit(0 if passed else 1)


class KoanRounds:
    """Days over training koans, which leave episodes; evals over frozen ones, which leave nothing."""

    def __init__(self, data: Path, parts: Parts, database: Database) -> None:
        self._data = data
        self._parts = parts
        self._database = database

    async def day(self, plan: Plan, *, cycle: int, run: str, coefficients: str) -> None:
        """Work on the day's tasks, others each day; what is left is repaired by hand."""
        from sleepy_core.evaluate.tasks import load_tasks, of_the_day
        from sleepy_core.night.lessons import repair_by_hand

        every = await asyncio.to_thread(load_tasks, "train", family=plan.family, seed=plan.seed)
        tasks = of_the_day(every, plan.tasks, cycle)
        told = await self._run(tasks, plan, cycle, run, coefficients)
        _, results = await carry_out_day(told, tasks, self._parts, self._database, self._folder(run), quiet=False)
        left = {result.task for result in results if not result.passed and not result.skipped}
        koans = [koan for koan in tasks.koans if koan.id in left]
        await repair_by_hand(koans, told, self._parts.checker, self._database)

    async def evaluate(self, plan: Plan, *, cycle: int, run: str, coefficients: str) -> None:
        """Work on the frozen tasks."""
        from sleepy_core.evaluate.tasks import load_tasks, sampled

        tasks = sampled(await asyncio.to_thread(load_tasks, "frozen", family=plan.family), plan.frozen)
        told = await self._run(tasks, plan, cycle, run, coefficients)
        await carry_out(told, tasks, self._parts, self._folder(run), quiet=False)

    async def _run(self, tasks: Tasks, plan: Plan, cycle: int, run: str, coefficients: str) -> Run:
        await serve_set(self._parts.engines, coefficients)
        wanted = Wanted("cycle", "", "", plan.samples, coefficients, plan.max_attempts, run, cycle=cycle)
        return replace(run_of(wanted, tasks, plan.rungs, self._parts.engines), seed=plan.seed)

    def _folder(self, run: str) -> Path:
        from sleepy_core.evaluate.results import run_folder

        return run_folder(self._data, run)


class WatchedLearner:
    """A learner whose trainings are shown."""

    def __init__(self, make: Callable[[Callable[[Mapping[str, Any]], None]], Learner]) -> None:
        """`make` gets what hears of the worker's events."""
        self._show: Callable[[Mapping[str, Any]], None] = lambda _: None
        self._learner = make(lambda event: self._show(event))

    async def sleep(self, *, cycle: int, days: Sequence[str], current: str) -> Slept | None:
        """As `Trainer`."""
        with training_bar() as self._show:
            return await self._learner.sleep(cycle=cycle, days=days, current=current)

    async def settle(self, coefficients: str, *, passed: bool, reason: str) -> None:
        """As `Trainer`."""
        await self._learner.settle(coefficients, passed=passed, reason=reason)


async def _cycle(n: int, id_: str, plan: Plan, settings: Settings, *, from_base: bool) -> bool:
    from sleepy_core.evaluate.books import Books
    from sleepy_core.evaluate.cycle import begin, cycle_folder, next_step, read_state, seconds_left
    from sleepy_core.evaluate.cycling import Cycles
    from sleepy_core.evaluate.measures import left_by
    from sleepy_core.evaluate.run import Parts, settings_for
    from sleepy_core.evaluate.tasks import load_tasks, sampled
    from sleepy_core.paths import cache_dir, data_dir
    from sleepy_core.store.database import Database, database_path
    from sleepy_koans.check import Checker
    from sleepy_koans.frozen import digest

    folder = cycle_folder(data_dir(), id_)
    settings = settings_for(plan.samples, settings, several=True)
    async with AsyncExitStack() as stack:
        engines = await stack.enter_async_context(engines_for(plan.rungs, settings))
        checker = stack.enter_context(Checker(cache_dir() / "koans.sqlite"))
        database = await stack.enter_async_context(Database.open(database_path()))
        frozen = await asyncio.to_thread(load_tasks, "frozen", family=plan.family)
        begun = await asyncio.to_thread(read_state, folder)
        plan = replace(plan, frozen=min(plan.frozen or len(frozen.koans), len(frozen.koans)))
        trainer = None
        if not engines:
            plan = replace(plan, method=Method.NONE.value)
        else:
            engine = engines[0]
            # What the cycles themselves have promoted may be what is in use for everything by now.
            general = begun.plan.general if begun else "" if from_base else await _general(engine, database)
            plan = replace(plan, engine=engine.name, model=engine.model, general=general)
            if plan.method != Method.NONE:
                trainer = await _trainer(folder, plan, settings, engine, database)
        state = begin(folder, id_, plan)
        rounds = KoanRounds(data_dir(), Parts(checker, settings, engines, database.recall), database)
        books = Books(data_dir(), left_by(frozen.koans))
        if plan.frozen < len(frozen.koans):
            books.note_part(digest(frozen.koans), sampled(frozen, plan.frozen))
        cycles = Cycles(folder, books, rounds, trainer)
        if next_step(state, n) is None:
            typer.echo(f"{id_} has done {n} cycles before; a greater --n goes on, another --id begins anew")
        else:
            guess = "" if state.records else ", by a guess for two quiet cores and a small model"
            typer.echo(f"{_duration(seconds_left(state, n))} for what is left of {n} cycles{guess}")

        def tell(done: Record, state: State) -> None:
            left = f"; {_duration(seconds_left(state, n))} left" if next_step(state, n) is not None else ""
            typer.echo(f"cycle {done.cycle}  {done.step:<5}  {done.told}  ({done.seconds:.0f} s{left})")

        state = await cycles.run(state, n, tell)
    gates = [one.passed for one in state.records if one.step == "gate"]
    return bool(gates[-1])


async def _general(engine: Engine, database: Database) -> str:
    """The set that is in use for everything with the engine's model; "" where that is the bare model."""
    from sleepy_core.night.route import BARE, route
    from sleepy_core.night.serving import base_of
    from sleepy_core.night.shipped import put_up
    from sleepy_core.store.coefficients import Status

    if (await engine.capabilities()).gguf is None:
        return BARE
    _, digest = await base_of(engine)
    await put_up(database)
    return route(await database.coefficient_sets(model=digest, status=Status.CURRENT), digest, "", "")


async def _trainer(folder: Path, plan: Plan, settings: Settings, engine: Engine, database: Database) -> WatchedLearner:
    """Raises `SleepyError` where nothing can be trained: before the first day, and not after it."""
    from sleepy_core.night.learner import Beginning, Learner
    from sleepy_core.night.making import Worker, trainer_installed
    from sleepy_core.night.serving import base_of
    from sleepy_core.paths import data_dir
    from sleepy_core.processes import cores

    if not trainer_installed():
        raise SleepyError(
            "training needs more than is installed; run: pip install 'sleepy-coder[train]', or have no sleeps with "
            "--method none"
        )
    base, digest = await base_of(engine)
    way: Way = "share" if plan.method == Method.SHARE else "lora"
    threads = settings.sleep.threads or cores()
    beginning = Beginning(base, digest, way, plan.general, plan.steps, plan.seed, threads)
    return WatchedLearner(lambda heard: Learner(folder / "sleeps", data_dir(), database, beginning, Worker(heard)))


def _duration(seconds: float) -> str:
    return f"about {seconds / 60:.0f} min" if seconds > 90 else f"about {seconds:.0f} s"
