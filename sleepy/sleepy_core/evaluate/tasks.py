"""Which koans a run asks, and what is wrong with those that it cannot."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sleepy_core.errors import SleepyError
from sleepy_koans.deck import SEED, deck
from sleepy_koans.family import families, family_named
from sleepy_koans.frozen import frozen_families, read_frozen
from sleepy_koans.koan import Koan, KoanError, Split


@dataclass(frozen=True, slots=True)
class Tasks:
    """The koans of a set, in order, and sentences about lines and files that are none."""

    koans: tuple[Koan, ...]
    problems: tuple[str, ...] = ()
    name: str = ""  # what records and plots call them


def load_tasks(which: str, *, family: str | None = None, seed: int = SEED) -> Tasks:
    """The koans of `frozen`, `validation` or `train`, or of a file or folder of JSON lines; of one family, or of all.

    A file that does not parse is told of, line by line, and the others go on; a *frozen* one that was changed stops
    everything, since nothing measured on it could be compared. Raises `SleepyError`, too, where there is no koan at
    all.
    """
    try:
        found = _found(which, family, seed)
    except KoanError as error:
        raise SleepyError(str(error)) from error
    chosen = tuple(koan for koan in found.koans if family is None or koan.family == family)
    if not chosen:
        why = f": {found.problems[0]}" if found.problems else ""
        raise SleepyError(f"there is no koan to ask in {which}{why}")
    return Tasks(chosen, found.problems, which if family is None else f"{which}: {family}")


def sampled(tasks: Tasks, n: int, seed: int = SEED) -> Tasks:
    """`n` of the tasks, as even over the families as can be and otherwise by chance; all where there are no more.

    Of one seed the smaller sample is part of the greater one.
    """
    if n >= len(tasks.koans):
        return tasks
    chance = random.Random(seed)  # noqa: S311
    by_family: dict[str, list[Koan]] = {}
    for koan in tasks.koans:
        by_family.setdefault(koan.family, []).append(koan)
    groups = list(by_family.values())
    for koans in groups:
        chance.shuffle(koans)
    chance.shuffle(groups)
    chosen = {koan.id for koan in _in_turn(groups)[:n]}
    name = f"{tasks.name}: {n} of {len(tasks.koans)}, seed {seed}"
    return replace(tasks, koans=tuple(koan for koan in tasks.koans if koan.id in chosen), name=name)


def of_the_day(tasks: Tasks, n: int, day: int) -> Tasks:
    """`n` koans for a day: one family after the other, and on the next day the ones that come next."""
    by_family: dict[str, list[Koan]] = {}
    for koan in tasks.koans:
        by_family.setdefault(koan.family, []).append(koan)
    mixed = _in_turn(list(by_family.values()))
    start = day * n % len(mixed)
    return replace(tasks, koans=tuple((mixed + mixed)[start : start + min(n, len(mixed))]))


def _in_turn(groups: Sequence[Sequence[Koan]]) -> list[Koan]:
    """One of each group, then another of each, to the end of all."""
    rounds = max(map(len, groups))
    return [koans[number] for number in range(rounds) for koans in groups if number < len(koans)]


def _found(which: str, family: str | None, seed: int) -> Tasks:
    if which == "frozen":
        names = [family] if family is not None else frozen_families()
        return Tasks(tuple(koan for name in names for koan in read_frozen(name)))
    if which in ("validation", "train"):
        told = [family_named(family)] if family is not None else families().values()
        split: Split = "validation" if which == "validation" else "train"
        return Tasks(tuple(koan for one in told for koan in deck(one, split, seed=seed)))
    path = Path(which)
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files or not all(file.exists() for file in files):
        raise KoanError(f"{which} is neither frozen, validation or train, nor a file or folder of koans (*.jsonl)")
    koans: list[Koan] = []
    problems: list[str] = []
    for file in files:
        for found in _lines(file):
            if isinstance(found, Koan):
                koans.append(found)
            else:
                problems.append(found)
    return Tasks(tuple(koans), tuple(problems))


def _lines(file: Path) -> Iterator[Koan | str]:
    """The file's koans, and a sentence for each line that is none."""
    try:
        lines: Sequence[str] = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        yield f"{file} cannot be read: {error}"
        return
    for number, line in enumerate(lines, 1):
        if not line.strip() or (number == 1 and '"sha256"' in line and '"files"' not in line):
            continue  # the head of a file of frozen tasks
        try:
            yield Koan.from_json(line, f"{file}, line {number}")
        except KoanError as error:
            yield str(error)
