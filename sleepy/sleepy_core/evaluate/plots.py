"""Pictures of what was measured, as PNG and SVG: for a README, on a light background, for eyes that see few colours.

Import it where it is needed only: matplotlib is an extra, and takes its time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sleepy_core.errors import SleepyError
from sleepy_core.evaluate.curves import (
    Grid,
    Value,
    baselines,
    curves,
    forgetting,
    heat,
    median_steps,
    pass_rate,
    repeat_error_rate,
)
from sleepy_core.evaluate.measures import SEARCH, SUGGESTIONS, Share
from sleepy_core.evaluate.metrics import Metrics

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours: told apart by nearly everybody. Baselines are grey, and told apart by their dashes.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_DASHES = ((0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)), (0, (3, 1, 1, 1, 1, 1)), (0, (9, 3)), (0, (2, 4)))
_INK, FAINT = "#333333", "#d9d9d9"
_STYLE = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#888888",
    "axes.labelcolor": _INK,
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "none",  # letters stay letters: smaller, and they can be searched
    "svg.hashsalt": "sleepy",  # the same bytes for the same figures
}
_PANELS: tuple[tuple[str, Value, bool], ...] = (
    ("Pass rate", pass_rate, True),
    ("Steps to green (median)", median_steps, False),
    ("Repeat-error rate", repeat_error_rate, True),
)


def draw(lines: Sequence[Metrics], out: Path) -> tuple[Path, ...]:
    """Write all pictures that these lines have something to show in; the files. `lines` are of the same tasks."""
    return save(_told(lines), out)


def save(pictures: Iterator[tuple[str, Figure]], out: Path) -> tuple[Path, ...]:
    """Write pictures, drawn one by one in the common style, under their names; the files."""
    matplotlib = _matplotlib()
    out.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    with matplotlib.rc_context(_STYLE):
        for name, figure in pictures:
            for kind, metadata in (("png", {"Software": None}), ("svg", {"Date": None})):
                path = out / f"{name}.{kind}"
                figure.savefig(path, dpi=160, bbox_inches="tight", pad_inches=0.12, metadata=metadata)
                written.append(path)
    return tuple(written)


def _told(lines: Sequence[Metrics]) -> Iterator[tuple[str, Figure]]:
    """The pictures, each with what was measured on: a part of the frozen tasks says so."""
    for name, figure in _pictures(lines):
        figure.suptitle(f"measured on {lines[0].run.tasks}", x=0.01, ha="left", fontsize=8, color="#666666")
        yield name, figure


def _pictures(lines: Sequence[Metrics]) -> Iterator[tuple[str, Figure]]:
    if any(line.run.cycle is not None for line in lines):
        yield "curves", _curves(lines)
    if flat := [line for line in lines if line.run.cycle is None]:
        yield "baselines", _baselines(flat)
    if grids := heat(lines):
        yield "families", _families(grids)
    if matrices := forgetting(lines):
        yield "forgetting", _matrices(matrices)


def _matplotlib() -> Any:
    try:
        import matplotlib
    except ImportError as error:
        raise SleepyError("plots need matplotlib: pip install 'sleepy-coder[plots]'") from error
    return matplotlib


def new_figure(width: float, height: float) -> Figure:
    """An empty one, so many inches wide and high."""
    # Without pyplot: it keeps figures, and looks for a screen.
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _curves(lines: Sequence[Metrics]) -> Figure:
    from matplotlib.patches import Patch

    figure = new_figure(10.5, 3.3)
    labels = list(dict.fromkeys(line.label for line in lines if line.run.cycle is not None))
    flat = list(dict.fromkeys(line.label for line in lines if line.run.cycle is None))
    handles: dict[str, Any] = {}
    for axes, (title, value, percent) in zip(figure.subplots(1, len(_PANELS)), _PANELS, strict=True):
        top = 0.0
        for curve in curves(lines, value):
            colour = COLOURS[labels.index(curve.label) % len(COLOURS)]
            (handles[curve.label],) = axes.plot(
                curve.cycles,
                curve.middle,
                color=colour,
                marker="o",
                markersize=4,
                linewidth=1.8,
                clip_on=False,
                zorder=3,
            )
            if curve.seeds > 1:
                axes.fill_between(curve.cycles, curve.low, curve.high, color=colour, alpha=0.18, linewidth=0)
            top = max(top, *curve.high)
        for label, height in baselines(lines, value):
            dash = _DASHES[flat.index(label) % len(_DASHES)]
            handles[label] = axes.axhline(height, color="#777777", linewidth=1.2, linestyle=dash, zorder=2)
            top = max(top, height)
        _dressed(axes, title, top, percent=percent, cycles=[c for curve in curves(lines, value) for c in curve.cycles])
    order = [label for label in (*labels, *flat) if label in handles]
    seeds = max((curve.seeds for curve in curves(lines, pass_rate)), default=1)
    if seeds > 1:
        order.append(band := f"least to most of {seeds} seeds")
        handles[band] = Patch(color="#999999", alpha=0.3, linewidth=0)
    figure.legend(
        [handles[label] for label in order],
        order,
        loc="outside lower center",
        ncols=len(order) if len(order) < 7 else 4,
    )
    return figure


def _baselines(lines: Sequence[Metrics]) -> Figure:
    """Pass rates as points in their intervals: of all tasks, and of those that cheaper rungs leave."""
    from matplotlib.ticker import MaxNLocator

    parts = {"all tasks": {line.label: line.all for line in lines}}
    for part, title in ((SUGGESTIONS, "what suggestions leave"), (SEARCH, "what search leaves")):
        if told := {line.label: line.left[part] for line in lines if part in line.left}:
            parts[title] = told
    labels = list(dict.fromkeys(line.label for line in lines))
    figure = new_figure(2.4 + 2.7 * len(parts), 0.9 + 0.34 * len(labels))
    places = figure.subplots(1, len(parts), sharex=True, sharey=True, squeeze=False).flat
    for axes, (title, told) in zip(places, parts.items(), strict=True):
        for y, label in enumerate(labels):
            share = told[label].passed if label in told else Share(0, 0)
            if share.rate is None:
                continue
            axes.plot(share.interval, (y, y), color=COLOURS[0], linewidth=1.4, alpha=0.55, solid_capstyle="butt")
            axes.plot(share.rate, y, color=COLOURS[0], marker="o", markersize=5)
        axes.set_title(f"{title} ({max(one.passed.of for one in told.values())})")
        axes.set_yticks(range(len(labels)), labels)
        axes.set_ylim(len(labels) - 0.5, -0.5)
        axes.set_xlim(left=0)
        axes.grid(axis="x", color=FAINT, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_formatter(lambda share, _: f"{100 * share:g}%")
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.set_xlabel("pass rate, with its 95 % interval")
    return figure


def _dressed(axes: Axes, title: str, top: float, *, percent: bool, cycles: Sequence[int]) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_title(title)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_ylim(0, min(1.0, top * 1.15) if percent and top else max(top * 1.25, 0.05))
    if percent:
        axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:g}%")
    axes.yaxis.set_major_locator(MaxNLocator(5))
    if cycles:
        axes.set_xlabel("cycle")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    else:
        axes.set_xticks([])


def _families(grids: dict[str, Grid]) -> Figure:
    """One small heat map a group, two beside each other."""
    columns = max((len(grid.columns) for grid in grids.values()), default=1)
    across = 2 if columns <= 8 and len(grids) > 1 else 1
    down = ceil(len(grids) / across)
    rows = max((len(grid.rows) for grid in grids.values()), default=1)
    figure = new_figure(across * (2.4 + 0.42 * columns), down * (0.25 * rows + 0.5) + 1.2)
    places = list(figure.subplots(down, across, squeeze=False).flat) if grids else []
    image = None
    for number, (axes, (group, grid)) in enumerate(zip(places, grids.items(), strict=False)):
        image = heat_map(axes, grid, above=number < across)
        axes.set_title(group.replace("_", " "), fontweight="bold")
    for axes in places[len(grids) :]:
        axes.set_axis_off()
    if image is not None:
        _scale(figure, image, places)
    return figure


def _matrices(grids: dict[str, Grid]) -> Figure:
    widest = max(len(grid.columns) for grid in grids.values())
    tallest = max(len(grid.rows) for grid in grids.values())
    figure = new_figure(len(grids) * (1.2 + 0.62 * widest) + 0.8, 1.4 + 0.5 * tallest)
    places = list(figure.subplots(1, len(grids), squeeze=False).flat)
    image = None
    for axes, (label, grid) in zip(places, grids.items(), strict=True):
        image = heat_map(axes, grid)
        axes.set_title(label, fontweight="bold")
    _scale(figure, image, places)
    return figure


def heat_map(
    axes: Axes,
    grid: Grid,
    *,
    above: bool = True,
    most: float = 1.0,
    shown: Callable[[float], str] = lambda cell: f"{100 * cell:.0f}",
) -> Any:
    """The grid as coloured cells, from 0 to `most`, with their values in them; `above` stands what the columns are."""
    cells = [[float("nan") if cell is None else cell for cell in row] for row in grid.cells]
    # From light to dark in one colour: it reads in grey, too.
    image = axes.imshow(cells, cmap="Blues", vmin=0, vmax=most, aspect="auto")
    axes.set_yticks(range(len(grid.rows)), [row.replace("_", " ") for row in grid.rows], fontsize=8)
    names = grid.columns if above else [""] * len(grid.columns)
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(grid.columns)), names, rotation=40, ha="left", rotation_mode="anchor", fontsize=8)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.set_xticks([x - 0.5 for x in range(1, len(grid.columns))], minor=True)
    axes.set_yticks([y - 0.5 for y in range(1, len(grid.rows))], minor=True)
    axes.grid(which="minor", color="white", linewidth=1.5)
    axes.tick_params(which="minor", length=0)
    for y, row in enumerate(grid.cells):
        for x, cell in enumerate(row):
            told = "" if cell is None else shown(cell)
            ink = _INK if cell is None or cell < 0.6 * most else "white"
            axes.text(x, y, told, ha="center", va="center", fontsize=7, color=ink)
    return image


def _scale(figure: Figure, image: Any, places: list[Axes]) -> None:
    from matplotlib.ticker import PercentFormatter

    bar = figure.colorbar(image, ax=places, shrink=0.5, aspect=25, pad=0.02, format=PercentFormatter(1.0))
    bar.outline.set_visible(False)
    bar.set_label("pass rate")
    bar.ax.tick_params(length=0, labelsize=8)
