"""Reading a model's answers. Whatever a model writes comes out as a patch or as a reason against it.

Nothing here raises: an answer is text from a stranger.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import dropwhile, pairwise, takewhile
from typing import Any

from sleepy_core.model import Edit, FilePatch, Patch, Position, RelPath
from sleepy_core.propose.labels import common_start
from sleepy_core.propose.lexer import KEYWORDS, Kind, Token, adds_unwritten, code_texts, depth, lex
from sleepy_core.propose.prompt import REWRITE, Region
from sleepy_core.text import LineIndex, digest

_MOST_LINES = 40  # more than four times the region
_MOST_CHARS = 20_000
_MOST_EDITS = 32


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why an answer is no patch, in one sentence."""

    reason: str


def read_span(answer: str, region: Region, text: str) -> Patch | Rejection:
    """The patch of an answer in the span format: the lines that replace the region of `text`."""
    index = LineIndex(text)
    old = region.old(index)
    problem = _unreadable(answer, len(old), sum(map(len, old)))
    if problem:
        return Rejection(problem)
    given = _unfenced(answer.replace("\r\n", "\n").replace("\r", "\n"))
    given, problem = _without_heading(given, region.file)
    if problem:
        return Rejection(problem)
    lines = _without_marks(given, old)
    if not any(map(_is_prose, old)):  # a text in several lines may well be rewritten as one
        lines = _without_prose(lines)
    if not lines:
        return Rejection("the answer is prose, not code")
    lines = _without_surroundings(lines, region, index)
    return replace_lines(region.file, text, [(region.first, region.last, _reindented(lines, old))])


def read_edits(answer: str, region: Region, text: str) -> Patch | Rejection:
    """The patch of an answer in the line edits format.

    Every edit has to repeat the lines that it replaces (white space at their ends aside), else the whole
    answer is rejected; where only the number is wrong and the line exists once in the file, it counts.
    """
    index = LineIndex(text)
    problem = _unreadable(answer, _MOST_EDITS, _MOST_CHARS, controls=False)
    if problem:
        return Rejection(problem)
    found = _json(answer)
    edits = found.get("edits") if found is not None else None
    if found is None or not isinstance(edits, list):
        return Rejection("the answer is not a JSON object with edits")
    if not 0 < len(edits) <= _MOST_EDITS:
        return Rejection(f"the answer has {len(edits)} edits")
    changes: list[tuple[int, int, list[str]]] = []
    for edit in edits:
        change = _change(edit, found, region, index)
        if isinstance(change, Rejection):
            return change
        changes.append(change)
    changes.sort(key=lambda c: c[:2])
    if any(a[1] >= b[0] for a, b in pairwise(changes)):
        return Rejection("two edits change the same line")
    return replace_lines(region.file, text, changes)


# --- Both formats --------------------------------------------------------------------------------


def replace_lines(file: RelPath, text: str, changes: list[tuple[int, int, list[str]]]) -> Patch | Rejection:
    """The patch that puts new lines in place of old ones, unless it is no repair."""
    index = LineIndex(text)
    old = "\n".join(index.line(n) for first, last, _ in changes for n in range(first, last + 1))
    new = "\n".join(line for _, _, lines in changes for line in lines)
    was, now = code_texts(old), code_texts(new)
    if was == now:
        return Rejection("the answer changes nothing that the compiler sees")
    if was and not now:
        return Rejection("the answer deletes the code instead of repairing it")
    if adds_unwritten(old, new):
        return Rejection("the answer leaves the code unwritten")
    if _subsequence(now, was) and _drops_statement(was, now):
        return Rejection("the answer only deletes statements")
    if "../" in new and "../" not in old:
        return Rejection("the answer names a path outside of the project")
    edits = tuple(_edit(text, index, change) for change in changes)
    return Patch((FilePatch(file, digest(text), edits),))


def _edit(text: str, index: LineIndex, change: tuple[int, int, list[str]]) -> Edit:
    """The edit that puts new lines in place of old ones, without what both begin and end with."""
    first, last, lines = change
    start, stop = index.offset(Position(first, 0)), index.starts[last] + len(index.line(last))
    if not lines and last + 1 < index.line_count:
        stop = index.starts[last + 1]
    old = text[start:stop]
    new = ("\r\n" if "\r\n" in text else "\n").join(line.rstrip() for line in lines)
    head = common_start(old, new)
    tail = common_start(old[head:][::-1], new[head:][::-1])
    return Edit(start + head, stop - tail, new[head : len(new) - tail])


