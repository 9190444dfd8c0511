"""Whatever the text and the span, a kind of edit proposes few, short, applicable changes, and never fails."""

import random

import pytest

from helpers.edit_kinds import candidates, site
from sleepy_core.model import Level, Note
from sleepy_core.propose.search.edits import TABLE
from sleepy_core.propose.search.kinds import Kind
from sleepy_core.propose.search.syntax import Tree, descendants

TEXT = """\
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
# One message for all: what most kinds look for is somewhere in it.
SAID = [
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
    "",
]
TEXTS = {
    "plain": TEXT,
    "crlf": TEXT.replace("\n", "\r\n"),
    "cut off": TEXT[: len(TEXT) // 2],
    "unbalanced": TEXT.replace("}", "", 3).replace("(", "", 2),
    "empty": "\n",
}


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.name)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_kind_never_fails_and_proposes_little(kind: Kind, text: str) -> None:
    chosen = random.Random(kind.name)  # the same places in every run
    tree = Tree(text)
    spans = [(tree.start(node), tree.end(node)) for node in descendants(tree.root)]
    spans += [(start, start) for start in range(0, len(text), 40)]
    for start, end in chosen.choices(spans, k=10):
        marked = f"{text[:start]}«{text[start:end]}»{text[end:]}"
        said = chosen.choice(SAID)
        notes = [Note(Level.NOTE, other) for other in chosen.sample(SAID, 3)]
        found = candidates(kind.name, site(marked, min(kind.codes), said, label=chosen.choice(SAID), notes=notes))
        assert len(found) <= 12
        for change, texts in found:
            assert change.edits
            assert 0 < len(change.label) <= 80
            assert "\n" not in change.label
            assert set(texts) == {file for file, _ in change.edits}
