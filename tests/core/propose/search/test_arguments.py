"""Calls get the arguments that their functions take, or the functions take what they are given."""

import pytest

from helpers.edit_kinds import candidates, results, site
from helpers.rustc_cases import repairs, site_of


def test_the_variable_of_the_parameters_name_comes_first() -> None:
    source = "fn g(a: u8, size: u8) {}\npub fn f(other: u8, size: u8) { g(other) }\n"
    at = site_of("E0061", source)
    assert results("supply-argument", at)[0] == source.replace("g(other)", "g(other, size)")
    assert candidates("supply-argument", at)[0][0].label == "pass `size` as well"


def test_a_made_up_argument_is_weak() -> None:
    source = "fn g(a: u8, b: Option<String>) {}\npub fn f() { g(1) }\n"
    at = site_of("E0061", source)
    assert results("supply-argument", at) == []
    assert results("supply-default", at) == [source.replace("g(1)", "g(1, None)")]


def test_no_argument_gets_lost() -> None:
    at = site_of("E0061", "fn g(a: u8, b: u8) {}\npub fn f(t: (u8, u8)) { g(t) }\n")
    assert results("supply-default", at) == []
    assert results("spread-tuple", at)[0].endswith("{ g(t.0, t.1) }\n")


def test_an_unused_parameter_is_dropped_with_what_other_calls_pass() -> None:
    source = "fn g(a: u8, b: bool) -> u8 { a }\npub fn f() { g(1); g(2, true); }\n"
    at = site_of("E0061", source)
    assert results("drop-parameter", at) == ["fn g(a: u8) -> u8 { a }\npub fn f() { g(1); g(2); }\n"]


def test_a_parameter_in_use_is_not_dropped() -> None:
    assert results("drop-parameter", site_of("E0061", "fn g(a: u8, b: u8) -> u8 { b }\npub fn f() { g(1); }\n")) == []


@pytest.mark.parametrize("source", ["«x»", "fn f() { «g»( }", "fn f() { h!(«g»(1)) }", "fn f() { «g» }", "«»"])
def test_what_is_no_call_does_not_stop_anything(source: str) -> None:
    message = "this function takes 2 arguments but 1 argument was supplied"
    for kind, code in (
        ("supply-argument", "E0061"),
        ("spread-tuple", "E0061"),
        ("reorder-arguments", "E0061"),
        ("add-parameter", "E0061"),
        ("drop-parameter", "E0061"),
        ("closure-arity", "E0593"),
        ("call-on-self", "E0061"),
        ("not-a-call", "E0618"),
    ):
        assert results(kind, site(source, code, message, label="argument #2 of type `u8` is missing")) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "code", "source", "meant"),
    [
        (
            "supply-argument",
            "E0061",
            "pub struct S { k: u8 }\nimpl S { fn m(&self, k: u8) {} pub fn f(&self) { self.m() } }",
            "pub struct S { k: u8 }\nimpl S { fn m(&self, k: u8) {} pub fn f(&self) { self.m(self.k) } }",
        ),
        (
            "supply-argument",
            "E0057",
            "pub fn f(a: u8) -> u8 { let c = |x: u8, y: u8| x + y; c(1) }",
            "pub fn f(a: u8) -> u8 { let c = |x: u8, y: u8| x + y; c(1, a) }",
        ),
        (
            "spread-tuple",
            "E0061",
            "fn g(a: u8, b: u8) {}\npub fn f() { g((1, 2)) }",
            "fn g(a: u8, b: u8) {}\npub fn f() { g(1, 2) }",
        ),
        (
            "reorder-arguments",
            "E0308",
            "fn g(a: u8, b: String) {}\npub fn f(a: u8, b: String) { g(b, a) }",
            "fn g(a: u8, b: String) {}\npub fn f(a: u8, b: String) { g(a, b) }",
        ),
        (
            "reorder-arguments",
            "E0308",
            'fn g(n: u8, s: &str) {}\npub fn f() { g("a", 1) }',
            'fn g(n: u8, s: &str) {}\npub fn f() { g(1, "a") }',
        ),
        (
            "add-parameter",
            "E0061",
            "pub struct S;\nimpl S { fn g(&self) {} pub fn f(&self, name: &str) { self.g(name) } }",
            "pub struct S;\nimpl S { fn g(&self, name: &str) {} pub fn f(&self, name: &str) { self.g(name) } }",
        ),
        (
            "closure-arity",
            "E0593",
            "pub fn f(v: Vec<(u8, u8)>) -> usize { v.iter().map(|a, b| a + b).count() }",
            "pub fn f(v: Vec<(u8, u8)>) -> usize { v.iter().map(|(a, b)| a + b).count() }",
        ),
        (
            "call-on-self",
            "E0061",
            "pub struct S;\nimpl S { fn g(&self, n: u8) {} pub fn f(&self) { Self::g(1) } }",
            "pub struct S;\nimpl S { fn g(&self, n: u8) {} pub fn f(&self) { self.g(1) } }",
        ),
        ("not-a-call", "E0618", "pub fn f(v: Vec<u8>) -> u8 { v(0) }", "pub fn f(v: Vec<u8>) -> u8 { v[0] }"),
        (
            "not-a-call",
            "E0618",
            "pub fn f() -> [(u8, u8); 2] { [(1, 2) (3, 4)] }",
            "pub fn f() -> [(u8, u8); 2] { [(1, 2), (3, 4)] }",
        ),
        (
            "not-a-call",
            "E0618",
            "fn two(a: u8) -> u8 { a }\npub fn f() -> u8 { let two = 1; two(two) }",
            "fn two(a: u8) -> u8 { a }\npub fn f() -> u8 { let two = 1; self::two(two) }",
        ),
    ],
)
def test_rustc_takes_the_call(kind: str, code: str, source: str, meant: str) -> None:
    repairs(kind, code, source, meant)
