"""Repair a project round by round, without an editor: what `sleepy fix` does.

A round checks, looks for the best verified repair of every error (cheap proposers over all errors
first, the model only for what they leave), composes what goes together, and lays it over the shadow.
Nothing is written into the user's tree; `write_texts` does that, at the end, if the user said so.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from sleepy_core.errors import CargoError, PatchError
from sleepy_core.model import Attempt, CheckEnd, Diagnostic, Identity, Offer, RelPath, VerdictKind
from sleepy_core.propose.case import Costly, Proposer
from sleepy_core.propose.ladder import Ladder
from sleepy_core.repairs import AHEAD, keyed
from sleepy_core.text import apply_patch, digest, read_text, unified_diff
from sleepy_core.verify import first_things
from sleepy_core.workbench import Workbench

# How long the names of libraries are waited for; most are there from an earlier time.
_READING_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Repair:
    """One error repaired: the offer, and the texts that it was verified on."""

    offer: Offer
    bases: dict[RelPath, str]
    round: int
    tried: tuple[Attempt, ...]

    @property
    def diff(self) -> str:
        """The change as a unified diff, git style."""
        return unified_diff(self.bases, self.bases | apply_patch(self.bases, self.offer.proposal.patch))


@dataclass(frozen=True, slots=True)
class Report:
    """What `repair` achieved."""

    before: int
    remaining: tuple[Diagnostic, ...]
    rounds: int
    seconds: float
    repairs: tuple[Repair, ...]
    texts: dict[RelPath, str]  # the changed files, as they should be
    bases: dict[RelPath, str]  # the same files, as they were found
    tests: str = ""  # with `tests`: what failed, in one sentence
    out_of_time: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the work stands, for whoever watches."""

    round: int
    errors: int
    doing: str  # "checking", "E0382 in src/lib.rs:12", "composing"
    done: int = 0  # errors looked at in this round


async def repair(
    bench: Workbench,
    cheap: Sequence[Proposer],
    costly: Costly,
    *,
    rounds: int,
    budget: float,
    tests: bool = False,
    watch: Callable[[Progress], None] = lambda _: None,
) -> Report:
    """Repair what can be repaired within `budget` seconds. Raises `CargoError` when cargo cannot check at all."""
    work = _Work(bench, cheap, costly, rounds, tests, watch)
    start = time.monotonic()
    out_of_time = False
    try:
        async with asyncio.timeout(budget):
            await work.run()
    except TimeoutError:
        if work.before is None:
            raise CargoError(
                f"cargo did not finish its first check within {budget:.0f} s; give it more with --budget"
            ) from None
        out_of_time = True
    return Report(
        before=work.before or 0,
        remaining=work.errors,
        rounds=work.round,
        seconds=time.monotonic() - start,
        repairs=tuple(work.repairs),
        texts={f: t for f, t in work.overlay.items() if t != work.bases[f]},
        bases=work.bases,
        tests=work.failed_tests,
        out_of_time=out_of_time,
    )


