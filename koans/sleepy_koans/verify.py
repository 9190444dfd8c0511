"""Is a koan what it says it is? Asked of the compiler."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sleepy_koans.check import Checker, Crate
from sleepy_koans.koan import Koan
from sleepy_koans.suggestions import suggested

MIN_LINES, MAX_LINES = 10, 75  # of the broken crate, what stands around it included


@dataclass(frozen=True, slots=True)
class Verified:
    """A koan, with the fact about suggestions where it was asked for, and what is wrong with it."""

    koan: Koan
    problems: tuple[str, ...]
    skipped: str = ""  # why nothing could be asked about it here


def verify(koan: Koan, checker: Checker, *, facts: bool = False) -> Verified:
    """The broken crate fails with its codes, the solution passes everything, the wrong repairs fail the test only.

    `facts` also measures whether a suggestion of the compiler repairs the koan.
    """
    if why := checker.skips(koan):
        return Verified(koan, (), why)
    problems = tuple(_problems(koan, checker))
    if facts and not problems:
        koan = replace(koan, suggestion_repairs=suggestion_repairs(koan, checker))
    return Verified(koan, problems)


def suggestion_repairs(koan: Koan, checker: Checker) -> bool:
    """Whether one of the compiler's suggestions, or the first ones of all errors together, solves it."""
    answers = suggested(koan.files, checker.check(Crate.of(koan, koan.files)))
    return any(checker.judge(koan, files).solved for files in answers)


def _problems(koan: Koan, checker: Checker) -> Iterator[str]:
    lines = sum(text.count("\n") for text in koan.files.values())
    if not MIN_LINES <= lines <= MAX_LINES:
        yield f"the broken crate has {lines} lines, not {MIN_LINES} to {MAX_LINES}"
    broken = checker.check(Crate.of(koan, koan.files))
    codes = [message.code for message in broken.errors]
    if broken.crashed or not codes:
        yield f"the broken crate compiles, or the compiler crashes {broken.crashed}"
    for message in broken.errors:
        if message.code not in koan.codes:
            yield f"the broken crate fails with {message.code}, not with {' or '.join(koan.codes)}:\n{message.rendered}"
    # clippy says all that rustc says, and more.
    strict = checker.check(replace(Crate.of(koan, koan.solution), clippy=True))
    if strict.crashed:
        yield f"the compiler crashes on the solution: {strict.crashed}"
    for message in strict.messages:
        yield f"the solution has the {message.level} {message.code}:\n{message.rendered}"
    if koan.test is None:
        if koan.wrong:
            yield "there is a wrong repair and no test to catch it"
        return
    if strict.ok:
        tested = checker.test(Crate.of(koan, koan.solution), koan.test)
        if tested.outcome != "passed":
            yield f"the solution's test: {tested.outcome}\n{tested.output}"
    for number, files in enumerate(koan.wrong, 1):
        tested = checker.test(Crate.of(koan, files), koan.test)
        if tested.outcome == "does not compile":
            yield f"wrong repair {number} does not compile, so it shows nothing:\n{tested.output}"
        elif tested.outcome == "passed":
            yield f"wrong repair {number} passes the test"
