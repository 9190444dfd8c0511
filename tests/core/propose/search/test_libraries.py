"""The names of dependencies and of std are read from their sources once, kept in the cache, and proposed."""

import os
from pathlib import Path

import pytest

from helpers.edit_kinds import candidates, results, site
from sleepy_core.propose.externs import Externs, ExternsReader
from sleepy_core.propose.search.libraries import Libraries

TINY = """
mod store;
pub use store::{Store, Level};
pub trait Loud { fn shout(&self, times: usize); }
"""
STORE = """
pub struct Store { pub name: String, hidden: u8 }
impl Store {
    pub fn open(path: &str) -> Self { todo!() }
    pub fn take_all(&mut self, most: usize) -> Vec<u8> { todo!() }
    pub fn as_text(&self) -> &str { todo!() }
    fn secret(&self) {}
}
impl crate::Loud for Store { fn shout(&self, times: usize) {} }
pub enum Level { Low, High { by: u8 } }
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Externs:
    """A dependency `tiny` as cargo and rustc leave it: its sources, and a `.d` that says where they are."""
    files = {"lib.rs": TINY, "store.rs": STORE}
    for name, text in files.items():
        file = tmp_path / "registry/tiny-1.0.0/src" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    deps = tmp_path / "target/deps"
    deps.mkdir(parents=True)
    noted = "".join(f"{tmp_path}/registry/tiny-1.0.0/src/{name}:\n" for name in files)
    (deps / "tiny-0123.d").write_text(f"{deps}/libtiny-0123.rmeta: ...\n\n{noted}")
    return Externs(tmp_path / "names", (("tiny", str(deps / "libtiny-0123.rmeta")),), "rustc")


@pytest.fixture
def read(tiny: Externs) -> Externs:
    Libraries(tiny).read()
    return tiny


def names(items: object) -> list[str]:
    return [item.name for item in items]  # type: ignore[attr-defined]


def test_what_was_not_read_is_not_known_and_hurts_nobody(tiny: Externs) -> None:
    assert Libraries(tiny).members("Store") == []
    assert Libraries(None).named("Store") == []
    assert names(Libraries(tiny).missing()) == ["tiny"]


def test_what_was_read_is_found_by_holder_by_name_and_by_module(read: Externs) -> None:
    libraries = Libraries(read)
    assert libraries.missing() == []
    assert names(libraries.members("Store", "fn")) == ["open", "take_all", "as_text"]
    assert names(libraries.methods("Store")) == ["open", "take_all", "as_text", "shout"]
    assert names(libraries.members("Store", "field")) == ["name"]
    assert names(libraries.in_module("tiny")) == ["Level", "Loud", "Store"]
    (item,) = libraries.members("Store", "fn")[1:2]
    assert (item.receiver, [p.type for p in item.parameters], item.type) == ("&mut self", ["usize"], "Vec<u8>")
    assert ["::".join(item.module) for item in libraries.named("Level")] == ["tiny"]


def test_an_edited_library_is_read_again(read: Externs, tmp_path: Path) -> None:
    source = tmp_path / "registry/tiny-1.0.0/src/store.rs"
    source.write_text(STORE.replace("take_all", "take_everything"))
    assert names(Libraries(read).missing()) == ["tiny"]
    Libraries(read).read()
    assert "take_everything" in names(Libraries(read).members("Store"))


def test_procedural_macros_and_crates_without_notes_are_left_out(tmp_path: Path) -> None:
    externs = Externs(tmp_path, (("derive", "/t/libderive-1.so"), ("gone", str(tmp_path / "libgone-2.rmeta"))), "rustc")
    assert Libraries(externs).all == []


def test_a_library_that_cannot_be_read_keeps_no_other_unread(
    tiny: Externs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(library: object) -> str:
        raise RecursionError

    monkeypatch.setattr("sleepy_core.propose.search.libraries._names", fails)
    assert Libraries(tiny).read() == ["tiny: RecursionError()"]
    assert Libraries(tiny).missing() == []
    assert Libraries(tiny).members("Store") == []


def test_std_is_read_where_the_toolchain_has_its_sources(tmp_path: Path) -> None:
    texts = {
        "core/src/lib.rs": "pub mod option;",
        "core/src/option.rs": "pub enum Option<T> { None, Some(T) }",
        "alloc/src/lib.rs": "pub mod collections { pub struct BTreeMap; }",
        "std/src/lib.rs": "extern crate alloc as alloc_crate;\npub use core::option;\npub mod collections;",
        "std/src/collections/mod.rs": "mod hash;\npub use self::hash::HashMap;\npub use alloc_crate::collections::*;",
        "std/src/collections/hash.rs": "pub struct HashMap;\nimpl HashMap { pub fn capacity(&self) -> usize { 0 } }",
        "std/src/tests/mod.rs": "pub struct Test;",
    }
    for name, text in texts.items():
        file = tmp_path / "lib/rustlib/src/rust/library" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    externs = Externs(tmp_path / "names", (), str(tmp_path / "bin/rustc"))
    Libraries(externs).read()
    libraries = Libraries(externs)
    assert names(libraries.in_module("collections")) == ["BTreeMap", "HashMap"]
    assert names(libraries.members("HashMap")) == ["capacity"]
    assert libraries.named("Option")[0].module == ("std", "option")


async def test_reading_is_done_by_a_process_of_its_own_and_once(tiny: Externs, tmp_path: Path) -> None:
    reader = ExternsReader()
    reader.want(tiny)
    await reader.finished()
    (file,) = (tmp_path / "names").glob("tiny-*.names")
    os.utime(file, (1, 1))
    reader.want(tiny)
    await reader.finished()
    await reader.aclose()
    assert file.stat().st_mtime == 1


# --- What comes of it -----------------------------------------------------------------------------------


def test_a_method_of_a_dependency_s_type_is_what_was_meant(read: Externs) -> None:
    source = "fn f(s: &mut tiny::Store) { s.«take_every_all»(3); }\n"
    at = site(source, "E0599", "no method named `take_every_all` found for struct `tiny::Store`", externs=read)
    assert "s.take_all(3)" in results("rename-use", at)[0]


def test_a_method_that_takes_other_arguments_is_not(read: Externs) -> None:
    source = "fn f(s: &mut tiny::Store) { s.«take_all2»(); }\n"
    at = site(source, "E0599", "no method named `take_all2` found for struct `tiny::Store`", externs=read)
    assert "take_all()" not in "".join(results("rename-use", at))


@pytest.mark.parametrize(
    ("source", "code", "message", "meant"),
    [
        ("fn f(s: &tiny::Store) { s.«nmae»; }\n", "E0609", "no field `nmae` on type `&tiny::Store`", "s.name"),
        ("fn f() { tiny::Level::«Lwo»; }\n", "E0599",
         "no variant or associated item named `Lwo` found for enum `Level`", "Level::Low"),
        ("fn f() { tiny::Level::High { «byy»: 1 }; }\n", "E0559", "variant `Level::High` has no field named `byy`",
         "High { by: 1 }"),
        ("use tiny::«Sotre»;\n", "E0432", "unresolved import `tiny::Sotre`", "use tiny::Store;"),
        ("use «tinny»::Store;\n", "E0432", "unresolved import `tinny`", "use tiny::Store;"),
        ("fn f() { tiny::«Stor»::open(\"\"); }\n", "E0433",
         "failed to resolve: could not find `Stor` in `tiny`", "tiny::Store::open"),
    ],
)  # fmt: skip
def test_a_misspelt_name_of_a_dependency_is_put_right(
    read: Externs, source: str, code: str, message: str, meant: str
) -> None:
    assert meant in results("rename-use", site(source, code, message, externs=read))[0]


def test_a_name_that_a_dependency_has_elsewhere_is_imported_from_there(read: Externs) -> None:
    at = site("fn f(_: «Store») {}\n", "E0412", "cannot find type `Store` in this scope", externs=read)
    assert "use tiny::Store;" in results("import-item", at)[0]
    moved = site("use tiny::inner::«Store»;\n", "E0432", "unresolved import `tiny::inner::Store`", externs=read)
    assert "use tiny::Store;\n" in results("repair-root", moved)


def test_a_value_is_converted_by_what_its_type_has_for_it(read: Externs) -> None:
    at = site(
        "fn f(s: &tiny::Store) { g(«s»); }\n", "E0308", "mismatched types",
        label="expected `&str`, found `&Store`", externs=read,
    )  # fmt: skip
    assert results("convert-by-own-function", at) == ["fn f(s: &tiny::Store) { g(s.as_text()); }\n"]
    back = site(
        "fn f(s: &str) { g(«s»); }\n", "E0308", "mismatched types", label="expected `Store`, found `&str`", externs=read
    )
    assert results("convert-by-own-function", back) == ["fn f(s: &str) { g(Store::open(s)); }\n"]
    assert candidates("convert-by-own-function", back)[0][0].label == "wrap `s` in `Store::open`"
