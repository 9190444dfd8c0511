"""Failures are handed on: the function can hold them, and one error becomes another."""

import pytest

from helpers.diagnostics import span
from helpers.edit_kinds import candidates, results, site
from helpers.rustc_cases import repairs
from sleepy_core.model import Position

ENUM = "pub enum E { Parse(std::num::ParseIntError), Gone }\n"
FROM = """
impl From<std::num::ParseIntError> for E {
    fn from(error: std::num::ParseIntError) -> Self {
        Self::Parse(error)
    }
}
"""
CANNOT = "the `?` operator can only be used in a function that returns `Result` or `Option`"


def test_a_function_that_fails_says_so_and_wraps_what_it_returns() -> None:
    at = site(
        "fn f(s: &str) -> u8 {\n    if s.is_empty() {\n        return 0;\n    }\n    s.parse()«?»\n}\n", "E0277", CANNOT
    )
    assert results("return-a-failure", at)[0] == (
        "fn f(s: &str) -> Result<u8, Box<dyn std::error::Error>> {\n"
        "    if s.is_empty() {\n        return Ok(0);\n    }\n    Ok(s.parse()?)\n}\n"
    )


def test_the_error_type_of_the_crates_other_functions_comes_first() -> None:
    at = site(f"{ENUM}fn g() -> Result<u8, E> {{ Err(E::Gone) }}\nfn f() {{ g()«?»; }}\n", "E0277", CANNOT)
    assert candidates("return-a-failure", at)[0][0].label == "let `f` return `Result<(), E>`"
    assert results("return-a-failure", at)[0].endswith("fn f() -> Result<(), E> { g()?; Ok(()) }\n")


def test_the_values_of_inner_closures_are_left_alone() -> None:
    at = site("fn f(s: &str) -> u8 { let c = || { return 1; }; s.parse()«?» }", "E0277", CANNOT)
    assert "|| { return 1; }" in results("return-a-failure", at)[0]


def test_an_invented_failure_is_weak() -> None:
    at = site(
        "fn f(o: Option<u8>) -> Result<u8, String> { Ok(o«?») }",
        "E0277",
        "the `?` operator can only be used on `Result`s, not `Option`s, in a function that returns `Result`",
        label="use `.ok_or(...)?` to provide an error compatible with `Result<u8, String>`",
    )
    assert results("adapt-question-mark", at) == []
    assert results("invent-failure", at) == [
        'fn f(o: Option<u8>) -> Result<u8, String> { Ok(o.ok_or_else(|| "no o".to_string())?) }'
    ]


def test_from_is_implemented_behind_an_enum_that_holds_the_error() -> None:
    at = site(
        f"{ENUM}fn f(s: &str) -> Result<u8, E> {{ Ok(s.parse()«?») }}\n",
        "E0277",
        "`?` couldn't convert the error to `E`",
        spans=[
            span(
                Position(1, 37),
                Position(1, 46),
                label="this can't be annotated with `?` because it has type `Result<_, ParseIntError>`",
                primary=False,
            )
        ],
    )
    assert results("implement-from", at)[0].startswith(
        f"{ENUM}\nimpl From<std::num::ParseIntError> for E {{\n"
        "    fn from(error: std::num::ParseIntError) -> Self {\n        Self::Parse(error)\n    }\n}\n"
    )


