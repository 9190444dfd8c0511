from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.diagnostics import FILE, diagnostic, marked
from sleepy_core.human.memory import MOST_ERRORS, Memory, from_json, to_json
from sleepy_core.model import CheckEnd, CheckResult, Diagnostic, Position

TEXTS = {
    "bad": "fn f() -> u8 { «true» }\n",
    "worse": "fn f() -> u8 { «true» } // worse\n",
    "good": "fn f() -> u8 { 1 }\n",
    "typo": "fn f() -> u8 { «tru» }\n",
    "half": "fn f() -> u8 { «(»\n",
}
MESSAGES = {
    "bad": ("E0308", "mismatched types"),
    "worse": ("E0308", "mismatched types"),
    "typo": ("E0425", "cannot find value `tru` in this scope"),
    "half": ("", "this file contains an unclosed delimiter"),
}


def shown(name: str) -> tuple[str, tuple[Diagnostic, ...]]:
    if name not in MESSAGES:
        return TEXTS[name], ()
    text, start, end = marked(TEXTS[name])
    code, message = MESSAGES[name]
    return text, (diagnostic(message, start, end, code=code),)


def result(errors: tuple[Diagnostic, ...]) -> CheckResult:
    reached = frozenset({("demo", "demo")})
    return CheckResult(CheckEnd.DONE, errors, frozenset(), frozenset({"demo"}), 0.1, reached=reached)


def told(steps: str) -> list[str]:
    """Checks of one file, a second apart, each of a text's name; `!` after it: unsaved, `*`: the daemon came back.

    What is gone, as `code: old text -> new text`.
    """
    memory = Memory()
    said = []
    current = ""
    for now, step in enumerate(steps.split()):
        text, errors = shown(step.rstrip("!*"))
        if "*" in step:
            memory = Memory(from_json(to_json(memory.bases)))
        elif current and current != text:
            memory.rewritten(FILE, current)
        current, saved = text, "!" not in step
        for gone in memory.checked(result(errors), "", {FILE: text}, lambda _, saved=saved: saved, float(now)):
            codes = " ".join(s.error.code or "syntax" for s in gone.base.open)
            names = {shown(name)[0]: name for name in TEXTS}
            said.append(
                f"{codes}: {names[gone.before[FILE]]} -> {names[gone.after[FILE]]}" + "?" * (not gone.base.certain)
            )
    return said


@pytest.mark.parametrize(
    ("steps", "gone"),
    [
        ("bad good", ["E0308: bad -> good"]),
        ("bad bad good", ["E0308: bad -> good"]),
        ("bad worse good", ["E0308: worse -> good"]),  # from the last text that had it
        ("bad good good", ["E0308: bad -> good"]),  # once
        ("bad good bad good", ["E0308: bad -> good"] * 2),
        ("good bad", []),
        # A syntax error hides it; it is gone when nothing hides it any more.
        ("bad half good", ["E0308: bad -> good"]),
        ("bad half bad good", ["E0308: bad -> good"]),
        # A syntax error counts when it has stood for a while: it is what half a statement looks like.
        ("half half half half good", ["syntax: half -> good"]),
        ("half half good", []),
        # Another error of an earlier phase in its place: not repaired yet.
        ("bad typo", []),
        ("bad typo good", ["E0425: typo -> good", "E0308: bad -> good"]),
        # Never saved, and gone before anybody could read it.
        ("bad! good", []),
        ("bad! good!", []),
        ("bad! bad! bad! good!", ["E0308: bad -> good"]),  # stood for three seconds
        ("bad! bad good!", ["E0308: bad -> good"]),  # was saved once
        # Over a restart the compiler has to be asked again.
        ("bad good*", ["E0308: bad -> good?"]),
        ("bad bad* good", ["E0308: bad -> good"]),
        ("bad half good*", ["E0308: bad -> good?"]),
    ],
)
def test_an_error_is_gone_when_a_check_shows_that_it_is(steps: str, gone: list[str]) -> None:
    assert told(steps) == gone


