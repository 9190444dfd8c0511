"""`unsafe` goes around the smallest expression that keeps its meaning in a block."""

import pytest

from helpers.edit_kinds import results, site

CALL = "call to unsafe function `danger` is unsafe and requires unsafe function or block"
DEREF = "dereference of raw pointer is unsafe and requires unsafe function or block"
STATIC = "use of mutable static is unsafe and requires unsafe function or block"


@pytest.mark.parametrize(
    ("source", "message", "first"),
    [
        ("fn f() { let x = 1 + «danger(1)»; }", CALL, "fn f() { let x = 1 + unsafe { danger(1) }; }"),
        ("fn f() { «danger(1)»; }", CALL, "fn f() { unsafe { danger(1) }; }"),
        # A statement that begins with a block ends with it.
        ("fn f() -> u8 { «danger(1)» + 1 }", CALL, "fn f() -> u8 { unsafe { danger(1) + 1 } }"),
        # A block makes a copy of a place: who writes to it or borrows it comes inside.
        ("fn f() { «*p» = 1; }", DEREF, "fn f() { unsafe { *p = 1 }; }"),
        ("fn f() { «N» += 1; }", STATIC, "fn f() { unsafe { N += 1 }; }"),
        ("fn f() { let r = &«*p»; }", DEREF, "fn f() { let r = unsafe { &*p }; }"),
        ("fn f() { let n = (g((«*p»).len())); }", DEREF, "fn f() { let n = (g(unsafe { (*p).len() })); }"),
        ('fn f() { println!("{}", «danger(1)»); }', CALL, 'fn f() { unsafe { println!("{}", danger(1)) }; }'),
    ],
)
def test_the_smallest_expression_is_wrapped_first(source: str, message: str, first: str) -> None:
    assert results("unsafe-block", site(source, "E0133", message))[0] == first


def test_nothing_is_wrapped_inside_of_a_macro_definition() -> None:
    at = site("macro_rules! m { () => { «danger(1)» } }\n", "E0133", CALL)
    assert results("unsafe-block", at) == []


def test_the_function_around_becomes_unsafe_but_never_main_nor_a_trait_s_method() -> None:
    assert results("unsafe-function", site("pub fn f() { «danger(1)» }", "E0133", CALL)) == [
        "pub unsafe fn f() { danger(1) }"
    ]
    assert results("unsafe-function", site("fn main() { «danger(1)» }", "E0133", CALL)) == []
    assert results("unsafe-function", site("impl T for S { fn f() { «danger(1)» } }", "E0133", CALL)) == []
