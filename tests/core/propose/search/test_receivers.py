"""What a wrapper holds is reached; what needs no unwrapping is left as it is."""

import pytest

from helpers.edit_kinds import candidates, results, site
from helpers.rustc_cases import repairs


def test_the_failure_is_handed_on_only_where_that_can_be() -> None:
    message = "no method named `pow` found for enum `Option<T>` in the current scope"
    inside = site("fn f(x: Option<u8>) -> Option<u8> { Some(x.«pow»(2)) }", "E0599", message)
    outside = site("fn f(x: Option<u8>) -> u8 { x.«pow»(2) }", "E0599", message)
    assert results("reach-inside", inside)[0] == "fn f(x: Option<u8>) -> Option<u8> { Some(x?.pow(2)) }"
    found = results("reach-inside", outside)
    assert "fn f(x: Option<u8>) -> u8 { x.unwrap().pow(2) }" in found
    assert not any("?" in text for text in found)
    assert candidates("reach-inside", inside)[0][0].label == "hand the failure of `x` on with `?`"


def test_a_plain_value_is_not_unwrapped() -> None:
    at = site("fn f(x: u8) -> u8 { x.«unwrap»() }", "E0599", "no method named `unwrap` found for type `u8`")
    assert results("drop-needless-call", at) == ["fn f(x: u8) -> u8 { x }"]
    assert results("drop-call", at) == []


def test_what_may_have_meant_something_is_dropped_only_by_a_weak_edit() -> None:
    at = site("fn f(x: u8) -> u8 { x.«doubled»() }", "E0599", "no method named `doubled` found for type `u8`")
    assert results("drop-needless-call", at) == []
    assert results("drop-call", at) == ["fn f(x: u8) -> u8 { x }"]


@pytest.mark.parametrize("source", ["«x»", "fn f() { a.«» }", "fn f() { g!(a.«b»()) }", "fn f() { A::«new»() }"])
def test_where_nothing_is_asked_of_a_value_nothing_is_proposed(source: str) -> None:
    for kind in ("reach-inside", "collect-first", "drop-needless-call", "drop-call"):
        assert results(kind, site(source, "E0599", "no method named `b` found for enum `Option<T>`")) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "code", "source", "meant"),
    [
        (
            "reach-inside",
            "E0599",
            "pub fn f(v: &std::cell::RefCell<Vec<u8>>) { v.push(1) }",
            "pub fn f(v: &std::cell::RefCell<Vec<u8>>) { v.borrow_mut().push(1) }",
        ),
        (
            "reach-inside",
            "E0599",
            "pub fn f(v: &std::sync::Arc<std::sync::Mutex<Vec<u8>>>) { v.push(1) }",
            "pub fn f(v: &std::sync::Arc<std::sync::Mutex<Vec<u8>>>) { v.lock().unwrap().push(1) }",
        ),
        (
            "reach-inside",
            "E0599",
            "pub fn f(v: Vec<u8>) -> Vec<u8> { v.map(|x| x + 1).collect() }",
            "pub fn f(v: Vec<u8>) -> Vec<u8> { v.into_iter().map(|x| x + 1).collect() }",
        ),
        (
            "reach-inside",
            "E0624",
            "pub fn f(v: &Option<String>) -> Option<usize> { v.len() }",
            "pub fn f(v: &Option<String>) -> Option<usize> { v.as_ref().map(|x| x.len()) }",
        ),
        (
            "reach-inside",
            "E0609",
            "pub struct W { n: u8 }\npub fn f(v: Option<W>) -> Option<u8> { Some(v.n) }",
            "pub struct W { n: u8 }\npub fn f(v: Option<W>) -> Option<u8> { Some(v?.n) }",
        ),
        (
            "collect-first",
            "E0599",
            "pub fn f(v: &str) -> usize { v.chars().len() }",
            "pub fn f(v: &str) -> usize { v.chars().count() }",
        ),
        ("drop-needless-call", "E0599", "pub fn f(v: u8) -> u8 { v.unwrap() }", "pub fn f(v: u8) -> u8 { v }"),
        ("drop-call", "E0599", "pub fn f(v: u8) -> u8 { v.doubled() }", "pub fn f(v: u8) -> u8 { v }"),
    ],
)
def test_rustc_takes_what_is_reached(kind: str, code: str, source: str, meant: str) -> None:
    repairs(kind, code, source, meant)


def test_what_panics_comes_after_what_does_not_and_says_so() -> None:
    at = site(
        "fn f(x: Option<u8>) { x.«pow»(2); }",
        "E0599",
        "no method named `pow` found for enum `Option<T>`",
        label="method not found in `Option<u8>`",
    )
    panicking = ["panics if it fails" in change.label for change, _ in candidates("reach-inside", at)]
    assert panicking == sorted(panicking)
    assert len(set(panicking)) == 2
