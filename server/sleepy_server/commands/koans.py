"""`sleepy koans`: the tasks with a known answer: look at them, check them, write them out."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sleepy_core.errors import SleepyError
from sleepy_server.commands.printing import print_diff, print_pairs, print_table

if TYPE_CHECKING:
    from sleepy_koans.koan import Files, Koan
    from sleepy_koans.verify import Verified

app = typer.Typer(help="Small Rust programs with one fault each and a known repair.", no_args_is_help=True)


class Split(StrEnum):
    """Which tasks."""

    TRAIN = "train"
    VALIDATION = "validation"
    FROZEN = "frozen"


FamilyOption = Annotated[str | None, typer.Option("--family", help="Only of this family.")]
SplitOption = Annotated[Split | None, typer.Option("--split", help="Only of this split.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Another seed makes other training and validation tasks.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_(family: FamilyOption = None, split: SplitOption = None, as_json: JsonOption = False) -> None:
    """List the families with how many tasks each has; with --family, its tasks."""
    with _told():
        from sleepy_koans.family import families, groups

        koans = _koans(family, split)
        if as_json:
            for koan in koans:
                typer.echo(koan.to_json())
        elif family is not None:
            rows = [(k.id, k.template, " ".join(k.codes), _fact(k.suggestion_repairs)) for k in koans]
            print_table(("id", "template", "codes", "suggestion repairs"), rows, wide="template")
        else:
            counts = Counter((koan.family, str(koan.split)) for koan in koans)
            names = [part.value for part in Split if split in (None, part)]
            table = [
                (name, groups()[name], *(str(counts[name, part]) for part in names), " ".join(told.codes), told.title)
                for name, told in families().items()
            ]
            print_table(("family", "group", *names, "codes", "title"), table, wide="title")


@app.command()
def show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="As `list --family` shows it.")],
    solution: Annotated[bool, typer.Option("--solution", help="Also the repair, as a diff.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show one koan: its broken files, what is known of it, and how it is tested."""
    with _told():
        found = [koan for koan in _koans(id_.partition("/")[0], None) if koan.id == id_]
        if not found:
            raise SleepyError(f"there is no koan {id_}; `sleepy koans list --family …` names them")
        (koan,) = found
        if as_json:
            typer.echo(koan.to_json())
            return
        pairs = {
            "template": koan.template,
            "edition": koan.edition,
            "codes": " ".join(koan.codes),
            "suggestion repairs": _fact(koan.suggestion_repairs),
            "search repairs": _fact(koan.search_repairs),
        }
        print_pairs(list(pairs.items()))
        for path, text in koan.files.items():
            typer.echo(f"\n// {path}\n{text}", nl=False)
        if koan.test is not None:
            typer.echo(f"\n// test\n{koan.test}", nl=False)
        if solution:
            typer.echo()
            print_diff(_diff(koan.files, koan.solution))


@app.command()
def check(
    family: FamilyOption = None,
    split: SplitOption = None,
    sample: Annotated[int | None, typer.Option(min=1, help="Only so many tasks of a family and split.")] = None,
    deck: Annotated[Path | None, typer.Option(help="Tasks of this file instead, as `generate` writes it.")] = None,
    new: Annotated[bool, typer.Option("--new", help="Frozen tasks as the family would write them now.")] = False,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
) -> None:
    """Ask the compiler whether each koan is what it says; exit 1 when one is not, which is then named."""
    with _told():
        from sleepy_koans.check import Checker
        from sleepy_koans.deck import read_deck
        from sleepy_koans.verify import verify

        koans = read_deck(deck) if deck is not None else _koans(family, split, new=new, sample=sample, seed=seed)
        began = time.monotonic()
        with Checker(_cache()) as checker:
            asked = checker.each(lambda koan: verify(koan, checker, facts=koan.split == "frozen"), koans)
            done = list(_shown(asked, len(koans)))
    if as_json:
        typer.echo(json.dumps([{"id": one.koan.id, "problems": one.problems, "skipped": one.skipped} for one in done]))
    else:
        _tell(done)
        typer.echo(_summary(done, time.monotonic() - began))
    raise typer.Exit(1 if any(one.problems for one in done) else 0)


@app.command()
def generate(
    out: Annotated[Path | None, typer.Option(help="The folder for one file a split.")] = None,
    family: FamilyOption = None,
    seed: SeedOption = 1,
    freeze: Annotated[
        str | None, typer.Option(metavar="FAMILY", help="Write this family's frozen tasks anew. Old figures end here.")
    ] = None,
) -> None:
    """Write the decks as JSON lines, the same ones for the same seed; or freeze a family's evaluation tasks."""
    if (out is None) == (freeze is None):
        raise typer.BadParameter("name either a folder with --out, or a family with --freeze")
    with _told():
        if freeze is not None:
            _freeze(freeze)
            return
        assert out is not None
        from sleepy_koans.deck import write_deck

        out.mkdir(parents=True, exist_ok=True)
        for split in Split:
            path = out / f"{split.value}.jsonl"
            typer.echo(f"{path}: {write_deck(path, _koans(family, split, seed=seed))} koans")


