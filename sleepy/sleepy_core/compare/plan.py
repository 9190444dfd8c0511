"""What a comparison does, step by step, and in which order. Pure: nothing here trains, measures or writes.

    for the bare model, and again above a general LoRA where there is one:
        learning rates     of each way to learn: trainings on families that are neither known nor arrive, the first
                           seed alone; the one with the least loss on their validation koans is taken
        for each seed:
            known families     a LoRA each; from them the bases and the mean adapter
            arriving families  one after another, each way to learn; after each family a row of its matrix

A step's id is what its record is called, so what has a record is not done again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from sleepy_core.compare.methods import Method, methods_named
from sleepy_core.errors import SleepyError

Ground = Literal["base", "general"]
Do = Literal["train", "basis", "mean", "extract", "merge", "measure", "sample"]

KNOWN = "known"  # the role of the families that bases are learned from


@dataclass(frozen=True, slots=True)
class Setup:
    """What is compared and how: two comparisons with the same setup measure the same."""

    model: str  # GGUF file or folder of safetensors
    arriving: tuple[str, ...]  # families, in the order of the first seed
    known: tuple[str, ...] = ()  # families whose LoRAs bases are learned from, before the others arrive
    choosing: tuple[str, ...] = ()  # families that learning rates are chosen on
    methods: tuple[str, ...] = ()  # of `methods.METHODS`
    seeds: int = 1
    steps: int = 20
    tokens: int = 1024  # of a step
    longest: int = 1024  # tokens of an example
    rank: int = 8
    k: int = 8
    phi: int = 2  # temporary factors of what is merged after each family
    samples: int = 4  # answers of the base model, of which the compiler chooses
    first_layer: int = 0
    per_family: int = 0  # koans of a family and split that are measured on; 0: all
    lora_rates: tuple[float, ...] = (3e-4, 1e-3, 3e-3)
    share_rates: tuple[float, ...] = (3e-3, 1e-2, 3e-2, 1e-1)
    below: str = ""  # folder of a general LoRA; everything is done again above it
    digest: str = ""  # of all examples and the model
    below_digest: str = ""

    def __post_init__(self) -> None:
        every = (*self.arriving, *self.known, *self.choosing)
        if double := sorted({name for name in every if every.count(name) > 1}):
            raise SleepyError(f"{double[0]} is named twice: a family arrives, is known before, or chooses the rates")
        if not self.arriving:
            raise SleepyError("no family arrives: name some with --families")
        methods = self.chosen
        learned = [method.name for method in methods if method.needs_known]
        if learned and len(self.known) < 2:
            raise SleepyError(f"{learned[0]} is learned from LoRAs of known families; name two or more with --known")
        if not self.choosing and any(len(self.rates(method)) > 1 for method in methods if method.trains):
            raise SleepyError("several learning rates need families to choose on: name some with --choosing")

    @property
    def chosen(self) -> tuple[Method, ...]:
        """The methods."""
        return methods_named(self.methods)

    @property
    def grounds(self) -> tuple[Ground, ...]:
        """What everything is learned above."""
        return ("base", "general") if self.below else ("base",)

    @property
    def families(self) -> tuple[str, ...]:
        """All that take part."""
        return (*self.arriving, *self.known, *self.choosing)

    def rates(self, method: Method) -> tuple[float, ...]:
        """The learning rates that a method may have."""
        return self.lora_rates if method.rates == "lora" else self.share_rates

    def extends(self, other: Setup) -> bool:
        """Is it the same, but for the methods, more seeds, or a general LoRA where there was none?

        Then what has been measured belongs to it as well.
        """
        more = (self.seeds >= other.seeds, other.below in ("", self.below))
        alike = replace(
            self, methods=other.methods, seeds=other.seeds, below=other.below, below_digest=other.below_digest
        )
        return all(more) and alike == other and other.below_digest in ("", self.below_digest)

    def order(self, seed: int) -> tuple[str, ...]:
        """The arriving families in the order of a seed: over as many seeds as families, each is once the first."""
        turn = (seed - 1) % len(self.arriving)
        return (*self.arriving[turn:], *self.arriving[:turn])


@dataclass(frozen=True, slots=True)
class Step:
    """One training, one thing that is made of adapters, or one adapter's measures on one family."""

    do: Do
    folder: str  # below the comparison's: of the adapter or basis that comes of it, or that is measured
    ground: Ground
    seed: int
    method: str = ""  # "known" for a known family's LoRA
    family: str = ""  # that is learned, or measured on
    stage: int = 0  # how many families have arrived, this one included
    rate: float = 0.0  # of a trial; 0: the one that was chosen
    start: str = ""  # folder of the adapter that goes on
    basis: str = ""  # folder of the basis
    parts: tuple[str, ...] = ()  # folders that something is made of
    trial: bool = False

    @property
    def id(self) -> str:
        """The name of its record."""
        on = f" on {self.family}" if self.do in ("measure", "sample") else ""
        return f"{self.do} {self.folder}{on}"


