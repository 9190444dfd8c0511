# ruff: noqa: E501 (a program a line)
"""The real rustc takes what the kinds of lifetimes and outliving propose for programs that it refuses."""

import pytest

from helpers.rustc_cases import repairs

pytestmark = pytest.mark.slow

P = "pub struct P<'a> {\n    n: &'a str,\n}\n"


@pytest.mark.parametrize(
    ("kind", "code", "broken", "meant"),
    [
        (
            "lifetime-of-one",
            "E0106",
            "pub fn f(v: &[u8], _w: &str) -> &u8 {\n    &v[0]\n}\n",
            "pub fn f<'a>(v: &'a [u8], _w: &str) -> &'a u8 {\n    &v[0]\n}\n",
        ),
        (
            "lifetime-of-type",
            "E0106",
            "pub struct P {\n    n: &str,\n}\nimpl P {\n    pub fn new(n: &str) -> P {\n        P { n }\n    }\n}\npub struct Q {\n    p: P,\n}\n",
            "pub struct P<'a> {\n    n: &'a str,\n}\nimpl<'a> P<'a> {\n    pub fn new(n: &str) -> P {\n        P { n }\n    }\n}\npub struct Q<'a> {\n    p: P<'a>,\n}\n",
        ),
        (
            "lifetime-of-impl",
            "E0726",
            P + "impl<'a> P {\n    pub fn n(&self) -> &'a str {\n        self.n\n    }\n}\n",
            P + "impl<'a> P<'a> {\n    pub fn n(&self) -> &'a str {\n        self.n\n    }\n}\n",
        ),
        ("own-field", "E0106", "pub struct P {\n    n: &str,\n}\n", "pub struct P {\n    n: String,\n}\n"),
        (
            "undeclare",
            "E0496",
            P + "impl<'a> P<'a> {\n    pub fn f<'a>(s: &'a str) -> &'a str {\n        s\n    }\n}\n",
            P + "impl<'a> P<'a> {\n    pub fn f(s: &'a str) -> &'a str {\n        s\n    }\n}\n",
        ),
        (
            "another-name",
            "E0262",
            "pub fn f<'static>(s: &'static str) -> &'static str {\n    s\n}\n",
            "pub fn f<'a>(s: &'a str) -> &'a str {\n    s\n}\n",
        ),
        ("drop-arguments", "E0107", "pub struct S;\nimpl<'a> S<'a> {}\n", "pub struct S;\nimpl S {}\n"),
        (
            "declare-outside",
            "E0582",
            "pub fn f<F>(t: F)\nwhere\n    F: for<'a> Fn(i32) -> &'a i32,\n{\n    t(1);\n}\n",
            "pub fn f<'a, F>(t: F)\nwhere\n    F: Fn(i32) -> &'a i32,\n{\n    t(1);\n}\n",
        ),
        (
            "bound-dyn",
            "E0228",
            "pub struct R<'a, 'b, T: ?Sized + 'a + 'b>(&'a u8, &'b u8, Box<T>);\npub type F<'a, 'b> = R<'a, 'b, dyn Send>;\n",
            "pub struct R<'a, 'b, T: ?Sized + 'a + 'b>(&'a u8, &'b u8, Box<T>);\npub type F<'a, 'b> = R<'a, 'b, dyn Send + 'a>;\n",
        ),
        (
            "signature-of-trait",
            "",
            "pub struct S;\npub trait T {\n    fn f<'a>(&self, a: &'a str) -> &'a str;\n}\nimpl T for S {\n    fn f(&self, a: &str) -> &str {\n        \"\"\n    }\n}\n",
            "pub struct S;\npub trait T {\n    fn f<'a>(&self, a: &'a str) -> &'a str;\n}\nimpl T for S {\n    fn f<'a>(&self, a: &'a str) -> &'a str {\n        \"\"\n    }\n}\n",
        ),
        (
            "outlives",
            "",
            "pub fn pick<'a, 'b>(_a: &'a str, b: &'b str) -> &'a str {\n    b\n}\n",
            "pub fn pick<'a, 'b: 'a>(_a: &'a str, b: &'b str) -> &'a str {\n    b\n}\n",
        ),
        (
            "same-lifetime",
            "",
            P
            + "impl<'a> P<'a> {\n    pub fn pick(&self, o: &str) -> &str {\n        if o.is_empty() { self.n } else { o }\n    }\n}\n",
            P
            + "impl<'a> P<'a> {\n    pub fn pick(&self, o: &'a str) -> &'a str {\n        if o.is_empty() { self.n } else { o }\n    }\n}\n",
        ),
        (
            "shorter-self",
            "E0499",
            P
            + "impl<'a> P<'a> {\n    fn set(&'a mut self) {}\n}\npub fn f<'a>(p: &'a mut P<'a>) {\n    p.set();\n    p.set();\n}\n",
            P
            + "impl<'a> P<'a> {\n    fn set(&mut self) {}\n}\npub fn f<'a>(p: &'a mut P<'a>) {\n    p.set();\n    p.set();\n}\n",
        ),
        (
            "longer-return",
            "E0515",
            P
            + "impl<'a> P<'a> {\n    fn n(&self) -> &str {\n        self.n\n    }\n}\npub fn f<'a>(p: P<'a>) -> &'a str {\n    p.n()\n}\n",
            P
            + "impl<'a> P<'a> {\n    fn n(&self) -> &'a str {\n        self.n\n    }\n}\npub fn f<'a>(p: P<'a>) -> &'a str {\n    p.n()\n}\n",
        ),
        (
            "static-parameter",
            "E0521",
            "use std::thread::spawn;\npub fn f(s: &str) {\n    spawn(move || s.len());\n}\n",
            "use std::thread::spawn;\npub fn f(s: &'static str) {\n    spawn(move || s.len());\n}\n",
        ),
    ],
)
def test_rustc_takes_the_meant_repair(kind: str, code: str, broken: str, meant: str) -> None:
    repairs(kind, code, broken, meant)
