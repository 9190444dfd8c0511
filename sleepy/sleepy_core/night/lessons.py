"""Koans as examples: the question that the daemon would ask about their error, and the lines of their solution.

And as episodes: what a developer leaves who repairs by hand what nothing else has repaired.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from sleepy_core.cargo.signature import family, signature
from sleepy_core.evaluate.koan_bench import REPO, project_of, result_of
from sleepy_core.evaluate.results import Run
from sleepy_core.human.changes import changes, patch_of
from sleepy_core.ledger import Origin, human_episode
from sleepy_core.model import Diagnostic, Episode, Offer, Proposal, Source, Verdict, VerdictKind
from sleepy_core.night.example import Example, asked
from sleepy_core.propose.labels import patch_label
from sleepy_core.propose.prompt import Region
from sleepy_core.store.database import Database
from sleepy_core.store.ids import new_id
from sleepy_koans.check import Checker, Crate
from sleepy_koans.koan import Koan


@dataclass(frozen=True, slots=True)
class Lessons:
    """The examples of some koans, and how many of each family's koans make none."""

    examples: tuple[Example, ...]
    without: Counter[str]  # their solution changes other lines than those that a model is asked for


def lessons(koans: Iterable[Koan], checker: Checker, told: Callable[[int], None] = lambda _: None) -> Lessons:
    """An example of each koan whose solution rewrites one region of the prompt. `told` hears how many koans are done.

    An example's family is its koan's, so that what is trained by family is one of the fifty; the signature is the
    error's own, as in episodes.
    """
    examples: list[Example] = []
    without: Counter[str] = Counter()
    with ThreadPoolExecutor(checker.workers) as threads:
        each = threads.map(lambda koan: (koan, lesson(koan, checker)), koans)
        for number, (koan, example) in enumerate(each, 1):
            told(number)
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
    return next(((example, region) for _, example, region in _taught(koan, _errors(koan, checker))), None)


def by_hand(koan: Koan, checker: Checker, origin: Origin) -> Episode | None:
    """The episode of a developer who repairs a koan as its solution does, of the error that most can be learned from.

    Its note names the koan. None where rustc finds no error in it, or the solution changes none of its files.
    """
    errors = _errors(koan, checker)
    patch = patch_of(changes(koan.files, koan.solution), koan.files)
    if not errors or not patch.files:
        return None
    error = next((error for error, _, _ in _taught(koan, errors)), errors[0])
    fix = Offer(
        id=new_id(),
        diagnostic=error,
        signature=signature(error),
        family=family(error),
        proposal=Proposal(patch, Source.HUMAN, patch_label(koan.files, patch)),
        verdict=Verdict(VerdictKind.CLEAN, 0),
        attempts=0,
        ms=0.0,
    )
    return replace(human_episode(fix, koan.files, koan.solution, origin, head="", unfit=""), note=koan.id)


async def repair_by_hand(koans: Iterable[Koan], run: Run, checker: Checker, database: Database) -> None:
    """Write such an episode for each of these koans, as of this run."""
    origin = Origin(REPO, run.id, run.engine, run.model)
    for koan in koans:
        episode = await asyncio.to_thread(by_hand, koan, checker, origin)
        if episode is not None:
            await database.add_episode(episode)


def _errors(koan: Koan, checker: Checker) -> tuple[Diagnostic, ...]:
    return result_of(checker.check(Crate.of(koan, koan.files)), project_of(koan)).errors


def _taught(koan: Koan, errors: Iterable[Diagnostic]) -> Iterator[tuple[Diagnostic, Example, Region]]:
    """The errors that are repaired by rewriting one region, each with its example and that region."""
    for error in errors:
        others = {file for file in koan.files if file != error.file}
        if error.file not in koan.files or any(koan.files[file] != koan.solution.get(file) for file in others):
            continue
        found = asked(error, koan.files[error.file], koan.solution[error.file])
        if found is not None:
            told = Example(koan.id, koan.family, signature(error), found.messages, found.answer, 1.0, "koan")
            yield error, told, found.region
