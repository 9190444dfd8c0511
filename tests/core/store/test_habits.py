"""What became of searched edits is counted for each repository, family and kind of edit."""

from __future__ import annotations

from helpers.episodes import REPO, an_episode
from sleepy_core.model import Outcome, Source
from sleepy_core.store.database import Database
from sleepy_core.store.habits import Habit


async def add(database: Database, kind: str, *moves: Outcome, **changes: object) -> None:
    episode = an_episode(source=Source.SEARCH, edit_kind=kind, family="borrow-after-move", **changes)
    await database.add_episode(episode)
    for outcome in moves:
        await database.move(episode.id, outcome)


async def test_one_kept_fix_is_a_habit(database: Database) -> None:
    await add(database, "borrow", Outcome.ACCEPTED)
    assert await database.habits(REPO.id) == (Habit("borrow-after-move", "borrow", 1, 0),)


async def test_what_was_undone_or_dismissed_counts_against_it(database: Database) -> None:
    await add(database, "clone", Outcome.ACCEPTED, Outcome.CONFIRMED, Outcome.REVERTED)
    await add(database, "clone", Outcome.DISMISSED)
    await add(database, "clone", Outcome.ACCEPTED, Outcome.CONFIRMED)
    assert await database.habits(REPO.id, "borrow-after-move") == (Habit("borrow-after-move", "clone", 1, 2),)


async def test_what_nobody_answered_counts_nowhere(database: Database) -> None:
    await add(database, "borrow")
    assert await database.habits(REPO.id) == ()


async def test_habits_are_the_repositorys_own(database: Database) -> None:
    await add(database, "borrow", Outcome.ACCEPTED, repo="another")
    assert await database.habits(REPO.id) == ()
    assert len(await database.habits(None)) == 1


async def test_what_was_not_searched_for_is_no_habit(database: Database) -> None:
    await database.add_episode(an_episode(outcome=Outcome.ACCEPTED))
    assert await database.habits(None) == ()
