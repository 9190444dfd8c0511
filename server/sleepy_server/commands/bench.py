"""`sleepy bench share`: coefficients in a subspace held against LoRAs, over families of koans that arrive in turn."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sleepy_core.errors import SleepyError
from sleepy_server.commands.train import model_of

if TYPE_CHECKING:
    from sleepy_core.compare.plan import Setup
    from sleepy_core.compare.run import Watch

app = typer.Typer(help="Comparisons that take hours, and go on where they were stopped.", no_args_is_help=True)

OutOption = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="Folder of the comparison; the data folder's comparisons/share otherwise."),
]
ModelOption = Annotated[
    Path | None, typer.Option(help="GGUF file, or folder of safetensors; else what the embedded engine serves.")
]
FamiliesOption = Annotated[str, typer.Option(help="Families that arrive, with commas between; or how many.")]
KnownOption = Annotated[str, typer.Option(help="Families whose LoRAs bases are learned from, before; or how many.")]
ChoosingOption = Annotated[str, typer.Option(help="Families that learning rates are chosen on; or how many.")]
MethodsOption = Annotated[str, typer.Option(help="Ways to learn, with commas between; all otherwise.")]
BelowOption = Annotated[Path | None, typer.Option(help="Folder of a general LoRA: all is done again above it.")]
RatesOption = Annotated[str, typer.Option(help="Learning rates of LoRAs to choose from, with commas between.")]
ShareRatesOption = Annotated[str, typer.Option(help="Those of coefficients.")]
PerFamilyOption = Annotated[
    int, typer.Option(min=0, help="Measure on so many koans of each split of a family; 0: all.")
]


@app.callback()
def bench() -> None:
    """Comparisons that take hours, and go on where they were stopped."""


@app.command()
def share(
    out: OutOption = None,
    model: ModelOption = None,
    families: FamiliesOption = "20",
    known: KnownOption = "12",
    choosing: ChoosingOption = "2",
    methods: MethodsOption = "",
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds; each also begins with another family.")] = 3,
    steps: Annotated[int, typer.Option(min=1, help="Steps of a training.")] = 20,
    tokens: Annotated[int, typer.Option(min=64, help="Tokens of a step.")] = 1024,
    rank: Annotated[int, typer.Option(min=1, help="Rank of the LoRAs.")] = 8,
    k: Annotated[int, typer.Option(min=1, help="Columns of bases, where the variance does not choose them.")] = 8,
    samples: Annotated[int, typer.Option(min=1, help="Answers of the bare model, best of so many.")] = 4,
    first_layer: Annotated[int, typer.Option(min=0, help="Adapt only the layers from this one up.")] = 0,
    per_family: PerFamilyOption = 0,
    lora_rates: RatesOption = "3e-4,1e-3,3e-3",
    share_rates: ShareRatesOption = "3e-3,1e-2,3e-2,1e-1",
    below: BelowOption = None,
    threads: Annotated[int, typer.Option(min=0, help="Threads; 0: half of the cores.")] = 0,
    report: Annotated[
        bool, typer.Option("--report", help="Only make tables and plots of the raw results that are there.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as one JSON object.")] = False,
) -> None:
    """Hold Share against LoRAs, over families of koans that arrive one after another.

    Every training and every measure is a line of OUT/results.jsonl, from which OUT/report.md and OUT/plots are made.
    Ctrl-C stops it, and the same command goes on.
    """
    from sleepy_core.compare.raw import read_raw
    from sleepy_core.paths import data_dir

    folder = out or data_dir() / "comparisons" / "share"
    if not report:
        from sleepy_core.compare.plan import Setup, families_for
        from sleepy_koans.family import groups

        arriving, before, chosen = families_for(groups(), families, known, choosing)
        setup = Setup(
            str(model_of(model).absolute()), arriving, before, chosen,
            tuple(name.strip() for name in methods.split(",") if name.strip()),
            seeds=seeds, steps=steps, tokens=tokens, rank=rank, k=k, samples=samples, first_layer=first_layer,
            per_family=per_family, lora_rates=_rates(lora_rates), share_rates=_rates(share_rates),
            below=str(below.absolute()) if below is not None else "",
        )  # fmt: skip
        _compare(setup, folder, threads, quiet=as_json)
    raw = read_raw(folder)
    from sleepy_core.compare.pictures import draw_comparison
    from sleepy_core.compare.report import as_object, markdown

    (folder / "report.md").write_text(markdown(raw), encoding="utf-8", newline="\n")
    pictures = draw_comparison(raw, folder / "plots")
    if as_json:
        typer.echo(json.dumps(as_object(raw)))
        return
    for path in (folder / "report.md", *pictures):
        typer.echo(str(path))


def _compare(setup: Setup, folder: Path, threads: int, *, quiet: bool) -> None:
    from sleepy_core.compare.run import Comparison, prepare
    from sleepy_core.paths import cache_dir
    from sleepy_koans.check import Checker
    from sleepy_koans.koan import KoanError

    with Checker(cache_dir() / "koans.sqlite") as checker, _bar(quiet=quiet) as watch:
        koans = 0

        def told() -> None:
            nonlocal koans
            koans += 1
            watch(0, 1, f"{koans} koans read")

        try:
            setup, lessons = prepare(setup, folder, checker, told)
        except KoanError as error:
            raise SleepyError(str(error)) from error
        asyncio.run(Comparison(setup, folder, lessons, checker, threads=threads).run(watch))


def _rates(text: str) -> tuple[float, ...]:
    try:
        found = tuple(float(one) for one in text.split(","))
    except ValueError as error:
        raise SleepyError(f"{text!r} is no list of learning rates, such as 3e-4,1e-3") from error
    if not all(0 < rate < float("inf") for rate in found):
        raise SleepyError(f"{text!r}: learning rates are greater than 0")
    return found


@contextlib.contextmanager
def _bar(*, quiet: bool) -> Iterator[Watch]:
    """On a terminal a bar with the time that is left; elsewhere a line a step."""
    if quiet or not sys.stderr.isatty():
        said = -1

        def line(done: int, of: int, words: str) -> None:
            nonlocal said
            if not quiet and words and done != said and of > 1:
                said = done
                typer.echo(f"{done} of {of}: {words}", err=True)

        yield line
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns: tuple[Any, ...] = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), speed_estimate_period=3600) as progress:
        bar = progress.add_task("reading koans")
        yield lambda done, of, words: progress.update(bar, completed=done, total=of, description=words)
