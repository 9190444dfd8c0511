"""Many crates in one compiler."""

import pytest

from sleepy_koans.batch import compile_all
from sleepy_koans.check import Checked, Checker, Crate
from sleepy_koans.deck import deck
from sleepy_koans.family import families

pytestmark = pytest.mark.slow

GOOD = "pub struct A;\npub fn f(a: &A) -> &A {\n    a\n}\n"
CRATES = {
    "good": (GOOD, True),
    "good again, with the same names": (GOOD, True),
    "moved, which is found late": ("pub fn f(a: String) -> usize {\n    let b = a;\n    a.len() + b.len()\n}", False),
    "a type that is not there": ("pub fn f(a: Missing) {}", False),
    "another type": ('pub fn f() -> u8 {\n    ""\n}', False),
    "nothing that parses": ("pub fn f( {", False),
    "a brace too many": ("} pub fn f() {}", False),
    "the root's name": ("pub mod a {\n    pub struct B;\n}\npub use crate::a::B;", True),
    "a module that is not there": ("mod absent;", False),
    "its neighbour": ("pub use crate::k0::A;", False),
    "a macro of its neighbour": ("m!();", False),
    "a macro": ("macro_rules! m {\n    () => {};\n}\nm!();", True),
}


def test_each_gets_the_answer_that_it_gets_alone() -> None:
    crates = [Crate({"src/lib.rs": text}) for text, _ in CRATES.values()]
    crates.append(Crate({"src/lib.rs": "mod a;\npub use a::f;", "src/a.rs": "pub fn f() {}"}))
    crates.append(Crate({"src/lib.rs": "mod a;\npub use a::f;", "src/a.rs": "pub fn g() {}"}))
    crates.append(Crate({"src/lib.rs": "pub fn f() -> u8 {\n    let a = 1;\n    2\n}"}, lints=("unused_variables",)))
    crates.append(Crate({"src/lib.rs": "pub fn f(async: u8) {}"}, edition="2015"))
    expected = [*(ok for _, ok in CRATES.values()), True, False, False, True]
    checker = Checker()
    assert [checker.check(crate).ok for crate in crates] == expected
    assert list(compile_all(checker, crates)) == expected


def test_solutions_compile_and_broken_programs_do_not() -> None:
    koans = [koan for family in families().values() for koan in deck(family, "validation")[:2]]
    crates = [Crate.of(koan, files) for koan in koans for files in (koan.solution, koan.files)]
    assert compile_all(Checker(), crates) == (True, False) * len(koans)


class Counted(Checker):
    """How many compilers were started."""

    started = 0

    def check(self, crate: Crate) -> Checked:
        self.started += 1
        return super().check(crate)


def test_an_error_that_lies_in_a_macro_of_std_is_its_callers_and_costs_the_others_nothing() -> None:
    inside = "pub fn f() -> String {\n    vec![1u8]\n}"
    crates = [Crate({"src/lib.rs": text}) for text in (GOOD, inside, GOOD, GOOD)]
    checker = Counted()
    (error,) = checker.check(crates[1]).errors
    assert not error.raw["spans"][0]["file_name"].startswith("src/")
    checker.started = 0
    assert compile_all(checker, crates) == (True, False, True, True)
    assert checker.started == 2
