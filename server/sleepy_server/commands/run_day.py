"""`sleepy run-day`: a day's work on koans of the training split, whose repairs become episodes."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from sleepy_core.settings import Settings
from sleepy_server.logs import open_stderr_log
from sleepy_server.running import (
    AgentOption,
    AttemptsOption,
    CoefficientsOption,
    EngineOption,
    FamilyOption,
    JsonOption,
    ModelOption,
    RungsOption,
    RunOption,
    SamplesOption,
    Wanted,
    settings_with,
)


def run_day(
    n: Annotated[int, typer.Option("--n", min=1, help="How many koans.")] = 10,
    family: FamilyOption = None,
    engine: EngineOption = None,
    model: ModelOption = None,
    rungs: RungsOption = "compiler,recall,search,model",
    samples: SamplesOption = 4,
    coefficients: CoefficientsOption = "",
    max_attempts: AttemptsOption = 5,
    cycle: Annotated[int | None, typer.Option(help="The day's number: another one has other koans.")] = None,
    agent: AgentOption = False,
    run_id: RunOption = None,
    as_json: JsonOption = False,
) -> None:
    """Repair koans of the training split; each repair becomes an episode, confirmed by the koan's test."""
    open_stderr_log("error")
    wanted = Wanted("day", "train", rungs, samples, coefficients, max_attempts, run_id, agent, cycle)
    asyncio.run(_run_day(wanted, settings_with(engine, model), n, family, as_json=as_json))


async def _run_day(wanted: Wanted, settings: Settings, n: int, family: str | None, *, as_json: bool) -> None:
    from contextlib import AsyncExitStack

    from sleepy_core.evaluate.results import run_folder
    from sleepy_core.evaluate.run import Parts, settings_for
    from sleepy_core.evaluate.tasks import load_tasks, of_the_day
    from sleepy_core.paths import cache_dir, data_dir
    from sleepy_core.store.database import Database, database_path
    from sleepy_koans.check import Checker
    from sleepy_server.running import carry_out_day, engines_for, run_of, rungs_of, tell

    settings = settings_for(wanted.samples, settings, several=True)
    sources = rungs_of(wanted.rungs, agent=wanted.agent)
    tasks = of_the_day(await asyncio.to_thread(load_tasks, "train", family=family), n, wanted.cycle or 0)
    async with AsyncExitStack() as stack:
        found = await stack.enter_async_context(engines_for(sources, settings, wanted.coefficients))
        run = run_of(wanted, tasks, sources, found)
        checker = stack.enter_context(Checker(cache_dir() / "koans.sqlite"))
        database = await stack.enter_async_context(Database.open(database_path()))
        folder = run_folder(data_dir(), run.id)
        parts = Parts(checker, settings, found, database.recall)
        summary, results = await carry_out_day(run, tasks, parts, database, folder, quiet=as_json)
    tell(summary, results, tasks, folder, as_json=as_json)