def test_what_a_patch_of_ours_wrote_is_the_text_before() -> None:
    memory = Memory()
    bad, errors = shown("bad")
    good, _ = shown("good")
    memory.checked(result(errors), "", {FILE: bad}, lambda _: True, 0)
    memory.taken({FILE: good})
    (gone,) = memory.checked(result(()), "", {FILE: good}, lambda _: True, 1)
    assert (gone.after, gone.base.certain) == ({}, False)


def test_of_two_errors_with_one_name_the_one_next_to_the_change_is_gone() -> None:
    first, start, end = marked("f(«true»);\n\n\nf(true);\n")
    second, other_start, other_end = marked("f(true);\n\n\nf(«true»);\n")
    assert first == second
    one, two = (diagnostic("mismatched types", *place) for place in ((start, end), (other_start, other_end)))
    for text, left, lost in (("f(1);\n\n\nf(true);\n", two, one), ("f(true);\n\n\nf(1);\n", one, two)):
        memory = Memory()
        memory.checked(result((one, two)), "", {FILE: first}, lambda _: True, 0)
        memory.rewritten(FILE, first)
        (gone,) = memory.checked(result((left,)), "", {FILE: text}, lambda _: True, 1)
        assert [s.error for s in gone.base.open] == [lost]


def test_the_same_error_of_a_library_and_its_tests_is_one() -> None:
    bad, (error,) = shown("bad")
    memory = Memory()
    memory.checked(result((error, replace(error, target="demo test"))), "", {FILE: bad}, lambda _: True, 0)
    memory.rewritten(FILE, bad)
    (gone,) = memory.checked(result(()), "", {FILE: shown("good")[0]}, lambda _: True, 1)
    assert len(gone.base.open) == 1


def test_after_a_bad_merge_nothing_is_held_for_repaired() -> None:
    bad, (error,) = shown("bad")
    memory = Memory()
    many = tuple(replace(error, message=f"number {n}") for n in range(MOST_ERRORS + 1))
    memory.checked(result(many), "", {FILE: bad}, lambda _: True, 0)
    memory.rewritten(FILE, bad)
    assert memory.checked(result(()), "", {FILE: shown("good")[0]}, lambda _: True, 1) == []


def test_what_another_version_has_written_is_forgotten() -> None:
    assert from_json('[{"something": "else"}]') == []


def compiled(text: str) -> tuple[Diagnostic, ...]:
    """Every word `bad…` is an error of its own name."""
    return tuple(
        diagnostic(word, Position(number, 0), Position(number, len(word)), code="E0308")
        for number, word in enumerate(text.split("\n"))
        if word.startswith("bad")
    )


@given(
    st.lists(st.lists(st.sampled_from(["bad1", "bad2", "x", "y"]), max_size=4).map("\n".join), max_size=8),
    st.sets(st.integers(0, 8)),
)
def test_no_fix_is_made_up_and_in_the_end_none_is_missing(texts: list[str], restarts: set[int]) -> None:
    memory = Memory()
    appeared: Counter[str] = Counter()
    told: Counter[str] = Counter()
    current, before = "", Counter[str]()
    for now, text in enumerate([*texts, "clean"]):
        if now in restarts:
            memory = Memory(from_json(to_json(memory.bases)))
        if text != current:
            memory.rewritten(FILE, current)
        errors = compiled(text)
        for gone in memory.checked(result(errors), "", {FILE: text}, lambda _: True, float(now)):
            assert gone.after == {FILE: text}
            for sighting in gone.base.open:
                lost = sighting.error.message
                told[lost] += 1
                assert gone.before[FILE].count(lost) > text.count(lost)
        shown = Counter(error.message for error in errors)
        appeared += shown - before
        current, before = text, shown
    assert memory.bases == []
    assert all(told[word] <= count for word, count in appeared.items())
    assert told.keys() == appeared.keys()
