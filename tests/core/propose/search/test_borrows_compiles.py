# ruff: noqa: E501 (a program a line)
"""The real rustc takes what the kinds of borrows and escapes propose for programs that it refuses."""

import pytest

from helpers.rustc_cases import repairs

pytestmark = pytest.mark.slow

S = "pub struct S {\n    v: Vec<String>,\n    n: usize,\n}\n"


@pytest.mark.parametrize(
    ("kind", "code", "broken", "meant"),
    [
        (
            "name-first",
            "E0502",
            S
            + "impl S {\n    fn min(&self) -> usize {\n        self.n\n    }\n    pub fn f(&mut self) {\n        self.v.retain(|x| x.len() > self.min());\n    }\n}\n",
            S
            + "impl S {\n    fn min(&self) -> usize {\n        self.n\n    }\n    pub fn f(&mut self) {\n        let min = self.min();\n        self.v.retain(|x| x.len() > min);\n    }\n}\n",
        ),
        (
            "own-borrowed",
            "E0502",
            "pub fn f(v: &mut Vec<u8>) -> u8 {\n    let first = &v[0];\n    v.push(1);\n    first + 1\n}\n",
            "pub fn f(v: &mut Vec<u8>) -> u8 {\n    let first = v[0];\n    v.push(1);\n    first + 1\n}\n",
        ),
        (
            "other-order",
            "E0499",
            "pub fn f(s: &mut String) {\n    let a = &mut *s;\n    let b = &mut *s;\n    a.push('x');\n    b.push('y');\n}\n",
            "pub fn f(s: &mut String) {\n    let a = &mut *s;\n    a.push('x');\n    let b = &mut *s;\n    b.push('y');\n}\n",
        ),
        (
            "loop-over-copy",
            "E0502",
            "pub fn f(v: &mut Vec<u8>) {\n    for x in v.iter() {\n        v.push(*x);\n    }\n}\n",
            "pub fn f(v: &mut Vec<u8>) {\n    for x in v.clone().iter() {\n        v.push(*x);\n    }\n}\n",
        ),
        (
            "drop-first",
            "E0506",
            "use std::cell::RefCell;\npub fn f(mut c: RefCell<u8>) {\n    let g = c.borrow();\n    c = RefCell::new(1);\n    c.replace(2);\n}\n",
            "use std::cell::RefCell;\npub fn f(mut c: RefCell<u8>) {\n    let g = c.borrow();\n    drop(g);\n    c = RefCell::new(1);\n    c.replace(2);\n}\n",
        ),
        (
            "declare-earlier",
            "E0597",
            "pub fn f() -> usize {\n    let r;\n    {\n        let x = String::new();\n        r = &x;\n    }\n    r.len()\n}\n",
            "pub fn f() -> usize {\n    let r;\n    let x = String::new();\n    {\n        r = &x;\n    }\n    r.len()\n}\n",
        ),
        (
            "store-owned",
            "E0597",
            "pub fn f() -> usize {\n    let mut v: Vec<&str> = Vec::new();\n    for i in 0..3 {\n        let s = i.to_string();\n        v.push(&s);\n    }\n    v.len()\n}\n",
            "pub fn f() -> usize {\n    let mut v: Vec<String> = Vec::new();\n    for i in 0..3 {\n        let s = i.to_string();\n        v.push(s);\n    }\n    v.len()\n}\n",
        ),
        (
            "keep-temporary",
            "E0716",
            "pub fn f() -> usize {\n    let r: &String;\n    r = &String::new();\n    r.len()\n}\n",
            "pub fn f() -> usize {\n    let r: &String;\n    let string = String::new();\n    r = &string;\n    r.len()\n}\n",
        ),
        (
            "return-owned",
            "E0515",
            'pub fn f(b: bool) -> &\'static str {\n    let s = b.to_string();\n    if b {\n        "a"\n    } else {\n        &s\n    }\n}\n',
            'pub fn f(b: bool) -> String {\n    let s = b.to_string();\n    if b {\n        "a".to_string()\n    } else {\n        s\n    }\n}\n',
        ),
        (
            "iterate-owned",
            "E0515",
            "pub fn f<'a>(n: u8) -> Box<dyn Iterator<Item = u8> + 'a> {\n    let v = vec![n, 2];\n    Box::new(v.iter().map(|x| x + 1))\n}\n",
            "pub fn f<'a>(n: u8) -> Box<dyn Iterator<Item = u8> + 'a> {\n    let v = vec![n, 2];\n    Box::new(v.into_iter().map(|x| x + 1))\n}\n",
        ),
        (
            "own-before-escape",
            "E0521",
            "use std::thread::spawn;\npub fn f(s: &str) {\n    spawn(move || s.len());\n}\n",
            "use std::thread::spawn;\npub fn f(s: &str) {\n    let s = s.to_owned();\n    spawn(move || s.len());\n}\n",
        ),
    ],
)
def test_rustc_takes_the_meant_repair(kind: str, code: str, broken: str, meant: str) -> None:
    repairs(kind, code, broken, meant)
