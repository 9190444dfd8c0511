"""`sleepy episodes`: look at what was learned from, take it elsewhere, or forget it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from sleepy_core.errors import StoreError
from sleepy_core.model import Attempt, Episode, Outcome, Source
from sleepy_server.commands.known import open_database, resolve
from sleepy_server.commands.printing import print_diff, print_pairs, print_table

if TYPE_CHECKING:
    from sleepy_core.store.database import Database
    from sleepy_core.store.episodes import EpisodeFilter
    from sleepy_core.store.repos import KnownRepo

app = typer.Typer(help="The fixes that were offered, taken, refused, or made by hand.", no_args_is_help=True)

RepoOption = Annotated[str | None, typer.Option("--repo", help="Only of this repository: its folder, name or id.")]
OutcomeOption = Annotated[Outcome | None, typer.Option("--outcome", help="Only with this outcome.")]
FamilyOption = Annotated[str | None, typer.Option("--family", help="Only of this family of errors.")]
SourceOption = Annotated[Source | None, typer.Option("--source", help="Only from this source.")]
SinceOption = Annotated[
    str | None, typer.Option("--since", help="Only from then on: an age (30m, 12h, 7d, 2w) or a date (2026-01-31).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_SHORT_ID = 8  # what `list` shows of an id: its end, since the beginning is the time
_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


@app.command("list")
def list_(
    repo: RepoOption = None,
    outcome: OutcomeOption = None,
    family: FamilyOption = None,
    source: SourceOption = None,
    since: SinceOption = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List episodes, the newest first."""

    async def read() -> tuple[Episode, ...]:
        async with open_database() as database:
            which = await _filter(database, repo, outcome, family, source, since)
            return await database.episodes(**dataclasses.asdict(which), limit=limit)

    found = asyncio.run(read())
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(e) for e in found]))
        return
    rows = [
        (e.id[-_SHORT_ID:], _when(e.created), e.outcome.value, e.source.value, e.code or "-", e.file, e.label)
        for e in found
    ]
    print_table(("id", "when", "outcome", "source", "code", "file", "label"), rows, wide="label")


@app.command()
def show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The id, or the end of it that `list` shows.")],
    as_json: JsonOption = False,
) -> None:
    """Show one episode with its diff and all that was tried."""

    async def read() -> tuple[Episode, tuple[Attempt, ...]]:
        async with open_database() as database:
            episode = await database.episode_ending(id_)
            return episode, await database.attempts(episode.id)

    episode, attempts = asyncio.run(read())
    if as_json:
        told = {"episode": dataclasses.asdict(episode), "attempts": [dataclasses.asdict(a) for a in attempts]}
        typer.echo(json.dumps(told))
        return
    print_pairs([(name, value) for name, value in _properties(episode) if value])
    if attempts:
        typer.echo()
        rows = [
            (a.proposal.source.value, a.verdict.kind.value, f"{a.verdict.ms:.0f}", a.proposal.label, a.verdict.reason)
            for a in attempts
        ]
        print_table(("tried by", "verdict", "ms", "label", "reason"), rows, wide="reason")
    typer.echo()
    print_diff(episode.diff)


@app.command()
def export(
    file: Annotated[str, typer.Argument(help="Where to; `-` is standard output.")] = "-",
    repo: RepoOption = None,
    outcome: OutcomeOption = None,
    family: FamilyOption = None,
    source: SourceOption = None,
    since: SinceOption = None,
) -> None:
    """Write episodes as JSON lines, the oldest first. They hold source code."""

    async def write() -> int:
        count = 0
        async with open_database() as database:
            which = await _filter(database, repo, outcome, family, source, since)
            with _writing(file) as target:
                async for line in database.export_lines(which):
                    target.write(line + "\n")
                    count += 1
        return count

    with _busy("exporting"):
        count = asyncio.run(write())
    typer.echo(f"{_number(count)} exported", err=True)


@app.command("import")
def import_(
    file: Annotated[str, typer.Argument(help="What `export` wrote; `-` is standard input.")],
    as_json: JsonOption = False,
) -> None:
    """Add exported episodes; those that are there already are skipped. One bad line, and none is added."""

    async def read() -> dict[str, int]:
        with _reading(file) as lines:
            async with open_database() as database:
                return dataclasses.asdict(await database.import_lines(lines))

    with _busy("importing"):
        done = asyncio.run(read())
    if as_json:
        typer.echo(json.dumps(done))
    else:
        typer.echo(f"{_number(done['added'])} added, {done['skipped']} were there already")


