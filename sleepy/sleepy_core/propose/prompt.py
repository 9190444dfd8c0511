"""The questions that a model gets. One renderer, used for asking and for training; deterministic.

Two formats. In the *span format* the harness chooses the lines and the model writes what replaces them: a
small model mostly writes the right text, on the wrong line if it may choose. In the *line edits format* the
model names the lines itself and repeats each as it is, so that a mismatch is noticed
(RustAssistant: 65 of 182 repaired with the repetition, 16 without).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sleepy_core.engines.protocol import Capabilities, Message
from sleepy_core.engines.tokens import estimate, estimate_messages
from sleepy_core.model import Diagnostic, Level, Position, RelPath
from sleepy_core.propose.lexer import depth
from sleepy_core.text import LineIndex

Style = Literal["span", "edits"]

SPAN_SYSTEM = (
    "You repair Rust code. You are shown a compiler error and the lines to rewrite (marked with >). "
    "Answer with the repaired lines only: no explanation, no markdown."
)
EDITS_SYSTEM = (
    "You repair Rust code. You are shown a compiler error and numbered lines of the file. Answer with JSON only:\n"
    '{"edits": [{"line": 12, "old": "the line as it is", "new": "what replaces it"}]}\n'
    "Repeat each old line exactly, without its number. To add lines, put them into `new`, separated by \\n. "
    "Change as little as possible, and delete nothing that is meant."
)
EDITS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "edits": {
            "type": "array",
            "minItems": 1,
            "maxItems": 16,
            "items": {
                "type": "object",
                "properties": {
                    "line": {"type": "integer"},
                    "old": {"type": "string"},
                    "new": {"type": "string"},
                },
                "required": ["line", "old", "new"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["edits"],
    "additionalProperties": False,
}
REWRITE = "Rewrite:"

MAX_REGION_LINES = 30
_MAX_REGION_CHARS = 6_000
_MOST_NARROW = 4
_SUGGESTION_LINES = 12  # edits of one suggestion further apart are not one region
_EDITS_CONTEXT = 4096  # tokens of context below which the line edits format is too long
# What is shown, from generous to bare: lines of context, characters of the compiler's message.
_SPAN_SIZES = ((4, 1400), (3, 900), (2, 500), (0, 240))
_EDITS_SIZES = ((24, 4000), (12, 2000), (6, 1000), (2, 400))
_MAX_LINE = 240  # characters of a line of context


@dataclass(frozen=True, slots=True)
class Region:
    """Whole lines of one file that are to be rewritten: zero-based, `last` included."""

    file: RelPath
    first: int
    last: int

    def old(self, index: LineIndex) -> list[str]:
        """The lines as they are, without line ends."""
        return [index.line(number) for number in range(self.first, self.last + 1)]


def style_for(engine: str, capabilities: Capabilities) -> Style:
    """Which format this engine's model is asked in: the embedded one is small, and must not choose lines."""
    if engine == "embedded" or not capabilities.schema or capabilities.context < _EDITS_CONTEXT:
        return "span"
    return "edits"


def regions(error: Diagnostic, texts: Mapping[RelPath, str]) -> list[Region]:
    """The lines where the repair is likely, the likeliest first: where the compiler's help points, where the
    error is, where else its labels point; then, since a quarter of repairs takes more than one of these places, all of
    them together, and the function around the error. Only lines that say something, of files that can be read.
    """
    indexes: dict[RelPath, LineIndex] = {}
    found: dict[Region, None] = {}
    for file, start, end in _places(error):
        if file not in indexes:
            text = texts.get(file)
            if text is None:
                continue
            indexes[file] = LineIndex(text)
        region = _region(indexes[file], file, start, end)
        old = region.old(indexes[file])
        if any(line.strip() for line in old) and sum(map(len, old)) <= _MAX_REGION_CHARS:
            found.setdefault(region)
    narrow = list(found)[:_MOST_NARROW]
    wide = (region for region in _wide(error, narrow, texts) if region not in narrow)
    return [*narrow, *dict.fromkeys(wide)]


def render_span(message: str, text: str, region: Region, *, tokens: int) -> tuple[Message, ...]:
    """The span format. `message` is the compiler's own text, `text` the file's (or an excerpt that the region
    counts from), `tokens` the room for the prompt. `()` when even the barest prompt is longer than that.
    """
    index = LineIndex(text)
    old = "\n".join(region.old(index))
    for around, characters in _SPAN_SIZES:
        first, last = max(0, region.first - around), min(index.line_count - 1, region.last + around)
        shown = (
            ("> " if region.first <= number <= region.last else "  ") + _cut(index.line(number))
            for number in range(first, last + 1)
        )
        user = f"{trim_middle(message.strip(), characters)}\n\n{region.file}:\n{_joined(shown)}\n\n{REWRITE}\n{old}"
        messages = (Message("system", SPAN_SYSTEM), Message("user", user))
        if estimate_messages(messages) <= tokens:
            return messages
    return ()


def render_edits(
    message: str, text: str, region: Region, *, tokens: int, also: Sequence[Region] = ()
) -> tuple[Message, ...]:
    """The line edits format, with numbered lines around the region and around other regions of the same file.

    Arguments and result as for `render_span`.
    """
    index = LineIndex(text)
    for around, characters in _EDITS_SIZES:
        numbers: set[int] = set()
        for each in (region, *(r for r in also if r.file == region.file)):
            numbers.update(range(max(0, each.first - around), min(index.line_count - 1, each.last + around) + 1))
        shown = _joined(_numbered(index, sorted(numbers)))
        where = (
            f"lines {region.first + 1} to {region.last + 1}"
            if region.last > region.first
            else f"line {region.first + 1}"
        )
        user = (
            f"{trim_middle(message.strip(), characters)}\n\n{region.file}:\n{shown}\n\nThe error is at {where}. Edits:"
        )
        messages = (Message("system", EDITS_SYSTEM), Message("user", user))
        if estimate_messages(messages) <= tokens:
            return messages
    return ()


