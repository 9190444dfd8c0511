"""The real rustc takes what these kinds propose for programs that it refuses."""

import pytest

from helpers.rustc_cases import repairs

pytestmark = pytest.mark.slow

COUNTER = "pub struct C {\n    n: i32,\n}\n"


@pytest.mark.parametrize(
    ("kind", "code", "broken", "meant"),
    [
        (
            "make-writable",
            "E0594",
            COUNTER + "fn up(c: &C) {\n    c.n += 1;\n}\npub fn f() {\n    let c = C { n: 1 };\n    up(&c);\n}\n",
            COUNTER
            + "fn up(c: &mut C) {\n    c.n += 1;\n}\npub fn f() {\n    let mut c = C { n: 1 };\n    up(&mut c);\n}\n",
        ),
        (
            "rc-make-mut",
            "E0596",
            "use std::rc::Rc;\npub fn f(r: Rc<Vec<i32>>) {\n    r.push(1);\n}\n",
            "use std::rc::Rc;\npub fn f(mut r: Rc<Vec<i32>>) {\n    Rc::make_mut(&mut r).push(1);\n}\n",
        ),
        (
            "accept-fn-mut",
            "E0594",
            "fn apply(f: &dyn Fn()) {\n    f();\n}\npub fn g() {\n    let mut n = 0;\n    apply(&|| n += 1);\n}\n",
            "fn apply(f: &mut dyn FnMut()) {\n    f();\n}\n"
            "pub fn g() {\n    let mut n = 0;\n    apply(&mut || n += 1);\n}\n",
        ),
        (
            "accept-fn-mut",
            "E0594",
            "pub fn f() -> impl Fn() {\n    let mut n = 0;\n    move || n += 1\n}\n",
            "pub fn f() -> impl FnMut() {\n    let mut n = 0;\n    move || n += 1\n}\n",
        ),
        (
            "make-binding-mutable",
            "E0384",
            "pub fn f() {\n    for i in 0..3 {\n        i += 1;\n    }\n}\n",
            "pub fn f() {\n    for mut i in 0..3 {\n        i += 1;\n    }\n}\n",
        ),
        (
            "declare-anew",
            "E0384",
            "pub fn f(n: i32) -> i32 {\n    n *= 2;\n    n\n}\n",
            "pub fn f(n: i32) -> i32 {\n    let n = n * 2;\n    n\n}\n",
        ),
        (
            "mutable-static",
            "E0594",
            "static N: u8 = 0;\npub fn f() {\n    N = 1;\n}\n",
            "static mut N: u8 = 0;\npub fn f() {\n    unsafe { N = 1 };\n}\n",
        ),
        (
            "initial-value",
            "E0381",
            "pub fn f() -> u8 {\n    let mut n: u8;\n    n += 1;\n    n\n}\n",
            "pub fn f() -> u8 {\n    let mut n: u8 = 0;\n    n += 1;\n    n\n}\n",
        ),
        (
            "initial-value-for-a-branch",
            "E0381",
            "pub fn f(b: bool) -> bool {\n    let x;\n    if b {\n        x = true;\n    }\n    x\n}\n",
            "pub fn f(b: bool) -> bool {\n    let mut x = false;\n    if b {\n        x = true;\n    }\n    x\n}\n",
        ),
    ],
)
def test_rustc_takes_the_meant_repair(kind: str, code: str, broken: str, meant: str) -> None:
    repairs(kind, code, broken, meant)
