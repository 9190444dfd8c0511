"""What the raw results of a comparison say: losses, answers, what is forgotten, what it costs, tests of pairs. Pure.

Everything is worked out of the cells that there are, so a comparison that still goes on has figures, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from sleepy_core.compare.methods import METHODS, Method
from sleepy_core.compare.plan import KNOWN, Ground, basis_folder
from sleepy_core.compare.raw import Adapter, Answer, Cell, Raw
from sleepy_core.evaluate.curves import Grid
from sleepy_core.evaluate.measures import Share
from sleepy_core.evaluate.statistics import sign_test

_KIND = {method.name: method for method in METHODS}
_BYTES = 4  # of a number, as peft saves them


@dataclass(frozen=True, slots=True)
class Told:
    """What was answered by one way to learn, on some koans of some families, under all seeds."""

    answers: tuple[tuple[int, Answer], ...]  # with the seed

    def loss(self, split: str) -> float | None:
        """The mean over koans, in nats a token of the right answer; None where there is none, or no number."""
        told = [one.loss for _, one in self.answers if one.split == split]
        return fmean(loss for loss in told if loss is not None) if told and None not in told else None

    def exact(self, split: str) -> Share:
        """The solution's own code."""
        return self._count(split, lambda one: one.exact)

    def passed(self, split: str) -> Share:
        """Compiles, and the koan's test passes."""
        return self._count(split, lambda one: one.passed)

    def _count(self, split: str, good: Callable[[Answer], bool]) -> Share:
        told = [one for _, one in self.answers if one.split == split]
        return Share(sum(map(good, told)), len(told))


