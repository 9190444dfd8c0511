from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sleepy_core.errors import PatchError
from sleepy_core.model import Edit, FilePatch, Patch, Position, SpanEdit
from sleepy_core.text import (
    LineIndex,
    apply_edits,
    apply_patch,
    digest,
    patch_from_span_edits,
    unified_diff,
    utf8_to_column,
    utf16_length,
    utf16_to_column,
)

lines = st.lists(st.text(st.sampled_from("ab \tçß𝄞{}"), max_size=6), max_size=8)
texts = st.builds(lambda ls, end: end.join(ls), lines, st.sampled_from(["\n", "\r\n"]))


@given(texts, st.integers(0, 60))
def test_an_offset_survives_the_way_over_its_position(text: str, offset: int) -> None:
    index = LineIndex(text)
    offset = min(offset, len(text))
    position = index.position(offset)
    # Only a place between \r and \n has no column of its own.
    if not text[:offset].endswith("\r") or text[offset : offset + 1] != "\n":
        assert index.offset(position) == offset


@pytest.mark.parametrize(
    ("text", "position", "offset"),
    [
        ("", Position(0, 0), 0),
        ("ab\ncd", Position(1, 1), 4),
        ("ab\r\ncd", Position(0, 9), 2),
        ("ab\r\ncd", Position(1, 0), 4),
        ("ab", Position(7, 0), 2),
        ("\ufeffab", Position(0, 1), 2),
        ("a\n\nb", Position(1, 5), 2),
    ],
)
def test_a_column_past_the_end_means_the_end_of_the_line(text: str, position: Position, offset: int) -> None:
    assert LineIndex(text).offset(position) == offset


def test_rustc_does_not_count_a_byte_order_mark() -> None:
    index = LineIndex("\ufefffn main() {}")
    assert index.position(1) == Position(0, 0)
    assert index.offset(Position(0, 0)) == 1


@given(st.text(max_size=20))
def test_utf16_columns_agree_with_the_encoded_length(line: str) -> None:
    for column in range(len(line) + 1):
        units = len(line[:column].encode("utf-16-le", "surrogatepass")) // 2
        assert utf16_length(line[:column]) == units
        assert utf16_to_column(line, units) == column


def test_inside_of_a_wide_character_rounds_down() -> None:
    assert utf16_to_column("a𝄞b", 2) == 1
    assert utf8_to_column("aßb", 2) == 1
    assert utf8_to_column("aßb", 3) == 2


@pytest.mark.parametrize(
    "edits",
    [
        [Edit(0, 2, "x"), Edit(1, 3, "y")],
        [Edit(2, 9, "")],
        [Edit(3, 2, "")],
    ],
)
def test_edits_that_overlap_or_leave_the_text_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(PatchError):
        apply_edits("abcd", edits)


def test_a_patch_for_another_text_is_refused() -> None:
    patch = Patch((FilePatch("a.rs", digest("old"), (Edit(0, 1, "x"),)),))
    with pytest.raises(PatchError, match="changed since"):
        apply_patch({"a.rs": "new"}, patch)
    with pytest.raises(PatchError, match="not there"):
        apply_patch({}, patch)


def test_span_edits_become_offsets_and_equal_ones_are_one() -> None:
    edit = SpanEdit("a.rs", Position(1, 0), Position(1, 1), "&c")
    patch = patch_from_span_edits({"a.rs": "ab\ncd\n"}, [edit, edit])
    assert apply_patch({"a.rs": "ab\ncd\n"}, patch) == {"a.rs": "ab\n&cd\n"}


def test_the_diff_of_a_change_in_a_long_file_is_the_one_that_git_makes(tmp_path: Path) -> None:
    lines = [f"line {n}\n" for n in range(1000)]
    old = "".join(lines)
    new = "".join([*lines[:500], "new\n", *lines[503:990], "end"])
    (tmp_path / "old").write_text(old)
    (tmp_path / "new").write_text(new)
    argv = ["git", "diff", "--no-index", "old", "new"]
    made = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    ours = unified_diff({"a.rs": old}, {"a.rs": new})
    # git writes the line above into a hunk's header, too.
    assert [re.sub("@@ line.*", "@@", line) for line in made.splitlines()[4:]] == ours.splitlines()[3:]


@example(old="\n\n\n\na", new="a\n\n\n\na")
@given(old=texts, new=texts)
def test_git_applies_our_diffs(tmp_path_factory: pytest.TempPathFactory, old: str, new: str) -> None:
    diff = unified_diff({"a.rs": old}, {"a.rs": new})
    if old == new:
        assert diff == ""
        return
    if not old or not new:
        return  # an empty file's diff has other headers in git; patches never make or remove files
    folder: Path = tmp_path_factory.mktemp("git")
    (folder / "a.rs").write_bytes(old.encode())
    subprocess.run(["git", "apply", "--whitespace=nowarn", "-"], input=diff.encode(), cwd=folder, check=True)
    assert (folder / "a.rs").read_bytes().decode() == new
