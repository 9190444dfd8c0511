"""A declaration takes the type of the code, or the code's own declarations the type that is wanted."""

import pytest

from helpers.edit_kinds import candidates, results, site
from helpers.rustc_cases import repairs


@pytest.mark.parametrize(
    ("source", "wanted", "given", "meant"),
    [
        ("const N: u64 = «A»;", "`u64`", "`u32`", "const N: u32 = A;"),
        ('static S: String = «"a"»;', "`String`", "`&'static str`", 'static S: &\'static str = "a";'),
        (
            "struct Q { a: u32 }\nfn f(k: usize) -> Q { Q { a: «k» } }",
            "`u32`",
            "`usize`",
            "struct Q { a: usize }\nfn f(k: usize) -> Q { Q { a: k } }",
        ),
        (
            "struct Q { a: u32 }\nimpl Q { fn set(&mut self, k: usize) { self.a = «k»; } }",
            "`u32`",
            "`usize`",
            "struct Q { a: usize }\nimpl Q { fn set(&mut self, k: usize) { self.a = k; } }",
        ),
        (
            "const P: PathBuf = «x»;",
            "`PathBuf`",
            "`RefCell<u8>`",
            "const P: std::cell::RefCell<u8> = x;",
        ),
    ],
)
def test_what_is_wanted_is_declared_as_what_is_found(source: str, wanted: str, given: str, meant: str) -> None:
    at = site(source, "E0308", "mismatched types", label=f"expected {wanted}, found {given}")
    assert results("declare-found-type", at)[0] == meant


def test_a_type_that_cannot_be_written_is_not() -> None:
    at = site("const N: u64 = «A»;", "E0308", "mismatched types", label="expected `u64`, found closure")
    assert results("declare-found-type", at) == []


def test_a_parameter_takes_the_type_that_its_use_wants() -> None:
    at = site("fn f(n: u32) { g(«n») }", "E0308", "mismatched types", label="expected `usize`, found `u32`")
    assert results("declare-expected-type", at) == ["fn f(n: usize) { g(n) }"]
    assert candidates("declare-expected-type", at)[0][0].label == "declare `n` as `usize`"


def test_a_function_of_another_file_returns_what_is_wanted() -> None:
    at = site(
        "fn f() -> u64 { «a::g()» }",
        "E0308",
        "mismatched types",
        label="expected `u64`, found `u32`",
        others={"src/a.rs": "pub fn g() -> u32 { 1 }\n"},
    )
    assert results("declare-expected-type", at, "src/a.rs") == ["pub fn g() -> u64 { 1 }\n"]
    assert candidates("declare-expected-type", at)[0][0].label == "let `g` return `u64`"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "source", "meant"),
    [
        (
            "declare-found-type",
            "pub fn f(s: &str) { let n: u8 = s.len(); }",
            "pub fn f(s: &str) { let n: usize = s.len(); }",
        ),
        ("declare-found-type", "pub fn f(s: &str) -> u32 { s.len() }", "pub fn f(s: &str) -> usize { s.len() }"),
        (
            "declare-found-type",
            "pub fn g(n: u32) {}\npub fn f(s: &str) { g(s.len()) }",
            "pub fn g(n: usize) {}\npub fn f(s: &str) { g(s.len()) }",
        ),
        (
            "declare-found-type",
            "pub fn f(v: &[u8]) -> Vec<u8> { v.iter().map(|x| x + 1) }",
            "pub fn f(v: &[u8]) -> impl Iterator<Item = u8> + '_ { v.iter().map(|x| x + 1) }",
        ),
        ("declare-found-type", "pub fn f() -> u8 { println!(); }", "pub fn f() { println!(); }"),
        (
            "declare-expected-type",
            "pub struct P { n: u32 }\npub fn f(p: &P) -> usize { p.n }",
            "pub struct P { n: usize }\npub fn f(p: &P) -> usize { p.n }",
        ),
    ],
)
def test_rustc_takes_the_declaration(kind: str, source: str, meant: str) -> None:
    repairs(kind, "E0308", source, meant)
