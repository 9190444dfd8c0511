"""What becomes of the offers: the daemon's memory of open episodes.

A fix may be taken in many ways: by the lightbulb, by hand, by another tool. So nobody reports an
acceptance; it is *recognised* by the text that it leads to. From then on the same watch tells a
confirmation (a completed check no longer has the error) from an undo (the old text is back).
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from sleepy_core.errors import SleepyError, StoreUnavailable
from sleepy_core.model import (
    Attempt,
    CheckResult,
    Episode,
    Offer,
    Outcome,
    Patch,
    RelPath,
    RepoIdentity,
    Source,
)
from sleepy_core.store.database import Database
from sleepy_core.text import LineIndex, apply_patch, digest, unified_diff

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where offers come from, as it is written into their episodes."""

    repo: RepoIdentity
    run: str
    engine: str = ""
    model: str = ""


def episode(offer: Offer, texts: Mapping[RelPath, str], origin: Origin, head: str, steps: int = 1) -> Episode:
    """The episode of an offer at the moment of offering. `texts` are those that the patch was made for."""
    patch, diagnostic = offer.proposal.patch, offer.diagnostic
    after = apply_patch(texts, patch)
    before = {file: texts[file] for file in after}
    kept = excerpt(offer, texts)
    by_model = offer.proposal.source is Source.MODEL
    return Episode(
        id=offer.id,
        repo=origin.repo.id,
        run=origin.run,
        created=time.time(),
        file=diagnostic.file,
        code=diagnostic.code,
        message=diagnostic.message,
        signature=offer.signature,
        family=offer.family,
        source=offer.proposal.source,
        label=offer.proposal.label,
        verdict=offer.verdict.kind,
        outcome=Outcome.OFFERED,
        diff=unified_diff(before, after),
        before=kept.before,
        after=kept.after,
        rendered=diagnostic.rendered,
        attempts=offer.attempts,
        steps=steps,
        prompt_tokens=offer.proposal.usage.prompt_tokens,
        answer_tokens=offer.proposal.usage.answer_tokens,
        ms=offer.ms,
        engine=origin.engine if by_model else "",
        model=origin.model if by_model else "",
        coefficients=offer.proposal.coefficients,
        head=head,
        result_digests=tuple(sorted((file, digest(text)) for file, text in after.items())),
        edit_kind=offer.proposal.kind,
        weak=offer.proposal.weak,
        fault=diagnostic,
        line=kept.line,
        above=kept.above,
        below=kept.below,
    )


def human_episode(
    fix: Offer, before: Mapping[RelPath, str], after: Mapping[RelPath, str], origin: Origin, head: str, unfit: str
) -> Episode:
    """The episode of a fix that somebody made: it leads from the texts `before`, and `after` are those that stand now.

    `unfit` says why nothing is to be learned from it, if so.
    """
    return replace(
        episode(fix, before, origin, head),
        outcome=Outcome.HUMAN,
        closed=time.time(),
        result_digests=tuple((file, digest(after[file])) for file in fix.proposal.patch.paths),
        unfit=unfit,
    )


AROUND = 8
"""Lines kept on either side of an excerpt: more than a prompt shows around the lines that are to be rewritten."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The lines from the first to the last that a fault or its repair touches, and some around them."""

    line: int  # where `before` begins, from 0
    above: str
    before: str
    after: str
    below: str


def excerpt(offer: Offer, texts: Mapping[RelPath, str]) -> Excerpt:
    """What an episode keeps of the text.

    Of a patch of several files this is the diagnostic's file, or the first patched one.
    """
    patch, diagnostic = offer.proposal.patch, offer.diagnostic
    part = next((f for f in patch.files if f.file == diagnostic.file), patch.files[0])
    text = texts[part.file]
    index = LineIndex(text)

    def line_start(line: int) -> int:
        return index.starts[max(line, 0)] if line < index.line_count else len(text)

    first = min(index.position(e.start).line for e in part.edits)
    last = max(index.position(max(e.start, e.end - 1)).line for e in part.edits)
    if part.file == diagnostic.file:
        first, last = min(first, diagnostic.span.start.line), max(last, diagnostic.span.start.line)
    start, end = line_start(first), line_start(last + 1)
    repaired = apply_patch({part.file: text}, Patch((part,)))[part.file]
    return Excerpt(
        line=first,
        above=text[line_start(first - AROUND) : start],
        before=text[start:end],
        after=repaired[start : len(repaired) - (len(text) - end)],
        below=text[end : line_start(last + 1 + AROUND)],
    )


