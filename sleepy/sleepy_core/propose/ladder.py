"""The ladder: the cheapest rung first, every candidate compiled, the best offered.

A rung that has repaired the error properly ends the climb, so a model is asked only for what neither the
compiler nor memory could repair.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import TypeVar

import structlog

from sleepy_core.errors import PatchError
from sleepy_core.model import (
    Attempt,
    Identity,
    Offer,
    Patch,
    Proposal,
    RelPath,
    Source,
    Verdict,
    VerdictKind,
)
from sleepy_core.propose.case import Case, Proposer
from sleepy_core.propose.streams import closing
from sleepy_core.settings import FixSettings
from sleepy_core.store.ids import new_id
from sleepy_core.text import apply_patch, digest

log = structlog.get_logger()

T = TypeVar("T")
Verify = Callable[[Patch, Identity], Awaitable[Verdict]]

_KINDS = (VerdictKind.CLEAN, VerdictKind.BETTER, VerdictKind.UNMASKS, VerdictKind.BREAKS)
_SOURCES = (Source.HUMAN, Source.COMPILER, Source.RECALL, Source.SEARCH, Source.MODEL)


def best_first(offers: Iterable[Offer]) -> list[Offer]:
    """Offers of one error in the order to show them: the first is the preferred one unless it is weak.

    Not weak; then by verdict, errors left, who proposed it, its cost, and the smallest diff.
    """
    return sorted(offers, key=_rank)


def _rank(offer: Offer) -> tuple[bool, int, int, int, float, int]:
    proposal, verdict = offer.proposal, offer.verdict
    return (
        proposal.weak,
        _KINDS.index(verdict.kind),
        verdict.remaining,
        _SOURCES.index(proposal.source),
        proposal.cost,
        proposal.patch.size,
    )


class Ladder:
    """Climbs from proposer to proposer for one error at a time; may climb for several at once."""

    def __init__(self, proposers: Sequence[Proposer], verify: Verify, settings: FixSettings) -> None:
        """`proposers` from the cheapest up; `verify` compiles a patch (it sees the same texts as the case)."""
        self._proposers = tuple(proposers)
        self._verify = verify
        self._settings = settings

    async def climb(
        self, case: Case, on_attempt: Callable[[Attempt], None] | None = None
    ) -> AsyncGenerator[Offer, None]:
        """The verified offers for a case, each as soon as it is compiled; order them by `best_first`.

        Closing the iterator closes the proposer at work; what `verify` raises comes out here.
        """
        async with aclosing(Climb(self._proposers, case, self._settings)) as climb:
            while (proposal := await climb.next()) is not None:
                try:
                    verdict = await climb.in_time(self._verify(proposal.patch, case.diagnostic.identity))
                except TimeoutError:
                    return
                except PatchError as error:
                    verdict = Verdict(VerdictKind.BREAKS, remaining=len(case.errors), reason=str(error))
                offer = climb.told(proposal, verdict)
                if on_attempt is not None:
                    on_attempt(climb.tried[-1])
                if offer is not None:
                    yield offer


class Climb:
    """One climb, candidate by candidate: decides what is compiled next; whoever drives it compiles.

    It ends after a rung with a proper repair (not weak; clean or better), and at the settings' candidates, seconds and
    offers. Weak offers do not count as offers there, so that they never keep a proper one out; at most as many again
    are made. What no longer applies to the case's texts, or leads to a text that was compiled already, costs nothing.
    """

    def __init__(self, proposers: Sequence[Proposer], case: Case, settings: FixSettings, *, ahead: bool = True) -> None:
        """`proposers` from the cheapest up. `ahead`: they think of the next candidate while the last one is compiled,
        which is quicker; what they have spent at the end then depends on who was quicker.
        """
        self._rungs = iter(proposers)
        self._case = case
        self._search = _Search(settings)
        self._ahead = ahead
        self._stream: _Ahead | None = None

    @property
    def tried(self) -> Sequence[Attempt]:
        """What was compiled, in that order."""
        return self._search.tried

    async def next(self) -> Proposal | None:
        """What to compile now; None at the end of the climb."""
        search = self._search
        while not search.exhausted:
            if self._stream is None:
                rung = None if search.settled else next(self._rungs, None)
                if rung is None:
                    return None
                self._stream = _Ahead(rung.propose(self._case, tuple(search.tried)), search, self._ahead)
            proposal = await anext(self._stream, None)
            if proposal is None:
                await self.aclose()
            elif search.is_new(self._case.texts, proposal):
                return proposal
        await self.aclose()
        return None

    def told(self, proposal: Proposal, verdict: Verdict) -> Offer | None:
        """What the compiler said of the last candidate; the offer that it is, if it is one."""
        search, case = self._search, self._case
        if not search.wants(search.record(proposal, verdict)):
            return None
        return Offer(
            id=new_id(),
            diagnostic=case.diagnostic,
            signature=case.signature,
            family=case.family,
            proposal=proposal,
            verdict=verdict,
            attempts=search.compiled(proposal),
            ms=search.elapsed * 1000,
        )

    async def in_time(self, awaitable: Awaitable[T]) -> T:
        """The result, or `TimeoutError` (and the work cancelled) when the time for this error ends first."""
        return await self._search.in_time(awaitable)

    async def aclose(self) -> None:
        """Close the proposer at work."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.aclose()