def _unreadable(answer: str, lines: int, characters: int, *, controls: bool = True) -> str:
    """Why an answer is not even looked at; `""` if it is."""
    if len(answer) > 4 * characters + _MOST_CHARS or answer.count("\n") > 4 * lines + _MOST_LINES:
        return "the answer is far longer than what it replaces"
    if controls and _has_controls(answer):
        return "the answer has control characters"
    return "" if answer.strip() else "the answer is empty"


def _has_controls(text: str) -> bool:
    """Control characters, also those that reorder what is seen (CVE-2021-42574), and halves of characters."""
    return any(c in _REORDER or (c not in "\t\n\r" and unicodedata.category(c) in ("Cc", "Cs")) for c in text)


_REORDER = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _subsequence(short: list[str], long: list[str]) -> bool:
    rest = iter(long)
    return len(short) < len(long) and all(token in rest for token in short)


def _drops_statement(was: list[str], now: list[str]) -> bool:
    """Is a whole statement or item missing: a run of tokens that ends one, not only a `;` or a `mut`?"""
    for tag, i1, i2, _, _ in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        gone = was[i1:i2]
        if tag == "delete" and len(gone) >= 3 and (";" in gone or gone[-1] == "}") and depth(" ".join(gone)) == 0:
            return True
    return False


def _reindented(lines: list[str], old: list[str]) -> list[str]:
    """Indentation that the model lost, given back; indentation that it chose is left alone."""
    said = [line for line in lines if line.strip()]
    was = [line for line in old if line.strip()]
    if not said or not was:
        return lines
    wanted = min((_indent(line) for line in was), key=len)
    head, rest = _indent(said[0]), [_indent(line) for line in said[1:]]
    first_wanted = _indent(was[0])
    if len(head) < len(wanted) and rest and min(map(len, rest)) >= len(wanted):
        # Only the first line lost it, as chat templates trim the answer's beginning.
        at = lines.index(said[0])
        return [*lines[:at], first_wanted + said[0].lstrip(), *lines[at + 1 :]]
    common = min((head, *rest), key=len)
    if len(common) >= len(wanted):
        return lines
    return [wanted + line.removeprefix(common) if line.strip() else line for line in lines]


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


# --- The span format -----------------------------------------------------------------------------

