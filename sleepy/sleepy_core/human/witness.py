"""Watches one project for errors that people repair by hand, and makes episodes of them.

What counts as somebody's own work:

- What a patch of ours has written is part of the text before: an error that it repaired is no human fix.
- When HEAD has moved by commits made here, the committed changes are the user's. When it has moved by anything else
  (checkout, rebase, pull, merge, reset) the text before is what the commit has now: what is not committed is the
  user's own edit, and the error counts only if the compiler finds it there without that edit.
- A fix that only deletes the code with the error, or that gives a larger edit up for what is committed, is kept, but
  marked as nothing to learn from. A slip that was put right is a repair, whatever the commit says.

After a restart, and wherever the text before was put together in this way, the compiler is asked again about it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence

import structlog

from sleepy_core.cargo.signature import family, signature
from sleepy_core.errors import SleepyError
from sleepy_core.human.attribute import Handiwork, attribute
from sleepy_core.human.changes import Change, changes, only_deletes, patch_of
from sleepy_core.human.memory import Gone, Memory, from_json, named_files, to_json
from sleepy_core.ledger import Ledger, human_episode
from sleepy_core.model import CargoProject, CheckResult, Episode, FilePatch, Offer, Patch, Proposal, RelPath, Source
from sleepy_core.propose.labels import patch_label
from sleepy_core.repo.git import committed_texts, only_committed
from sleepy_core.store.ids import new_id
from sleepy_core.verify import refusal
from sleepy_core.workbench import Workbench

log = structlog.get_logger()

DELETED = "the code that had the error was deleted"
GIVEN_UP = "an edit was given up: the text is the commit's again"

_MOST_FILES = 50  # written at once; more is a checkout
_MOST_CHARACTERS = 6_000  # removed and written, of one repair
_MOST_WAITING = 20
_SLIP = 3  # lines that were not as they are committed, and are again


class Witness:
    """See the module's first lines. `settle` writes what is plain, `attribute` has the rest compiled."""

    def __init__(self, bench: Workbench, ledger: Ledger) -> None:
        self._bench = bench
        self._ledger = ledger
        self._memory = Memory()
        self._old: dict[RelPath, str] = {}  # texts that a sync may overwrite
        self._gone: deque[Gone] = deque(maxlen=_MOST_WAITING)
        self._hard: deque[Gone] = deque(maxlen=_MOST_WAITING)  # those that have to be compiled

    @property
    def waiting(self) -> bool:
        """Is there something left for `attribute`?"""
        return bool(self._hard)

    async def recall(self) -> None:
        """Take up what stood open when the project was last watched."""
        try:
            text = await self._ledger.open_errors(self._bench.cargo.root)
        except SleepyError as error:
            log.warning("open-errors-not-read", problem=str(error))
            return
        self._memory.bases = from_json(text) if text else []

    # --- What comes in ---------------------------------------------------------------------------

    def before_sync(self, changed: Collection[RelPath] | None) -> None:
        """The shadow is about to take new texts of these files; None: of any."""
        self._old = {}
        if not self._memory.bases or changed is None or len(changed) > _MOST_FILES:
            return
        texts = self._bench.texts
        self._old = {file: texts[file] for file in changed if file.endswith((".rs", ".toml")) and file in texts}

    def synced(self, rewritten: Collection[RelPath]) -> None:
        """The shadow has new texts of these files."""
        for file in rewritten:
            self._memory.rewritten(file, self._old.get(file))
        self._old = {}

    def taken(self, texts: Mapping[RelPath, str]) -> None:
        """A patch of ours was taken, and these are the texts since."""
        self._memory.taken(texts)

    async def checked(self, result: CheckResult, head: str, saved: Callable[[RelPath], bool]) -> None:
        """A check was completed on the bench's texts."""
        if not self._memory.bases and not result.errors:
            return
        texts = self._bench.texts
        files = self._memory.files | set(named_files(result.errors))
        present = await asyncio.to_thread(lambda: {file: texts[file] for file in files if file in texts})
        self._gone += self._memory.checked(result, head, present, saved, time.time())
        self._remember()

    # --- What comes out --------------------------------------------------------------------------

    async def settle(self) -> None:
        """Write the fixes that are plain, and put those aside that have to be compiled."""
        if not self._gone:
            return
        while self._gone:
            gone = await self._own(self._gone[0])
            made = await self._changes(gone) if gone is not None else ()
            if gone is not None and len(made) == 1 and gone.base.certain:
                await self._write(gone, made)
            elif gone is not None and made:
                self._hard.append(gone)
            self._gone.popleft()
        self._remember()

    async def attribute(self) -> None:
        """Find out by compiling which change repaired which error. Cancelled at any moment it loses nothing."""
        while self._hard:
            gone = self._hard[0]
            await self._write(gone, await self._changes(gone))
            self._hard.popleft()
            self._remember()

    async def _attributed(self, gone: Gone, made: Sequence[Change]) -> list[Handiwork]:
        known = {frozenset[Change](): gone.base.result, frozenset(made): gone.result} if gone.base.certain else {}
        errors = [sighting.error for sighting in gone.base.open]
        return await attribute(errors, gone.before, made, self._bench.try_out, known)

    async def _changes(self, gone: Gone) -> tuple[Change, ...]:
        return await asyncio.to_thread(changes, gone.before, gone.after)

    async def _own(self, gone: Gone) -> Gone | None:
        """The same with nothing but the user's own edits of source code; None where there are none."""
        base, root = gone.base, self._bench.cargo.root
        texts, certain = base.texts, base.certain
        if base.head != gone.head and not await only_committed(root, base.head):
            committed = await committed_texts(root, gone.head, sorted(gone.after))
            texts = {**texts, **{file: _with_ends_of(text, gone.after[file]) for file, text in committed.items()}}
            certain = False
        after = {file: text for file, text in gone.after.items() if texts[file] != text}
        source = {file: text for file, text in after.items() if _may_change(file, text, self._bench.cargo)}
        own = dataclasses.replace(base, texts=texts, certain=certain and source == after)
        return dataclasses.replace(gone, base=own, after=source) if source else None

    async def _write(self, gone: Gone, made: Sequence[Change]) -> None:
        try:
            found = [await self._fix(gone, work) for work in await self._attributed(gone, made)]
        except SleepyError as error:
            log.warning("human-fix-not-written", problem=str(error))
            return
        # All at once and without waiting, so that somebody who stops us cannot have some of them written twice.
        for fix, episode in filter(None, found):
            log.info("fixed-by-hand", code=episode.code, file=episode.file, unfit=episode.unfit)
            self._ledger.by_hand(fix, episode, gone.before)

    async def _fix(self, gone: Gone, work: Handiwork) -> tuple[Offer, Episode] | None:
        """One error's fix and its episode; None for what is too large for a repair, and for what is known."""
        before, error = gone.before, work.error
        patch = patch_of(work.changes, before)
        if patch.size > _MOST_CHARACTERS:
            return None
        since = next(s.since for s in gone.base.open if s.error.identity == error.identity)
        unfit = ""
        if only_deletes(work.changes, before, error):
            unfit = DELETED
        elif await self._is_given_up(gone, work.changes):
            unfit = GIVEN_UP
        fix = Offer(
            id=new_id(),
            diagnostic=error,
            signature=signature(error),
            family=family(error),
            proposal=Proposal(patch, Source.HUMAN, patch_label(before, patch)),
            verdict=work.verdict,
            attempts=0,
            ms=(gone.when - since) * 1000,
        )
        episode = human_episode(fix, before, gone.after, self._ledger.origin, gone.head, unfit)
        return None if await self._ledger.is_known(episode, since) else (fix, episode)

    async def _is_given_up(self, gone: Gone, made: Sequence[Change]) -> bool:
        """Is more than a slip as it was in the commit under the error, and nothing of the user's own left?"""
        lines = sum(max(gone.before[f].count("\n", e.start, e.end), e.text.count("\n")) for f, e in made)
        if lines <= _SLIP:
            return False
        files = sorted({file for file, _ in made})
        committed = await committed_texts(self._bench.cargo.root, gone.base.head, files)
        return all(f in committed and _with_ends_of(committed[f], gone.after[f]) == gone.after[f] for f in files)

    def _remember(self) -> None:
        # What waits to be attributed is open still, as far as the next run is concerned.
        waiting = [gone.base for gone in (*self._hard, *self._gone)]
        bases = [dataclasses.replace(base, texts=dict(base.texts)) for base in (*waiting, *self._memory.bases)]
        self._ledger.remember_open(self._bench.cargo.root, lambda: to_json(bases) if bases else "")


def _may_change(file: RelPath, text: str, cargo: CargoProject) -> bool:
    """Is it source code that we would patch, too? Never a manifest, a build script, or generated code."""
    return refusal(Patch((FilePatch(file, "", ()),)), cargo, {file: text}) is None


def _with_ends_of(text: str, other: str) -> str:
    """The text with the line ends of another: git may store others than it checks out."""
    plain = text.replace("\r\n", "\n")
    return plain.replace("\n", "\r\n") if "\r\n" in other else plain
