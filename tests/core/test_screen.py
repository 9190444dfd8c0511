"""The screen says what the real check would say, for less."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import psutil
import pytest

from helpers.small_disk import disk, fill, make_room
from helpers.source_trees import MANIFEST, write
from sleepy_core.model import (
    CheckEnd,
    CheckResult,
    Diagnostic,
    Edit,
    FilePatch,
    Identity,
    Level,
    Patch,
    Position,
    Span,
    Verdict,
)
from sleepy_core.processes import running
from sleepy_core.repo.sandbox import Sandbox, describe
from sleepy_core.screen import Settling
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


def settles(known: CheckResult, said: Sequence[Diagnostic], target: Identity) -> bool:
    settling = Settling(known, target)
    return any(settling.settled_by(diagnostic) for diagnostic in said)


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


# A crate with what cargo does for crates: features, a build script's output, kinds of libraries, all kinds of targets.
WIDENED = "fn main() { let n: u32 = 1; let m: u64 = n; assert_eq!(m, 1); }\n"
BUILT = {
    "Cargo.toml": """
[package]
name = "built"
version = "0.1.0"
edition = "2024"
[lib]
crate-type = ["cdylib", "staticlib", "rlib"]
[features]
default = ["tall"]
tall = []
low = []
""",
    "build.rs": """
fn main() {
    let out = std::path::PathBuf::from(std::env::var_os("OUT_DIR").unwrap());
    std::fs::write(out.join("made.rs"), "pub fn made(n: u32) -> u32 { n }").unwrap();
    println!("cargo::rustc-env=SAID=5");
    println!("cargo::rustc-check-cfg=cfg(probed)");
    println!("cargo::rustc-cfg=probed");
}
""",
    "src/lib.rs": """
include!(concat!(env!("OUT_DIR"), "/made.rs"));
pub const SAID: &str = env!("SAID");
#[cfg(feature = "tall")]
pub fn height() -> u32 { 9 }
#[cfg(feature = "low")]
pub fn height() -> u8 { 1 }
#[unsafe(no_mangle)]
pub extern "C" fn called() -> u32 { made(1) }
#[cfg(test)]
mod tests {
    #[test]
    fn measures() { let n: u64 = super::height(); assert_eq!(n, 9); }
}
""",
    "src/main.rs": "mod part;\nfn main() { part::run(); }\n",
    "src/part.rs": 'pub fn run() { let n: u64 = built::made(env!("SAID").len() as u32); assert_eq!(n, 1); }\n',
    "src/bin/tool.rs": "#[cfg(probed)]\nfn main() { let n: u64 = built::height(); assert_eq!(n, 9); }\n",
    "examples/shown.rs": WIDENED,
    "benches/fast.rs": WIDENED,
    "tests/whole.rs": "mod common;\n#[test]\nfn works() { let n: u64 = common::size(); assert_eq!(n, 1); }\n",
    "tests/common/mod.rs": "pub fn size() -> u64 { let n: u32 = 1; n }\n",
}
BUILT_CORPUS = (
    ("src/lib.rs", "super::height();", "super::height().into();", "E0308"),
    ("src/lib.rs", "super::height();", "super::heigt();", "E0308"),
    ("src/part.rs", "as u32);", "as u32).into();", "E0308"),
    ("src/part.rs", "as u32);", "as u8).into();", "E0308"),
    ("src/bin/tool.rs", "height();", "height().into();", "E0308"),
    ("src/bin/tool.rs", "built::height();", "u64::from(built::SAID);", "E0308"),
    ("examples/shown.rs", "u64 = n", "u64 = n.into()", "E0308"),
    ("examples/shown.rs", "u64 = n", "u64 = built::made(n)", "E0308"),
    ("benches/fast.rs", "u64 = n", "u32 = n", "E0308"),
    ("benches/fast.rs", "u64 = n", "u8 = n", "E0308"),
    ("tests/common/mod.rs", "1; n", "1; n.into()", "E0308"),
    ("tests/common/mod.rs", "-> u64", "-> u32", "E0308"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if Sandbox.detect("auto") is None:
        pytest.skip(describe())
    root = tmp_path_factory.mktemp("screen")
    write(root / "ws", WORKSPACE)
    return root


@contextlib.asynccontextmanager
async def checked(folder: Path, project: str = "ws", cache: str = "cache") -> AsyncIterator[Workbench]:
    async with Workbench.open(folder / project / "Cargo.toml", Settings(), folder / cache) as bench:
        await bench.sync({})
        result = await bench.check()
        assert result.end is CheckEnd.DONE
        yield bench


def patch(bench: Workbench, file: str, old: str, new: str) -> Patch:
    text = bench.texts[file]
    at = text.index(old)
    return Patch((FilePatch(file, digest(text), (Edit(at, at + len(old), new),)),))


async def compared(bench: Workbench, corpus: Sequence[tuple[str, str, str, str]]) -> None:
    """Screen and real check agree on each of them, and both say yes and no."""
    seen = set()
    for file, old, new, code in corpus:
        found = error_at(bench, file, old)
        assert found.code == code
        wanted = patch(bench, file, old, new)
        screened = await bench.screen(wanted, found)
        verified = await bench.verify(wanted, found.identity)
        assert screened is not None, (file, old, new)
        assert screened.kind.offered == verified.kind.offered, (file, old, new, screened, verified)
        seen.add(screened.kind.offered)
    assert seen == {True, False}


def error_at(bench: Workbench, file: str, code: str) -> Diagnostic:
    """The error on the line that some code stands on."""
    assert bench.result is not None
    text = bench.texts[file]
    line = text[: text.index(code)].count("\n")
    return next(d for d in bench.result.errors if d.file == file and d.span.start.line == line)


@pytest.mark.slow
async def test_it_refuses_exactly_what_the_real_check_refuses(folder: Path) -> None:
    async with checked(folder) as bench:
        await compared(bench, CORPUS)


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
async def test_it_knows_features_build_scripts_and_all_kinds_of_targets(folder: Path) -> None:
    write(folder / "built", BUILT)
    async with checked(folder, "built") as bench:
        await compared(bench, BUILT_CORPUS)


def candidates_of(bench: Workbench) -> list[str]:
    return [name for name in os.listdir(bench.shadow.folder / "screen") if name.startswith("candidate")]


async def nothing_left(bench: Workbench) -> None:
    """A candidate's folder is removed behind its verdict: soon."""
    async with asyncio.timeout(20):
        while candidates_of(bench):
            await asyncio.sleep(0.01)