def answer_room(style: Style, text: str, region: Region) -> int:
    """Tokens that an answer may have: some more than what it replaces."""
    old = "\n".join(region.old(LineIndex(text)))
    return span_room(old) if style == "span" else min(1024, 3 * estimate(old) + 256)


def span_room(lines: str) -> int:
    """Tokens that an answer in the span format may have, which is to be about as long as these lines.

    No right answer of 298 training koans is longer; what a model writes beyond that was read by nobody.
    """
    return min(512, 3 * estimate(lines) // 2 + 64)


def compiler_text(error: Diagnostic) -> str:
    """What the compiler said: its own rendering; message, label and notes where there is none."""
    if error.rendered.strip():
        return error.rendered
    head = f"{error.level}[{error.code}]: {error.message}" if error.code else f"{error.level}: {error.message}"
    labels = [span.label for span in (error.span, *error.spans) if span.label]
    notes = [f"{note.level}: {note.message}" for note in error.notes]
    return "\n".join(dict.fromkeys([head, *labels, *notes]))


def trim_middle(text: str, characters: int) -> str:
    """The text with its middle lines left out where it is longer than that; says how many lines are missing."""
    if len(text) <= characters:
        return text
    lines = [_cut(line) for line in text.split("\n")]
    head, tail = 0, 0
    room = characters
    # The head says what is wrong, the tail has the helps: two lines of the one for each of the other.
    while head + tail < len(lines):
        from_tail = head >= 2 * (tail + 1)
        line = lines[-1 - tail] if from_tail else lines[head]
        room -= len(line) + 1
        if room < 0:
            break
        tail, head = (tail + 1, head) if from_tail else (tail, head + 1)
    left_out = len(lines) - head - tail
    if not left_out:
        return "\n".join(lines)
    if not head:
        return lines[0][: max(0, characters)] + " …"
    return "\n".join([*lines[:head], f"… {left_out} lines left out …", *lines[len(lines) - tail :]])


def _places(error: Diagnostic) -> Iterator[tuple[RelPath, Position, Position]]:
    for suggestion in error.suggestions:
        files = {edit.file for edit in suggestion.edits}
        for file in sorted(files):
            edits = [edit for edit in suggestion.edits if edit.file == file]
            start, end = min(e.start for e in edits), max(e.end for e in edits)
            if end.line - start.line < _SUGGESTION_LINES:
                yield file, start, end
            else:
                yield file, edits[0].start, edits[0].end
    yield error.span.file, error.span.start, error.span.end
    for span in error.spans:
        if span.label:
            yield span.file, span.start, span.end
    for note in error.notes:
        if note.level is Level.HELP:
            for span in note.spans:
                yield span.file, span.start, span.end


def _region(index: LineIndex, file: RelPath, start: Position, end: Position) -> Region:
    """The whole lines of a span; one of several lines is widened until its brackets close."""
    last_line = index.line_count - 1
    first = min(start.line, last_line)
    last = min(max(end.line - (end.column == 0 and end.line > start.line), first), last_line)
    if last == first:
        return Region(file, first, last)
    if last - first >= MAX_REGION_LINES:
        return Region(file, first, first)
    low, high = first, last
    while (balance := depth("\n".join(index.line(n) for n in range(low, high + 1)))) != 0:
        low, high = (low, high + 1) if balance > 0 else (low - 1, high)
        if low < 0 or high > last_line or high - low >= MAX_REGION_LINES:
            return Region(file, first, last)
    return Region(file, low, high)


def _wide(error: Diagnostic, narrow: Sequence[Region], texts: Mapping[RelPath, str]) -> Iterator[Region]:
    """The narrow regions of the first one's file with all that is between them, and the function around the error."""
    if not narrow:
        return
    file = narrow[0].file
    here = [region for region in narrow if region.file == file]
    whole = Region(file, min(r.first for r in here), max(r.last for r in here))
    if _fits(whole, texts[file]):
        yield whole
    if (around := _function(error.span.file, error.span.start, texts)) is not None and _fits(
        around, texts[around.file]
    ):
        yield around


def _function(file: RelPath, place: Position, texts: Mapping[RelPath, str]) -> Region | None:
    from sleepy_core.propose.search.syntax import Tree  # tree-sitter: not before there is an error

    text = texts.get(file)
    if text is None:
        return None
    index = LineIndex(text)
    offset = index.offset(Position(min(place.line, index.line_count - 1), 0))
    line = index.line(min(place.line, index.line_count - 1))
    offset += len(line) - len(line.lstrip())
    node = Tree(text).at(offset, offset)
    while node.type != "function_item" and node.parent is not None:
        node = node.parent
    return Region(file, node.start_point[0], node.end_point[0]) if node.type == "function_item" else None


def _fits(region: Region, text: str) -> bool:
    return (
        region.last - region.first < MAX_REGION_LINES
        and sum(map(len, region.old(LineIndex(text)))) <= _MAX_REGION_CHARS
    )


def _numbered(index: LineIndex, numbers: Sequence[int]) -> Iterator[str]:
    """Numbered lines, with a mark where some are left out between them."""
    before = numbers[0] - 1 if numbers else 0
    for number in numbers:
        if number != before + 1:
            yield "…"
        yield f"{number + 1}| {_cut(index.line(number))}"
        before = number


def _joined(lines: Iterator[str]) -> str:
    return "\n".join(lines)


def _cut(line: str) -> str:
    return line if len(line) <= _MAX_LINE else line[:_MAX_LINE] + " …"