@dataclass(slots=True)
class _Open:
    """An episode that may still move, and the texts that tell how."""

    offer: Offer
    outcome: Outcome
    bases: dict[RelPath, str]
    results: dict[RelPath, str]
    count: int  # errors of the same identity when it was offered
    together: dict[RelPath, str] = field(default_factory=dict)  # the texts of "fix all" with this one in it


class Ledger:
    """Open episodes of one project; writes their moves to the database in order, off the caller's path."""

    def __init__(self, database: Database, origin: Origin) -> None:
        self.origin = origin
        self._database = database
        self._open: dict[str, _Open] = {}
        self.problem = ""  # why the database cannot be written now; "" while it can
        self._on_problem: Callable[[], None] = lambda: None
        self._writes: deque[Callable[[], Awaitable[object]]] = deque()
        self._writing = asyncio.Lock()
        self._writer: asyncio.Task[None] | None = None
        self._bases: Callable[[], str] = str  # the latest of what stands open
        self._remembered = ""  # what the database has of it

    def listen(self, on_problem: Callable[[], None]) -> None:
        """Say who wants to hear that `problem` is another one."""
        self._on_problem = on_problem

    def offered(
        self, offer: Offer, texts: Mapping[RelPath, str], tried: Sequence[Attempt], result: CheckResult, head: str
    ) -> None:
        """A verified fix is ready to be shown; `texts` are those that it was made for, `tried` all candidates so far.

        Offering the same again (the same id, on a newer text) changes nothing in the database.
        """
        made = episode(offer, texts, self.origin, head)
        known = self._open.get(offer.id)
        self._open[offer.id] = _Open(
            offer,
            known.outcome if known else Outcome.OFFERED,
            {f.file: f.base for f in offer.proposal.patch.files},
            dict(made.result_digests),
            _count(result, offer),
        )
        if known is None:
            self._write(lambda: self._database.add_episode(made, tried))

    def by_hand(self, fix: Offer, made: Episode, before: Mapping[RelPath, str]) -> None:
        """Somebody has repaired an error: `made` is the episode of the `fix`, `before` the texts that it leads from."""
        if any(entry.outcome is Outcome.HUMAN and _same(entry.offer, fix) for entry in self._open.values()):
            return  # undone, and done again: `seen` has recognised it
        bases = {file: digest(before[file]) for file, _ in made.result_digests}
        self._open[fix.id] = _Open(fix, Outcome.HUMAN, bases, dict(made.result_digests), 1)
        self._write(lambda: self._database.add_episode(made))

    async def is_known(self, fix: Episode, since: float) -> bool:
        """Was an offer for the error of this human fix taken since then, here or by another process, or is it there?"""
        return await self._database.is_known(fix, since)

    def remember_open(self, root: Path, bases: Callable[[], str]) -> None:
        """Keep what stands open in the project; `bases` is asked in a thread, and only the latest is written."""
        self._bases = bases

        async def write() -> None:
            if self._bases is not bases:
                return
            text = await asyncio.to_thread(bases)
            if text != self._remembered:
                await self._database.remember_open(self.origin.repo.id, root, text)
                self._remembered = text

        self._write(write)

    async def open_errors(self, root: Path) -> str:
        """What stood open when the project was last watched; "" if nothing is known."""
        self._remembered = await self._database.open_errors(self.origin.repo.id, root)
        return self._remembered

    def composed(self, ids: Sequence[str], patch: Patch, texts: Mapping[RelPath, str]) -> None:
        """These offers can be taken as one, "fix all": the text that the patch leads to means all of them."""
        together = {file: digest(text) for file, text in apply_patch(texts, patch).items()}
        for key in ids:
            if key in self._open:
                self._open[key].together = together

    def seen(self, file: RelPath, current: Callable[[RelPath], str | None]) -> tuple[str, ...]:
        """A file has a new text. `current` gives a file's digest now. Returns the ids of offers just accepted."""
        accepted = []
        for key, entry in self._open.items():
            if file not in entry.results and file not in entry.together:
                continue
            if entry.outcome in (Outcome.OFFERED, Outcome.DISMISSED, Outcome.REVERTED):
                if _stands(entry.results, current) or _stands(entry.together, current):
                    if entry.offer.proposal.source is Source.HUMAN:
                        self._move(key, entry, Outcome.HUMAN)
                        continue
                    self._move(key, entry, Outcome.ACCEPTED)
                    accepted.append(key)
            elif _stands(entry.bases, current):
                self._move(key, entry, Outcome.REVERTED)
        return tuple(accepted)

    def files(self, ids: Iterable[str]) -> frozenset[RelPath]:
        """The files that these offers change, alone or together with others."""
        return frozenset(file for key in ids for file in (*self._open[key].results, *self._open[key].together))

    def checked(self, result: CheckResult) -> None:
        """A check was completed: accepted fixes whose error is gone are confirmed; what waits is tried again."""
        for key, entry in self._open.items():
            if entry.outcome is Outcome.ACCEPTED and _count(result, entry.offer) < entry.count:
                self._move(key, entry, Outcome.CONFIRMED)
        if self._writes:
            self._start_writing()

    def dismissed(self, offer_id: str, reason: str) -> None:
        """The user does not want to see this fix again."""
        entry = self._open.get(offer_id)
        if entry is not None and entry.outcome is Outcome.OFFERED:
            self._move(offer_id, entry, Outcome.DISMISSED, reason)

    async def flush(self) -> None:
        """Write everything said so far; what cannot be written now is kept, in order, and tried with the next."""
        async with self._writing:
            while self._writes:
                try:
                    await self._writes[0]()
                except StoreUnavailable as error:
                    # A full disk must not stop the fixes.
                    self._has_problem(f"episodes cannot be written, and are kept until they can: {error}")
                    return
                except SleepyError as error:
                    log.error("episode-not-written", problem=str(error))
                except Exception:
                    log.exception("episode-not-written")
                self._writes.popleft()
            self._has_problem("")

    async def aclose(self) -> None:
        """Write what is left."""
        await self.flush()
        if self._writes:
            log.error("episodes-lost", moves=len(self._writes), problem=self.problem)

    def _move(self, key: str, entry: _Open, outcome: Outcome, note: str = "") -> None:
        entry.outcome = outcome
        self._write(lambda: self._database.move(key, outcome, note))

    def _write(self, action: Callable[[], Awaitable[object]]) -> None:
        self._writes.append(action)
        self._start_writing()

    def _start_writing(self) -> None:
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self.flush(), name="ledger-writer")

    def _has_problem(self, problem: str) -> None:
        if problem != self.problem:
            if problem:
                log.error("episodes-not-written", problem=problem)
            self.problem = problem
            self._on_problem()


def _count(result: CheckResult, offer: Offer) -> int:
    return sum(d.identity == offer.diagnostic.identity for d in result.errors)


def _same(one: Offer, other: Offer) -> bool:
    """Do two fixes repair the same error of the same text in the same way?"""
    places = [(o.diagnostic.identity, o.diagnostic.span.start, o.proposal.patch) for o in (one, other)]
    return places[0] == places[1]


def _stands(texts: Mapping[RelPath, str], current: Callable[[RelPath], str | None]) -> bool:
    return bool(texts) and all(current(file) == wanted for file, wanted in texts.items())
