"""Names are looked for where the message says that they are missing: in scope, in a module, in a type."""

import pytest

from helpers.edit_kinds import candidates, results, site
from sleepy_core.propose.search.edits import TABLE


@pytest.mark.parametrize(
    ("source", "code", "message", "expected"),
    [
        ("fn f(größe: u8) -> u8 { «grösse» }\n", "E0425", "cannot find value `grösse` in this scope", "größe"),
        ("use a::Config;\nfn f(_: «Confg») {}\n", "E0425", "cannot find type `Confg` in this scope", "Config"),
        ("fn f<Item>(_: «Itme») {}\n", "E0425", "cannot find type `Itme` in this scope", "Item"),
        (
            "mod a { pub fn load() {} }\nfn lode() { a::«laod»() }\n",
            "E0425",
            "cannot find function `laod` in module `a`",
            "load",
        ),
    ],
)
def test_the_nearest_name_of_the_right_place_comes_first(source: str, code: str, message: str, expected: str) -> None:
    assert f"use `{expected}`" in candidates("rename-use", site(source, code, message))[0][0].label


def test_the_last_name_of_a_use_is_what_is_renamed() -> None:
    at = site(
        "mod store { pub fn load() {} }\nuse «store::laod»;\n",
        "E0432",
        "unresolved import `store::laod`",
        label="no `laod` in `store`",
    )
    assert results("rename-use", at)[0] == "mod store { pub fn load() {} }\nuse store::load;\n"


def test_a_definition_that_others_use_keeps_its_name() -> None:
    source = "fn laod() {}\nfn f() { laod(); «load»(); }\n"
    assert results("rename-definition", site(source, "E0425", "cannot find function `load` in this scope")) == []


def test_a_name_in_a_macro_s_tokens_is_replaced_at_its_place() -> None:
    at = site('fn f(a: u8) { println!("{}", «aa»); }\n', "E0425", "cannot find value `aa` in this scope")
    assert results("rename-use", at)[0] == 'fn f(a: u8) { println!("{}", a); }\n'


def test_a_method_s_name_is_looked_for_in_the_traits_that_bound_its_type() -> None:
    source = "trait Loud { fn shout(&self); }\nfn f<T: Loud>(t: T) { t.«shuot»() }\n"
    at = site(source, "E0599", "no method named `shuot` found for type parameter `T` in the current scope")
    assert "t.shout()" in results("rename-use", at)[0]


def test_an_invented_name_is_weak() -> None:
    assert next(kind for kind in TABLE if kind.name == "number-second").weak


def test_the_second_item_of_an_impl_gets_the_name_that_its_trait_still_wants() -> None:
    at = site(
        "trait T { fn a(); fn b(); }\nimpl T for u8 { fn a() {} «fn a() {}» }\n",
        "E0201",
        "duplicate definitions with name `a`:",
        label="duplicate definition",
    )
    assert "fn a() {} fn b() {}" in results("rename-to-missing", at)[0]
