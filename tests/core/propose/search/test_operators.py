"""Operands, casts and indices are converted, or written another way."""

import pytest

from helpers.diagnostics import span
from helpers.edit_kinds import results, site
from helpers.rustc_cases import repairs
from sleepy_core.model import Position

SUM = """pub struct N(u8);
impl std::ops::Add for N {
    type Output = N;
    fn add(self, other: N) -> N { N(self.0 + other.0) }
}
"""


def test_an_operand_is_converted_to_what_the_other_is() -> None:
    at = site(
        "fn f(a: f64, b: u32) -> f64 { a «*» b }",
        "E0277",
        "cannot multiply `f64` by `u32`",
        label="no implementation for `f64 * u32`",
    )
    assert results("convert-operand", at)[0] == "fn f(a: f64, b: u32) -> f64 { a * b as f64 }"


def test_the_types_of_operands_are_taken_from_their_labels() -> None:
    at = site(
        "fn f(v: Box<u8>) -> u8 { v «+» 1 }",
        "E0369",
        "cannot add `{integer}` to `Box<u8>`",
        spans=[
            span(Position(0, 25), Position(0, 26), label="Box<u8>", primary=False),
            span(Position(0, 29), Position(0, 30), label="{integer}", primary=False),
        ],
    )
    assert "fn f(v: Box<u8>) -> u8 { *v + 1 }" in results("convert-operand", at)


def test_a_sum_of_texts_becomes_one_format() -> None:
    at = site(
        'fn f(a: &str, b: &str) -> String { a «+» "-" + b }',
        "E0369",
        "cannot add `&str` to `&str`",
        spans=[
            span(Position(0, 35), Position(0, 36), label="&str", primary=False),
            span(Position(0, 39), Position(0, 42), label="&str", primary=False),
        ],
    )
    assert results("join-text", at) == ['fn f(a: &str, b: &str) -> String { format!("{}{}{}", a, "-", b) }']


@pytest.mark.parametrize("source", ["«x»", "fn f() { 1 «+» }", 'fn f() { println!("{}", a «+» b) }', "fn f() { «-» }"])
def test_what_has_no_operands_does_not_stop_anything(source: str) -> None:
    for kind, code in (
        ("convert-operand", "E0277"),
        ("dereference-target", "E0368"),
        ("join-text", "E0369"),
        ("change-unary", "E0600"),
        ("change-operator", "E0369"),
        ("rewrite-cast", "E0606"),
        ("change-index", "E0608"),
    ):
        assert results(kind, site(source, code, "cannot add `a` to `b`")) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "code", "source", "meant"),
    [
        (
            "convert-operand",
            "E0277",
            "pub fn f(a: &u8, b: u8) -> bool { a == b }",
            "pub fn f(a: &u8, b: u8) -> bool { *a == b }",
        ),
        (
            "convert-operand",
            "E0369",
            "pub fn f(a: std::cell::RefCell<u8>) -> u8 { a + 1 }",
            "pub fn f(a: std::cell::RefCell<u8>) -> u8 { *a.borrow() + 1 }",
        ),
        (
            "dereference-target",
            "E0368",
            'pub fn f(m: &mut std::collections::HashMap<String, u8>) { m.get("a") += 1; }',
            'pub fn f(m: &mut std::collections::HashMap<String, u8>) { *m.get_mut("a").unwrap() += 1; }',
        ),
        (
            "spell-assignment",
            "E0368",
            SUM + "pub fn f(mut a: N, b: N) -> N { a += b; a }",
            SUM + "pub fn f(mut a: N, b: N) -> N { a = a + b; a }",
        ),
        (
            "join-text",
            "E0369",
            "pub fn f(a: &str, b: &str) -> String { a + b }",
            'pub fn f(a: &str, b: &str) -> String { format!("{a}{b}") }',
        ),
        (
            "join-text",
            "E0368",
            "pub fn f(s: &mut String, c: char) { s += c; }",
            "pub fn f(s: &mut String, c: char) { s.push(c); }",
        ),
        ("change-unary", "E0600", "pub fn f(s: &str) -> bool { !s }", "pub fn f(s: &str) -> bool { s.is_empty() }"),
        ("change-unary", "E0614", "pub fn f(s: u8) -> u8 { *s }", "pub fn f(s: u8) -> u8 { s }"),
        (
            "change-operator",
            "E0308",
            "pub fn f(a: u8) -> u8 { a && 1 }",
            "pub fn f(a: u8) -> u8 { a & 1 }",
        ),
        ("rewrite-cast", "E0606", "pub fn f(a: &u8) -> u64 { a as u64 }", "pub fn f(a: &u8) -> u64 { *a as u64 }"),
        (
            "rewrite-cast",
            "E0605",
            "pub struct N(u32);\npub fn f(a: N) -> u32 { a as u32 }",
            "pub struct N(u32);\npub fn f(a: N) -> u32 { a.0 }",
        ),
        (
            "change-index",
            "E0277",
            "pub fn f(v: &[u8], i: i32) -> u8 { v[i + 1] }",
            "pub fn f(v: &[u8], i: i32) -> u8 { v[(i + 1) as usize] }",
        ),
        (
            "change-index",
            "E0608",
            "pub fn f(v: Option<Vec<u8>>) -> Option<u8> { Some(v[0]) }",
            "pub fn f(v: Option<Vec<u8>>) -> Option<u8> { Some(v?[0]) }",
        ),
    ],
)
def test_rustc_takes_the_operation(kind: str, code: str, source: str, meant: str) -> None:
    repairs(kind, code, source, meant)
