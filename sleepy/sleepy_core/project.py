"""One cargo workspace under watch, shared by every session that has it open.

Texts come in (buffers, saves, changes on disk); diagnostics, offers and a state come out. All public
methods that are not `async` answer from memory and return at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import structlog

from sleepy_core.cargo.metadata import affected
from sleepy_core.errors import SleepyError
from sleepy_core.explain import explain
from sleepy_core.human.witness import Witness
from sleepy_core.ledger import Ledger
from sleepy_core.model import (
    Attempt,
    CheckEnd,
    CheckResult,
    Diagnostic,
    Identity,
    Offer,
    Patch,
    Position,
    RelPath,
    RepoIdentity,
    Verdict,
)
from sleepy_core.propose.case import Costly, Proposer
from sleepy_core.repairs import Repairs, repaired
from sleepy_core.repo.git import head
from sleepy_core.repo.watch import watch
from sleepy_core.settings import Settings
from sleepy_core.text import digest, read_text
from sleepy_core.workbench import Workbench

log = structlog.get_logger()


class Phase(enum.StrEnum):
    """What a project is doing, in the words that the user sees."""

    STARTING = "starting"
    WATCHING = "watching"
    CHECKING = "checking"
    THINKING = "thinking"
    READY = "ready"
    PAUSED = "paused"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class ProjectState:
    """The whole state, each time: nothing has to be put together from earlier messages."""

    phase: Phase
    detail: str = ""
    errors: int = 0
    fixes: int = 0


class ProjectListener(Protocol):
    """Who wants to hear of changes. Called on the loop; must return at once."""

    def diagnostics_changed(self, project: Project, files: frozenset[RelPath]) -> None:
        """The diagnostics of these files are new."""

    def offers_changed(self, project: Project) -> None:
        """There are other fixes than before."""

    def state_changed(self, project: Project) -> None:
        """Read `project.state` again."""


@dataclass(frozen=True, slots=True)
class Composed:
    """The verified composition of the preferred fixes of a file."""

    of: tuple[str, ...]  # ids of the offers it was made from
    base: str
    offer: Offer


class Project:
    """See the module's first lines. Made by `Project.open`."""

    def __init__(self, bench: Workbench, ledger: Ledger, cheap: Sequence[Proposer], costly: Costly) -> None:
        self.root = bench.cargo.root
        self.identity: RepoIdentity = bench.repo
        self.state = ProjectState(Phase.STARTING)
        self._bench = bench
        self._ledger = ledger
        ledger.listen(self._progress)
        self._witness = Witness(bench, ledger)
        self._attributor: asyncio.Task[None] | None = None
        self._repairs = Repairs(bench, cheap, costly, self._offered, self._progress)
        self._listeners: list[ProjectListener] = []
        self._buffers: dict[RelPath, dict[str, str]] = {}  # file -> client -> unsaved text, latest last
        self._diagnostics: dict[RelPath, tuple[Diagnostic, ...]] = {}
        self._dismissed: set[tuple[Identity, str]] = set()
        self._composed: dict[RelPath, Composed] = {}
        self._composer: asyncio.Task[None] | None = None
        self._disk: dict[RelPath, tuple[int, int, str]] = {}  # mtime_ns, size, digest
        self._head = ""
        self._problem = ""
        # What the loop waits for: something changed; not before this moment (time.monotonic()); hurry.
        self._woken = asyncio.Event()
        self._hurry = asyncio.Event()
        self._due = 0.0
        self._changed: set[RelPath] | None = None  # None: look at everything
        self._check: asyncio.Task[None] | None = None
        self._checked = asyncio.Event()  # the last result speaks of the present texts
        self._allowed = asyncio.Event()  # not paused
        self._allowed.set()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls, bench: Workbench, ledger: Ledger, cheap: Sequence[Proposer], costly: Costly
    ) -> AsyncIterator[Project]:
        """Watch a workbench's project until the block is left."""
        project = cls(bench, ledger, cheap, costly)
        await project._witness.recall()
        tasks = [
            asyncio.create_task(project._run(), name=f"project {project.root.name}"),
            asyncio.create_task(project._watch(), name=f"watch {project.root.name}"),
        ]
        for task in tasks:
            task.add_done_callback(_log_failure)
        project.recheck()
        try:
            yield project
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await project._stop_work()
            await ledger.aclose()

    # --- What comes in ---------------------------------------------------------------------------

    def set_buffer(self, client: str, file: RelPath, text: str) -> None:
        """A client's unsaved text of a file; the latest of any client counts."""
        texts = self._buffers.setdefault(file, {})
        texts.pop(client, None)
        texts[client] = text
        self._seen(file)
        self._wake({file}, self._bench.settings.check.debounce_ms / 1000)

    def drop_buffer(self, client: str, file: RelPath) -> None:
        """A client closed a file: without other clients the disk counts again."""
        texts = self._buffers.get(file)
        if texts is None or (dropped := texts.pop(client, None)) is None:
            return
        if not texts:
            del self._buffers[file]
            on_disk = self._text_now(file)
            if on_disk not in (None, dropped):
                self._witness.taken({file: on_disk})  # what was thrown away was not repaired
        self._wake({file}, 0)

    def saved(self, file: RelPath) -> None:
        """The file was written to disk: check at once."""
        self._wake({file}, 0)

    def recheck(self) -> None:
        """Look at every file again, and check."""
        self._wake(None, 0)

    def pause(self) -> None:
        """Run nothing until `resume`; texts and taken fixes are noted all the same, and offers stand."""
        self._allowed.clear()
        self._wake(set(), 0)

    def resume(self) -> None:
        """Go on, with what has changed meanwhile."""
        self._allowed.set()
        self._wake(set(), 0)

    def look_at(self, file: RelPath, line: int) -> None:
        """Where the user's cursor is: errors near it are repaired first."""
        self._repairs.look_at(file, line)

    def configure(self, settings: Settings) -> None:
        """Take new settings, and check again with them."""
        self._bench.configure(settings)
        self.recheck()

    @property
    def manifests(self) -> frozenset[Path]:
        """The manifests of the workspace's members."""
        return frozenset(package.manifest for package in self._bench.cargo.packages if package.member)

    @property
    def shadow_folder(self) -> Path:
        """Where the project's copies lie."""
        return self._bench.shadow.folder

    # --- What comes out --------------------------------------------------------------------------

    def listen(self, listener: ProjectListener) -> Callable[[], None]:
        """Hear of changes; call the result to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def diagnostics(self, file: RelPath) -> tuple[Diagnostic, ...]:
        """The latest known, in positions of the text that was checked."""
        return self._diagnostics.get(file, ())

    def files_with_diagnostics(self) -> frozenset[RelPath]:
        """Files that have any."""
        return frozenset(self._diagnostics)

    def text(self, file: RelPath) -> str | None:
        """The text that was last checked."""
        return self._bench.texts.get(file)

    def offers(self, file: RelPath, text_digest: str) -> tuple[Offer, ...]:
        """Fixes of a file's errors, verified for exactly this text of it; best first for each error."""
        return tuple(
            offer
            for job in self._repairs.jobs
            if job.diagnostic.file == file
            for offer in job.offers
            if not self._is_dismissed(offer) and self._applies(offer, file, text_digest)
        )

    def open_errors(self, file: RelPath) -> tuple[Diagnostic, ...]:
        """Errors without a fix that are not given up yet, or that nobody has asked about."""
        return tuple(
            j.diagnostic for j in self._repairs.jobs if j.diagnostic.file == file and not j.offers and not j.exhausted
        )

    def offer(self, offer_id: str) -> Offer | None:
        """An offer that stands."""
        standing = (o for j in self._repairs.jobs for o in j.offers)
        return next((o for o in standing if o.id == offer_id), None)

    async def find_fix(self, file: RelPath, position: Position) -> Offer | None:
        """Look for a fix of the error at a place, before all others, and wait for it."""
        await self._checked.wait()
        job = self._repairs.at(file, position)
        return await self._repairs.find(job) if job else None

    def fix_all(self, file: RelPath, text_digest: str) -> Offer | None:
        """The preferred fixes of a file as one, verified as one; None where that is not ready or there is nothing.

        Prepared in the background as soon as the search for single fixes is through.
        """
        known = self._composed.get(file)
        best = self._preferred(file, text_digest)
        return known.offer if known and known.of == _ids(best) and known.base == text_digest else None

    async def dismiss(self, offer_id: str, reason: str = "") -> None:
        """Do not show this fix again."""
        offer = self.offer(offer_id)
        if offer is None:
            return
        self._dismissed.add((offer.diagnostic.identity, repaired(offer)))
        self._ledger.dismissed(offer_id, reason)
        await self._ledger.flush()
        self._tell_offers()

    async def explain(self, offer_id: str) -> str:
        """Why this fix, in Markdown."""
        offer = self.offer(offer_id)
        if offer is None:
            return "This fix does not stand any more: the code has changed since."
        return explain(offer, self._bench.texts, self._ledger.origin)

    # --- The loop --------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            await self._woken.wait()
            await self._quiet()
            if not self._allowed.is_set():
                await self._stop_work()
                self._progress()
                await self._allowed.wait()
                continue
            self._woken.clear()
            changed, self._changed = self._changed, set()
            if changed is None or any(map(self._differs, changed)):
                # Before the shadow changes: a search that goes on would verify the old error on the new text.
                await self._stop_work()
                try:
                    self._witness.before_sync(changed)
                    self._witness.synced(await self._bench.sync(self._overlay(), changed))
                except SleepyError as error:
                    self._changed = None  # nobody tells again of what was not copied now
                    self._fail(str(error))
                    continue
            elif self._check is not None:
                continue  # told twice (a save, then the watcher; another window): the check that runs is the right one
            if self._bench.stale:
                self._check = asyncio.create_task(self._check_once(), name=f"check {self.root.name}")
                self._check.add_done_callback(_log_failure)
            else:
                self._repairs.start()
                if not self._woken.is_set():
                    self._checked.set()
            self._progress()

    async def _quiet(self) -> None:
        """Wait until nobody has typed for a moment, or somebody saves."""
        while (rest := self._due - time.monotonic()) > 0:
            # Not `wait_for`: before Python 3.12 it loses a cancellation that comes together with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._hurry.wait()
                break
        self._hurry.clear()

    async def _stop_check(self) -> None:
        check, self._check = self._check, None
        if check is not None and not check.done():
            check.cancel()
            await asyncio.gather(check, return_exceptions=True)

    async def _stop_work(self) -> None:
        """Nothing that was begun for the old texts is of use any more."""
        await self._stop_check()
        for task in (self._composer, self._attributor):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        self._composer = self._attributor = None
        await self._repairs.stop()

    async def _check_once(self) -> None:
        fresh: dict[RelPath, list[Diagnostic]] = {}

        def arrived(diagnostic: Diagnostic) -> None:
            # Shown as it comes; what the file had before goes when its first new message is there.
            fresh.setdefault(diagnostic.file, []).append(diagnostic)
            self._diagnostics[diagnostic.file] = tuple(fresh[diagnostic.file])
            self._tell_diagnostics({diagnostic.file})

        asked = self._bench.stale
        self._tell_state(Phase.CHECKING)
        try:
            self._head, result = await asyncio.gather(head(self.root), self._bench.check(arrived))
        except SleepyError as error:
            self._fail(str(error))
            return
        if result.end is not CheckEnd.DONE:
            self._fail(result.problem)
            return
        self._problem = ""
        self._publish(result)
        self._ledger.checked(result)
        await self._repairs.renew(result, lambda offer: self._untouched(offer, asked))
        try:
            await self._witness.checked(result, self._head, self._is_saved)
            await self._witness.settle()
        finally:
            self._check = None
        # Not earlier: what is told meanwhile and says nothing new is left to this check by `_run`.
        if not self._woken.is_set():
            self._checked.set()
        self._progress()

    async def _watch(self) -> None:
        """Changes made outside of the editor: `git checkout`, another editor, a formatter."""
        folders = {self._bench.repo.toplevel or self.root, *self._bench.cargo.outside}

        def changed(paths: frozenset[Path] | None) -> None:
            files = None if paths is None else {rel for p in paths if (rel := relative(p, self.root)) is not None}
            for file in files or ():
                self._seen(file)
            self._wake(files, 0.05)

        await watch(sorted(folders), changed)

    # --- Helpers ---------------------------------------------------------------------------------

    def _wake(self, files: set[RelPath] | None, delay: float) -> None:
        self._changed = None if files is None or self._changed is None else self._changed | files
        self._due = time.monotonic() + delay
        if delay == 0:
            self._hurry.set()
        self._checked.clear()
        self._woken.set()

    def _overlay(self) -> dict[RelPath, str]:
        return {file: next(reversed(texts.values())) for file, texts in self._buffers.items()}

    def _current(self, file: RelPath) -> str | None:
        """Digest of a file's text now: the unsaved one, else the disk's."""
        texts = self._buffers.get(file)
        if texts:
            return digest(next(reversed(texts.values())))
        path = self.root / file
        try:
            stat = path.stat()
            known = self._disk.get(file)
            if known is None or known[:2] != (stat.st_mtime_ns, stat.st_size):
                known = self._disk[file] = (stat.st_mtime_ns, stat.st_size, digest(read_text(path)))
            return known[2]
        except (OSError, UnicodeDecodeError):
            return None

    def _text_now(self, file: RelPath) -> str | None:
        """A file's text now: the unsaved one, else the disk's."""
        texts = self._buffers.get(file)
        if texts:
            return next(reversed(texts.values()))
        try:
            return read_text(self.root / file)
        except (OSError, UnicodeDecodeError):
            return None

    def _is_saved(self, file: RelPath) -> bool:
        """Does the disk have the text that counts?"""
        if file not in self._buffers:
            return True
        try:
            return digest(read_text(self.root / file)) == self._current(file)
        except (OSError, UnicodeDecodeError):
            return False

    def _differs(self, file: RelPath) -> bool:
        """Is a file's text now another than the one that was last laid into the shadow?"""
        checked = self._bench.texts.get(file)
        return checked is None or digest(checked) != self._current(file)

    def _seen(self, file: RelPath) -> None:
        """A file may have a new text: somebody may have taken, or undone, a fix."""
        accepted = self._ledger.seen(file, self._current)
        if accepted:
            log.info("fix-accepted", offers=accepted)
            texts = {name: self._text_now(name) for name in self._ledger.files(accepted)}
            self._witness.taken({name: text for name, text in texts.items() if text is not None})

    def _applies(self, offer: Offer, file: RelPath, text_digest: str) -> bool:
        return all(
            part.base == (text_digest if part.file == file else self._current(part.file))
            for part in offer.proposal.patch.files
        )

    def _untouched(self, offer: Offer, checked: frozenset[str]) -> bool:
        """Does an offer of before still say the truth after a check of these packages?"""
        return not (affected(self._bench.cargo, offer.proposal.patch.paths) & checked)

    def _is_dismissed(self, offer: Offer) -> bool:
        return (offer.diagnostic.identity, repaired(offer)) in self._dismissed

    def _preferred(self, file: RelPath, text_digest: str) -> tuple[Offer, ...]:
        """The best fix of each error of a file, where it is one that may be taken without looking."""
        best: dict[tuple[Identity, Position], Offer] = {}
        for offer in self.offers(file, text_digest):
            if not offer.proposal.weak:
                best.setdefault((offer.diagnostic.identity, offer.diagnostic.span.start), offer)
        return tuple(best.values())

    async def _compose(self) -> None:
        """Prepare "fix all" of every file, while nothing else is to be done."""
        for file in sorted({j.diagnostic.file for j in self._repairs.jobs if j.offers}):
            base = self._current(file) or ""
            best = self._preferred(file, base)
            known = self._composed.get(file)
            if not best or (known and known.of == _ids(best) and known.base == base):
                continue
            composed = await self._bench.compose(best)
            if composed is not None:
                patch, verdict, chosen = composed
                self._composed[file] = Composed(_ids(best), base, as_one(chosen, patch, verdict))
                self._ledger.composed(_ids(chosen), patch, self._bench.texts)
                self._tell_offers()

    def _offered(self, offer: Offer, bases: Mapping[RelPath, str], tried: Sequence[Attempt]) -> None:
        assert self._bench.result is not None
        self._ledger.offered(offer, bases, tried, self._bench.result, self._head)
        self._tell_offers()

    def _publish(self, result: CheckResult) -> None:
        found: dict[RelPath, list[Diagnostic]] = {}
        for diagnostic in result.diagnostics:
            found.setdefault(diagnostic.file, []).append(diagnostic)
        new = {file: tuple(group) for file, group in found.items()}
        changed = {f for f in self._diagnostics.keys() | new.keys() if self._diagnostics.get(f) != new.get(f)}
        self._diagnostics = new
        # Also where nothing changed: positions may be of a newer version of the text.
        self._tell_diagnostics(changed | new.keys())

    def _fail(self, problem: str) -> None:
        if problem != self._problem:
            log.warning("check-failed", root=str(self.root), problem=problem)
        self._problem = problem
        self._check = None
        self._checked.set()
        self._progress()

    def _progress(self) -> None:
        """Work out the state again, and tell it if it is new."""
        self._attribute()
        busy = self._repairs.busy
        if not self._allowed.is_set():
            self._tell_state(Phase.PAUSED)
        elif self._check is not None:
            self._tell_state(Phase.CHECKING)
        elif self._problem:
            self._tell_state(Phase.PROBLEM, self._problem)
        elif busy is not None:
            self._tell_state(Phase.THINKING, f"{busy.code or 'error'} in {busy.file}:{busy.span.start.line + 1}")
        else:
            fixes = any(job.offers for job in self._repairs.jobs)
            if self._ledger.problem:
                self._tell_state(Phase.PROBLEM, self._ledger.problem)
            else:
                self._tell_state(Phase.READY if fixes else Phase.WATCHING)
            if fixes and not self._repairs.pending and (self._composer is None or self._composer.done()):
                self._composer = asyncio.create_task(self._compose(), name=f"compose {self.root.name}")
                self._composer.add_done_callback(_log_failure)

    def _attribute(self) -> None:
        """Find out who repaired what, while nothing else is to be compiled; whatever else comes goes first."""
        running = self._attributor is not None and not self._attributor.done()
        still = self._allowed.is_set() and self._checked.is_set() and self._check is None
        idle = still and not self._repairs.pending
        if running and not idle:
            assert self._attributor is not None
            self._attributor.cancel()
        elif idle and not running and self._witness.waiting:
            self._attributor = asyncio.create_task(self._witness.attribute(), name=f"attribute {self.root.name}")
            self._attributor.add_done_callback(_log_failure)

    def _tell_state(self, phase: Phase, detail: str = "") -> None:
        errors = sum(d.is_error for group in self._diagnostics.values() for d in group)
        fixes = sum(any(not self._is_dismissed(o) for o in job.offers) for job in self._repairs.jobs)
        state = ProjectState(phase, detail, errors, fixes)
        if state != self.state:
            self.state = state
            for listener in tuple(self._listeners):
                listener.state_changed(self)

    def _tell_diagnostics(self, files: set[RelPath]) -> None:
        for listener in tuple(self._listeners):
            listener.diagnostics_changed(self, frozenset(files))

    def _tell_offers(self) -> None:
        self._progress()
        for listener in tuple(self._listeners):
            listener.offers_changed(self)


def _ids(offers: Sequence[Offer]) -> tuple[str, ...]:
    return tuple(o.id for o in offers)


def relative(path: Path, root: Path) -> RelPath | None:
    """A path as the project names it; None on another drive."""
    try:
        return Path(os.path.relpath(path, root)).as_posix()
    except ValueError:
        return None


def as_one(chosen: Sequence[Offer], patch: Patch, verdict: Verdict) -> Offer:
    """Several repairs, composed and verified together, as one offer."""
    first = chosen[0]
    if len(chosen) == 1:
        return first
    labels = "; ".join(o.proposal.label for o in chosen)
    proposal = replace(first.proposal, patch=patch, label=f"repair {len(chosen)} errors", why=labels)
    offer_id = "+".join(o.id for o in chosen)
    return replace(first, id=offer_id, proposal=proposal, verdict=verdict, ms=sum(o.ms for o in chosen))


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("task-failed", task=task.get_name(), exc_info=error)
