"""Recall: a repair that worked on the same kind of error is made again, with the new names.

Surest first: the same lines once more, word for word; a missing import; the same tokens up to names
(`sleepy_core.propose.align`); a repair of several places or files by its diff (`sleepy_core.propose.replay`).
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import chain

import structlog

from sleepy_core.errors import StoreError
from sleepy_core.model import (
    Attempt,
    Diagnostic,
    Edit,
    Episode,
    FilePatch,
    Patch,
    Position,
    Proposal,
    RelPath,
    Source,
)
from sleepy_core.propose.align import lesson, message_names, rename, repetitions
from sleepy_core.propose.case import Case
from sleepy_core.propose.labels import patch_label
from sleepy_core.propose.lexer import adds_unwritten, code
from sleepy_core.propose.replay import hunks, replayed
from sleepy_core.text import LineIndex, apply_edits, digest

log = structlog.get_logger()

# Asked with the signature and the repository's id; the likeliest episode first.
Find = Callable[[str, str], Awaitable[Sequence[Episode]]]

_MOST_EPISODES = 8
_MOST_PLACES = 3  # of one episode
_AROUND = 40  # lines above and below the error in which the same shape is looked for
_MOST_LINES = 30  # of a repair that is repeated
_COST = 1.0


class RecallProposer:
    """Proposes what repaired the same signature before, in this repository first."""

    def __init__(self, find: Find) -> None:
        """`find` gives the episodes of a signature; which ones are worth repeating is its business."""
        self._find = find

    @property
    def source(self) -> Source:
        """Recall."""
        return Source.RECALL

    async def propose(self, case: Case, tried: Sequence[Attempt]) -> AsyncIterator[Proposal]:
        """One proposal for each different text that the episodes lead to."""
        del tried
        text = case.texts.get(case.diagnostic.file)
        if text is None:
            return
        try:
            episodes = await self._find(case.signature, case.repo.id)
        except StoreError as error:
            log.warning("recall-failed", problem=str(error))
            return
        seen: set[Patch] = set()
        for i, episode in enumerate(episodes[:_MOST_EPISODES]):
            # The diff first: of a repair of several files the excerpt is only a part, and that part rarely compiles.
            whole = elsewhere(episode, case.diagnostic, case.texts)
            parts = (
                Patch((FilePatch(case.diagnostic.file, digest(text), edits),))
                for edits in recalled(episode, case.diagnostic, text)
            )
            for patch in (*([whole] if whole else []), *parts):
                if patch in seen:
                    continue
                seen.add(patch)
                yield Proposal(
                    patch=patch,
                    source=Source.RECALL,
                    label=patch_label(case.texts, patch),
                    cost=_COST + i / 100,
                    why=f"repeats episode {episode.id} ({episode.outcome}, in {episode.file}): {episode.label}",
                    recalled=(episode.id,),
                )


def recalled(episode: Episode, error: Diagnostic, text: str) -> list[tuple[Edit, ...]]:
    """The episode's repair made again in a text that has the error, surest first; `[]` where nothing fits."""
    before, after = episode.before.replace("\r\n", "\n"), episode.after.replace("\r\n", "\n")
    if not after.strip() or adds_unwritten(before, after):
        return []
    old, new = _core(before.split("\n"), after.split("\n"))
    if max(len(old), len(new)) > _MOST_LINES:
        return []
    names = message_names(episode.message, error.message)
    imports = _added_imports(old, new)
    if imports:
        ways = _imported(imports, episode.message, error, names, text)
    else:
        ways = chain(_verbatim(old, new, error, text), _aligned("\n".join(old), "\n".join(new), names, error, text))
    found: dict[str, tuple[Edit, ...]] = {}
    for edits in ways:
        made = tuple(Edit(e.start, e.end, _with_line_ends(e.text, text)) for e in edits)
        result = apply_edits(text, made)
        if result != text:
            found.setdefault(result, made)
    return list(found.values())[:_MOST_PLACES]


def elsewhere(episode: Episode, error: Diagnostic, texts: Mapping[RelPath, str]) -> Patch | None:
    """A repair of several places, or of another file than the error's, made again; None where it was or fits none."""
    made = hunks(episode.diff)
    if len(made) == 1 and made[0].file == episode.file:
        return None
    names = message_names(episode.message, error.message)
    named = [span.file for span in error.spans if span.file != error.file]
    others = sorted({hunk.file for hunk in made} - {episode.file})
    places = {episode.file: error.file}
    for patch in (
        replayed(episode.diff, texts, names, places),
        # The other file may be another one, too: then the error names it.
        replayed(episode.diff, texts, names, {**places, others[0]: named[0]}) if len(others) == 1 and named else None,
    ):
        if patch is not None:
            return patch
    return None


