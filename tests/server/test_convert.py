"""Our values as the editor has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from helpers.fake_app import diagnostic, offer
from sleepy_core.model import Edit, Identity, Level, Note, Position, Span, VerdictKind
from sleepy_core.text import LineIndex
from sleepy_server.convert import Places, diagnostic_key, overlaps, title, to_lsp_diagnostic

UTF8, UTF16, UTF32 = (
    types.PositionEncodingKind.Utf8,
    types.PositionEncodingKind.Utf16,
    types.PositionEncodingKind.Utf32,
)
TEXTS = st.text(alphabet=st.sampled_from("ab é€😀\t\x0c\u2028\n"), max_size=60).map(
    lambda text: text.replace("\t", "\r\n")
)


@pytest.mark.parametrize(
    ("text", "offset", "encoding", "line", "character"),
    [
        ("let x = 1;", 4, UTF16, 0, 4),
        ("a\nbc", 3, UTF16, 1, 1),
        ("a\r\nbc", 4, UTF16, 1, 1),
        ("😀x", 1, UTF16, 0, 2),
        ("😀x", 1, UTF8, 0, 4),
        ("😀x", 1, UTF32, 0, 1),
        ("é€x", 2, UTF8, 0, 5),
        ("é€x", 2, UTF16, 0, 2),
        ("a\x0cb\u2028c", 4, UTF16, 0, 4),
        ("", 0, UTF16, 0, 0),
        ("a\n", 2, UTF16, 1, 0),
    ],
)
def test_an_offset_has_one_place_in_the_clients_units(
    text: str, offset: int, encoding: types.PositionEncodingKind, line: int, character: int
) -> None:
    places = Places(text, encoding)
    assert places.position(offset) == types.Position(line, character)
    assert places.offset(types.Position(line, character)) == offset


@given(text=TEXTS, encoding=st.sampled_from([UTF8, UTF16, UTF32]), data=st.data())
def test_every_place_survives_the_way_to_the_client_and_back(
    text: str, encoding: types.PositionEncodingKind, data: st.DataObject
) -> None:
    offset = data.draw(st.integers(0, len(text)))
    if text[max(0, offset - 1) : offset + 1] == "\r\n":
        offset += 1  # between the two characters of a line end there is no place
    places = Places(text, encoding)
    assert places.offset(places.position(offset)) == offset


@given(text=TEXTS, line=st.integers(0, 9), character=st.integers(0, 99))
def test_no_position_of_a_client_leads_out_of_its_line(text: str, line: int, character: int) -> None:
    offset = Places(text, UTF16).offset(types.Position(line, character))
    index = LineIndex(text)
    assert index.position(offset).line == min(line, index.line_count - 1)


def test_a_byte_order_mark_that_the_editor_does_not_show_is_not_counted() -> None:
    text = "\ufeffab\ncd"
    shown, hidden = Places(text, UTF16), Places(text, UTF16, hidden_bom=True)
    span = Span("a.rs", Position(0, 1), Position(1, 1))
    assert shown.span(span) == types.Range(types.Position(0, 2), types.Position(1, 1))
    assert hidden.span(span) == types.Range(types.Position(0, 1), types.Position(1, 1))
    assert hidden.edits([Edit(1, 2, "x")])[0].range == types.Range(types.Position(0, 0), types.Position(0, 1))


def test_a_message_becomes_a_diagnostic_with_its_labels_and_notes() -> None:
    places = Places("let a = b;\nlet c = d;\n", UTF16)
    error = diagnostic(
        "E0382",
        "use of moved value: `b`",
        (0, 8, 9),
        label="value used here after move",
        spans=(Span("src/lib.rs", Position(1, 4), Position(1, 5), primary=False, label="moved here"),),
        notes=(
            Note(Level.NOTE, "`b` is a String"),
            Note(Level.HELP, "clone it", (Span("src/lib.rs", Position(0, 8), Position(0, 9)),)),
            Note(Level.NOTE, "defined here", (Span("gone.rs", Position(0, 0), Position(0, 1)),)),
        ),
    )
    shown = to_lsp_diagnostic(error, places, lambda file: ("file:///lib.rs", places) if file != "gone.rs" else None)
    assert shown.message == "use of moved value: `b`\nvalue used here after move\nnote: `b` is a String"
    assert shown.range == types.Range(types.Position(0, 8), types.Position(0, 9))
    assert (shown.source, shown.code, shown.severity) == ("sleepy", "E0382", types.DiagnosticSeverity.Error)
    assert shown.code_description is not None
    assert shown.code_description.href.endswith("E0382.html")
    assert [(r.message, r.location.range.start.line) for r in shown.related_information or ()] == [
        ("moved here", 1),
        ("clone it", 0),
    ]
    assert shown.data.key == diagnostic_key(error)


@pytest.mark.parametrize(
    ("code", "tags"),
    [
        ("unused_variables", [types.DiagnosticTag.Unnecessary]),
        ("dead_code", [types.DiagnosticTag.Unnecessary]),
        ("deprecated", [types.DiagnosticTag.Deprecated]),
        ("E0382", None),
        ("", None),
    ],
)
def test_what_can_go_is_shown_faded(code: str, tags: list[types.DiagnosticTag] | None) -> None:
    shown = to_lsp_diagnostic(diagnostic(code, "m", (0, 0, 1)), Places("abc", UTF16), lambda _: None)
    assert shown.tags == tags


@pytest.mark.parametrize(
    ("kind", "remaining", "new", "promise"),
    [
        (VerdictKind.CLEAN, 0, 0, "verified: 0 errors left"),
        (VerdictKind.BETTER, 1, 0, "verified: fixes this, 1 other error left"),
        (VerdictKind.BETTER, 3, 0, "verified: fixes this, 3 other errors left"),
        (VerdictKind.UNMASKS, 1, 1, "fixes this; 1 error it hid appears"),
        (VerdictKind.UNMASKS, 2, 2, "fixes this; 2 errors it hid appear"),
    ],
)
def test_the_title_says_what_the_compiler_said(kind: VerdictKind, remaining: int, new: int, promise: str) -> None:
    new_errors = tuple(Identity("E0001", str(n), "a.rs") for n in range(new))
    made = offer(
        diagnostic("E0382", "m", (0, 0, 1)), "abc", [Edit(0, 1, "x")], kind, remaining=remaining, new=new_errors
    )
    assert title(made) == f"Sleepy: borrow instead ({promise})"


def test_a_cursor_touches_the_range_that_it_stands_at_the_end_of() -> None:
    def at(start: int, end: int) -> types.Range:
        return types.Range(types.Position(0, start), types.Position(0, end))

    assert overlaps(at(4, 8), at(8, 8))
    assert overlaps(at(4, 8), at(4, 4))
    assert overlaps(at(5, 6), at(4, 8))
    assert not overlaps(at(4, 8), at(9, 9))
