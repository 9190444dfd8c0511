from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from helpers.lessons import a_lesson
from helpers.promoted_night import a_promoted_night
from sleepy_core.model import Outcome
from sleepy_core.night import order
from sleepy_core.night.night import untold
from sleepy_core.paths import data_dir
from sleepy_core.store.database import Database, database_path


def fill(remember: Any) -> list[str]:
    """Four lessons of one kind, one that was only offered, one undone, one without a lesson."""
    episodes = [
        *(a_lesson(n, call=f"f({'x, ' * n}name)", closed=float(n)) for n in range(4)),
        a_lesson(5, call="g(name, 1)", outcome=Outcome.OFFERED, message="another"),
        a_lesson(6, call="h(name)", outcome=Outcome.REVERTED),
        a_lesson(7, unfit="the code that had the error was deleted", outcome=Outcome.HUMAN),
    ]
    remember(episodes)
    return [e.id for e in episodes]


def test_a_dry_run_tells_what_would_be_learned_and_why_the_rest_would_not(sleepy: Any, remember: Any) -> None:
    fill(remember)
    said = sleepy("sleep", "--dry-run")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "orchard: 4 examples to train on, 1 held out; 4 new fixes since the last sleep (8 are wanted for a sleep)",
        "family\thuman\taccepted\tverified\theld out",
        "mismatched-types\t0\t3\t1\t1",
        "left out: 1, the code that had the error was deleted",
        "kept apart: 1, refused or undone",
        "",
    ]


def test_as_json_every_episode_is_in_one_list_and_code_only_where_it_is_asked_for(sleepy: Any, remember: Any) -> None:
    ids = fill(remember)
    (told,) = json.loads(sleepy("sleep", "--dry-run", "--json").out)
    assert [e["id"] for e in told["train"]] == [*ids[:3], ids[4]]
    assert [[e["id"] for e in told[name]] for name in ("held_out", "refused")] == [[ids[3]], [ids[5]]]
    assert told["left_out"][0]["episode"] == ids[6]
    assert (told["fresh"], told["enough"], told["name"]) == (4, False, "orchard")
    assert "&name" not in json.dumps(told)
    (shown,) = json.loads(sleepy("sleep", "--dry-run", "--json", "--show").out)
    assert shown["train"][0]["answer"] == "    f(&name);"


def test_every_example_is_shown_in_full(sleepy: Any, remember: Any) -> None:
    fill(remember)
    said = sleepy("sleep", "--dry-run", "--show")
    assert said.out.count("=== answer\n") == 6
    assert "Rewrite:\n    f(name);\n=== answer\n    f(&name);\n" in said.out


def test_a_dry_run_writes_nothing(sleepy: Any, remember: Any, home: Path) -> None:
    fill(remember)
    before = {p: p.read_bytes() for p in home.rglob("*") if p.is_file() and p.suffix != ".log"}
    assert sleepy("sleep", "--dry-run", "--repo", "orchard").code == 0
    after = {p: p.read_bytes() for p in home.rglob("*") if p.is_file() and p.suffix != ".log"}
    assert database_path() in after
    assert {p: text for p, text in after.items() if p.suffix == ".db"} == {
        p: text for p, text in before.items() if p.suffix == ".db"
    }
    assert {p.name for p in after} - {p.name for p in before} <= {"sleepy.db-wal", "sleepy.db-shm"}


def test_a_setting_says_how_many_new_fixes_are_enough(sleepy: Any, remember: Any, monkeypatch: Any) -> None:
    fill(remember)
    monkeypatch.setenv("SLEEPY_SLEEP__EPISODES", "4")
    assert "(enough for a sleep)" in sleepy("sleep", "--dry-run").out


def test_without_episodes_there_is_nothing_to_learn(sleepy: Any) -> None:
    assert sleepy("sleep", "--dry-run").out == "Nothing to learn from: there are no episodes yet.\n"


def test_an_unknown_repository_is_told_in_a_sentence(sleepy: Any) -> None:
    said = sleepy("sleep", "--dry-run", "--repo", "nowhere")
    assert (said.code, said.err) == (2, "sleepy: no repository 'nowhere' is known; there are: none yet\n")


@pytest.mark.slow
def test_where_there_is_nothing_to_learn_the_real_sleep_says_so(sleepy: Any) -> None:
    said = sleepy("sleep")
    assert (said.code, said.out) == (1, "no repository has enough to learn from\n")


def play(monkeypatch: pytest.MonkeyPatch, *events: dict[str, Any]) -> None:
    """A sleep that says these events at once; the real one is in tests/core/night/test_sleeper.py."""
    lines = "".join(f"print({json.dumps(json.dumps(event))}, flush=True)\n" for event in events)
    monkeypatch.setattr(order, "COMMAND", (sys.executable, "-c", f"input()\n{lines}"))


BEGAN = {"event": "began", "id": "n1", "repo": "repo-1", "name": "orchard"}


@pytest.mark.parametrize(("promoted", "code"), [(True, 0), (False, 1)])
def test_a_sleep_tells_its_steps_and_how_it_ended(
    sleepy: Any, monkeypatch: pytest.MonkeyPatch, promoted: bool, code: int
) -> None:
    ended = {"event": "ended", "promoted": promoted, "told": "it repairs 2 of 3", "gain": {}}
    play(monkeypatch, BEGAN, {"event": "doing", "step": "train"}, ended)
    said = sleepy("sleep", "--now")
    assert (said.code, said.out) == (code, "orchard: it repairs 2 of 3\n")
    assert said.err.splitlines()[-1] == "orchard: training"
    play(monkeypatch, BEGAN, ended)
    assert json.loads(sleepy("sleep", "--now", "--json").out) == ended


def test_what_it_has_learned_can_be_shown_and_no_editor_needs_to_tell_of_it(
    sleepy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dream() -> str:
        async with Database.open(database_path()) as database:
            return (await a_promoted_night(data_dir(), database)).id

    night = asyncio.run(dream())
    assert untold(data_dir(), "repo-1") is not None
    ended = {"event": "ended", "promoted": True, "told": "it repairs 1 of 1", "gain": {}}
    play(monkeypatch, BEGAN | {"id": night}, ended)
    said = sleepy("sleep", "--now", "--show")
    assert said.out.startswith("orchard: it repairs 1 of 1\n# What orchard has learned\n")
    assert untold(data_dir(), "repo-1") is None


def test_a_sleep_that_cannot_be_says_why_and_is_no_answer(sleepy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    play(monkeypatch, {"event": "error", "problem": "another sleep is going on"})
    said = sleepy("sleep")
    assert said.code == 2
    assert "another sleep is going on" in said.err


def test_a_repository_that_is_not_known_is_told_before_anything_is_started(sleepy: Any, remember: Any) -> None:
    fill(remember)
    said = sleepy("sleep", "--repo", "elsewhere")
    assert said.code == 2
