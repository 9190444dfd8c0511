"""`sleepy cycle`: days, sleeps, evals, gates and plots, several times, in one command that can be killed."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from sleepy_core.settings import Settings
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
    engine_for,
    run_of,
    rungs_of,
    settings_with,
)

if TYPE_CHECKING:
    from pathlib import Path

    from sleepy_core.evaluate.cycle import Plan, Record
    from sleepy_core.evaluate.results import Run
    from sleepy_core.evaluate.run import Parts
    from sleepy_core.evaluate.tasks import Tasks
    from sleepy_core.store.database import Database


def cycle(
    n: Annotated[int, typer.Option("--n", min=1, help="How many cycles; more than before goes on.")] = 6,
    id_: Annotated[str, typer.Option("--id", help="Their name; cycles that were begun go on.")] = "cycle",
    tasks: Annotated[int, typer.Option(min=1, help="Tasks a day.")] = 10,
    rungs: RungsOption = "compiler,search,model",
    samples: SamplesOption = 1,
    engine: EngineOption = None,
    model: ModelOption = None,
    max_attempts: AttemptsOption = 5,
    family: FamilyOption = None,
    per_family: Annotated[int | None, typer.Option(min=1, help="Measure on so many frozen tasks a family.")] = None,
    label: Annotated[str, typer.Option(help="What plots call it; the name, otherwise.")] = "",
    seed: Annotated[int, typer.Option(help="Another seed has other days.")] = 1,
) -> None:
    """Work for a day, sleep, measure, let the gate decide, draw; and again. The same command goes on after a kill.

    Cycle 0 measures what is in use. Exit 1 when the last gate said no.
    """
    open_stderr_log("error")
    from sleepy_core.evaluate.cycle import Plan

    plan = Plan(label or id_, tasks, rungs_of(rungs), samples, max_attempts, family, per_family, seed=seed)
    passed = asyncio.run(_cycle(n, id_, plan, settings_with(engine, model)))
    raise typer.Exit(0 if passed else 1)


class KoanRounds:
    """Days over training koans, which leave episodes; evals over frozen ones, which leave nothing."""

    def __init__(self, data: Path, parts: Parts, database: Database) -> None:
        self._data = data
        self._parts = parts
        self._database = database

    async def day(self, plan: Plan, *, cycle: int, run: str, coefficients: str) -> None:
        """Work on the day's tasks, others each day."""
        from sleepy_core.evaluate.tasks import load_tasks, of_the_day

        every = await asyncio.to_thread(load_tasks, "train", family=plan.family, seed=plan.seed)
        tasks = of_the_day(every, plan.tasks, cycle)
        told = self._run("train", tasks, plan, cycle, run, coefficients)
        await carry_out_day(told, tasks, self._parts, self._database, self._folder(run), quiet=False)

    async def evaluate(self, plan: Plan, *, cycle: int, run: str, coefficients: str) -> None:
        """Work on the frozen tasks."""
        from sleepy_core.evaluate.tasks import load_tasks

        tasks = await asyncio.to_thread(load_tasks, "frozen", family=plan.family, per_family=plan.per_family)
        told = self._run("frozen", tasks, plan, cycle, run, coefficients)
        await carry_out(told, tasks, self._parts, self._folder(run), quiet=False)

    def _run(self, which: str, tasks: Tasks, plan: Plan, cycle: int, run: str, coefficients: str) -> Run:
        rungs = ",".join(plan.rungs)
        wanted = Wanted("cycle", which, rungs, plan.samples, coefficients, plan.max_attempts, run, cycle=cycle)
        return replace(run_of(wanted, tasks, plan.rungs, self._parts.engine), seed=plan.seed)

    def _folder(self, run: str) -> Path:
        from sleepy_core.evaluate.results import run_folder

        return run_folder(self._data, run)


async def _cycle(n: int, id_: str, plan: Plan, settings: Settings) -> bool:
    from sleepy_core.evaluate.books import Books
    from sleepy_core.evaluate.cycle import begin, cycle_folder, next_step
    from sleepy_core.evaluate.cycling import Cycles
    from sleepy_core.evaluate.measures import left_by
    from sleepy_core.evaluate.run import Parts, settings_for
    from sleepy_core.evaluate.tasks import load_tasks
    from sleepy_core.paths import cache_dir, data_dir
    from sleepy_core.store.database import Database, database_path
    from sleepy_koans.check import Checker

    folder = cycle_folder(data_dir(), id_)
    settings = settings_for(plan.samples, settings)
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(engine_for(plan.rungs, settings))
        checker = stack.enter_context(Checker(cache_dir() / "koans.sqlite"))
        if engine is not None:
            plan = replace(plan, engine=engine.name, model=engine.model)
        frozen = await asyncio.to_thread(load_tasks, "frozen")
        books = Books(data_dir(), left_by(frozen.koans))
        database = await stack.enter_async_context(Database.open(database_path()))
        rounds = KoanRounds(data_dir(), Parts(checker, settings, engine, database.recall), database)
        cycles = Cycles(folder, books, rounds)
        state = begin(folder, id_, plan)
        if next_step(state, n) is None:
            typer.echo(f"{id_} has done {n} cycles before; a greater --n goes on, another --id begins anew")
        state = await cycles.run(state, n, _tell)
    gates = [one.passed for one in state.records if one.step == "gate"]
    return bool(gates[-1])


def _tell(done: Record) -> None:
    typer.echo(f"cycle {done.cycle}  {done.step:<5}  {done.told}  ({done.seconds:.0f} s)")