def rustcs_for(bench: Workbench) -> list[psutil.Process]:
    """The compilers that write into a bench's scratch folder."""
    scratch = str(bench.shadow.folder / "screen")
    found = []
    for process in psutil.process_iter(["name"]):
        with contextlib.suppress(psutil.Error):
            if process.info["name"] == "rustc" and any(scratch in word for word in process.cmdline()):
                found.append(process)
    return found


@pytest.mark.slow
async def test_nothing_is_left_of_candidates_that_nobody_waits_for(folder: Path) -> None:
    async with checked(folder) as bench:
        moved = error_at(bench, "cash/src/main.rs", "drop(name);")
        wanted = patch(bench, "cash/src/main.rs", "drop(name);", "drop(&name);")
        for pause in (0.0, 0.001, 0.003, 0.01, 0.03, 0.1):
            tasks = [asyncio.create_task(bench.screen(wanted, moved)) for _ in range(3)]
            await asyncio.sleep(pause)
            for task in tasks:
                task.cancel()
            done = await asyncio.gather(*tasks, return_exceptions=True)
            # A quiet machine may have finished some of them by then.
            assert all(isinstance(result, asyncio.CancelledError | Verdict) for result in done)
        assert (await bench.screen(wanted, moved)) is not None
        await nothing_left(bench)
        assert rustcs_for(bench) == []


@pytest.mark.slow
async def test_what_a_killed_process_has_left_is_removed(folder: Path) -> None:
    async with checked(folder) as bench:
        left = bench.shadow.folder / "screen/candidate-1-0/out"
        left.mkdir(parents=True)
    async with checked(folder) as bench:
        assert candidates_of(bench) == []


@pytest.mark.slow
async def test_errors_of_two_targets_are_screened_side_by_side(folder: Path) -> None:
    async with checked(folder) as bench:
        asked = [(*case, error_at(bench, case[0], case[1])) for case in CORPUS]
        alone = [await bench.screen(patch(bench, f, old, new), found) for f, old, new, _, found in asked]
        together = await asyncio.gather(*(bench.screen(patch(bench, f, o, n), found) for f, o, n, _, found in asked))
        assert [v and v.kind for v in together] == [v and v.kind for v in alone]