@app.command()
def forget(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Ids, or the ends of them.")] = None,
    repo: RepoOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete episodes, or all of a repository, and overwrite them on the disk."""
    if bool(ids) == (repo is not None):
        raise typer.BadParameter("name either episodes or, with --repo, a repository")

    if repo is not None and not yes:
        # Asked outside of the loop: a thread that waits for the terminal cannot be interrupted.
        known = asyncio.run(_repo(repo))
        if not typer.confirm(f"Forget {known.name or known.id} and {_number(known.episodes)}?", err=True):
            raise typer.Exit(1)

    from sleepy_core.night.night import forget
    from sleepy_core.paths import data_dir

    async def remove() -> int:
        async with open_database() as database:
            if repo is not None:
                id_ = resolve(await database.repos(), repo).id
                gone = await database.forget_repo(id_)
                await asyncio.to_thread(forget, data_dir(), id_)
                return gone
            # All are found before the first is deleted, so a wrong id deletes nothing.
            found = {e.id: e.repo for e in [await database.episode_ending(id_) for id_ in ids or ()]}
            gone = sum([await database.forget_episode(id_) for id_ in found])
            for repo_id in set(found.values()):
                await asyncio.to_thread(forget, data_dir(), repo_id)
            return gone

    typer.echo(f"{_number(asyncio.run(remove()))} forgotten")


@app.command()
def stats(
    repo: RepoOption = None,
    outcome: OutcomeOption = None,
    family: FamilyOption = None,
    source: SourceOption = None,
    since: SinceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count episodes by outcome, source and family; acceptance, time to the first offer, tokens, habits."""

    async def read() -> dict[str, object]:
        async with open_database() as database:
            which = await _filter(database, repo, outcome, family, source, since)
            habits = await database.habits(which.repo, which.family)
            return {
                **dataclasses.asdict(await database.stats(which)),
                "habits": [dataclasses.asdict(habit) for habit in habits],
            }

    found = asyncio.run(read())
    if as_json:
        typer.echo(json.dumps(found))
        return
    pairs: list[tuple[str, str]] = []
    for name, value in found.items():
        if isinstance(value, dict):
            pairs += [(f"{name} {key}", str(count)) for key, count in value.items()]
        elif isinstance(value, list):
            pairs += [
                (f"{h['edit_kind']} for {h['family']}", f"kept {h['kept']}, refused {h['refused']}") for h in value
            ]
        else:
            pairs.append((name, _plain(name, value)))
    print_pairs(pairs)


def since_seconds(text: str, now: float) -> float:
    """The moment that `--since` names, in seconds since the epoch; raises `typer.BadParameter`."""
    number, unit = text[:-1], text[-1:]
    if unit in _SECONDS and number.isdecimal():
        return now - int(number) * _SECONDS[unit]
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise typer.BadParameter(f"{text!r} is neither an age like 7d nor a date like 2026-01-31") from error


async def _filter(
    database: Database,
    repo: str | None,
    outcome: Outcome | None,
    family: str | None,
    source: Source | None,
    since: str | None,
) -> EpisodeFilter:
    from sleepy_core.store.episodes import EpisodeFilter

    return EpisodeFilter(
        repo=None if repo is None else resolve(await database.repos(), repo).id,
        outcome=outcome,
        family=family,
        source=source,
        since=None if since is None else since_seconds(since, time.time()),
    )


async def _repo(wanted: str) -> KnownRepo:
    async with open_database() as database:
        return resolve(await database.repos(), wanted)


def _properties(e: Episode) -> list[tuple[str, str]]:
    model = " ".join(part for part in (e.engine, e.model, e.coefficients) if part)
    return [
        ("id", e.id),
        ("error", f"{e.code or 'error'}: {e.message}"),
        ("file", e.file),
        ("family", e.family),
        ("signature", e.signature),
        ("fix", f"{e.label} ({e.source.value})"),
        ("verdict", e.verdict.value if e.verdict else ""),
        ("outcome", e.outcome.value),
        ("note", e.note),
        ("not learned", e.unfit),
        ("created", _when(e.created)),
        ("closed", _when(e.closed) if e.closed else ""),
        ("effort", f"{e.attempts} tried, {e.steps} rounds, {e.ms:.0f} ms"),
        ("tokens", f"{e.prompt_tokens} in, {e.answer_tokens} out" if e.prompt_tokens else ""),
        ("model", model),
        ("repository", e.repo),
        ("commit", e.head),
        ("run", e.run),
    ]


@contextlib.contextmanager
def _writing(file: str) -> Iterator[TextIO]:
    """Standard output, or a file that is there whole or not at all."""
    if file == "-":
        yield sys.stdout
        return
    import os
    import tempfile

    path = Path(file)
    try:
        # mkstemp's 0600 is right: episodes hold source code.
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror}") from error
    unfinished = Path(name)
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as target:  # noqa: PTH123
            yield target
            target.flush()
            os.fsync(descriptor)
        unfinished.replace(path)
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)


@contextlib.contextmanager
def _reading(file: str) -> Iterator[TextIO]:
    where = 0 if file == "-" else file  # 0 is standard input
    try:
        # What is not UTF-8 stays recognisable, so that the error can name its line.
        source = open(where, encoding="utf-8", errors="surrogateescape", closefd=file != "-")  # noqa: SIM115
    except OSError as error:
        raise StoreError(f"{file} cannot be read: {error.strerror}") from error
    with source:
        yield source


@contextlib.contextmanager
def _busy(doing: str) -> Iterator[None]:
    """Something that moves, on a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(doing):
        yield


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).isoformat(" ", "seconds")


def _number(count: int) -> str:
    return f"{count} episode{'' if count == 1 else 's'}"


def _plain(name: str, value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.0%}" if name == "acceptance" else f"{value:.0f}"
    return str(value)
