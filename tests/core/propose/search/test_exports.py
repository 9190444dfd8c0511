"""What a crate shows, by names alone: modules, `pub use`, other crates, and what types and traits hold."""

import pytest

from sleepy_core.propose.search.exports import Exports, Path, expanded

CORE = {
    (): "pub mod option; pub mod cmp; mod secret;",
    ("option",): "pub enum Option<T> { None, Some(T) }\nimpl<T> Option<T> { pub fn is_some(&self) -> bool { true } }",
    ("cmp",): "pub fn max() {}\npub struct Reverse<T>(pub T);",
    ("secret",): "pub struct Hidden;",
}


def shown(crate: str, **crates: dict[Path, str]) -> set[str]:
    found = Exports(crates).of(crate)
    return {"::".join((*item.module, item.name)) for item in found if not item.container}


def held(crate: str, holder: str, **crates: dict[Path, str]) -> list[tuple[str, str]]:
    return [(item.kind, item.name) for item in Exports(crates).of(crate) if item.container == holder]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({(): "pub fn a() {} fn b() {} pub(crate) fn c() {}"}, {"k::a"}),
        ({(): "pub mod m { pub struct S; struct T; mod n { pub struct U; } }"}, {"k::m::S"}),
        ({(): "mod bytes; pub use crate::bytes::Bytes;", ("bytes",): "pub struct Bytes; pub fn f() {}"}, {"k::Bytes"}),
        (
            {(): "mod a; pub use a::{B as C, d::*};", ("a",): "pub struct B; pub mod d { pub fn e() {} }"},
            {"k::C", "k::e"},
        ),
        (
            {(): "mod a; mod b; pub use self::a::*;", ("a",): "pub use super::b::X;", ("b",): "pub struct X;"},
            {"k::X"},
        ),
        (
            {
                (): "mod a; mod b; pub use a::*; pub use b::*;",
                ("a",): "pub use crate::b::*;",
                ("b",): "pub use crate::a::*; pub struct S;",
            },
            {"k::S"},
        ),
        ({(): "pub mod prelude { pub use crate::S; } pub struct S;"}, {"k::S", "k::prelude::S"}),
        (
            {(): "mod imp { pub use self::unix::open; mod unix { pub fn open() {} } } pub use imp::open as connect;"},
            {"k::connect"},
        ),
        ({(): "pub use nowhere::X; pub use crate::missing::*;"}, set()),
    ],
)
def test_a_path_is_public_where_a_user_of_the_crate_can_name_it(files: dict[Path, str], expected: set[str]) -> None:
    assert shown("k", k=files) == expected


def test_what_another_crate_defines_is_shown_where_it_is_shown() -> None:
    std = {
        (): "extern crate alloc as alloc_crate;\npub use core::option;\npub mod cmp { pub use core::cmp::*; }\n"
        "pub use alloc_crate::vec::Vec;"
    }
    alloc = {(): "pub mod vec { pub struct Vec; }"}
    assert shown("std", std=std, core=CORE, alloc=alloc) == {
        "std::option::Option", "std::cmp::max", "std::cmp::Reverse", "std::Vec",
    }  # fmt: skip
    assert ("fn", "is_some") in held("std", "Option", std=std, core=CORE, alloc=alloc)


def test_of_a_type_only_what_others_may_name_is_shown_and_that_it_has_a_trait() -> None:
    text = (
        "pub struct S { pub a: u8, b: u8 }\nimpl S { pub fn c(&self) {} fn d(&self) {} pub const E: u8 = 1; }\n"
        "pub trait T { fn t(&self); }\nimpl T for S { fn t(&self) {} }\n"
        "impl std::ops::Deref for S { type Target = [u8]; fn deref(&self) -> &[u8] { &[] } }"
    )
    assert held("k", "S", k={(): text}) == [
        ("field", "a"), ("fn", "c"), ("const", "E"), ("impl", "T"), ("type", "Target"), ("impl", "Deref"),
    ]  # fmt: skip
    assert held("k", "T", k={(): text}) == [("fn", "t")]


def test_what_is_built_in_or_another_crate_s_has_what_this_one_gives_it() -> None:
    text = "impl str { pub fn trim(&self) {} } pub trait T { fn t(&self); } impl T for [u8] { fn t(&self) {} }struct S;"
    files: dict[Path, str] = {(): text + "impl S { pub fn s(&self) {} }"}
    assert held("k", "str", k=files) == [("fn", "trim")]
    assert held("k", "[u8]", k=files) == [("impl", "T")]
    assert held("k", "S", k=files) == []


def test_variants_and_their_fields_are_public_with_their_enum() -> None:
    files: dict[Path, str] = {(): "pub enum E { A, B { c: u8 } } enum F { G }"}
    assert held("k", "E", k=files) == [("variant", "A"), ("variant", "B")]
    assert held("k", "B", k=files) == [("field", "c")]
    assert held("k", "F", k=files) == []


def test_the_crates_that_a_crate_shows_parts_of_are_known() -> None:
    text = "pub use futures_core::Stream; pub use crate::a::B; use hidden::C; pub use ::other::d;\nmod a;"
    assert Exports({"k": {(): text}}).foreign("k") == {"futures_core", "other"}


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ("a::b", ["a::b b"]),
        ("a::{self, b as c, d::{e, f::*}}", ["a a", "a::b c", "a::d::e e", "a::d::f *"]),
        ("::a::b as _", ["a::b _"]),
        ("*", [" *"]),
        ("{a, b::c,}", ["a a", "b::c c"]),
    ],
)
def test_a_use_with_groups_is_several_paths(use: str, expected: list[str]) -> None:
    assert [f"{'::'.join(path)} {name}" for path, name in expanded(use)] == expected
