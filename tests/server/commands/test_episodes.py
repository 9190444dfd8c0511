import asyncio
import io
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from helpers.episodes import DIFF, REPO, an_episode
from sleepy_core.model import Outcome, Source
from sleepy_core.store.database import Database, database_path
from sleepy_server.commands.episodes import since_seconds

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30m", NOW - 1800), ("12h", NOW - 43200), ("7d", NOW - 604800), ("2w", NOW - 1209600), ("0d", NOW)],
)
def test_an_age_counts_back_from_now(text: str, seconds: float) -> None:
    assert since_seconds(text, NOW) == seconds


def test_a_date_is_the_midnight_it_begins_with() -> None:
    assert since_seconds("2026-01-31T12:00:00", NOW) - since_seconds("2026-01-31", NOW) == 12 * 3600


@pytest.mark.parametrize("text", ["", "d", "7", "-7d", "7y", "yesterday", "2026-13-01"])
def test_another_age_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        since_seconds(text, NOW)


def test_a_piped_list_has_a_line_for_each_episode_the_newest_first(sleepy: Any, remember: Any) -> None:
    old, new = an_episode(), an_episode(code="", label="two\twords\nand more")
    remember([old, new])
    said = sleepy("episodes", "list")
    assert (said.code, said.err) == (0, "")
    head, first, second = (line.split("\t") for line in said.out.splitlines())
    assert head == ["id", "when", "outcome", "source", "code", "file", "label"]
    assert (first[0], first[4], first[6]) == (new.id[-8:], "-", "two words and more")
    assert second[2:] == ["offered", "compiler", "E0308", "src/lib.rs", "borrow `name`"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (["--repo", "orchard"], "AHO"),
        (["--repo", "r2"], "D"),
        (["--outcome", "accepted"], "A"),
        (["--source", "human"], "H"),
        (["--family", "other"], "O"),
        (["--since", "1h"], ""),
        (["--limit", "1"], "H"),
        (["--repo", "orchard", "--outcome", "dismissed"], ""),
    ],
)
def test_lists_and_exports_can_be_narrowed(sleepy: Any, remember: Any, filters: list[str], expected: str) -> None:
    remember(
        [
            an_episode(note="A", outcome=Outcome.ACCEPTED),
            an_episode(note="D", outcome=Outcome.DISMISSED, repo="r2"),
            an_episode(note="O", family="other"),
            an_episode(note="H", source=Source.HUMAN, outcome=Outcome.HUMAN),
        ]
    )
    listed = json.loads(sleepy("episodes", "list", "--json", *filters).out)
    assert sorted(e["note"] for e in listed) == sorted(expected)
    if "--limit" not in filters:
        lines = sleepy("episodes", "export", "-", *filters).out.splitlines()
        assert sorted(json.loads(line)["episode"]["note"] for line in lines) == sorted(expected)
        assert json.loads(sleepy("episodes", "stats", "--json", *filters).out)["episodes"] == len(expected)


