import asyncio
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from helpers.any_episode import any_episode
from helpers.diagnostics import diagnostic, insert, marked, suggestion
from helpers.episodes import REPO, an_attempt, an_episode
from sleepy_core.errors import StoreError
from sleepy_core.model import Episode, Outcome, RepoIdentity, Source, VerdictKind
from sleepy_core.store import jsonl
from sleepy_core.store.database import Database
from sleepy_core.store.episodes import EpisodeFilter
from sleepy_core.store.repos import Fresh


async def test_an_episode_comes_back_as_it_went_in(database: Database) -> None:
    episode = an_episode()
    await database.add_episode(episode)
    assert await database.episode(episode.id) == episode


@given(any_episode())
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_any_text_comes_back_as_it_went_in(database: Database, episode: Episode) -> None:
    await database.add_episode(episode)
    assert await database.episode(episode.id) == episode


async def test_half_a_character_from_a_broken_tool_is_stored_as_a_question_mark(database: Database) -> None:
    episode = an_episode(message="a \ud800 b", result_digests=(("\udcff.rs", "d"),))
    await database.add_episode(episode)
    stored = await database.episode(episode.id)
    assert stored is not None
    assert stored.message == "a ? b"


async def test_the_same_id_twice_is_an_error_and_changes_nothing(database: Database) -> None:
    episode = an_episode()
    await database.add_episode(episode)
    with pytest.raises(StoreError, match="is there already"):
        await database.add_episode(replace(episode, message="other"), [an_attempt()])
    assert await database.episode(episode.id) == episode
    assert await database.attempts(episode.id) == ()


async def test_attempts_are_kept_in_order(database: Database) -> None:
    first, second, third = (an_attempt(label=label) for label in ("a", "b", "c"))
    episode = an_episode()
    await database.add_episode(episode, [first])
    await database.add_attempts(episode.id, [second, third])
    assert await database.attempts(episode.id) == (first, second, third)


async def test_attempts_of_an_unknown_episode_are_an_error(database: Database) -> None:
    with pytest.raises(StoreError):
        await database.add_attempts("nobody", [an_attempt()])


async def test_an_offer_that_is_accepted_is_closed_by_its_confirmation(database: Database) -> None:
    episode = an_episode()
    await database.add_episode(episode)
    accepted = await database.move(episode.id, Outcome.ACCEPTED)
    assert (accepted.outcome, accepted.closed) == (Outcome.ACCEPTED, None)
    confirmed = await database.move(episode.id, Outcome.CONFIRMED)
    assert confirmed.outcome is Outcome.CONFIRMED
    assert confirmed.closed == pytest.approx(time.time(), abs=60)
    assert await database.episode(episode.id) == confirmed


async def test_a_refusal_keeps_its_reason_even_when_the_fix_is_typed_later(database: Database) -> None:
    episode = an_episode()
    await database.add_episode(episode)
    await database.move(episode.id, Outcome.DISMISSED, "ugly")
    accepted = await database.move(episode.id, Outcome.ACCEPTED)
    assert (accepted.note, accepted.closed) == ("ugly", None)


async def test_a_move_that_makes_no_sense_is_refused_and_the_same_move_twice_is_not(database: Database) -> None:
    episode = an_episode()
    await database.add_episode(episode)
    with pytest.raises(StoreError, match="an offer that was offered cannot become confirmed"):
        await database.move(episode.id, Outcome.CONFIRMED)
    await asyncio.gather(*(database.move(episode.id, Outcome.ACCEPTED) for _ in range(5)))
    with pytest.raises(StoreError, match="there is no episode nobody"):
        await database.move("nobody", Outcome.ACCEPTED)


async def test_episodes_are_found_by_each_property_the_newest_first(database: Database) -> None:
    old = an_episode(created=1.0)
    other = an_episode(
        created=2.0, repo="r2", run="run-2", family="use-after-move", source=Source.HUMAN, outcome=Outcome.HUMAN
    )
    new = an_episode(created=3.0, outcome=Outcome.DISMISSED)
    for episode in (old, other, new):
        await database.add_episode(episode)
    assert await database.episodes() == (new, other, old)
    assert await database.episodes(limit=1) == (new,)
    assert await database.episodes(repo="r2") == (other,)
    assert await database.episodes(run="run-1") == (new, old)
    assert await database.episodes(outcome=Outcome.DISMISSED) == (new,)
    assert await database.episodes(family="use-after-move") == (other,)
    assert await database.episodes(source=Source.HUMAN) == (other,)
    assert await database.episodes(since=2.0) == (new, other)
    assert await database.episodes(repo="r2", outcome=Outcome.DISMISSED) == ()