def steps(setup: Setup) -> tuple[Step, ...]:
    """All steps in their order; each needs only what earlier ones have made."""
    return tuple(step for ground in setup.grounds for step in _on(setup, ground))


def bare(ground: Ground) -> str:
    """The folder's name of a model without an adapter; there is no such folder."""
    return f"{ground}/bare"


def basis_folder(method: Method, ground: Ground, seed: int) -> str:
    """Where a method's basis lies; a random one is no file."""
    if method.basis == "random":
        return ""
    if method.basis == "svd":
        return f"{ground}/svd"
    return f"{ground}/seed-{seed}/learned-{method.explained or 'k'}"


def rate_of(setup: Setup, method: Method, ground: Ground, losses: Mapping[str, float]) -> float:
    """The learning rate of a method: the one whose trials have the least mean loss.

    `losses` are those of measured trials by folder, in nats a token; what could not be measured has failed.
    """
    rates = setup.rates(method)
    if len(rates) == 1:
        return rates[0]

    def mean(rate: float) -> float:
        told = [losses.get(_trial(method, ground, rate, family), float("inf")) for family in setup.choosing]
        return sum(told) / len(told)

    return min(rates, key=mean)


# --- Below ---------------------------------------------------------------------------------------------


def _on(setup: Setup, ground: Ground) -> Iterator[Step]:
    methods = setup.chosen
    known = any(method.needs_known for method in methods)
    trained = {method.rates: method for method in reversed(methods) if method.trains}
    if known and "lora" not in trained:
        trained = {"lora": _LORA, **trained}
    if "lora" in trained:
        yield from _trials(setup, trained.pop("lora"), ground)
    if any(method.basis == "svd" for method in methods):
        yield Step("basis", f"{ground}/svd", ground, 1, basis=f"svd:k={setup.k}")
    for seed in range(1, setup.seeds + 1):
        if known:
            yield from _known(setup, methods, ground, seed)
        if seed == 1:
            for method in sorted(trained.values(), key=methods.index):
                yield from _trials(setup, method, ground)
        yield from _arrivals(setup, methods, ground, seed)


_LORA = next(method for method in methods_named(()) if method.kind == "own")


def _trials(setup: Setup, method: Method, ground: Ground) -> Iterator[Step]:
    """Each rate on each of the families to choose on; nothing where there is no choice."""
    if len(setup.rates(method)) == 1:
        return
    for rate in setup.rates(method):
        for family in setup.choosing:
            folder = _trial(method, ground, rate, family)
            basis = basis_folder(method, ground, 1) if method.kind in ("share", "merged") else ""
            one = Step("train", folder, ground, 1, method.name, family, rate=rate, basis=basis, trial=True)
            yield one
            yield replace(one, do="measure")


def _trial(method: Method, ground: Ground, rate: float, family: str) -> str:
    return f"{ground}/rates/{method.rates}/{rate:g}/{family}"


def _known(setup: Setup, methods: tuple[Method, ...], ground: Ground, seed: int) -> Iterator[Step]:
    folders = tuple(f"{ground}/seed-{seed}/{KNOWN}/{family}" for family in setup.known)
    for folder, family in zip(folders, setup.known, strict=True):
        yield Step("train", folder, ground, seed, KNOWN, family)
    if any(method.kind == "mean" for method in methods):
        yield Step("mean", f"{ground}/seed-{seed}/mean", ground, seed, "mean", parts=folders)
    bases = {basis_folder(method, ground, seed): method for method in methods if method.basis == "learned"}
    for folder, method in bases.items():
        yield Step("extract", folder, ground, seed, method.name, parts=folders)


