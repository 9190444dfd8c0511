"""A unified diff that a model wrote, as a patch.

Models count badly: the numbers in their `@@` lines are often wrong, and a library that holds them to it (unidiff) would
refuse most of what they write. Here a hunk belongs where its old lines stand: at the line that it names, or at the
only place that has them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from sleepy_core.model import FilePatch, Patch, RelPath
from sleepy_core.propose.answer import Rejection, find_lines, replace_lines
from sleepy_core.text import LineIndex

_HEAD = re.compile(r"^@@ *-(\d+)(?:,\d+)? *\+\d+(?:,\d+)? *@@|^@@")
_FILE = re.compile(r"^(?:---|\+\+\+) (?:[ab]/)?([^\t\n]+)")
_MOST_LINES = 2000


@dataclass(slots=True)
class _Hunk:
    first: int  # zero-based, as the diff says
    old: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)


def read_diff(told: str, texts: Mapping[RelPath, str]) -> Patch | Rejection:
    """The patch, or why it is none: a file that there is not, lines that are not in it, or no repair."""
    lines = told.replace("\r\n", "\n").split("\n")
    if len(lines) > _MOST_LINES:
        return Rejection("the diff is far too long")
    hunks = _hunks(lines, next(iter(texts)) if len(texts) == 1 else "")
    if not any(hunks.values()):
        return Rejection("the diff has no hunk: lines of context, with - before what goes and + before what comes")
    parts: list[FilePatch] = []
    for file, of in hunks.items():
        text = texts.get(file)
        if text is None:
            return Rejection(
                f"there is no file {file or '(none was named)'}; there are {', '.join(sorted(texts)[:20])}"
            )
        found = _placed(of, text)
        if isinstance(found, Rejection):
            return found
        patch = replace_lines(file, text, found)
        if isinstance(patch, Rejection):
            return patch
        parts += patch.files
    return Patch(tuple(sorted(parts, key=lambda part: part.file)))


def _hunks(lines: list[str], only: RelPath) -> dict[RelPath, list[_Hunk]]:
    """The hunks by file; `only` is the file where the diff names none."""
    file, hunks = only, dict[RelPath, list[_Hunk]]()
    hunk: _Hunk | None = None
    for line in lines:
        if (named := _FILE.match(line)) and (hunk is None or line.startswith(("--- a/", "+++ b/"))):
            if named[1] != "/dev/null":
                file = named[1].strip()
            hunk = None
        elif head := _HEAD.match(line):
            hunk = _Hunk(max(0, int(head[1] or 1) - 1))
            hunks.setdefault(file, []).append(hunk)
        elif hunk is not None and not line.startswith(("\\", "diff --git ", "index ")):
            if not line.startswith("+"):
                hunk.old.append(line[1:])
            if not line.startswith("-"):
                hunk.new.append(line[1:])
    for of in hunks.values():
        for each in of:
            # The last line's end, or blank lines between hunks, are no context.
            while each.old and each.new and not each.old[-1].strip() and not each.new[-1].strip():
                each.old.pop()
                each.new.pop()
    return hunks


def _placed(hunks: list[_Hunk], text: str) -> list[tuple[int, int, list[str]]] | Rejection:
    index = LineIndex(text)
    changes: list[tuple[int, int, list[str]]] = []
    for hunk in hunks:
        if not hunk.old:
            return Rejection("a hunk has no lines of context, so it could stand anywhere")
        first = find_lines([line.strip() for line in hunk.old], hunk.first, index)
        if first is None:
            return Rejection(f"the lines from {hunk.old[0].strip()!r} on are not in the file, or at several places")
        changes.append((first, first + len(hunk.old) - 1, hunk.new))
    changes.sort(key=lambda change: change[:2])
    if any(one[1] >= other[0] for one, other in pairwise(changes)):
        return Rejection("two hunks change the same line")
    return changes
