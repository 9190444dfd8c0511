"""Several candidates become one text, and what is said of it is told apart again."""

from __future__ import annotations

import pytest

from sleepy_core.batch import Body, Entangled, Split, body_of, choose, combine
from sleepy_core.model import Diagnostic, Edit, FilePatch, Level, Patch, Span
from sleepy_core.text import LineIndex, digest

FILE = "src/lib.rs"
TEXT = """\
struct A;
impl A {
    /// Says it.
    #[inline]
    pub fn one(&self) -> usize { self.size() }
}
#[cfg(test)]
fn two() -> usize { let n = wide(); n }
impl Clone for A { fn clone(&self) -> A { Bad } }
fn three() { fn inner() {} struct S; inner(S) }
"""


def error(text: str, at: str, message: str = "") -> Diagnostic:
    lines = LineIndex(text)
    start = text.index(at)
    span = Span(FILE, lines.position(start), lines.position(start + len(at)))
    return Diagnostic("E0308", Level.ERROR, message or at, FILE, span, "app", "lib")


def body(old: str, new: str, text: str = TEXT) -> Body | None:
    at = text.index(old)
    patch = Patch((FilePatch(FILE, digest(text), (Edit(at, at + len(old), new),)),))
    return body_of({FILE: text}, patch, error(text, old))


def bodies(*changes: tuple[str, str]) -> list[Body]:
    found = [body(*change) for change in changes]
    assert None not in found
    return [b for b in found if b is not None]


def test_a_change_inside_of_a_body_has_that_body() -> None:
    found = body("size()", "len()")
    assert found is not None
    assert TEXT[found.start : found.end] == "pub fn one(&self) -> usize { self.size() }"
    assert found.copyable


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("-> usize { self", "-> u8 { self"),  # the signature concerns others
        ("struct A;", "struct A(u8);"),
        ("self.size()", "self.size() }"),  # the body would end elsewhere
        ("self.size()", "0 } fn four() { 1"),
        ("wide()", "wide("),
    ],
)
def test_other_changes_have_none(old: str, new: str) -> None:
    assert body(old, new) is None


def test_a_change_elsewhere_than_the_error_has_none() -> None:
    at = TEXT.index("wide")
    patch = Patch((FilePatch(FILE, digest(TEXT), (Edit(at, at + 4, "high"),)),))
    assert body_of({FILE: TEXT}, patch, error(TEXT, "size()")) is None


@pytest.mark.parametrize("change", [("wide()", "high()"), ("Bad", "A"), ("inner(S)", "inner()")])
def test_what_may_not_be_there_twice_is_compiled_once(change: tuple[str, str]) -> None:
    """A copy of a `cfg`, of a trait's method, of inner items."""
    (found,) = bodies(change)
    assert not found.copyable
    assert choose([found, found], 8) == [0]


def test_candidates_of_one_function_stand_behind_each_other() -> None:
    found = bodies(("size()", "len()"), ("wide()", "high()"), ("size()", "count()"))
    assert choose(found, 8) == [0, 1, 2]
    assert choose(found, 2) == [0, 1]
    combined = combine({FILE: TEXT}, found)
    expected = TEXT.replace("wide()", "high()").replace(
        "usize { self.size() }",
        "usize { self.len() }\npub fn one__candidate_2(&self) -> usize { self.count() }",
    )
    assert combined.texts == {FILE: expected}


def test_each_gets_the_errors_that_it_would_have_alone() -> None:
    found = bodies(("size()", "len()"), ("wide()", "high()"), ("size()", "count()"))
    combined = combine({FILE: TEXT}, found)
    text = combined.texts[FILE]
    known = [error(TEXT, "size()"), error(TEXT, "wide()"), error(TEXT, "inner(S)")]
    split = Split(combined, known)
    assert split.give(error(text, "count()", "in `one__candidate_2`"))[0] == (2,)
    assert split.give(error(text, "high()"))[0] == (1,)
    assert split.give(error(text, "inner(S)"))[0] == range(3)
    said = [[d.message for d in split.errors(number)] for number in range(3)]
    assert said == [["wide()", "inner(S)"], ["size()", "high()", "inner(S)"], ["wide()", "in `one`", "inner(S)"]]


def test_a_new_error_of_nobody_says_nothing_of_anybody() -> None:
    combined = combine({FILE: TEXT}, bodies(("size()", "len()")))
    split = Split(combined, [error(TEXT, "size()")])
    with pytest.raises(Entangled):
        split.give(error(combined.texts[FILE], "struct A"))
