"""A change is named by what it does."""

from __future__ import annotations

import pytest

from helpers.diagnostics import FILE, insert, suggestion
from sleepy_core.propose.labels import MAX_LABEL, change_label, compiler_label, shorten


@pytest.mark.parametrize(
    ("before", "after", "label"),
    [
        ("a\nlet x = conter + 1;\n", "a\nlet x = counter + 1;\n", "write `counter` for `conter`"),
        ("a\nf(x);\n", "a\nf(&x);\n", "rewrite line 2: `f(&x);`"),
        ("a\nb\nc\n", "a\nb(1)\nc(1)\n", "rewrite lines 2 to 3: `b(1)`"),
        ("fn f() {}\n", "use a::B;\nfn f() {}\n", "add `use a::B;`"),
        ("a\nb\n", "a\n", "remove `b`"),
        ("a\nb\nc\n", "1\nb\n2\n", "change 2 lines in 2 places"),
        ("a\n", "a\n", "change nothing"),
    ],
)
def test_labels_of_changes(before: str, after: str, label: str) -> None:
    assert change_label(before, after) == label


def test_a_long_label_is_cut_with_its_backticks_in_pairs() -> None:
    label = shorten("rewrite it: `" + "x" * 200 + "`")
    assert len(label) == MAX_LABEL
    assert label.endswith("…`")


def test_a_long_file_is_compared_quickly() -> None:
    text = "}\n" * 50_000
    assert change_label(text, text + "x\n") == "add `x`"


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("made(1)", "made(1).into()"),
        ("self.made(1)[0]", "self.made(1)[0].into()"),
        ("made!(1)", "made!(1).into()"),
        ("(1 + n)", "(1 + n).into()"),
    ],
)
def test_the_whole_expression_that_something_is_appended_to_is_named(code: str, result: str) -> None:
    text = f"fn f() -> u64 {{\n    {code}\n}}\n"
    converted = suggestion("you can convert a `u32` to a `u64`", insert(text, "\n}", ".into()"))
    assert compiler_label(converted, {FILE: text}) == f"convert `u32` to `u64`: `{result}`"
