"""The search for repairs of one project's errors, while its texts stand still.

Every error is a job. Cheap rungs (the compiler, earlier fixes) go first over all errors, the nearest
to the cursor first; only then is the model asked about what is left. When the texts change the search
stops, and the next completed check renews it: what was found before and still fits is tried first.
"""

from __future__ import annotations

import asyncio
import dataclasses
import heapq
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import structlog

from sleepy_core.errors import SleepyError
from sleepy_core.model import (
    Attempt,
    CheckResult,
    Diagnostic,
    Edit,
    FilePatch,
    Identity,
    Offer,
    Patch,
    Position,
    Proposal,
    RelPath,
    Source,
)
from sleepy_core.propose.case import Case, Costly, Proposer
from sleepy_core.propose.ladder import Ladder, best_first
from sleepy_core.text import common_length, digest
from sleepy_core.verify import first_things
from sleepy_core.workbench import Workbench

log = structlog.get_logger()

STAGES = 2
# One error more than there are slots is worked on at a time: its edits are screened while another's are confirmed.
AHEAD = 1
# After a bad merge there may be thousands of errors: so many, the nearest to the cursor, are worked on unasked.
UNASKED = 100
JobKey = tuple[Identity, int]  # the n-th error of this identity, in order of place


@dataclass(slots=True)
class Job:
    """The search for one error."""

    key: JobKey
    diagnostic: Diagnostic
    offers: list[Offer] = field(default_factory=list)  # best first
    seeds: list[Proposal] = field(default_factory=list)  # what was found for it on an earlier text
    bases: dict[RelPath, str] = field(default_factory=dict)  # the texts that the offers' patches were made for
    ids: dict[str, str] = field(default_factory=dict)  # new text of a repair -> the id it was offered under
    stage: int = 0  # 0: cheap proposers next; 1: costly ones; STAGES: all tried
    wanted: bool = False  # asked for by the user, whatever the settings say
    settled: asyncio.Event = field(default_factory=asyncio.Event)  # has an offer, or is exhausted

    @property
    def exhausted(self) -> bool:
        """Has everything been tried?"""
        return self.stage >= STAGES


