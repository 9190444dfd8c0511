"""The decks: which tasks a family has, the same ones for the same seed on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from sleepy_koans.family import Family, Template
from sleepy_koans.koan import Koan, KoanError, Split
from sleepy_koans.normal import normal
from sleepy_koans.notation import fill, split_files, versions
from sleepy_koans.surroundings import surround
from sleepy_koans.words import Words

SEED = 1
TRAIN, VALIDATION = 40, 8  # tasks a family
_TRIES = 50  # words and choices tried for one more task before a family is called too uniform


def make(family: Family, template: Template, split: Split, id_: str, seed: str) -> Koan:
    """One koan of a template."""
    try:
        words = Words.of(split, seed)
        program = fill(template.source, words)
        if not template.bare:
            # Only the first file: what a helper is called there may be taken in another one.
            head, mark, rest = program.partition("//- ")
            program = surround(head, words) + mark + rest
        broken, solution, *wrong = map(split_files, versions(program))
        test = fill(template.test, words) if template.test is not None else None
    except KoanError as error:
        raise KoanError(f"{family.name}, template {template.name}: {error}") from error
    return Koan(
        id=id_,
        family=family.name,
        split=split,
        template=template.name,
        edition=family.edition,
        files=broken,
        solution=solution,
        codes=template.codes or family.codes,
        test=test,
        wrong=tuple(wrong),
        crate_type=family.crate_type,
        arch=template.arch,
    )


def frozen_tasks(family: Family) -> tuple[Koan, ...]:
    """What the family's frozen tasks would be now; `sleepy_koans.frozen` keeps those that count."""
    return tuple(
        make(
            family, template, "frozen", f"{family.name}/frozen-{template.name}", f"frozen/{family.name}/{template.name}"
        )
        for template in family.frozen
    )


def deck(
    family: Family, split: Split, *, seed: int = SEED, train: int = TRAIN, validation: int = VALIDATION
) -> tuple[Koan, ...]:
    """The family's tasks of one split; no two are the same but for names, in this split or across splits.

    Frozen ones do not depend on a seed.
    """
    taken = {normal(koan.files) for koan in frozen_tasks(family)}
    if split == "frozen":
        return frozen_tasks(family)
    # Validation chooses before training, so that more training tasks never change it.
    made = tuple(_distinct(family, "validation", validation, seed, taken))
    return made if split == "validation" else tuple(_distinct(family, "train", train, seed, taken))


def write_deck(path: Path, koans: Iterator[Koan] | tuple[Koan, ...]) -> int:
    """Write koans as JSON lines; how many there were."""
    lines = [koan.to_json() + "\n" for koan in koans]
    path.write_text("".join(lines), encoding="utf-8", newline="\n")
    return len(lines)


def read_deck(path: Path) -> tuple[Koan, ...]:
    """The koans of a file of JSON lines. Raises `KoanError`, with file and line, for one that does not parse."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KoanError(f"{path} cannot be read: {error}") from error
    return tuple(Koan.from_json(line, f"{path}, line {n}") for n, line in enumerate(lines, 1) if line.strip())


def _distinct(family: Family, split: Split, count: int, seed: int, taken: set[str]) -> Iterator[Koan]:
    """So many new koans, of each template in turn, whose normalised texts are not taken; takes them."""
    templates = family.templates
    if split == "validation" and family.validation:
        # As many of unseen structures as of seen ones in other words.
        templates = tuple(t for pair in zip(cycle(family.validation), templates, strict=False) for t in pair)
    number = tries = 0
    while number < count:
        template = templates[(number + tries) % len(templates)]
        koan = make(
            family,
            template,
            split,
            f"{family.name}/{split}-{number + 1:02}",
            f"{seed}/{split}/{number}/{tries}/{family.name}",
        )
        if (text := normal(koan.files)) not in taken:
            taken.add(text)
            number, tries = number + 1, 0
            yield koan
        elif (tries := tries + 1) > _TRIES * len(templates):
            raise KoanError(f"{family.name} has only {number} different {split} tasks: add templates or ⟦choices⟧")
