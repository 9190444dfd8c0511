"""The reader of cargo's JSON, on lines recorded from cargo 1.95 (tests/data/cargo-messages)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.cargo_projects import package, project, recorded_project
from sleepy_core.cargo.messages import Artifact, BuildFinished, MessageReader
from sleepy_core.model import Applicability, Diagnostic, Level, Position, Span, SpanEdit

DATA = Path(__file__).parents[2] / "data" / "cargo-messages"
ROOT = Path("/home/me/ws")


def recorded(name: str) -> list[str]:
    return (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()


def read(name: str) -> list[Diagnostic | Artifact | BuildFinished]:
    reader = MessageReader(recorded_project(), ROOT)
    said = [item for item in map(reader.feed, recorded(name)) if item is not None]
    assert reader.ignored == 0
    return said


def diagnostics(name: str) -> list[Diagnostic]:
    return [d for d in read(name) if isinstance(d, Diagnostic)]


def one(name: str, message: str) -> Diagnostic:
    (found,) = [d for d in diagnostics(name) if message in d.message]
    return found


def at(line: int, start: int, end: int, file: str = "app/src/lib.rs") -> tuple[str, Position, Position]:
    """Place by one-based line and columns, as cargo prints them."""
    return file, Position(line - 1, start - 1), Position(line - 1, end - 1)


def place(span: Span | SpanEdit) -> tuple[str, Position, Position]:
    return span.file, span.start, span.end


def test_positions_are_zero_based_and_labels_are_kept() -> None:
    d = one("common", "use of moved value")
    assert (d.code, d.level, d.file, d.package, d.target) == ("E0382", Level.ERROR, "app/src/lib.rs", "app", "lib")
    assert place(d.span) == at(2, 39, 40)
    assert [s.label for s in d.spans] == [
        "value moved here",
        "value used here after move",
        "move occurs because `v` has type `Vec<u8>`, which does not implement the `Copy` trait",
    ]
    assert d.rendered.startswith("error[E0382]: use of moved value")


def test_the_same_message_of_lib_and_lib_test_comes_once() -> None:
    assert len(diagnostics("byte-order-mark-and-crlf")) == 3
    assert len([d for d in diagnostics("clippy") if d.is_error]) == 1


def test_a_path_that_only_the_tests_write_in_full_makes_no_second_error() -> None:
    line = next(s for s in recorded("common") if "use of moved value" in s)
    # rustc names a type by its shortest path, and that depends on what else the target imports.
    record = json.loads(line.replace("`Vec<u8>`", "`lot::Lot`"))
    record["target"]["kind"] = ["lib"]
    shorter = line.replace("`Vec<u8>`", "`Lot`")
    assert "`Lot`" in shorter
    reader = MessageReader(recorded_project(), ROOT)
    found = [reader.feed(json.dumps(record)), reader.feed(shorter)]
    assert [type(d) for d in found] == [Diagnostic, type(None)]


def test_summaries_are_not_diagnostics() -> None:
    for name in (p.stem for p in DATA.glob("*.jsonl")):
        assert not [d for d in diagnostics(name) if "explain" in d.message or "aborting" in d.message]


def test_artifacts_and_the_end_are_told() -> None:
    said = read("path-dependency")
    artifacts = {(i.package, i.target) for i in said if isinstance(i, Artifact)}
    assert artifacts == {
        ("lib", "lib"),
        ("bs", "build script"),
        ("derive", "lib"),
    }
    assert said[-1] == BuildFinished(False)


def test_a_path_dependency_outside_of_the_root_is_named_with_leading_dots() -> None:
    d = next(d for d in diagnostics("path-dependency") if d.package == "outside")
    assert place(d.span) == at(5, 25, 28, "../outside/src/lib.rs")


def test_an_argument_of_println_is_placed_at_the_argument() -> None:
    d = one("macros", "doesn't implement `std::fmt::Display`")
    assert place(d.span) == at(14, 46, 47)
    assert d.span.macro == "println!"


def test_the_fields_of_a_derived_type_keep_their_place() -> None:
    d = one("macros", "`Thing` doesn't implement `Debug`")
    assert place(d.span) == at(7, 31, 39)
    assert d.span.macro == "#[derive(Debug)]"
    (suggestion,) = d.suggestions
    assert suggestion.edits == (SpanEdit(*at(8, 1, 1), text="#[derive(Debug)]\n"),)


def test_the_body_of_the_users_own_macro_is_placed_at_the_call_and_kept() -> None:
    d = one("macros", "cannot add")
    assert place(d.span) == at(15, 25, 40)
    assert (d.span.macro, d.span.label) == ("add!", "no implementation for `u32 + &str`")
    assert [(place(s), s.primary) for s in d.spans] == [(at(15, 25, 40), True), (at(11, 32, 33), False)]


def test_the_body_of_a_path_dependencys_macro_is_placed_at_the_call() -> None:
    (d,) = [d for d in diagnostics("macros") if d.span.macro == "outside::moved!"]
    assert place(d.span) == at(16, 51, 69)
    assert place(d.spans[1]) == at(3, 54, 55, "../outside/src/lib.rs")


def test_what_a_procedural_macro_says_is_placed_at_its_call() -> None:
    d = one("proc-macro", "bad input: hello there")
    assert (d.code, place(d.span)) == ("", at(18, 1, 33))


def test_the_question_mark_is_not_a_macro() -> None:
    d = one("tests-and-linker", "the `?` operator")
    assert d.span.macro is None
    assert place(d.span) == at(1, 110, 111, "lib/examples/ex.rs")


def test_alternatives_are_suggestions_of_their_own() -> None:
    (d,) = [d for d in diagnostics("imports") if d.code == "E0405"]
    assert [[e.text for e in s.edits] for s in d.suggestions] == [
        ["use std::fmt::Write;\n"],
        ["use std::io::Write;\n"],
        ["use core::fmt::Write;\n"],
    ]


def test_alternatives_of_several_parts_keep_their_parts_together() -> None:
    (d,) = [d for d in diagnostics("byte-order-mark-and-crlf") if d.suggestions]
    assert [[e.text for e in s.edits] for s in d.suggestions] == [["E::A(", ")"], ["E::B(", ")"]]


def test_a_suggestion_of_several_parts_is_one() -> None:
    (d,) = [d for d in diagnostics("imports") if d.code == "E0106"]
    (suggestion,) = d.suggestions
    assert [e.text for e in suggestion.edits] == ["<'a>", "'a ", "'a ", "'a "]
    (clippy,) = [d for d in diagnostics("clippy") if d.code == "clippy::needless_return"]
    assert len(clippy.suggestions) == 1


@pytest.mark.parametrize(
    ("message", "applicability"),
    [
        ("cannot borrow `v` as mutable", Applicability.MACHINE),
        ("no method named `n`", Applicability.MAYBE),
        ("not all trait items implemented", Applicability.PLACEHOLDERS),
    ],
)
def test_the_compilers_confidence_is_kept(message: str, applicability: Applicability) -> None:
    (suggestion,) = one("common", message).suggestions
    assert suggestion.applicability is applicability


def test_notes_without_a_suggestion_are_kept_apart() -> None:
    d = one("common", "non-exhaustive patterns")
    # The standard library's own lines are nobody's place to edit, so the note has no spans left.
    assert (d.notes[0].level, d.notes[0].spans) == (Level.NOTE, ())
    assert len(d.suggestions) == 1


def test_columns_count_characters_and_no_byte_order_mark() -> None:
    first, second, _ = diagnostics("byte-order-mark-and-crlf")
    assert place(first.span) == at(1, 21, 24, "lib/src/lib.rs")
    assert place(second.span) == at(2, 34, 39, "lib/src/lib.rs")


def test_an_error_without_a_place_is_kept_at_the_crates_source() -> None:
    d = one("tests-and-linker", "linking with `cc` failed")
    assert (d.file, d.span.start, d.target) == ("bs/build.rs", Position(0, 0), "build script")
    assert d.spans == ()


def test_an_error_in_generated_code_is_kept_at_the_crates_source() -> None:
    (d,) = diagnostics("generated-code")
    assert (d.code, d.file, d.span.start) == ("E0308", "bs/src/lib.rs", Position(0, 0))


def test_an_error_in_a_build_script_is_like_any_other() -> None:
    (d,) = diagnostics("build-script")
    assert place(d.span) == at(1, 25, 28, "bs/build.rs")


def test_lints_have_their_names_as_codes() -> None:
    assert {d.code for d in diagnostics("clippy")} == {
        "unused_variables",
        "clippy::needless_return",
        "clippy::len_zero",
    }


def test_a_copy_of_the_project_elsewhere_speaks_of_the_same_files() -> None:
    reader = MessageReader(recorded_project(), Path("/cache/tree/home/me/ws"))
    lines = [s.replace("/home/me/", "/cache/tree/home/me/") for s in recorded("path-dependency")]
    found = [d.file for d in map(reader.feed, lines) if isinstance(d, Diagnostic) and d.is_error]
    assert found == ["../outside/src/lib.rs", "bs/src/lib.rs"]


def test_messages_of_foreign_packages_are_dropped() -> None:
    reader = MessageReader(project(Path("/elsewhere")), Path("/elsewhere"))
    assert not [d for d in map(reader.feed, recorded("common")) if isinstance(d, Diagnostic)]


@pytest.mark.parametrize(
    "line", ["", "Compiling x", "{", "[]", "null", '{"reason": 1}', "[" * 100_000, '"' + "\\ud800"]
)
def test_a_line_that_is_not_cargos_json_is_ignored(line: str) -> None:
    assert MessageReader(recorded_project(), ROOT).feed(line) is None


def test_ignored_lines_are_counted() -> None:
    reader = MessageReader(recorded_project(), ROOT)
    for line in ("hello", "[1]", '{"reason": "build-finished", "success": true}'):
        reader.feed(line)
    assert reader.ignored == 2


SAMPLE = [json.loads(line) for line in recorded("macros") if "compiler-message" in line]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def spoil(value: object, draw: st.DataObject) -> object:
    """A copy of a JSON value in which something, somewhere, is something else."""
    if isinstance(value, dict) and value and draw.draw(st.booleans()):
        key = draw.draw(st.sampled_from(sorted(value)))
        if draw.draw(st.booleans()):
            return {**value, key: spoil(value[key], draw)}
        return {k: v for k, v in value.items() if k != key}
    if isinstance(value, list) and value and draw.draw(st.booleans()):
        return [spoil(value[0], draw), *value[1:]]
    return draw.draw(JUNK)


@given(st.data())
def test_no_line_makes_the_reader_raise(data: st.DataObject) -> None:
    record = dict(data.draw(st.sampled_from(SAMPLE)))
    record["message"] = spoil(record["message"], data)
    reader = MessageReader(recorded_project(), ROOT)
    reader.feed(json.dumps(record))
    reader.feed(json.dumps(spoil(record, data)))


@given(st.text())
def test_no_text_makes_the_reader_raise(text: str) -> None:
    assert MessageReader(recorded_project(), ROOT).feed(text) is None


def test_a_package_below_the_root_of_another_keeps_its_own_messages(tmp_path: Path) -> None:
    outer, inner = package(tmp_path, "outer"), package(tmp_path / "inner", "inner", member=False)
    reader = MessageReader(project(tmp_path, outer, inner), tmp_path)
    span = {
        "file_name": "src/lib.rs", "line_start": 1, "line_end": 1, "column_start": 1, "column_end": 2,
        "is_primary": True, "label": None, "text": [{}], "expansion": None,
    }  # fmt: skip
    record = {
        "reason": "compiler-message", "package_id": "x", "manifest_path": str(tmp_path / "inner" / "Cargo.toml"),
        "target": {"name": "inner", "kind": ["lib"], "src_path": str(tmp_path / "inner/src/lib.rs")},
        "message": {"level": "error", "message": "no", "code": None, "spans": [span], "children": []},
    }  # fmt: skip
    d = reader.feed(json.dumps(record))
    assert isinstance(d, Diagnostic)
    assert d.file == "inner/src/lib.rs"
