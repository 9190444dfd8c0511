"""Every error code of the installed rustc has kinds of edits that answer it, or a reason why none does."""

import functools
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sleepy_core.propose.search.codes import REASONS, is_code, kinds_by_code, page, reasons_by_code

_NOT_EMITTED = ("no longer emitted by the compiler", "internal to the compiler and will not be emitted")
_LAST = 810  # of rustc 1.95; a newer one may know some more


def test_no_code_has_two_reasons() -> None:
    listed = [code for codes in REASONS.values() for code in codes.split()]
    assert sorted(listed) == sorted(set(listed))


def test_no_reason_is_given_for_a_code_that_a_kind_answers() -> None:
    superfluous = sorted(reasons_by_code().keys() & kinds_by_code().keys())
    assert not superfluous, f"kinds answer these now, so their reasons go: {superfluous}"


def test_the_page_names_weak_kinds_apart_and_every_code_once() -> None:
    text = page()
    codes = [code for code in (*kinds_by_code(), *reasons_by_code()) if is_code(code)]
    assert all(text.count(code) == 1 for code in codes)
    weak = [kind.name for kinds in kinds_by_code().values() for kind in kinds if kind.weak]
    assert weak
    assert all(f"*{name}*" in text for name in weak)


@pytest.mark.slow
def test_every_code_that_the_compiler_emits_is_answered_or_has_a_reason() -> None:
    # The compiler itself: rustup's stand-in would double the time.
    told = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, encoding="utf-8", check=True)
    rustc = str(Path(told.stdout.strip()) / "bin" / "rustc")
    codes = [f"E{number:04}" for number in range(1, _LAST + 1)]
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        emitted = {
            code for code, told in zip(codes, pool.map(functools.partial(_emitted, rustc), codes), strict=True) if told
        }
    assert len(emitted) > 300, "rustc --explain says little"
    known = kinds_by_code().keys() | reasons_by_code().keys()
    assert not sorted(emitted - known), "these codes have neither a kind nor a reason"
    assert not sorted(reasons_by_code().keys() - emitted), "these reasons are for codes that are never emitted"


def _emitted(rustc: str, code: str) -> bool:
    """Does the compiler know the code, and still emit it?"""
    told = subprocess.run([rustc, "--explain", code], capture_output=True, encoding="utf-8", check=False)
    return told.returncode == 0 and not any(words in " ".join(told.stdout.split()) for words in _NOT_EMITTED)
