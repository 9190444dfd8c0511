"""The agent's loop: one task, until it is green or the plan gives up.

There is one loop. With the ladder for a plan (`agent.fixed`) it does what the daemon does for a developer; with a
model for a plan (`agent.model`) the model chooses the tools. Either way every patch is compiled before it is kept, and
the transcript has every action with its answer.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from sleepy_core.agent.actions import RunCheck, Turn
from sleepy_core.agent.bench import Bench
from sleepy_core.agent.desk import Desk, Kept
from sleepy_core.agent.plan import Plan
from sleepy_core.model import Diagnostic


@dataclass(frozen=True, slots=True)
class Work:
    """What was done about a task."""

    before: tuple[Diagnostic, ...]
    left: tuple[Diagnostic, ...]
    kept: tuple[Kept, ...]
    turns: tuple[Turn, ...]  # the transcript
    patches: int  # patches tried, until it was green or given up: the steps
    green: bool
    test: str  # why the tests fail; "" where they pass, or where nothing compiles that could be tested
    first_test: str | None  # the same of the first repair alone; None where that left errors, or there was none
    seconds: float  # without the tests

    @property
    def passed(self) -> bool:
        """It compiles, and its tests pass."""
        return self.green and not self.test


async def work(bench: Bench, plan: Plan) -> Work:
    """Let the plan work on the bench's task. What the bench and the plan's engine raise comes out here."""
    start = time.monotonic()
    tested = 0.0
    desk = Desk(bench)
    first_test: str | None = None
    try:
        await desk.do(RunCheck())
        before = desk.errors
        while not desk.green and (action := await plan.next(desk)) is not None:
            offer = plan.told(await desk.do(action))
            if offer is None or offer.proposal.weak:
                continue
            left = await desk.keep(offer)
            if len(desk.kept) == 1 and not left:
                began = time.monotonic()
                first_test = await bench.test()
                tested += time.monotonic() - began
    finally:
        await plan.aclose()
    seconds = time.monotonic() - start - tested
    return Work(
        before=before,
        left=desk.errors,
        kept=tuple(desk.kept),
        turns=tuple(desk.turns),
        patches=desk.patches,
        green=desk.green,
        test=await bench.test() if desk.green else "",
        first_test=first_test,
        seconds=seconds,
    )
