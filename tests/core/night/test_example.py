from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.diagnostics import diagnostic, marked
from sleepy_core.engines.protocol import Message
from sleepy_core.night.example import Example, read_examples, span_example, write_examples


def made(source: str, after: str, tokens: int = 1024) -> Example | None:
    text, start, end = marked(source)
    fault = diagnostic("mismatched types", start, end)
    return span_example(
        fault, text, after, id="1", family="f", signature="s", weight=1.0, source="human", tokens=tokens
    )


@pytest.mark.parametrize(
    ("source", "after", "answer"),
    [
        ("a\n«b»\nc\n", "a\nB\nc\n", "B"),
        ("a\n«b»\nc\n", "a\nx\nb\nc\n", "x\nb"),
        ("a\n«b»\nc\n", "a\nc\n", ""),
        ("«b»", "B", "B"),
        ("a\n«b»\na\nb\n", "a\nb\nb\na\nb\n", "b\nb"),
        ("a\n«b»\nc\n", "A\nB\nc\n", None),  # another line as well
        ("a\n«b»\nc\n", "a\nb\nC\n", None),
    ],
)
def test_the_answer_is_what_stands_in_the_place_of_the_lines_that_are_asked_about(
    source: str, after: str, answer: str | None
) -> None:
    example = made(source, after)
    assert (example.answer if example else None) == answer


def test_what_no_prompt_has_room_for_is_no_example() -> None:
    assert made("«b»\n" + "c" * 4000, "B\n" + "c" * 4000, tokens=20) is None


@given(
    st.lists(
        st.builds(
            Example,
            id=st.text(),
            family=st.text(),
            signature=st.text(),
            messages=st.lists(st.builds(Message, st.sampled_from(["system", "user"]), st.text())).map(tuple),
            answer=st.text(),
            weight=st.floats(0, 1),
            source=st.sampled_from(["koan", "accepted", "human", "verified"]),
        )
    )
)
def test_examples_come_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, examples: list[Example]
) -> None:
    path: Path = tmp_path_factory.mktemp("examples") / "train.jsonl"
    write_examples(path, examples)
    assert list(read_examples(path)) == examples
