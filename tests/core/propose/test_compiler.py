"""The compiler's suggestions become proposals: each, together, everywhere; never an unwritten body."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helpers.diagnostics import FILE, case, diagnostic, edit_of, insert, marked, suggestion
from sleepy_core.model import Applicability, Position, Proposal, Source, Span, SpanEdit, Suggestion
from sleepy_core.propose.case import Case
from sleepy_core.propose.compiler import CompilerProposer, proposals
from sleepy_core.text import apply_patch

MACHINE, MAYBE, UNSPECIFIED, HOLES = (
    Applicability.MACHINE,
    Applicability.MAYBE,
    Applicability.UNSPECIFIED,
    Applicability.PLACEHOLDERS,
)
SOURCE = "fn f(name: String) -> usize {\n    takes(«name»)\n}\n"


def results(given: Case) -> list[str]:
    return [apply_patch(given.texts, p.patch)[FILE] for p in proposals(given)]


def error_with(source: str, *suggestions: Suggestion, message: str = "mismatched types") -> Case:
    text, start, end = marked(source)
    return case(diagnostic(message, start, end, suggestions=suggestions), text)


def one(
    old: str, new: str, *, said: str = "try this", how: Applicability = MACHINE, source: str = SOURCE
) -> Suggestion:
    return suggestion(said, edit_of(marked(source)[0], old, new), applicability=how)


async def test_a_suggestion_is_a_proposal_in_plain_words() -> None:
    text = marked(SOURCE)[0]
    given = error_with(SOURCE, suggestion("consider borrowing here", insert(text, "name)", "&")))
    (found,) = [p async for p in CompilerProposer().propose(given, ())]
    assert isinstance(found, Proposal)
    assert found.label == "borrow it here: `&name`"
    assert found.why == "the compiler: consider borrowing here"
    assert (found.source, found.weak) == (Source.COMPILER, False)
    assert apply_patch(given.texts, found.patch) == {FILE: text.replace("(name)", "(&name)")}


def test_the_surest_come_first() -> None:
    given = error_with(
        SOURCE,
        one("name)", "a)", how=HOLES),
        one("name)", "b)", how=UNSPECIFIED),
        one("name)", "c)", how=MAYBE),
        one("name)", "d)", how=MACHINE),
    )
    assert [result[result.index("takes(") + 6] for result in results(given)] == ["d", "c", "b", "a"]


def test_certain_suggestions_that_fit_together_are_proposed_together_after_each_alone() -> None:
    given = error_with(SOURCE, one("takes", "gives"), one("name)", "&name)"), one("f(", "g(", how=MAYBE))
    found = [result.split("\n")[1].strip() for result in results(given)]
    assert found == ["gives(name)", "takes(&name)", "gives(&name)", "takes(name)"]


def test_suggestions_that_overlap_are_not_proposed_together() -> None:
    given = error_with(SOURCE, one("takes(name", "gives(name"), one("name)", "&name)"))
    assert len(results(given)) == 2


def test_the_same_error_elsewhere_in_the_file_is_repaired_along() -> None:
    text = "fn f() { g(a); g(b) }\n"
    first = diagnostic(
        "m", Position(0, 11), Position(0, 12), suggestions=[suggestion("borrow", insert(text, "a)", "&"))]
    )
    second = diagnostic(
        "m", Position(0, 17), Position(0, 18), suggestions=[suggestion("borrow", insert(text, "b)", "&"))]
    )
    given = case(first, text, errors=[first, second])
    assert results(given) == ["fn f() { g(&a); g(b) }\n", "fn f() { g(&a); g(&b) }\n"]
    assert proposals(given)[1].label.endswith("in 2 places")


def test_errors_that_share_only_a_message_are_said_to_be_alike() -> None:
    text = "fn f() { g(a); g(b) }\n"
    first = diagnostic(
        "m", Position(0, 11), Position(0, 12), suggestions=[suggestion("borrow", insert(text, "a)", "&"))]
    )
    second = diagnostic(
        "m", Position(0, 17), Position(0, 18), suggestions=[suggestion("deref", insert(text, "b)", "*"))]
    )
    found = proposals(case(first, text, errors=[first, second]))
    assert found[1].label == "apply the compiler's suggestions for 2 errors like this one"


def test_the_same_missing_import_reported_ten_times_is_one_proposal() -> None:
    text = "fn f() { HashMap::new(); HashMap::new(); }\n"
    imported = suggestion(
        "consider importing this struct", SpanEdit(FILE, Position(0, 0), Position(0, 0), "use a::HashMap;\n")
    )
    errors = [diagnostic("no HashMap", Position(0, i), Position(0, i + 7), suggestions=[imported]) for i in (9, 25)]
    (found,) = proposals(case(errors[0], text, errors=errors))
    assert found.label == "import `a::HashMap`"


@pytest.mark.parametrize("body", ["{ todo!() }", '{ unimplemented!("later") }', "Some(_) => todo!(),"])
def test_an_unwritten_body_is_never_a_repair(body: str) -> None:
    assert results(error_with(SOURCE, one("name)", body, how=HOLES))) == []


def test_a_todo_that_was_there_before_does_not_matter() -> None:
    source = "fn f() { g(«todo!()») }\n"
    assert len(results(error_with(source, one("todo!()", "&todo!()", source=source)))) == 1


def test_an_edit_of_a_whole_macro_call_by_the_macros_inside_is_skipped() -> None:
    text, start, end = marked("fn f() { «assert_eq!(a, b)»; }\n")
    error = diagnostic("m", start, end, suggestions=[suggestion("borrow", SpanEdit(FILE, start, end, "&"))])
    error = replace(error, span=Span(FILE, start, end, macro="assert_eq!"))
    assert results(case(error, text)) == []


def test_an_edit_of_a_file_that_is_not_of_the_project_is_skipped() -> None:
    foreign = suggestion("make it public", SpanEdit("../registry/x.rs", Position(0, 0), Position(0, 0), "pub "))
    assert results(error_with(SOURCE, foreign)) == []


def filled(source: str, replacement: str) -> list[tuple[str, bool]]:
    given = error_with(source, one("w(1)", f"w{replacement}", how=HOLES, source=source))
    return [(apply_patch(given.texts, p.patch)[FILE].split("w(")[1].split(")")[0], p.weak) for p in proposals(given)]


def test_a_placeholder_of_a_type_is_filled_with_the_functions_variable_of_that_type() -> None:
    assert filled("fn f(n: u32, s: String) { «w(1)» }", "(1, /* u32 */)") == [("1, n", False)]


def test_with_several_such_variables_each_is_a_weak_proposal() -> None:
    assert filled("fn f(n: u32, m: u32) { «w(1)» }", "(1, /* u32 */)") == [("1, n", True), ("1, m", True)]


def test_variables_of_other_functions_are_not_used() -> None:
    assert filled("fn g(n: u32) {}\nfn f() { «w(1)» }", "(1, /* u32 */)") == []


def test_an_invented_value_is_weak() -> None:
    assert filled("fn f() { «w(1)» }", "(1, /* value */)") == [("1, Default::default(", True)]


def test_the_compiler_infers_what_is_left_open() -> None:
    assert filled("fn f() { «w(1)» }", "(1 as _)") == [("1 as _", False)]


@pytest.mark.parametrize(
    ("said", "source", "new", "expected"),
    [
        (
            "consider cloning the value if the performance cost is acceptable",
            "w = «v»;",
            "v.clone()",
            "clone it: `v.clone()`",
        ),
        ("consider changing this to be mutable", "let «x» = 1;", "mut x", "make it mutable: `mut x`"),
        ("a local variable with a similar name exists", "a + «conter»", "counter", "write `counter` for `conter`"),
        ("there is a method `len` with a similar name", "a.«lenn»()", "len", "write `len` for `lenn`"),
        ("try wrapping the expression in `Some`", "f(«5», a)", "Some(5)", "wrap it: `Some(5)`"),
        ("remove this semicolon to return this value", "5«;»", "", "remove the semicolon, to return the value"),
        (
            "consider annotating `P` with `#[derive(Debug)]`",
            "«»struct P;",
            "#[derive(Debug)]\n",
            "derive `Debug` for `P`",
        ),
        ("consider dereferencing the borrow", "f(«x».y)", "*x", "dereference it: `*x.y`"),
        ("try using a conversion method", '«"a"»', '"a".to_string()', 'convert it: `"a".to_string()`'),
        ("a sentence that nobody knows:", "«x»", "y", "a sentence that nobody knows"),
        ("consider borrowing here", "f(«»g(a, b), c)", "&", "borrow it here: `&g(a, b)`"),
    ],
)
def test_labels(said: str, source: str, new: str, expected: str) -> None:
    text, start, end = marked(source)
    offered = suggestion(said, SpanEdit(FILE, start, end, new))
    (found,) = proposals(case(diagnostic("m", start, end, suggestions=[offered]), text))
    assert found.label == expected
