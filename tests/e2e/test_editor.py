"""The main job against the real thing: `sleepy lsp`, the daemon, cargo, the database. No model."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.editor import Editor
from helpers.real_daemon import LIB, NO_MODEL, daemon_of, eventually, outcomes

pytestmark = pytest.mark.slow


async def test_a_fix_is_offered_taken_confirmed_and_undone_and_the_tree_stays_clean(tiny: Path, home: Path) -> None:
    before = (tiny / LIB).read_text()
    async with Editor.open(tiny, home, settings=NO_MODEL) as editor:
        editor.show(LIB)
        await editor.until(lambda: bool(editor.errors(LIB)), what="an error")
        action = await editor.preferred(LIB)
        assert action["title"].startswith("Sleepy: ")
        assert "verified: 0 errors left" in action["title"]
        assert editor.apply(action) == [LIB]
        await editor.until(lambda: not editor.errors(LIB), what="no error")
        await eventually(home, "confirmed")
        editor.save(LIB)
        checked = subprocess.run(
            ["cargo", "check", "-q"], cwd=tiny, env=os.environ | {"CARGO_TARGET_DIR": str(home / "t")}
        )
        assert checked.returncode == 0
        editor.type(LIB, before)
        await eventually(home, "reverted")
        await editor.until(lambda: bool(editor.errors(LIB)), what="the error again")
        editor.save(LIB)
    status = subprocess.run(["git", "status", "--porcelain", "--ignored"], cwd=tiny, capture_output=True, text=True)
    assert [line for line in status.stdout.splitlines() if "Cargo.lock" not in line] == []
    assert not (tiny / "target").exists()


async def test_three_windows_on_one_repository_run_one_check(tiny: Path, home: Path) -> None:
    log = home / "cargo.log"
    home.mkdir()
    cargo = home / "cargo"
    cargo.write_text(f'#!/bin/sh\necho "$1" >> {log}\nexec cargo "$@"\n')
    cargo.chmod(0o755)
    settings = {**NO_MODEL, "check": {"cargo": str(cargo)}, "editor": {"auto_fix": False}}
    async with (
        Editor.open(tiny, home, settings=settings) as one,
        Editor.open(tiny, home, settings=settings) as two,
        Editor.open(tiny, home, settings=settings) as three,
    ):
        for editor in (one, two, three):
            editor.show(LIB)
        for editor in (one, two, three):
            await editor.until(lambda editor=editor: bool(editor.errors(LIB)), what="an error")
            await editor.until(lambda editor=editor: editor.status.get("phase") == "watching", what="the check's end")
        await asyncio.sleep(1)  # whatever more the windows, or the watcher, would ask for
        assert log.read_text().split().count("check") == 1
        broken = one.texts[LIB] + "\nfn another() -> u8 { true }\n"
        for editor in (one, two, three):
            editor.type(LIB, broken)
        one.save(LIB)
        for editor in (one, two, three):
            await editor.until(
                lambda editor=editor: any(e["code"] == "E0308" for e in editor.errors(LIB)), what="the new error"
            )
            await editor.until(lambda editor=editor: editor.status.get("phase") == "watching", what="the check's end")
        await asyncio.sleep(1)
        assert log.read_text().split().count("check") == 2


async def test_a_change_made_outside_of_the_editor_is_seen(tiny: Path, home: Path) -> None:
    async with Editor.open(tiny, home, settings=NO_MODEL) as editor:
        editor.show(LIB)
        await editor.until(lambda: bool(editor.errors(LIB)), what="an error")
        other = "src/other.rs"
        (tiny / other).write_text("pub fn f() -> u8 { true }\n")
        editor.type(LIB, "pub mod other;\n")
        await editor.until(lambda: bool(editor.errors(other)), what="an error in the other file")
        (tiny / other).write_text("pub fn f() -> u8 { 1 }\n")
        await editor.until(lambda: not editor.errors(other), what="the repair on disk")


async def test_a_generated_source_that_git_ignores_is_no_error(tiny: Path, home: Path) -> None:
    (tiny / ".gitignore").write_text("/target\nsrc/generated.rs\n")
    (tiny / "src/generated.rs").write_text("pub fn f() -> u8 { 1 }\n")
    (tiny / LIB).write_text("mod generated;\npub fn g() -> u8 { generated::f() + true }\n")
    async with Editor.open(tiny, home, settings=NO_MODEL) as editor:
        editor.show(LIB)
        await editor.until(lambda: bool(editor.errors(LIB)), what="an error")
        assert "E0583" not in {e["code"] for e in editor.errors(LIB)}
        (tiny / "src/generated.rs").write_text("pub fn f() -> u8 { false }\n")  # its generator has run again
        await editor.until(lambda: bool(editor.errors("src/generated.rs")), what="its error")


async def test_after_kill_9_of_the_daemon_a_new_window_works_and_no_episode_is_lost(tiny: Path, home: Path) -> None:
    async with Editor.open(tiny, home, settings=NO_MODEL) as editor:
        editor.show(LIB)
        await editor.preferred(LIB)
        await eventually(home, "offered")
        daemon_of(home).send_signal(signal.SIGKILL)
        assert await asyncio.wait_for(editor.process.wait(), 10) != 0
    known = outcomes(home)
    async with Editor.open(tiny, home, settings=NO_MODEL) as editor:
        editor.show(LIB)
        editor.apply(await editor.preferred(LIB))
        await eventually(home, "confirmed")
    assert len(outcomes(home)) >= len(known) >= 1


async def test_a_dismissed_fix_is_not_offered_again(tiny: Path, home: Path) -> None:
    async with Editor.open(tiny, home, settings=NO_MODEL, standalone=True) as editor:
        editor.show(LIB)
        action = await editor.preferred(LIB)
        (error,) = editor.errors(LIB)
        dismiss = next(a for a in await editor.actions(LIB, error) if "ismiss" in a["title"])
        command = dismiss["command"]
        await editor.request("workspace/executeCommand", {k: command[k] for k in ("command", "arguments")})
        await eventually(home, "dismissed")
        titles = [a["title"] for a in await editor.actions(LIB, error)]
        assert action["title"] not in titles


async def test_nothing_runs_in_an_untrusted_workspace_until_it_is_trusted(tiny: Path, home: Path) -> None:
    async with Editor.open(tiny, home, settings=NO_MODEL, options={"trusted": False}) as editor:
        editor.show(LIB)
        await editor.until(lambda: editor.status.get("phase") == "untrusted", what="the status")
        await asyncio.sleep(1)
        assert not (home / "cache").exists()
        editor.notify("sleepy/trust", {"trusted": True})
        await editor.until(lambda: bool(editor.errors(LIB)), what="an error")


@pytest.mark.neovim
@pytest.mark.skipif(shutil.which("nvim") is None, reason="NEOVIM IS NOT INSTALLED: the second client is not tried")
def test_neovim_takes_a_verified_fix(tiny: Path, home: Path) -> None:
    done = subprocess.run(
        ["nvim", "--headless", "-u", "NONE", "-i", "NONE", "-n", "-c", f"luafile {Path(__file__).parent / 'nvim.lua'}"],
        env=os.environ | {"SLEEPY_HOME": str(home), "T_FILE": str(tiny / LIB), "T_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    assert "verified: 0 errors left" in done.stdout + done.stderr
    checked = subprocess.run(["cargo", "check", "-q"], cwd=tiny, env=os.environ | {"CARGO_TARGET_DIR": str(home / "t")})
    assert checked.returncode == 0


@pytest.mark.model
async def test_the_real_model_is_asked_about_what_nothing_else_repairs(tiny: Path, home: Path) -> None:
    """Whatever a small model answers, the daemon goes on, and offers only what compiles."""
    pytest.importorskip("xllamacpp")
    (tiny / LIB).write_text('pub fn hard() -> &\'static str {\n    let s = String::from("a");\n    s.as_str()\n}\n')
    settings = {"engine": {"name": "embedded", "samples": 2}}
    async with Editor.open(tiny, home, settings=settings) as editor:
        editor.show(LIB)
        await editor.until(lambda: bool(editor.errors(LIB)), what="an error")
        await editor.until(lambda: editor.status.get("phase") == "thinking", what="thinking")

        def settled() -> bool:
            return all(p["phase"] in ("watching", "ready") for p in editor.status["projects"])

        await editor.until(settled, 100, "the end of the search")
        (error,) = editor.errors(LIB)
        for action in await editor.actions(LIB, error, ["quickfix"]):
            assert "edit" not in action or "verified" in action["title"] or "hid" in action["title"]
