"""What a night has learned, as a person reads it."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from helpers.promoted_night import a_promoted_night
from sleepy_core.night.learned import MOST_LESSONS, Answered, Lesson, as_markdown, learned
from sleepy_core.night.night import NightError, folder_of
from sleepy_core.store.database import Database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database.open(tmp_path / "sleepy.db") as database:
        yield database


async def test_it_has_the_lessons_the_answers_the_rules_and_what_became_of_it(
    tmp_path: Path, database: Database
) -> None:
    night = await a_promoted_night(tmp_path, database)
    found = await learned(tmp_path, database, night.id)
    assert (found.promoted, found.answers, found.lessons_in_all) == (True, True, 3)
    assert found.lessons[0].asked == "    f(x, x, name);"  # the newest of those that were not held out
    ((lesson, answered),) = found.held_out
    assert (lesson.code, lesson.repair) == ("E0308", "    f(x, x, x, &name);")
    assert (answered.exact_before, answered.exact_now) == (False, True)
    page = as_markdown(found)
    for part in (
        "# What orchard has learned",
        "**it repairs 1 of 1 errors that it had not seen as you did; before, 0**. It answers in this repository.",
        "### E0308: mismatched types, in src/lib.rs",
        "You repaired\n\n```rust\n    f(x, x, x, name);\n```\n\nas\n\n```rust\n    f(x, x, x, &name);\n```",
        "Before, otherwise than you:\n\n```rust\n    f(x, x, x, name);\n```",
        "Now, as you did:",
        "- kept: held-out repairs not fewer (of 1 held-out errors 0 were repaired as it was done before, 1 now)",
        "## What it learned from: 3 fixes",
        f"in src/lib.rs, taken; episode `{found.lessons[0].episode}`",
        "trained on 3 examples",
    ):
        assert part in page


async def test_what_was_rolled_back_says_so_and_what_was_forgotten_is_not_missed(
    tmp_path: Path, database: Database
) -> None:
    night = await a_promoted_night(tmp_path, database)
    await database.rollback(night.id, "worse at *macros*")
    found = await learned(tmp_path, database, night.id)
    assert not found.answers
    assert "It answers no more (rejected: worse at \\*macros\\*)." in as_markdown(found)
    await database.forget_episode(found.lessons[0].episode)
    again = await learned(tmp_path, database, night.id)
    assert "mismatched-types (its episode was forgotten since)" in as_markdown(again)


async def test_a_night_without_answers_is_shown_without_them(tmp_path: Path, database: Database) -> None:
    night = await a_promoted_night(tmp_path, database)
    (folder_of(tmp_path, night.id) / "answers.jsonl").unlink()
    page = as_markdown(await learned(tmp_path, database, night.id))
    assert "before and now" not in page
    assert "## What it learned from" in page


async def test_there_is_no_page_of_a_night_that_never_was(tmp_path: Path, database: Database) -> None:
    with pytest.raises(NightError):
        await learned(tmp_path, database, "never")


async def test_code_and_messages_stay_what_they_are(tmp_path: Path, database: Database) -> None:
    night = await a_promoted_night(tmp_path, database)
    found = await learned(tmp_path, database, night.id)
    lesson = Lesson("e", "f", "human", "a ``` b", "c", "E0308", "expected `Vec<T>`, found *<b>it</b>", "a_b.rs")
    answered = Answered("e", "d", "d", exact_before=False, exact_now=False)
    shown = dataclasses.replace(found, held_out=((lesson, answered),))
    page = as_markdown(shown)
    assert "````rust\na ``` b\n````" in page
    assert "### E0308: expected `Vec<T>`, found \\*\\<b\\>it\\</b\\>, in a\\_b.rs" in page
    assert "Before and now, otherwise than you:\n\n```rust\nd\n```" in page


async def test_of_very_many_lessons_the_newest_are_shown_and_the_others_counted(
    tmp_path: Path, database: Database
) -> None:
    night = await a_promoted_night(tmp_path, database, lessons=2 * MOST_LESSONS)
    found = await learned(tmp_path, database, night.id)
    more = found.lessons_in_all - MOST_LESSONS
    assert len(found.lessons) == MOST_LESSONS
    assert more > 0
    assert f"- and {more} older" in as_markdown(found)