@pytest.mark.parametrize("source", ["«?»", "fn f() { «a» }", "fn f() { g!(a«?») }", "x«?»", "fn f()"])
def test_where_nothing_is_tried_nothing_is_proposed(source: str) -> None:
    at = site(source if "»" in source else f"{source}«»", "E0277", "`?` couldn't convert the error to `E`")
    for kind in ("adapt-question-mark", "unwrap-instead", "needless-question-mark", "convert-error", "implement-from"):
        assert results(kind, at) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "code", "source", "meant"),
    [
        (
            "return-a-failure",
            "E0277",
            "pub fn f(o: Option<u8>) -> bool { o? > 3 }",
            "pub fn f(o: Option<u8>) -> Option<bool> { Some(o? > 3) }",
        ),
        (
            "adapt-question-mark",
            "E0277",
            "pub fn f(s: &str) -> Option<u8> { Some(s.parse::<u8>()?) }",
            "pub fn f(s: &str) -> Option<u8> { Some(s.parse::<u8>().ok()?) }",
        ),
        (
            "adapt-question-mark",
            "E0277",
            f"{ENUM}pub fn f(o: Option<u8>) -> Result<u8, E> {{ Ok(o?) }}",
            f"{ENUM}pub fn f(o: Option<u8>) -> Result<u8, E> {{ Ok(o.ok_or(E::Gone)?) }}",
        ),
        (
            "invent-failure",
            "E0277",
            "pub fn f(o: Option<u8>) -> Result<u8, Box<dyn std::error::Error>> { Ok(o?) }",
            'pub fn f(o: Option<u8>) -> Result<u8, Box<dyn std::error::Error>> { Ok(o.ok_or("no o")?) }',
        ),
        (
            "unwrap-instead",
            "E0277",
            "pub fn f(o: Option<u8>) -> u8 { o? }",
            "pub fn f(o: Option<u8>) -> u8 { o.unwrap() }",
        ),
        (
            "default-for-failure",
            "E0277",
            "pub fn f(o: Option<u8>) -> u8 { o? }",
            "pub fn f(o: Option<u8>) -> u8 { o.unwrap_or_default() }",
        ),
        (
            "needless-question-mark",
            "E0277",
            "pub fn f(o: u8) -> Option<u8> { Some(o?) }",
            "pub fn f(o: u8) -> Option<u8> { Some(o) }",
        ),
        (
            "convert-error",
            "E0277",
            f"{ENUM}pub fn f(s: &str) -> Result<u8, E> {{ Ok(s.parse::<u8>()?) }}",
            f"{ENUM}pub fn f(s: &str) -> Result<u8, E> {{ Ok(s.parse::<u8>().map_err(E::Parse)?) }}",
        ),
        (
            "convert-error",
            "E0271",
            f"{ENUM}pub fn f(s: &str) -> Result<u8, E> {{ let n: u8 = s.parse()?; Ok(n) }}",
            f"{ENUM}pub fn f(s: &str) -> Result<u8, E> {{ let n: u8 = s.parse().map_err(E::Parse)?; Ok(n) }}",
        ),
        (
            "convert-result-error",
            "E0308",
            f"{ENUM}pub fn f(s: &str) -> Result<u8, E> {{ s.parse::<u8>() }}",
            f"{ENUM}pub fn f(s: &str) -> Result<u8, E> {{ s.parse::<u8>().map_err(E::Parse) }}",
        ),
        (
            "wrap-in-variant",
            "E0308",
            'pub enum E { Other(String) }\npub fn f() -> Result<u8, E> { Err("no") }',
            'pub enum E { Other(String) }\npub fn f() -> Result<u8, E> { Err(E::Other("no".to_string())) }',
        ),
        (
            "widen-error",
            "E0277",
            "pub fn f(s: &str) -> Result<u8, String> { Ok(s.parse::<u8>()?) }",
            "pub fn f(s: &str) -> Result<u8, std::num::ParseIntError> { Ok(s.parse::<u8>()?) }",
        ),
        (
            "implement-from",
            "E0277",
            f"{ENUM}pub fn f(s: &str) -> Result<u8, E> {{ Ok(s.parse::<u8>()?) }}",
            ENUM + FROM + "pub fn f(s: &str) -> Result<u8, E> { Ok(s.parse::<u8>()?) }",
        ),
    ],
)
def test_rustc_takes_what_is_handed_on(kind: str, code: str, source: str, meant: str) -> None:
    repairs(kind, code, source, meant)
