import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.any_episode import any_episode
from helpers.episodes import REPO, an_attempt, an_episode
from sleepy_core.errors import StoreError
from sleepy_core.model import Episode, Outcome, Source
from sleepy_core.store import jsonl
from sleepy_core.store.database import Database, Imported
from sleepy_core.store.episodes import EpisodeFilter
from sleepy_core.store.migrations import VERSION

EVERY = EpisodeFilter()
GOLDEN = Path(__file__).with_name("episode-v1.jsonl")


async def exported(database: Database, which: EpisodeFilter = EVERY) -> list[str]:
    return [line async for line in database.export_lines(which)]


def a_line(**changes: Any) -> str:
    record = jsonl.Record(
        schema_version=VERSION,
        repository=jsonl.Repository(name="orchard", root_commit=None, path_in_repo=""),
        episode=an_episode(),
        attempts=(an_attempt(),),
    )
    data = json.loads(jsonl.to_line(record))
    data["episode"] |= changes
    return json.dumps(data)


@given(st.lists(any_episode(), max_size=5, unique_by=lambda e: e.id))
@settings(max_examples=15, deadline=None)
async def test_what_is_exported_and_imported_elsewhere_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, episodes: Sequence[Episode]
) -> None:
    folder = tmp_path_factory.mktemp("round-trip")
    async with Database.open(folder / "one.db") as one, Database.open(folder / "two.db") as two:
        await one.remember_repo(REPO, folder / "secret-place")
        for episode in episodes:
            await one.add_episode(episode, [an_attempt()])
        lines = await exported(one)
        assert "secret-place" not in "".join(lines)
        assert await two.import_lines(lines) == Imported(len(episodes), 0)
        assert await exported(two) == lines
        assert await two.episodes() == await one.episodes()


async def test_an_import_brings_its_repositories_and_leaves_known_ones_alone(
    database: Database, tmp_path: Path
) -> None:
    await database.import_lines([a_line(repo="new")])
    await database.remember_repo(REPO, tmp_path)
    await database.import_lines([a_line(repo=REPO.id)])
    repos = {repo.id: repo for repo in await database.repos()}
    assert (repos["new"].name, repos["new"].path) == ("orchard", None)
    assert (repos[REPO.id].root_commit, repos[REPO.id].path) == (REPO.root_commit, tmp_path)


async def test_importing_again_adds_nothing_and_keeps_what_happened_since(database: Database) -> None:
    episode = an_episode()
    await database.add_episode(episode, [an_attempt()])
    lines = await exported(database)
    await database.move(episode.id, Outcome.ACCEPTED)
    assert await database.import_lines(lines + lines) == Imported(0, 2)
    stored = await database.episode(episode.id)
    assert stored is not None
    assert stored.outcome is Outcome.ACCEPTED
    assert await database.attempts(episode.id) == (an_attempt(),)


async def test_an_export_can_be_narrowed_and_is_in_order_of_time(database: Database) -> None:
    episodes = [an_episode(repo=f"r{n % 2}") for n in range(500)]
    for episode in episodes:
        await database.add_episode(episode)
    ids = [json.loads(line)["episode"]["id"] for line in await exported(database, EpisodeFilter(repo="r1"))]
    assert ids == [e.id for e in episodes if e.repo == "r1"]


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ("not json", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "not an exported episode"),
        ('{"schema_version": true}', "not an exported episode"),
        ('{"schema_version": 0}', "not an exported episode"),
        ('{"schema_version": 1}', "repository: Field required"),
        ('{"schema_version": 999}', "written by a newer Sleepy Coder"),
        (a_line(id=""), "episode.id"),
        (a_line(source="oracle"), "episode.source"),
        (a_line(attempts="7"), "episode.attempts"),
        (a_line(outcome="human"), "episode.outcome: human is impossible for a fix from compiler"),
        (a_line(diif=""), "episode.diif: Unexpected"),
        (a_line(attempts=2**70), "line 251"),
        (a_line(ms=float("nan")), "line 251"),
    ],
)
async def test_a_bad_line_is_named_and_nothing_is_imported(database: Database, bad: str, sentence: str) -> None:
    good = [a_line(id=f"good-{n}") for n in range(250)]
    with pytest.raises(StoreError, match="line 251: ") as caught:
        await database.import_lines([*good, bad, a_line()])
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert await database.episodes() == ()
    assert await database.repos() == ()
    await database.import_lines(good)


async def test_empty_lines_are_skipped_and_still_counted(database: Database) -> None:
    with pytest.raises(StoreError, match="line 3"):
        await database.import_lines([a_line(), "\n", "nonsense"])
    assert await database.import_lines(["", a_line(), "\n"]) == Imported(1, 0)


def test_an_older_line_is_brought_up_to_date_step_by_step() -> None:
    data = json.loads(a_line())
    data["episode"]["kind_of_error"] = data["episode"].pop("family")

    def rename(old: dict[str, Any]) -> dict[str, Any]:
        episode = dict(old["episode"])
        episode["family"] = episode.pop("kind_of_error")
        return {**old, "episode": episode}

    record = jsonl.from_line(json.dumps(data), version=VERSION + 1, upgrades={VERSION: rename})
    assert record.episode.family == "mismatched-types/borrow"
    assert record.schema_version == VERSION + 1


def test_lines_of_version_1_can_be_read_for_ever() -> None:
    """This file is never to be edited: other machines hold files like it."""
    ((number, record),) = jsonl.records(GOLDEN.read_text().splitlines())
    assert number == 1
    assert record.episode == an_episode(id=record.episode.id)
    assert record.episode.source is Source.COMPILER
    assert record.attempts == (an_attempt(),)
    assert record.repository.name == "orchard"