_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n`]*$", re.MULTILINE)
_PATH_HEADING = re.compile(r"^\W*(?:---|\+\+\+|//|#)?\s*(?:[Ff]ile:?\s+)?[`*]*([\w./\\-]+\.rs)[`*]*\s*:?\s*$")
_NUMBER = re.compile(r"^\s*(?:>\s*)?\d+\s*(?:\||:(?!:))\s?")


def _unfenced(answer: str) -> list[str]:
    """The lines of the first fenced block, or all of them."""
    fences = list(_FENCE.finditer(answer))
    if fences:
        end = fences[1].start() if len(fences) > 1 else len(answer)
        inside = answer[fences[0].end() : end].strip("\n")
        if inside.strip():
            answer = inside
    elif answer.strip().startswith("`") and answer.strip().endswith("`") and answer.count("`") == 2:
        answer = answer.strip()[1:-1]
    lines = answer.strip("\n").split("\n")
    while lines and not lines[0].strip():
        del lines[0]
    while lines and not lines[-1].strip():
        del lines[-1]
    return lines


def _without_heading(lines: list[str], file: RelPath) -> tuple[list[str], str]:
    """The lines without an echo of the question or the file's name; and why not, when another file is named."""
    rest = list(lines)
    while rest:
        head = rest[0].strip()
        match = _PATH_HEADING.match(head)
        if match:
            if match[1].replace("\\", "/").removeprefix("./").removeprefix("a/").removeprefix("b/") != file:
                return [], f"the answer is about {match[1]}, not about {file}"
            del rest[0]
        elif head.startswith(REWRITE):
            rest[0] = rest[0].split(REWRITE, 1)[1].removeprefix(" ")
            if not rest[0].strip():
                del rest[0]
        else:
            break
    return rest, ""


def _without_marks(lines: list[str], old: list[str]) -> list[str]:
    """The lines without line numbers, the marks of the excerpt, or the signs of a diff."""
    said = [line for line in lines if line.strip()]
    if said and all(_NUMBER.match(line) for line in said):
        return [_NUMBER.sub("", line, count=1) for line in lines]
    if any(line.startswith(">") for line in lines) and not any(line.startswith(">") for line in old):
        # The excerpt said again: its marked lines are the answer, the others context.
        marked = dropwhile(lambda line: not line.startswith(">"), lines)
        run = takewhile(lambda line: line.startswith(">"), marked)
        return [line.removeprefix(">").removeprefix(" ") for line in run]
    removed = {line[1:].strip() for line in lines if line.startswith("-")}
    if any(line.startswith("+") for line in lines) and removed & {line.strip() for line in old}:
        kept = [line for line in lines if not line.startswith(("-", "@@"))]
        return [line[1:] if line[:1] in ("+", " ") else line for line in kept]
    return lines


def _without_prose(lines: list[str]) -> list[str]:
    """The code, without sentences before and behind it; `[]` where there are only sentences."""
    rest = list(lines)
    while rest and (not rest[0].strip() or _is_prose(rest[0])):
        del rest[0]
    while rest and (not rest[-1].strip() or _is_prose(rest[-1])):
        del rest[-1]
    # A blank line, then explanation that looks a little like code: cut at the first sentence.
    for at, line in enumerate(rest):
        if at and not rest[at - 1].strip() and _is_prose(line):
            rest = rest[: at - 1]
            break
    return rest


def _is_prose(line: str) -> bool:
    """Two chosen names side by side are no Rust (outside of comments and strings); a heading is none either."""
    tokens = [token for token in lex(line) if token.is_code]
    if any(_is_word(a) and _is_word(b) for a, b in pairwise(tokens)):
        return True
    if _ECHO.match(line):
        return True
    words = line.strip().rstrip(":")
    return line.strip().endswith(":") and words.isalpha() and words[:1].isupper()


_ECHO = re.compile(r"\s*(?:error|warning)\[E\d+\]")  # the compiler's message, said again
# Names that Rust itself puts in front of names: `union U`, `auto trait`, `macro_rules! m`, `raw const`.
_CONTEXTUAL = frozenset({"union", "auto", "default", "raw", "safe", "macro_rules"})


def _is_word(token: Token) -> bool:
    return (
        token.kind is Kind.IDENT and token.text not in KEYWORDS and token.text not in _CONTEXTUAL and token.text != "_"
    )


def _without_surroundings(lines: list[str], region: Region, index: LineIndex) -> list[str]:
    """The answer without lines of context that it repeats, if that is what brings its brackets into balance."""
    balance = depth("\n".join(region.old(index)))
    if depth("\n".join(lines)) == balance:
        return lines
    for count in range(1, len(lines)):
        behind = [index.line(region.last + 1 + i).strip() for i in range(count)]
        if [line.strip() for line in lines[-count:]] == behind and depth("\n".join(lines[:-count])) == balance:
            return lines[:-count]
        ahead = [index.line(region.first - count + i).strip() for i in range(count)]
        if [line.strip() for line in lines[:count]] == ahead and depth("\n".join(lines[count:])) == balance:
            return lines[count:]
    return lines


# --- The line edits format -----------------------------------------------------------------------


def _json(answer: str) -> dict[str, Any] | None:
    """The first JSON object with edits, whatever stands around it."""
    decoder = json.JSONDecoder()
    at = answer.find("{")
    for _ in range(20):
        if at < 0:
            return None
        try:
            found, _ = decoder.raw_decode(answer, at)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict) and "edits" in found:
            return found
        at = answer.find("{", at + 1)
    return None


def _change(
    edit: object, whole: dict[str, Any], region: Region, index: LineIndex
) -> tuple[int, int, list[str]] | Rejection:
    """One edit as first line, last line (zero-based) and new lines."""
    if not isinstance(edit, dict):
        return Rejection("an edit is not an object")
    file = edit.get("file", whole.get("file", region.file))
    if file != region.file:
        return Rejection(f"the answer is about {str(file)[:80]}, not about {region.file}")
    number, old, new = edit.get("line"), edit.get("old"), edit.get("new")
    if not isinstance(number, int) or isinstance(number, bool) or not isinstance(old, str) or not isinstance(new, str):
        return Rejection("an edit lacks its line, old or new text")
    if _has_controls(old) or _has_controls(new):
        return Rejection("the answer has control characters")
    news = new.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n") if new.strip() else []
    wanted = [line.strip() for line in old.replace("\r\n", "\n").strip("\n").split("\n")]
    first = find_lines(wanted, number - 1, index)
    if first is None:
        return Rejection(f"line {number} is not what the answer says it is")
    olds = [index.line(first + i) for i in range(len(wanted))]
    return first, first + len(wanted) - 1, _reindented(news, olds)


def find_lines(wanted: list[str], first: int, index: LineIndex) -> int | None:
    """Where the wanted lines stand: at the named place, else at the only place that has them."""

    def at(line: int) -> bool:
        return (
            line >= 0
            and line + len(wanted) <= index.line_count
            and all(index.line(line + i).strip() == text for i, text in enumerate(wanted))
        )

    if at(first):
        return first
    if not any(wanted):
        return None
    places = [line for line in range(index.line_count - len(wanted) + 1) if at(line)]
    return places[0] if len(places) == 1 else None
