"""Each kind of mistake, as it is made in a line of code; and what no mistake may touch."""

from __future__ import annotations

import pytest

from faults.table import MUTATIONS, faults
from sleepy_core.propose.search.syntax import Tree
from sleepy_core.text import apply_edits

ROWS = [
    # Names and paths
    ("rename_a_definition", "fn read_all() {}", "fn read() {}"),
    ("rename_a_definition", "struct Map;", "struct MapInfo;"),
    ("rename_a_definition", "const MAX: u8 = 1;", "const MAX_VALUE: u8 = 1;"),
    (
        "rename_all_but_one_use",
        "fn get_all() {} fn f() { get_all(); get_all(); }",
        "fn get() {} fn f() { get(); get_all(); }",
    ),
    ("rename_a_field", "struct S { width: u8 }", "struct S { width_value: u8 }"),
    ("rename_a_field", "enum E { Left, Right }", "enum E { Left, RightInfo }"),
    ("rename_a_variable", "fn f() { let a = 1; g(a); }", "fn f() { let a_value = 1; g(a); }"),
    ("rename_a_variable", "fn f(old_name: u8) { g(old_name) }", "fn f(old: u8) { g(old_name) }"),
    ("mistype_a_name", "fn f() { parse(); }", "fn f() { prase(); }"),
    ("mistype_a_name", "fn f() { parse(); }", "fn f() { pare(); }"),
    ("call_by_another_name", "fn f() { v.len(); }", "fn f() { v.length(); }"),
    ("drop_an_import", "use a::b;\nuse c::d;\n", "use c::d;\n"),
    ("drop_an_import", "use a::{b, c};\n", "use a::{c};\n"),
    ("drop_an_import", "use a::{b, c};\n", "use a::{b};\n"),
    ("import_from_the_wrong_place", "use crate::a::b;", "use super::a::b;"),
    ("import_from_the_wrong_place", "use std::fmt::Debug;", "use std::Debug;"),
    ("drop_a_path", "fn f() { Kind::Left }", "fn f() { Left }"),
    ("drop_a_path", "fn f(&self) { self.x }", "fn f(&self) { x }"),
    ("drop_a_module", "mod a;\nmod b;\n", "mod b;\n"),
    ("misname_a_module", "mod tree;", "mod tree_value;"),
    ("hide_an_item", "pub fn f() {}", "fn f() {}"),
    ("hide_a_module", "pub mod a;", "pub(self) mod a;"),
    ("hide_a_module", "pub use a::b;", "use a::b;"),
    ("drop_a_macro_name", 'fn f() { println!("a"); }', 'fn f() { println("a"); }'),
    # Values
    ("drop_mut", "fn f() { let mut a = 1; }", "fn f() { let a = 1; }"),
    ("drop_mut", "fn f(a: &mut u8) {}", "fn f(a: &u8) {}"),
    ("drop_a_borrow", "fn f() { g(&a) }", "fn f() { g(a) }"),
    ("add_a_borrow", "fn f() { g(a) }", "fn f() { g(&a) }"),
    ("drop_a_dereference", "fn f() { g(*a) }", "fn f() { g(a) }"),
    ("drop_a_conversion", "fn f() { g(a.clone()) }", "fn f() { g(a) }"),
    ("drop_a_conversion", "fn f() { a.iter().collect::<Vec<_>>() }", "fn f() { a.iter() }"),
    ("drop_a_question_mark", "fn f() { g()?; }", "fn f() { g(); }"),
    ("drop_a_cast", "fn f() { a as usize }", "fn f() { a }"),
    ("drop_move", "fn f() { move || a }", "fn f() { || a }"),
    ("drop_a_wrapper", "fn f() { Some(a) }", "fn f() { a }"),
    ("add_a_wrapper", "fn f() -> u8 { a }", "fn f() -> u8 { Some(a) }"),
    ("end_a_value_with_a_semicolon", "fn f() -> u8 { a }", "fn f() -> u8 { a; }"),
    ("drop_return", "fn f() { return a; }", "fn f() { a; }"),
    ("return_nothing", "fn f() { return a; }", "fn f() { return; }"),
    ("write_another_literal", "fn f() { 12 }", "fn f() { 12.0 }"),
    ("write_another_literal", "fn f() { 'a' }", 'fn f() { "a" }'),
    ("write_another_literal", "fn f() { true }", "fn f() { 1 }"),
    ("swap_arguments", "fn f() { g(a, b) }", "fn f() { g(b, a) }"),
    ("forget_an_argument", "fn f() { g(a, b) }", "fn f() { g(a) }"),
    ("repeat_an_argument", "fn f() { g(a) }", "fn f() { g(a, a) }"),
    ("swap_statements", "fn f() { let a = 1; g(a); }", "fn f() { g(a); let a = 1; }"),
    ("lose_a_declaration", "fn f() {\n    let a = 1;\n    g(a);\n}", "fn f() {\n    g(a);\n}"),
    ("loop_over_the_value", "fn f() { for a in &b {} }", "fn f() { for a in b {} }"),
    ("loop_over_the_value", "fn f() { for a in b.iter() {} }", "fn f() { for a in b {} }"),
    # Declarations
    ("change_a_type", "fn f(a: usize) {}", "fn f(a: u32) {}"),
    ("change_a_type", "fn f() -> Option<T> {}", "fn f() -> T {}"),
    ("change_a_type", "struct S { a: Name }", "struct S { a: Option<Name> }"),
    ("take_self_otherwise", "impl S { fn f(&mut self) {} }", "impl S { fn f(&self) {} }"),
    ("take_self_otherwise", "impl S { fn f(&self, a: u8) {} }", "impl S { fn f(a: u8) {} }"),
    ("add_a_parameter", "fn f(a: u8) {}", "fn f(a: u8, limit: usize) {}"),
    ("add_a_parameter", "fn f() {}", "fn f(limit: usize) {}"),
    ("remove_a_parameter", "fn f(a: u8, b: u8) {}", "fn f(a: u8) {}"),
    ("swap_parameters", "fn f(a: u8, b: u16) {}", "fn f(b: u16, a: u8) {}"),
    ("drop_a_result_type", "fn f() -> u8 { 1 }", "fn f() { 1 }"),
    ("make_a_function_async", "pub fn f() {}", "pub async fn f() {}"),
    ("make_a_function_unsafe", "fn f() {}", "unsafe fn f() {}"),
    ("drop_unsafe", "fn f() { unsafe { g() } }", "fn f() { { g() } }"),
    ("drop_a_lifetime", "struct S<'a> { a: &'a str }", "struct S<'a> { a: &str }"),
    ("drop_a_lifetime", "impl<'a> S<'a> {}", "impl<'a> S {}"),
    ("confuse_lifetimes", "fn f(a: &'a str) {}", "fn f(a: &'static str) {}"),
    ("drop_a_bound", "fn f<T: A + B>() {}", "fn f<T: A>() {}"),
    ("drop_a_bound", "fn f<T: A + B>() {}", "fn f<T>() {}"),
    ("drop_a_where_clause", "fn f<T>() where T: A {}", "fn f<T>()  {}"),
    ("drop_a_generic_parameter", "impl<T> S<T> {}", "impl S<T> {}"),
    ("add_a_field", "struct S {\n    a: u8,\n}", "struct S {\n    a: u8,\n    label: Option<&'static str>,\n}"),
    ("add_a_variant", "enum E { A }", "enum E { A,\nOther(usize) }"),
    ("remove_a_field", "enum E { A, B }", "enum E { B }"),
    ("forget_a_field", "fn f() { S { a: 1, b } }", "fn f() { S { a: 1 } }"),
    ("forget_a_match_arm", "fn f() { match a { 1 => b, _ => c } }", "fn f() { match a {  _ => c } }"),
    ("forget_else", "fn f() { if a { b } else { c } }", "fn f() { if a { b } }"),
    ("drop_a_derive", "#[derive(Clone, Debug)]\nstruct S;", "#[derive(Debug)]\nstruct S;"),
    ("drop_a_derive", "#[derive(Clone)]\nstruct S;", "struct S;"),
    ("forget_an_implementation", "impl A for S { fn f() {} fn g() {} }", "impl A for S {  fn g() {} }"),
    ("require_one_more_method", "trait A { fn f() { 1 } }", "trait A { fn f() ; }"),
    ("lose_a_method", "fn f() {}\nfn g() {}\n", "fn g() {}\n"),
    # Tokens
    ("drop_a_semicolon", "fn f() { let a = 1; }", "fn f() { let a = 1 }"),
    ("drop_a_bracket", "fn f() { g(a) }", "fn f() { g(a }"),
    ("repeat_a_bracket", "fn f() { g(a) }", "fn f() { g(a)) }"),
    ("drop_a_comma", "fn f() { g(a, b) }", "fn f() { g(a b) }"),
    ("drop_a_keyword", "pub fn f() {}", "pub f() {}"),
    ("write_another_sign", "fn f() { a == b }", "fn f() { a = b }"),
    ("drop_a_type", "const A: u8 = 1;", "const A = 1;"),
    ("drop_a_colon_pair", "fn f() { a::<u8>() }", "fn f() { a<u8>() }"),
    ("unfinished_expression", "fn f() { a + b }", "fn f() { a +  }"),
]


