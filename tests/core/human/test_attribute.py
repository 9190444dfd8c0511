"""Which change repaired which error, with a compiler that looks at words."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from helpers.diagnostics import FILE, diagnostic
from sleepy_core.human import attribute as module
from sleepy_core.human.attribute import attribute
from sleepy_core.human.changes import changes
from sleepy_core.model import CheckEnd, CheckResult, Position, RelPath

REACHED = frozenset({("demo", "demo")})


class Compiler:
    """Every word `bad…` is an error; `needs` means words of which one without the others is a new error."""

    def __init__(self, needs: tuple[str, ...] = ()) -> None:
        self.needs = needs
        self.asked = 0

    def check(self, texts: Mapping[RelPath, str]) -> CheckResult:
        errors = [
            diagnostic(word, Position(number, 0), Position(number, 1), code="E0308")
            for number, line in enumerate(texts[FILE].split("\n"))
            for word in line.split()
            if word.startswith("bad")
        ]
        have = [word for word in self.needs if word in texts[FILE].split()]
        if have and len(have) < len(self.needs):
            errors.append(diagnostic("half of it", Position(0, 0), Position(0, 1), code="E0308"))
        return CheckResult(CheckEnd.DONE, tuple(errors), frozenset(), frozenset({"demo"}), 0.1, reached=REACHED)

    async def __call__(self, texts: Mapping[RelPath, str]) -> CheckResult:
        self.asked += 1
        return self.check(texts)


@pytest.mark.parametrize(
    ("old", "new", "needs", "found", "asked"),
    [
        ("bad", "good", (), "bad: good", 0),  # one change: the two checks have said it all
        ("bad - x", "good - y", (), "bad: good", 1),
        ("bad1 - bad2", "good - fine", (), "bad1: good | bad2: fine", 2),
        ("bad - x - y - z", "u - x - y - v", ("u", "v"), "bad: u v", 2),
        ("bad - x - a - b - y", "u - x - c - d - v", ("u", "v"), "bad: u v", 7),
        ("bad - x", "bad - y", (), "", 0),  # nothing that was written explains it
    ],
)
async def test_each_error_gets_the_fewest_changes_that_repair_it(
    old: str, new: str, needs: tuple[str, ...], found: str, asked: int
) -> None:
    before, after = ({FILE: text.replace(" ", "\n") + "\n"} for text in (old, new))
    compiler = Compiler(needs)
    errors = [e for e in compiler.check(before).errors if e.message != "half of it"]
    made = changes(before, after)
    known = {frozenset(): compiler.check(before), frozenset(made): compiler.check(after)}
    works = await attribute(errors, before, made, compiler, known)
    told = " | ".join(f"{w.error.message}: {' '.join(edit.text.strip() for _, edit in w.changes)}" for w in works)
    assert (told, compiler.asked) == (found, asked)


async def test_where_it_is_not_sure_that_the_text_before_has_the_error_the_compiler_is_asked() -> None:
    after = {FILE: "good\n-\ny\n"}
    (error,) = Compiler().check({FILE: "bad\n"}).errors
    for text, count in (("bad\n-\nx\n", 1), ("good\n-\nx\n", 0)):
        before = {FILE: text}
        works = await attribute([error], before, changes(before, after), Compiler(), {})
        assert len(works) == count


async def test_an_edit_is_not_compiled_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CHECKS", 5)
    before = {FILE: "bad\n-\n" + "x\n-\n" * 12}
    after = {FILE: "u\n-\n" + "y\n-\n" * 11 + "v\n-\n"}
    compiler = Compiler(("u", "v"))
    made = changes(before, after)
    known = {frozenset(): compiler.check(before), frozenset(made): compiler.check(after)}
    (work,) = await attribute(known[frozenset()].errors, before, made, compiler, known)
    assert compiler.asked == 5
    assert len(work.changes) == len(made)  # as much as could be found out in the time
