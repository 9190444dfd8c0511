"""A night that was promoted, made by the product's own steps; only the training and the model are the test's."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.lessons import NIGHT, REPO, a_lesson
from helpers.trainings import at_once
from sleepy_core.night.asleep import Asleep, Limits
from sleepy_core.night.example import Example
from sleepy_core.night.job import TrainJob, TrainResult
from sleepy_core.night.judging import Judged
from sleepy_core.night.learned import Answered
from sleepy_core.night.making import Worker
from sleepy_core.night.night import Night
from sleepy_core.night.promote import HeldOut, settle
from sleepy_core.paths import data_dir
from sleepy_core.repo.identity import identify
from sleepy_core.store.database import Database, database_path
from sleepy_core.store.ids import new_id


class _AtOnce(Worker):
    async def do(self, job: TrainJob, file: Path) -> TrainResult:
        return at_once(job, file)


async def a_promoted_night(data: Path, database: Database, repo: str = REPO.id, lessons: int = 4) -> Night:
    """Fixes of one kind, the newest held out; the candidate knows its repair, and the bare model does not."""
    for number in range(lessons):
        lesson = a_lesson(number, call=f"f({'x, ' * number}name)", closed=NIGHT + number, repo=repo)
        await database.add_episode(lesson)

    async def judge(night: Night, held_out: tuple[Example, ...]) -> Judged:
        now, before = HeldOut((True,) * len(held_out)), HeldOut((False,) * len(held_out))
        answers = (Answered(e.id, before=e.asked, now=e.answer, exact_before=False, exact_now=True) for e in held_out)
        return Judged(settle((now, before), ((), ()), frozen_tasks=(245, 245)), tuple(answers))

    def tell(event: Mapping[str, Any]) -> None:
        pass

    night = Night(new_id(), repo, REPO.name, "/model.gguf", "d1", NIGHT + lessons)
    asleep = Asleep(data, database, Limits(), judge, tell)
    asleep._worker = _AtOnce(tell)
    return await asleep.run(night)


async def _main(folder: Path) -> None:
    """A promoted night of the repository at a folder, in the home that the environment names."""
    repo = await identify(folder)
    async with Database.open(database_path()) as database:
        await database.remember_repo(repo, folder)
        print((await a_promoted_night(data_dir(), database, repo.id)).id)


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
