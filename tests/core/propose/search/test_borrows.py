"""Borrows that are in each other's way begin later, end earlier, or become copies."""

import pytest

from helpers.edit_kinds import candidates, labelled_site, results
from sleepy_core.propose.search.edits.borrows import owned_type

BORROWED = "immutable borrow occurs here"
CONFLICT = "cannot borrow `v` as mutable because it is also borrowed as immutable"


def test_an_argument_that_borrows_is_taken_before_the_call() -> None:
    at = labelled_site(
        "fn f(s: S) {\n    s.set(0).set(«s».len());\n}\n",
        "cannot borrow `s` as immutable because it is also borrowed as mutable",
        ("mutable borrow occurs here", "    |s"),
        code="E0502",
    )
    assert results("name-first", at)[0] == "fn f(s: S) {\n    let len = s.len();\n    s.set(0).set(len);\n}\n"


def test_what_a_closure_reads_of_self_is_taken_before_it() -> None:
    at = labelled_site(
        "impl S {\n    fn f(&mut self) {\n        «self.v.retain(|x| *x > self.min())»;\n    }\n}\n",
        "cannot borrow `self.v` as mutable because it is also borrowed as immutable",
        ("first borrow occurs due to use of `*self` in closure", "x > |self"),
        code="E0502",
    )
    assert results("name-first", at)[0] == (
        "impl S {\n    fn f(&mut self) {\n        let min = self.min();\n"
        "        self.v.retain(|x| *x > min);\n    }\n}\n"
    )


def test_a_name_that_is_taken_is_not_taken_again() -> None:
    at = labelled_site(
        "fn f(s: S, len: u8) { s.set(0).set(«s».len()); }\n",
        "cannot borrow `s` as immutable because it is also borrowed as mutable",
        code="E0502",
    )
    assert "let len_value = s.len(); s.set(0).set(len_value);" in results("name-first", at)[0]


def test_what_was_borrowed_is_copied_or_cloned() -> None:
    at = labelled_site(
        "fn f() { let first = &v[0]; «v.push(3)»; g(first); }\n", CONFLICT, (BORROWED, "&|v"), code="E0502"
    )
    assert results("own-borrowed", at) == [
        "fn f() { let first = v[0]; v.push(3); g(first); }\n",
        "fn f() { let first = v[0].clone(); v.push(3); g(first); }\n",
    ]


def test_an_owned_copy_is_lent_where_the_borrow_was_handed_on() -> None:
    at = labelled_site(
        "fn f(&mut self) { let k = self.cur(); «self.set(k)»; }\n",
        "cannot borrow `*self` as mutable because it is also borrowed as immutable",
        (BORROWED, "k = |self"),
        code="E0502",
    )
    assert "fn f(&mut self) { let k = self.cur().clone(); self.set(&k); }\n" in results("own-borrowed", at)


def test_statements_change_places() -> None:
    at = labelled_site(
        "fn f() {\n    let a = &mut s;\n    let b = «&mut s»;\n    a.push('x');\n    b.push('y');\n}\n",
        "cannot borrow `s` as mutable more than once at a time",
        ("first mutable borrow occurs here", "&mut s"),
        ("first borrow later used here", "    |a.push"),
        code="E0499",
    )
    # First what leaves to the earlier borrow all that it is used for.
    assert results("other-order", at)[0] == (
        "fn f() {\n    let a = &mut s;\n    a.push('x');\n    let b = &mut s;\n    b.push('y');\n}\n"
    )


def test_a_loop_that_changes_its_list_goes_over_a_clone() -> None:
    at = labelled_site("fn f() { for x in v.iter() { «v.push(*x)»; } }\n", CONFLICT, (BORROWED, "in |v"), code="E0502")
    assert results("loop-over-copy", at) == ["fn f() { for x in v.clone().iter() { v.push(*x); } }\n"]


def test_a_guard_is_dropped_before_the_other_borrow() -> None:
    at = labelled_site(
        "fn f() {\n    let g = c.lock();\n    «c.push(1)»;\n}\n",
        "cannot borrow `c` as mutable because it is also borrowed as immutable",
        ("immutable borrow might be used here, when `g` is dropped", "}"),
        code="E0502",
    )
    assert results("drop-first", at) == ["fn f() {\n    let g = c.lock();\n    drop(g);\n    c.push(1);\n}\n"]


def test_what_ends_with_its_block_is_declared_before_the_block() -> None:
    at = labelled_site(
        "fn f() {\n    let r;\n    {\n        let x = 5;\n        r = «&x»;\n    }\n    g(r);\n}\n",
        "`x` does not live long enough",
        ("binding `x` declared here", "let |x"),
        code="E0597",
    )
    assert results("declare-earlier", at) == [
        "fn f() {\n    let r;\n    let x = 5;\n    {\n        r = &x;\n    }\n    g(r);\n}\n"
    ]


def test_a_list_of_borrows_holds_the_values_themselves() -> None:
    at = labelled_site(
        "fn f() { let mut v: Vec<&str> = Vec::new(); for i in 0..3 { let s = g(i); v.push(«&s»); } }\n",
        "`s` does not live long enough",
        ("variable `v` declared here", "mut |v"),
        code="E0597",
    )
    assert results("store-owned", at)[0] == (
        "fn f() { let mut v: Vec<String> = Vec::new(); for i in 0..3 { let s = g(i); v.push(s); } }\n"
    )


def test_a_temporary_is_kept_where_its_user_is_declared_or_one_block_further_out() -> None:
    at = labelled_site(
        "fn f() {\n    let n = { &«String::from(a)» }.len();\n}\n",
        "temporary value dropped while borrowed",
        code="E0716",
    )
    assert results("keep-temporary", at)[-1] == (
        "fn f() {\n    let string = String::from(a);\n    let n = { &string }.len();\n}\n"
    )


@pytest.mark.parametrize(
    ("of", "owned"),
    [
        ("&str", "String"),
        ("Option<&'a str>", "Option<String>"),
        ("&'static [u8]", "Vec<u8>"),
        ("&'a Node<T>", "Node<T>"),
        ("Result<&mut Node, &str>", "Result<Node, String>"),
    ],
)
def test_a_type_owns_what_it_borrowed(of: str, owned: str) -> None:
    assert owned_type(of) == owned


def test_nothing_is_taken_out_of_a_macro_s_arguments() -> None:
    at = labelled_site('fn f() { println!("{}", «v.len()»); }\n', CONFLICT, code="E0502")
    assert candidates("name-first", at) == []
