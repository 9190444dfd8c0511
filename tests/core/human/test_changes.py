from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.diagnostics import FILE, diagnostic, marked
from sleepy_core.human.changes import FAR, changes, distance, line_edits, only_deletes, patch_of
from sleepy_core.text import LineIndex, apply_edits, apply_patch

texts = st.lists(st.sampled_from(["a\n", "b\n", "\n", "}\n", "c\r\n", "d\x0c\n", "e"]), max_size=12).map("".join)


@given(texts, texts)
def test_the_changes_of_a_text_lead_to_the_other(old: str, new: str) -> None:
    assert apply_edits(old, line_edits(old, new)) == new
    before = {FILE: old, "same.rs": old, "gone.rs": old}
    after = {FILE: new, "same.rs": old, "new.rs": new}
    made = changes(before, after)
    assert {file for file, _ in made} <= {FILE}
    assert {**before, **apply_patch(before, patch_of(made, before))}[FILE] == new


@pytest.mark.parametrize(
    ("old", "new", "count"),
    [
        ("a\nb\nc\n", "a\nB\nc\n", 1),
        ("a\nb\nc\nd\n", "A\nb\nc\nD\n", 2),
        ("a\nb\n", "A\nB\n", 2),  # neighbours that were each rewritten may belong to two errors
        ("a\nb\n", "A\nB\nC\n", 1),
        ("a\n", "x\na\n", 1),
        ("a\nb\n", "a\n", 1),
        ("a\n", "a\n", 0),
    ],
)
def test_changes_are_as_small_as_lines_tell_them_apart(old: str, new: str, count: int) -> None:
    assert len(line_edits(old, new)) == count


def test_the_distance_to_an_error_is_that_to_the_nearest_place_it_names() -> None:
    text, start, end = marked("one\ntwo\n«three»\nfour\nfive\nsix\n")
    error = diagnostic("m", start, end)
    edits = line_edits(text, "ONE\ntwo\nTHREE\nfour\nfive\nSIX\n")
    index = LineIndex(text)
    assert [distance(error, (FILE, edit), index) for edit in edits] == [2, 0, 3]
    assert distance(error, ("other.rs", edits[0]), index) == FAR


@pytest.mark.parametrize(
    ("old", "new", "code", "deletes"),
    [
        ("a();\n«b»();\nc();\n", "a();\nc();\n", "E0425", True),  # a statement is gone
        ("a();\n«b»();\n", "a();\n// b();\n", "E0425", True),  # and no better as a comment
        ("fn f() {\n  «x»\n}\nfn g() {}\n", "fn g() {}\n", "E0425", True),
        ("fn f() -> u8 {\n  «x»\n}\n", "fn f() -> u8 {\n  todo!()\n}\n", "E0425", True),
        ("let s = «S» { a: 1, b: 2 };\n", "let s = S { a: 1 };\n", "E0560", False),  # a field too many
        ("f(«x», y);\n", "f(y);\n", "E0061", False),
        ("fn f() -> u8 {\n  «1;»\n}\n", "fn f() -> u8 {\n  1\n}\n", "E0308", False),
        ("let «mut» x = 1;\n", "let x = 1;\n", "unused_mut", False),
        ("use «a::B»;\nfn f() {}\n", "fn f() {}\n", "E0432", False),  # an import taken back
        ("pub use «a::B»;\nfn f() {}\n", "fn f() {}\n", "E0432", False),
        ("fn f() {}\nfn «f»() {}\n", "fn f() {}\n", "E0428", False),  # one of two
        ("a();\n«b»();\n", "a();\nc();\n", "E0425", False),  # something else stands there
        ("a();\n«b»();\n", "a();\nb2();\n", "E0425", False),
        ("«drop(v)»;\nuse_it(v);\n", "use_it(v);\n", "E0382", True),
    ],
)
def test_a_fix_that_only_deletes_the_code_with_the_error_is_known(old: str, new: str, code: str, deletes: bool) -> None:
    text, start, end = marked(old)
    made = changes({FILE: text}, {FILE: new})
    assert only_deletes(made, {FILE: text}, diagnostic("m", start, end, code=code)) is deletes
