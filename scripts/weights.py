"""Train the general set that Sleepy Coder comes with, and put it into the package: `make weights`.

From the training koans alone; the validation koans say which step is kept, and no frozen task is looked at. Killed at
any point it goes on where the last checkpoint left it. `--gain FILE` adds what was measured of it to the package.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sleepy_core.engines.embedded import find_model
from sleepy_core.errors import SleepyError
from sleepy_core.night.example import write_examples
from sleepy_core.night.job import ADAPTER, TRAINING, TrainJob, TrainResult
from sleepy_core.night.lessons import lessons
from sleepy_core.night.making import JOB, Worker
from sleepy_core.night.shipped import FOLDER, GAIN
from sleepy_core.paths import cache_dir
from sleepy_core.settings import EngineSettings
from sleepy_koans.check import Checker
from sleepy_koans.deck import deck
from sleepy_koans.family import families
from sleepy_koans.koan import Split

NAME = "smollm2-135m"
WORK = Path("artifacts/weights")
CARD = Path(__file__).with_name("weights_card.md")
# Steps of the rounds, each with a schedule of its own: what the second added was seen when the first was done.
ROUNDS = (700, 400)


def examples(split: Split, file: Path, progress: Progress) -> Path:
    """The koans of a split as examples; made once."""
    if not file.is_file():
        koans = [koan for family in families().values() for koan in deck(family, split)]
        bar = progress.add_task(f"{split} examples", total=len(koans))
        with Checker(cache_dir() / "koans.sqlite") as checker:
            made = lessons(koans, checker, lambda done: progress.update(bar, completed=done))
            write_examples(file, made.examples)
    return file


def train(job: TrainJob, progress: Progress) -> None:
    """Have the sleep worker do the job."""
    bar = progress.add_task("loading the model", total=job.steps)

    def heard(event: Mapping[str, Any]) -> None:
        if event["event"] == "step":
            progress.update(bar, completed=event["step"], description=f"loss {event['loss']:.3f}")
        elif event["event"] == "held_out":
            progress.console.print(f"step {event['step']}: {event['loss']:.4f} nats a token held out")

    try:
        asyncio.run(Worker(heard).do(job, job.out / JOB))
    except KeyboardInterrupt:
        raise SystemExit("left at a checkpoint; `make weights` goes on from there") from None
    except SleepyError as error:
        raise SystemExit(str(error)) from None


def pack(trained: Path, package: Path) -> None:
    """The trained adapter in 16 bits, without the paths of this machine, and its card."""
    import torch
    from safetensors.torch import load_file, save_file

    package.mkdir(parents=True, exist_ok=True)
    tensors = {name: tensor.to(torch.bfloat16) for name, tensor in load_file(trained / ADAPTER).items()}
    save_file(tensors, package / ADAPTER, {"format": "pt"})
    config = json.loads((trained / "adapter_config.json").read_text(encoding="utf-8"))
    result = TrainResult.from_json((trained / TRAINING).read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = result.model
    (package / "adapter_config.json").write_text(json.dumps(config, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    (package / TRAINING).write_text(result.to_json() + "\n", encoding="utf-8")


def card(package: Path, rounds: Sequence[TrainResult]) -> None:
    """The model card, filled in with what the trainings and the measurement say."""
    gain = json.loads((package / GAIN).read_text(encoding="utf-8")) if (package / GAIN).is_file() else {}
    losses = "; ".join(f"{one.held_out[0][1]:.3f} to {dict(one.held_out)[one.best_step]:.3f}" for one in rounds)
    last = rounds[-1]
    text = CARD.read_text(encoding="utf-8").format(
        last=last,
        steps=" and ".join(str(one.best_step) for one in rounds),
        losses=losses,
        minutes=sum(one.seconds for one in rounds) / 60,
        gigabytes=max(one.peak_bytes for one in rounds) / 1e9,
        measured=gain.get("told", "not measured yet"),
        libraries=", ".join(f"{name} {version}" for name, version in last.libraries.items()),
    )
    (package / "README.md").write_text(text, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, pack, and write the card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gain", type=Path, help="JSON of what was measured, with a sentence under `told`")
    parser.add_argument("--threads", type=int, default=0, help="0: half of the cores")
    given = parser.parse_args(arguments)
    model = find_model(EngineSettings())
    if model is None:
        raise SystemExit("there is no small model here; `make setup` installs it")
    out, package = WORK / NAME, FOLDER / NAME
    out.mkdir(parents=True, exist_ok=True)
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        training = examples("train", out / "train.jsonl", progress)
        held_out = examples("validation", out / "validation.jsonl", progress)
        trained: list[Path] = []
        for number, steps in enumerate(ROUNDS, 1):
            job = TrainJob(
                model,
                training,
                out / f"round-{number}",
                "lora",
                held_out=held_out,
                start=trained[-1] if trained else None,
                first_layer=10,
                steps=steps,
                seed=number,
                threads=given.threads,
                held_out_steps=50,
                checkpoint_steps=25,
                patience=6,
            )
            job.out.mkdir(exist_ok=True)
            if not (job.out / TRAINING).is_file():
                train(job, progress)
            trained.append(job.out)
    pack(trained[-1], package)
    if given.gain is not None:
        shutil.copyfile(given.gain, package / GAIN)
    rounds = [TrainResult.from_json((one / TRAINING).read_text(encoding="utf-8")) for one in trained]
    card(package, rounds)
    print(f"{package}: {sum(file.stat().st_size for file in package.iterdir()) / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
