"""The search over small edits: candidates of all kinds that answer an error, compiled in order of cost.

`candidates` decides and is pure; `SearchProposer` acts: it has each candidate screened (`sleepy_core.screen`), several
side by side, and proposes what passes, in order. Whoever asked may stop at any time with what there is.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import structlog

from sleepy_core.errors import PatchError
from sleepy_core.model import (
    Attempt,
    Diagnostic,
    Edit,
    FilePatch,
    Patch,
    Proposal,
    RelPath,
    Source,
    Verdict,
    VerdictKind,
)
from sleepy_core.processes import cores
from sleepy_core.propose.case import Case
from sleepy_core.propose.lexer import Kind as Token
from sleepy_core.propose.lexer import adds_unwritten, lex
from sleepy_core.propose.search.habit import Habits
from sleepy_core.propose.search.index import Crate
from sleepy_core.propose.search.kinds import Kind
from sleepy_core.propose.search.site import Change, Site
from sleepy_core.propose.search.syntax import ITEMS, STATEMENTS, Tree, ancestors, enclosing, parse
from sleepy_core.settings import Settings
from sleepy_core.text import apply_edits, digest
from sleepy_core.verify import refusal

log = structlog.get_logger()

# Once something proper has been found, dearer candidates are not looked at any more: the first is the likeliest.
_WINDOW = 1.0
# What one kind may offer for one error: the third variation of an edit is no news.
_OF_A_KIND = 2
# Of several errors, how much dearer an edit may be that is waited for because it may repair more of them.
_LOOKAHEAD = 0.8
# So many candidates are asked about for each compiler that may run: the screen compiles several in one go.
_SHARING = 4
# How long what has passed waits for the model's opinion.
_PATIENCE_SECONDS = 1.0
_WHOLE = (ITEMS | STATEMENTS) - {"use_declaration", "empty_statement"}


# What a model's opinion adds to each patch's cost.
Rating = Callable[[Case, Sequence[Patch]], Awaitable[Sequence[float]]]


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

    def dearer(self, by: float) -> Candidate:
        """The same at another cost."""
        return replace(self, cost=self.cost + by)


def candidates(site: Site, table: Iterable[Kind]) -> list[Candidate]:
    """What the kinds propose for an error, cheapest first, each resulting text once; a kind that fails is left out."""
    found: list[Candidate] = []
    for kind in table:
        if site.code not in kind.codes:
            continue
        try:
            for change in kind.find(site):
                patch = patch_of(change, site.case.texts)
                if (
                    patch is not None
                    and allowed(change, site)
                    and refusal(patch, site.case.cargo, site.case.texts) is None
                ):
                    found.append(Candidate(kind, change, patch, kind.cost + change.cost))
        except Exception:
            # One kind's mistake about an odd tree must not cost the user the others.
            log.exception("an edit kind failed", kind=kind.name, code=site.code)
    found.sort(key=_order)
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
        wanted = {_with_line_ends_of(text, edit) for of, edit in change.edits if of == file}
        edits = tuple(sorted(edit for edit in wanted if text[edit.start : edit.end] != edit.text))
        if not edits:
            continue
        try:
            apply_edits(text, edits)
        except PatchError:
            return None
        parts.append(FilePatch(file, digest(text), edits))
    return Patch(tuple(parts)) if parts else None


def _with_line_ends_of(text: str, edit: Edit) -> Edit:
    """Kinds write plain line ends; a file whose first line ends otherwise keeps its own."""
    if "\n" not in edit.text or text[max(0, text.find("\n") - 1) : text.find("\n")] != "\r":
        return edit
    return Edit(edit.start, edit.end, re.sub(r"\r?\n", "\r\n", edit.text))


def allowed(change: Change, site: Site) -> bool:
    """Is a change one that may be tried at all?

    Never: comments, the text of macros by example, the name of a macro for what is wrong in its expansion, the
    removal of a whole statement or item, and bodies that are not written.
    """
    if _loses_comments(change, site):
        return False
    for file, edit in change.edits:
        text = site.case.texts[file]
        if adds_unwritten(text[edit.start : edit.end], edit.text):
            return False
        tree = parse(text)
        around = {node.type for node in ancestors(tree.at(edit.start, edit.end))}
        if around & {"line_comment", "block_comment", "macro_rule"}:
            return False
        if file == site.file and _renames_expanded(site, edit):
            return False
        if not edit.text.strip() and _removes_whole(tree, edit.start, edit.end):
            return False
    return True


def _loses_comments(change: Change, site: Site) -> bool:
    """Does code go together with what somebody wrote about it? Moved along with the code, it is kept."""
    replaced = [site.case.texts[file][edit.start : edit.end] for file, edit in change.edits]
    if not any("//" in text or "/*" in text for text in replaced):
        return False
    return bool(_comments(replaced) - _comments(edit.text for _, edit in change.edits))


def _comments(texts: Iterable[str]) -> Counter[str]:
    return Counter(token.text.strip() for text in texts for token in lex(text) if token.kind is Token.COMMENT)


def _renames_expanded(site: Site, edit: Edit) -> bool:
    """Does an edit touch only the name of the macro in whose expansion the error is?"""
    call = enclosing(site.node, "macro_invocation") if site.diagnostic.span.macro is not None else None
    name = call.child_by_field_name("macro") if call is not None else None
    if name is None:
        return False
    start, end = site.tree.start(name), site.tree.end(name)
    return start <= edit.start < edit.end <= end


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

    def __init__(self, bench: Bench, habits: Habits, rating: Rating | None = None) -> None:
        """`habits` are this repository's; `rating` is a model's opinion of patches, as costs to add."""
        self._bench = bench
        self._habits = habits
        self._rating = rating

    async def propose(self, case: Case, tried: Sequence[Attempt]) -> AsyncIterator[Proposal]:
        """The candidates that pass, cheapest first; ends at the settings' candidates and milliseconds.

        Those that unmask other errors come last, since a wrong edit looks like that, too.
        """
        settings = self._bench.settings.search
        if not settings.enabled:
            return
        habits = await self._habits(case.repo.id, case.family)
        found = await asyncio.to_thread(_look, case)
        search = _Search(self._bench, case, [c.dearer(habits.get(c.kind.name, 0.0)) for c in found])
        if self._rating is not None and settings.rated and len(found) > 1:
            search.ask(self._rating)
        try:
            while (proposal := await search.advance()) is not None:
                yield proposal
        finally:
            await search.aclose()
        for proposal in search.unmasking():
            yield proposal


class _Search:
    """One search under way: what waits, what is being compiled, and what has passed."""

    def __init__(self, bench: Bench, case: Case, found: Iterable[Candidate]) -> None:
        self._bench = bench
        self._case = case
        self._settings = bench.settings.search
        # Those that wait share their compilations.
        self._at_once = (self._settings.parallel or cores()) * _SHARING
        self._waiting = sorted(found, key=_order)
        self._under_way: dict[asyncio.Task[Verdict | None], Candidate] = {}
        self._given_up: list[asyncio.Task[Verdict | None]] = []
        self._passed: list[Candidate] = []
        self._left: dict[Patch, int] = {}  # errors that are left with what has passed
        self._unmasking: list[tuple[int, Candidate]] = []  # with the number of errors that appear
        self._rated: asyncio.Task[Mapping[Patch, float]] | None = None
        self._end = time.monotonic() + self._settings.milliseconds / 1000
        self._patience = 0.0
        self._compiled = 0
        self._offered: Counter[str] = Counter()
        self._dearest = float("inf")

    def ask(self, rating: Rating) -> None:
        """Let a model rate the candidates while the compiler works; what has passed is held back for it a moment."""
        patches = [candidate.patch for candidate in self._waiting]

        async def rate() -> Mapping[Patch, float]:
            return dict(zip(patches, await rating(self._case, patches), strict=True))

        self._rated = asyncio.create_task(rate(), name="rate candidates")
        self._patience = time.monotonic() + _PATIENCE_SECONDS

    async def advance(self) -> Proposal | None:
        """The next proposal; None when there is no more, or no more time."""
        while True:
            self._take_rating()
            self._fill()
            if (candidate := self._next_passed()) is not None:
                return self._offer(candidate)
            now = time.monotonic()
            held_back = bool(self._passed) and self._rated is not None and now < self._patience
            if now >= self._end or not (self._under_way or held_back):
                return self._offer(self._best) if self._passed else None
            until = min(self._patience, self._end) if held_back else self._end
            awaited: set[asyncio.Task[Any]] = {*self._under_way, *([self._rated] if self._rated else [])}
            done, _ = await asyncio.wait(awaited, timeout=until - now, return_when=asyncio.FIRST_COMPLETED)
            # The cheapest first: what is compiled together is often known at the same time.
            for task in sorted(done & self._under_way.keys(), key=lambda task: _order(self._under_way[task])):
                # A cheaper one that passed may have given up those that were done together with it.
                if (candidate := self._under_way.pop(task, None)) is not None:
                    self._judge(candidate, task.result())

    def unmasking(self) -> list[Proposal]:
        """What made hidden errors appear: those of the fewest first, the proper ones before the weak."""
        ordered = sorted(self._unmasking, key=lambda found: (found[1].kind.weak, found[0], found[1].cost))
        return [self._proposal(candidate) for _, candidate in ordered]

    async def aclose(self) -> None:
        """Stop everything."""
        unneeded = [*self._under_way, *([self._rated] if self._rated else [])]
        for task in unneeded:
            task.cancel()
        await asyncio.gather(*unneeded, *self._given_up, return_exceptions=True)

    def _take_rating(self) -> None:
        if self._rated is None or not self._rated.done():
            return
        added, self._rated = self._rated.result(), None
        self._waiting = sorted((c.dearer(added.get(c.patch, 0.0)) for c in self._waiting), key=_order)
        self._under_way = {task: c.dearer(added.get(c.patch, 0.0)) for task, c in self._under_way.items()}
        self._passed = [c.dearer(added.get(c.patch, 0.0)) for c in self._passed]

    def _fill(self) -> None:
        if time.monotonic() >= self._end:
            self._waiting.clear()
        while self._waiting and len(self._under_way) < self._at_once and self._compiled < self._settings.candidates:
            candidate = self._waiting.pop(0)
            if candidate.cost <= self._dearest and self._offered[candidate.kind.name] < _OF_A_KIND:
                self._compiled += 1
                screening = self._screen(candidate.patch)
                self._under_way[asyncio.create_task(screening, name="screen")] = candidate

    async def _screen(self, patch: Patch) -> Verdict | None:
        try:
            return await self._bench.screen(patch, self._case.diagnostic)
        except PatchError:
            return None  # the texts have moved on; the verifier says so in its own words

    def _judge(self, candidate: Candidate, verdict: Verdict | None) -> None:
        if verdict is not None and not verdict.kind.offered:
            return
        if candidate.cost > self._dearest or self._offered[candidate.kind.name] >= _OF_A_KIND:
            return  # it was under way before that was known
        self._offered[candidate.kind.name] += 1
        if verdict is not None and verdict.kind is VerdictKind.UNMASKS:
            self._unmasking.append((len(verdict.new), candidate))
            return
        if verdict is not None:
            self._left[candidate.patch] = verdict.remaining
        self._passed.append(candidate)
        if verdict is not None and not candidate.kind.weak and candidate.cost + _WINDOW < self._dearest:
            self._dearest = candidate.cost + _WINDOW
            self._passed = [other for other in self._passed if other.cost <= self._dearest]
            for task in [task for task, other in self._under_way.items() if other.cost > self._dearest]:
                del self._under_way[task]
                self._given_up.append(task)
                task.cancel()

    def _next_passed(self) -> Candidate | None:
        """The best that passed, unless a better one may still pass, or the model may still change its cost.

        Of several errors one edit may repair more than its own: a name that is wrong where it is defined. So where
        there are several, those that cost hardly more are waited for, and what leaves fewer errors is better.
        """
        if not self._passed or (self._rated is not None and time.monotonic() < self._patience):
            return None
        best = self._best
        several = len(self._case.errors) > 1 and not best.kind.weak
        horizon = best.dearer(_LOOKAHEAD) if several else best
        unknown = [*self._under_way.values(), *(self._waiting[:1] if self._more else ())]
        return None if any(_order(c) < _order(horizon) for c in unknown) else best

    @property
    def _best(self) -> Candidate:
        return min(self._passed, key=lambda c: (c.kind.weak, self._left.get(c.patch, 0), *_order(c)))

    @property
    def _more(self) -> bool:
        """Will any of those that wait still be compiled?"""
        return self._compiled < self._settings.candidates and bool(self._waiting)

    def _offer(self, candidate: Candidate) -> Proposal:
        self._passed.remove(candidate)
        return self._proposal(candidate)

    def _proposal(self, candidate: Candidate) -> Proposal:
        return Proposal(
            patch=candidate.patch,
            source=Source.SEARCH,
            label=candidate.change.label,
            cost=candidate.cost,
            why=f"a small edit ({candidate.kind.name}) that the compiler takes",
            weak=candidate.kind.weak,
            kind=candidate.kind.name,
            screened=self._compiled - len(self._under_way),
        )


def _order(candidate: Candidate) -> tuple[bool, float, int]:
    return candidate.kind.weak, candidate.cost, candidate.patch.size


def _look(case: Case) -> list[Candidate]:
    """The candidates of a case: reads and parses files, so in a thread.

    The kinds are loaded with the first error, here: a tenth of a second that no loop and no start has to wait for.
    """
    from sleepy_core.propose.search import edits

    try:
        site = Site(case, Crate.read(case.texts, case.cargo, case.diagnostic.package))
    except KeyError:
        return []
    return candidates(site, edits.TABLE)


def _result(patch: Patch, texts: Mapping[RelPath, str]) -> tuple[tuple[RelPath, str], ...]:
    return tuple((part.file, digest(apply_edits(texts[part.file], part.edits))) for part in patch.files)