@pytest.mark.parametrize(("name", "before", "after"), ROWS)
def test_a_mistake_is_made_as_people_make_it(name: str, before: str, after: str) -> None:
    assert after in broken(name, before)


def test_every_mutation_has_its_row() -> None:
    assert {name for name, _, _ in ROWS} == MUTATIONS.keys()


ODD = {
    "crlf": "use a::{b, c};\r\npub fn f(a: &mut u8) -> u8 {\r\n    let b = a.clone();\r\n    b\r\n}\r\n",
    "not ascii": "fn größe(größe: &str) -> usize { let ß = größe.len(); ß as usize } // ß\n",
    "broken already": "fn f( { let a = ; match { => } struct enum impl<T for",
    "nothing": "",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
@pytest.mark.parametrize("name", MUTATIONS)
def test_odd_texts_are_broken_like_others(name: str, text: str) -> None:
    """Each fault applies and changes the text, and the same text has the same faults."""
    made = broken(name, text)
    assert text not in made
    assert made == broken(name, text)


SPARED = [
    "// fn f(a: &mut u8) -> u8 { let b = a.clone(); b }",
    "/* pub struct S<'a> { a: &'a str } */",
    "mod tests {\n    use super::*;\n    #[test]\n    fn f() { assert(a.clone(), b); }\n}",
    "fn f() { let mut a = g(&b); }",
]


@pytest.mark.parametrize("spared", SPARED)
def test_comments_and_tests_are_left_alone(spared: str) -> None:
    text = f"#[cfg(test)]\n{spared}\npub fn other(a: &mut u8) {{ g(a, 1); }}\n"
    made = [after for name in MUTATIONS for after in broken(name, text)]
    assert made
    assert all(spared in after for after in made)


def broken(name: str, text: str) -> list[str]:
    return [apply_edits(text, fault) for fault in faults(MUTATIONS[name], Tree(text))]