async def test_an_episode_is_found_by_the_end_of_its_id(database: Database) -> None:
    one, two = an_episode(id="a-1"), an_episode(id="b-1")
    await database.add_episode(one)
    assert await database.episode_ending("1") == one
    await database.add_episode(two)
    assert await database.episode_ending("B-1") == two
    with pytest.raises(StoreError, match="several episodes"):
        await database.episode_ending("1")
    for ending in ("x", "", "%"):
        with pytest.raises(StoreError, match="no episode"):
            await database.episode_ending(ending)


async def test_recall_prefers_this_repository_then_the_surest_and_tells_a_change_once(database: Database) -> None:
    def kept(name: str, repo: str, outcome: Outcome, **changes: object) -> Episode:
        source = Source.HUMAN if outcome is Outcome.HUMAN else Source.MODEL
        return an_episode(repo=repo, outcome=outcome, source=source, after=name, note=name, **changes)

    for episode in (
        kept("elsewhere", "r2", Outcome.CONFIRMED),
        kept("shaky", "r1", Outcome.ACCEPTED),
        kept("sure", "r1", Outcome.CONFIRMED),
        kept("by hand", "r1", Outcome.HUMAN),
        kept("sure", "r2", Outcome.CONFIRMED),
        kept("other error", "r1", Outcome.CONFIRMED, signature="E0001"),
        kept("no diff", "r1", Outcome.CONFIRMED, diff=""),
        kept("deleted", "r1", Outcome.HUMAN, unfit="the code that had the error was deleted"),
        *(kept(o.value, "r1", o) for o in (Outcome.OFFERED, Outcome.DISMISSED, Outcome.REVERTED)),
    ):
        await database.add_episode(episode)
    found = await database.recall("E0308:mismatched types", "r1")
    assert [(e.note, e.repo) for e in found] == [
        ("by hand", "r1"),
        ("sure", "r1"),
        ("shaky", "r1"),
        ("elsewhere", "r2"),
    ]
    assert len(await database.recall("E0308:mismatched types", "r1", limit=2)) == 2


async def test_a_repository_is_remembered_where_it_was_last_seen(database: Database, tmp_path: Path) -> None:
    await database.remember_repo(REPO, tmp_path / "old")
    await database.remember_repo(REPO, tmp_path / "new")
    await database.remember_repo(RepoIdentity("repo-2", "pond", None, "crates/pond", None), tmp_path)
    await database.add_episode(an_episode())
    pond, orchard = await database.repos()
    assert (orchard.id, orchard.path, orchard.episodes) == (REPO.id, tmp_path / "new", 1)
    assert (pond.name, pond.root_commit, pond.path_in_repo, pond.episodes) == ("pond", None, "crates/pond", 0)


async def test_an_episode_keeps_the_whole_diagnostic(database: Database) -> None:
    text, start, end = marked("f(«name»)\n")
    borrow = suggestion("consider borrowing here", insert(text, "name", "&"))
    fault = diagnostic("mismatched types", start, end, suggestions=[borrow])
    episode = an_episode(fault=fault, rendered=fault.rendered, line=3, above="fn g() {\n", below="}\n")
    await database.add_episode(episode)
    assert await database.episode(episode.id) == episode
    line = await anext(database.export_lines())
    assert jsonl.from_line(line).episode == episode


async def test_what_stands_open_is_kept_for_each_folder_and_forgotten_with_its_repository(
    database: Database, tmp_path: Path
) -> None:
    await database.remember_repo(REPO, tmp_path)
    await database.remember_open(REPO.id, tmp_path, "[1]")
    await database.remember_open(REPO.id, tmp_path, "[2]")
    await database.remember_open(REPO.id, tmp_path / "clone", "[3]")
    assert await database.open_errors(REPO.id, tmp_path) == "[2]"
    assert await database.open_errors("another", tmp_path) == ""  # another repository has taken the folder
    await database.remember_open(REPO.id, tmp_path, "")
    assert await database.open_errors(REPO.id, tmp_path) == ""
    await database.forget_repo(REPO.id)
    assert await database.open_errors(REPO.id, tmp_path / "clone") == ""


async def test_only_what_was_kept_since_the_last_sleep_is_fresh(database: Database, tmp_path: Path) -> None:
    await database.remember_repo(REPO, tmp_path)
    kept = {"outcome": Outcome.HUMAN, "source": Source.HUMAN}
    for episode in (
        an_episode(**kept, closed=200.0),
        an_episode(**kept, closed=100.0),
        an_episode(**kept, closed=50.0, unfit="the code that had the error was deleted"),
        an_episode(outcome=Outcome.CONFIRMED, closed=150.0),
        an_episode(outcome=Outcome.REVERTED, closed=10.0),
        an_episode(),
    ):
        await database.add_episode(episode)
    assert await database.fresh() == (Fresh(REPO.id, REPO.name, tmp_path, 3, 100.0),)
    await database.slept(REPO.id)
    assert await database.fresh() == ()
    await database.add_episode(an_episode(**kept, closed=time.time() + 1))
    assert [f.episodes for f in await database.fresh()] == [1]


