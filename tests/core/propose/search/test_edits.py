"""What holds for every kind of edit: few changes, that apply, with labels that say something; and it never fails."""

# ruff: noqa: E501 (a source is a line)

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.diagnostics import FILE, diagnostic, span
from helpers.edit_kinds import candidates, site_at
from sleepy_core.model import Level, Note, Position, Span
from sleepy_core.propose.search.edits import TABLE
from sleepy_core.propose.search.kinds import WEAK, Kind
from sleepy_core.propose.search.syntax import Tree, descendants
from sleepy_core.text import LineIndex

MUCH = """\
use std::rc::Rc;
#[derive(Debug, Clone)]
/// Größe „x“
pub struct Maß<'a, T: Clone = u8> { pub höhe: &'a T, b: Vec<Rc<Art>>, }
#[derive(Clone)] enum Art { Leer, Voll(u8, u16), Teil { x: u8, // klein
    y: u8 } }
trait Fläche { type Item; const N: usize = 1; fn a<X>(&self, x: X) -> Self::Item where X: Clone; fn b() {} }
impl<'a, T> Fläche for Maß<'a, T> where T: Clone { type Item = u8; fn a(self) -> u8 { let Some(q) = None::<u8>; q } }
fn f<T, const N: usize>(art: Art, mut n: [u8; N], (a, b): (u8, u8)) -> Option<Maß<'static, u8>> {
    let m = Maß { höhe: &1, b: vec![] , };
    match art { Art::Leer | Art::Voll(1, _) => {} Art::Teil { x, .. } => println!("{x} {}", n[0]), }
    'l: for Some(i) in [None, Some(1 as u8)] { if i == 2 { break 'l } else { continue; } }
    let c = |x: u8| -> u8 { x + a }; c(b); self.höhe.borrow_mut(); g(Art::Voll(1, 2), [0; 3], T { a: 1, ..m })
}
"""
SOURCES = [
    MUCH,
    MUCH.replace("\n", "\r\n"),
    MUCH[: len(MUCH) // 2],
    MUCH.replace("}", "", 3).replace("(", "", 2),
    "\n",
    "",
    "\ufeff//! x\r\nuse a::{b, c};\r\n\r\nstruct Größe { wert: u8 }\r\nimpl Größe { fn neu(&self) -> Self { Größe { wert: 1 } } }\r\n",
    "mod a { pub enum E { A, B(u8), C { x: u8 } } }\nfn f(e: a::E) -> u8 { match e { a::E::B(x) => x, E::C(y) => y, _ => 0 } }\n",
    "fn f( {\n    let x = vec![1, 2);\n    println!(\"{} {x\", y;\n    'a: loop { break 'b }\n}}\n#[derive(Debug) enum",
    "trait T { type O; const N: usize; fn go(self, a: u8, (b, c): (u8, u8)); }\nimpl<X: T> T for Vec<X> where X: Clone { fn og() {} }\n",
    "macro_rules! m { ($a:expr) => { $a.len() } }\nfn f() { let é = \"日本\"; m!(é; 1); /* \" */ r#\"raw\"#; self.x = 1; [0; é]; }\n",
]  # fmt: skip
# What most kinds look for is somewhere in one of these.
SAID = [
    "cannot find value `x` in this scope", "cannot find type `E` in module `a`", "unresolved import `a::b`",
    "no method named `go` found for struct `Vec<{integer}>` in the current scope", "no field `x` on type `&Größe`",
    "expected one of `!`, `.`, `::`, `;`, `=>`, `->` or an operator, found `;`", "expected item, found `{`", "``", "",
    "mismatched closing delimiter: `)`", "unexpected closing delimiter: `}`", "this file contains an unclosed delimiter",
    "2 positional arguments in format string, but there is 1 argument", "argument never used",
    "invalid format string: expected `}`, found `+`", "mismatched types", "the name `a` is defined multiple times",
    "method `og` is not a member of trait `T`", "struct `Größe` has no field named `x`", "function `f` is private",
    "invalid suffix `u` for number literal", "Rust has no ternary operator", "expected type, found keyword `mut`",
    "visibility `pub` is not followed by an item", "invalid width `9` for integer literal",
    "the trait bound `Maß<'a, T>: Copy` is not satisfied",
    "missing fields `höhe` and `b` in initializer of `Maß`",
    "non-exhaustive patterns: `&Art::Voll(2_u8..=u8::MAX, _)` and `Art::Leer` not covered",
    "mismatched types: expected `Option<u8>`, found `Art` does not implement `Copy`",
    "this pattern has 3 fields, but the corresponding tuple variant has 2 fields",
    "not all trait items implemented, missing: `a`, `Item`, `N`",
    "method `c` is not a member of trait `Fläche`",
    "struct takes 2 generic arguments but 1 generic argument was supplied with 2 generic parameters: `A`, `B`",
    "variable `x` is not bound in all patterns, `Rc<Art>` cannot be sent between threads safely",
    "no method named `clone` found for type parameter `T` in the current scope",
    "unused variable: `x` must be used: use `y` instead (`Result`)",
]  # fmt: skip
LABELS = [
    None, "no `b` in `a`", "unclosed delimiter", "...as it matches this but it has different indentation",
    "because of this opening brace", "expected `u8`, found `&str`", "missing open `(` for this delimiter",
    "a field by that name exists in `Self`", "the nearest open delimiter",
]  # fmt: skip


PLACES = {
    text: sorted(
        {(tree.start(node), tree.end(node)) for tree in (Tree(text),) for node in descendants(tree.root)}
        | {(start, min(start + start % 30, len(text))) for start in range(0, len(text) + 1, 10)}
    )
    for text in SOURCES
}


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.name)
@given(data=st.data())
@settings(max_examples=10, deadline=None, derandomize=True)
def test_a_kind_never_fails_and_proposes_little(kind: Kind, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(SOURCES))
    index = LineIndex(text)
    said, labels, places = st.sampled_from(SAID), st.sampled_from(LABELS + SAID), st.sampled_from(PLACES[text])

    def place() -> tuple[Position, Position]:
        start, end = data.draw(places)
        return index.position(start), index.position(end)

    def labelled() -> Span:
        return span(*place(), label=data.draw(labels), primary=False)

    error = diagnostic(
        data.draw(said),
        *place(),
        code=data.draw(st.sampled_from(sorted(kind.codes))),
        label=data.draw(labels),
        spans=[labelled(), labelled()],
        notes=[Note(Level.NOTE, data.draw(said)) for _ in range(3)],
    )
    found = candidates(kind.name, site_at(error, {FILE: text}))
    assert len(found) <= 12
    for change, texts in found:
        assert change.edits
        assert all(0 <= edit.start <= edit.end <= len(text) for _, edit in change.edits)
        assert set(texts) == {file for file, _ in change.edits}
        assert 0 < len(change.label) <= 80
        assert "\n" not in change.label


def test_names_of_kinds_are_different_and_weak_ones_cost_what_weak_ones_cost() -> None:
    assert len({kind.name for kind in TABLE}) == len(TABLE)
    assert all(kind.weak == (kind.cost >= WEAK) for kind in TABLE)