class _Search:
    """What is known of one climb: what was tried, and what is still allowed."""

    def __init__(self, settings: FixSettings) -> None:
        self.tried: list[Attempt] = []
        self.settled = False  # a proper repair was found
        self._settings = settings
        self._start = time.monotonic()
        self._proper = 0
        self._weak = 0
        self._seen: set[tuple[tuple[RelPath, str], ...]] = set()

    @property
    def elapsed(self) -> float:
        """Seconds since the climb began."""
        return time.monotonic() - self._start

    @property
    def exhausted(self) -> bool:
        """Is there nothing more to spend, or nothing more to gain?"""
        settings = self._settings
        return (
            len(self.tried) >= settings.candidates
            or self._proper >= settings.offers
            or self.elapsed >= settings.budget_seconds
        )

    async def in_time(self, awaitable: Awaitable[T]) -> T:
        """The result, or `TimeoutError` (and the work cancelled) when the budget ends first."""
        # Not `wait_for`: before Python 3.12 it loses a cancellation that comes together with the result.
        async with asyncio.timeout(max(0.0, self._settings.budget_seconds - self.elapsed)):
            return await awaitable

    def is_new(self, texts: Mapping[RelPath, str], proposal: Proposal) -> bool:
        """Does it apply, change something, and lead to texts that were not compiled yet?"""
        try:
            result = apply_patch(texts, proposal.patch)
        except PatchError as error:
            log.debug("proposal does not apply", source=proposal.source, label=proposal.label, problem=str(error))
            return False
        key = tuple(sorted((file, digest(text)) for file, text in result.items() if text != texts[file]))
        if not key or key in self._seen:
            return False
        self._seen.add(key)
        return True

    def record(self, proposal: Proposal, verdict: Verdict) -> Attempt:
        """Count one compiled candidate."""
        attempt = Attempt(proposal, verdict)
        self.tried.append(attempt)
        return attempt

    def compiled(self, proposal: Proposal) -> int:
        """Candidates compiled until now, those included that the proposal's proposer screened by itself."""
        confirmed = sum(attempt.proposal.source is proposal.source for attempt in self.tried)
        return len(self.tried) + max(0, proposal.screened - confirmed)

    def wants(self, attempt: Attempt) -> bool:
        """Is the attempt to be offered? Counts it."""
        kind = attempt.verdict.kind
        if not kind.offered:
            return False
        if attempt.proposal.weak:
            self._weak += 1
            return self._weak <= self._settings.offers
        self._proper += 1
        # One that compiles and fails the tests (its verdict has a reason) is offered, and better is looked for.
        proper = kind in (VerdictKind.CLEAN, VerdictKind.BETTER) and not attempt.verdict.reason
        self.settled = self.settled or proper
        return True


class _Ahead:
    """A proposer's stream that thinks of its next proposal while the last one is being compiled.

    A proposer that fails, against its promise, ends its own stream and nothing else.
    """

    def __init__(self, stream: AsyncIterator[Proposal], search: _Search, ahead: bool) -> None:
        self._stream = stream
        self._ahead = ahead
        self._search = search
        self._next: asyncio.Task[Proposal | None] | None = None

    def __aiter__(self) -> _Ahead:
        return self

    async def __anext__(self) -> Proposal:
        task = self._next or asyncio.create_task(self._advance(), name="next proposal")
        self._next = None
        try:
            proposal = await self._search.in_time(task)
        except TimeoutError:
            raise StopAsyncIteration from None
        if proposal is None:
            raise StopAsyncIteration
        if self._ahead:
            self._next = asyncio.create_task(self._advance(), name="next proposal")
        return proposal

    async def aclose(self) -> None:
        """Stop thinking ahead, then close the proposer."""
        async with closing(self._stream):
            if self._next is not None:
                self._next.cancel()
                await asyncio.wait([self._next])

    async def _advance(self) -> Proposal | None:
        try:
            return await anext(self._stream, None)
        except Exception:
            log.exception("a proposer failed")
            return None
