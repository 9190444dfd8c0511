from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sleepy_core.model import Edit, FilePatch, Patch
from sleepy_core.repairs import rebase
from sleepy_core.text import apply_patch, digest

words = st.text(st.sampled_from("abc\n"), max_size=20)


@given(head=words, old=words, tail=words, new_head=words)
def test_a_repair_moves_with_its_lines_when_something_else_changes(
    head: str, old: str, tail: str, new_head: str
) -> None:
    # The marks keep what changes and what is repaired apart.
    before = f"{head}<[{old}]{tail}"
    after = f"{new_head}<[{old}]{tail}"
    start = before.index("[")
    patch = Patch((FilePatch("a", digest(before), (Edit(start, start + len(old) + 2, "!"),)),))
    moved = rebase(patch, {"a": before}, {"a": after})
    assert moved is not None
    assert apply_patch({"a": after}, moved) == {"a": f"{new_head}<!{tail}"}


def test_a_repair_of_lines_that_were_touched_is_given_up() -> None:
    patch = Patch((FilePatch("a", digest("one two three"), (Edit(4, 7, "2"),)),))
    assert rebase(patch, {"a": "one two three"}, {"a": "one tWo three"}) is None


def test_a_repair_of_a_file_that_is_gone_is_given_up() -> None:
    patch = Patch((FilePatch("a", digest("x"), (Edit(0, 1, "y"),)),))
    assert rebase(patch, {"a": "x"}, {}) is None