def test_a_repository_is_found_by_its_folder(
    sleepy: Any, remember: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember([an_episode()])
    (home / "orchard").mkdir()
    monkeypatch.chdir(home / "orchard")
    assert len(json.loads(sleepy("episodes", "list", "--json", "--repo", ".").out)) == 1
    said = sleepy("episodes", "list", "--repo", "nowhere")
    assert (said.code, said.err) == (2, "sleepy: no repository 'nowhere' is known; there are: orchard\n")


def test_an_episode_is_shown_with_its_attempts_and_its_diff(sleepy: Any, remember: Any) -> None:
    episode = an_episode()
    remember([episode])
    said = sleepy("episodes", "show", episode.id[-8:])
    assert said.code == 0
    assert "error\tE0308: mismatched types\n" in said.out
    assert "model\tclean\t12\tborrow `name`\twhy not\n" in said.out
    assert said.out.endswith("\n" + DIFF), "a patch can be cut out and applied"
    shown = json.loads(sleepy("episodes", "show", "--json", episode.id).out)
    assert shown["episode"]["id"] == episode.id
    assert shown["attempts"][0]["proposal"]["patch"]["files"][0]["edits"] == [{"start": 2, "end": 2, "text": "&"}]
    assert sleepy("episodes", "show", "nothing").err == "sleepy: there is no episode with an id ending in 'nothing'\n"


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_on_a_terminal_there_is_a_table_and_the_diff_is_coloured(
    remember: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    episode = an_episode()
    remember([episode])
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    listed, shown = on_a_terminal("list"), on_a_terminal("show", episode.id)
    assert "\t" not in listed
    assert "borrow `name`" in listed
    assert "\x1b[" in shown
    assert "\x1b[" not in listed.splitlines()[-1], "only the headers are bold"


def on_a_terminal(*arguments: str) -> str:
    import pty  # not on Windows

    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-m", "sleepy_server", "episodes", *arguments], stdout=theirs):
        os.close(theirs)
        with open(ours, "rb", buffering=0) as terminal:
            seen = b""
            try:
                while chunk := terminal.read(4096):
                    seen += chunk
            except OSError:  # Linux says so when the other side is closed
                pass
    return seen.decode()


def test_what_is_exported_can_be_imported_into_an_empty_database(
    sleepy: Any, remember: Any, home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember([an_episode(), an_episode()])
    file = home / "out.jsonl"
    said = sleepy("episodes", "export", str(file))
    assert (said.code, said.out, said.err) == (0, "", "2 episodes exported\n")
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    listed = sleepy("episodes", "list", "--json").out
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path_factory.mktemp("elsewhere")))
    assert sleepy("episodes", "import", str(file)).out == "2 episodes added, 0 were there already\n"
    assert json.loads(sleepy("episodes", "import", "--json", str(file)).out) == {"added": 0, "skipped": 2}
    assert sleepy("episodes", "list", "--json").out == listed


def test_an_import_reads_standard_input(home: Path, remember: Any, sleepy: Any) -> None:
    remember([an_episode()])
    exported = sleepy("episodes", "export").out
    done = subprocess.run(
        [sys.executable, "-m", "sleepy_server", "episodes", "import", "-"],
        input=exported.encode() * 2,
        capture_output=True,
        env={**os.environ, "SLEEPY_HOME": str(home / "second")},
    )
    assert done.stdout == b"1 episode added, 1 were there already\n"


@pytest.mark.parametrize("bad", [b"nonsense\n", b'"\xff"\n', b'{"schema_version": 99}\n', b"\x00\n"])
def test_a_bad_line_is_named_and_nothing_is_imported(sleepy: Any, remember: Any, home: Path, bad: bytes) -> None:
    remember([an_episode()])
    file = home / "in.jsonl"
    assert sleepy("episodes", "export", str(file)).code == 0
    database_path().unlink()
    file.write_bytes(file.read_bytes() + bad)
    said = sleepy("episodes", "import", str(file))
    assert said.code == 2
    assert said.err.startswith("sleepy: line 2: ")
    assert said.err.count("\n") == 1
    assert json.loads(sleepy("episodes", "list", "--json").out) == []


@pytest.mark.parametrize("command", ["import", "export"])
def test_a_file_that_cannot_be_opened_is_told(sleepy: Any, home: Path, command: str) -> None:
    said = sleepy("episodes", command, str(home / "missing" / "x.jsonl"))
    assert said.code == 2
    assert "No such file or directory" in said.err


def test_an_export_that_fails_leaves_the_old_file_alone(sleepy: Any, home: Path) -> None:
    file = home / "out.jsonl"
    file.write_text("old")
    assert sleepy("episodes", "export", str(file), "--repo", "nobody").code == 2
    assert file.read_text() == "old"
    assert [p.name for p in home.iterdir() if p.is_file()] == ["out.jsonl"]


def test_episodes_are_forgotten_all_or_none(sleepy: Any, remember: Any) -> None:
    one, two, three = an_episode(), an_episode(), an_episode()
    remember([one, two, three])
    assert sleepy("episodes", "forget", one.id, "nothing").code == 2
    assert len(stored()) == 3
    assert sleepy("episodes", "forget", one.id[-8:], two.id, two.id).out == "2 episodes forgotten\n"
    assert stored() == [three.id]


def test_a_repository_is_forgotten_after_a_question(
    sleepy: Any, remember: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember([an_episode()])
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    said = sleepy("episodes", "forget", "--repo", "orchard")
    assert said.code == 1
    assert "Forget orchard and 1 episode?" in said.err
    assert len(stored()) == 1
    assert sleepy("episodes", "forget", "--repo", REPO.id, "--yes").out == "1 episode forgotten\n"
    assert stored() == []


def test_forget_wants_to_know_what(sleepy: Any) -> None:
    assert sleepy("episodes", "forget").code == 2
    assert sleepy("episodes", "forget", "x", "--repo", "y").code == 2


def test_stats_are_told_in_words(sleepy: Any, remember: Any) -> None:
    remember([an_episode(outcome=Outcome.CONFIRMED), an_episode(outcome=Outcome.DISMISSED)])
    said = dict(line.split("\t") for line in sleepy("episodes", "stats").out.splitlines())
    assert said["episodes"] == "2"
    assert said["outcomes confirmed"] == "1"
    assert said["families mismatched-types/borrow"] == "2"
    assert said["acceptance"] == "50%"
    assert said["first_offer_ms"] == "250"


def stored() -> list[str]:
    async def read() -> list[str]:
        async with Database.open(database_path()) as database:
            return [e.id for e in await database.episodes()]

    return asyncio.run(read())
