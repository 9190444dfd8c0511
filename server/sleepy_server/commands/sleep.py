"""`sleepy sleep`: learn from episodes, and before that, see what would be learned."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sleepy_core.settings import load_settings
from sleepy_server.commands.known import open_database, resolve
from sleepy_server.commands.printing import print_table

if TYPE_CHECKING:
    from sleepy_core.night.curate import Curated
    from sleepy_core.night.example import Example
    from sleepy_core.store.repos import KnownRepo

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
    show: Annotated[bool, typer.Option("--show", help="Show every example in full. They hold source code.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Learn from what was fixed since the last sleep; so far only --dry-run, which shows what would be learned."""
    if not dry_run:
        raise typer.BadParameter("sleeping itself is not built yet: say --dry-run to see what would be learned")
    enough = load_settings().sleep.episodes
    found = asyncio.run(_read(repo))
    if as_json:
        typer.echo(json.dumps([as_object(each, enough, show=show) for each in found], ensure_ascii=False))
        return
    if not found:
        typer.echo("Nothing to learn from: there are no episodes yet.")
    for each in found:
        _print(each, enough, show=show)


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
