"""`sleepy plot`: pictures of what runs over koans have measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sleepy_core.errors import SleepyError


def plot(
    metrics: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Figures of runs; the data folder's metrics.jsonl otherwise.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to; the data folder's plots/ otherwise.")
    ] = None,
) -> None:
    """Draw pass rate, steps to green and repeat-error rate over cycles, families, and what is forgotten.

    Each picture is written as PNG and SVG. Only runs over the same tasks stand in one picture: those of the newest
    run over frozen tasks.
    """
    from sleepy_core.evaluate.curves import chosen
    from sleepy_core.evaluate.metrics import read_metrics
    from sleepy_core.evaluate.plots import draw
    from sleepy_core.paths import data_dir

    path = metrics or data_dir() / "metrics.jsonl"
    lines = read_metrics(path)
    if not lines:
        raise SleepyError(f"{path} has no figures yet; `sleepy eval` or `sleepy cycle` writes some")
    shown = chosen(lines)
    for picture in draw(shown, out or data_dir() / "plots"):
        typer.echo(str(picture))
    if left_out := len(lines) - len(shown):
        typer.echo(f"{left_out} of {len(lines)} runs are over other tasks, and left out", err=True)
