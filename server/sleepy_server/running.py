"""What `run-day` and `eval` share: from the command line to a finished run."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sleepy_core.errors import SleepyError
from sleepy_core.settings import Settings, load_settings
from sleepy_server.commands.fix import EngineName
from sleepy_server.commands.printing import print_table
from sleepy_server.commands.progress import bar

if TYPE_CHECKING:
    from pathlib import Path

    from sleepy_core.engines.protocol import Engine
    from sleepy_core.evaluate.results import Run, RunSummary, TaskResult
    from sleepy_core.evaluate.run import Done, Parts, Record
    from sleepy_core.evaluate.tasks import Tasks
    from sleepy_core.model import Source
    from sleepy_core.store.database import Database

RungsOption = Annotated[
    str, typer.Option(help="Who is asked, in this order: some of compiler,recall,search,model, with commas.")
]
EngineOption = Annotated[EngineName | None, typer.Option(help="Where the model runs.")]
ModelOption = Annotated[str | None, typer.Option(help="The model's name on the server, or a GGUF file.")]
CoefficientsOption = Annotated[str, typer.Option(metavar="NAME", help="The coefficient set that answers.")]
FamilyOption = Annotated[str | None, typer.Option(help="Only tasks of this family.")]
RunOption = Annotated[str | None, typer.Option(metavar="ID", help="The run's name; one that was begun goes on.")]
AttemptsOption = Annotated[int, typer.Option(min=1, help="Repairs until a task is given up.")]
SamplesOption = Annotated[
    int, typer.Option(min=1, max=32, help="Answers of the model an error, of which the compiler chooses.")
]
AgentOption = Annotated[
    bool, typer.Option("--agent", help="The model itself chooses what is done, with tools, instead of the ladder.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for, whichever command it is."""

    command: str
    tasks: str
    rungs: str
    samples: int
    coefficients: str
    max_attempts: int
    run_id: str | None
    agent: bool = False
    cycle: int | None = None


def settings_with(engine: EngineName | None, model: str | None) -> Settings:
    """The user's settings with the engine of the command line."""
    changes: dict[str, Any] = {}
    if engine is not None:
        changes["name"] = engine.value
    if model is not None:
        changes["embedded_model" if model.endswith(".gguf") else "model"] = model
    return load_settings().with_changes({"engine": changes})


def rungs_of(told: str, *, agent: bool = False) -> tuple[Source, ...]:
    """The rungs of `compiler,search`. Raises `SleepyError` for one that is none, or comes twice."""
    from sleepy_core.evaluate.run import RUNGS
    from sleepy_core.model import Source

    if agent:
        return (Source.MODEL,)
    names = [name.strip() for name in told.split(",") if name.strip()]
    unknown = [name for name in names if name not in list(RUNGS)]
    if unknown or not names or len(set(names)) != len(names):
        raise SleepyError(f"--rungs {told!r}: name some of {', '.join(RUNGS)}, each once, with commas between")
    return tuple(Source(name) for name in names)


@contextlib.asynccontextmanager
async def engines_for(
    rungs: tuple[Source, ...], settings: Settings, coefficients: str = ""
) -> AsyncIterator[tuple[Engine, ...]]:
    """The engines where the model is one of the rungs, with a coefficient set, closed in the end; none otherwise.

    `settings` are those that the run works with. Raises `SleepyError` where there is no engine, or the set cannot be
    used with its model.
    """
    from sleepy_core.model import Source

    if Source.MODEL not in rungs:
        yield ()
        return
    from sleepy_core.engines.choose import more_of, working_engine
    from sleepy_core.evaluate.run import engines_beside

    async with (
        working_engine(settings.engine, lambda why: f"{why} Without a model: --rungs compiler,search") as engine,
        more_of(engine, settings.engine, engines_beside(settings)) as beside,
    ):
        if coefficients:
            await serve_set((engine, *beside), coefficients)
        yield engine, *beside


async def serve_set(engines: tuple[Engine, ...], id_: str) -> None:
    """Have the engines answer with a coefficient set, or without one; `SleepyError` where they cannot."""
    from sleepy_core.night.serving import adapter_files, base_of

    files: Mapping[str, Path] = {}
    if id_ and engines:
        base, digest = await base_of(engines[0])
        files, problems = await adapter_files([id_], base, digest)
        if problems:
            raise SleepyError(problems[id_])
    for engine in engines:
        engine.serve(files)


