"""Repeat an edit at a place that looks the same but has other names. Pure.

An old piece of code, its repaired form, and new code: where the new code has the same tokens up to the
names that people choose, the same edit is made with the new names. Where the shapes differ nothing is
made: a wrong repetition costs a compilation, and one that happens to compile misleads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from sleepy_core.model import Edit
from sleepy_core.propose.lexer import Kind, Token, code

# Names that mean the same in every program: `Some` never plays the part of `Ok`.
FIXED = frozenset({
    "Some", "None", "Ok", "Err", "Option", "Result", "Vec", "String", "Box", "Rc", "Arc", "RefCell", "Cell", "Mutex",
    "Cow", "Default", "Clone", "Copy", "Debug", "Display", "Iterator", "From", "Into", "Send", "Sync", "Sized",
    "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize",
    "f32", "f64", "derive", "std", "core", "alloc",
})  # fmt: skip

_CONTEXT = 2  # tokens on each side of an edit that have to look the same
_LEAST_WINDOW = 3
_MOST_TOKENS = 400


@dataclass(frozen=True, slots=True)
class Lesson:
    """What an edit did, token by token."""

    before: str
    after: str
    old: tuple[Token, ...]
    new: tuple[Token, ...]
    ops: tuple[tuple[str, int, int, int, int], ...]  # difflib's, without the equal ones


def lesson(before: str, after: str) -> Lesson | None:
    """The edit between two pieces of code; None where only layout or comments changed, or it is too long."""
    old, new = tuple(code(before)), tuple(code(after))
    if not old or max(len(old), len(new)) > _MOST_TOKENS:
        return None
    matcher = SequenceMatcher(None, [t.text for t in old], [t.text for t in new], autojunk=False)
    ops = tuple(op for op in matcher.get_opcodes() if op[0] != "equal")
    return Lesson(before, after, old, new, ops) if ops else None


def repetitions(
    taught: Lesson, text: str, names: Mapping[str, str], *, narrow: bool
) -> Iterator[tuple[int, int, tuple[Edit, ...]]]:
    """Everywhere in `text` that looks like the lesson's old code: where (start, end), and the edits to make.

    `names` are pairs of old and new names known beforehand. `narrow` compares only a few tokens around the
    edit instead of all that the lesson has.
    """
    current = code(text)
    low, high = _window(taught) if narrow else (0, len(taught.old))
    size = high - low
    if narrow and (size < _LEAST_WINDOW or size == len(taught.old)):
        return
    for at in range(len(current) - size + 1):
        found = _names(taught.old[low:high], current[at : at + size], names)
        if found is None:
            continue
        edits = _edits(taught, current, at - low, (low, high), found, names, text)
        if edits:
            yield current[at].start, current[at + size - 1].end, edits


def message_names(old: str, new: str) -> dict[str, str]:
    """Which name of one compiler message plays the part of which in another, from what both set in backticks."""
    olds, news = re.findall(r"`([^`]*)`", old), re.findall(r"`([^`]*)`", new)
    pairs: dict[str, str] = {}
    if len(olds) != len(news):
        return pairs
    for a, b in zip(olds, news, strict=True):
        left, right = code(a), code(b)
        if len(left) != len(right):
            continue
        for x, y in zip(left, right, strict=True):
            if x.is_name and y.is_name and not {x.text, y.text} & FIXED and pairs.setdefault(x.text, y.text) != y.text:
                return {}
    return pairs


def rename(text_tokens: Sequence[Token], source: str, names: Mapping[str, str]) -> str:
    """The stretch of a source from the first to the last of some tokens, with its names replaced."""
    if not text_tokens:
        return ""
    parts: list[str] = []
    at = text_tokens[0].start
    for token in text_tokens:
        parts += (source[at : token.start], names.get(token.text, token.text))
        at = token.end
    return "".join(parts)


def _window(taught: Lesson) -> tuple[int, int]:
    """The old tokens that all edits lie between, with a little context."""
    low = min(op[1] for op in taught.ops) - _CONTEXT
    high = max(op[2] for op in taught.ops) + _CONTEXT
    return max(0, low), min(len(taught.old), high)


def _names(old: Sequence[Token], current: Sequence[Token], given: Mapping[str, str]) -> dict[str, str] | None:
    """The renaming that makes one run of tokens the other, one to one; None where there is none."""
    found: dict[str, str] = {}
    back: dict[str, str] = {}
    for a, b in zip(old, current, strict=True):
        if a.kind is not b.kind:
            return None
        if not _free(a) or not _free(b):
            if a.text != b.text:
                return None
        elif _manner(a) != _manner(b):
            return None
        if a.kind in (Kind.NUMBER, Kind.STRING):
            # Literals may repeat with different values; the first one stands for what is repeated.
            found.setdefault(a.text, b.text)
        elif found.setdefault(a.text, b.text) != b.text or back.setdefault(b.text, a.text) != a.text:
            return None
    if any(found.get(name, new) != new for name, new in given.items()):
        return None
    return {**given, **found}


def _free(token: Token) -> bool:
    """May it be another one in new code?"""
    if token.kind in (Kind.NUMBER, Kind.STRING):
        return True
    if token.kind is Kind.LIFETIME:
        return token.text != "'static"
    return token.is_name and token.text not in FIXED


def _manner(token: Token) -> str:
    """What cannot change with a name: `Type`, `CONSTANT`, `value`; the quotes of a literal."""
    if token.kind is Kind.STRING:
        return token.text[: len(token.text) - len(token.text.lstrip("bcr#"))] + token.text.lstrip("bcr#")[:1]
    if token.kind is not Kind.IDENT:
        return ""
    name = token.text.lstrip("_")
    if len(name) > 1 and name.isupper():
        return "CONSTANT"
    return "Type" if name[:1].isupper() else "value"


def _edits(
    taught: Lesson,
    current: Sequence[Token],
    shift: int,
    window: tuple[int, int],
    found: Mapping[str, str],
    given: Mapping[str, str],
    text: str,
) -> tuple[Edit, ...]:
    """The lesson's edits in new code; `()` where one of them would be a guess."""
    known = {token.text for token in taught.old if _free(token)}
    written = {token.text for op in taught.ops for token in taught.new[op[3] : op[4]]}
    edits = []
    for tag, i1, i2, j1, j2 in taught.ops:
        inserted = taught.new[j1:j2]
        if any(token.text in known and token.text not in found for token in inserted):
            return ()
        for i in range(i1, i2):
            # What is taken away for good has to be the same thing, not only to stand in the same place.
            old, now = taught.old[i], current[i + shift]
            if old.text not in written and now.text not in (old.text, given.get(old.text)):
                return ()
        left = current[i1 + shift - 1] if i1 > window[0] else None
        right = current[i2 + shift] if i2 < window[1] else None
        if tag == "replace":
            start, end = current[i1 + shift].start, current[i2 - 1 + shift].end
            made = rename(inserted, taught.after, found)
        elif tag == "delete":
            start, end = current[i1 + shift].start, current[i2 - 1 + shift].end
            made = ""
            if left is not None and right is not None:
                start, end = left.end, right.start
                made = taught.after[taught.new[j1 - 1].end : taught.new[j1].start]
        else:
            start, end, made = _insertion(taught, (i1, j1, j2), left, right, found, text)
        edits.append(Edit(start, end, _reindented(made, taught.before, text, start)))
    return tuple(sorted(edits))


