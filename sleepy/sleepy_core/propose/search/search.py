"""The search over small edits: candidates of all kinds that answer an error, compiled in order of cost.

`candidates` decides and is pure; `SearchProposer` acts: it has each candidate screened (`sleepy_core.screen`), several
side by side, and proposes what passes, in order. Whoever asked may stop at any time with what there is.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from sleepy_core.errors import PatchError
from sleepy_core.model import Attempt, Diagnostic, FilePatch, Patch, Proposal, RelPath, Source, Verdict, VerdictKind
from sleepy_core.processes import cores
from sleepy_core.propose.case import Case
from sleepy_core.propose.lexer import adds_unwritten
from sleepy_core.propose.search.edits import TABLE
from sleepy_core.propose.search.habit import Habits
from sleepy_core.propose.search.index import Crate
from sleepy_core.propose.search.kinds import Kind
from sleepy_core.propose.search.site import Change, Site
from sleepy_core.propose.search.syntax import ITEMS, STATEMENTS, Tree, ancestors, parse
from sleepy_core.settings import Settings
from sleepy_core.text import apply_edits, digest

log = structlog.get_logger()

# Once something proper has been found, dearer candidates are not looked at any more: the first is the likeliest.
_WINDOW = 1.0
# What one kind may offer for one error: the third variation of an edit is no news.
_OF_A_KIND = 2
_GENERATED = "@generated"
_WHOLE = (ITEMS | STATEMENTS) - {"use_declaration", "empty_statement"}


class Bench(Protocol):
    """Where candidates are compiled; `sleepy_core.workbench.Workbench` is one."""

    @property
    def settings(self) -> Settings:
        """The settings of now."""
        ...

    async def screen(self, patch: Patch, error: Diagnostic) -> Verdict | None:
        """What rustc alone says of a candidate; None where it cannot say."""
        ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """One change that may be compiled."""

    kind: Kind
    change: Change
    patch: Patch
    cost: float


def candidates(site: Site, table: Iterable[Kind] = TABLE) -> list[Candidate]:
    """What all kinds propose for an error, cheapest first, each resulting text once; a kind that fails is left out."""
    found: list[Candidate] = []
    for kind in table:
        if site.code not in kind.codes:
            continue
        try:
            for change in kind.find(site):
                patch = patch_of(change, site.case.texts)
                if patch is not None and allowed(change, site):
                    found.append(Candidate(kind, change, patch, kind.cost + change.cost))
        except Exception:
            # One kind's mistake about an odd tree must not cost the user the others.
            log.exception("an edit kind failed", kind=kind.name, code=site.code)
    found.sort(key=lambda c: (c.kind.weak, c.cost, c.patch.size))
    distinct: dict[tuple[tuple[RelPath, str], ...], Candidate] = {}
    for candidate in found:
        distinct.setdefault(_result(candidate.patch, site.case.texts), candidate)
    return list(distinct.values())


def patch_of(change: Change, texts: Mapping[RelPath, str]) -> Patch | None:
    """The change as a patch; None where it changes nothing, or its edits overlap."""
    parts = []
    for file in sorted({file for file, _ in change.edits}):
        text = texts.get(file)
        if text is None:
            return None
        wanted = {edit for of, edit in change.edits if of == file}
        edits = tuple(sorted(edit for edit in wanted if text[edit.start : edit.end] != edit.text))
        if not edits:
            continue
        try:
            apply_edits(text, edits)
        except PatchError:
            return None
        parts.append(FilePatch(file, digest(text), edits))
    return Patch(tuple(parts)) if parts else None


def allowed(change: Change, site: Site) -> bool:
    """Is a change one that may be tried at all?

    Never: code that somebody generates, the inside of comments, the text of macros by example, the removal of a whole
    statement or item, and bodies that are not written.
    """
    for file, edit in change.edits:
        text = site.case.texts[file]
        if _GENERATED in text[:1000] or adds_unwritten(text[edit.start : edit.end], edit.text):
            return False
        tree = parse(text)
        around = {node.type for node in ancestors(tree.at(edit.start, edit.end))}
        if around & {"line_comment", "block_comment", "macro_rule"}:
            return False
        if not edit.text.strip() and _removes_whole(tree, edit.start, edit.end):
            return False
    return True


def _removes_whole(tree: Tree, start: int, end: int) -> bool:
    """Does `start:end` hold a whole statement or item? Imports may go: they do nothing by themselves."""
    for node in ancestors(tree.at(start, end)):
        for part in (node, *node.named_children):
            if part.type in _WHOLE and start <= tree.start(part) and tree.end(part) <= end:
                return True
        if node.type in ITEMS | STATEMENTS:
            return False
    return False


class SearchProposer:
    """Proposes small edits that rustc has taken, cheapest first; weak ones only where nothing else passed."""

    source = Source.SEARCH

    def __init__(self, bench: Bench, habits: Habits) -> None:
        self._bench = bench
        self._habits = habits

    async def propose(self, case: Case, tried: Sequence[Attempt]) -> AsyncIterator[Proposal]:
        """The candidates that pass, in order; ends at the settings' candidates and milliseconds.

        Those that unmask other errors come last, since a wrong edit looks like that, too.
        """
        settings = self._bench.settings.search
        if not settings.enabled:
            return
        end = time.monotonic() + settings.milliseconds / 1000
        parallel = settings.parallel or cores()
        habits = await self._habits(case.repo.id, case.family)
        waiting = deque(_by_habit(await asyncio.to_thread(_look, case), habits))
        under_way: deque[tuple[Candidate, asyncio.Task[Verdict | None]]] = deque()
        compiled = 0
        offered: dict[str, int] = {}
        dearest = float("inf")
        unmasking: list[tuple[Verdict, Proposal]] = []
        try:
            while waiting or under_way:
                while waiting and len(under_way) < parallel and compiled < settings.candidates:
                    candidate = waiting.popleft()
                    if candidate.cost > dearest or offered.get(candidate.kind.name, 0) >= _OF_A_KIND:
                        continue
                    compiled += 1
                    screening = self._judge(candidate.patch, case.diagnostic)
                    under_way.append((candidate, asyncio.create_task(screening, name="screen")))
                if not under_way:
                    break
                candidate, task = under_way.popleft()
                try:
                    async with asyncio.timeout(max(0.0, end - time.monotonic())):
                        verdict = await task
                except TimeoutError:
                    break
                if verdict is not None and not verdict.kind.offered:
                    continue
                offered[candidate.kind.name] = offered.get(candidate.kind.name, 0) + 1
                proposal = _proposal(candidate, compiled - len(under_way))
                if verdict is not None and verdict.kind is VerdictKind.UNMASKS:
                    unmasking.append((verdict, proposal))
                    continue
                if verdict is not None and not candidate.kind.weak:
                    dearest = min(dearest, candidate.cost + _WINDOW)
                yield proposal
            for _, proposal in sorted(unmasking, key=lambda found: (found[1].weak, len(found[0].new), found[1].cost)):
                yield proposal
        finally:
            for _, task in under_way:
                task.cancel()
            await asyncio.gather(*(task for _, task in under_way), return_exceptions=True)

    async def _judge(self, patch: Patch, error: Diagnostic) -> Verdict | None:
        try:
            return await self._bench.screen(patch, error)
        except PatchError:
            return None  # the texts have moved on; the verifier says so in its own words


def _look(case: Case) -> list[Candidate]:
    """The candidates of a case: reads and parses files, so in a thread."""
    try:
        site = Site(case, Crate.read(case.texts, case.cargo, case.diagnostic.package))
    except KeyError:
        return []
    return candidates(site)


def _by_habit(found: Sequence[Candidate], habits: Mapping[str, float]) -> list[Candidate]:
    """The candidates in the order of their costs and this repository's habits."""
    adjusted = [replace(c, cost=c.cost + habits.get(c.kind.name, 0.0)) for c in found]
    return sorted(adjusted, key=lambda c: (c.kind.weak, c.cost, c.patch.size))


def _proposal(candidate: Candidate, compiled: int) -> Proposal:
    return Proposal(
        patch=candidate.patch,
        source=Source.SEARCH,
        label=candidate.change.label,
        cost=candidate.cost,
        why=f"a small edit ({candidate.kind.name}) that the compiler takes",
        weak=candidate.kind.weak,
        kind=candidate.kind.name,
        screened=compiled,
    )


def _result(patch: Patch, texts: Mapping[RelPath, str]) -> tuple[tuple[RelPath, str], ...]:
    return tuple((part.file, digest(apply_edits(texts[part.file], part.edits))) for part in patch.files)
