"""What was promoted is taken back when its fixes are taken less often."""

from __future__ import annotations

import time
from pathlib import Path

from helpers.lessons import a_lesson
from sleepy_core.model import Outcome, Source
from sleepy_core.night.next_day import look_back
from sleepy_core.store.coefficients import CoefficientSet, Status
from sleepy_core.store.database import Database

DAY = 86400.0


async def answered(database: Database, count: int, outcome: Outcome, coefficients: str, when: float, at: int) -> None:
    for number in range(count):
        changes = {"source": Source.MODEL, "coefficients": coefficients, "created": when + number, "closed": when}
        await database.add_episode(a_lesson(at + number, outcome=outcome, **changes))


async def promoted(database: Database, id_: str) -> None:
    await database.add_coefficients(CoefficientSet(id_, "d1", "b", 1.0, repo="repo-1"), "trained")
    await database.promote(id_, "better")


async def test_a_set_whose_fixes_are_refused_goes_and_the_one_before_it_answers_again(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "sleepy.db") as database:
        await answered(database, 9, Outcome.CONFIRMED, "old", time.time() - DAY, 0)
        await promoted(database, "old")
        await promoted(database, "new")
        await answered(database, 4, Outcome.DISMISSED, "new", time.time() + 1, 100)
        assert await look_back(database) == ()  # too few to say
        await answered(database, 2, Outcome.REVERTED, "new", time.time() + 10, 200)
        ((set_, why),) = await look_back(database)
        assert (set_.id, why) == ("new", "its fixes are taken less often: 0 of 6, and 9 of 9 before it")
        assert {s.id: s.status for s in await database.coefficient_sets()} == {
            "old": Status.CURRENT,
            "new": Status.REJECTED,
        }
        assert (await database.coefficient_moves("new"))[-1].reason == why
        assert await look_back(database) == ()  # the old one is not judged by the new one's offers


async def test_other_repositories_older_offers_and_other_rungs_say_nothing(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "sleepy.db") as database:
        await answered(database, 9, Outcome.CONFIRMED, "", time.time() - DAY, 0)
        await promoted(database, "new")
        await answered(database, 6, Outcome.DISMISSED, "", time.time() + 1, 100)  # the bare model's
        for number in range(6):
            await database.add_episode(
                a_lesson(300 + number, outcome=Outcome.DISMISSED, coefficients="new", created=time.time() + 1)
            )  # the compiler's
        assert await look_back(database) == ()
