"""The lexer loses nothing and tells apart what Rust tells apart."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepy_core.propose.lexer import Kind, adds_unwritten, code_texts, depth, lex, macro_calls


@given(st.text())
def test_tokens_joined_are_the_text(text: str) -> None:
    assert "".join(token.text for token in lex(text)) == text


@given(st.text(alphabet="'\"r#b/*\\ \n{}a1.", max_size=40))
def test_tokens_joined_are_the_text_where_quotes_and_comments_meet(text: str) -> None:
    tokens = lex(text)
    assert "".join(token.text for token in tokens) == text
    assert all(a.end == b.start for a, b in pairwise(tokens))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b", ["a", ".", "b"]),
        ("x: &'a str", ["x", ":", "&", "'a", "str"]),
        ("'a' 'b", ["'a'", "'b"]),
        (r"'\'' '\u{1F600}'", [r"'\''", r"'\u{1F600}'"]),
        (r'"a \" // b" c', [r'"a \" // b"', "c"]),
        ('r#"a " b"# c', ['r#"a " b"#', "c"]),
        ("r#type", ["r#type"]),
        (
            "1..2 1.5e-3 1.max(2) 0x_ff_u8 2.",
            ["1", "..", "2", "1.5e-3", "1", ".", "max", "(", "2", ")", "0x_ff_u8", "2."],
        ),
        ("a /* x /* y */ z */ b // c", ["a", "b"]),
        ("Vec<Vec<u8>>", ["Vec", "<", "Vec", "<", "u8", ">", ">"]),
        ("a::b -> c => ..=d", ["a", "::", "b", "->", "c", "=>", "..=", "d"]),
    ],
)
def test_code_tokens(text: str, expected: list[str]) -> None:
    assert code_texts(text) == expected


def test_a_string_that_is_never_closed_runs_to_the_end() -> None:
    assert [t.kind for t in lex('x "abc')] == [Kind.IDENT, Kind.SPACE, Kind.STRING]


def test_brackets_in_strings_do_not_count() -> None:
    assert depth("f(\"{\", '(', [") == 2


def test_macros_are_found_outside_of_strings_and_comments() -> None:
    assert macro_calls('a != b; todo!(); "todo!()" // todo!()') == ["todo"]


def test_unwritten_bodies_count_only_when_they_are_new() -> None:
    assert adds_unwritten("{ }", "{ todo!() }")
    assert not adds_unwritten("{ todo!() }", "{ f(); todo!() }")