class _Work:
    """The state of one call of `repair`; what stands in it is always verified, whenever time runs out."""

    def __init__(
        self,
        bench: Workbench,
        cheap: Sequence[Proposer],
        costly: Costly,
        rounds: int,
        tests: bool,
        watch: Callable[[Progress], None],
    ) -> None:
        self.bench, self.cheap, self.costly = bench, cheap, costly
        self.rounds, self.tests, self.watch = rounds, tests, watch
        self.before: int | None = None
        self.errors: tuple[Diagnostic, ...] = ()
        self.round = 0
        self.overlay: dict[RelPath, str] = {}
        self.bases: dict[RelPath, str] = {}
        self.repairs: list[Repair] = []
        self.tried: dict[str, tuple[Attempt, ...]] = {}
        self.failed_tests = ""

    async def run(self) -> None:
        """Round after round until green, or until a round finds nothing."""
        await self.bench.sync({})
        await self._check()
        self.before = len(self.errors)
        seen = {self._state()}
        while self.errors and self.round < self.rounds:
            self.round += 1
            found = await self._look(self.cheap) or await self._look(await self.costly())
            if not found:
                break
            await self._take(found)
            if self._state() in seen:
                break
            seen.add(self._state())
        if self.tests and not self.errors:
            self._tell("testing")
            self.failed_tests = (await self.bench.test()).problem

    async def _check(self) -> None:
        self._tell("checking")
        # From the first repair on, the sources hold code that nobody has read yet.
        result = await self.bench.check(sandboxed=bool(self.overlay))
        if result.end is not CheckEnd.DONE:
            raise CargoError(result.problem)
        self.errors = result.errors
        if self.errors:
            # Nobody comes back later for what was not known in time.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_READING_SECONDS):
                    await self.bench.libraries_read()

    async def _look(self, proposers: Sequence[Proposer]) -> list[Offer]:
        """The best repair of each error that one is found for."""
        if not proposers:
            return []
        waiting = deque(enumerate(diagnostic for _, diagnostic in keyed(first_things(self.errors))))
        found: dict[int, Offer] = {}
        fixed: set[Identity] = set()

        async def work() -> None:
            while waiting:
                number, diagnostic = waiting.popleft()
                if diagnostic.identity in fixed:
                    continue
                place = f"{diagnostic.file}:{diagnostic.span.start.line + 1}"
                self._tell(f"{diagnostic.code or 'error'} in {place}", number)
                offer = await self._best(diagnostic, proposers)
                if offer is not None:
                    found[number] = offer
                    fixed.update(offer.verdict.fixed)

        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(self.bench.settings.fix.slots + AHEAD):
                    workers.create_task(work())
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return _independent([found[number] for number in sorted(found)])

    async def _best(self, diagnostic: Diagnostic, proposers: Sequence[Proposer]) -> Offer | None:
        """The first proper repair that the ladder comes to; one that fails tests only if there is no other."""
        ladder = Ladder(proposers, self.bench.verify, self.bench.settings.fix)
        tried: list[Attempt] = []
        async with aclosing(ladder.climb(self.bench.case(diagnostic), tried.append)) as climb:
            compiles: Offer | None = None
            async for offer in climb:
                if offer.proposal.weak:
                    continue
                self.tried[offer.id] = tuple(tried)
                if not (offer.verdict.kind is VerdictKind.BETTER and offer.verdict.reason):
                    return offer
                compiles = compiles or offer
        return compiles

    async def _take(self, found: list[Offer]) -> None:
        """Lay the composition of the repairs over the shadow, and check it."""
        self._tell("composing")
        composed = await self.bench.compose(found)
        assert composed is not None
        patch, _, chosen = composed
        texts = self.bench.texts
        after = apply_patch(texts, patch)
        bases = {file: texts[file] for file in after}
        for file, text in bases.items():
            self.bases.setdefault(file, text)
        self.repairs += [Repair(offer, bases, self.round, self.tried[offer.id]) for offer in chosen]
        self.overlay |= after
        await self.bench.sync(self.overlay, set(after))
        await self._check()

    def _state(self) -> str:
        return digest("\0".join(f"{file}\0{text}" for file, text in sorted(self.overlay.items())))

    def _tell(self, doing: str, done: int = 0) -> None:
        self.watch(Progress(self.round, len(self.errors), doing, done))


def _independent(offers: Sequence[Offer]) -> list[Offer]:
    """The offers without those for errors that an earlier one repairs, too."""
    kept: list[Offer] = []
    fixed: set[Identity] = set()
    for offer in offers:
        if offer.diagnostic.identity not in fixed:
            kept.append(offer)
            fixed.update(offer.verdict.fixed)
    return kept


def write_texts(root: Path, bases: Mapping[RelPath, str], texts: Mapping[RelPath, str]) -> None:
    """Write new texts into the user's tree: all of them or none, and only over what was read.

    Raises `PatchError` if a file has changed since, or cannot be written; then nothing is changed.
    """
    ready: list[tuple[Path, Path, str]] = []
    done: list[tuple[Path, str]] = []
    try:
        for file, text in sorted(texts.items()):
            path = (root / file).resolve()
            if digest(read_text(path)) != digest(bases[file]):
                raise PatchError(f"{file} has changed while it was being repaired; nothing was written, run it again")
            ready.append((_beside(path, text), path, bases[file]))
        for temporary, path, base in ready:
            temporary.replace(path)
            done.append((path, base))
    except (OSError, UnicodeDecodeError) as error:
        for path, base in done:
            path.write_bytes(base.encode())
        raise PatchError(f"could not write the repaired files ({error}); your files are as they were") from error
    finally:
        for temporary, _, _ in ready:
            temporary.unlink(missing_ok=True)


def _beside(path: Path, text: str) -> Path:
    """The text in a new file beside the old one, with its permissions, safely on disk."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".sleepy")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(path.stat().st_mode & 0o7777)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary
