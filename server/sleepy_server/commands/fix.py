"""`sleepy fix`: repair a project from the command line, round by round."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sleepy_core.settings import Settings, load_settings
from sleepy_server.logs import open_stderr_log

if TYPE_CHECKING:
    from sleepy_core.fix import Progress, Report
    from sleepy_core.propose.case import Proposer
    from sleepy_core.workbench import Workbench
    from sleepy_server.app import App


class EngineName(enum.StrEnum):
    """Where the model runs."""

    AUTO = "auto"
    NONE = "none"
    EMBEDDED = "embedded"
    OLLAMA = "ollama"
    OPENAI = "openai"


class CheckName(enum.StrEnum):
    """What has to be green."""

    CHECK = "check"
    CLIPPY = "clippy"
    TEST = "test"


def fix(
    path: Annotated[Path, typer.Argument(help="A folder or file of the cargo project.")] = Path(),
    apply: Annotated[bool, typer.Option("--apply", help="Write the repairs into your files.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    engine: Annotated[EngineName | None, typer.Option(help="Where the model runs.")] = None,
    model: Annotated[str | None, typer.Option(help="The model's name on the server, or a GGUF file.")] = None,
    rounds: Annotated[int | None, typer.Option(min=1, help="Rounds of check and repair.")] = None,
    budget: Annotated[float, typer.Option(min=1, help="Seconds for all of it.")] = 600,
    check: Annotated[CheckName | None, typer.Option(help="What has to be green.")] = None,
) -> None:
    """Find and verify repairs for a project's errors; exit 0 when none is left, 1 when some are."""
    open_stderr_log("error")
    settings = _settings(engine, model, rounds, check)
    report, outcome = asyncio.run(
        _fix(path.resolve(), settings, budget, tests=check is CheckName.TEST, apply=apply, quiet=as_json)
    )
    if as_json:
        typer.echo(json.dumps(as_object(report, outcome.engine, outcome.model), ensure_ascii=False))
    else:
        _print(report, outcome, applied=apply)
    raise typer.Exit(0 if not report.remaining and not report.tests else 1)


@dataclass(slots=True)
class Outcome:
    """Who helped, to be told beside the report."""

    engine: str = "none"
    model: str = ""
    problem: str = ""


def _settings(engine: EngineName | None, model: str | None, rounds: int | None, check: CheckName | None) -> Settings:
    changes: dict[str, dict[str, Any]] = {"engine": {}, "fix": {}, "check": {}}
    if engine is not None:
        changes["engine"]["name"] = engine.value
    if model is not None:
        changes["engine"]["embedded_model" if model.endswith(".gguf") else "model"] = model
    if rounds is not None:
        changes["fix"]["rounds"] = rounds
    if check is not None and check is not CheckName.TEST:
        changes["check"]["command"] = check.value
    return load_settings().with_changes(changes)


async def _fix(
    path: Path, settings: Settings, budget: float, *, tests: bool, apply: bool, quiet: bool
) -> tuple[Report, Outcome]:
    from sleepy_core.fix import repair, write_texts
    from sleepy_core.settings import cache_dir
    from sleepy_core.workbench import Workbench
    from sleepy_server.app import App

    outcome = Outcome()
    manifest = await _manifest(path, settings)
    async with App.open(settings) as app, Workbench.open(manifest, settings, cache_dir() / "shadows") as bench:

        async def costly() -> Sequence[Proposer]:
            found = await app.engine()
            if found is None:
                return ()
            outcome.engine, outcome.model = found.name, found.model
            return app.model_proposers(found)

        with _watching(quiet) as watch:
            report = await repair(
                bench,
                app.cheap_proposers(bench),
                costly,
                rounds=settings.fix.rounds,
                budget=budget,
                tests=tests,
                watch=watch,
            )
        outcome.problem = app.engine_problem()
        if apply and report.texts:
            await asyncio.to_thread(write_texts, bench.cargo.root, report.bases, report.texts)
        await _remember(app, bench, report, outcome, applied=apply)
        return report, outcome


async def _manifest(path: Path, settings: Settings) -> Path:
    """The manifest of the workspace that a path lies in, or the only one below it."""
    from sleepy_core.errors import CargoError
    from sleepy_core.repo.scan import nearest_manifest, scan, workspace_manifest

    if not await asyncio.to_thread(path.exists):
        raise CargoError(f"{path} is not there")
    nearest = await asyncio.to_thread(nearest_manifest, path)
    if nearest is not None:
        return await workspace_manifest(nearest, cargo=settings.check.cargo)
    found = await scan([path], cargo=settings.check.cargo)
    if len(found.manifests) == 1:
        return found.manifests[0]
    if not found.manifests:
        why = f": {found.problems[0]}" if found.problems else ""
        raise CargoError(f"no cargo project in or above {path}{why}")
    listed = ", ".join(str(m.parent) for m in found.manifests[:5])
    raise CargoError(f"{len(found.manifests)} cargo workspaces below {path}; name one of them: {listed}")


