"""How far a long command is: one bar on a terminal, nothing elsewhere."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import typer

Show = Callable[[str, int | None, int], None]  # what is done, of how much (None: nobody knows), how much of it


@contextlib.contextmanager
def bar(first: str, *, quiet: bool = False) -> Iterator[Show]:
    """A bar on stderr that says `first` until it is told more; nothing where nobody looks."""
    if quiet or not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as drawn:
        task = drawn.add_task(first, total=None)
        yield lambda what, of, done: drawn.update(task, description=what, completed=done, total=of)


@contextlib.contextmanager
def training_bar(*, quiet: bool = False) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """The same for the events of the sleep worker; that it saves a checkpoint before it ends is said anywhere."""
    with bar("loading the model", quiet=quiet) as show:
        held, steps = "", None

        def heard(event: Mapping[str, Any]) -> None:
            nonlocal held, steps
            match event["event"]:
                case "start":
                    steps = event["steps"]
                    show("training", steps, event["step"])
                case "held_out":
                    held = f", held out {event['loss']:.3f}"
                case "step":
                    show(f"loss {event['loss']:.3f}{held}", steps, event["step"])
                case "leaving":
                    typer.echo("saving a checkpoint …", err=True)

        yield heard
