"""What a function would lend of its own, it gives away."""

import pytest

from helpers.edit_kinds import labelled_site, results

LOCAL = "cannot return reference to local variable `s`"


@pytest.mark.parametrize(
    ("source", "first"),
    [
        ("fn f() -> &'static str { let s = g(); «&s» }\n", "fn f() -> String { let s = g(); s }\n"),
        ("fn f() -> &'static str { «g().as_str()» }\n", "fn f() -> String { g() }\n"),
        ("fn f<'a>() -> &'a [u8] { let s = g(); «&s» }\n", "fn f<'a>() -> Vec<u8> { let s = g(); s }\n"),
        (
            "fn f(t: &str) -> Option<&str> { let s = g(t); «Some(s.trim())» }\n",
            "fn f(t: &str) -> Option<String> { let s = g(t); Some(s.trim().to_string()) }\n",
        ),
        # What is returned elsewhere in the function becomes owned with it.
        (
            'fn f(b: bool) -> &\'static str { if b { return "a"; } let s = g("b"); «&s» }\n',
            'fn f(b: bool) -> String { if b { return "a".to_string(); } let s = g("b"); s }\n',
        ),
        (
            'fn f(b: bool) -> &\'static str { let s = g(); if b { "a" } else { «&s» } }\n',
            'fn f(b: bool) -> String { let s = g(); if b { "a".to_string() } else { s } }\n',
        ),
        # A closure's type is not written.
        (
            "fn f() { v.map(|w| { let u = g(w); «u.as_str()» }) }\n",
            "fn f() { v.map(|w| { let u = g(w); u }) }\n",
        ),
    ],
)
def test_the_value_is_returned_and_the_type_says_so(source: str, first: str) -> None:
    assert results("return-owned", labelled_site(source, LOCAL, code="E0515"))[0] == first


def test_a_lifetime_that_only_the_borrow_named_goes_with_it() -> None:
    at = labelled_site("fn f<'a>() -> &'a str { let s = g(); «&s» }\n", LOCAL, code="E0515")
    assert results("return-owned", at)[1] == "fn f() -> String { let s = g(); s }\n"


def test_an_iterator_that_is_returned_takes_the_list() -> None:
    at = labelled_site(
        "fn f() -> impl Iterator { let v = g(); «v».iter().map(h) }\n",
        "`v` does not live long enough",
        ("borrowed value does not live long enough", "; |v"),
        code="E0597",
    )
    assert results("iterate-owned", at) == [
        "fn f() -> impl Iterator { let v = g(); v.into_iter().map(h) }\n",
        "fn f() -> impl Iterator { let v = g(); v.iter().map(h).collect::<Vec<_>>().into_iter() }\n",
    ]


def test_a_spawned_closure_takes_a_copy_of_what_was_lent() -> None:
    at = labelled_site(
        "fn f(s: &str) {\n    «spawn(|| g(s))»;\n}\n",
        "borrowed data escapes outside of function",
        ("`s` is a reference that is only valid in the function body", "s"),
        code="E0521",
    )
    assert results("own-before-escape", at)[0] == (
        "fn f(s: &str) {\n    let s = s.to_owned();\n    spawn(move || g(s));\n}\n"
    )


def test_a_spawned_closure_takes_clones_of_the_fields_that_it_uses() -> None:
    at = labelled_site(
        "impl S {\n    fn f(&self) {\n        «spawn(|| g(self.v.len()))»;\n    }\n}\n",
        "borrowed data escapes outside of method",
        ("`self` is a reference that is only valid in the method body", "&self"),
        code="E0521",
    )
    assert results("own-before-escape", at) == [
        "impl S {\n    fn f(&self) {\n        let v = self.v.clone();\n        spawn(move || g(v.len()));\n    }\n}\n"
    ]
