from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from helpers.diagnostics import case, diagnostic
from sleepy_core.model import CheckEnd, CheckResult, Edit, FilePatch, Patch, Position, Proposal, Source
from sleepy_core.propose.case import Case
from sleepy_core.repairs import UNASKED, Repairs, rebase
from sleepy_core.settings import Settings
from sleepy_core.text import apply_patch, digest

words = st.text(st.sampled_from("abc\n"), max_size=20)


@given(head=words, old=words, tail=words, new_head=words)
def test_a_repair_moves_with_its_lines_when_something_else_changes(
    head: str, old: str, tail: str, new_head: str
) -> None:
    # The marks keep what changes and what is repaired apart.
    before = f"{head}<[{old}]{tail}"
    after = f"{new_head}<[{old}]{tail}"
    start = before.index("[")
    patch = Patch((FilePatch("a", digest(before), (Edit(start, start + len(old) + 2, "!"),)),))
    moved = rebase(patch, {"a": before}, {"a": after})
    assert moved is not None
    assert apply_patch({"a": after}, moved) == {"a": f"{new_head}<!{tail}"}


def test_a_repair_of_lines_that_were_touched_is_given_up() -> None:
    patch = Patch((FilePatch("a", digest("one two three"), (Edit(4, 7, "2"),)),))
    assert rebase(patch, {"a": "one two three"}, {"a": "one tWo three"}) is None


def test_a_repair_of_a_file_that_is_gone_is_given_up() -> None:
    patch = Patch((FilePatch("a", digest("x"), (Edit(0, 1, "y"),)),))
    assert rebase(patch, {"a": "x"}, {}) is None


class Notes:
    """A proposer that has no idea, and notes what it was asked about."""

    source = Source.SEARCH

    def __init__(self) -> None:
        self.lines: list[int] = []

    async def propose(self, asked: Case, tried: object) -> AsyncIterator[Proposal]:
        self.lines.append(asked.diagnostic.span.start.line)
        await asyncio.sleep(0)
        for proposal in ():
            yield proposal


async def test_of_thousands_of_errors_those_near_the_cursor_are_worked_on_unasked() -> None:
    errors = tuple(
        diagnostic(f"error {line}", Position(line, 0), Position(line, 1), code="E0425") for line in range(3000)
    )
    bench = SimpleNamespace(
        settings=Settings(), texts={}, verify=None, case=lambda error: case(error, {}, errors=errors[:1])
    )
    notes = Notes()

    async def costly() -> tuple[()]:
        return ()

    repairs = Repairs(bench, (notes,), costly, lambda *_: None, lambda: None)  # type: ignore[arg-type]
    repairs.look_at(errors[0].file, 1000)
    result = CheckResult(CheckEnd.DONE, errors, frozenset(), frozenset(), 0.1)
    await repairs.renew(result, lambda _: True)
    await _done(repairs)
    assert len(notes.lines) == UNASKED
    assert notes.lines[0] == 1000
    assert all(abs(line - 1000) <= UNASKED for line in notes.lines)
    # The others are for when the cursor comes near them, or the user asks.
    repairs.look_at(errors[0].file, 2000)
    await _done(repairs)
    assert len(notes.lines) == 2 * UNASKED
    job = repairs.at(errors[0].file, Position(5, 0))
    assert job is not None
    assert await repairs.find(job) is None
    assert 5 in notes.lines
    await repairs.stop()


async def _done(repairs: Repairs) -> None:
    async with asyncio.timeout(20):
        while repairs.pending or repairs.busy:
            await asyncio.sleep(0.01)
