"""Koans as examples: the question that the daemon would ask about their error, and the lines of their solution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sleepy_core.cargo.signature import signature
from sleepy_core.evaluate.koan_bench import project_of, result_of
from sleepy_core.night.example import Example, asked
from sleepy_core.propose.prompt import Region
from sleepy_koans.check import Checker, Crate
from sleepy_koans.koan import Koan


@dataclass(frozen=True, slots=True)
class Lessons:
    """The examples of some koans, and how many of each family's koans make none."""

    examples: tuple[Example, ...]
    without: Counter[str]  # their solution changes other lines than those that a model is asked for


def lessons(koans: Iterable[Koan], checker: Checker, told: Callable[[], None] = lambda: None) -> Lessons:
    """An example of each koan whose solution rewrites one region of the prompt. `told` is called for each koan.

    An example's family is its koan's, so that what is trained by family is one of the fifty; the signature is the
    error's own, as in episodes.
    """
    examples: list[Example] = []
    without: Counter[str] = Counter()
    with ThreadPoolExecutor(checker.workers) as threads:
        for koan, example in threads.map(lambda koan: (koan, lesson(koan, checker)), koans):
            told()
            if example is None:
                without[koan.family] += 1
            else:
                examples.append(example)
    return Lessons(tuple(examples), without)


def lesson(koan: Koan, checker: Checker) -> Example | None:
    """The example of a koan. None where no one question leads to its solution."""
    found = question(koan, checker)
    return found[0] if found is not None else None


def question(koan: Koan, checker: Checker) -> tuple[Example, Region] | None:
    """The example of a koan, and which lines it asks about: of its first error that one region's rewriting repairs."""
    checked = checker.check(Crate.of(koan, koan.files))
    for error in result_of(checked, project_of(koan)).errors:
        others = {file for file in koan.files if file != error.file}
        if error.file not in koan.files or any(koan.files[file] != koan.solution.get(file) for file in others):
            continue
        found = asked(error, koan.files[error.file], koan.solution[error.file])
        if found is not None:
            told = Example(koan.id, koan.family, signature(error), found.messages, found.answer, 1.0, "koan")
            return told, found.region
    return None
