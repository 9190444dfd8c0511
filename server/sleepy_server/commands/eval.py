"""`sleepy eval`: how many tasks are repaired, by whom, and is the repair right?"""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from sleepy_core.settings import Settings
from sleepy_server.logs import open_stderr_log
from sleepy_server.running import (
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


def evaluate(
    which: Annotated[str, typer.Option("--set", help="frozen, validation, or a folder or file of koans.")] = "frozen",
    rungs: RungsOption = "compiler,search,model",
    samples: SamplesOption = 1,
    engine: EngineOption = None,
    model: ModelOption = None,
    coefficients: CoefficientsOption = "",
    cycle: Annotated[int | None, typer.Option(help="The night that this is measured after.")] = None,
    family: FamilyOption = None,
    per_family: Annotated[int | None, typer.Option(min=1, help="Only so many tasks of each family.")] = None,
    max_attempts: AttemptsOption = 5,
    run_id: RunOption = None,
    as_json: JsonOption = False,
) -> None:
    """Repair tasks with a known answer, and count what is repaired; nothing of it is learned from."""
    open_stderr_log("error")
    wanted = Wanted("eval", which, rungs, samples, coefficients, max_attempts, run_id, cycle)
    asyncio.run(_evaluate(wanted, settings_with(engine, model), family, per_family, as_json=as_json))


async def _evaluate(
    wanted: Wanted, settings: Settings, family: str | None, per_family: int | None, *, as_json: bool
) -> None:
    from contextlib import AsyncExitStack

    from sleepy_core.evaluate.results import run_folder
    from sleepy_core.evaluate.run import Parts, settings_for
    from sleepy_core.evaluate.tasks import load_tasks
    from sleepy_core.model import Source
    from sleepy_core.paths import cache_dir, data_dir
    from sleepy_core.store.database import Database, database_path
    from sleepy_koans.check import Checker
    from sleepy_server.running import carry_out, engine_for, run_of, rungs_of, tell

    settings = settings_for(wanted.samples, settings)
    sources = rungs_of(wanted.rungs)
    tasks = await asyncio.to_thread(load_tasks, wanted.tasks, family=family, per_family=per_family)
    async with AsyncExitStack() as stack:
        found = await stack.enter_async_context(engine_for(sources, settings))
        run = run_of(wanted, tasks, sources, found)
        checker = stack.enter_context(Checker(cache_dir() / "koans.sqlite"))
        find = None
        if Source.RECALL in sources:
            find = (await stack.enter_async_context(Database.open(database_path()))).recall
        parts = Parts(checker, settings, found, find)
        folder = run_folder(data_dir(), run.id)
        summary, results = await carry_out(run, tasks, parts, folder, quiet=as_json)
    tell(summary, results, tasks, folder, as_json=as_json)
