"""The screen says what the real check would say, for less."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from helpers.source_trees import MANIFEST, write
from sleepy_core.model import CheckEnd, CheckResult, Diagnostic, Edit, FilePatch, Identity, Level, Patch, Position, Span
from sleepy_core.repo.sandbox import Sandbox, describe
from sleepy_core.screen import settles
from sleepy_core.settings import Settings
from sleepy_core.text import digest
from sleepy_core.workbench import Workbench

# --- When the rest of what rustc says does not matter any more --------------------------------------


def error(code: str, message: str = "") -> Diagnostic:
    span = Span("src/lib.rs", Position(0, 0), Position(0, 1))
    return Diagnostic(code, Level.ERROR, message or code, "src/lib.rs", span, "app", "lib")


def before(*errors: Diagnostic) -> CheckResult:
    return CheckResult(CheckEnd.DONE, errors, frozenset({"app"}), frozenset({"app"}), 0.1)


TARGET = Identity("E0308", "E0308", "src/lib.rs")


def test_the_error_itself_again_settles_it() -> None:
    assert settles(before(error("E0308")), [error("E0308")], TARGET)


def test_one_of_two_such_errors_does_not() -> None:
    assert not settles(before(error("E0308"), error("E0308")), [error("E0308")], TARGET)


def test_another_error_that_was_there_does_not() -> None:
    assert not settles(before(error("E0308"), error("E0277")), [error("E0277")], TARGET)


def test_a_new_error_of_the_same_phase_does() -> None:
    assert settles(before(error("E0308")), [error("E0277")], TARGET)


def test_a_new_error_of_a_later_phase_may_have_been_hidden() -> None:
    assert not settles(before(error("E0308")), [error("E0382")], TARGET)


# --- With a real rustc -------------------------------------------------------------------------------

WORKSPACE = {
    "Cargo.toml": '[workspace]\nmembers = ["store", "shop", "till", "cash"]\nresolver = "2"\n',
    "store/Cargo.toml": MANIFEST.format(name="store"),
    "store/src/lib.rs": """