# Functions whose errors have nothing to do with each other, and many candidates for each.
HALL = """
pub fn first(names: &[String]) -> String { names[0] }
pub fn count(names: Vec<String>) -> u32 { let n = names.len(); drop(names); n }
pub struct Door { name: String }
impl Door {
    pub fn open(self) -> String { let kept = self; drop(kept); kept.name }
}
impl std::fmt::Display for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.name) }
}
"""
HALL_CORPUS = (
    *(("names[0]", new, "E0508") for new in ("names[0].clone()", "names[0].len()", "nams[0]", "*names[0]")),
    *(("names); n", f"names); {new}", "E0308") for new in ("n as u32", "u8::try_from(n).unwrap()", "n.into()", "m")),
    *(("drop(kept)", new, "E0382") for new in ("drop(&kept)", "drop(kept.clone())", "dropp(&kept)", "drop(kept.nam)")),
    *(("(self.name)", new, "E0308") for new in ("(&self.name)", "(self.name.len())", "(&*self.name)")),
)


@pytest.mark.slow
async def test_candidates_that_are_compiled_together_get_what_each_gets_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = 0

    def counted(argv: Sequence[str], **options: Any) -> AbstractAsyncContextManager[asyncio.subprocess.Process]:
        nonlocal started
        started += 1
        return running(argv, **options)

    write(folder / "hall", {"Cargo.toml": MANIFEST.format(name="hall"), "src/lib.rs": HALL})
    async with checked(folder, "hall") as bench:
        monkeypatch.setattr("sleepy_core.screen.running", counted)
        asked = []
        for old, new, code in HALL_CORPUS:
            found = error_at(bench, "src/lib.rs", old)
            assert found.code == code
            asked.append((patch(bench, "src/lib.rs", old, new), found))
        alone = [await bench.screen(*one) for one in asked]
        started = 0
        together = await asyncio.gather(*(bench.screen(*one) for one in asked))
        assert started <= len(asked) / 2
        for (wanted, found), one, other in zip(asked, together, alone, strict=True):
            assert one is not None
            assert other is not None
            real = await bench.verify(wanted, found.identity)
            assert one.kind.offered == other.kind.offered == real.kind.offered, (wanted, one, other, real)
        assert {verdict.kind.offered for verdict in together if verdict is not None} == {True, False}
        # One that is given up takes nothing from the others.
        tasks = [asyncio.create_task(bench.screen(*one)) for one in asked]
        await asyncio.sleep(0.03)
        for task in tasks[::2]:
            task.cancel()
        kept = await asyncio.gather(*tasks[1::2])
        assert [v and v.kind for v in kept] == [v and v.kind for v in alone[1::2]]


@pytest.mark.slow
async def test_a_compiler_that_is_killed_has_said_nothing(folder: Path) -> None:
    slow = "pub fn slow(n: u32) -> u64 { n }\n" + "".join(
        f"pub fn f{i}(v: Vec<u8>) -> usize {{ v.iter().map(|x| x.to_string()).collect::<Vec<_>>().len() }}\n"
        for i in range(4000)
    )
    write(folder / "slow", {"Cargo.toml": MANIFEST.format(name="slow"), "src/lib.rs": slow})
    async with checked(folder, "slow") as bench:
        found = error_at(bench, "src/lib.rs", "{ n }")
        task = asyncio.create_task(bench.screen(patch(bench, "src/lib.rs", "{ n }", "{ n.into() }"), found))
        killed = 0
        while not task.done():
            for process in rustcs_for(bench):
                with contextlib.suppress(psutil.Error):
                    process.kill()
                    killed += 1
            await asyncio.sleep(0.01)
        assert killed
        assert await task is None
        await nothing_left(bench)


@pytest.mark.slow
async def test_on_a_full_disk_it_says_nothing(folder: Path) -> None:
    with disk(folder / "small", "size=256m"):
        async with checked(folder, cache="small") as bench:
            moved = error_at(bench, "cash/src/main.rs", "drop(name);")
            wanted = patch(bench, "cash/src/main.rs", "drop(name);", "drop(&name);")
            assert (await bench.screen(wanted, moved)) is not None
            for free in (0, 4096, 65536):
                fill(folder / "small", free)
                assert (await bench.screen(wanted, moved)) is None, free
                make_room(folder / "small")
            after = await bench.screen(wanted, moved)
            assert after is not None
            assert after.kind.offered
            await nothing_left(bench)


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
