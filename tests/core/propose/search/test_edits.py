"""What holds for every kind of edit: it never raises, edits lie in their files, labels are short and say something."""

# ruff: noqa: E501 (a source is a line)

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.diagnostics import case, diagnostic, span
from sleepy_core.propose.search.edits import TABLE
from sleepy_core.propose.search.index import Crate, items_of
from sleepy_core.propose.search.kinds import WEAK
from sleepy_core.propose.search.site import Site
from sleepy_core.text import LineIndex

SOURCES = [
    "",
    "\ufeff//! x\r\nuse a::{b, c};\r\n\r\nstruct Größe { wert: u8 }\r\nimpl Größe { fn neu(&self) -> Self { Größe { wert: 1 } } }\r\n",
    "mod a { pub enum E { A, B(u8), C { x: u8 } } }\nfn f(e: a::E) -> u8 { match e { a::E::B(x) => x, E::C(y) => y, _ => 0 } }\n",
    "fn f( {\n    let x = vec![1, 2);\n    println!(\"{} {x\", y;\n    'a: loop { break 'b }\n}}\n#[derive(Debug) enum",
    "trait T { type O; const N: usize; fn go(self, a: u8, (b, c): (u8, u8)); }\nimpl<X: T> T for Vec<X> where X: Clone { fn og() {} }\n",
    "macro_rules! m { ($a:expr) => { $a.len() } }\nfn f() { let é = \"日本\"; m!(é; 1); /* \" */ r#\"raw\"#; self.x = 1; [0; é]; }\n",
]  # fmt: skip
MESSAGES = [
    "cannot find value `x` in this scope", "cannot find type `E` in module `a`", "unresolved import `a::b`",
    "no method named `go` found for struct `Vec<{integer}>` in the current scope", "no field `x` on type `&Größe`",
    "expected one of `!`, `.`, `::`, `;`, `=>`, `->` or an operator, found `;`", "expected item, found `{`", "``", "",
    "mismatched closing delimiter: `)`", "unexpected closing delimiter: `}`", "this file contains an unclosed delimiter",
    "2 positional arguments in format string, but there is 1 argument", "argument never used",
    "invalid format string: expected `}`, found `+`", "mismatched types", "the name `a` is defined multiple times",
    "method `og` is not a member of trait `T`", "struct `Größe` has no field named `x`", "function `f` is private",
    "invalid suffix `u` for number literal", "Rust has no ternary operator", "expected type, found keyword `mut`",
    "visibility `pub` is not followed by an item", "invalid width `9` for integer literal",
]  # fmt: skip
LABELS = [
    None, "no `b` in `a`", "unclosed delimiter", "...as it matches this but it has different indentation",
    "because of this opening brace", "expected `u8`, found `&str`", "missing open `(` for this delimiter",
    "a field by that name exists in `Self`", "the nearest open delimiter",
]  # fmt: skip


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.name)
@given(data=st.data())
@settings(max_examples=8, deadline=None)
def test_a_kind_that_cannot_help_proposes_nothing_and_never_raises(kind, data) -> None:
    text = data.draw(st.sampled_from(SOURCES))
    places = st.integers(0, len(text))
    index = LineIndex(text)

    def two_places():
        start, end = sorted((data.draw(places), data.draw(places)))
        return index.position(start), index.position(min(end, start + data.draw(st.integers(0, 30))))

    spans = [span(*two_places(), label=data.draw(st.sampled_from(LABELS)), primary=False) for _ in range(2)]
    error = diagnostic(
        data.draw(st.sampled_from(MESSAGES)),
        *two_places(),
        code=data.draw(st.sampled_from(sorted(kind.codes))),
        label=data.draw(st.sampled_from(LABELS)),
        spans=spans,
    )
    site = Site(case(error, text), Crate(items_of(text)))
    for change in kind.find(site):
        assert change.edits
        assert change.label
        assert all(0 <= edit.start <= edit.end <= len(site.case.texts[file]) for file, edit in change.edits)


def test_names_of_kinds_are_different_and_weak_ones_cost_what_weak_ones_cost() -> None:
    assert len({kind.name for kind in TABLE}) == len(TABLE)
    assert all(kind.weak == (kind.cost >= WEAK) for kind in TABLE)