pub mod shelf;
pub struct Store { count: usize }
impl Store {
    pub fn new(count: usize) -> Store { Store { count } }
    pub fn names(&self) -> Vec<String> { vec![self.count.to_string()] }
}
pub fn total(store: &Store) -> u32 { store.count }
#[cfg(test)]
mod tests {
    #[test]
    fn counts() { let n: u8 = super::Store::new(3).count; assert_eq!(n, 3); }
}
""",
    "store/src/shelf.rs": "fn depth() -> usize { 3 }\n",
    "shop/Cargo.toml": MANIFEST.format(name="shop") + '[dependencies]\nstore = { path = "../store" }\n',
    "shop/src/lib.rs": "pub fn deep() -> usize { store::shelf::depth() }\n",
    "till/Cargo.toml": MANIFEST.format(name="till") + '[dependencies]\nshop = { path = "../shop" }\n',
    "till/src/lib.rs": "pub fn open() -> usize { 1 }\n",
    "cash/Cargo.toml": MANIFEST.format(name="cash"),
    "cash/src/main.rs": 'fn main() { let name = String::new(); drop(name); println!("{name}"); }\n',
}

# File, what is replaced, by what, code of the error that it is for.
CORPUS = (
    ("store/src/lib.rs", "{ store.count }", "{ store.count as u32 }", "E0308"),
    ("store/src/lib.rs", "{ store.count }", "{ store.count as u8 }", "E0308"),
    ("store/src/lib.rs", "{ store.count }", "{ store.size }", "E0308"),
    ("store/src/lib.rs", "-> u32 {", "-> usize {", "E0308"),
    ("store/src/lib.rs", "let n: u8 =", "let n: usize =", "E0308"),
    ("store/src/lib.rs", "let n: u8 =", "let n: u16 =", "E0308"),
    ("cash/src/main.rs", "drop(name);", "drop(&name);", "E0382"),
    ("cash/src/main.rs", "drop(name);", "drop(name.clone());", "E0382"),
    ("cash/src/main.rs", "drop(name);", "drop(nam);", "E0382"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if Sandbox.detect("auto") is None:
        pytest.skip(describe())
    root = tmp_path_factory.mktemp("screen")
    write(root / "ws", WORKSPACE)
    return root


@contextlib.asynccontextmanager
async def checked(folder: Path) -> AsyncIterator[Workbench]:
    manifest = folder / "ws/Cargo.toml"
    async with Workbench.open(manifest, Settings(), folder / "cache") as bench:
        await bench.sync({})
        result = await bench.check()
        assert result.end is CheckEnd.DONE
        yield bench


def patch(bench: Workbench, file: str, old: str, new: str) -> Patch:
    text = bench.texts[file]
    at = text.index(old)
    return Patch((FilePatch(file, digest(text), (Edit(at, at + len(old), new),)),))


@pytest.mark.slow
async def test_it_refuses_exactly_what_the_real_check_refuses(folder: Path) -> None:
    async with checked(folder) as bench:
        assert bench.result is not None
        seen = set()
        for file, old, new, code in CORPUS:
            text = bench.texts[file]
            line = text[: text.index(old)].count("\n")
            found = next(d for d in bench.result.errors if d.file == file and d.span.start.line == line)
            assert found.code == code
            wanted = patch(bench, file, old, new)
            screened = await bench.screen(wanted, found)
            verified = await bench.verify(wanted, found.identity)
            assert screened is not None, (old, new)
            assert screened.kind.offered == verified.kind.offered, (old, new, screened, verified)
            seen.add(screened.kind.offered)
        assert seen == {True, False}


@pytest.mark.slow
async def test_a_crate_below_is_compiled_first_when_the_patch_is_there(folder: Path) -> None:
    async with checked(folder) as bench:
        # The library that shop needs must compile before anything is known of shop.
        repaired = bench.texts["store/src/lib.rs"].replace("{ store.count }", "{ store.count as u32 }")
        repaired = repaired.replace("let n: u8", "let n: usize")
        await bench.sync({"store/src/lib.rs": repaired}, {"store/src/lib.rs"})
        result = await bench.check()
        private = next(d for d in result.errors if d.code == "E0603")
        public = await bench.screen(patch(bench, "store/src/shelf.rs", "fn depth", "pub fn depth"), private)
        assert public is not None
        assert public.kind.offered
        worse = await bench.screen(patch(bench, "store/src/shelf.rs", "fn depth()", "pub fn height()"), private)
        assert worse is not None
        assert not worse.kind.offered
        # Neither the tree nor what cargo made is another than before.
        assert "pub fn depth" not in bench.texts["store/src/shelf.rs"]
        again = await bench.check()
        assert {d.identity for d in again.errors} == {d.identity for d in result.errors}


@pytest.mark.slow
async def test_nothing_is_left_of_a_candidate_that_nobody_waits_for(folder: Path) -> None:
    async with checked(folder) as bench:
        assert bench.result is not None
        moved = next(d for d in bench.result.errors if d.code == "E0382")
        wanted = patch(bench, "cash/src/main.rs", "drop(name);", "drop(&name);")
        task = asyncio.create_task(bench.screen(wanted, moved))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await bench.screen(wanted, moved)) is not None
        left = [name for name in os.listdir(bench.shadow.folder / "screen") if name.startswith("candidate")]
        assert left == []


@pytest.mark.slow
async def test_without_a_sandbox_it_says_nothing(folder: Path) -> None:
    settings = Settings().with_changes({"shadow": {"sandbox": "off"}})
    async with Workbench.open(folder / "ws/Cargo.toml", settings, folder / "cache") as bench:
        await bench.sync({})
        await bench.check()
        assert bench.result is not None
        moved = next(d for d in bench.result.errors if d.code == "E0382")
        assert await bench.screen(patch(bench, "cash/src/main.rs", "drop(name);", "drop(&name);"), moved) is None


@pytest.mark.slow
async def test_it_says_nothing_of_a_patch_in_a_crate_that_was_not_built_before_its_eyes(folder: Path) -> None:
    async with checked(folder) as bench:
        assert bench.result is not None
        moved = next(d for d in bench.result.errors if d.code == "E0382")
        assert await bench.screen(patch(bench, "till/src/lib.rs", "usize { 1 }", "usize { 2 }"), moved) is None