def _core(old: list[str], new: list[str]) -> tuple[list[str], list[str]]:
    """Only the lines that differ; an insertion keeps the line that it stands before (or behind) as its anchor."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    if len(old) - end == start:
        if end and old[len(old) - end].strip():
            end -= 1
        elif start:
            start -= 1
    return old[start : len(old) - end], new[start : len(new) - end]


def _verbatim(old: list[str], new: list[str], error: Diagnostic, text: str) -> Iterator[tuple[Edit, ...]]:
    """The same lines, but for their indentation, where the error is."""
    index = LineIndex(text)
    wanted = [line.strip() for line in old]
    if not any(wanted):
        return
    for first in _lines_near(error, index):
        if [index.line(first + i).strip() for i in range(len(old))] != wanted:
            continue
        if not _touches(error, first, first + len(old) - 1):
            continue
        was, now = _indent(old[0]), _indent(index.line(first))
        lines = [now + line.removeprefix(was) if line.strip() else line for line in new]
        start = index.offset(Position(first, 0))
        last = first + len(old) - 1
        yield (Edit(start, index.offset(Position(last, len(index.line(last)))), "\n".join(lines)),)


_USE = re.compile(r"\s*(?:pub(?:\([^)]*\))?\s+)?use\s[^;]+;\s*")


def _added_imports(olds: list[str], news: list[str]) -> list[str]:
    """The lines of a repair that does nothing but import; else `[]`."""
    changes = [op for op in SequenceMatcher(None, olds, news, autojunk=False).get_opcodes() if op[0] != "equal"]
    lines = [line for op in changes for line in news[op[3] : op[4]] if line.strip()]
    only = all(op[0] == "insert" for op in changes) and all(_USE.fullmatch(line) for line in lines)
    return lines if only else []


def _imported(
    lines: list[str], said: str, error: Diagnostic, names: Mapping[str, str], text: str
) -> Iterator[tuple[Edit, ...]]:
    """An import that was missing, at the top of this file."""
    mentioned = {token.text for line in lines for token in code(line)}
    if said != error.message and not mentioned & names.keys():
        return  # other names, and the import says nothing of them: it would be a guess
    made = [rename(code(line), line, names) for line in lines]
    present = {line.strip() for line in text.split("\n")}
    made = [line for line in made if line not in present]
    if made:
        at = _import_place(text)
        yield (Edit(at, at, "\n".join(made) + "\n"),)


def _import_place(text: str) -> int:
    """Before the first import; else behind the inner attributes and documentation at the top."""
    index = LineIndex(text)
    head = 0
    for number in range(index.line_count):
        line = index.line(number)
        if line.startswith(("use ", "pub use ")):
            return index.offset(Position(number, 0))
        if head == number and line.startswith(("#![", "//!", "#!/")):
            head = number + 1
    return index.offset(Position(head, 0))


def _aligned(old: str, new: str, names: Mapping[str, str], error: Diagnostic, text: str) -> Iterator[tuple[Edit, ...]]:
    """The same tokens up to names, as a whole; else only around the edit, and then right at the error."""
    taught = lesson(old, new)
    if taught is None:
        return
    index = LineIndex(text)
    first = max(0, error.span.start.line - _AROUND)
    last = min(index.line_count - 1, error.span.end.line + _AROUND)
    low, high = index.offset(Position(first, 0)), index.offset(Position(last, len(index.line(last))))
    piece = text[low:high]
    for narrow in (False, True):
        for start, end, edits in repetitions(taught, piece, names, narrow=narrow):
            begins, ends = index.position(low + start), index.position(low + end)
            fits = _overlaps(error, begins, ends) if narrow else _touches(error, begins.line, ends.line)
            if fits:
                yield tuple(Edit(low + e.start, low + e.end, e.text) for e in edits)


def _lines_near(error: Diagnostic, index: LineIndex) -> list[int]:
    """The lines around the error, nearest first."""
    at = error.span.start.line
    near = range(max(0, at - _AROUND), min(index.line_count, at + _AROUND + 1))
    return sorted(near, key=lambda line: (abs(line - at), line))


def _touches(error: Diagnostic, first: int, last: int) -> bool:
    """Does the error name one of these lines?"""
    spans = (error.span, *error.spans)
    return any(s.file == error.file and s.start.line <= last and first <= s.end.line for s in spans)


def _overlaps(error: Diagnostic, start: Position, end: Position) -> bool:
    """Does the error name a place between these two?"""
    spans = (error.span, *error.spans)
    return any(s.file == error.file and s.start <= end and start <= s.end for s in spans)


def _with_line_ends(made: str, text: str) -> str:
    return made.replace("\n", "\r\n") if "\r\n" in text else made


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]