@dataclass(frozen=True, slots=True)
class Pairs:
    """Two ways to learn on the same koans. Several seeds of a koan are one: they do not count as koans."""

    better: int  # koans with less loss
    worse: int
    chance: float  # sign test, exact, two-sided
    won: int  # koans that are solved more often
    lost: int
    solved_chance: float  # the same test; with one seed McNemar's


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one family that arrives, on average, and of all of them."""

    trained: int  # numbers
    per_task: int  # numbers stored
    once: int  # numbers stored for all tasks together
    in_all: int  # numbers stored for the families that arrived
    bytes_per_task: int
    bytes_once: int
    seconds: float  # of a training, by the clock
    cpu_seconds: float
    peak_bytes: int

    def for_tasks(self, count: int) -> int:
        """Numbers stored for so many tasks."""
        return self.once + count * self.per_task


@dataclass(frozen=True, slots=True)
class Row:
    """One way to learn on one ground."""

    method: Method
    ground: Ground
    families: int  # that have arrived and were measured
    rate: float
    own: Told  # each family right after it was learned
    routed: Told  # every family at the end, each by its own numbers where it has some
    newest: Told  # every family at the end, all by the newest numbers
    forgotten: float | None  # of the families before the last: loss at the end less loss right after, without routing
    forgotten_routed: float | None  # the same, each family by its own numbers
    kept: float | None  # of the gain in loss on validation koans that a LoRA of its own has over the bare model
    cost: Cost | None
    against: dict[str, Pairs]  # by the other method's name


def rows(raw: Raw) -> tuple[Row, ...]:
    """A row for each way to learn that has been measured, on each ground."""
    found: list[Row] = []
    methods = raw.began.setup.chosen
    for ground in raw.began.setup.grounds:
        own = {method.name: _own(raw, method, ground) for method in methods}
        found += [_row(raw, method, ground, own) for method in methods if own[method.name].answers]
    return tuple(found)


def matrices(raw: Raw, ground: Ground) -> dict[str, Grid]:
    """By method, of the first seed: after each family (a row), the losses on every family (a column).

    Each row is what the newest numbers say; of what is merged, what each family's own say after the merge.
    """
    order = raw.began.setup.order(1)
    found: dict[str, Grid] = {}
    for method in raw.began.setup.chosen:
        cells = {(c.stage, c.family): Told(_answers([c])).loss("validation") for c in _cells(raw, method, ground, 1)}
        stages = sorted({stage for stage, _ in cells})
        if method.trains and stages:
            table = tuple(tuple(cells.get((stage, family)) for family in order) for stage in stages)
            found[method.label] = Grid(tuple(f"after {order[stage - 1]}" for stage in stages), order, table)
    return found


def pairs(one: Told, other: Told) -> Pairs:
    """Both on the koans that they have in common."""
    mine, theirs = _by_koan(one), _by_koan(other)
    both = sorted(mine.keys() & theirs.keys())
    losses = [
        (then, now) for koan in both if (then := theirs[koan][0]) is not None and (now := mine[koan][0]) is not None
    ]
    solved = [(theirs[koan][1], mine[koan][1]) for koan in both]
    return Pairs(
        sum(now < then for then, now in losses),
        sum(now > then for then, now in losses),
        sign_test(losses),
        sum(now > then for then, now in solved),
        sum(now < then for then, now in solved),
        sign_test(solved),
    )


# --- One row -------------------------------------------------------------------------------------------


def _row(raw: Raw, method: Method, ground: Ground, own: Mapping[str, Told]) -> Row:
    setup = raw.began.setup
    stages = {seed: _last_stage(raw, method, ground, seed) for seed in range(1, setup.seeds + 1)}
    ends = [cell for seed, last in stages.items() for cell in _cells(raw, method, ground, seed) if cell.stage == last]
    newest = [] if method.kind == "merged" else ends
    routed = ends if not method.routed or method.kind == "merged" else _own_cells(raw, method, ground)
    forgotten = _forgotten(raw, method, ground, stages) if method.trains else None
    by_itself = 0.0 if method.kind in ("own", "share") and max(stages.values()) > 1 else None
    told = own[method.name]
    rates = [one.rate for one in _trainings(raw, method, ground)]
    return Row(
        method=method,
        ground=ground,
        families=max(stages.values()) if method.trains else len({cell.family for cell in ends}),
        rate=rates[0] if rates else 0.0,
        own=told,
        routed=Told(_answers(routed)),
        newest=Told(_answers(newest)),
        forgotten=None if method.kind == "merged" else forgotten,
        forgotten_routed=forgotten if method.kind == "merged" else by_itself,
        kept=_kept(own.get("base"), own.get("own-lora"), told),
        cost=_cost(raw, method, ground, max(stages.values())),
        against={
            name: pairs(told, own[name])
            for name in ("base", "own-lora", "random-core")
            if name != method.name and name in own and own[name].answers
        },
    )


def _own(raw: Raw, method: Method, ground: Ground) -> Told:
    return Told(_answers(_own_cells(raw, method, ground)))


def _own_cells(raw: Raw, method: Method, ground: Ground) -> list[Cell]:
    """Each family right after it was learned; what learns nothing is the same at any time."""
    setup = raw.began.setup
    return [
        cell
        for seed in range(1, setup.seeds + 1)
        for cell in _cells(raw, method, ground, seed)
        if cell.stage == 0 or setup.order(seed)[cell.stage - 1] == cell.family
    ]


def _cells(raw: Raw, method: Method, ground: Ground, seed: int) -> list[Cell]:
    wanted = (method.name, ground, seed, False)
    return [cell for cell in raw.cells if (cell.method, cell.ground, cell.seed, cell.trial) == wanted]


def _last_stage(raw: Raw, method: Method, ground: Ground, seed: int) -> int:
    """How many families had arrived when every one was measured for the last time."""
    setup = raw.began.setup
    held: dict[int, set[str]] = defaultdict(set)
    for cell in _cells(raw, method, ground, seed):
        held[cell.stage].add(cell.family)
    wanted = {stage: setup.order(seed)[: stage or None] for stage in held}
    whole = [stage for stage, families in held.items() if set(wanted[stage]) <= families]
    return max(whole, default=0)


def _forgotten(raw: Raw, method: Method, ground: Ground, stages: Mapping[int, int]) -> float | None:
    found = []
    for seed, last in stages.items():
        cells = {(cell.stage, cell.family): cell for cell in _cells(raw, method, ground, seed)}
        for stage, family in enumerate(raw.began.setup.order(seed)[: max(last - 1, 0)], 1):
            then, now = (
                Told(_answers([cells[at]])).loss("validation") if (at := (n, family)) in cells else None
                for n in (stage, last)
            )
            if then is not None and now is not None:
                found.append(now - then)
    return fmean(found) if found else None


def _kept(base: Told | None, lora: Told | None, told: Told) -> float | None:
    losses = [one.loss("validation") if one is not None else None for one in (base, lora, told)]
    bare, best, mine = losses
    if bare is None or best is None or mine is None or bare <= best:
        return None
    return (bare - mine) / (bare - best)


# --- What it costs ---------------------------------------------------------------------------------------


def _trainings(raw: Raw, method: Method, ground: Ground) -> list[Adapter]:
    wanted = ("train", method.name, ground, False)
    return [one for one in raw.adapters if (one.do, one.method, one.ground, one.trial) == wanted]


def _cost(raw: Raw, method: Method, ground: Ground, families: int) -> Cost | None:
    trained = _trainings(raw, method, ground)
    made = {one.id: one for one in raw.adapters}
    below = raw.began.below if ground == "general" else (0, 0)
    if method.kind == "mean":
        mean = made.get(f"mean {ground}/seed-1/mean")
        if mean is None:
            return None
        return Cost(0, 0, mean.numbers + below[0], mean.numbers + below[0], 0, mean.bytes + below[1], 0.0, 0.0, 0)
    if not trained:
        return None
    per_task, size = round(fmean(one.numbers for one in trained)), round(fmean(one.bytes for one in trained))
    once, once_bytes = below
    if method.kind == "merged":
        merges = [one for one in raw.adapters if (one.do, one.method, one.ground) == ("merge", method.name, ground)]
        if merges:
            last = max(merges, key=lambda one: one.stage)
            arrived = [count for name, count in last.tasks.items() if name not in raw.began.setup.known]
            per_task = round(fmean(arrived))
            size = per_task * _BYTES
            once, once_bytes = once + last.numbers, once_bytes + last.bytes
    elif method.kind == "share" and (folder := basis_folder(method, ground, 1)):
        basis = made.get(f"{'basis' if method.basis == 'svd' else 'extract'} {folder}")
        if basis is not None:
            once, once_bytes = once + basis.numbers, once_bytes + basis.bytes
    tasks = families if method.routed else 1
    return Cost(
        trained=round(fmean(one.trained for one in trained)),
        per_task=per_task if method.routed else 0,
        once=once if method.routed else once + per_task,
        in_all=once + tasks * per_task,
        bytes_per_task=size if method.routed else 0,
        bytes_once=once_bytes if method.routed else once_bytes + size,
        seconds=fmean(one.seconds for one in trained),
        cpu_seconds=fmean(one.cpu_seconds for one in trained),
        peak_bytes=max(one.peak_bytes for one in trained),
    )


def known_cost(raw: Raw) -> float:
    """CPU-seconds of the known families' trainings of one seed, which learned bases need before anything arrives."""
    return sum(one.cpu_seconds for one in raw.adapters if one.method == KNOWN and one.seed == 1)


# --- Below ---------------------------------------------------------------------------------------------


def _answers(cells: Iterable[Cell]) -> tuple[tuple[int, Answer], ...]:
    return tuple((cell.seed, answer) for cell in cells for answer in cell.answers)


def _by_koan(told: Told) -> dict[str, tuple[float | None, float]]:
    """By koan the mean loss and the share of seeds that solve it."""
    found: dict[str, list[Answer]] = defaultdict(list)
    for _, answer in told.answers:
        found[answer.koan].append(answer)
    return {koan: (_mean([one.loss for one in of]), fmean(one.passed for one in of)) for koan, of in found.items()}


def _mean(values: Sequence[float | None]) -> float | None:
    told = [value for value in values if value is not None]
    return fmean(told) if len(told) == len(values) else None
