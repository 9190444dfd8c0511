"""A run over koans: several at a time, each result on the disk before the next one counts, resumable after a kill.

Limits are numbers of candidates, not seconds, and nothing depends on which task ends first: so the same comes out on a
slow machine, and again. An engine answers one task at a time, because llama.cpp's sums depend on what else is decoded
at the same moment. Where there are processors for it, several engines answer a task each.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sleepy_core.agent.fixed import FixedPlan
from sleepy_core.agent.model import ModelPlan
from sleepy_core.agent.plan import Plan
from sleepy_core.day import Work, work
from sleepy_core.engines.metered import Metered
from sleepy_core.engines.protocol import Engine
from sleepy_core.errors import EngineError
from sleepy_core.evaluate.koan_bench import KoanBench, unusable
from sleepy_core.evaluate.results import Run, RunError, RunFolder, RunSummary, TaskResult, read_results, summarise
from sleepy_core.evaluate.transcript import transcript
from sleepy_core.model import Source
from sleepy_core.processes import cores
from sleepy_core.propose.case import Proposer
from sleepy_core.propose.coefficients import always
from sleepy_core.propose.compiler import CompilerProposer
from sleepy_core.propose.model import ModelProposer
from sleepy_core.propose.recall import Find, RecallProposer
from sleepy_core.propose.search.search import SearchProposer
from sleepy_core.settings import Settings
from sleepy_koans.check import Checker
from sleepy_koans.koan import Koan

RUNGS = (Source.COMPILER, Source.RECALL, Source.SEARCH, Source.MODEL)
_NO_LIMIT_SECONDS = 3600.0
# Tasks in a row that the engine failed on, twice each: then it is not the tasks.
_FAILURES = 3


@dataclass(frozen=True, slots=True)
class Parts:
    """What a run works with; whoever opened them closes them."""

    checker: Checker
    settings: Settings  # see `settings_for`
    engines: tuple[Engine, ...] = ()  # where the run has the rung of the model; one for each task at a time
    find: Find | None = None  # where it has the rung of recall


@dataclass(frozen=True, slots=True)
class Done:
    """One task that was asked, and all that was done about it."""

    koan: Koan
    work: Work
    result: TaskResult


Record = Callable[[Done], Awaitable[tuple[str, ...]]]


# Each has a memory of its own for prompts and answers.
_MOST_ENGINES = 4


def settings_for(samples: int, settings: Settings, *, several: bool = False) -> Settings:
    """The settings that a run works with: no clock, and all cores for one engine, or a part of them for `several`."""
    engines = min(cores(), _MOST_ENGINES) if several else 1
    return settings.with_changes(
        {
            "fix": {"budget_seconds": _NO_LIMIT_SECONDS},
            "search": {"milliseconds": int(_NO_LIMIT_SECONDS * 1000), "parallel": 1, "rated": False, "enabled": True},
            "engine": {
                "samples": samples,
                "threads": settings.engine.threads or cores() // engines,
                "deadline_seconds": _NO_LIMIT_SECONDS,
            },
        }
    )


def engines_beside(settings: Settings) -> int:
    """How many more engines there are cores for, by the settings that a run works with."""
    return max(1, min(cores() // settings.engine.threads, _MOST_ENGINES)) - 1


async def run_tasks(
    koans: Sequence[Koan],
    run: Run,
    folder: RunFolder,
    parts: Parts,
    *,
    record: Record | None = None,
    watch: Callable[[TaskResult], None] = lambda _: None,
) -> RunSummary:
    """Ask every koan that the folder has no result of. `record` hears of each before its result is written.

    An engine that fails on a task is asked once more; a task that it fails on again is left for another go, and after
    several such in a row the run stops: `RunError`, and the run can be taken up again.
    """
    known = {result.task for result in read_results(folder.folder)}
    waiting = deque(koan for koan in koans if koan.id not in known)
    failed: list[tuple[Koan, EngineError]] = []
    in_a_row = 0

    async def worker(engine: Engine | None) -> None:
        nonlocal in_a_row
        while waiting and in_a_row < _FAILURES:
            koan = waiting.popleft()
            done = await _asked_twice(koan, run, parts, engine)
            if isinstance(done, EngineError):
                failed.append((koan, done))
                in_a_row += 1
                continue
            in_a_row = 0
            result = done if isinstance(done, TaskResult) else done.result
            if record is not None and isinstance(done, Done):
                result = replace(result, episodes=await record(done))
            if isinstance(done, Done):
                folder.append_transcript(transcript(koan.id, done.work))
            folder.append(result)
            watch(result)

    with folder:
        try:
            async with asyncio.TaskGroup() as workers:
                for engine in _engines(run, parts):
                    workers.create_task(worker(engine))
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
    if failed:
        koan, error = failed[0]
        raise RunError(
            f"the engine failed on {len(failed)} tasks, first on {koan.id}: {error} "
            f"What was measured is kept; go on with --run-id {run.id}"
        )
    wanted = {koan.id for koan in koans}
    summary = summarise(run, (result for result in read_results(folder.folder) if result.task in wanted))
    folder.finish(summary)
    return summary


def _engines(run: Run, parts: Parts) -> Sequence[Engine | None]:
    """One for each task that is worked on at a time. What recall finds depends on which task ended before."""
    if run.engine == "":
        return [None] * cores()
    assert parts.engines, "a run that asks a model has an engine"
    return parts.engines[: 1 if Source.RECALL in run.rungs else None]


async def _asked_twice(koan: Koan, run: Run, parts: Parts, engine: Engine | None) -> Done | TaskResult | EngineError:
    told = await ask(koan, run, parts, engine)
    return await ask(koan, run, parts, engine) if isinstance(told, EngineError) else told


async def ask(koan: Koan, run: Run, parts: Parts, engine: Engine | None) -> Done | TaskResult | EngineError:
    """Have one koan worked on: what came of it, or only why it was skipped, or the engine's failure."""
    blank = TaskResult(
        run=run.id,
        task=koan.id,
        family=koan.family,
        codes=koan.codes,
        signature="",
        split=koan.split,
        engine=run.engine,
        model=run.model,
        coefficients=run.coefficients,
        seed=run.seed,
        cycle=run.cycle,
    )
    if why := await unusable(koan, parts.checker):
        return replace(blank, skipped=why)
    bench = KoanBench(koan, parts.checker, parts.settings)
    metered = Metered(engine) if engine is not None else None
    did = await work(bench, plan_of(run, bench, parts, metered))
    if metered is not None and metered.failure is not None:
        return metered.failure
    first = bench.case(did.before[0])
    result = replace(
        blank,
        signature=first.signature,
        passed=did.passed,
        compiled=did.green,
        steps=did.patches if did.green else None,
        attempts=bench.compiled if did.green else None,
        tried=bench.compiled,
        first_compiled=did.first_test is not None,
        first_right=did.first_test == "",
        source=did.kept[-1].offer.proposal.source if did.green else None,
        prompt_tokens=metered.prompt_tokens if metered is not None else 0,
        answer_tokens=metered.answer_tokens if metered is not None else 0,
        seconds=round(did.seconds, 3),
    )
    return Done(koan, did, result)


