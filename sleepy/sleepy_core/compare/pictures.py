"""Pictures of a comparison, as PNG and SVG. Import it where it is needed only: matplotlib is an extra."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from sleepy_core.compare.figures import Row, matrices, rows
from sleepy_core.compare.plan import Ground
from sleepy_core.compare.raw import Raw
from sleepy_core.evaluate.plots import COLOURS, FAINT, heat_map, new_figure, save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_GROUNDS: dict[Ground, str] = {"base": "on the base model", "general": "above the general LoRA"}


def draw_comparison(raw: Raw, out: Path) -> tuple[Path, ...]:
    """Write all pictures that there is something to show in; the files."""
    return save(_pictures(raw), out)


def _pictures(raw: Raw) -> Iterator[tuple[str, Figure]]:
    told = rows(raw)
    if told:
        yield "share-learning", _learning(told)
    if any(row.cost is not None and row.cost.trained for row in told):
        yield "share-numbers", _numbers(told)
    for ground in raw.began.setup.grounds:
        if matrices(raw, ground):
            yield f"share-forgetting-{ground}", _forgetting(raw, ground)


def _learning(told: Sequence[Row]) -> Figure:
    """By method, each family right after it was learned: the loss, and how many koans are solved."""
    labels = list(dict.fromkeys(row.method.label for row in told))
    grounds = list(dict.fromkeys(row.ground for row in told))
    figure = new_figure(9.5, 1.3 + 0.3 * len(labels))
    left, right = figure.subplots(1, 2, sharey=True)
    for number, ground in enumerate(grounds):
        colour, beside = COLOURS[number], 0.22 * (number - (len(grounds) - 1) / 2)
        for row in (row for row in told if row.ground == ground):
            y = labels.index(row.method.label) + beside
            for split, filled in (("validation", True), ("frozen", False)):
                face = colour if filled else "white"
                if (loss := row.own.loss(split)) is not None:
                    left.plot(loss, y, marker="o", markersize=5, color=colour, markerfacecolor=face, linestyle="none")
            share = row.own.passed("validation")
            if share.rate is not None:
                right.plot(share.interval, (y, y), color=colour, linewidth=1.4, alpha=0.55, solid_capstyle="butt")
                right.plot(share.rate, y, color=colour, marker="o", markersize=5)
    left.set_yticks(range(len(labels)), labels)
    left.set_ylim(len(labels) - 0.5, -0.5)
    left.set_title("Loss, nats a token (filled: validation, open: frozen)")
    right.set_title("Solved validation koans, with the 95 % interval")
    right.xaxis.set_major_formatter(lambda share, _: f"{100 * share:g}%")
    for axes in (left, right):
        axes.set_xlim(left=0)
        axes.grid(axis="both", color=FAINT, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(axis="y", length=0)
    if len(grounds) > 1:
        from matplotlib.lines import Line2D

        marks = [Line2D([], [], color=COLOURS[n], marker="o", linestyle="none") for n in range(len(grounds))]
        figure.legend(marks, [_GROUNDS[ground] for ground in grounds], loc="outside lower center", ncols=2)
    return figure


def _numbers(told: Sequence[Row]) -> Figure:
    """What a family's numbers bring: the loss against how many are trained."""
    figure = new_figure(7.5, 4.2)
    axes = figure.subplots()
    for row in told:
        loss = row.own.loss("validation")
        if row.cost is None or not row.cost.trained or loss is None:
            continue
        colour = COLOURS[0 if row.ground == "base" else 1]
        axes.plot(row.cost.trained, loss, marker="o", color=colour, linestyle="none")
        axes.annotate(row.method.label, (row.cost.trained, loss), xytext=(5, 3), textcoords="offset points", fontsize=7)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.margins(x=0.25)
    axes.set_xlabel("numbers trained for a family")
    axes.set_title("Loss on the family's validation koans, nats a token")
    axes.grid(color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    return figure


def _forgetting(raw: Raw, ground: Ground) -> Figure:
    """A map a method: after each family, the loss on every family by the newest numbers."""
    grids = matrices(raw, ground)
    columns = max(len(grid.columns) for grid in grids.values())
    tallest = max(len(grid.rows) for grid in grids.values())
    across = min(3, len(grids))
    down = ceil(len(grids) / across)
    figure = new_figure(across * (1.9 + 0.5 * columns), down * (1.3 + 0.36 * tallest))
    places = list(figure.subplots(down, across, squeeze=False).flat)
    most = max(cell for grid in grids.values() for row in grid.cells for cell in row if cell is not None)
    for axes, (label, grid) in zip(places, grids.items(), strict=False):
        heat_map(axes, grid, most=most, shown=lambda cell: f"{cell:.2f}")
        axes.set_title(label, fontweight="bold")
    for axes in places[len(grids) :]:
        axes.set_axis_off()
    figure.supxlabel("loss on validation koans, nats a token: dark is bad", fontsize=8)
    return figure
