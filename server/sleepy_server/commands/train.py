"""`sleepy train`: an adapter from examples, in the sleep worker's process; torch is never loaded here."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sleepy_core.errors import SleepyError

if TYPE_CHECKING:
    from sleepy_core.night.job import Form, TrainJob

app = typer.Typer(help="Train an adapter from examples.", no_args_is_help=True)

OutOption = Annotated[Path, typer.Option("--out", "-o", help="Folder of the adapter; a training begun there goes on.")]
ModelOption = Annotated[
    Path | None, typer.Option(help="GGUF file, or folder of safetensors; else what the embedded engine serves.")
]
FamiliesOption = Annotated[str, typer.Option(help="Families of koans, with commas between; `all` for every one.")]
ExamplesOption = Annotated[Path | None, typer.Option(help="Lines of examples, instead of koans.")]
HeldOutOption = Annotated[Path | None, typer.Option(help="Lines of examples that say when to stop.")]
BelowOption = Annotated[Path | None, typer.Option(help="Folder of a general LoRA to train above.")]
StepsOption = Annotated[int, typer.Option(min=1, help="Most steps.")]
TokensOption = Annotated[int, typer.Option(min=64, help="Tokens of a step.")]
RateOption = Annotated[float, typer.Option(min=0, help="Highest learning rate; 0: the method's own.")]
LayerOption = Annotated[int, typer.Option(min=0, help="Adapt only the layers from this one up.")]
ThreadsOption = Annotated[int, typer.Option(min=0, help="Threads; 0: half of the cores.")]
SeedOption = Annotated[int, typer.Option(help="Seed of the order and of the first numbers.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the worker's events, one JSON object a line.")]


@app.callback()
def train() -> None:
    """Train an adapter from examples. Ctrl-C saves a checkpoint; the same command goes on from there."""


@app.command()
def lora(
    out: OutOption,
    model: ModelOption = None,
    families: FamiliesOption = "all",
    examples: ExamplesOption = None,
    held_out: HeldOutOption = None,
    replay: Annotated[Path | None, typer.Option(help="Lines of earlier examples that are trained on as well.")] = None,
    below: BelowOption = None,
    rank: Annotated[int, typer.Option(min=1, help="Rank of the LoRA.")] = 8,
    steps: StepsOption = 100,
    tokens: TokensOption = 1024,
    rate: RateOption = 0.0,
    first_layer: LayerOption = 0,
    threads: ThreadsOption = 0,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
) -> None:
    """A LoRA: the baseline, the general adapter, and what a basis is learned from."""
    from sleepy_core.night.job import TrainJob

    data = _data(out, families, examples, held_out)
    _run(
        TrainJob(
            model_of(model), data[0], out, "replay" if replay else "lora", held_out=data[1], replay=replay, below=below,
            rank=rank, steps=steps, tokens=tokens, learning_rate=rate, first_layer=first_layer, threads=threads,
            seed=seed,
        ),
        as_json=as_json,
    )  # fmt: skip


@app.command()
def share(
    out: OutOption,
    model: ModelOption = None,
    families: FamiliesOption = "all",
    examples: ExamplesOption = None,
    held_out: HeldOutOption = None,
    below: BelowOption = None,
    basis: Annotated[
        str, typer.Option(help="random:seed=1,k=8, svd:k=8 (of the model's weights) or learned:PATH.")
    ] = "random:seed=1,k=8",
    form: Annotated[str, typer.Option(help="core (k x k numbers a module) or product (2 x k x p).")] = "core",
    p: Annotated[int, typer.Option(min=1, help="Columns of the product form.")] = 1,
    phi: Annotated[int, typer.Option(min=0, help="Temporary factors beside those of the basis.")] = 0,
    steps: StepsOption = 50,
    tokens: TokensOption = 1024,
    rate: RateOption = 0.0,
    first_layer: LayerOption = 0,
    threads: ThreadsOption = 0,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
) -> None:
    """Coefficients in a subspace: a few thousand numbers."""
    from sleepy_core.night.job import TrainJob

    data = _data(out, families, examples, held_out)
    known: Form = "product" if form == "product" else "core"
    if form not in ("core", "product"):
        raise typer.BadParameter(f"--form {form}: core or product")
    _run(
        TrainJob(
            model_of(model), data[0], out, "share", held_out=data[1], below=below, basis=basis, form=known, p=p,
            phi=phi, steps=steps, tokens=tokens, learning_rate=rate, first_layer=first_layer, threads=threads,
            seed=seed,
        ),
        as_json=as_json,
    )  # fmt: skip


def model_of(told: Path | None) -> Path:
    """The model of the command line, or what the embedded engine serves. Raises `SleepyError` where there is none."""
    from sleepy_core.engines.embedded import find_model
    from sleepy_core.settings import load_settings

    found = told or find_model(load_settings().engine)
    if found is None:
        raise SleepyError("there is no model: name a GGUF file with --model, or set engine.embedded_model")
    return found


def _data(out: Path, families: str, examples: Path | None, held_out: Path | None) -> tuple[Path, Path | None]:
    """The files to train and to measure with; those of koans are made beside the adapter, once."""
    if examples is not None:
        return examples, held_out
    made = out / "train.jsonl", out / "validation.jsonl"
    if not all(file.is_file() for file in made):
        from rich.console import Console
        from rich.progress import Progress

        from sleepy_core.night.example import write_examples
        from sleepy_core.night.lessons import lessons
        from sleepy_core.paths import cache_dir
        from sleepy_koans.check import Checker
        from sleepy_koans.deck import deck
        from sleepy_koans.family import families as every
        from sleepy_koans.family import family_named
        from sleepy_koans.koan import KoanError, Split

        names = list(every()) if families == "all" else [name.strip() for name in families.split(",")]
        try:
            chosen = [family_named(name) for name in names]
        except KoanError as error:
            raise SleepyError(str(error)) from error
        out.mkdir(parents=True, exist_ok=True)
        with Progress(console=Console(stderr=True)) as progress, Checker(cache_dir() / "koans.sqlite") as checker:
            splits: tuple[tuple[Split, Path], ...] = (("train", made[0]), ("validation", made[1]))
            for split, file in splits:
                koans = [koan for family in chosen for koan in deck(family, split)]
                bar = progress.add_task(f"{split} examples", total=len(koans))
                write_examples(file, lessons(koans, checker, partial(progress.advance, bar)).examples)
    return made[0], held_out or made[1]


def _run(job: TrainJob, *, as_json: bool) -> None:
    job.out.mkdir(parents=True, exist_ok=True)
    file = job.out / "job.json"
    file.write_text(job.to_json(), encoding="utf-8")
    worker = subprocess.Popen(
        [sys.executable, "-m", "sleepy_core.night.worker", str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    last: dict[str, Any] = {}
    with worker, _bar(job.steps, quiet=as_json) as show:
        assert worker.stdout is not None
        events = _events(worker)
        for last in events:
            if as_json:
                typer.echo(json.dumps(last))
            show(last)
    if last.get("event") == "error":
        raise SleepyError(last["problem"])
    if last.get("event") != "done":
        raise SleepyError(f"the worker ended with {worker.returncode} before it was done; the same command goes on")
    result = last["result"]
    if result["ended"] == "stopped":
        raise typer.Exit(130)
    if not as_json:
        held = result["held_out"]
        gain = (
            f", {held[0][1]:.3f} → {min(loss for _, loss in held):.3f} nats a token on what was held out"
            if held
            else ""
        )
        typer.echo(
            f"{job.out}: {result['trained']:,} numbers, {result['steps']} steps in {result['seconds']:.0f} s "
            f"({result['ended']}){gain}"
        )


def _events(worker: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """The worker's events to its end. Ctrl-C asks it to save and leave; the terminal has told it the same."""
    assert worker.stdout is not None
    while True:
        try:
            line = worker.stdout.readline()
        except KeyboardInterrupt:
            typer.echo("saving a checkpoint …", err=True)
            continue
        if not line:
            return
        with contextlib.suppress(ValueError):
            yield json.loads(line)


@contextlib.contextmanager
def _bar(steps: int, *, quiet: bool) -> Iterator[Any]:
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("loading the model", total=steps)
        held = ""

        def show(event: dict[str, Any]) -> None:
            nonlocal held
            match event["event"]:
                case "start":
                    progress.update(bar, completed=event["step"], description="training")
                case "held_out":
                    held = f", held out {event['loss']:.3f}"
                case "step":
                    progress.update(bar, completed=event["step"], description=f"loss {event['loss']:.3f}{held}")

        yield show
