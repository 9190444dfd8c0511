"""The parser's errors, by what it expected, what it found, and what the lines around look like."""

# ruff: noqa: E501 (a case is a line)

import pytest

from helpers.diagnostics import span
from helpers.edit_kinds import candidates, results, site
from sleepy_core.model import Position
from sleepy_core.propose.search.edits import TABLE


@pytest.mark.parametrize(
    ("kind", "source", "message", "expected"),
    [
        ("insert-expected", "struct A // note\n«fn» f() {}\n", "expected `where`, `{`, `(`, or `;` after struct name, found keyword `fn`", "struct A; // note\nfn f() {}\n"),
        ("insert-expected", "m!(1 «2»);\n", "no rules expected `2`", "m!(1, 2);\n"),
        ("replace-found", "if let Some(x) «->» y {}\n", "expected one of `=` or `|`, found `->`", "if let Some(x) = y {}\n"),
        ("replace-found", "let S { a«;» b } = s;\n", "expected `,`", "let S { a, b } = s;\n"),
        ("take-out-found", "while true «do» {}\n", "expected `{`, found reserved keyword `do`", "while true {}\n"),
        ("keyword", "pub «strcut» Größe {}\r\n", "expected item, found `strcut`", "pub struct Größe {}\r\n"),
        ("close-or-escape", "println!(\"a :?«}»\", b);\n", "invalid format string: unmatched `}` found", "println!(\"a {:?}\", b);\n"),
        ("close-string", "f(\"a\", b«\"», c);\n", "unknown start of token: \\", "f(\"a\", \"b\", c);\n"),
    ],
)  # fmt: skip
def test_the_likeliest_token_comes_first(kind: str, source: str, message: str, expected: str) -> None:
    assert results(kind, site(source, "", message))[0] == expected


def test_a_block_is_closed_where_the_indentation_goes_back_with_the_file_s_line_end() -> None:
    text = "impl S {\r\n    fn a() {\r\n        b();\r\n\r\n    fn c() {}\r\n}\r\n«»"
    at = site(
        text,
        "",
        "this file contains an unclosed delimiter",
        spans=[
            span(Position(0, 7), Position(0, 8), label="unclosed delimiter", primary=False),
            span(
                Position(1, 11),
                Position(1, 11),
                label="this delimiter might not be properly closed...",
                primary=False,
            ),
        ],
    )
    change, texts = candidates("close", at)[0]
    assert texts["src/lib.rs"].startswith("impl S {\r\n    fn a() {\r\n        b();\r\n    }\r\n\r\n    fn c() {}\r\n")
    assert change.label == "close the `{` of line 2 with `}`"


def test_a_bracket_too_many_goes_with_its_line() -> None:
    at = site("fn a() {\n}\n«}»\nfn b() {}\n", "", "unexpected closing delimiter: `}`")
    assert results("take-out-closing", at)[0] == "fn a() {\n}\nfn b() {}\n"


def test_what_is_no_error_of_the_parser_s_gets_no_token() -> None:
    at = site("fn f() { «g»(); }\n", "", "recursion limit reached while expanding `g!`")
    assert [results(kind, at) for kind in ("insert-expected", "replace-found", "take-out-found", "keyword")] == [[]] * 4


def test_a_typed_variable_without_let_is_not_assigned_its_type() -> None:
    at = site("fn main() { x«:» u8 = 1; }\n", "", "expected one of `!`, `.`, `;` or `}`, found `:`")
    assert not any("x = u8" in text for text in results("replace-found", at))


def test_an_operator_is_taken_out_last_since_its_operand_may_be_missing() -> None:
    at = site("fn f() -> u8 { 1 + «;» }\n", "", "expected expression, found `;`")
    assert results("take-out-operator", at) == ["fn f() -> u8 { 1 ; }\n"]
    assert "fn f() -> u8 { 1 ; }\n" not in results("take-out-found", at)


def test_edits_that_leave_something_unsaid_are_weak() -> None:
    weak = {kind.name for kind in TABLE if kind.weak}
    assert {"take-out-operator", "safe-function", "static-parameter", "default-instead", "default-for-failure"} <= weak
