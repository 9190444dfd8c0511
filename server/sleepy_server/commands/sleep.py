"""`sleepy sleep`: learn from episodes, and before that, see what would be learned."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sleepy_core.settings import load_settings
from sleepy_server.commands.known import open_database, resolve
from sleepy_server.commands.printing import print_markdown, print_table
from sleepy_server.commands.progress import bar
from sleepy_server.logs import open_stderr_log

if TYPE_CHECKING:
    from sleepy_core.night.curate import Curated
    from sleepy_core.night.example import Example
    from sleepy_core.store.repos import KnownRepo
    from sleepy_server.jobs import Progress

_INTERRUPTED = 130
_SOURCES = ("human", "accepted", "verified")


@dataclass(frozen=True, slots=True)
class Lessons:
    """What one repository has to learn."""

    repo: KnownRepo
    fresh: int  # fixes that were taken or made by hand since it last slept
    curated: Curated


def sleep(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be learned; write nothing.")] = False,
    repo: Annotated[str | None, typer.Option("--repo", help="Only this repository: its folder, name or id.")] = None,
    show: Annotated[
        bool,
        typer.Option("--show", help="Show what was learned; with --dry-run every example. Both hold source code."),
    ] = False,
    now: Annotated[bool, typer.Option("--now", help="However little there is to learn.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Learn from what was fixed since the last sleep; exit 0 when it made the fixes better, 1 when it did not.

    Ctrl-C leaves it at a checkpoint, and the next sleep goes on from there. What answers now goes on answering until
    the new has shown that it is better.
    """
    if not dry_run:
        raise typer.Exit(asyncio.run(_sleep(repo, now=now, show=show, as_json=as_json)))
    enough = load_settings().sleep.episodes
    found = asyncio.run(_read(repo))
    if as_json:
        typer.echo(json.dumps([as_object(each, enough, show=show) for each in found], ensure_ascii=False))
        return
    if not found:
        typer.echo("Nothing to learn from: there are no episodes yet.")
    for each in found:
        _print(each, enough, show=show)


async def _sleep(wanted: str | None, *, now: bool, show: bool, as_json: bool) -> int:
    from sleepy_core.night.night import first_to_tell
    from sleepy_core.night.order import Order
    from sleepy_core.paths import data_dir
    from sleepy_server.jobs import Job

    open_stderr_log("error")
    repo = None
    if wanted is not None:
        async with open_database() as database:
            repo = resolve(await database.repos(), wanted).id
    interrupted = False

    async with Job.start(Order(repo, now)) as job:

        def leave() -> None:
            nonlocal interrupted
            interrupted = True
            asyncio.get_running_loop().create_task(job.leave(), name="sleep, leave")

        with _on_interrupt(leave), _shown(quiet=as_json) as told:
            ended = await job.run(told)
    if ended.promoted:
        first_to_tell(data_dir(), ended.id)  # here and now: no editor needs to
    if as_json:
        typer.echo(json.dumps(ended.last, ensure_ascii=False))
    else:
        typer.echo(f"{ended.name}: {ended.told}" if ended.name else ended.told)
        if show and ended.ended == "ended":
            await _show_learned(ended.id)
    return _INTERRUPTED if interrupted else 0 if ended.promoted else 1


async def _show_learned(night: str) -> None:
    from sleepy_core.night.learned import as_markdown, learned
    from sleepy_core.paths import data_dir

    async with open_database() as database:
        print_markdown(as_markdown(await learned(data_dir(), database, night)))


@contextlib.contextmanager
def _on_interrupt(leave: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C asks the sleep to keep what it has, instead of ending us in the midst of it."""
    loop = asyncio.get_running_loop()
    before = signal.signal(signal.SIGINT, lambda *_: loop.call_soon_threadsafe(leave))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _shown(*, quiet: bool) -> Iterator[Callable[[Progress], None]]:
    """A bar on a terminal; elsewhere a line a step on stderr, or nothing."""
    step = ""
    with bar("falling asleep", quiet=quiet) as show:

        def told(progress: Progress) -> None:
            nonlocal step
            show(progress.sentence.partition(",")[0], progress.of or None, progress.done)
            if not quiet and not sys.stderr.isatty() and progress.step != step and progress.name:
                step = progress.step
                typer.echo(progress.sentence, err=True)

        yield told


async def _read(wanted: str | None) -> list[Lessons]:
    from sleepy_core.night.curate import MOST_EPISODES, curate

    async with open_database() as database:
        known = await database.repos()
        chosen = [resolve(known, wanted)] if wanted is not None else [repo for repo in known if repo.episodes]
        fresh = {each.repo: each.episodes for each in await database.fresh()}
        return [
            Lessons(repo, fresh.get(repo.id, 0), curate(await database.episodes(repo=repo.id, limit=MOST_EPISODES)))
            for repo in chosen
        ]


def as_object(lessons: Lessons, enough: int, *, show: bool) -> dict[str, Any]:
    """The `--json` contract; other programs build on these names."""
    curated = lessons.curated

    def told(examples: Sequence[Example]) -> list[dict[str, Any]]:
        return [
            dataclasses.asdict(e) if show else {"id": e.id, "family": e.family, "source": e.source} for e in examples
        ]

    return {
        "repo": lessons.repo.id,
        "name": lessons.repo.name,
        "fresh": lessons.fresh,
        "enough": lessons.fresh >= enough,
        "train": told(curated.train),
        "held_out": told(curated.held_out),
        "refused": told(curated.refused),
        "left_out": [dataclasses.asdict(each) for each in curated.left_out],
        "masked": curated.masked,
    }


def _print(lessons: Lessons, enough: int, *, show: bool) -> None:
    curated, name = lessons.curated, lessons.repo.name or lessons.repo.id
    verdict = "enough for a sleep" if lessons.fresh >= enough else f"{enough} are wanted for a sleep"
    typer.echo(
        f"{name}: {len(curated.train)} examples to train on, {len(curated.held_out)} held out;"
        f" {lessons.fresh} new fixes since the last sleep ({verdict})"
    )
    if curated.train or curated.held_out:
        trained = Counter((e.family, e.source) for e in curated.train)
        held = Counter(e.family for e in curated.held_out)
        families = sorted({family for family, _ in trained} | held.keys())
        rows = [(f, *(str(trained[f, source]) for source in _SOURCES), str(held[f])) for f in families]
        print_table(("family", *_SOURCES, "held out"), rows, wide="family")
    for reason, count in Counter(each.reason for each in curated.left_out).most_common():
        typer.echo(f"left out: {count}, {reason}")
    if curated.refused:
        typer.echo(f"kept apart: {len(curated.refused)}, refused or undone")
    if curated.masked:
        typer.echo(f"masked: secrets in {curated.masked}")
    if show:
        for what, examples in (("train", curated.train), ("held out", curated.held_out), ("refused", curated.refused)):
            for example in examples:
                _show(what, example)
    typer.echo()


def _show(what: str, example: Example) -> None:
    typer.echo(f"\n--- {what}: {example.family}, {example.source}, weight {example.weight:g}, episode {example.id}")
    for message in example.messages:
        if message.role != "system":  # the same for all
            typer.echo(message.content)
    typer.echo(f"=== answer\n{example.answer}")
