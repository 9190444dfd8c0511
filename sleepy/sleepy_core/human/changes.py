"""What changed between two texts, line by line, and what of it says something about an error. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import SequenceMatcher

from sleepy_core.model import Diagnostic, Edit, FilePatch, Patch, Position, RelPath
from sleepy_core.propose.labels import common_start
from sleepy_core.propose.lexer import adds_unwritten, code_texts
from sleepy_core.text import LineIndex, apply_edits, digest, lines

Change = tuple[RelPath, Edit]
"""Whole lines of one file, and what stands there instead; offsets in the text before."""

FAR = 1_000_000  # lines: from an error to a change of a file that it does not name

# What is there twice: here removing one of the two is the repair.
_TWICE = frozenset({"E0119", "E0124", "E0201", "E0252", "E0254", "E0255", "E0428", "E0592", "E0415", "E0416"})
_MOST_SPLIT = 8


def changes(before: Mapping[RelPath, str], after: Mapping[RelPath, str]) -> tuple[Change, ...]:
    """All changed lines of the files that both have, in order; as small as lines can be told apart."""
    return tuple(
        (file, edit) for file in sorted(before) if file in after for edit in line_edits(before[file], after[file])
    )


def line_edits(old: str, new: str) -> tuple[Edit, ...]:
    """The edits of whole lines that lead from one text to another."""
    if old == new:
        return ()
    olds, news = lines(old), lines(new)
    head = common_start(olds, news)
    tail = common_start(olds[head:][::-1], news[head:][::-1])
    starts = [0]
    for line in olds:
        starts.append(starts[-1] + len(line))
    # Lines that are in a long text everywhere (`}`) only go with their neighbours: else it would take a second.
    middle = SequenceMatcher(None, olds[head : len(olds) - tail], news[head : len(news) - tail]).get_opcodes()
    found: list[Edit] = []
    for tag, i1, i2, j1, j2 in middle:
        if tag == "equal":
            continue
        blocks = [(i1, i2, j1, j2)]
        if i2 - i1 == j2 - j1 <= _MOST_SPLIT:
            # Neighbouring lines that were each rewritten may belong to different errors.
            blocks = [(i1 + n, i1 + n + 1, j1 + n, j1 + n + 1) for n in range(i2 - i1)]
        for a, b, c, d in blocks:
            found.append(Edit(starts[head + a], starts[head + b], "".join(news[head + c : head + d])))
    return tuple(found)


def patch_of(made: Iterable[Change], before: Mapping[RelPath, str]) -> Patch:
    """Some of the changes, as a patch of the texts before."""
    by_file: dict[RelPath, list[Edit]] = {}
    for file, edit in made:
        by_file.setdefault(file, []).append(edit)
    return Patch(tuple(FilePatch(f, digest(before[f]), tuple(sorted(e))) for f, e in sorted(by_file.items())))


def named_places(error: Diagnostic) -> Iterator[tuple[RelPath, Position, Position]]:
    """All places that an error speaks of: its spans, and those of its notes and suggestions."""
    for span in (error.span, *error.spans, *(span for note in error.notes for span in note.spans)):
        yield span.file, span.start, span.end
    for suggestion in error.suggestions:
        for edit in suggestion.edits:
            yield edit.file, edit.start, edit.end


def distance(error: Diagnostic, change: Change, index: LineIndex) -> int:
    """Lines between a change and the nearest place that the error names; `index` is of the change's text before."""
    file, edit = change
    first = index.position(edit.start).line
    last = index.position(max(edit.start, edit.end - 1)).line
    places = [(start.line, end.line) for named, start, end in named_places(error) if named == file]
    return min((max(0, first - low_high[1], low_high[0] - last) for low_high in places), default=FAR)


def only_deletes(made: Collection[Change], before: Mapping[RelPath, str], error: Diagnostic) -> bool:
    """Is the error gone because the code that had it is: a statement or an item, with nothing written in its place?

    Taking back an import is a repair, and so is removing one of two that are the same. Code that was replaced by
    `todo!()` or made a comment is gone as well.
    """
    if any(adds_unwritten(before[file][edit.start : edit.end], edit.text) for file, edit in made):
        return True
    if error.code in _TWICE:
        return False
    gone: list[list[str]] = []
    for file in sorted({file for file, _ in made}):
        text = before[file]
        edits = [edit for each, edit in made if each == file]
        low, high = min(e.start for e in edits), max(e.end for e in edits)
        piece = apply_edits(text, edits)[low : len(text) + sum(len(e.text) - (e.end - e.start) for e in edits)]
        piece = piece[: len(piece) - (len(text) - high)]
        old, new = code_texts(text[low:high]), code_texts(piece)
        for tag, i1, i2, _, _ in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if tag == "delete":
                gone.append(old[i1:i2])
            elif tag != "equal":
                return False
    return any(_is_statement(tokens) for tokens in gone)


def _is_statement(tokens: list[str]) -> bool:
    """Do these tokens hold a whole statement or block, other than imports?"""
    if len(tokens) < 2 or not {";", "}"} & set(tokens):
        return False
    rest = tokens[1:] if tokens[0] == "pub" else tokens
    return not (rest[0] == "use" or rest[-1] == "use")
