"""What is to be seen in plots: curves over cycles, families by runs, what is forgotten. Pure; `plots` draws it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from sleepy_core.evaluate.measures import Measures
from sleepy_core.evaluate.metrics import Metrics
from sleepy_koans.plan import PLAN

Value = Callable[[Measures], float | None]


@dataclass(frozen=True, slots=True)
class Curve:
    """One label's values over cycles: the mean over its seeds, and the least and the most."""

    label: str
    cycles: tuple[int, ...]
    middle: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    seeds: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows by columns, from 0 to 1; None where nothing was measured."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[float | None, ...], ...]


def chosen(lines: Sequence[Metrics]) -> tuple[Metrics, ...]:
    """The lines that may stand in one plot: of the tasks of the newest frozen run, or else of the newest run."""
    frozen = [line for line in lines if line.run.tasks.startswith("frozen")]
    if not lines:
        return ()
    digest = max(frozen or lines, key=lambda line: line.recorded).run.digest
    return tuple(line for line in lines if line.run.digest == digest)


def pass_rate(told: Measures) -> float | None:
    """The share of tasks that are repaired."""
    return told.passed.rate


def median_steps(told: Measures) -> float | None:
    """How many rounds a repair takes."""
    return told.median_steps


def repeat_error_rate(told: Measures) -> float | None:
    """How often a kind of error that was met before is not repaired at the first attempt."""
    return told.repeated.rate


def curves(lines: Iterable[Metrics], value: Value) -> tuple[Curve, ...]:
    """One curve a label, in the order in which labels appear, of the lines that belong to a cycle."""
    found: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        if line.run.cycle is not None and (told := value(line.all)) is not None:
            found[line.label][line.run.cycle].append(told)
    return tuple(_curve(label, dict(sorted(cycles.items()))) for label, cycles in found.items())


def baselines(lines: Iterable[Metrics], value: Value) -> tuple[tuple[str, float], ...]:
    """Label and value of the runs that belong to no cycle; the mean of those with the same label."""
    found: dict[str, list[float]] = defaultdict(list)
    for line in lines:
        if line.run.cycle is None and (told := value(line.all)) is not None:
            found[line.label].append(told)
    return tuple((label, fmean(values)) for label, values in found.items())


def heat(lines: Sequence[Metrics]) -> dict[str, Grid]:
    """By group: each family's pass rate in every baseline and cycle; of several labels, in their first and last."""
    columns: dict[str, list[Metrics]] = defaultdict(list)
    for line in _shown(lines):
        columns[_column(line, lines)].append(line)
    known = {name for line in lines for name in line.families}
    groups = {group: [name for name in names if name in known] for group, names in PLAN.items()}
    planned = {name for names in PLAN.values() for name in names}
    groups["other"] = sorted(known - planned)
    return {
        group: Grid(
            tuple(names),
            tuple(columns),
            tuple(tuple(_mean(_rates(of, [name])) for of in columns.values()) for name in names),
        )
        for group, names in groups.items()
        if names
    }


def forgetting(lines: Iterable[Metrics]) -> dict[str, Grid]:
    """By label: after each cycle (a row), how many of the families first taught in each cycle (a column) pass.

    Below the diagonal stands what is remembered, above it what comes before it was taught. Labels whose cycles
    taught nothing new after the first have no matrix.
    """
    by_label: dict[str, list[Metrics]] = defaultdict(list)
    for line in lines:
        if line.run.cycle is not None:
            by_label[line.label].append(line)
    found = {label: _matrix(of) for label, of in by_label.items()}
    return {label: grid for label, grid in found.items() if len(grid.columns) > 1}


def _curve(label: str, cycles: dict[int, list[float]]) -> Curve:
    values = list(cycles.values())
    return Curve(
        label,
        tuple(cycles),
        tuple(fmean(told) for told in values),
        tuple(min(told) for told in values),
        tuple(max(told) for told in values),
        max(len(told) for told in values),
    )


def _matrix(lines: list[Metrics]) -> Grid:
    taught: dict[int, list[str]] = {}
    met: set[str] = set()
    for line in sorted(lines, key=_place):
        assert line.run.cycle is not None
        taught.setdefault(line.run.cycle, []).extend(name for name in line.learned if name not in met)
        met.update(line.learned)
    columns = {cycle: names for cycle, names in taught.items() if names}
    return Grid(
        tuple(f"after {cycle}" for cycle in taught),
        tuple(f"taught in {cycle}" for cycle in columns),
        tuple(
            tuple(_mean(_rates([line for line in lines if line.run.cycle == row], names)) for names in columns.values())
            for row in taught
        ),
    )


def _rates(lines: Iterable[Metrics], families: Iterable[str]) -> list[float]:
    """The pass rate on these families together, of each line that was asked about them."""
    names = set(families)
    found = []
    for line in lines:
        told = [one.passed for name, one in line.families.items() if name in names]
        if of := sum(share.of for share in told):
            found.append(sum(share.hits for share in told) / of)
    return found


def _mean(values: list[float]) -> float | None:
    return fmean(values) if values else None


def _place(line: Metrics) -> tuple[bool, int, float]:
    """Baselines first, then cycle by cycle."""
    return line.run.cycle is not None, line.run.cycle or 0, line.recorded


def _shown(lines: Sequence[Metrics]) -> list[Metrics]:
    """What has a column in a heat map, in order."""
    cycles: dict[str, list[int]] = defaultdict(list)
    for line in lines:
        if line.run.cycle is not None:
            cycles[line.label].append(line.run.cycle)
    ends = {label: {min(of), max(of)} if len(cycles) > 1 else set(of) for label, of in cycles.items()}
    labels = list(dict.fromkeys(line.label for line in lines))
    shown = [line for line in lines if line.run.cycle is None or line.run.cycle in ends[line.label]]
    return sorted(shown, key=lambda line: (line.run.cycle is not None, labels.index(line.label), _place(line)))


def _column(line: Metrics, lines: Sequence[Metrics]) -> str:
    if line.run.cycle is None:
        return line.label
    several = len({one.label for one in lines if one.run.cycle is not None}) > 1
    return f"{line.label}, cycle {line.run.cycle}" if several else f"cycle {line.run.cycle}"
