"""What a candidate can do, held against what is in use: on held-out errors, then on frozen tasks. Greedy and paired.

The held-out errors come first: they are few, and most of what fails, fails there. Of the frozen tasks only those can be
lost that what is in use passes, so each is asked of that first, and of the candidate only where it passes; the first
that is lost ends it. A small model takes half a minute for a task, and hours for all of them. So a night asks all that
are known to pass, and of the others one of each family; the next night asks the next ones. What a set was asked is an
ordinary run in the data folder, whose name says the model, the set and the tasks, and no night asks it again: the tasks
that must not be lost become more from night to night, and what a kill leaves is gone on with.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from sleepy_core.engines.protocol import Engine, Request
from sleepy_core.errors import CoefficientsMissing
from sleepy_core.evaluate.results import Run, RunFolder, TaskResult, read_results, run_folder
from sleepy_core.evaluate.run import Parts, run_tasks
from sleepy_core.model import Source
from sleepy_core.night.example import Example
from sleepy_core.night.learned import Answered
from sleepy_core.night.promote import HeldOut, Settled, settle
from sleepy_core.propose.lexer import code_texts
from sleepy_core.propose.prompt import REWRITE, span_room
from sleepy_koans.frozen import digest
from sleepy_koans.koan import Koan

MOST_HELD_OUT = 40
"""The newest; each costs a few seconds."""

_NO_LIMIT_SECONDS = 3600.0  # at the lowest priority beside others an answer takes as long as it takes
BARE = "bare"  # in the names of runs, for the model without a set

Tell = Callable[[str, int, int], None]  # what is asked; how many of how many are done


@dataclass(frozen=True, slots=True)
class Bench:
    """What is measured with; whoever opened it closes it. Its engine serves both sets already."""

    engine: Engine
    parts: Parts  # with that engine
    data: Path  # where runs lie
    model: str  # digest of the base model
    rustc: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, and the answers that it was reached with."""

    settled: Settled
    answers: tuple[Answered, ...] = ()  # to the held-out errors


async def judge(
    bench: Bench, current: str, candidate: str, held_out: Sequence[Example], koans: Sequence[Koan], tell: Tell
) -> Judged:
    """Measure both, and say what is to become of the candidate. What is measured already is not measured again.

    Raises `EngineError`, and `RunError` where the engine fails again and again: then it can be called once more.
    """
    asked = held_out[-MOST_HELD_OUT:]
    try:
        held = (
            await answers(bench.engine, candidate, asked, lambda n: tell("held-out errors, new", n, len(asked))),
            await answers(bench.engine, current, asked, lambda n: tell("held-out errors, before", n, len(asked))),
        )
    except CoefficientsMissing as error:
        return Judged(Settled(passed=False, reason=str(error)))
    compared = _compared(asked, *held)
    if not (first := settle(held)).passed:
        return Judged(first, compared)
    now, before, known = await kept(bench, current, candidate, koans, lambda n, of: tell("frozen tasks", n, of))
    return Judged(settle(held, (now, before), frozen_tasks=(known, len(koans))), compared)


async def answers(
    engine: Engine, coefficients: str, examples: Sequence[Example], done: Callable[[int], None] = lambda _: None
) -> HeldOut:
    """Ask for each example's repair without chance, and how likely the right one is where the engine can say."""
    scores = (await engine.capabilities()).scores
    given: list[str] = []
    likelihood: list[float] = []
    for number, example in enumerate(examples, 1):
        given.append(await _answered(engine, coefficients, example))
        if scores:
            likelihood += await engine.score(example.messages, [example.answer], coefficients)
        done(number)
    exact = tuple(same_code(answer, example.answer) for answer, example in zip(given, examples, strict=True))
    return HeldOut(exact, tuple(likelihood), tuple(given))


def same_code(answer: str, right: str) -> bool:
    """Do two texts differ in layout, comments and a fence around them at most?"""
    bare = "\n".join(line for line in answer.splitlines() if not line.strip().startswith("```"))
    return code_texts(bare) == code_texts(right)


