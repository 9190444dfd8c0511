"""A diff made again in texts whose lines have moved, in all of its files or not at all. Pure.

As `patch` does it: each hunk goes where its old lines are now, the nearest place to where they were first, with
less and less of the context that unified diffs carry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sleepy_core.model import Edit, FilePatch, Patch, Position, RelPath
from sleepy_core.propose.align import rename
from sleepy_core.propose.lexer import adds_unwritten, code
from sleepy_core.text import LineIndex, digest

_MOST_LINES = 60  # of all hunks together: what is larger was no repair of one error
_CONTEXTS = (3, 1, 0)
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@")


@dataclass(frozen=True, slots=True)
class Hunk:
    """One change of a file: `lines` are those of the diff, each behind its ` `, `-` or `+`; `at` counts from 0."""

    file: RelPath
    at: int
    lines: tuple[str, ...]

    @property
    def old(self) -> list[str]:
        """The lines as they were."""
        return [line[1:] for line in self.lines if line[0] != "+"]

    @property
    def new(self) -> list[str]:
        """The lines as they became."""
        return [line[1:] for line in self.lines if line[0] != "-"]

    def trimmed(self, context: int) -> Hunk:
        """The same with at most so many unchanged lines at either end."""
        changed = [i for i, line in enumerate(self.lines) if line[0] != " "]
        if not changed:
            return self
        first, last = max(0, changed[0] - context), changed[-1] + context
        return replace(self, at=self.at + first, lines=self.lines[first : last + 1])


def hunks(diff: str) -> tuple[Hunk, ...]:
    """The hunks of a unified diff; of what is none: `()`."""
    found: list[Hunk] = []
    file = ""
    lines: list[str] | None = None
    for line in diff.split("\n"):
        begins = _HUNK.match(line)
        if line.startswith("diff --git ") or begins:
            lines = None
        if begins and file:
            found.append(Hunk(file, max(0, int(begins[1]) - 1), ()))
            lines = []
        elif lines is not None and line[:1] in (" ", "-", "+"):
            lines.append(line.removesuffix("\r"))
            found[-1] = replace(found[-1], lines=tuple(lines))
        elif lines is None and line.startswith("+++ b/"):
            file = line.removeprefix("+++ b/")
    return tuple(found)


def replayed(
    diff: str, texts: Mapping[RelPath, str], names: Mapping[str, str], files: Mapping[RelPath, RelPath]
) -> Patch | None:
    """The diff as a patch of these texts; None where a hunk's lines are not there any more.

    `names` are old names and the new ones in their place, `files` those that have another one's part now.
    """
    made = [replace(_renamed(hunk, names), file=files.get(hunk.file, hunk.file)) for hunk in hunks(diff)]
    lines = [line for hunk in made for line in hunk.lines if line[0] != " "]
    if not lines or len(lines) > _MOST_LINES or any(_leaves_unwritten(hunk) for hunk in made):
        return None
    edits: dict[RelPath, list[Edit]] = {}
    shifts: dict[RelPath, int] = {}
    for hunk in made:
        text = texts.get(hunk.file)
        found = _place(hunk, LineIndex(text), shifts.get(hunk.file, 0)) if text is not None else None
        if found is None:
            return None
        shifts[hunk.file], edit = found
        earlier = edits.setdefault(hunk.file, [])
        if earlier and edit.start < earlier[-1].end:
            return None
        earlier.append(edit)
    return Patch(tuple(FilePatch(file, digest(texts[file]), tuple(group)) for file, group in sorted(edits.items())))


def _renamed(hunk: Hunk, names: Mapping[str, str]) -> Hunk:
    if not names:
        return hunk
    return replace(hunk, lines=tuple(line[0] + _rename_line(line[1:], names) for line in hunk.lines))


def _rename_line(line: str, names: Mapping[str, str]) -> str:
    tokens = code(line)
    if not tokens:
        return line
    return line[: tokens[0].start] + rename(tokens, line, names) + line[tokens[-1].end :]


def _leaves_unwritten(hunk: Hunk) -> bool:
    return adds_unwritten("\n".join(hunk.old), "\n".join(hunk.new))


def _place(hunk: Hunk, index: LineIndex, shift: int) -> tuple[int, Edit] | None:
    """How far the hunk's lines have moved, and the edit there; `shift` is how far those before it have."""
    for context in _CONTEXTS:
        part = hunk.trimmed(context)
        at = next(_matches(part.old, index, part.at + shift), None)
        if at is not None:
            return at - part.at, _edit(part, index, at)
    return None


def _matches(old: list[str], index: LineIndex, near: int) -> Iterator[int]:
    """The lines that these stand at, the nearest first; none for what could stand anywhere."""
    if not any(line.strip() for line in old):
        return
    places = range(index.line_count - len(old) + 1)
    for at in sorted(places, key=lambda place: abs(place - near)):
        if all(index.line(at + i) == line for i, line in enumerate(old)):
            yield at


def _edit(part: Hunk, index: LineIndex, at: int) -> Edit:
    """Only the lines that change: no edit is larger than what it is for."""
    old, new = part.old, part.new
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    gone, made = old[start : len(old) - end], new[start : len(new) - end]
    line_end = "\r\n" if "\r\n" in index.text else "\n"
    low = index.offset(Position(at + start, 0))
    if at + start >= index.line_count:  # behind a last line without an end
        return Edit(low, low, "".join(line_end + line for line in made))
    high_line = at + start + len(gone)
    if high_line < index.line_count:
        return Edit(low, index.offset(Position(high_line, 0)), "".join(line + line_end for line in made))
    return Edit(low, len(index.text), line_end.join(made))
