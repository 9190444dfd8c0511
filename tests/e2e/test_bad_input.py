"""What goes wrong around a project, against the real daemon: told once, nothing touched or lost, mended by itself."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helpers.editor import Editor
from helpers.real_daemon import LIB, NO_MODEL, cargos_of, environment, episode_ids, problems, tree
from helpers.small_disk import disk

pytestmark = pytest.mark.slow

ENDLESS = "fn main() { loop { std::thread::sleep(std::time::Duration::from_secs(1)) } }\n"
GARBAGE = "#!/bin/sh\necho '<html>I am no cargo</html>'\n"
CRASH = "#!/bin/sh\nkill -9 $$\n"
BROKEN_MANIFEST = "[package\n"


def write(file: str, text: str) -> Callable[[Path], Any]:
    return lambda root: (root / file).write_text(text)


def remove(file: str) -> Callable[[Path], Any]:
    return lambda root: (root / file).unlink()


def told_once(editor: Editor, said: str) -> None:
    """One problem, in one sentence with these words, and no message box."""
    (problem,) = set(problems(editor))
    assert said in problem
    assert "\n" not in problem
    assert not editor.shown


async def test_a_project_that_breaks_is_told_and_works_again_when_it_is_mended(tiny: Path, home: Path) -> None:
    before = tree(tiny)
    harms: list[tuple[Callable[[Path], Any], str]] = [
        (write("Cargo.toml", BROKEN_MANIFEST), "unclosed table"),
        (remove("Cargo.toml"), "Cargo.toml"),
        (write("build.rs", ENDLESS), "longer than 10 s"),
    ]
    settings = {**NO_MODEL, "check": {"deadline_seconds": 10}}
    async with Editor.open(tiny, home, settings=settings) as editor:
        editor.show(LIB)
        await editor.preferred(LIB)
        known = episode_ids(home)
        for harm, said in harms:
            editor.statuses.clear()
            harm(tiny)
            harmed = tree(tiny)
            await editor.until(lambda: editor.status["phase"] == "problem", what="the problem")
            await asyncio.sleep(0.7)
            told_once(editor, said)
            assert not cargos_of(home)
            assert tree(tiny) == harmed
            (tiny / "build.rs").unlink(missing_ok=True)
            (tiny / "Cargo.toml").write_bytes(before["Cargo.toml"][0])
            await editor.until(lambda: editor.status["phase"] == "ready", what="no problem")
            assert "verified: 0 errors left" in (await editor.preferred(LIB))["title"]
            assert known <= episode_ids(home)
    assert {file: content for file, (content, _) in tree(tiny).items()} == {f: c for f, (c, _) in before.items()}


@pytest.mark.skipif(sys.platform == "win32", reason="the impostors are shell scripts")
async def test_a_cargo_that_is_none_is_told_and_the_right_one_works_again(
    tiny: Path, home: Path, tmp_path: Path
) -> None:
    before = tree(tiny)
    impostor = tmp_path / "impostor"
    async with Editor.open(tiny, home, settings=NO_MODEL) as editor:
        editor.show(LIB)
        await editor.preferred(LIB)
        known = episode_ids(home)
        for script, said in (("", "was not found"), (GARBAGE, "ended with exit code 0"), (CRASH, "killed by signal 9")):
            if script:
                impostor.write_text(script)
                impostor.chmod(0o755)
            editor.statuses.clear()
            wrong = {"sleepy": {**NO_MODEL, "check": {"cargo": str(impostor)}}}
            editor.notify("workspace/didChangeConfiguration", {"settings": wrong})
            await editor.until(lambda: editor.status["phase"] == "problem", what="the problem")
            await asyncio.sleep(0.3)
            told_once(editor, said)
            editor.notify("workspace/didChangeConfiguration", {"settings": {"sleepy": NO_MODEL}})
            await editor.until(lambda: editor.status["phase"] == "ready", what="no problem")
            assert "verified: 0 errors left" in (await editor.preferred(LIB))["title"]
            assert known <= episode_ids(home)
    assert tree(tiny) == before


async def test_odd_files_and_files_that_come_and_go_during_checks_do_no_harm(tiny: Path, home: Path) -> None:
    """Not UTF-8, 5 MB, links in a circle or to nowhere; and files deleted, written and renamed all the time."""
    broken = (tiny / LIB).read_text()
    (tiny / "src/latin1.rs").write_bytes(b"// caf\xe9\n")
    (tiny / "src/big.rs").write_text("// x\n" * 1_000_000 + "pub fn big() {}\n")
    (tiny / "round").symlink_to(tiny, target_is_directory=True)
    (tiny / "src/a.rs").symlink_to("b.rs")
    (tiny / "src/b.rs").symlink_to("a.rs")
    (tiny / "src/nowhere.rs").symlink_to("nothing.rs")
    text = f"{broken}\npub mod big;\npub mod other;\n"
    async with Editor.open(tiny, home, settings=NO_MODEL) as editor:
        editor.show(LIB)
        other, moved = tiny / "src/other.rs", tiny / "src/moved.rs"
        for number in range(15):
            editor.type(LIB, f"{text}// {number}\n")
            other.write_text(f"pub fn other() -> u8 {{ {number} }}\n")
            await asyncio.sleep(0.07)
            other.rename(moved)
            await asyncio.sleep(0.07)
            if number % 2:
                moved.unlink()
            else:
                moved.rename(other)
        other.write_text("pub fn other() -> u8 { 1 }\n")
        moved.unlink(missing_ok=True)
        before = tree(tiny)
        editor.type(LIB, text)
        await editor.until(lambda: [e["code"] for e in editor.errors(LIB)] == ["E0382"], what="the one error")
        assert "verified: 0 errors left" in (await editor.preferred(LIB))["title"]
        assert not problems(editor)
        assert not editor.shown
        # A module that is not UTF-8 is rustc's error, like any other, and does not stop the rest.
        editor.type(LIB, f"{text}pub mod latin1;\n")
        await editor.until(lambda: len(editor.errors(LIB)) >= 1, what="an error")
        editor.type(LIB, text)
        await editor.until(lambda: [e["code"] for e in editor.errors(LIB)] == ["E0382"], what="the one error")
    assert tree(tiny) == before
    assert "Traceback" not in "".join(path.read_text() for path in (home / "log").iterdir())


async def test_a_read_only_cache_is_told_and_used_when_it_can_be_written(tiny: Path, home: Path) -> None:
    before = tree(tiny)
    with disk(home / "cache", "ro") as cache:
        async with Editor.open(tiny, home, settings=NO_MODEL) as editor:
            editor.show(LIB)
            await editor.until(lambda: editor.status.get("phase") == "problem", what="the problem")
            told_once(editor, "may not be written")
            subprocess.run(["mount", "-o", "remount,rw", cache], check=True)
            editor.save(LIB)
            assert "verified: 0 errors left" in (await editor.preferred(LIB))["title"]
    before[LIB] = tree(tiny)[LIB]  # saved by its editor, as it was
    assert tree(tiny) == before


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(tiny: Path, home: Path) -> None:
    def sleepy(*words: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "sleepy_server", *words]
        return subprocess.run(argv, env=environment(home), capture_output=True, text=True, timeout=60, check=False)

    assert sleepy("fix", str(tiny), "--engine", "none").returncode == 0
    database = home / "data" / "sleepy.db"
    with contextlib.closing(sqlite3.connect(database)) as db:
        assert db.execute("SELECT count(*) FROM episodes").fetchone() == (1,)
        db.execute("PRAGMA user_version = 999")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before, content = tree(tiny), database.read_bytes()
    for words in (("fix", str(tiny), "--engine", "none", "--apply"), ("episodes", "list"), ("lsp",)):
        done = sleepy(*words)
        assert done.returncode != 0
        assert done.stderr.count("newer Sleepy Coder") == 1
        assert "Traceback" not in done.stderr
    assert database.read_bytes() == content
    assert tree(tiny) == before
