"""Whatever a model writes is read as a patch or rejected with a reason; nothing raises."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.diagnostics import FILE
from sleepy_core.model import Patch
from sleepy_core.propose.answer import Rejection, read_edits, read_span
from sleepy_core.propose.prompt import Region
from sleepy_core.text import apply_patch

TEXT = "fn f(name: String) {\n    let n = takes(name);\n    show(n);\n}\n"
LINE = Region(FILE, 1, 1)


def span(answer: str, region: Region = LINE, text: str = TEXT) -> str:
    """The lines that replaced the region, or the reason against them."""
    found = read_span(answer, region, text)
    if isinstance(found, Rejection):
        return f"rejected: {found.reason}"
    after = apply_patch({FILE: text}, found)[FILE]
    start = sum(len(line) for line in text.splitlines(keepends=True)[: region.first])
    end = sum(len(line) for line in text.splitlines(keepends=True)[region.last + 1 :])
    return after[start : len(after) - end]


GOOD = "    let n = takes(&name);\n"


@pytest.mark.parametrize(
    "answer",
    [
        "    let n = takes(&name);",
        "let n = takes(&name);",
        "  let n = takes(&name);\n\n",
        "```rust\n    let n = takes(&name);\n```",
        "```\nlet n = takes(&name);\n```\nThis borrows the name instead of moving it.",
        "Here is the repaired line:\n\n```rust\nlet n = takes(&name);",
        "Sure, here is the line:\nlet n = takes(&name);",
        "Answer:\nlet n = takes(&name);",
        "let n = takes(&name);\n\nThe value is borrowed now (see E0308).",
        "Rewrite:\n    let n = takes(&name);",
        "Rewrite: let n = takes(&name);",
        "2| let n = takes(&name);",
        " > 2 |     let n = takes(&name);",
        "2: let n = takes(&name);",
        "> let n = takes(&name);",
        "src/lib.rs:\n  fn f(name: String) {\n>     let n = takes(&name);\n      show(n);",
        "`let n = takes(&name);`",
        "src/lib.rs:\nlet n = takes(&name);",
        "// src/lib.rs\nlet n = takes(&name);",
        "-    let n = takes(name);\n+    let n = takes(&name);",
        "    let n = takes(&name);\r\n",
        "error[E0308]: mismatched\nlet n = takes(&name);",
    ],
)
def test_a_readable_answer_becomes_the_line_in_its_place(answer: str) -> None:
    assert span(answer) == GOOD


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "empty"),
        (" \n\t\n", "empty"),
        ("I am sorry, I cannot help with that.", "prose"),
        ("You should borrow the name here.\nThat is what the compiler says.", "prose"),
        ("    let n = takes(name);", "changes nothing"),
        ("let n=takes( name ); // fixed", "changes nothing"),
        ("// removed", "deletes the code"),
        ("let n = todo!();", "unwritten"),
        ('let n = unimplemented!("later");', "unwritten"),
        ("src/main.rs:\nlet n = takes(&name);", "src/main.rs, not about src/lib.rs"),
        ("// ../../etc/passwd.rs\nlet n = takes(&name);", "not about src/lib.rs"),
        ('let n = include!("../../secret");', "outside"),
        ("let n = takes(&name);\x1b[31m", "control"),
        ("let n = takes(&name); // \u202e", "control"),
        ("let n = takes(&name);\n" * 60, "longer"),
        ("x" * 100_000, "longer"),
    ],
)
def test_an_answer_that_is_no_repair_is_rejected_with_its_reason(answer: str, reason: str) -> None:
    assert reason in span(answer)
    assert span(answer).startswith("rejected: ")


def test_one_line_may_become_several() -> None:
    assert span("let b = &name;\nlet n = takes(b);") == "    let b = &name;\n    let n = takes(b);\n"


def test_only_the_first_line_lost_its_indentation() -> None:
    region = Region(FILE, 1, 2)
    assert span("let n = takes(&name);\n    show(n);", region) == GOOD + "    show(n);\n"


def test_deeper_lines_keep_their_depth() -> None:
    assert span("if ok {\n    go(&name);\n}") == "    if ok {\n        go(&name);\n    }\n"


def test_tabs_stay_tabs() -> None:
    text = "fn f() {\n\tlet n = takes(name);\n}\n"
    assert span("let n = takes(&name);", LINE, text) == "\tlet n = takes(&name);\n"


def test_line_ends_of_the_file_are_kept() -> None:
    text = TEXT.replace("\n", "\r\n")
    assert span("let b = &name;\nlet n = takes(b);", LINE, text) == "    let b = &name;\r\n    let n = takes(b);\r\n"


def test_a_byte_order_mark_is_kept() -> None:
    patch = read_span("fn f(x: u8) {", Region(FILE, 0, 0), "\ufefffn f() {\n}\n")
    assert isinstance(patch, Patch)
    assert apply_patch({FILE: "\ufefffn f() {\n}\n"}, patch)[FILE] == "\ufefffn f(x: u8) {\n}\n"


def test_context_that_the_answer_repeats_is_left_out_when_brackets_say_so() -> None:
    assert span("    let n = takes(&name);\n    show(n);\n}") == GOOD
    assert span("fn f(name: String) {\n    let n = takes(&name);") == GOOD


def test_a_statement_that_is_dropped_is_no_repair() -> None:
    assert "deletes" in span("    show(n);", Region(FILE, 1, 2))


def test_the_edit_is_no_larger_than_the_change() -> None:
    patch = read_span("let n = takes(&name);", LINE, TEXT)
    assert isinstance(patch, Patch)
    assert patch.size == 1


@given(st.text(), st.integers(0, 3), st.integers(0, 2))
def test_any_answer_in_the_span_format_is_a_patch_that_applies_or_a_rejection(
    answer: str, first: int, more: int
) -> None:
    found = read_span(answer, Region(FILE, first, min(3, first + more)), TEXT)
    if isinstance(found, Patch):
        assert apply_patch({FILE: TEXT}, found)[FILE] != TEXT
    else:
        assert found.reason


PIECES = [
    "```rust\n",
    "```",
    "let n = takes(&name);",
    "Rewrite:",
    "\n",
    "    ",
    "2|",
    ">",
    "+",
    "-",
    "}",
    "{",
    "words here",
    "//",
    '"',
]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_mixture_of_what_models_write_is_read(answer: str) -> None:
    assert isinstance(read_span(answer, LINE, TEXT), Patch | Rejection)
    assert isinstance(read_edits(answer, LINE, TEXT), Patch | Rejection)


def edits(*given_edits: dict[str, Any], **more: Any) -> str:
    return json.dumps({"edits": list(given_edits), **more})


def edit(
    line: int = 2, old: str = "    let n = takes(name);", new: str = "    let n = takes(&name);"
) -> dict[str, Any]:
    return {"line": line, "old": old, "new": new}


def read(answer: str, text: str = TEXT) -> str:
    found = read_edits(answer, LINE, text)
    return f"rejected: {found.reason}" if isinstance(found, Rejection) else apply_patch({FILE: text}, found)[FILE]


BORROWED = TEXT.replace("(name);", "(&name);")


@pytest.mark.parametrize(
    "answer",
    [
        edits(edit()),
        edits(edit(old="let n = takes(name);  ", new="let n = takes(&name);")),
        "Here you are:\n```json\n" + edits(edit()) + "\n```\nIt borrows { now }.",
        "{not json} " + edits(edit()),
        edits(edit(line=3)),  # the number is wrong, the line is there once
        edits(edit(), file=FILE),
    ],
)
def test_line_edits_that_repeat_the_line_are_made(answer: str) -> None:
    assert read(answer) == BORROWED


def test_edits_of_several_places_and_of_several_lines_are_made_together() -> None:
    answer = edits(
        edit(line=1, old="fn f(name: String) {", new="fn f(name: &str) {"),
        edit(line=2, old="    let n = takes(name);\n    show(n);", new="    show(takes(name));"),
    )
    assert read(answer) == "fn f(name: &str) {\n    show(takes(name));\n}\n"


def test_a_line_may_move() -> None:
    answer = edits(edit(line=3, old="    show(n);", new=""), edit(line=2, new="    let n = 1;\n    show(n);"))
    assert read(answer) == "fn f(name: String) {\n    let n = 1;\n    show(n);\n}\n"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("no json", "not a JSON object"),
        ("[1, 2]", "not a JSON object"),
        ('{"edits": 5}', "not a JSON object"),
        ('{"edits": []}', "0 edits"),
        (edits(*[edit()] * 40), "40 edits"),
        (edits(edit(old="let m = takes(name);")), "not what the answer says"),
        (edits(edit(line=99, old="")), "not what the answer says"),
        (edits(edit(), edit()), "same line"),
        (edits({"line": "2", "old": "a", "new": "b"}), "lacks"),
        (edits({"line": True, "old": "a", "new": "b"}), "lacks"),
        (edits(edit(new="")), "deletes"),
        (edits(edit(new="let n = todo!();")), "unwritten"),
        (edits(edit(), file="../other.rs"), "../other.rs"),
        (edits({**edit(), "file": "src/main.rs"}), "src/main.rs"),
        (edits(edit(new="let n = \x00;")), "control"),
        ('{"edits": ' + "[" * 5000, "not a JSON object"),
        ("x" * 1_000_000, "longer"),
    ],
)
def test_line_edits_that_do_not_fit_are_rejected_as_a_whole(answer: str, reason: str) -> None:
    assert reason in read(answer)


def test_a_line_that_is_there_twice_needs_its_right_number() -> None:
    text = "f(a);\ng();\nf(a);\n"
    assert "not what" in read(edits(edit(line=2, old="f(a);", new="f(&a);")), text)
    assert read(edits(edit(line=3, old="f(a);", new="f(&a);")), text) == "f(a);\ng();\nf(&a);\n"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda c: st.lists(c) | st.dictionaries(st.text(), c),
    max_leaves=5,
)
any_edit = st.fixed_dictionaries(
    {
        "line": st.integers(-2, 6) | json_values,
        "old": st.sampled_from(TEXT.split("\n")) | json_values,
        "new": st.text() | json_values,
    }
)


@given(st.lists(any_edit | json_values, max_size=3))
def test_any_json_is_a_patch_that_applies_or_a_rejection(given_edits: list[Any]) -> None:
    found = read_edits(json.dumps({"edits": given_edits}), LINE, TEXT)
    if isinstance(found, Patch):
        assert apply_patch({FILE: TEXT}, found)[FILE] != TEXT