async def test_forgetting_takes_the_attempts_along_and_leaves_no_trace_on_disk(database: Database) -> None:
    secret, other = an_episode(before="s3cret-source"), an_episode(repo="r2", after="an0ther-secret")
    for episode in (secret, other):
        await database.add_episode(episode, [an_attempt(label="s3cret-attempt")])
    assert await database.forget_episode(secret.id)
    assert not await database.forget_episode(secret.id)
    assert await database.forget_repo("r2") == 1
    assert await database.attempts(secret.id) == ()
    assert [repo.id for repo in await database.repos()] == [REPO.id]
    for file in database.path.parent.iterdir():
        content = file.read_bytes()
        assert b"s3cret" not in content, file
        assert b"an0ther" not in content, file


async def test_stats_count_and_measure(database: Database) -> None:
    kept = [Outcome.CONFIRMED, Outcome.ACCEPTED]
    for number, outcome in enumerate([*kept, Outcome.DISMISSED, Outcome.REVERTED, Outcome.OFFERED]):
        await database.add_episode(an_episode(outcome=outcome, message=str(number), ms=100.0 * number))
    await database.add_episode(an_episode(message="0", ms=9000.0))  # a later offer for the first error
    await database.add_episode(an_episode(source=Source.HUMAN, outcome=Outcome.HUMAN, family="other", ms=5.0))
    stats = await database.stats()
    assert stats.episodes == 7
    assert stats.outcomes[Outcome.OFFERED] == 2
    assert stats.sources == {Source.COMPILER: 6, Source.HUMAN: 1}
    assert list(stats.families) == ["mismatched-types/borrow", "other"]
    assert stats.acceptance == 0.5
    assert stats.first_offer_ms == 200.0
    assert (stats.prompt_tokens, stats.answer_tokens) == (700, 70)


async def test_stats_of_nothing_are_not_an_error(database: Database) -> None:
    stats = await database.stats(EpisodeFilter(repo="nobody"))
    assert (stats.episodes, stats.acceptance, stats.first_offer_ms, stats.prompt_tokens) == (0, None, None, 0)


async def test_tasks_that_write_at_once_do_not_mix_their_transactions(database: Database) -> None:
    episodes = [an_episode(message=str(n)) for n in range(50)]
    await asyncio.gather(*(database.add_episode(e, [an_attempt(VerdictKind.BREAKS)]) for e in episodes))
    assert len(await database.episodes()) == 50
    assert all([await database.attempts(e.id) for e in episodes])


async def test_a_task_cancelled_while_it_writes_does_not_block_the_next(database: Database) -> None:
    for delay in (0.0, 0.0, 0.0002, 0.0005, 0.001, 0.002) * 4:
        task = asyncio.create_task(database.add_episode(an_episode(), [an_attempt()] * 5))
        await asyncio.sleep(delay)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        episode = an_episode()
        await database.add_episode(episode)
        assert await database.episode(episode.id) == episode
    for episode in await database.episodes():
        assert len(await database.attempts(episode.id)) in (0, 5)


async def test_a_full_disk_is_told_and_the_database_goes_on_when_there_is_room_again(database: Database) -> None:
    kept = an_episode()
    await database.add_episode(kept)
    await database._writer.execute("PRAGMA max_page_count = 1")
    for _ in range(3):
        with pytest.raises(StoreError, match="the disk is full"):
            await database.add_episode(an_episode(rendered="x" * 10_000), [an_attempt()])
    assert await database.episode(kept.id) == kept
    await database._writer.execute("PRAGMA max_page_count = 1000000")
    later = an_episode(rendered="x" * 100_000)
    await database.add_episode(later, [an_attempt()])
    assert await database.episode(later.id) == later


async def test_a_file_that_is_no_database_is_told_in_a_sentence(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("# my notes\n" * 1000)
    with pytest.raises(StoreError, match="no database"):
        async with Database.open(path):
            pass


async def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file"):
        async with Database.open(tmp_path / "file" / "sleepy.db"):
            pass


async def test_a_database_locked_by_another_program_is_told(
    database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database._writer.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked by another program"):
        await database.add_episode(an_episode())
    other.close()
    await database.add_episode(an_episode())
