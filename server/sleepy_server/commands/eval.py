"""`sleepy eval`: how many tasks are repaired, by whom, and is the repair right?"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

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


def evaluate(
    which: Annotated[str, typer.Option("--set", help="frozen, validation, or a folder or file of koans.")] = "frozen",
    rungs: RungsOption = "compiler,search,model",
    samples: SamplesOption = 1,
    engine: EngineOption = None,
    model: ModelOption = None,
    coefficients: CoefficientsOption = "",
    cycle: Annotated[int | None, typer.Option(help="The night that this is measured after.")] = None,
    family: FamilyOption = None,
    tasks: Annotated[
        int | None, typer.Option(min=1, help="So many of the tasks, even over the families; all, otherwise.")
    ] = None,
    max_attempts: AttemptsOption = 5,
    agent: AgentOption = False,
    run_id: RunOption = None,
    against: Annotated[
        str | None, typer.Option(metavar="RUN", help="Hold it against that run; exit 1 where the gate says no.")
    ] = None,
    label: Annotated[str, typer.Option(help="What plots call it; who was asked, otherwise.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Repair tasks with a known answer, and count what is repaired; nothing of it is learned from."""
    open_stderr_log("error")
    wanted = Wanted("eval", which, rungs, samples, coefficients, max_attempts, run_id, agent, cycle)
    settings = settings_with(engine, model)
    code = asyncio.run(_evaluate(wanted, settings, family, tasks, against, label, as_json=as_json))
    raise typer.Exit(code)


async def _evaluate(
    wanted: Wanted,
    settings: Settings,
    family: str | None,
    most: int | None,
    against: str | None,
    label: str,
    *,
    as_json: bool,
) -> int:
    from contextlib import AsyncExitStack

    from sleepy_core.errors import SleepyError
    from sleepy_core.evaluate.books import Books
    from sleepy_core.evaluate.gates import incomparable, judge
    from sleepy_core.evaluate.measures import compare, left_by
    from sleepy_core.evaluate.metrics import as_object
    from sleepy_core.evaluate.results import run_folder
    from sleepy_core.evaluate.run import Parts, settings_for
    from sleepy_core.evaluate.tasks import load_tasks, sampled
    from sleepy_core.model import Source
    from sleepy_core.paths import cache_dir, data_dir
    from sleepy_core.store.database import Database, database_path
    from sleepy_koans.check import Checker
    from sleepy_server.figures import print_measures, print_verdict
    from sleepy_server.running import carry_out, engines_for, run_of, rungs_of, tell

    settings = settings_for(wanted.samples, settings, several=True)
    sources = rungs_of(wanted.rungs, agent=wanted.agent)
    tasks = await asyncio.to_thread(load_tasks, wanted.tasks, family=family)
    tasks = tasks if most is None else sampled(tasks, most)
    async with AsyncExitStack() as stack:
        found = await stack.enter_async_context(engines_for(sources, settings, wanted.coefficients))
        run = run_of(wanted, tasks, sources, found)
        books = Books(data_dir(), left_by(tasks.koans))
        if against is not None and (why := incomparable(run, books.run(against))):
            raise SleepyError(why)  # before it is measured, not after
        checker = stack.enter_context(Checker(cache_dir() / "koans.sqlite"))
        find = None
        if Source.RECALL in sources:
            find = (await stack.enter_async_context(Database.open(database_path()))).recall
        parts = Parts(checker, settings, found, find)
        folder = run_folder(data_dir(), run.id)
        summary, results = await carry_out(run, tasks, parts, folder, quiet=as_json)
    line = books.note(summary.run, results, label=label)
    more: dict[str, Any] = {"measures": as_object(line)}
    told = judged = None
    if against is not None:
        told, judged = compare(results, books.results(against)), judge(results, books.results(against))
        more |= {
            "against": asdict(told),
            "gate": {"passed": judged.passed, "checks": [asdict(c) for c in judged.checks]},
        }
    tell(summary, results, tasks, folder, as_json=as_json, more=more)
    if not as_json:
        print_measures(line)
    if told is not None and judged is not None:
        if not as_json:
            print_verdict(against or "", told, judged)
        return judged.exit_code
    return 0
