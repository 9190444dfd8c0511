"""What the end-to-end tests ask of the real daemon, its database and the user's tree."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import psutil

from helpers.editor import Editor

NO_MODEL = {"engine": {"name": "none"}}
LIB = "src/lib.rs"


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def outcomes(home: Path) -> list[tuple[str, str]]:
    """Source and outcome of every episode, the oldest first."""
    with closing(sqlite3.connect(home / "data" / "sleepy.db")) as db:
        rows = db.execute("SELECT source, outcome FROM episodes ORDER BY created").fetchall()
    return [(str(source), str(outcome)) for source, outcome in rows]


def episode_ids(home: Path) -> set[str]:
    """All episodes; the database must be whole."""
    with closing(sqlite3.connect(home / "data" / "sleepy.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {str(id_) for (id_,) in db.execute("SELECT id FROM episodes")}


async def eventually(home: Path, outcome: str) -> None:
    """Wait until some episode has the outcome; the database is written beside the conversation."""
    for _ in range(200):
        if any(o == outcome for _, o in outcomes(home)):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"no episode became {outcome}: {outcomes(home)}")


def tree(root: Path) -> dict[str, tuple[bytes, int]]:
    """The user's tree, file by file, with the times of their last writes; git's own folder left out."""
    found = (path for path in root.rglob("*") if path.is_file() and ".git" not in path.relative_to(root).parts)
    return {str(path.relative_to(root)): (path.read_bytes(), path.stat().st_mtime_ns) for path in found}


def daemon_of(home: Path) -> psutil.Process:
    """The one daemon that serves a home."""
    running = psutil.process_iter(["cmdline"])
    (daemon,) = (p for p in running if "daemon" in (p.info["cmdline"] or []) and _home(p) == str(home))
    return daemon


def cargos_of(home: Path) -> list[psutil.Process]:
    """The cargo and rustc processes that work for a daemon, by the target folder in their environment."""
    running = psutil.process_iter(["name"])
    return [p for p in running if p.info["name"] in ("cargo", "rustc") and _home(p) == str(home)]


def problems(editor: Editor) -> list[str]:
    """The problems that the window was told, one for each time that one came up."""
    said: list[str] = []
    before = ""
    for status in editor.statuses:
        now = status["detail"] if status["phase"] == "problem" else ""
        if now and now != before:
            said.append(now)
        before = now
    return said


def _home(process: psutil.Process) -> str | None:
    try:
        return process.environ().get("SLEEPY_HOME")
    except psutil.Error:
        return None


def environment(home: Path) -> dict[str, str]:
    """For commands that are to use this home."""
    return os.environ | {"SLEEPY_HOME": str(home)}
