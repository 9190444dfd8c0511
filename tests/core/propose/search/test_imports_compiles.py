"""The real rustc refuses these programs, and takes what the kinds about imports and modules make of them."""

# ruff: noqa: E501 (a case is a line)

import pytest

from helpers.edit_kinds import candidates
from helpers.rustc_cases import after, before, broken, repairs, site_of

CASES = [
    # kind, code, the broken program with «written|meant» at each place that changes
    ("import-item", "E0425", "«|use crate::store::Config;\n\n»mod store { pub struct Config; }\nfn f(_: Config) {}\nfn main() { f(store::Config); }"),
    ("import-item", "E0433", "use std::rc::Rc;«|\nuse std::collections::HashMap;»\nfn main() { let _: Rc<u8> = Rc::new(1); let _ = HashMap::<u8, u8>::new(); }"),
    ("import-item", "E0425", "use std::collections::{HashMap«|, HashSet»};\nfn f(_: HashMap<u8, u8>, _: HashSet<u8>) {}\nfn main() {}"),
    ("import-item", "E0433", "//! A crate.\n\n«|use std::fmt;\n\n»struct S;\nimpl fmt::Display for S {\n    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result { Ok(()) }\n}\nfn main() {}"),
    ("import-item", "E0405", "mod a { pub trait Speak {} }\nmod b {\n    «|use crate::a::Speak;\n\n    »struct S;\n    impl Speak for S {}\n}\nfn main() {}"),
    ("import-together", "E0425", "«|use crate::store::{Config, load};\n\n»mod store { pub struct Config; pub fn load() {} }\nfn f(_: Config) {}\nfn main() { f(store::Config); load(); }"),
    ("import-together", "E0433", "use std::collections::{BTreeMap«|, HashMap, HashSet»};\nfn main() { let _ = (BTreeMap::<u8, u8>::new(), HashMap::<u8, u8>::new(), HashSet::<u8>::new()); }"),
    ("import-trait", "E0599", "«|use crate::a::Speak;\n\n»mod a { pub trait Speak { fn speak(&self) {} } impl Speak for u8 {} }\nfn main() { 1u8.speak(); }"),
    ("import-trait", "E0599", "use std::io::stdin;«|\nuse std::io::Read;»\nfn main() { let mut s = String::new(); stdin().lock().read_to_string(&mut s).unwrap(); }"),
    ("import-trait", "E0599", "use std::rc::Rc;«|\nuse std::fmt::Write;»\nfn main() { let mut s = String::new(); write!(s, \"{}\", Rc::new(1)).unwrap(); }"),
    ("repair-root", "E0432", "mod store { pub mod deep { pub struct D; } }\nuse «deep::D|crate::store::deep::D»;\nfn main() { let _ = D; }"),
    ("repair-root", "E0432", "use «std::HashMap|std::collections::HashMap»;\nfn main() { let _ = HashMap::<u8, u8>::new(); }"),
    ("repair-root", "E0433", "mod store { pub mod deep { pub fn f() {} } }\nfn main() { «deep::f|crate::store::deep::f»(); }"),
    ("repair-root", "E0433", "mod a { pub fn f() {} }\nmod b { pub fn g() { «a::f|super::a::f»() } }\nfn main() { b::g(); }"),
    ("repair-root", "E0432", "mod a { pub mod c { pub fn f() {} } pub mod d { use «crate::c::f|crate::a::c::f»; pub fn g() { f() } } }\nfn main() { a::d::g(); a::c::f(); }"),
    ("repair-root", "E0432", "mod a { pub fn f() {} pub fn g() {} }\nmod b { use «a|crate::a»::{f, g}; pub fn h() { f(); g() } }\nfn main() { b::h(); }"),
    ("repair-root", "E0433", "mod a { pub struct S; impl S { pub fn new() -> S { S } } }\nmod b { pub fn h() { «b::S::new|crate::a::S::new»(); } }\nfn main() { b::h(); }"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "code", "source"), CASES)
def test_what_is_meant_is_among_the_first_candidates_and_compiles(kind: str, code: str, source: str) -> None:
    repairs(kind, code, before(source), after(source))


FILES = [
    # kind, code, lib.rs broken and meant, another file
    ("declare-module", "E0433", "pub fn f() {\n    store::load();\n}\n", "mod store;\n\npub fn f() {\n    store::load();\n}\n", "src/store.rs"),
    ("declare-module", "E0432", "mod a;\nuse store::load;\npub fn f() {\n    load();\n    a::a();\n}\n", "mod a;\nmod store;\nuse store::load;\npub fn f() {\n    load();\n    a::a();\n}\n", "src/store/mod.rs"),
    ("rename-module", "E0583", "mod stroe;\n", "mod store;\n", "src/store.rs"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "code", "source", "meant", "file"), FILES)
def test_a_module_s_file_that_is_there_is_declared(kind: str, code: str, source: str, meant: str, file: str) -> None:
    others = (
        {file: "pub fn load() {}\n", "src/a.rs": "pub fn a() {}\n"}
        if "mod a" in source
        else {file: "pub fn load() {}\n"}
    )
    found = [texts.get("src/lib.rs") for _, texts in candidates(kind, site_of(code, source, others=others))]
    assert meant in found
    assert not broken(meant, others=others)
