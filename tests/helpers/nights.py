"""A night that was promoted, made by the product's own steps; only the training and the model are the test's."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.lessons import NIGHT, REPO, a_lesson
from sleepy_core.night.asleep import Asleep, Limits
from sleepy_core.night.example import Example
from sleepy_core.night.judging import Judged
from sleepy_core.night.learned import Answered
from sleepy_core.night.night import Night
from sleepy_core.night.promote import HeldOut, settle
from sleepy_core.paths import data_dir
from sleepy_core.repo.identity import identify
from sleepy_core.store.database import Database, database_path
from sleepy_core.store.ids import new_id

_TRAINING = """{"method": "share", "model": "m", "model_digest": "", "data_digest": "", "basis_id": "random-1",
"trained": 9, "examples": 3, "too_long": 0, "steps": 50, "ended": "steps", "loss": 0.5,
"held_out": [[0, 2.0], [50, 1.0]], "best_step": 50, "learning_rate": 0.03, "seed": 1, "seconds": 9.0,
"peak_bytes": 1, "version": "0", "libraries": {}}"""


async def trained(_: Asleep, job: Path) -> None:
    """In the place of `Asleep._work`: a training that has its result at once."""
    out = job.parent / "adapter"
    out.mkdir(exist_ok=True)
    (out / "adapter_model.safetensors").write_bytes(b"numbers")
    (out / "training.json").write_text(_TRAINING)


class _Trained(Asleep):
    _work = trained


async def a_promoted_night(data: Path, database: Database, repo: str = REPO.id, lessons: int = 4) -> Night:
    """Fixes of one kind, the newest held out; the candidate knows its repair, and the bare model does not."""
    for number in range(lessons):
        lesson = a_lesson(number, call=f"f({'x, ' * number}name)", closed=NIGHT + number, repo=repo)
        await database.add_episode(lesson)

    async def judge(night: Night, held_out: tuple[Example, ...]) -> Judged:
        now, before = HeldOut((True,) * len(held_out)), HeldOut((False,) * len(held_out))
        answers = (Answered(e.id, before=e.asked, now=e.answer, exact_before=False, exact_now=True) for e in held_out)
        return Judged(settle((now, before), ((), ()), frozen_tasks=245), tuple(answers))

    def tell(event: Mapping[str, Any]) -> None:
        pass

    night = Night(new_id(), repo, REPO.name, "/model.gguf", "d1", NIGHT + lessons)
    return await _Trained(data, database, Limits(), judge, tell).run(night)


async def _main(folder: Path) -> None:
    """A promoted night of the repository at a folder, in the home that the environment names."""
    repo = await identify(folder)
    async with Database.open(database_path()) as database:
        await database.remember_repo(repo, folder)
        print((await a_promoted_night(data_dir(), database, repo.id)).id)


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
