"""`use` and `mod` lines go where they belong, whatever the file looks like."""

# ruff: noqa: E501 (a case is a line)

import pytest

from helpers.edit_kinds import candidates, results, site
from sleepy_core.propose.search.std_paths import std_paths, std_traits

MESSAGE = "cannot find type `HashMap` in this scope"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("fn f(m: «HashMap») {}\n", "use std::collections::HashMap;\n\nfn f(m: HashMap) {}\n"),
        (
            "//! Docs.\n#![allow(dead_code)]\n\n/// Doc.\n#[inline]\nfn f(m: «HashMap») {}\n",
            "//! Docs.\n#![allow(dead_code)]\n\nuse std::collections::HashMap;\n\n/// Doc.\n#[inline]\nfn f(m: HashMap) {}\n",
        ),
        (
            "use std::rc::Rc;\r\n\r\nfn f(m: «HashMap») {}\r\n",
            "use std::rc::Rc;\r\nuse std::collections::HashMap;\r\n\r\nfn f(m: HashMap) {}\r\n",
        ),
        (
            "use std::collections::{BTreeMap};\nfn größe(m: «HashMap») {}\n",
            "use std::collections::{BTreeMap, HashMap};\nfn größe(m: HashMap) {}\n",
        ),
        (
            "pub use std::collections::{BTreeMap};\nfn f(m: «HashMap») {}\n",
            "pub use std::collections::{BTreeMap};\nuse std::collections::HashMap;\nfn f(m: HashMap) {}\n",
        ),
        (
            "mod a {\n    fn f(m: «HashMap») {}\n}\n",
            "mod a {\n    use std::collections::HashMap;\n\n    fn f(m: HashMap) {}\n}\n",
        ),
    ],
)
def test_a_use_line_goes_to_the_others_or_above_the_first_item(source: str, expected: str) -> None:
    assert results("import-item", site(source, "E0412", MESSAGE))[0] == expected


def test_the_crate_s_own_definition_comes_before_std_s() -> None:
    at = site(
        "fn f(m: «HashMap») {}\n", "E0412", MESSAGE, others={"src/maps/own.rs": "pub struct HashMap;\npub fn f() {}\n"}
    )
    assert [change.label for change, _ in candidates("import-item", at)] == [
        "import `crate::maps::own::HashMap`",
        "import `std::collections::HashMap`",
    ]


def test_a_name_that_is_defined_nowhere_is_not_imported() -> None:
    assert results("import-item", site("fn f(m: «Nowhere») {}\n", "E0412", "cannot find type `Nowhere`")) == []


def test_std_keeps_two_orderings_and_two_writes() -> None:
    assert std_paths("Ordering") == ["std::cmp::Ordering", "std::sync::atomic::Ordering"]
    assert std_traits("write_fmt") == ["std::io::Write", "std::fmt::Write"]


def test_a_module_is_declared_in_the_file_whose_folder_it_lies_in() -> None:
    at = site(
        "mod store;\nfn f() { store::«disk»::load(); }\n",
        "E0433",
        "cannot find `disk` in `store`",
        others={"src/store.rs": "//! Storage.\n\nmod memory;\n", "src/store/disk.rs": "pub fn load() {}\n"},
    )
    assert results("declare-module", at, "src/store.rs")[0] == "//! Storage.\n\nmod memory;\npub mod disk;\n"


def test_a_line_that_comes_first_leaves_the_next_one_its_attributes() -> None:
    at = site(
        "#[cfg(test)]\nmod tests;\nmod units;\nfn f() { «store»::load(); }\n",
        "E0433",
        "cannot find module or crate `store` in this scope",
        others={"src/store.rs": "pub fn load() {}\n"},
    )
    assert results("declare-module", at)[0].startswith("mod store;\n#[cfg(test)]\nmod tests;\nmod units;\n")