def _insertion(
    taught: Lesson,
    place: tuple[int, int, int],
    left: Token | None,
    right: Token | None,
    found: Mapping[str, str],
    text: str,
) -> tuple[int, int, str]:
    """Where new tokens go and with which spaces: as in the lesson, on the side that keeps the present spaces."""
    i, j1, j2 = place
    middle = rename(taught.new[j1:j2], taught.after, found)
    before = taught.after[taught.new[j1 - 1].end : taught.new[j1].start] if j1 else ""
    behind = taught.after[taught.new[j2 - 1].end : taught.new[j2].start] if j2 < len(taught.new) else ""
    if left is None or right is None:
        if right is not None:
            return right.start, right.start, middle + behind
        assert left is not None
        return left.end, left.end, before + middle
    gap = taught.before[taught.old[i - 1].end : taught.old[i].start]
    whole = before + middle + behind
    if whole.endswith(gap):
        return left.end, left.end, whole[: len(whole) - len(gap)]
    if whole.startswith(gap):
        return right.start, right.start, whole[len(gap) :]
    if text[left.end : right.start].strip():
        return left.end, left.end, before + middle  # a comment stands between: keep it
    return left.end, right.start, whole


def _reindented(made: str, before: str, text: str, at: int) -> str:
    """New lines with the indentation of the line that they come to stand in."""
    if "\n" not in made:
        return made
    old = _indent(before.lstrip("\n").split("\n", 1)[0])
    new = _indent(text[text.rfind("\n", 0, at) + 1 :].split("\n", 1)[0])
    first, *rest = made.split("\n")
    return "\n".join(
        [
            first,
            *(new + line.removeprefix(old) if line.strip() else line for line in rest[:-1]),
            new + rest[-1].removeprefix(old),
        ]
    )


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]
