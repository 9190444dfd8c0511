"""Traits, impls, derives and bounds: what goes where, and what is left alone."""

from helpers.diagnostics import FILE, span
from helpers.edit_kinds import candidates, results, site
from sleepy_core.model import Level, Note
from sleepy_core.propose.search.missing import missing_traits
from sleepy_core.text import LineIndex

TRAIT = "pub trait Shape {\n    fn area(&self) -> f64;\n}\n"


def test_a_method_is_declared_in_the_traits_own_file() -> None:
    at = site(
        "struct S;\nimpl Shape for S {\n    fn area(&self) -> f64 { 1.0 }\n    «fn grow(&mut self, by: f64) {}»\n}\n",
        "E0407",
        "method `grow` is not a member of trait `Shape`",
        others={"src/shape.rs": TRAIT},
    )
    assert results("declare-in-trait", at, "src/shape.rs") == [
        "pub trait Shape {\n    fn area(&self) -> f64;\n    fn grow(&mut self, by: f64);\n}\n"
    ]


def test_a_trait_of_which_other_impls_differ_is_changed_at_a_higher_cost() -> None:
    impls = "struct S;\nimpl Shape for S {\n    fn area(«&self, n: u8») -> f64 { 1.0 }\n}\n"
    message = "method `area` has 2 parameters but the declaration in trait `Shape::area` has 1"
    alone = site(impls, "E0050", message, others={"src/shape.rs": TRAIT})
    other = TRAIT + "impl Shape for u8 {\n    fn area(&self) -> f64 { 2.0 }\n}\n"
    among = site(impls, "E0050", message, others={"src/shape.rs": other})
    assert [c.cost for c, _ in candidates("impl-signature", alone)] == [0.0]
    assert [c.cost for c, _ in candidates("impl-signature", among)] == [2.0]


def test_an_item_that_would_have_to_be_invented_is_not_implemented() -> None:
    at = site(TRAIT + "struct S;\n«impl Shape for S» {}\n", "E0046", "not all trait items implemented, missing: `area`")
    assert not candidates("implement-by-forwarding", at)


def test_a_copied_field_is_returned_and_a_string_is_cloned() -> None:
    source = "struct P {{ age: {0} }}\ntrait Q {{ fn age(&self) -> {0}; }}\n«impl Q for P» {{}}\n"
    for of, value in (("u8", "self.age"), ("String", "self.age.clone()")):
        at = site(source.format(of), "E0046", "not all trait items implemented, missing: `age`")
        assert f"{{ {value} }}" in results("implement-by-forwarding", at)[0]


def test_a_derive_goes_to_the_types_in_the_fields_and_stops_at_what_has_it() -> None:
    source = "#[derive(Debug)]\nstruct A;\nstruct B(u8);\nstruct C { a: A, b: Option<B> }\nfn f(c: C) { g(«c») }\n"
    at = site(source, "E0277", "`C` doesn't implement `Debug`")
    assert results("derive-missing", at) == [
        "#[derive(Debug)]\nstruct A;\n#[derive(Debug)]\nstruct B(u8);\n#[derive(Debug)]\n"
        "struct C { a: A, b: Option<B> }\nfn f(c: C) { g(c) }\n"
    ]


def test_a_derive_brings_what_it_needs_but_not_what_is_written_by_hand() -> None:
    source = "struct K(u8);\nimpl PartialEq for K { fn eq(&self, o: &K) -> bool { true } }\nfn f(k: K) { g(«k») }\n"
    at = site(source, "E0277", "the trait bound `K: Ord` is not satisfied")
    assert results("derive-missing", at)[0].startswith("#[derive(Eq, PartialOrd, Ord)]\nstruct K")


def test_what_holds_a_string_is_never_made_copy() -> None:
    note = "move occurs because `n` has type `N`, which does not implement the `Copy` trait"
    at = site("struct N(String);\nfn f(n: N) { g(n); g(«n») }\n", "E0382", "use of moved value: `n`", label=note)
    assert not candidates("derive-copy", at)


def test_a_type_of_another_crate_derives_nothing() -> None:
    at = site("fn f(c: Other) { g(«c») }\n", "E0277", "`Other` doesn't implement `Debug`")
    assert not candidates("derive-missing", at)


def test_a_bound_joins_those_in_the_where_clause() -> None:
    source = "fn f<T>(t: T) -> T\nwhere\n    T: Copy,\n{\n    «t».clone()\n}\n"
    at = site(source, "E0277", "the trait bound `T: Clone` is not satisfied")
    assert "    T: Copy + Clone,\n" in results("add-bound", at)[0]


def test_a_missing_bound_is_put_on_the_impl_that_has_the_parameter() -> None:
    source = "struct W<T>(T);\nimpl<T> W<T> { fn f(&self) { g(«&self.0») } }\n"
    at = site(source, "E0277", "`T` doesn't implement `Debug`")
    assert "impl<T: std::fmt::Debug> W<T>" in results("add-bound", at)[0]


def test_a_method_keeps_out_of_a_trait_object_where_the_note_points() -> None:
    source = "trait T { fn a<X>(&self, x: X); fn b(&self); }\nfn f(t: &«dyn T») {}\n"
    text = source.replace("«", "").replace("»", "")
    index = LineIndex(text)
    place = span(
        index.position(text.index("a<X>")),
        index.position(text.index("<X>")),
        FILE,
        label="...because method `a` has generic type parameters",
    )
    note = Note(Level.NOTE, "for a trait to be dyn compatible it needs to allow building a vtable", (place,))
    at = site(source, "E0038", "the trait `T` is not dyn compatible", notes=[note])
    assert "fn a<X>(&self, x: X) where Self: Sized; fn b(&self);" in results("methods-for-sized-types", at)[0]


def test_no_bound_is_written_for_the_type_of_a_closure() -> None:
    unmet = "these bounds were not satisfied:\n`Filter<Iter<'_, u8>, {closure@src/lib.rs:1:4: 1:7}>: Iterator`"
    source = "fn f<T>(t: T) { t.«collect»() }\n"
    message = "the method `collect` exists for struct `T`, but its trait bounds were not satisfied"
    assert not missing_traits(site(source, "E0599", message, notes=[Note(Level.NOTE, unmet)]))
