"""A diff is made again where its lines are now, in all of its files or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepy_core.propose.replay import hunks, replayed
from sleepy_core.text import apply_patch, unified_diff

A = 'mod b;\n\nfn main() {\n    let one = b::Thing::new();\n    println!("{}", one.size);\n}\n'
B = "pub struct Thing {\n    size: u8,\n}\n\nimpl Thing {\n    pub fn new() -> Thing { make(1) }\n}\n"
BEFORE = {"src/main.rs": A, "src/b.rs": B}
AFTER = {"src/main.rs": A.replace("one.size", "one.size()"), "src/b.rs": B.replace("size: u8,", "pub size: u8,")}
DIFF = unified_diff(BEFORE, AFTER)


def again(texts: dict[str, str], names: dict[str, str] | None = None, diff: str = DIFF) -> dict[str, str] | None:
    patch = replayed(diff, texts, names or {}, {})
    return apply_patch(texts, patch) if patch else None


def test_all_files_change_again_where_their_lines_have_moved_to() -> None:
    moved = {
        "src/main.rs": "//! Docs.\n\nuse std::fmt;\n" + A,
        "src/b.rs": B.replace("pub struct", "// x\n\npub struct"),
    }
    assert again(moved) == {
        "src/main.rs": "//! Docs.\n\nuse std::fmt;\n" + AFTER["src/main.rs"],
        "src/b.rs": AFTER["src/b.rs"].replace("pub struct", "// x\n\npub struct"),
    }


def test_lines_around_may_be_others_now() -> None:
    texts = BEFORE | {"src/main.rs": A.replace("let one = b::Thing::new();", "let one = make();")}
    assert again(texts) == AFTER | {"src/main.rs": AFTER["src/main.rs"].replace("b::Thing::new()", "make()")}


def test_new_names_are_put_in_the_old_ones_place() -> None:
    texts = {file: text.replace("size", "weight") for file, text in BEFORE.items()}
    assert again(texts, {"size": "weight"}) == {file: text.replace("size", "weight") for file, text in AFTER.items()}


@pytest.mark.parametrize(
    "texts",
    [
        BEFORE | {"src/b.rs": AFTER["src/b.rs"]},  # half of it was made already
        {"src/main.rs": A},  # a file is gone
        BEFORE | {"src/b.rs": ""},
    ],
)
def test_what_does_not_fit_in_every_file_is_not_made_at_all(texts: dict[str, str]) -> None:
    assert again(texts) is None


def test_of_two_places_the_one_nearest_to_the_old_one_counts() -> None:
    before = "f(a);\n" + "//\n" * 9
    diff = unified_diff({"x.rs": before}, {"x.rs": before.replace("f(a)", "f(&a)")})
    text = "//\n" * 3 + "f(a);\n" + "//\n" * 30 + "f(a);\n" + "//\n" * 9
    made = again({"x.rs": text}, diff=diff)
    assert made == {"x.rs": text.replace("f(a)", "f(&a)", 1)}


def test_line_ends_stay_those_of_the_file() -> None:
    texts = {file: text.replace("\n", "\r\n") for file, text in BEFORE.items()}
    assert again(texts) == {file: text.replace("\n", "\r\n") for file, text in AFTER.items()}


def test_unwritten_bodies_and_whole_rewrites_are_not_repeated() -> None:
    unwritten = unified_diff({"x.rs": "fn f() {}\n"}, {"x.rs": "fn f() { todo!() }\n"})
    assert again({"x.rs": "fn f() {}\n"}, diff=unwritten) is None
    long = "".join(f"let v{n} = {n};\n" for n in range(40))
    assert again({"x.rs": long}, diff=unified_diff({"x.rs": long}, {"x.rs": long.replace("let", "var")})) is None


LINES = st.lists(st.sampled_from(["", "a", "b", "  a", "}", "+", "-x", "@@ -1 +1 @@", "\\ no"]), max_size=12).map(
    "\n".join
)


@given(LINES, LINES)
def test_on_the_text_that_it_was_made_from_a_diff_leads_to_the_same_text_or_to_nothing(old: str, new: str) -> None:
    made = again({"x.rs": old}, diff=unified_diff({"x.rs": old}, {"x.rs": new}))
    # Whether a text ends in a line end is the one thing that is not repeated.
    assert made is None or made["x.rs"].rstrip("\n") == new.rstrip("\n")


@given(st.text(max_size=200), st.text(max_size=60), LINES)
def test_no_diff_and_no_text_make_it_raise(diff: str, text: str, lines: str) -> None:
    for odd in (diff, f"+++ b/x.rs\n@@ -1,9 +1 @@\n{diff}", f"+++ b/x.rs\n@@ -7 +1 @@\n{lines}"):
        again({"x.rs": text}, diff=odd)
        hunks(odd)