def plan_of(run: Run, bench: KoanBench, parts: Parts, engine: Engine | None) -> Plan:
    """The run's plan for one task."""
    if run.plan == "model":
        assert engine is not None
        return ModelPlan(engine, parts.settings.engine, run.coefficients, run.max_attempts)
    rungs = [_rung(source, run, bench, parts, engine) for source in run.rungs]
    cheap = [rung for rung in rungs if rung.source is not Source.MODEL]
    costly = [rung for rung in rungs if rung.source is Source.MODEL]
    return FixedPlan((cheap, costly), parts.settings.fix, run.max_attempts)


def _rung(source: Source, run: Run, bench: KoanBench, parts: Parts, engine: Engine | None) -> Proposer:
    match source:
        case Source.COMPILER:
            return CompilerProposer()
        case Source.RECALL:
            assert parts.find is not None
            return RecallProposer(parts.find)
        case Source.SEARCH:
            return SearchProposer(bench, _no_habits)
        case Source.MODEL:
            assert engine is not None
            return ModelProposer(engine, parts.settings.engine, always(run.coefficients))
        case _:
            raise RunError(f"{source} is no rung; there are {', '.join(RUNGS)}")


async def _no_habits(repo: str, family: str) -> Mapping[str, float]:
    """Nobody has taken or refused an edit of a koan."""
    del repo, family
    return {}
