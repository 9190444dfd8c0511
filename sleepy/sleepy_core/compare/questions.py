"""The koans that a comparison learns and is measured on, and what the compiler says of an answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sleepy_core.compare.raw import Answer
from sleepy_core.errors import SleepyError
from sleepy_core.night.example import Example, write_examples
from sleepy_core.night.judging import same_code
from sleepy_core.night.lessons import question
from sleepy_core.propose.answer import Rejection, read_span
from sleepy_core.propose.prompt import Region
from sleepy_core.text import apply_patch
from sleepy_koans.check import Checker
from sleepy_koans.deck import deck
from sleepy_koans.family import family_named
from sleepy_koans.frozen import read_frozen
from sleepy_koans.koan import Koan


@dataclass(frozen=True, slots=True)
class Question:
    """A koan that is asked about."""

    koan: Koan
    example: Example
    region: Region  # whose lines the answer replaces


@dataclass(frozen=True, slots=True)
class Lesson:
    """A family: what is learned of it, and what it is asked."""

    train: tuple[Example, ...]
    asked: tuple[Question, ...]  # validation and frozen koans
    koans: int  # how many validation and frozen koans there are, those without a question too


def lesson_of(family: str, checker: Checker, per_family: int, told: Callable[[], None] = lambda: None) -> Lesson:
    """The family's examples. `told` is called for each koan. Raises `SleepyError` where there is nothing to learn."""
    known = family_named(family)
    splits = [list(koans) for koans in (deck(known, "train"), deck(known, "validation"), read_frozen(family))]
    train, *asked = [_questions(koans, checker, told) for koans in splits]
    if not train or not asked[0]:
        raise SleepyError(f"{family} has no koan that one rewriting solves, to learn from or to measure on")
    chosen = [one for split in asked for one in (split[:per_family] if per_family else split)]
    return Lesson(tuple(one.example for one in train), tuple(chosen), sum(map(len, splits[1:])))


def write_lesson(folder: Path, family: str, lesson: Lesson) -> None:
    """Write the family's examples into a folder, as a training and a measure read them."""
    folder.mkdir(parents=True, exist_ok=True)
    write_examples(train_file(folder, family), lesson.train)
    write_examples(asked_file(folder, family), (one.example for one in lesson.asked))


def train_file(folder: Path, family: str) -> Path:
    """Where a family's examples to learn lie."""
    return folder / f"{family}.train.jsonl"


def asked_file(folder: Path, family: str) -> Path:
    """Where those that are measured on lie."""
    return folder / f"{family}.asked.jsonl"


def digest_of(files: Sequence[Path], model: str = "") -> str:
    """Of files and the model's digest; another compiler words its errors otherwise, which is other data."""
    made = hashlib.sha256(model.encode())
    for file in files:
        made.update(file.read_bytes())
    return made.hexdigest()


def judged(asked: Question, tokens: int, loss: float | None, answers: Sequence[str], checker: Checker) -> Answer:
    """What became of a koan. Of several answers the first that compiles is taken, as the ladder does, or the first.

    An answer that is the solution's code is not compiled again.
    """
    found = Answer(asked.koan.id, asked.koan.split, tokens, loss)
    for number, answer in enumerate(answers):
        exact = same_code(answer, asked.example.answer)
        compiled, passed = (True, True) if exact else _tried(asked, answer, checker)
        if compiled or number == 0:
            found = Answer(asked.koan.id, asked.koan.split, tokens, loss, answer, exact, compiled, passed)
        if compiled:
            break
    return found


def _tried(asked: Question, answer: str, checker: Checker) -> tuple[bool, bool]:
    """Does the answered koan compile, and does it behave?"""
    koan, file = asked.koan, asked.region.file
    patch = read_span(answer, asked.region, koan.files[file])
    if isinstance(patch, Rejection):
        return False, False
    said = checker.judge(koan, {**koan.files, **apply_patch(koan.files, patch)})
    return said.checked.ok, said.solved


def _questions(koans: Sequence[Koan], checker: Checker, told: Callable[[], None]) -> list[Question]:
    def ask(koan: Koan) -> Question | None:
        found = None if checker.skips(koan) else question(koan, checker)
        told()
        return None if found is None else Question(koan, *found)

    with ThreadPoolExecutor(checker.workers) as threads:
        return [found for found in threads.map(ask, koans) if found is not None]
