"""Lifetimes are declared where they are missing, and not where they are of no use."""

import pytest

from helpers.edit_kinds import candidates, labelled_site, results, site

MISSING = "missing lifetime specifier"


def test_the_result_borrows_from_one_of_the_arguments() -> None:
    at = site("fn f(v: &[T], sep: &str) -> «&»T { &v[0] }\n", "E0106", MISSING)
    assert results("lifetime-of-one", at) == [
        "fn f<'a>(v: &'a [T], sep: &str) -> &'a T { &v[0] }\n",
        "fn f<'a>(v: &[T], sep: &'a str) -> &'a T { &v[0] }\n",
    ]


def test_the_new_name_is_not_one_that_is_in_use() -> None:
    at = site("impl<'a> S<'a> { fn f<T>(v: &[T], w: &T) -> «&»T { w } }\n", "E0106", MISSING)
    assert "fn f<'b, T>(v: &'b [T], w: &T) -> &'b T" in results("lifetime-of-one", at)[0]


def test_a_type_with_a_borrow_gets_a_lifetime_and_so_do_its_impls_and_who_holds_it() -> None:
    at = site(
        "pub struct P {\n    input: «&»str,\n}\nimpl P {\n"
        "    fn new(input: &str) -> P {\n        P { input }\n    }\n}\n",
        "E0106",
        MISSING,
        others={"src/lexer.rs": "struct Lexer {\n    p: P,\n}\nimpl Lexer {}\nimpl Show for P {}\n"},
    )
    assert results("lifetime-of-type", at)[0] == (
        "pub struct P<'a> {\n    input: &'a str,\n}\n"
        "impl<'a> P<'a> {\n    fn new(input: &str) -> P {\n        P { input }\n    }\n}\n"
    )
    assert results("lifetime-of-type", at, "src/lexer.rs")[0] == (
        "struct Lexer<'a> {\n    p: P<'a>,\n}\nimpl<'a> Lexer<'a> {}\nimpl<'a> Show for P<'a> {}\n"
    )


def test_a_field_can_own_what_it_would_borrow() -> None:
    assert results("own-field", site("struct P { name: «&»str }\n", "E0106", MISSING)) == [
        "struct P { name: String }\n"
    ]
    assert results("own-field", site("struct P { list: «&»[u8] }\n", "E0106", MISSING)) == [
        "struct P { list: Vec<u8> }\n"
    ]


def test_an_impl_s_header_takes_the_impl_s_lifetime_or_declares_one() -> None:
    message = "implicit elided lifetime not allowed here"
    assert results("lifetime-of-impl", site("impl<'x> «P» {}\n", "E0726", message)) == ["impl<'x> P<'x> {}\n"]
    assert results("lifetime-of-impl", site("impl N for «P» {}\n", "E0726", message)) == ["impl<'a> N for P<'a> {}\n"]


@pytest.mark.parametrize(
    ("code", "source", "first"),
    [
        ("E0262", "fn f<«'static»>(a: &'static str) {}\n", "fn f(a: &'static str) {}\n"),
        ("E0403", "fn f<'a, 'b, «'a»>(a: &'a str) {}\n", "fn f<'a, 'b>(a: &'a str) {}\n"),
        ("E0496", "impl<'a> P<'a> { fn f<«'a», T>(a: &'a T) {} }\n", "impl<'a> P<'a> { fn f<T>(a: &'a T) {} }\n"),
        ("E0207", "impl<«'a»> I for S { type T = &'a u8; }\n", "impl I for S { type T = &'static u8; }\n"),
        ("E0392", "struct S<«'a»> { n: u8 }\nfn f(s: S<'_>) {}\n", "struct S { n: u8 }\nfn f(s: S) {}\n"),
    ],
)
def test_a_declaration_that_must_not_be_goes(code: str, source: str, first: str) -> None:
    assert results("undeclare", site(source, code, "message"))[0] == first


def test_a_name_that_must_not_be_becomes_another_with_all_its_uses() -> None:
    at = site("impl<'a> P<'a> { fn f<«'a»>(s: &'a str) -> &'a str { s } }\n", "E0496", "message")
    assert results("another-name", at) == ["impl<'a> P<'a> { fn f<'b>(s: &'b str) -> &'b str { s } }\n"]
    reserved = site("fn f<«'_»>(s: &'_ str) -> &'_ str { s }\n", "E0637", "`'_` cannot be used here")
    assert results("another-name", reserved) == ["fn f<'a>(s: &'a str) -> &'a str { s }\n"]


def test_a_type_without_lifetimes_takes_none_and_the_impl_declares_none() -> None:
    message = "struct takes 0 lifetime arguments but 1 lifetime argument was supplied"
    assert results("drop-arguments", site("impl<'a> «P»<'a> { }\n", "E0107", message)) == ["impl P { }\n"]
    used = site("impl<'a> «P»<'a> { fn f(s: &'a str) {} }\n", "E0107", message)
    assert candidates("drop-arguments", used) == []


def test_a_lifetime_that_no_argument_says_is_the_function_s_own_or_static() -> None:
    at = site(
        "fn f<F>(t: F) where F: for<'a> Fn(i32) -> «&'a i32» {}\n",
        "E0582",
        "binding for associated type `Output` references lifetime `'a`, which does not appear in the trait input types",
    )
    assert results("declare-outside", at) == [
        "fn f<'a, F>(t: F) where F: Fn(i32) -> &'a i32 {}\n",
        "fn f<F>(t: F) where F: Fn(i32) -> &'static i32 {}\n",
    ]


def test_a_trait_object_is_bounded_by_what_is_in_scope() -> None:
    at = site("type F<'a> = R<'a, «dyn Debug»>;\n", "E0228", "cannot deduce the lifetime bound")
    assert results("bound-dyn", at) == [
        "type F<'a> = R<'a, dyn Debug + 'a>;\n",
        "type F<'a> = R<'a, dyn Debug + 'static>;\n",
    ]


def test_an_impl_copies_its_trait_s_signature() -> None:
    at = labelled_site(
        "trait T { fn f<'a>(&self, a: &'a str) -> &'a str; }\n"
        'impl T for S { «fn f(&self, a: &str) -> &str» { "" } }\n',
        "`impl` item signature doesn't match `trait` item signature",
        ("expected `fn(&'1 S, &'a str) -> &'a str`", "fn f<'a>(&self, a: &'a str) -> &'a str;"),
        code="",
    )
    assert results("signature-of-trait", at)[0].endswith(
        "impl T for S { fn f<'a>(&self, a: &'a str) -> &'a str { \"\" } }\n"
    )