async def _remember(app: App, bench: Workbench, report: Report, outcome: Outcome, *, applied: bool) -> None:
    """Write the episodes: offered, and with --apply taken and confirmed by the last check."""
    from sleepy_core.ledger import Origin, episode
    from sleepy_core.model import Outcome as EpisodeOutcome
    from sleepy_core.repo.git import head

    await app.database.remember_repo(bench.repo, bench.cargo.root)
    origin = Origin(bench.repo, app.run, outcome.engine, outcome.model)
    commit = await head(bench.cargo.root)
    for made in report.repairs:
        entry = episode(made.offer, made.bases, origin, commit, steps=made.round)
        await app.database.add_episode(entry, made.tried)
        if applied:
            await app.database.move(entry.id, EpisodeOutcome.ACCEPTED)
            await app.database.move(entry.id, EpisodeOutcome.CONFIRMED)


def as_object(report: Report, engine: str, model: str) -> dict[str, Any]:
    """The `--json` contract; other programs build on these names."""
    return {
        "errors_before": report.before,
        "errors_after": len(report.remaining),
        "rounds": report.rounds,
        "seconds": round(report.seconds, 3),
        "fixes": [
            {
                "file": made.offer.diagnostic.file,
                "code": made.offer.diagnostic.code,
                "signature": made.offer.signature,
                "family": made.offer.family,
                "source": made.offer.proposal.source.value,
                "verdict": made.offer.verdict.kind.value,
                "diff": made.diff,
                "attempts": made.offer.attempts,
                "ms": round(made.offer.ms, 1),
            }
            for made in report.repairs
        ],
        "remaining": [
            {"file": d.file, "line": d.span.start.line + 1, "code": d.code, "message": d.message}
            for d in report.remaining
        ],
        "tests": report.tests,
        "out_of_time": report.out_of_time,
        "engine": engine,
        "model": model,
    }


def _print(report: Report, outcome: Outcome, *, applied: bool) -> None:
    from rich.console import Console

    from sleepy_server.commands.printing import print_diff

    console = Console(highlight=False, soft_wrap=True)
    for made in report.repairs:
        offer = made.offer
        left = "no error left" if offer.verdict.remaining == 0 else f"{offer.verdict.remaining} left"
        place = f"{offer.diagnostic.file}:{offer.diagnostic.span.start.line + 1}"
        console.print(
            f"[bold]{offer.diagnostic.code or 'error'}[/] {place}  {_plain(offer.proposal.label)}",
            f"[dim]{offer.proposal.source.value}, {offer.verdict.kind.value} ({left}),"
            f" {offer.attempts} tried, {offer.ms:.0f} ms[/]",
            sep="\n",
        )
        print_diff(made.diff)
        typer.echo()
    for d in report.remaining:
        console.print(f"[red]left[/] {d.code or 'error'} {d.file}:{d.span.start.line + 1}  {_plain(d.message)}")
    if report.tests:
        console.print(f"[red]tests[/] {_plain(report.tests)}")
    if report.before == 0:
        console.print("Nothing to fix: no errors.")
        return
    console.print(
        f"{report.before} error{'s' * (report.before != 1)} before, {len(report.remaining)} after,"
        f" {len(report.repairs)} repair{'s' * (len(report.repairs) != 1)} in {report.rounds} rounds"
        f" and {report.seconds:.1f} s" + (" (out of time)" if report.out_of_time else "")
    )
    if report.repairs and not applied:
        console.print("Nothing was written; run again with --apply to take these repairs.")
    if report.remaining and outcome.problem:
        what = "No model was asked" if outcome.engine == "none" else "The model did not answer"
        console.print(f"[yellow]{what}:[/] {_plain(outcome.problem)}")


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


@contextlib.contextmanager
def _watching(quiet: bool) -> Iterator[Callable[[Progress], None]]:
    """A live line on a terminal, nothing elsewhere: what is piped is read by programs."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("reading the project") as status:

        def watch(progress: Progress) -> None:
            where = f" ({progress.done + 1} of {progress.errors})" if progress.errors else ""
            round_ = f"round {progress.round}: " if progress.round else ""
            status.update(_plain(f"{round_}{progress.doing}{where}"))

        yield watch
