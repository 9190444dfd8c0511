"""Conversions against the real compiler: what it refuses, and what it takes."""

import pytest

from helpers.rustc_cases import repairs

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("kind", "source", "meant"),
    [
        ("convert", "pub fn f(p: u32) -> u64 { p }", "pub fn f(p: u32) -> u64 { p as u64 }"),
        (
            "convert",
            "pub fn f(v: &[u32]) -> Vec<u32> { v.iter().map(|x| x + 1) }",
            "pub fn f(v: &[u32]) -> Vec<u32> { v.iter().map(|x| x + 1).collect() }",
        ),
        (
            "convert",
            'pub fn g(a: &str, b: String) {}\npub fn f(s: String) { g(s, "x") }',
            'pub fn g(a: &str, b: String) {}\npub fn f(s: String) { g(&s, "x".to_string()) }',
        ),
        (
            "convert-other-side",
            'pub fn f(s: Option<String>) -> u8 { match s { Some("a") => 1, _ => 2 } }',
            'pub fn f(s: Option<String>) -> u8 { match s.as_deref() { Some("a") => 1, _ => 2 } }',
        ),
        (
            "convert-other-side",
            "pub fn f(i: i32, n: usize) -> bool { i < n }",
            "pub fn f(i: i32, n: usize) -> bool { (i as usize) < n }",
        ),
        (
            "borrow-mutably",
            "pub fn g(v: &mut Vec<u8>) {}\npub fn f(mut v: Vec<u8>) { g(&v) }",
            "pub fn g(v: &mut Vec<u8>) {}\npub fn f(mut v: Vec<u8>) { g(&mut v) }",
        ),
        (
            "default-instead",
            "pub fn f(x: Option<u8>) -> u8 { x }",
            "pub fn f(x: Option<u8>) -> u8 { x.unwrap_or_default() }",
        ),
        ("unwrap", "pub fn f(x: Option<u8>) -> Option<u8> { Some(x) }", "pub fn f(x: Option<u8>) -> Option<u8> { x }"),
        ("unwrap", "pub fn f(x: Option<u8>) -> Option<u8> { x? }", "pub fn f(x: Option<u8>) -> Option<u8> { x }"),
        ("change-cast", "pub fn f(x: u8) -> u32 { x as u64 }", "pub fn f(x: u8) -> u32 { x as u32 }"),
        ("change-literal", 'pub const N: u64 = "5";', "pub const N: u64 = 5;"),
        (
            "sibling-method",
            'pub fn f(p: &Option<String>) -> &str { p.as_ref().unwrap_or("x") }',
            'pub fn f(p: &Option<String>) -> &str { p.as_deref().unwrap_or("x") }',
        ),
        (
            "strip-call",
            "fn g(x: u8) -> bool { x > 1 }\npub fn f(x: u8) -> u8 { g(x) }",
            "fn g(x: u8) -> bool { x > 1 }\npub fn f(x: u8) -> u8 { x }",
        ),
    ],
)
def test_the_meant_text_is_among_the_first(kind: str, source: str, meant: str) -> None:
    repairs(kind, "E0308", source, meant)
