"""What a candidate can do, held against what is in use: on held-out errors, then on frozen tasks. Greedy and paired.

The held-out errors come first: they are few, and most of what fails, fails there. Of the frozen tasks the candidate is
asked those that pass now, since only these can be lost. What is in use is asked all of them once; its results are an
ordinary run in the data folder, whose name says the model, the set and the tasks, so that no night measures it again.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
    before = await frozen(bench, current, koans, lambda n: tell("frozen tasks, before", n, len(koans)))
    passing = {result.task for result in before if result.passed}
    can_be_lost = [koan for koan in koans if koan.id in passing]
    now = await frozen(
        bench, candidate, koans, lambda n: tell("frozen tasks, new", n, len(can_be_lost)), only=can_be_lost
    )
    return Judged(settle(held, (now, [r for r in before if r.passed]), frozen_tasks=len(koans)), compared)


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


async def frozen(
    bench: Bench,
    coefficients: str,
    koans: Sequence[Koan],
    done: Callable[[int], None] = lambda _: None,
    *,
    only: Sequence[Koan] | None = None,
) -> tuple[TaskResult, ...]:
    """A set's results on the frozen tasks, or on some of them, in their order; asks what is not known yet."""
    tasks = digest(koans)
    name = coefficients or BARE
    # Another compiler or server is another measurement.
    conditions = f"{bench.model} {tasks} {bench.engine.name} {bench.engine.model} {bench.rustc}"
    run = Run(
        id=f"frozen-{hashlib.blake2b(conditions.encode(), digest_size=5).hexdigest()}-{name}",
        tasks="frozen",
        digest=tasks,
        count=len(koans),
        rungs=(Source.MODEL,),
        engine=bench.engine.name,
        model=bench.engine.model,
        coefficients=coefficients,
        rustc=bench.rustc,
    )
    wanted = koans if only is None else only
    files = RunFolder(run_folder(bench.data, run.id))
    run = files.begin(run)
    known = {result.task for result in read_results(files.folder)}
    missing = [koan for koan in wanted if koan.id not in known]
    count = len(wanted) - len(missing)
    if missing:

        def watch(_: TaskResult) -> None:
            nonlocal count
            count += 1
            done(count)

        await run_tasks(wanted, run, files, bench.parts, watch=watch)
    results = {result.task: result for result in read_results(files.folder)}
    return tuple(results[koan.id] for koan in wanted if koan.id in results)
