"""Where a task is worked on: does actions, keeps repairs, and remembers all of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from sleepy_core.agent.actions import Action, ApplyPatch, Misread, OpenFile, RunCheck, RunTest, Search, Turn
from sleepy_core.agent.bench import Bench
from sleepy_core.errors import PatchError
from sleepy_core.model import Attempt, CheckEnd, CheckResult, Diagnostic, Offer, RelPath, Verdict, VerdictKind
from sleepy_core.propose.prompt import compiler_text

_MOST_LINES = 200  # of an answer
_MOST_ERRORS = 5


@dataclass(frozen=True, slots=True)
class Kept:
    """A repair that was made: the offer, the texts that it was made on, and what was compiled until then."""

    offer: Offer
    bases: dict[RelPath, str]
    tried: tuple[Attempt, ...]
    left: int  # errors after it


class Desk:
    """One task at work."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.turns: list[Turn] = []
        self.kept: list[Kept] = []
        self.result: CheckResult | None = None
        self._tried: list[Attempt] = []

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What the last check found."""
        return self.result.errors if self.result is not None else ()

    @property
    def green(self) -> bool:
        """Did the last check find nothing?"""
        return self.result is not None and self.result.end is CheckEnd.DONE and not self.result.errors

    @property
    def patches(self) -> int:
        """How many patches were compiled."""
        return sum(isinstance(turn.action, ApplyPatch) for turn in self.turns)

    async def do(self, action: Action) -> Turn:
        """Do it. What cannot be done is an answer, too, and no exception."""
        start = time.monotonic()
        verdict = None
        match action:
            case ApplyPatch():
                verdict = await self._try(action)
                answer = _told(verdict)
            case RunCheck():
                self.result = await self.bench.check()
                answer = self.state()
            case RunTest():
                answer = await self.bench.test() or "The tests pass."
            case OpenFile(file, first, last):
                answer = _opened(self.bench.texts, file, first, last)
            case Search(text):
                answer = _found(self.bench.texts, text)
            case Misread(tool, problem):
                answer = f"{tool}: {problem}"
        self.turns.append(Turn(action, answer, time.monotonic() - start, verdict))
        return self.turns[-1]

    async def keep(self, offer: Offer) -> int:
        """Make the repair, and check; how many errors are left."""
        texts = self.bench.texts
        bases = {file: texts[file] for file in offer.proposal.patch.paths}
        await self.bench.take(offer.proposal.patch)
        self.result = await self.bench.check()
        self.kept.append(Kept(offer, bases, tuple(self._tried), len(self.result.errors)))
        self._tried.clear()
        return len(self.errors)

    def state(self) -> str:
        """What the compiler says, for a reader: the first errors as it prints them."""
        if self.result is not None and self.result.end is not CheckEnd.DONE:
            return f"The compiler could not check: {self.result.problem}"
        if not self.errors:
            return "No errors."
        shown = "\n".join(compiler_text(error).strip() for error in self.errors[:_MOST_ERRORS])
        return f"{len(self.errors)} error{'s' * (len(self.errors) != 1)}:\n{shown}"

    async def _try(self, action: ApplyPatch) -> Verdict:
        try:
            verdict = await self.bench.verify(action.proposal.patch, action.target.identity)
        except PatchError as error:
            verdict = Verdict(VerdictKind.BREAKS, remaining=len(self.errors), reason=str(error))
        self._tried.append(Attempt(action.proposal, verdict))
        return verdict


def _told(verdict: Verdict) -> str:
    if verdict.kind is VerdictKind.BREAKS:
        return f"Not kept, the code is as it was: {verdict.reason}."
    return "It compiles." if not verdict.remaining else f"Better; {verdict.remaining} errors are left."


def _opened(texts: Mapping[RelPath, str], file: RelPath, first: int, last: int) -> str:
    text = texts.get(file)
    if text is None:
        return f"There is no file {file}; there are: {', '.join(sorted(texts)[:20])}"
    lines = text.split("\n")
    first = max(1, first)
    last = min(last, len(lines), first + _MOST_LINES - 1)
    if first > last:
        return f"{file} has {len(lines)} lines."
    return "\n".join(f"{number}| {lines[number - 1]}" for number in range(first, last + 1))


def _found(texts: Mapping[RelPath, str], wanted: str) -> str:
    if not wanted.strip():
        return "There is nothing to look for."
    lines = [
        f"{file}:{number}: {line.strip()}"
        for file in sorted(texts)
        for number, line in enumerate(texts[file].split("\n"), 1)
        if wanted in line
    ]
    return "\n".join(lines[:_MOST_LINES]) or f"No line has {wanted!r}."
