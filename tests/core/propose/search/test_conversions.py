"""A value of the wrong type is converted, or a conversion too many is taken away."""

import pytest

from helpers.edit_kinds import candidates, results, site
from sleepy_core.model import Level, Note


def mismatch(source: str, wanted: str, given: str, *, notes: tuple[Note, ...] = ()) -> str:
    """The likeliest text of `convert` for a mismatch."""
    at = site(source, "E0308", "mismatched types", label=f"expected {wanted}, found {given}", notes=notes)
    return next(iter(results("convert", at)), "")


@pytest.mark.parametrize(
    ("source", "wanted", "given", "meant"),
    [
        ("fn f(s: String) { g(«s») }", "`&str`", "`String`", "fn f(s: String) { g(&s) }"),
        (
            "fn f() -> Vec<u8> { «0..5» }",
            "`Vec<u8>`",
            "`std::ops::Range<u8>`",
            "fn f() -> Vec<u8> { (0..5).collect() }",
        ),
        (
            "fn f(a: u32, b: u32) -> u64 { «a * b» }",
            "`u64`",
            "`u32`",
            "fn f(a: u32, b: u32) -> u64 { (a * b) as u64 }",
        ),
        (
            "fn f(n: u32, m: u64) -> bool { «n» < m }",
            "`u64`",
            "`u32`",
            "fn f(n: u32, m: u64) -> bool { (n as u64) < m }",
        ),
        (
            "fn f(name: &String) -> P { P { «name» } }",
            "`String`",
            "`&String`",
            "fn f(name: &String) -> P { P { name: name.clone() } }",
        ),
        ("fn f(é: String) { g(«é») }", "`&str`", "`String`", "fn f(é: String) { g(&é) }"),
        ("fn f() {\r\n    g(«s»)\r\n}", "`&str`", "`String`", "fn f() {\r\n    g(&s)\r\n}"),
    ],
)
def test_a_value_is_converted_within_its_surroundings(source: str, wanted: str, given: str, meant: str) -> None:
    assert mismatch(source, wanted, given) == meant


def test_a_question_mark_stands_only_where_the_function_can_hand_on() -> None:
    label = "expected `u8`, found `Option<u8>`"
    inside = site("fn f(x: Option<u8>) -> Option<u8> { Some(«x») }", "E0308", "mismatched types", label=label)
    outside = site("fn f(x: Option<u8>) -> u8 { «x» }", "E0308", "mismatched types", label=label)
    assert results("convert", inside)[0] == "fn f(x: Option<u8>) -> Option<u8> { Some(x?) }"
    assert not any("?" in text for text in results("convert", outside))


def test_a_name_that_is_not_imported_comes_with_its_path() -> None:
    source = "fn f() -> std::cell::RefCell<u8> { «1» }"
    assert "std::cell::RefCell::new(1)" in mismatch(source, "`RefCell<u8>`", "integer")
    assert "{ RefCell::new(1) }" in mismatch(f"use std::cell::RefCell;\n{source}", "`RefCell<u8>`", "integer")


def test_labels_say_what_changes() -> None:
    at = site("fn f(s: String) { g(«s») }", "E0308", "mismatched types", label="expected `&str`, found `String`")
    assert [change.label for change, _ in candidates("convert", at)][:2] == ["borrow `s`", "call `.as_str()` on `s`"]


def test_a_type_that_the_label_cuts_short_is_taken_from_the_note() -> None:
    note = Note(Level.NOTE, "expected reference `&mut Vec<_>`\n   found reference `&Vec<_>`")
    at = site(
        "fn f(mut x: V) { g(«&x») }", "E0308", "mismatched types", label="types differ in mutability", notes=[note]
    )
    assert results("borrow-mutably", at) == ["fn f(mut x: V) { g(&mut x) }"]


def test_the_other_operand_is_converted_instead() -> None:
    source = "fn f(i: u32, n: usize) -> usize { i + «n» }"
    at = site(source, "E0308", "mismatched types", label="expected `u32`, found `usize`")
    assert results("convert-other-side", at)[0] == "fn f(i: u32, n: usize) -> usize { i as usize + n }"


def test_what_is_wrapped_once_too_often_is_unwrapped() -> None:
    at = site("fn f(x: u8) -> u8 { «Some(x)» }", "E0308", "mismatched types", label="expected `u8`, found `Option<u8>`")
    assert results("unwrap", at)[0] == "fn f(x: u8) -> u8 { x }"


@pytest.mark.parametrize(
    ("source", "wanted", "given", "meant"),
    [
        ("const N: u64 = «1u32»;", "`u64`", "`u32`", "const N: u64 = 1u64;"),
        ('const N: u64 = «"5"»;', "`u64`", "`&str`", "const N: u64 = 5;"),
        ("const N: u64 = «5.0»;", "`u64`", "floating-point number", "const N: u64 = 5;"),
        ("const S: &str = «5»;", "`&str`", "integer", 'const S: &str = "5";'),
        ("const S: &str = «'\"'»;", "`&str`", "`char`", 'const S: &str = "\\"";'),
    ],
)
def test_a_literal_is_written_as_what_is_wanted(source: str, wanted: str, given: str, meant: str) -> None:
    at = site(source, "E0308", "mismatched types", label=f"expected {wanted}, found {given}")
    assert results("change-literal", at)[0] == meant


KINDS = ("convert", "convert-other-side", "borrow-mutably", "unwrap", "change-literal", "sibling-method", "strip-call")


@pytest.mark.parametrize("source", ["fn f() { vec![«s»] }", "// «s»\n", 'const S: &str = "«a»";', "«»"])
def test_where_there_is_no_plain_expression_nothing_is_proposed(source: str) -> None:
    at = site(source, "E0308", "mismatched types", label="expected `&str`, found `String`")
    assert [text for kind in KINDS for text in results(kind, at)] == []


@pytest.mark.parametrize("source", ["fn f( { «x»", "fn f() { match «x» { ", "«fn»", "struct «S» {", "let x = (1 + «x"])
def test_a_text_with_holes_does_not_stop_anything(source: str) -> None:
    at = site(
        source if "»" in source else f"{source}»", "E0308", "mismatched types", label="expected `u8`, found `&u8`"
    )
    for kind in KINDS:
        results(kind, at)
