"""A koan is checked and repaired as a project is."""

from dataclasses import replace

import pytest

from helpers.fake_proposers import whole_text
from helpers.koans import MODELLED, SUGGESTED, with_files
from sleepy_core.errors import PatchError
from sleepy_core.evaluate.koan_bench import KoanBench, unusable
from sleepy_core.model import CheckEnd, VerdictKind
from sleepy_core.settings import Settings
from sleepy_koans.check import Checker
from sleepy_koans.koan import Koan
from sleepy_koans.rustc import Limits

ROOT = "src/lib.rs"
SHORT = Limits(seconds=1, memory_mb=1024, file_mb=1, processes=32)


@pytest.fixture(scope="module")
def checker(tmp_path_factory):
    with Checker(tmp_path_factory.mktemp("cache") / "koans.sqlite") as made:
        yield made


def bench(koan: Koan, checker: Checker) -> KoanBench:
    return KoanBench(koan, checker, Settings())


async def test_its_errors_are_diagnostics_with_places_and_suggestions(checker):
    at = bench(SUGGESTED, checker)
    (error,) = (await at.check()).errors
    assert (error.code, error.file, error.span.start.line) == ("E0615", ROOT, 1)
    assert [edit.text for suggestion in error.suggestions for edit in suggestion.edits] == ["()"]
    case = at.case(error)
    assert case.signature.startswith("E0615:")
    assert list(case.texts) == [ROOT]


async def test_a_patch_gets_the_verdict_that_a_project_would_give_it(checker):
    at = bench(MODELLED, checker)
    (error,) = (await at.check()).errors
    broken = MODELLED.files[ROOT]
    kinds = [
        (await at.verify(whole_text(broken, broken.replace("a.plus(b)", new)), error.identity)).kind
        for new in ("a + b", "a.minus(b)", "other(a)", "todo!()")
    ]
    assert kinds == [VerdictKind.CLEAN, VerdictKind.BREAKS, VerdictKind.BREAKS, VerdictKind.BREAKS]
    assert at.compiled == 3  # what may not even be tried is not compiled
    assert at.texts[ROOT] == broken


async def test_what_is_taken_is_what_is_checked_and_tested_next(checker):
    at = bench(MODELLED, checker)
    await at.check()
    broken = MODELLED.files[ROOT]
    await at.take(whole_text(broken, broken.replace("a.plus(b)", "a * b")))
    assert not (await at.check()).errors
    assert "left == right" in await at.test()
    with pytest.raises(PatchError):
        await at.take(whole_text(broken, "fn late() {}"))


async def test_a_test_that_never_ends_is_stopped_and_says_so(checker, monkeypatch):
    monkeypatch.setattr("sleepy_koans.check.RUNNING", SHORT)
    at = bench(
        with_files(MODELLED, "pub fn total(a: u32, _: u32) -> u32 {\n    loop { if a == 9 { return 0 } }\n}\n"), checker
    )
    assert (await at.check()).end is CheckEnd.DONE
    assert (await at.test()).startswith("the test timeout")


async def test_a_koan_that_cannot_be_asked_says_why(checker):
    assert await unusable(SUGGESTED, checker) == ""
    assert "compiles with this rustc" in await unusable(with_files(SUGGESTED, SUGGESTED.solution[ROOT]), checker)
    unsolved = Koan(**{**_fields(SUGGESTED), "solution": {ROOT: "pub fn size(_: &str) -> usize { 1u8 }\n"}})
    assert (await unusable(unsolved, checker)).startswith("its solution does not compile with this rustc: mismatched")


async def test_a_koan_for_another_processor_is_not_asked(checker):
    assert (await unusable(replace(SUGGESTED, arch="m68k"), checker)).startswith(
        "it needs m68k, and rustc compiles for"
    )


def _fields(koan: Koan) -> dict[str, object]:
    return {name: getattr(koan, name) for name in Koan.__slots__}
