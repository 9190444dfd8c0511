"""What a day over koans leaves in the database: an episode a repair, confirmed or dismissed by the test."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from sleepy_core.evaluate.koan_bench import REPO
from sleepy_core.evaluate.results import Run
from sleepy_core.evaluate.run import Done
from sleepy_core.ledger import Origin, episode
from sleepy_core.model import Outcome
from sleepy_core.store.database import Database

_MANY = 1_000_000


async def remember(database: Database, run: Run, done: Done) -> tuple[str, ...]:
    """Write the repairs of one koan; the episodes' ids.

    A repair counts as taken where the koan ended green and its test passes; one that only compiles, or leads
    nowhere, is dismissed with the reason, so that recall never repeats it. The note names the koan.
    """
    origin = Origin(REPO, run.id, run.engine, run.model)
    written = []
    for number, kept in enumerate(done.work.kept, 1):
        made = episode(kept.offer, kept.bases, origin, head="", steps=number)
        await database.add_episode(made, kept.tried)
        written.append(made.id)
        if done.work.passed:
            await database.move(made.id, Outcome.ACCEPTED, done.koan.id)
            await database.move(made.id, Outcome.CONFIRMED)
        else:
            why = done.work.test or f"{len(done.work.left)} errors are left"
            await database.move(made.id, Outcome.DISMISSED, f"{done.koan.id}: {why}")
    return tuple(written)


async def begin(database: Database, run: Run, done: Collection[str]) -> None:
    """Before a run writes: make the koans' repository known, and forget what a killed run wrote of a task that has no
    result, as that task is asked again. `done` are the ids of the episodes that results tell of.
    """
    await database.remember_repo(REPO, Path())
    for left in await database.episodes(run=run.id, limit=_MANY):
        if left.id not in done:
            await database.forget_episode(left.id)