def _arrivals(setup: Setup, methods: tuple[Method, ...], ground: Ground, seed: int) -> Iterator[Step]:
    """Stage by stage: a family is learned in every way and measured; then what there is, on all other families.

    In this order a comparison that is cut short has the most to say.
    """
    order = setup.order(seed)
    for stage, family in enumerate(order, 1):
        for method in methods:
            if method.kind == "mean":
                yield Step("measure", f"{ground}/seed-{seed}/mean", ground, seed, method.name, family)
            elif seed == 1 and method.kind == "bare":
                yield Step("measure", bare(ground), ground, 1, method.name, family)
            elif seed == 1 and method.kind == "samples":
                yield Step("sample", f"{ground}/samples", ground, 1, method.name, family)
            elif method.trains:
                yield from _learning(setup, method, ground, seed, stage)
        for method in methods:
            if method.trains:
                yield from _others(setup, method, ground, seed, stage)


def _learning(setup: Setup, method: Method, ground: Ground, seed: int, stage: int) -> Iterator[Step]:
    """A family is learned, and measured."""
    order = setup.order(seed)
    family = order[stage - 1]
    place = f"{ground}/seed-{seed}/{method.name}"
    one = Step("train", f"{place}/{family}", ground, seed, method.name, family, stage)
    if method.kind in ("sequence", "replay") and stage > 1:
        one = replace(one, start=f"{place}/{order[stage - 2]}")
    if method.kind == "share":
        one = replace(one, basis=basis_folder(method, ground, seed))
    if method.kind == "merged":
        before = f"{place}/after-{stage - 1}" if stage > 1 else basis_folder(method, ground, seed)
        tasks = tuple(f"{before}/{name}" for name in (*setup.known, *order[: stage - 1]))
        new, state = f"{place}/new/{family}", f"{place}/after-{stage}"
        yield replace(one, folder=new, basis=before)
        yield Step("merge", state, ground, seed, method.name, stage=stage, parts=(*tasks, new))
        one = replace(one, folder=f"{state}/{family}")
    else:
        yield one
    yield replace(one, do="measure", basis="", start="")


def _others(setup: Setup, method: Method, ground: Ground, seed: int, stage: int) -> Iterator[Step]:
    """The newest numbers on every other family; of what is merged each family's own, which have changed."""
    order = setup.order(seed)
    family = order[stage - 1]
    place = f"{ground}/seed-{seed}/{method.name}"
    merged = method.kind == "merged"
    for other in order[: stage - 1] if merged else [name for name in order if name != family]:
        folder = f"{place}/after-{stage}/{other}" if merged else f"{place}/{family}"
        yield Step("measure", folder, ground, seed, method.name, other, stage)


def families_for(
    every: Mapping[str, str], arriving: str, known: str, choosing: str
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Which families arrive, are known before, and choose the rates: each named, with commas, or a number of them.

    `every` is each family's group. Numbers take one of each group in turn, of those that nobody names. Raises
    `SleepyError` for a name that is none, or a number that is too large.
    """
    told = [_named(text) for text in (arriving, known, choosing)]
    named = [name for one in told if not isinstance(one, int) for name in one]
    if unknown := [name for name in named if name not in every]:
        raise SleepyError(f"there is no family {unknown[0]}; `sleepy koans list` shows them")
    by_group: dict[str, list[str]] = {}
    for name, group in every.items():
        by_group.setdefault(group, []).append(name)
    rounds = max(map(len, by_group.values()))
    mixed = (names[n] for n in range(rounds) for names in by_group.values() if n < len(names))
    free = [name for name in mixed if name not in named]
    found = []
    for one in told:
        taken = tuple(free[:one]) if isinstance(one, int) else one
        if isinstance(one, int):
            if one > len(free):
                raise SleepyError(f"{one} families more are wanted, and only {len(free)} are left")
            del free[:one]
        found.append(taken)
    return found[0], found[1], found[2]


def _named(text: str) -> tuple[str, ...] | int:
    return int(text) if text.strip().isdecimal() else tuple(name.strip() for name in text.split(",") if name.strip())
