"""What is walked is walkable, and its items are what is collected."""

import pytest

from helpers.edit_kinds import results, site
from helpers.rustc_cases import repairs


def test_a_number_is_counted_up_to() -> None:
    at = site("fn f(v: &[u8]) { for i in «v.len()» {} }", "E0277", "`usize` is not an iterator")
    assert results("iterate", at)[0] == "fn f(v: &[u8]) { for i in 0..v.len() {} }"


@pytest.mark.parametrize(
    "source", ["«x»", "for «x» in", "fn f() { g!(a.«collect»()) }", "fn f() { for «(a, b)» in c {} }"]
)
def test_where_nothing_is_walked_nothing_is_proposed(source: str) -> None:
    message = "a value of type `Vec<u8>` cannot be built from an iterator over elements of type `&u8`"
    for kind, code in (("iterate", "E0277"), ("enumerate-items", "E0308"), ("convert-items", "E0277")):
        assert results(kind, site(source, code, message)) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "code", "source", "meant"),
    [
        (
            "iterate",
            "E0277",
            'pub struct W { items: Vec<u8> }\npub fn f(w: &W) { for x in w { println!("{x}"); } }',
            'pub struct W { items: Vec<u8> }\npub fn f(w: &W) { for x in w.items.iter() { println!("{x}"); } }',
        ),
        (
            "drop-failed-items",
            "E0277",
            "pub fn f(v: &[&str]) -> Vec<u8> { v.iter().map(|s| s.parse::<u8>()).collect() }",
            "pub fn f(v: &[&str]) -> Vec<u8> { v.iter().map(|s| s.parse::<u8>()).filter_map(Result::ok).collect() }",
        ),
        (
            "enumerate-items",
            "E0308",
            'pub fn f(v: &[u8]) { for (i, x) in v { println!("{i} {x}"); } }',
            'pub fn f(v: &[u8]) { for (i, x) in v.iter().enumerate() { println!("{i} {x}"); } }',
        ),
        (
            "convert-items",
            "E0277",
            "pub fn f(v: &[&str]) -> Vec<String> { v.iter().collect() }",
            "pub fn f(v: &[&str]) -> Vec<String> { v.iter().map(|x| x.to_string()).collect() }",
        ),
        (
            "convert-items",
            "E0277",
            "pub enum E { P(std::num::ParseIntError) }\n"
            "pub fn f(v: &[&str]) -> Result<Vec<u8>, E> { v.iter().map(|s| s.parse::<u8>()).collect() }",
            "pub enum E { P(std::num::ParseIntError) }\n"
            "pub fn f(v: &[&str]) -> Result<Vec<u8>, E> "
            "{ v.iter().map(|s| s.parse::<u8>()).map(|x| x.map_err(E::P)).collect() }",
        ),
        (
            "convert-items",
            "E0277",
            "pub fn f(v: &[&str]) -> Result<usize, std::num::ParseIntError> "
            "{ let n: Vec<u8> = v.iter().map(|s| s.parse::<u8>()).collect(); Ok(n.len()) }",
            "pub fn f(v: &[&str]) -> Result<usize, std::num::ParseIntError> "
            "{ let n: Vec<u8> = v.iter().map(|s| s.parse::<u8>()).collect::<Result<Vec<_>, _>>()?; Ok(n.len()) }",
        ),
    ],
)
def test_rustc_takes_what_is_walked(kind: str, code: str, source: str, meant: str) -> None:
    repairs(kind, code, source, meant)