def _compared(examples: Sequence[Example], now: HeldOut, before: HeldOut) -> tuple[Answered, ...]:
    return tuple(
        Answered(example.id, before.given[n], now.given[n], before.exact[n], now.exact[n])
        for n, example in enumerate(examples)
    )


async def _answered(engine: Engine, coefficients: str, example: Example) -> str:
    request = Request(
        example.messages,
        max_tokens=span_room(example.answer),
        stop=("\n" + REWRITE,),
        coefficients=coefficients,
        reproducible=True,
        deadline=_NO_LIMIT_SECONDS,
    )
    async with contextlib.aclosing(engine.generate(request)) as given:  # type: ignore[type-var]
        async for answer in given:
            return answer.text
    return ""


async def kept(
    bench: Bench, current: str, candidate: str, koans: Sequence[Koan], done: Callable[[int, int], None]
) -> tuple[tuple[TaskResult, ...], tuple[TaskResult, ...], int]:
    """The candidate's results on what passes now, up to the first that it loses; those that they are held against; and
    how many of the tasks what is in use has been asked by now."""
    in_use, new = Frozen(bench, current, koans), Frozen(bench, candidate, koans)
    now: list[TaskResult] = []
    before: list[TaskResult] = []
    asked = of_the_night(koans, in_use.known)
    for number, koan in enumerate(asked, 1):
        was = await in_use.ask(koan)
        if was.passed:
            before.append(was)
            now.append(await new.ask(koan))
            if not now[-1].passed:
                break
        done(number, len(asked))
    return tuple(now), tuple(before), len(in_use.known)


def of_the_night(koans: Sequence[Koan], known: Mapping[str, TaskResult]) -> list[Koan]:
    """What one night asks: all that is known to pass now, then the first part that is not known as a whole. Pure.

    A part has one task of each family, as long as it has one; which ones is left to chance, the same for all nights.
    """
    by_family: dict[str, list[Koan]] = defaultdict(list)
    for koan in sorted(koans, key=lambda koan: hashlib.blake2b(koan.id.encode()).digest()):
        by_family[koan.family].append(koan)
    unknown = (
        [koan for koan in part if koan is not None and koan.id not in known]
        for part in zip_longest(*by_family.values())
    )
    passing = [koan for koan in koans if koan.id in known and known[koan.id].passed]
    return passing + next((part for part in unknown if part), [])


class Frozen:
    """What a set was asked of the frozen tasks: a run that goes on from night to night."""

    def __init__(self, bench: Bench, coefficients: str, koans: Sequence[Koan]) -> None:
        tasks = digest(koans)
        # Another compiler or server is another measurement.
        conditions = f"{bench.model} {tasks} {bench.engine.name} {bench.engine.model} {bench.rustc}"
        name = f"frozen-{hashlib.blake2b(conditions.encode(), digest_size=5).hexdigest()}-{coefficients or BARE}"
        self._bench = bench
        self._koans = koans
        self._files = RunFolder(run_folder(bench.data, name))
        self._run = self._files.begin(
            Run(
                id=name,
                tasks="frozen",
                digest=tasks,
                count=len(koans),
                rungs=(Source.MODEL,),
                engine=bench.engine.name,
                model=bench.engine.model,
                coefficients=coefficients,
                rustc=bench.rustc,
            )
        )
        self.known = self._read()

    async def ask(self, koan: Koan) -> TaskResult:
        """The task's result; it is asked where that is not known yet. Raises `RunError` where the engine fails."""
        if koan.id not in self.known:
            asked = [one for one in self._koans if one.id in self.known or one.id == koan.id]
            await run_tasks(asked, self._run, self._files, self._bench.parts)
            self.known = self._read()
        return self.known[koan.id]

    def _read(self) -> dict[str, TaskResult]:
        return {result.task: result for result in read_results(self._files.folder)}
