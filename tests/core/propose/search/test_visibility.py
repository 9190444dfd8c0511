"""Private things become visible where they are defined, not where they are used."""

from helpers.edit_kinds import candidates, results, site

STORE = "mod store {\n    /// Kept.\n    fn load() -> u8 { 1 }\n}\nfn main() { store::«load»(); }\n"


def test_a_private_function_is_made_public_before_its_name_and_behind_its_comment() -> None:
    at = site(STORE, "E0603", "function `load` is private")
    assert results("make-public", at)[0].startswith("mod store {\n    /// Kept.\n    pub fn load()")


def test_the_narrower_visibility_comes_second() -> None:
    at = site(STORE, "E0603", "function `load` is private")
    assert [change.label for change, _ in candidates("make-public", at)] == [
        "make `load` public",
        "make `load` visible in its crate",
    ]


def test_a_field_of_another_file_is_made_public_there() -> None:
    at = site(
        "mod config;\nfn f(c: config::Config) -> u8 { c.«port» }\n",
        "E0616",
        "field `port` of struct `Config` is private",
        others={"src/config.rs": "pub struct Config {\n    port: u8,\n}\n"},
    )
    assert results("make-public", at, "src/config.rs")[0] == "pub struct Config {\n    pub port: u8,\n}\n"


def test_a_narrow_visibility_is_replaced() -> None:
    at = site("mod a { pub(self) fn f() {} }\nfn main() { a::«f»() }\n", "E0603", "function `f` is private")
    assert "mod a { pub fn f() {} }" in results("make-public", at)[0]
