"""Blocks get the values that they should have, and lose those that nobody wants."""

import pytest

from helpers.edit_kinds import results, site
from helpers.rustc_cases import repairs

UNIT = "expected `u8`, found `()`"


def test_a_body_returns_the_variable_that_it_made() -> None:
    source = "fn f(v: &[u8]) -> «u8» {\n    let mut total = 0;\n    for x in v {\n        total += x;\n    }\n}\n"
    assert results("return-value", site(source, "E0308", "mismatched types", label=UNIT))[0] == (
        "fn f(v: &[u8]) -> u8 {\n    let mut total = 0;\n    for x in v {\n        total += x;\n    }\n    total\n}\n"
    )


def test_line_endings_stay_what_they_are() -> None:
    source = "fn f() -> «u8» {\r\n    let n = 1;\r\n}\r\n"
    assert results("return-value", site(source, "E0308", "mismatched types", label=UNIT)) == [
        "fn f() -> u8 {\r\n    let n = 1;\r\n    n\r\n}\r\n"
    ]


def test_a_variable_of_another_type_is_not_returned() -> None:
    source = "fn f(name: String) -> «u8» { g(); }"
    at = site(source, "E0308", "mismatched types", label=UNIT)
    assert results("return-value", at) == ["fn f(name: String) -> u8 { g() }"]


def test_an_empty_body_gets_no_invented_value_but_a_weak_one() -> None:
    at = site("fn f() -> «u8» {}", "E0308", "mismatched types", label=UNIT)
    assert results("return-value", at) == []
    assert results("default-tail", at) == ["fn f() -> u8 { 0 }"]


@pytest.mark.parametrize("source", ["fn f() -> «u8»", "fn f() -> «u8» {", "«u8»", "trait T { fn f() -> «u8»; }"])
def test_a_function_without_a_body_does_not_stop_anything(source: str) -> None:
    at = site(source, "E0308", "mismatched types", label=UNIT)
    for kind in ("return-value", "default-tail", "return-early", "compare-not-assign"):
        assert results(kind, at) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "code", "source", "meant"),
    [
        (
            "return-value",
            "E0308",
            "pub fn f(v: &mut Vec<u8>) -> Result<(), String> {\n    v.push(1);\n}",
            "pub fn f(v: &mut Vec<u8>) -> Result<(), String> {\n    v.push(1);\n    Ok(())\n}",
        ),
        (
            "return-value",
            "E0308",
            "pub fn f() -> String { let mut s = String::new(); s.push('a') }",
            "pub fn f() -> String { let mut s = String::new(); s.push('a'); s }",
        ),
        (
            "return-value",
            "E0308",
            "pub fn f(v: u8) -> Option<u8> { v + 1; }",
            "pub fn f(v: u8) -> Option<u8> { Some(v + 1) }",
        ),
        (
            "return-early",
            "E0308",
            "pub fn f(v: u8) -> Result<u8, String> { if v > 2 { 5 } Ok(1) }",
            "pub fn f(v: u8) -> Result<u8, String> { if v > 2 { return Ok(5); } Ok(1) }",
        ),
        (
            "compare-not-assign",
            "E0308",
            "pub fn f(v: u8) -> u8 { if v = 2 { 1 } else { 2 } }",
            "pub fn f(v: u8) -> u8 { if v == 2 { 1 } else { 2 } }",
        ),
        (
            "compare-not-assign",
            "E0070",
            "pub fn f(v: u8) { v + 1 = 4; }",
            "pub fn f(v: u8) { v + 1 == 4; }",
        ),
        (
            "compare-not-assign",
            "E0070",
            "pub fn f(mut v: u8, w: u8) -> u8 { 5 = v; v + w }",
            "pub fn f(mut v: u8, w: u8) -> u8 { v = 5; v + w }",
        ),
        (
            "wrap-tail",
            "E0308",
            "pub fn f(v: u8) -> Option<u8> { match v { 1 => 5, _ => 6 } }",
            "pub fn f(v: u8) -> Option<u8> { Some(match v { 1 => 5, _ => 6 }) }",
        ),
        (
            "else-return",
            "E0317",
            "pub fn f(v: u8) -> Option<u8> {\n    if v > 2 {\n        Some(4)\n    }\n}",
            "pub fn f(v: u8) -> Option<u8> {\n    if v > 2 {\n        Some(4)\n    } else {\n        None\n    }\n}",
        ),
        (
            "else-default",
            "E0317",
            "pub fn f(v: u8) -> u8 { if v > 2 { 4 } }",
            "pub fn f(v: u8) -> u8 { if v > 2 { 4 } else { 0 } }",
        ),
        ("default-tail", "E0308", "pub fn f() -> bool {}", "pub fn f() -> bool { false }"),
    ],
)
def test_rustc_takes_the_value(kind: str, code: str, source: str, meant: str) -> None:
    repairs(kind, code, source, meant)


def test_an_outcome_that_nobody_uses_is_returned() -> None:
    source = "fn f(n: u8) -> Result<u8, String> {\n    if n > 3 {\n        «Ok»(n);\n    }\n    Err(String::new())\n}\n"
    at = site(source, "E0282", "type annotations needed")
    assert results("return-outcome", at) == [source.replace("«Ok»", "return Ok")]