class Repairs:
    """Jobs of one project, and the workers that go through them."""

    def __init__(
        self,
        bench: Workbench,
        cheap: Sequence[Proposer],
        costly: Costly,
        on_offer: Callable[[Offer, Mapping[RelPath, str], Sequence[Attempt]], None],
        on_progress: Callable[[], None],
    ) -> None:
        self._bench = bench
        self._cheap = tuple(cheap)
        self._costly = costly
        self._on_offer = on_offer
        self._on_progress = on_progress
        self._jobs: dict[JobKey, Job] = {}
        self._focus: tuple[RelPath, int] = ("", 0)
        self._near: frozenset[JobKey] = frozenset()
        self._standing = False  # do the texts stand still?
        self._workers: list[asyncio.Task[None]] = []
        self._running: set[JobKey] = set()

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All jobs, in no order that matters."""
        return tuple(self._jobs.values())

    @property
    def busy(self) -> Diagnostic | None:
        """An error that is being worked on now."""
        return next((self._jobs[key].diagnostic for key in self._running if key in self._jobs), None)

    @property
    def pending(self) -> bool:
        """Is anything left to be tried?"""
        return any(self._open(job) for job in self._jobs.values())

    def look_at(self, file: RelPath, line: int) -> None:
        """The user's cursor: errors near it go first."""
        if (file, line) == self._focus:
            return
        self._focus = (file, line)
        before = self._near
        self._find_near()
        if self._standing and self._near != before:
            self.start()

    async def stop(self) -> None:
        """The texts change: verification that is under way has become pointless."""
        self._standing = False
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        self._running.clear()

    async def renew(self, result: CheckResult, unchanged: Callable[[Offer], bool]) -> None:
        """Take up the errors of a completed check. Offers that `unchanged` vouches for stay as they are."""
        await self.stop()
        old, self._jobs = self._jobs, {}
        texts = self._bench.texts
        for key, diagnostic in keyed(result.errors):
            job = self._jobs[key] = Job(key, diagnostic)
            before = old.pop(key, None)
            if before is None:
                continue
            job.wanted, job.ids = before.wanted, before.ids
            job.offers = [dataclasses.replace(o, diagnostic=diagnostic) for o in before.offers if unchanged(o)]
            if job.offers:
                job.stage, job.bases = before.stage, before.bases
                job.settled.set()
            else:
                rebased = (rebase(o.proposal.patch, before.bases, texts) for o in before.offers)
                job.seeds = [
                    dataclasses.replace(o.proposal, patch=patch)
                    for o, patch in zip(before.offers, rebased, strict=True)
                    if patch is not None
                ]
        self._find_near()
        for job in old.values():
            job.settled.set()  # its error is gone; nobody must wait for it
        self.start()

    def start(self) -> None:
        """Let workers go through what is open."""
        self._standing = True
        self._workers = [w for w in self._workers if not w.done()]
        for number in range(len(self._workers), self._bench.settings.fix.slots + AHEAD):
            self._workers.append(asyncio.create_task(self._work(), name=f"repairs-{number}"))

    def at(self, file: RelPath, position: Position) -> Job | None:
        """The job of the error at a place: the one whose span holds it, else the nearest on its line."""
        here = [j for j in self._jobs.values() if j.diagnostic.file == file]
        holding = [j for j in here if j.diagnostic.span.start <= position <= j.diagnostic.span.end]
        on_line = [j for j in here if j.diagnostic.span.start.line <= position.line <= j.diagnostic.span.end.line]
        found = holding or on_line
        return min(found, key=lambda j: abs(j.diagnostic.span.start.column - position.column)) if found else None

    async def find(self, job: Job) -> Offer | None:
        """The best repair of one error, looked for at once; None when there is none."""
        job.wanted = True
        self.look_at(job.diagnostic.file, job.diagnostic.span.start.line)
        self.start()
        await job.settled.wait()
        return job.offers[0] if job.offers else None

    def _open(self, job: Job) -> bool:
        if job.exhausted or (job.stage > 0 and job.offers):
            return False
        return job.wanted or (self._bench.settings.editor.auto_fix and job.key in self._near)

    def _find_near(self) -> None:
        first = {id(diagnostic) for diagnostic in first_things(job.diagnostic for job in self._jobs.values())}
        jobs = [job for job in self._jobs.values() if id(job.diagnostic) in first]
        near = jobs if len(jobs) <= UNASKED else heapq.nsmallest(UNASKED, jobs, key=self._distance)
        self._near = frozenset(job.key for job in near)

    def _distance(self, job: Job) -> tuple[bool, int, RelPath, Position]:
        """From the cursor: its file first, by lines, then the others."""
        file, line = self._focus
        start = job.diagnostic.span.start
        here = job.diagnostic.file == file
        return not here, abs(start.line - line) if here else 0, job.diagnostic.file, start

    def _next(self) -> Job | None:
        asking = sum(self._jobs[key].stage > 0 for key in self._running if key in self._jobs)
        ready = [
            job
            for job in self._jobs.values()
            if self._open(job)
            and job.key not in self._running
            # A model is not asked about more errors at once than can be verified.
            and (job.stage == 0 or asking < self._bench.settings.fix.slots)
        ]
        return min(ready, key=lambda job: (not job.wanted, job.stage, self._distance(job)), default=None)

    async def _work(self) -> None:
        while (job := self._next()) is not None:
            self._running.add(job.key)
            self._on_progress()
            try:
                await self._climb(job)
            except SleepyError as error:
                log.warning("repair-failed", code=job.diagnostic.code, file=job.diagnostic.file, problem=str(error))
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("repair-failed", code=job.diagnostic.code, file=job.diagnostic.file)
            finally:
                self._running.discard(job.key)
            job.stage += 1
            if job.offers or job.exhausted:
                job.settled.set()
            self._on_progress()

    async def _climb(self, job: Job) -> None:
        proposers: Sequence[Proposer] = (Seeds(job.seeds), *self._cheap) if job.stage == 0 else await self._costly()
        if not proposers:
            return
        texts = self._bench.texts
        ladder = Ladder(proposers, self._bench.verify, self._bench.settings.fix)
        tried: list[Attempt] = []
        async with aclosing(ladder.climb(self._bench.case(job.diagnostic), tried.append)) as offers:
            async for found in offers:
                offer = dataclasses.replace(found, id=job.ids.setdefault(repaired(found), found.id))
                job.offers = best_first([*job.offers, offer])[: self._bench.settings.fix.offers]
                job.bases.update((path, texts[path]) for path in offer.proposal.patch.paths)
                self._on_offer(offer, job.bases, tuple(tried))
                job.settled.set()
                self._on_progress()


class Seeds:
    """Repairs of an earlier text, moved to the present one: the likeliest to be right again."""

    source = Source.RECALL

    def __init__(self, proposals: Sequence[Proposal]) -> None:
        self._proposals = proposals

    async def propose(self, case: Case, tried: Sequence[Attempt]) -> AsyncIterator[Proposal]:
        """The seeds, as they are."""
        del case, tried
        for proposal in self._proposals:
            yield proposal


def keyed(errors: Iterable[Diagnostic]) -> list[tuple[JobKey, Diagnostic]]:
    """Errors under names that survive edits elsewhere in the file."""
    seen: Counter[Identity] = Counter()
    result = []
    for diagnostic in sorted(errors, key=lambda d: (d.file, d.span.start)):
        result.append(((diagnostic.identity, seen[diagnostic.identity]), diagnostic))
        seen[diagnostic.identity] += 1
    return result


def repaired(offer: Offer) -> str:
    """A name for what a repair writes, wherever in the file it stands."""
    return digest("\0".join(f"{f.file}:{e.text}" for f in offer.proposal.patch.files for e in f.edits))


def rebase(patch: Patch, bases: Mapping[RelPath, str], texts: Mapping[RelPath, str]) -> Patch | None:
    """The patch moved from its old texts to new ones, or None where the lines that it touches were touched.

    Compares by common beginning and end: one region of change a file, as typing and one accepted fix make.
    """
    parts = []
    for part in patch.files:
        old, new = bases.get(part.file), texts.get(part.file)
        if old is None or new is None or digest(old) != part.base:
            return None
        head = common_length(old, new)
        tail = common_length(old[head:][::-1], new[head:][::-1])
        shift = len(new) - len(old)
        edits = []
        for edit in part.edits:
            if edit.end <= head:
                edits.append(edit)
            elif edit.start >= len(old) - tail:
                edits.append(Edit(edit.start + shift, edit.end + shift, edit.text))
            else:
                return None
        parts.append(FilePatch(part.file, digest(new), tuple(edits)))
    return Patch(tuple(parts))