@app.command()
def facts(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="A finished `sleepy eval --rungs search` over all frozen tasks.")
    ],
) -> None:
    """Write into the frozen tasks which ones edit search alone repairs, as a run has measured it; their hash stays."""
    with _told():
        from dataclasses import replace

        from sleepy_core.evaluate.results import read_results, read_run, run_folder
        from sleepy_core.model import Source
        from sleepy_core.paths import data_dir
        from sleepy_koans.frozen import digest, frozen_families, read_frozen, write_frozen

        folder = run_folder(data_dir(), run)
        try:
            told = read_run(folder)
        except FileNotFoundError:
            raise SleepyError(f"there is no run {run} in {folder.parent}") from None
        families = [read_frozen(name) for name in frozen_families()]
        koans = [koan for family in families for koan in family]
        results = {result.task: result for result in read_results(folder) if not result.skipped}
        if told.rungs != (Source.SEARCH,) or told.digest != digest(koans) or told.plan != "ladder":
            raise SleepyError(f"{run} is no run of edit search alone over the frozen tasks as they are now")
        for family in families:
            measured = [replace(k, search_repairs=results[k.id].passed) if k.id in results else k for k in family]
            write_frozen(measured)
        passed = sum(result.passed for result in results.values())
        typer.echo(f"edit search repairs {passed} of {len(results)} frozen tasks; written into {len(families)} files")


def _freeze(name: str) -> None:
    """Verify the family's frozen tasks, measure their facts, and write them; or tell of all that are wrong."""
    from sleepy_koans.check import Checker
    from sleepy_koans.deck import deck
    from sleepy_koans.family import family_named
    from sleepy_koans.frozen import write_frozen
    from sleepy_koans.verify import verify

    began = time.monotonic()
    with Checker(_cache()) as checker:
        asked = checker.each(lambda koan: verify(koan, checker, facts=True), deck(family_named(name), "frozen"))
        done = list(asked)
    if any(one.problems or one.skipped for one in done):
        _tell(done)
        raise SleepyError(f"{name} was not frozen, for what is told above")
    typer.echo(f"{write_frozen([one.koan for one in done])}: {_summary(done, time.monotonic() - began)}")


def _tell(done: list[Verified]) -> None:
    for one in done:
        for problem in one.problems:
            typer.echo(f"{one.koan.id} ({one.koan.template}): {problem}")
        if one.skipped:
            typer.echo(f"{one.koan.id} ({one.koan.template}) was skipped: {one.skipped}")


def _koans(
    family: str | None, split: Split | None, *, new: bool = False, sample: int | None = None, seed: int = 1
) -> tuple[Koan, ...]:
    from sleepy_koans.deck import deck
    from sleepy_koans.family import families, family_named
    from sleepy_koans.frozen import frozen_families, read_frozen

    kept = frozen_families()
    found: list[Koan] = []
    for told in [family_named(family)] if family is not None else families().values():
        for part in Split if split is None else [split]:
            if part is not Split.FROZEN or new:
                found += deck(told, part.value, seed=seed)[:sample]
            elif told.name in kept or family is not None:
                found += read_frozen(told.name)[:sample]
    return tuple(found)


def _shown(done: Iterator[Verified], total: int) -> Iterator[Verified]:
    """The same, with a bar where somebody looks."""
    if not sys.stderr.isatty():
        yield from done
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(done, "checking", total=total, console=Console(stderr=True), transient=True)


def _summary(done: list[Verified], seconds: float) -> str:
    bad = sum(bool(one.problems) for one in done)
    told = f"{len(done)} koans, {bad} wrong, {seconds:.1f} s"
    if skipped := sum(bool(one.skipped) for one in done):
        told += f"; {skipped} skipped"
    measured = [one.koan for one in done if one.koan.suggestion_repairs is not None]
    if measured:
        repaired = sum(bool(koan.suggestion_repairs) for koan in measured)
        told += f"; the compiler's suggestions repair {repaired} of {len(measured)} frozen ones"
    return told


def _fact(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "not measured"}[value]


def _diff(old: Files, new: Files) -> str:
    from difflib import unified_diff

    return "".join(
        line
        for path in new
        for line in unified_diff(
            old.get(path, "").splitlines(keepends=True), new[path].splitlines(keepends=True), f"a/{path}", f"b/{path}"
        )
    )


def _cache() -> Path:
    from sleepy_core.paths import cache_dir

    return cache_dir() / "koans.sqlite"


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Errors of the koans as errors of this program."""
    from sleepy_koans.koan import KoanError

    try:
        yield
    except KoanError as error:
        raise SleepyError(str(error)) from error
