"""Edit search from end to end: `sleepy fix`'s rounds, and the lightbulb of a real daemon. No model."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from helpers.editor import Editor
from helpers.real_daemon import LIB, NO_MODEL, environment, eventually, git
from helpers.source_trees import MANIFEST, write
from sleepy_core.fix import repair
from sleepy_core.model import Source
from sleepy_core.propose.compiler import CompilerProposer
from sleepy_core.propose.search.search import SearchProposer
from sleepy_core.settings import Settings
from sleepy_core.workbench import Workbench

pytestmark = pytest.mark.slow

DOUBT = "may not be what you mean"
MOVED = "pub fn {name}(first: Config) -> u32 {{\n    let second = first;\n    second.size + first.size\n}}\n"
SHOP = {
    "Cargo.toml": '[workspace]\nmembers = ["shop", "shelf"]\nresolver = "2"\n',
    "shelf/Cargo.toml": MANIFEST.format(name="shelf"),
    "shelf/src/lib.rs": "pub mod deep;\n",
    "shelf/src/deep.rs": "fn depth() -> u32 {\n    3\n}\n",
    "shop/Cargo.toml": MANIFEST.format(name="shop") + '[dependencies]\nshelf = { path = "../shelf" }\n',
    "shop/src/lib.rs": "pub struct Config {\n    pub size: u32,\n}\n\npub enum Kind {\n    One,\n    Two,\n}\n\n"
    + MOVED.format(name="twice")
    + "\npub fn depth() -> u32 {\n    shelf::deep::depth()\n}\n"
    "\npub fn number(kind: &Kind) -> u32 {\n    match kind {\n        Kind::One => 1,\n    }\n}\n",
}
FILE = "shop/src/lib.rs"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = write(tmp_path / "ws", SHOP)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "broken")
    return root


def sleepy(home: Path, *words: str) -> Any:
    argv = [sys.executable, "-m", "sleepy_server", *words, "--json"]
    return json.loads(subprocess.run(argv, env=environment(home), capture_output=True, check=True).stdout)


async def test_fix_repairs_what_only_search_can_and_leaves_what_it_doubts(shop: Path, tmp_path: Path) -> None:
    async def no_habits(*_: str) -> Mapping[str, float]:
        return {}

    async def nobody() -> tuple[()]:
        return ()

    async with Workbench.open(shop / "Cargo.toml", Settings(), tmp_path / "cache") as bench:
        cheap = (CompilerProposer(), SearchProposer(bench, no_habits))
        report = await repair(bench, cheap, nobody, rounds=4, budget=60)
    proposals = [r.offer.proposal for r in report.repairs]
    assert {(p.source, p.kind) for p in proposals} == {(Source.SEARCH, "borrow-moved"), (Source.SEARCH, "make-public")}
    assert {p.label for p in proposals} == {"borrow `first` instead of moving it", "make `depth` public"}
    assert [d.code for d in report.remaining] == ["E0004"]
    assert "let second = &first;" in report.texts[FILE]
    assert "pub fn depth" in report.texts["shelf/src/deep.rs"]


GAUGE = {
    "Cargo.toml": MANIFEST.format(name="gauge"),
    ".cargo-checksum.json": '{"files": {}}',
    "src/lib.rs": "mod inner;\npub use inner::Gauge;\n",
    "src/inner.rs": "pub struct Gauge {\n    pub unit: u8,\n}\n\nimpl Gauge {\n"
    "    pub fn pressure(&self, digits: u8) -> u8 {\n        digits\n    }\n}\n",
}
USER = {
    "Cargo.toml": MANIFEST.format(name="user") + '[dependencies]\ngauge = "0.1.0"\n',
    "src/lib.rs": "pub fn unit(gauge: &gauge::Gauge) -> u8 {\n    gauge.unit_of_measure\n}\n\n"
    "pub fn level(gauge: &gauge::Gauge) -> u8 {\n    gauge.read_pressure(1)\n}\n",
}


async def test_names_of_a_dependency_are_put_right_from_its_sources(tmp_path: Path) -> None:
    write(tmp_path / "vendor/gauge", GAUGE)
    root = write(tmp_path / "user", USER)
    kept = f'[source.crates-io]\nreplace-with = "kept"\n[source.kept]\ndirectory = "{tmp_path}/vendor"\n'
    write(root, {".cargo/config.toml": kept})

    async def no_habits(*_: str) -> Mapping[str, float]:
        return {}

    async def nobody() -> tuple[()]:
        return ()

    async with Workbench.open(root / "Cargo.toml", Settings(), tmp_path / "cache" / "shadows") as bench:
        cheap = (CompilerProposer(), SearchProposer(bench, no_habits))
        report = await repair(bench, cheap, nobody, rounds=4, budget=60)
    assert not report.remaining
    assert "    gauge.unit\n" in report.texts["src/lib.rs"]
    assert "gauge.pressure(1)" in report.texts["src/lib.rs"]
    assert [file.name.partition("-")[0] for file in (tmp_path / "cache/names").glob("gauge-*")] == ["gauge"]


async def fixes(editor: Editor, code: str) -> list[dict[str, Any]]:
    (found,) = (e for e in editor.errors(FILE) if e["code"] == code)
    return [a for a in await editor.actions(FILE, found, ["quickfix"]) if "edit" in a]


async def searched(editor: Editor) -> None:
    """Wait until every error has been looked at."""

    def done() -> bool:
        return bool(editor.status) and all(p["phase"] in ("watching", "ready") for p in editor.status["projects"])

    await editor.until(done, what="the end of the search")


async def test_the_lightbulb_names_the_change_tells_its_doubt_and_learns_what_is_taken(shop: Path, home: Path) -> None:
    async with Editor.open(shop, home, settings=NO_MODEL) as editor:
        editor.show(FILE)
        await editor.until(lambda: len(editor.errors(FILE)) >= 1, what="errors")
        await searched(editor)
        for code, count in (("E0382", 2), ("E0603", 2), ("E0004", 3)):
            found = await fixes(editor, code)
            assert 1 <= len(found) <= count <= 3
            edits = [json.dumps(action["edit"], sort_keys=True) for action in found]
            assert len(set(edits)) == len(edits)
            assert [action.get("isPreferred", False) for action in found][1:] == [False] * (len(found) - 1)
            doubtful = [DOUBT in action["title"] for action in found]
            assert doubtful == [code == "E0004"] * len(found)
            assert found[0].get("isPreferred", False) is not doubtful[0]
        borrow, clone = await fixes(editor, "E0382")
        assert borrow["title"].startswith("Sleepy: borrow `first` instead of moving it (verified: ")
        assert clone["title"].startswith("Sleepy: clone `first` and derive `Clone` for `Config` (verified: ")
        assert (await fixes(editor, "E0603"))[0]["title"].startswith("Sleepy: make `depth` public (verified: ")
        assert all(source == "search" and kind for source, kind in episodes(home))
        editor.apply(clone)
        await editor.until(lambda: "E0382" not in {e["code"] for e in editor.errors(FILE)}, what="the repair")
        await eventually(home, "confirmed")
        (habit,) = sleepy(home, "stats")["habits"]
        assert (habit["edit_kind"], habit["kept"], habit["refused"]) == ("clone-moved", 1, 0)
        assert "clone-moved for use-after-move" in told(home)


def told(home: Path) -> str:
    """`sleepy stats` as people read it."""
    argv = [sys.executable, "-m", "sleepy_server", "stats"]
    return subprocess.run(argv, env=environment(home), capture_output=True, check=True, text=True).stdout


def episodes(home: Path) -> list[tuple[str, str]]:
    """Who proposed what was offered, and by which kind of edit."""
    with closing(sqlite3.connect(home / "data" / "sleepy.db")) as db:
        return db.execute("SELECT source, edit_kind FROM episodes").fetchall()


async def test_two_thousand_errors_are_told_in_time_and_nobody_waits_for_them(home: Path, tmp_path: Path) -> None:
    count = 2000
    functions = "".join(MOVED.format(name=f"f{n}") for n in range(count))
    text = f"pub struct Config {{\n    pub size: u32,\n}}\n{functions}"
    root = write(tmp_path / "merged", {"Cargo.toml": MANIFEST.format(name="merged"), LIB: text})
    cursor = {"line": 3 + 4 * 1500 + 2, "character": 20}
    at_cursor = {"start": cursor, "end": cursor}
    async with Editor.open(root, home, settings=NO_MODEL) as editor:
        editor.show(LIB)
        await editor.until(lambda: len(editor.errors(LIB)) == count, 30, "all errors")
        request = {"textDocument": {"uri": editor.uri(LIB)}, "range": at_cursor, "context": {"diagnostics": []}}
        start = time.monotonic()
        await editor.request("textDocument/codeAction", request)
        assert time.monotonic() - start < 2
        state = sleepy(home, "daemon", "status")
        assert state["memory_bytes"] < 400e6
        assert max(hold["ms"] for hold in state["holds"]) < 3000, state["holds"]
