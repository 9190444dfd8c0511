"""`sleepy train`: an adapter from examples, in the sleep worker's process; torch is never loaded here."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sleepy_core.errors import SleepyError
from sleepy_server.commands.progress import bar, training_bar
from sleepy_server.logs import open_stderr_log

if TYPE_CHECKING:
    from sleepy_core.night.job import Form, TrainJob, TrainResult

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
        with bar("examples") as show, Checker(cache_dir() / "koans.sqlite") as checker:
            splits: tuple[tuple[Split, Path], ...] = (("train", made[0]), ("validation", made[1]))
            for split, file in splits:
                koans = [koan for family in chosen for koan in deck(family, split)]
                write_examples(file, lessons(koans, checker, partial(show, f"{split} examples", len(koans))).examples)
    return made[0], held_out or made[1]


def _run(job: TrainJob, *, as_json: bool) -> None:
    open_stderr_log("error")
    result = asyncio.run(_train(job, as_json=as_json))
    if as_json:
        return
    held = result.held_out
    gain = f", {held[0][1]:.3f} → {min(loss for _, loss in held):.3f} nats a token on what was held out" if held else ""
    typer.echo(
        f"{job.out}: {result.trained:,} numbers, {result.steps} steps in {result.seconds:.0f} s ({result.ended}){gain}"
    )


async def _train(job: TrainJob, *, as_json: bool) -> TrainResult:
    from sleepy_core.night.making import JOB, Worker

    job.out.mkdir(parents=True, exist_ok=True)
    with training_bar(quiet=as_json) as show:

        def heard(event: Mapping[str, Any]) -> None:
            if as_json:
                typer.echo(json.dumps(event))
            show(event)

        # Ctrl-C cancels this, and the worker saves a checkpoint before it ends.
        return await Worker(heard).do(job, job.out / JOB)
