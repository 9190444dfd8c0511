"""Proposers and verifiers that do as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from helpers.diagnostics import FILE
from sleepy_core.model import Attempt, Edit, FilePatch, Identity, Patch, Proposal, Source, Usage, Verdict, VerdictKind
from sleepy_core.propose.case import Case
from sleepy_core.text import apply_edits, digest


def whole_text(old: str, new: str, file: str = FILE) -> Patch:
    """The patch that replaces a whole text by another."""
    return Patch((FilePatch(file, digest(old), (Edit(0, len(old), new),)),))


def proposal(
    old: str, new: str, source: Source = Source.COMPILER, *, weak: bool = False, cost: float = 0.0
) -> Proposal:
    """A proposal that replaces a whole text by another, labelled with the new text."""
    return Proposal(whole_text(old, new), source, new, cost, weak=weak, usage=Usage())


class FakeProposer:
    """Yields what it is given, in order; an exception is raised, a number is waited for (seconds)."""

    def __init__(self, *script: Proposal | BaseException | float, source: Source = Source.COMPILER) -> None:
        self.source = source
        self.asked = 0
        self.closed = 0
        self.tried: Sequence[Attempt] = ()
        self._script = script

    async def propose(self, case: Case, tried: Sequence[Attempt]) -> AsyncIterator[Proposal]:
        self.asked += 1
        self.tried = tried
        try:
            for step in self._script:
                if isinstance(step, Proposal):
                    yield step
                elif isinstance(step, BaseException):
                    raise step
                else:
                    await asyncio.sleep(step)
        finally:
            self.closed += 1


class FakeVerifier:
    """Says of each resulting text what a function says; remembers what it was asked."""

    def __init__(
        self, old: str, judge: Callable[[str], VerdictKind | Verdict | Exception], seconds: float = 0.0
    ) -> None:
        self.compiled: list[str] = []
        self._old = old
        self._judge = judge
        self._seconds = seconds

    async def __call__(self, patch: Patch, target: Identity) -> Verdict:
        text = apply_edits(self._old, patch.files[0].edits)
        self.compiled.append(text)
        await asyncio.sleep(self._seconds)
        said = self._judge(text)
        if isinstance(said, Exception):
            raise said
        return said if isinstance(said, Verdict) else Verdict(said, remaining=0 if said is VerdictKind.CLEAN else 1)
