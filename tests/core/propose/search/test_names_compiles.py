"""The real rustc refuses these programs, and takes what the kinds about names make of them."""

# ruff: noqa: E501 (a case is a line)

import pytest

from helpers.rustc_cases import after, before, repairs

CASES = [
    # kind, code, the broken program with «written|meant» at each place that changes
    ("rename-use", "E0425", "fn total() -> u8 { 1 } fn main() { let a = «totals|total»(); drop(a); }"),
    ("rename-use", "E0425", "fn compute_total() {} fn main() { «total_compute|compute_total»(); }"),
    ("rename-use", "E0425", "struct Config; fn f(_: «Cnfig|Config») {} fn main() { f(Config); }"),
    ("rename-use", "E0433", "mod store { pub mod deep { pub fn f() {} } } fn main() { store::«dep|deep»::f(); }"),
    ("rename-use", "E0433", "fn main() { drop(std::«colections|collections»::HashMap::<u8, u8>::new()); }"),
    ("rename-use", "E0432", "use std::«colection|collections»::HashMap; fn main() { drop(HashMap::<u8, u8>::new()); }"),
    ("rename-use", "E0432", "mod store { pub fn load() {} } use store::«laod|load»; fn main() { store::load(); }"),
    ("rename-use", "E0405", "trait Shape {} struct S; impl «Shaep|Shape» for S {} fn main() {}"),
    ("rename-use", "E0404", "trait Shape {} struct Shaper; impl «Shaper|Shape» for u8 {} fn main() { let _ = Shaper; }"),
    ("rename-use", "E0407", "trait T { fn area(&self) {} } impl T for u8 { fn «aera|area»(&self) {} } fn main() {}"),
    ("rename-use", "E0437", "trait T { type Out; } impl T for u8 { type «Output|Out» = u8; } fn main() {}"),
    ("rename-use", "E0438", "trait T { const MAX: u8 = 1; } impl T for u8 { const «MAXI|MAX»: u8 = 2; } fn main() {}"),
    ("rename-use", "E0599", "struct S; impl S { fn grow(&self) {} } fn main() { S.«grwo|grow»(); }"),
    ("rename-use", "E0599", "enum E { Alpha } fn main() { let _ = E::«Alhpa|Alpha»; }"),
    ("rename-use", "E0599", "trait L { fn shout(&self); } fn f<T: L>(t: T) { t.«shuot|shout»(); } fn main() {}"),
    ("rename-use", "E0609", "struct S { size: u8 } fn main() { let s = S { size: 1 }; drop(s.«sise|size»); }"),
    ("rename-use", "E0560", "struct S { size: u8 } fn main() { let _ = S { «sizes|size»: 1 }; }"),
    ("rename-use", "E0559", "enum E { A { size: u8 } } fn main() { let _ = E::A { «sizes|size»: 1 }; }"),
    ("rename-use", "E0026", "struct S { size: u8 } fn f(s: S) -> u8 { let S { «sizes|size»: a } = s; a } fn main() {}"),
    ("rename-use", "E0531", "struct Pair(u8); fn main() { let «Pari|Pair»(_x) = Pair(1); }"),
    ("rename-use", "E0422", "struct Config { a: u8 } fn main() { let _ = «Conifg|Config» { a: 1 }; }"),
    ("rename-use", "E0426", "fn main() { 'outer: loop { break «'oter|'outer»; } }"),
    ("rename-use", "E0261", "fn f<'abc>(x: &«'abd|'abc» u8) -> &'abc u8 { x } fn main() {}"),
    ("rename-use", "", "fn main() { «prntln|println»!(\"a\"); }"),
    ("rename-use", "", "#[derive(«Debgu|Debug»)] struct S; fn main() { let _ = S; }"),
    ("rename-use", "", "#[«inlien|inline»] fn f() {} fn main() { f(); }"),
    ("rename-use", "E0425", "fn main() { let v = [1]; drop(std::slice::«fromRef|from_ref»(&v)); }"),
    ("rename-definition", "E0425", "fn «laod|load»() {} fn main() { load(); }"),
    ("rename-definition", "E0425", "fn main() { let «cuont|count» = 1; drop(count); }"),
    ("rename-definition", "E0609", "struct S { «szie|size»: u8 } fn f(s: S) -> u8 { s.size } fn main() {}"),
    ("rename-definition", "E0599", "struct S; impl S { fn «gorw|grow»(&self) {} } fn main() { S.grow(); }"),
    ("rename-definition", "E0407", "trait T { fn «aera|area»(&self) {} } impl T for u8 { fn area(&self) {} } fn main() {}"),
    ("std-word", "E0599", "fn main() { let mut v = std::collections::VecDeque::new(); v.«push|push_back»(1); }"),
    ("std-word", "E0599", "fn main() { let mut v = vec![1]; v.«add|push»(1); }"),
    ("std-word", "E0609", "fn main() { let v = vec![1]; drop(v.«length|len()»); }"),
    ("std-word", "E0599", "fn main() { let m = std::collections::HashMap::from([(1, 2)]); m.«has|contains_key»(&1); }"),
    ("foreign-word", "E0425", "fn main() { let a: Option<u8> = «null|None»; drop(a); }"),
    ("foreign-word", "E0425", "fn f(a: «int|i32») { drop(a); } fn main() { f(1); }"),
    ("qualify", "E0531", "enum E { Beta(u8) } fn main() { let «|E::»Beta(_x) = E::Beta(1); }"),
    ("qualify", "E0425", "struct S; impl S { fn new() -> S { S } } fn main() { let _ = «|S::»new(); }"),
    ("qualify", "E0425", "struct S; impl S { fn a(&self) { «|self.»b() } fn b(&self) {} } fn main() { S.a(); }"),
    ("call-as-method", "E0425", "struct S; impl S { fn grow(&self, _: u8) {} } fn main() { «grow(&S, 1)|S.grow(1)»; }"),
    ("call-as-method", "E0425", "fn main() { let v = vec![1]; drop(«len(&v)|v.len()»); }"),
    ("add-receiver", "E0424", "struct S { x: u8 } impl S { fn set(«|&mut self») { self.x = 1; } } fn main() {}"),
    ("add-receiver", "E0425", "struct S { x: u8 } impl S { fn x(«|&self») -> u8 { «|self.»x } } fn main() {}"),
    ("name-the-type", "E0411", "struct S; fn make() -> «Self|S» { S } fn main() { make(); }"),
    ("as-defined", "E0560", "struct T(u8); fn main() { let _ = «T { x: 1 }|T(1)»; }"),
    ("as-defined", "E0533", "enum E { G { w: u8 } } fn main() { let _ = «E::G(1)|E::G { w: 1 }»; }"),
    ("as-defined", "E0164", "enum E { G { w: u8 } } fn f(e: E) -> u8 { let «E::G(w)|E::G { w }» = e; w } fn main() {}"),
    ("as-defined", "E0532", "enum E { B(u8), C } fn f(e: E) { match e { «E::B|E::B(..)» => {} E::C => {} } } fn main() {}"),
    ("as-defined", "E0618", "enum E { A } fn main() { let _ = «E::A()|E::A»; }"),
    ("construct", "E0423", "struct S { a: u8 } impl S { fn new() -> Self { S { a: 1 } } } fn main() { let _ = S«|::new()»; }"),
    ("choose-variant", "E0574", "enum E { A { x: u8 } } fn main() { let _ = E«|::A» { x: 1 }; }"),
    ("rename-to-missing", "E0428", "fn load() {} fn «load|save»() {} fn main() { load(); save(); }"),
    ("rename-to-missing", "E0201", "trait T { fn a(); fn b(); } impl T for u8 { fn a() {} fn «a|b»() {} } fn main() {}"),
    ("rename-to-missing", "E0062", "struct S { a: u8, b: u8 } fn main() { let _ = S { a: 1, «a|b»: 2 }; }"),
    ("rename-to-missing", "E0415", "fn f(a: u8, «a|b»: u8) -> u8 { a + b } fn main() {}"),
    ("ignore-second", "E0416", "fn main() { let (a, «a|_») = (1, 2); drop(a); }"),
    ("alias-import", "E0252", "use std::fmt::Result; use std::io::Result«| as IoResult»; fn main() { let _: Result = Ok(()); }"),
    ("number-second", "E0428", "struct A; struct «A|A2»; fn main() { let _ = A; }"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "code", "source"), CASES)
def test_what_is_meant_is_among_the_first_candidates_and_compiles(kind: str, code: str, source: str) -> None:
    repairs(kind, code, before(source), after(source))
