# ruff: noqa: E501 (a program a line)
"""The real rustc takes what the kinds of moves and lending propose for programs that it refuses."""

import pytest

from helpers.rustc_cases import repairs

pytestmark = pytest.mark.slow

P = "pub struct P {\n    name: String,\n}\n"


@pytest.mark.parametrize(
    ("kind", "code", "broken", "meant"),
    [
        (
            "lend-to-function",
            "E0382",
            "fn greet(name: String) -> usize {\n    name.len()\n}\npub fn f(n: String) {\n    greet(n);\n    greet(n);\n}\n",
            "fn greet(name: &str) -> usize {\n    name.len()\n}\npub fn f(n: String) {\n    greet(&n);\n    greet(&n);\n}\n",
        ),
        (
            "lend-self",
            "E0382",
            P
            + "impl P {\n    fn len(self) -> usize {\n        self.name.len()\n    }\n}\npub fn f(p: P) -> P {\n    p.len();\n    p\n}\n",
            P
            + "impl P {\n    fn len(&self) -> usize {\n        self.name.len()\n    }\n}\npub fn f(p: P) -> P {\n    p.len();\n    p\n}\n",
        ),
        (
            "borrow-moved",
            "E0382",
            "pub fn f(p: Vec<u8>) -> usize {\n    let q = p;\n    q.len() + p.len()\n}\n",
            "pub fn f(p: Vec<u8>) -> usize {\n    let q = &p;\n    q.len() + p.len()\n}\n",
        ),
        (
            "borrow-matched",
            "E0382",
            "pub fn f(o: Option<String>) -> bool {\n    if let Some(s) = o {\n        s.len();\n    }\n    o.is_some()\n}\n",
            "pub fn f(o: Option<String>) -> bool {\n    if let Some(s) = &o {\n        s.len();\n    }\n    o.is_some()\n}\n",
        ),
        (
            "borrow-before-call",
            "E0507",
            "pub struct S(Option<String>);\nimpl S {\n    pub fn f(&self) -> usize {\n        self.0.unwrap().len()\n    }\n}\n",
            "pub struct S(Option<String>);\nimpl S {\n    pub fn f(&self) -> usize {\n        self.0.as_ref().unwrap().len()\n    }\n}\n",
        ),
        (
            "reborrow",
            "E0382",
            "pub fn f(r: &mut u8) {\n    let s = r;\n    *s = 1;\n    *r = 2;\n}\n",
            "pub fn f(r: &mut u8) {\n    let s = &mut *r;\n    *s = 1;\n    *r = 2;\n}\n",
        ),
        (
            "closure-without-move",
            "E0382",
            "use std::sync::Arc;\nuse std::thread::spawn;\npub fn f(c: Arc<u8>) {\n    for _ in 0..2 {\n        spawn(move || drop(c));\n    }\n}\n",
            "use std::sync::Arc;\nuse std::thread::spawn;\npub fn f(c: Arc<u8>) {\n    for _ in 0..2 {\n        let c = Arc::clone(&c);\n        spawn(move || drop(c));\n    }\n}\n",
        ),
        (
            "use-earlier",
            "E0382",
            "pub fn f(s: String) -> (String, usize) {\n    (s, s.len())\n}\n",
            "pub fn f(s: String) -> (String, usize) {\n    let len = s.len();\n    (s, len)\n}\n",
        ),
        (
            "move-later",
            "E0505",
            "pub fn f(s: String) {\n    let r = &s;\n    drop(s);\n    print(r);\n}\nfn print(_: &str) {}\n",
            "pub fn f(s: String) {\n    let r = &s;\n    print(r);\n    drop(s);\n}\nfn print(_: &str) {}\n",
        ),
        (
            "call-more-than-once",
            "E0382",
            "pub fn run<F: FnOnce() -> u8>(f: F) -> u8 {\n    f() + f()\n}\n",
            "pub fn run<F: Fn() -> u8>(f: F) -> u8 {\n    f() + f()\n}\n",
        ),
        (
            "take-moved",
            "E0507",
            "pub struct L(Option<Box<u8>>);\nimpl L {\n    pub fn f(&mut self) -> Option<Box<u8>> {\n        let old = self.0;\n        old\n    }\n}\n",
            "pub struct L(Option<Box<u8>>);\nimpl L {\n    pub fn f(&mut self) -> Option<Box<u8>> {\n        let old = self.0.take();\n        old\n    }\n}\n",
        ),
        (
            "clone-moved",
            "E0382",
            P + "pub fn f(p: P) -> (P, P) {\n    (p, p)\n}\n",
            "#[derive(Clone)]\n" + P + "pub fn f(p: P) -> (P, P) {\n    (p.clone(), p)\n}\n",
        ),
        (
            "return-borrowed",
            "E0507",
            P + "impl P {\n    pub fn name(&self) -> String {\n        self.name\n    }\n}\n",
            P + "impl P {\n    pub fn name(&self) -> &str {\n        &self.name\n    }\n}\n",
        ),
        (
            "take-element",
            "E0507",
            "pub fn f(v: &mut Vec<String>) -> String {\n    v[0]\n}\n",
            "pub fn f(v: &mut Vec<String>) -> String {\n    v.remove(0)\n}\n",
        ),
    ],
)
def test_rustc_takes_the_meant_repair(kind: str, code: str, broken: str, meant: str) -> None:
    repairs(kind, code, broken, meant)
