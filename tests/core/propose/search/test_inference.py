"""Types that cannot be guessed are written; the ones that the function names come first, the made-up ones are weak."""

import pytest

from helpers.edit_kinds import results, site
from helpers.rustc_cases import repairs, site_of


def test_a_type_that_nothing_names_is_only_guessed() -> None:
    source = 'pub fn f() { let n = "5".parse().unwrap(); println!("{n}"); }'
    at = site_of("E0284", source)
    assert results("annotate-from-scope", at) == []
    assert results("annotate-by-guess", at)[0] == source.replace("let n =", "let n: i32 =")


def test_a_head_that_the_message_knows_is_kept() -> None:
    at = site("fn f() -> u8 { let «v» = Vec::new(); 1 }", "E0282", "type annotations needed for `Vec<_>`")
    assert results("annotate-from-scope", at) == []


@pytest.mark.parametrize("source", ["«x»", "fn f() { let «x» }", "fn f() { g!(a.«sum»()) }", "impl «G»", "«»"])
def test_half_a_text_does_not_stop_anything(source: str) -> None:
    for kind, code in (
        ("annotate-from-scope", "E0282"),
        ("annotate-by-guess", "E0283"),
        ("suffix-number", "E0689"),
        ("generic-arguments", "E0107"),
    ):
        results(kind, site(source, code, "a value of type `Vec<u8>` cannot be built from an iterator over `u8`"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "code", "source", "meant"),
    [
        (
            "annotate-from-scope",
            "E0283",
            "pub fn f(v: &[f64]) -> f64 { v.iter().sum() / v.len() as f64 }",
            "pub fn f(v: &[f64]) -> f64 { v.iter().sum::<f64>() / v.len() as f64 }",
        ),
        (
            "annotate-by-guess",
            "E0282",
            "pub fn f(s: &str) -> usize { s.split(' ').collect().len() }",
            "pub fn f(s: &str) -> usize { s.split(' ').collect::<Vec<_>>().len() }",
        ),
        (
            "annotate-from-scope",
            "E0282",
            "pub struct G<T>(T);\nimpl<T> G<T> { fn a() {} pub fn f() { G::a(); } }",
            "pub struct G<T>(T);\nimpl<T> G<T> { fn a() {} pub fn f() { Self::a(); } }",
        ),
        (
            "generic-arguments",
            "E0107",
            "pub struct G<T: Clone>(T);\npub fn f(g: &G) {}",
            "pub struct G<T: Clone>(T);\npub fn f<T: Clone>(g: &G<T>) {}",
        ),
        ("suffix-number", "E0689", "pub fn f() -> u64 { 2.pow(3) }", "pub fn f() -> u64 { 2_u64.pow(3) }"),
        (
            "generic-arguments",
            "E0107",
            "pub struct G<T: Clone>(T);\nimpl G { pub fn f(&self) {} }",
            "pub struct G<T: Clone>(T);\nimpl<T: Clone> G<T> { pub fn f(&self) {} }",
        ),
        (
            "generic-arguments",
            "E0107",
            "pub struct MyError;\npub fn f() -> Result<u8> { Ok(1) }",
            "pub struct MyError;\npub fn f() -> Result<u8, MyError> { Ok(1) }",
        ),
        (
            "generic-arguments",
            "E0107",
            "pub fn f() -> usize { let v: Vec = vec![1]; v.len() }",
            "pub fn f() -> usize { let v: Vec<_> = vec![1]; v.len() }",
        ),
    ],
)
def test_rustc_takes_the_type(kind: str, code: str, source: str, meant: str) -> None:
    repairs(kind, code, source, meant)
