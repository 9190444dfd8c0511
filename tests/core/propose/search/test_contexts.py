"""What may not stand where it stands: awaits in plain functions, calls in constants."""

import pytest

from helpers.edit_kinds import candidates, results, site
from helpers.rustc_cases import repairs

AWAIT = "`await` is only allowed inside `async` functions and blocks"


def test_async_comes_behind_the_visibility_and_before_unsafe() -> None:
    at = site("pub(crate) unsafe fn f() { g().«await»; }", "E0728", AWAIT)
    assert results("make-async", at) == ["pub(crate) async unsafe fn f() { g().await; }"]


def test_main_is_not_made_async() -> None:
    assert results("make-async", site("fn main() { g().«await»; }", "E0728", AWAIT)) == []


def test_the_function_of_another_file_becomes_const() -> None:
    at = site(
        "const N: u8 = «a::f()»;",
        "E0015",
        "cannot call non-const function `a::f` in constants",
        others={"src/a.rs": "/// One.\npub fn f() -> u8 { 1 }\n"},
    )
    assert results("make-const", at, "src/a.rs") == ["/// One.\npub const fn f() -> u8 { 1 }\n"]
    assert candidates("make-const", at)[0][0].label == "make `f` const"


@pytest.mark.parametrize("source", ["«x»", "fn f() { g!(a.«await») }", "const N: u8 = «»;", "const", "fn f() {"])
def test_half_a_text_does_not_stop_anything(source: str) -> None:
    at = source if "»" in source else f"{source}«»"
    for kind, code in (
        ("make-async", "E0728"),
        ("drop-await", "E0728"),
        ("make-callee-async", "E0277"),
        ("make-const", "E0015"),
        ("not-const", "E0015"),
    ):
        for _, texts in candidates(kind, site(at, code, "cannot call non-const function `f` in constants")):
            assert texts


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "code", "source", "meant"),
    [
        (
            "make-async",
            "E0728",
            "pub async fn g() {}\npub fn f() { g().await }",
            "pub async fn g() {}\npub async fn f() { g().await }",
        ),
        (
            "make-async",
            "E0728",
            "pub async fn g() {}\npub fn f() { let _ = || g().await; }",
            "pub async fn g() {}\npub fn f() { let _ = || async move { g().await }; }",
        ),
        ("drop-await", "E0728", "async fn g() {}\npub fn f() { g().await; }", "async fn g() {}\npub fn f() { g(); }"),
        (
            "drop-needless-await",
            "E0277",
            "fn g() {}\npub async fn f() { g().await }",
            "fn g() {}\npub async fn f() { g() }",
        ),
        (
            "make-callee-async",
            "E0277",
            "pub struct S;\nimpl S { fn g(&self) {} pub async fn f(&self) { self.g().await } }",
            "pub struct S;\nimpl S { async fn g(&self) {} pub async fn f(&self) { self.g().await } }",
        ),
        (
            "make-const",
            "E0015",
            "pub struct Q(u8);\nimpl Q { fn new() -> Q { Q(1) } }\npub static ONE: Q = Q::new();",
            "pub struct Q(u8);\nimpl Q { const fn new() -> Q { Q(1) } }\npub static ONE: Q = Q::new();",
        ),
        (
            "not-const",
            "E0015",
            "pub const fn f(v: &str) -> String { v.to_string() }",
            "pub fn f(v: &str) -> String { v.to_string() }",
        ),
        ("make-lazy", "E0015", 'pub static S: String = String::from("a");', 'pub static S: &str = "a";'),
        (
            "make-lazy",
            "E0015",
            "pub static V: Vec<u8> = vec![1];",
            "pub static V: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| vec![1]);",
        ),
        (
            "make-lazy",
            "E0015",
            'pub fn f(n: u8) -> String { const S: String = "a".repeat(2); S }',
            'pub fn f(n: u8) -> String { let S: String = "a".repeat(2); S }',
        ),
    ],
)
def test_rustc_takes_the_place(kind: str, code: str, source: str, meant: str) -> None:
    repairs(kind, code, source, meant)
