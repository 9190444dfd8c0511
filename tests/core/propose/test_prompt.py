"""The questions are the same each time, name the right lines, and fit into the context."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.diagnostics import FILE, diagnostic, insert, marked, span, suggestion
from sleepy_core.engines.protocol import Capabilities, Message
from sleepy_core.engines.tokens import estimate_messages
from sleepy_core.model import Level, Note, Position, SpanEdit
from sleepy_core.propose.prompt import (
    EDITS_SYSTEM,
    SPAN_SYSTEM,
    Region,
    compiler_text,
    regions,
    render_edits,
    render_span,
    style_for,
    trim_middle,
)

TEXT = "fn f(name: String) {\n    let n = takes(name);\n    show(n);\n}\n"
LINE = Region(FILE, 1, 1)


def test_the_span_format() -> None:
    assert render_span("error[E0308]: mismatched types\n", TEXT, LINE, tokens=2000) == (
        Message("system", SPAN_SYSTEM),
        Message(
            "user",
            "error[E0308]: mismatched types\n"
            "\n"
            "src/lib.rs:\n"
            "  fn f(name: String) {\n"
            ">     let n = takes(name);\n"
            "      show(n);\n"
            "  }\n"
            "  \n"
            "\n"
            "Rewrite:\n"
            "    let n = takes(name);",
        ),
    )


def test_the_line_edits_format() -> None:
    assert render_edits("error: x", TEXT, LINE, tokens=2000) == (
        Message("system", EDITS_SYSTEM),
        Message(
            "user",
            "error: x\n"
            "\n"
            "src/lib.rs:\n"
            "1| fn f(name: String) {\n"
            "2|     let n = takes(name);\n"
            "3|     show(n);\n"
            "4| }\n"
            "5| \n"
            "\n"
            "The error is at line 2. Edits:",
        ),
    )


def test_lines_left_out_between_two_regions_are_marked() -> None:
    text = "".join(f"line{i}();\n" for i in range(200))
    (_, user) = render_edits("error: x", text, Region(FILE, 10, 10), tokens=4000, also=(Region(FILE, 150, 150),))
    assert "\n…\n" in user.content
    assert "\n151| line150();\n" in user.content
    assert "line100()" not in user.content


@given(st.integers(150, 3000), st.text(max_size=4000))
def test_a_prompt_fits_into_its_room_or_is_not_made(tokens: int, message: str) -> None:
    text = "".join(f"    let value_{i} = compute({i});\n" for i in range(100))
    for messages in (
        render_span(message, text, Region(FILE, 50, 52), tokens=tokens),
        render_edits(message, text, Region(FILE, 50, 52), tokens=tokens),
    ):
        assert not messages or estimate_messages(messages) <= tokens


def test_a_small_room_keeps_the_error_and_the_line() -> None:
    text = "".join(f"    let value_{i} = compute({i});\n" for i in range(100))
    message = "error[E0308]: mismatched types\n" + "\n".join(f"  = note: number {i} of many" for i in range(100))
    (_, user) = render_span(message, text, Region(FILE, 50, 50), tokens=400)
    assert user.content.startswith("error[E0308]: mismatched types\n")
    assert "lines left out" in user.content
    assert user.content.endswith("Rewrite:\n    let value_50 = compute(50);")


def test_a_line_that_fills_the_context_is_not_asked_about() -> None:
    assert render_span("error: x", "x" * 100_000, Region(FILE, 0, 0), tokens=4000) == ()


def test_the_middle_is_trimmed_and_the_helps_at_the_end_stay() -> None:
    text = "\n".join(["error: x", *(f"note {i}" for i in range(50)), "help: borrow it"])
    trimmed = trim_middle(text, 100)
    assert trimmed.startswith("error: x\nnote 0\n")
    assert trimmed.endswith("\nhelp: borrow it")
    assert "\n… 4" in trimmed


@given(st.text(), st.integers(0, 200))
def test_trimmed_text_is_bounded(text: str, characters: int) -> None:
    assert len(trim_middle(text, characters)) <= characters + 40


@pytest.mark.parametrize(
    ("engine", "capabilities", "style"),
    [
        ("embedded", Capabilities(8192, schema=True), "span"),
        ("ollama", Capabilities(8192, schema=True), "edits"),
        ("openai", Capabilities(8192, schema=False), "span"),
        ("ollama", Capabilities(2048, schema=True), "span"),
    ],
)
def test_the_format_follows_from_the_engine(engine: str, capabilities: Capabilities, style: str) -> None:
    assert style_for(engine, capabilities) == style


class TestRegions:
    def test_the_helps_line_comes_before_the_primary_one_before_the_labelled_ones(self) -> None:
        text = "a();\nb();\nc();\nd();\n"
        error = diagnostic(
            "m",
            Position(1, 0),
            Position(1, 1),
            suggestions=[suggestion("s", insert(text, "d();", "&"))],
            spans=[span(Position(0, 0), Position(0, 1), label="moved here", primary=False)],
            notes=[Note(Level.HELP, "h", (span(Position(2, 0), Position(2, 1)),))],
        )
        assert [region.first for region in regions(error, {FILE: text})][:4] == [3, 1, 0, 2]

    def test_edits_of_one_suggestion_are_one_region(self) -> None:
        text = "f(\n    a,\n);\n"
        error = diagnostic(
            "m",
            Position(1, 4),
            Position(1, 5),
            suggestions=[suggestion("s", insert(text, "f(", "Some("), insert(text, ";", ")"))],
        )
        assert regions(error, {FILE: text}) == [Region(FILE, 0, 2), Region(FILE, 1, 1)]

    def test_a_span_of_several_lines_is_widened_until_its_brackets_close(self) -> None:
        text, start, end = marked("x();\nlet a = «f(\n    b»,\n    c,\n);\ny();\n")
        assert regions(diagnostic("m", start, end), {FILE: text}) == [Region(FILE, 1, 4)]

    def test_a_span_of_one_line_stays_one_line(self) -> None:
        text, start, end = marked("«fn f() {»\n    x\n}\n")
        assert regions(diagnostic("m", start, end), {FILE: text})[0] == Region(FILE, 0, 0)

    def test_a_span_that_ends_at_a_lines_beginning_does_not_take_that_line(self) -> None:
        error = diagnostic("m", Position(0, 0), Position(1, 0))
        assert regions(error, {FILE: "a();\nb();\n"}) == [Region(FILE, 0, 0)]

    def test_after_the_single_places_come_all_of_them_together_then_the_function_around_the_error(self) -> None:
        text = "use a;\nfn f() {\n    b();\n    c();\n    d();\n}\n"
        error = diagnostic(
            "m",
            Position(2, 4),
            Position(2, 5),
            spans=[span(Position(4, 4), Position(4, 5), label="here", primary=False)],
        )
        single = [Region(FILE, 2, 2), Region(FILE, 4, 4)]
        assert regions(error, {FILE: text}) == [*single, Region(FILE, 2, 4), Region(FILE, 1, 5)]

    def test_what_is_too_long_to_be_written_anew_is_not_asked_about_as_a_whole(self) -> None:
        text = "fn f() {\n" + "    b();\n" * 40 + "}\n"
        far = span(Position(39, 4), Position(39, 5), label="here", primary=False)
        found = regions(diagnostic("m", Position(1, 4), Position(1, 5), spans=[far]), {FILE: text})
        assert found == [Region(FILE, 1, 1), Region(FILE, 39, 39)]

    def test_files_that_cannot_be_read_and_empty_lines_are_left_out(self) -> None:
        top = Position(0, 0)
        foreign = suggestion("s", SpanEdit("other.rs", top, top, "x"))
        blank = suggestion("s", SpanEdit(FILE, top, top, "use a::B;\n"))
        error = diagnostic("m", Position(1, 0), Position(1, 1), suggestions=[foreign, blank])
        assert regions(error, {FILE: "\nb();\n"}) == [Region(FILE, 1, 1)]

    @given(st.text(max_size=80), st.tuples(*[st.integers(0, 9)] * 4))
    def test_any_span_gives_lines_that_exist(self, text: str, at: tuple[int, int, int, int]) -> None:
        for region in regions(diagnostic("m", Position(at[0], at[1]), Position(at[2], at[3])), {FILE: text}):
            assert 0 <= region.first <= region.last <= text.count("\n")


def test_without_a_rendering_the_message_its_labels_and_notes_are_told() -> None:
    error = diagnostic(
        "mismatched types", Position(0, 0), Position(0, 1), label="expected `A`", notes=[Note(Level.HELP, "try B")]
    )
    assert compiler_text(replace(error, rendered="")) == "error[E0308]: mismatched types\nexpected `A`\nhelp: try B"