def run_of(wanted: Wanted, tasks: Tasks, rungs: tuple[Source, ...], engines: tuple[Engine, ...]) -> Run:
    """How the run works, for its folder and for whoever compares it."""
    from sleepy_core.evaluate.results import Run
    from sleepy_koans.frozen import digest
    from sleepy_koans.rustc import Toolchain

    return Run(
        id=wanted.run_id or f"{wanted.command}-{time.strftime('%Y%m%d-%H%M%S')}",
        tasks=tasks.name,
        digest=digest(tasks.koans),
        count=len(tasks.koans),
        rungs=rungs,
        plan="model" if wanted.agent else "ladder",
        samples=wanted.samples,
        max_attempts=wanted.max_attempts,
        engine=engines[0].name if engines else "",
        model=engines[0].model if engines else "",
        coefficients=wanted.coefficients,
        cycle=wanted.cycle,
        rustc=Toolchain.find().version.splitlines()[0],
        created=time.time(),
    )


async def carry_out(
    run: Run, tasks: Tasks, parts: Parts, folder: Path, *, quiet: bool, record: Record | None = None
) -> tuple[RunSummary, tuple[TaskResult, ...]]:
    """Ask what has not been asked yet, with a bar where somebody looks: the totals, and the single results."""
    from sleepy_core.evaluate.results import RunFolder, read_results
    from sleepy_core.evaluate.run import run_tasks

    files = RunFolder(folder)
    run = files.begin(run)
    with _watching(run, len(read_results(folder)), quiet=quiet) as watch:
        summary = await run_tasks(tasks.koans, run, files, parts, record=record, watch=watch)
    return summary, read_results(folder)


async def carry_out_day(
    run: Run, tasks: Tasks, parts: Parts, database: Database, folder: Path, *, quiet: bool
) -> tuple[RunSummary, tuple[TaskResult, ...]]:
    """The same for a day: what is repaired becomes episodes, which later tasks recall."""
    from sleepy_core.evaluate.episodes import begin, remember
    from sleepy_core.evaluate.results import read_results

    await begin(database, run, {id_ for result in read_results(folder) for id_ in result.episodes})

    async def record(done: Done) -> tuple[str, ...]:
        return await remember(database, run, done)

    return await carry_out(run, tasks, parts, folder, quiet=quiet, record=record)


def tell(
    summary: RunSummary,
    results: tuple[TaskResult, ...],
    tasks: Tasks,
    folder: Path,
    *,
    as_json: bool,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Print the totals, a row a family, and what could not be asked; as JSON with `more` in it."""
    if as_json:
        skipped = {result.task: result.skipped for result in results if result.skipped}
        told = {
            **asdict(summary),
            "skipped_tasks": skipped,
            "problems": tasks.problems,
            "folder": str(folder),
            **(more or {}),
        }
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    for problem in tasks.problems:
        typer.echo(f"not asked: {problem}", err=True)
    for result in results:
        if result.skipped:
            typer.echo(f"not asked: {result.task}: {result.skipped}", err=True)
    rows = [(name, f"{passed} of {of}") for name, (passed, of) in sorted(summary.families.items())]
    print_table(("family", "repaired"), rows, wide="family")
    first = sum(result.first_right for result in results)
    typer.echo(
        f"\n{summary.run.id}: {summary.passed} of {summary.asked} repaired ({summary.compiled - summary.passed} more "
        f"compile and fail the test; {first} right at the first offer), {summary.skipped} not asked, "
        f"{summary.seconds:.0f} s of work\n{folder}"
    )


@contextlib.contextmanager
def _watching(run: Run, before: int, *, quiet: bool) -> Iterator[Callable[[TaskResult], None]]:
    """A bar on a terminal, nothing elsewhere."""
    done, passed = before, 0
    with bar(run.id, quiet=quiet) as show:
        show(run.id, run.count, done)

        def watch(result: TaskResult) -> None:
            nonlocal done, passed
            done, passed = done + 1, passed + result.passed
            show(f"{run.id}: {passed} repaired, {result.task}", run.count, done)

        yield watch
