"""`sleepy coefficients`: which sets there are, which answer, how they came to, and the way out."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sleepy_core.errors import StoreError
from sleepy_core.store.coefficients import CoefficientSet, Status
from sleepy_server.commands.exporting import (
    BaseOption,
    Export,
    Form,
    FormOption,
    Precision,
    PrecisionOption,
    QuantisationOption,
)
from sleepy_server.commands.exporting import export as write
from sleepy_server.commands.known import open_database, resolve
from sleepy_server.commands.printing import print_markdown, print_pairs, print_table

if TYPE_CHECKING:
    from sleepy_core.store.coefficients import Move
    from sleepy_core.store.database import Database

app = typer.Typer(
    help="What was learned from repositories and families of errors, version by version.", no_args_is_help=True
)

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The id, or the end of it that `list` shows.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Kept in the set's history.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_SHORT_ID = 8
_EVERY = "all"


@app.command("list")
def list_(
    repo: Annotated[str | None, typer.Option("--repo", help="Only of this repository: its folder, name or id.")] = None,
    family: Annotated[str | None, typer.Option("--family", help="Only of this family of errors.")] = None,
    status: Annotated[Status | None, typer.Option("--status", help="Only with this status.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List coefficient sets, the newest first. A set of `all` repositories and families is the general one."""

    async def read() -> tuple[list[CoefficientSet], dict[str, str]]:
        async with _database() as database:
            known = await database.repos()
            only = resolve(known, repo).id if repo is not None else None
            found = await database.coefficient_sets(status=status)
            fits = [s for s in found if (only is None or s.repo == only) and (family is None or s.family == family)]
            return fits, {r.id: r.name or r.id for r in known}

    found, names = asyncio.run(read())
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(s) for s in found]))
        return
    rows = [
        (
            s.id[-_SHORT_ID:],
            _when(s.created),
            s.status.value,
            _EVERY if s.repo is None else names.get(s.repo, s.repo),
            s.family or _EVERY,
            s.model[:_SHORT_ID],
            _gain(s),
        )
        for s in found
    ]
    print_table(("id", "when", "status", "repository", "family", "model", "gain"), rows, wide="gain")


@app.command()
def show(id_: IdArgument, as_json: JsonOption = False) -> None:
    """Show one set: what it is for, its history with reasons, its files, and what its sleep has learned."""
    from sleepy_core.night.learned import Learned, as_markdown, learned
    from sleepy_core.night.night import NightError
    from sleepy_core.paths import data_dir
    from sleepy_core.store.shelf import folder_of

    async def read() -> tuple[CoefficientSet, tuple[Move, ...], Learned | None]:
        async with _database() as database:
            found = await database.coefficient_set_ending(id_)
            try:
                night = await learned(data_dir(), database, found.id)
            except NightError:  # it was imported, or the night's folder was removed
                night = None
            return found, await database.coefficient_moves(found.id), night

    found, moves, night = asyncio.run(read())
    folder = folder_of(found.id)
    files = {str(f.relative_to(folder)): f.stat().st_size for f in sorted(folder.rglob("*")) if f.is_file()}
    if as_json:
        told: dict[str, Any] = {"set": dataclasses.asdict(found), "folder": str(folder), "files": files}
        told["learned"] = dataclasses.asdict(night) if night is not None else None
        typer.echo(json.dumps(told | {"history": [dataclasses.asdict(m) for m in moves]}))
        return
    print_pairs(
        [
            ("id", found.id),
            ("status", found.status.value),
            ("repository", found.repo or _EVERY),
            ("family", found.family or _EVERY),
            ("model", found.model),
            ("basis", found.basis),
            ("gain", _gain(found)),
            ("parent", found.parent or "-"),
            ("folder", str(folder) if files else f"{folder} (gone)"),
        ]
    )
    typer.echo()
    print_table(("file", "bytes"), [(name, str(size)) for name, size in files.items()])
    typer.echo()
    rows = [(_when(m.moved), m.status.value, m.reason) for m in moves]
    print_table(("when", "status", "reason"), rows, wide="reason")
    if night is not None:
        typer.echo()
        print_markdown(as_markdown(night))


@app.command()
def use(id_: IdArgument, reason: ReasonOption = "chosen by hand", as_json: JsonOption = False) -> None:
    """Let a set answer from now on, in the place of the one that did; a running daemon follows by itself."""

    async def move() -> CoefficientSet:
        async with _database() as database:
            found = await database.coefficient_set_ending(id_)
            await database.promote(found.id, reason)
            return dataclasses.replace(found, status=Status.CURRENT)

    _tell(asyncio.run(move()), "answers now", as_json=as_json)


@app.command()
def rollback(id_: IdArgument, reason: ReasonOption = "rolled back by hand", as_json: JsonOption = False) -> None:
    """Take a current set back: the one before it answers again, or the bare model."""

    async def move() -> tuple[CoefficientSet, CoefficientSet | None]:
        async with _database() as database:
            found = await database.coefficient_set_ending(id_)
            return found, await database.rollback(found.id, reason)

    found, now = asyncio.run(move())
    if as_json:
        typer.echo(json.dumps({"rolled_back": found.id, "current": now.id if now else None}))
        return
    typer.echo(f"{found.id} was rolled back; {f'{now.id} answers' if now else 'nothing of its place answers'} now")


@app.command()
def export(
    id_: IdArgument,
    target: Annotated[
        str, typer.Argument(help="A folder (`lora`), a file, or a model's name on Ollama. By default named by the id.")
    ] = "",
    form: FormOption = Form.GGUF,
    base: BaseOption = None,
    precision: PrecisionOption = Precision.F16,
    quantisation: QuantisationOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a set so that other programs can use it, with the general LoRA that it was trained above."""
    from sleepy_core.engines.digest import model_digest
    from sleepy_core.night.serving import parts_of
    from sleepy_core.settings import load_settings
    from sleepy_server.commands.exporting import model_file

    async def read() -> CoefficientSet:
        async with _database() as database:
            return await database.coefficient_set_ending(id_)

    found, settings = asyncio.run(read()), load_settings()
    folders = parts_of(found.id)
    if not folders:
        raise StoreError(f"the files of {found.id} are gone")
    model = base or asyncio.run(model_file(settings))
    if model.is_file() and model_digest(model) != found.model:
        raise StoreError(
            f"{found.id} was trained for another model than {model} (digest {found.model[:16]}): say which with --base"
        )
    endings = {Form.GGUF: ".gguf", Form.MERGED: "-merged.gguf"}
    target = target or f"{found.id}{endings.get(form, '')}"
    told = write(folders, Export(form, target, model, precision, quantisation), settings)
    typer.echo(json.dumps(told) if as_json else f"{form.value}: {target}")


@contextlib.asynccontextmanager
async def _database() -> AsyncIterator[Database]:
    """The user's database, with the sets that come with Sleepy Coder in it."""
    from sleepy_core.night.shipped import put_up

    async with open_database() as database:
        await put_up(database)
        yield database


def _tell(set_: CoefficientSet, what: str, *, as_json: bool) -> None:
    typer.echo(json.dumps(dataclasses.asdict(set_)) if as_json else f"{set_.id} {what}")


def _gain(set_: CoefficientSet) -> str:
    """In the plain words that a night has for it; of a set that came otherwise whatever was measured."""
    return set_.gain.get("told") or ", ".join(f"{name} {_short(value)}" for name, value in set_.gain.items()) or "-"


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else value if isinstance(value, str) else json.dumps(value)


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).isoformat(" ", "seconds")
