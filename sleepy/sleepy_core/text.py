"""Texts, places in them, and changes of them. Pure; everybody uses it, so there is one way to count.

Three ways of counting meet here: code points (ours), UTF-8 and UTF-16 units (LSP 3.17, "Position
encoding"). A line ends after `\\n`; a `\\r` before it belongs to the line, as rustc and editors have it.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from sleepy_core.errors import PatchError
from sleepy_core.model import Edit, FilePatch, Patch, Position, RelPath, SpanEdit

BOM = "\ufeff"
_LINE_END = re.compile("\n")
_HUNK = re.compile(r"(?<=[-+])\d+")
_CONTEXT = 3  # lines around a change, as git shows them


# Within one message, or for one candidate, the same few texts are asked about again and again.
@lru_cache(maxsize=4)
def digest(text: str) -> str:
    """A name for exactly this text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def read_text(path: Path) -> str:
    """The file's exact text: no translation of line ends, the byte-order mark kept.

    Raises `UnicodeDecodeError` for what is not UTF-8 (rustc refuses it too) and `OSError`.
    """
    return path.read_bytes().decode("utf-8")


class LineIndex:
    """Where the lines of a text begin, to turn positions into offsets and back."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(end.end() for end in _LINE_END.finditer(text))]

    @property
    def line_count(self) -> int:
        """Number of lines; a text that ends in a line end has an empty last one."""
        return len(self.starts)

    def offset(self, position: Position) -> int:
        """The code-point offset of a position; a column past the end of its line means the line's end.

        rustc does not count a byte-order mark as a column, but it is part of our text.
        """
        if position.line >= len(self.starts):
            return len(self.text)
        start = self.starts[position.line]
        if position.line == 0 and self.text.startswith(BOM):
            start += 1
        return min(start + position.column, self._line_end(position.line))

    def position(self, offset: int) -> Position:
        """The position of a code-point offset."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.starts, offset) - 1
        column = offset - self.starts[line]
        if line == 0 and self.text.startswith(BOM):
            column = max(0, column - 1)
        return Position(line, column)

    def line(self, number: int) -> str:
        """A line without its line end; `""` for a line that is not there."""
        if not 0 <= number < len(self.starts):
            return ""
        return self.text[self.starts[number] : self._line_end(number)]

    def _line_end(self, number: int) -> int:
        if number + 1 >= len(self.starts):
            return len(self.text)
        end = self.starts[number + 1] - 1
        return end - 1 if end > self.starts[number] and self.text[end - 1] == "\r" else end


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) + sum(1 for c in text if ord(c) > 0xFFFF)


def utf16_to_column(line: str, units: int) -> int:
    """Code points before `units` UTF-16 units of a line; inside of a surrogate pair rounds down."""
    seen = 0
    for column, char in enumerate(line):
        width = 2 if ord(char) > 0xFFFF else 1
        if seen + width > units:
            return column
        seen += width
    return len(line)


def utf8_to_column(line: str, units: int) -> int:
    """Code points before `units` bytes of a line; inside of a character rounds down."""
    return len(line.encode("utf-8", "surrogatepass")[:units].decode("utf-8", "ignore"))


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made. Raises `PatchError` where they overlap or leave the text."""
    parts: list[str] = []
    at = 0
    for edit in sorted(edits):
        if edit.start < at or edit.end < edit.start or edit.end > len(text):
            raise PatchError(f"edits overlap or leave the text at offset {edit.start}")
        parts += (text[at : edit.start], edit.text)
        at = edit.end
    parts.append(text[at:])
    return "".join(parts)


def apply_patch(texts: Mapping[RelPath, str], patch: Patch) -> dict[RelPath, str]:
    """The new texts of the files that a patch changes.

    Raises `PatchError` when a file is missing or is not the text that the patch was made for.
    """
    result: dict[RelPath, str] = {}
    for part in patch.files:
        text = texts.get(part.file)
        if text is None:
            raise PatchError(f"{part.file} is not there any more")
        if digest(text) != part.base:
            raise PatchError(f"{part.file} has changed since the patch was made")
        result[part.file] = apply_edits(text, part.edits)
    return result


def patch_from_span_edits(texts: Mapping[RelPath, str], edits: Iterable[SpanEdit]) -> Patch:
    """A patch from line-and-column edits of the given texts. Raises `PatchError` for an unknown file."""
    by_file: dict[RelPath, list[SpanEdit]] = {}
    for edit in edits:
        by_file.setdefault(edit.file, []).append(edit)
    parts = []
    for file, group in sorted(by_file.items()):
        if file not in texts:
            raise PatchError(f"{file} is not a file of this project")
        index = LineIndex(texts[file])
        made = sorted({Edit(index.offset(e.start), index.offset(e.end), e.text) for e in group})
        parts.append(FilePatch(file, digest(texts[file]), tuple(made)))
    return Patch(tuple(parts))


def unified_diff(before: Mapping[RelPath, str], after: Mapping[RelPath, str]) -> str:
    """A git-style unified diff that `git apply` takes, files in order of name; `""` when nothing changed."""
    parts: list[str] = []
    for file in sorted(after):
        old, new = before.get(file, ""), after[file]
        if old == new:
            continue
        parts.append(f"diff --git a/{file} b/{file}\n")
        # difflib looks at every line: a big file's are cut down to those around the change first.
        start, rest = _around_change(old, new)
        made = _diff(file, old, new, start, rest)
        if not _has_context(made, above=start > 0, below=rest > 0):
            start, made = 0, _diff(file, old, new, 0, 0)
        above = old.count("\n", 0, start)
        for line in made:
            if line.startswith("@@"):
                parts.append(_moved(line, above))
            else:
                parts.append(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n")
    return "".join(parts)


def _diff(file: RelPath, old: str, new: str, start: int, rest: int) -> list[str]:
    """difflib's lines for what lies between the first `start` and the last `rest` characters of both texts."""
    before, after = lines(old[start : len(old) - rest]), lines(new[start : len(new) - rest])
    return list(difflib.unified_diff(before, after, f"a/{file}", f"b/{file}", n=_CONTEXT))


def _has_context(made: Sequence[str], *, above: bool, below: bool) -> bool:
    """Are there whole contexts where the text goes on? Without one git takes a hunk for the file's beginning or end.

    difflib may line up repeated lines otherwise than by the common beginning and end.
    """
    first, last = made[3 : 3 + _CONTEXT], made[-_CONTEXT:]
    return (not above or all(line[0] == " " for line in first)) and (not below or all(line[0] == " " for line in last))


def common_length(one: str, other: str) -> int:
    """Length of the common beginning, by halving: comparing slices is what Python does fast."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _around_change(old: str, new: str) -> tuple[int, int]:
    """Where the first line around the change begins, and how much behind its last line is the same in both."""
    same = common_length(old, new)
    start = old.rfind("\n", 0, same) + 1
    for _ in range(_CONTEXT):
        start = old.rfind("\n", 0, max(start - 1, 0)) + 1
    rest = common_length(old[same:][::-1], new[same:][::-1])
    for _ in range(_CONTEXT + 1):  # the first only to the end of the line that the change ends in
        end = old.find("\n", len(old) - rest)
        rest = len(old) - end - 1 if end >= 0 else 0
    return start, rest


def _moved(header: str, lines: int) -> str:
    """A hunk's header with its line numbers so many lines further down."""
    return _HUNK.sub(lambda number: str(int(number[0]) + lines), header)


def lines(text: str) -> list[str]:
    """Lines with their ends, as git has them: only `\\n` ends one (str.splitlines knows many more)."""
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
