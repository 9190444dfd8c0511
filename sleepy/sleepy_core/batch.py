"""Several candidates in one call of rustc: what each writes into a function's body, side by side in one text.

rustc checks bodies apart from each other, so what is wrong in one says nothing of the others. Candidates of different
functions are put in their places together; of one function, the first is put in its place and the others behind it as
copies of the function under other names. Whose error an error is, is then told by where it stands.

Which candidates can go together (`body_of`), how the text looks (`combine`) and who gets which error (`Split`) is
decided here, purely; `sleepy_core.screen` has it compiled.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sleepy_core.model import Diagnostic, Edit, Identity, Patch, Position, RelPath
from sleepy_core.propose.search.syntax import ITEMS, Node, Tree, ancestors, child, descendants, field, parse
from sleepy_core.text import LineIndex, apply_edits

# Attributes that a copy may lack: without them the same body has the same errors.
_IDLE = re.compile(r"#\[\s*(?:inline|must_use|allow|expect|warn|doc|cold|track_caller|test|ignore|should_panic)\b")
_COPY = "__candidate_"
_OF_COPY = re.compile(rf"{_COPY}\d+\b")


@dataclass(frozen=True, slots=True)
class Body:
    """The one function whose body a patch changes, in code points of the unpatched text."""

    file: RelPath
    start: int
    end: int
    name: tuple[int, int]
    copyable: bool  # may the function stand there twice?
    edits: tuple[Edit, ...]

    def shares_with(self, other: Body) -> bool:
        """Is it the same function?"""
        return (self.file, self.start) == (other.file, other.start)


def body_of(texts: Mapping[RelPath, str], patch: Patch, error: Diagnostic) -> Body | None:
    """The body that a patch changes; None where it changes more than one body, or one without the error in it."""
    if len(patch.files) != 1 or patch.files[0].file != error.file:
        return None
    text, edits = texts[error.file], patch.files[0].edits
    lines = LineIndex(text)
    start = min(*(edit.start for edit in edits), lines.offset(error.span.start))
    end = max(*(edit.end for edit in edits), lines.offset(error.span.end))
    tree = parse(text)
    function = _function(tree.at(start, end))
    body, name = field(function, "body"), field(function, "name")
    if function is None or body is None or name is None or tree.root.has_error:
        return None
    if not tree.start(body) < start <= end < tree.end(body):
        return None
    found = Body(
        error.file, tree.start(function), tree.end(function), (tree.start(name), tree.end(name)),
        _is_copyable(tree, function, body, name), edits,
    )  # fmt: skip
    # What cannot be parsed may end elsewhere than the body does.
    written = Tree(_text_of(text, found, 0)).root
    return None if written.has_error or [n.type for n in written.named_children] != ["function_item"] else found


def _function(node: Node) -> Node | None:
    """The outermost function around a node, since the ones within are copied with it."""
    return next((n for n in reversed(list(ancestors(node))) if n.type == "function_item"), None)


def _is_copyable(tree: Tree, function: Node, body: Node, name: Node) -> bool:
    holder = function.parent.parent if function.parent is not None else None
    if holder is not None and (holder.type == "trait_item" or field(holder, "trait") is not None):
        return False
    if tree.of(name).startswith("r#") or child(function, "extern_modifier") is not None:
        return False
    # What an inner item says of a type outside would be said twice.
    if any(node.type in ITEMS - {"use_declaration"} for node in descendants(body)):
        return False
    before = function.prev_sibling
    while before is not None and before.type in {"attribute_item", "line_comment", "block_comment"}:
        if before.type == "attribute_item" and not _IDLE.match(tree.of(before)):
            return False
        before = before.prev_sibling
    return True


@dataclass(frozen=True, slots=True)
class _Region:
    """Where in a file a candidate, or what it replaces, stands."""

    file: RelPath
    start: Position
    end: Position

    def holds(self, said: Diagnostic) -> bool:
        return said.file == self.file and self.start <= said.span.start < self.end


@dataclass(frozen=True, slots=True)
class Combined:
    """Candidates in one text; `before` and `after` say where each stands, unpatched and in `texts`."""

    texts: dict[RelPath, str]
    before: tuple[_Region, ...]
    after: tuple[_Region, ...]


def choose(bodies: Sequence[Body], most: int) -> list[int]:
    """Which of the candidates are compiled together with the first: their numbers, at most so many."""
    chosen: list[int] = []
    for number, body in enumerate(bodies):
        taken = [bodies[other] for other in chosen if body.shares_with(bodies[other])]
        if len(chosen) < most and (not taken or body.copyable):
            chosen.append(number)
    return chosen


def combine(texts: Mapping[RelPath, str], bodies: Sequence[Body]) -> Combined:
    """One text for all candidates that `choose` has put together."""
    written: dict[RelPath, str] = {}
    before: dict[int, _Region] = {}
    after: dict[int, _Region] = {}
    for file in {body.file for body in bodies}:
        text = texts[file]
        here = sorted((body.start, number) for number, body in enumerate(bodies) if body.file == file)
        made, spans, at = "", {}, 0
        for place, (start, number) in enumerate(here):
            body = bodies[number]
            is_copy = place > 0 and here[place - 1][0] == start
            made += "\n" if is_copy else text[at:start]
            begin = len(made)
            made += _text_of(text, body, number if is_copy else 0)
            spans[number] = (begin, len(made))
            at = body.end
        written[file] = made + text[at:]
        old, new = LineIndex(text), LineIndex(written[file])
        for number, (begin, end) in spans.items():
            body = bodies[number]
            before[number] = _Region(file, old.position(body.start), old.position(body.end))
            after[number] = _Region(file, new.position(begin), new.position(end))
    numbers = range(len(bodies))
    return Combined(written, tuple(before[n] for n in numbers), tuple(after[n] for n in numbers))


def _text_of(text: str, body: Body, number: int) -> str:
    """The function with a candidate in it; a copy has a number."""
    edits = [Edit(e.start - body.start, e.end - body.start, e.text) for e in body.edits]
    if number:
        end = body.name[1] - body.start
        edits.append(Edit(end, end, f"{_COPY}{number}"))
    return apply_edits(text[body.start : body.end], edits)


class Split:
    """Whose are the errors of a combined text? Each candidate's are as if it had been compiled alone."""

    def __init__(self, combined: Combined, known: Iterable[Diagnostic]) -> None:
        """`known` are the errors of the unpatched text."""
        self._combined = combined
        self._common: list[Diagnostic] = []
        self._expected: Counter[Identity] = Counter()
        # Where another candidate has changed a function, this one by itself would have left its errors.
        self._errors: list[list[Diagnostic]] = [[] for _ in combined.after]
        for said in known:
            owners = {number for number, region in enumerate(combined.before) if region.holds(said)}
            if not owners:
                self._expected[said.identity] += 1
            for number in range(len(combined.before)):
                if owners and number not in owners:
                    self._errors[number].append(said)

    def errors(self, number: int) -> list[Diagnostic]:
        """What has been said about a candidate, or would have been."""
        return self._errors[number] + self._common

    def give(self, said: Diagnostic) -> tuple[Sequence[int], Diagnostic]:
        """Takes an error: the candidates that have it, and how each would have had it alone.

        Raises `Entangled` where it is new and nobody's: then nothing is known of any of them.
        """
        owner = next((n for n, region in enumerate(self._combined.after) if region.holds(said)), None)
        if owner is not None:
            own = replace(said, message=_OF_COPY.sub("", said.message))
            self._errors[owner].append(own)
            return (owner,), own
        self._expected[said.identity] -= 1
        if self._expected[said.identity] < 0:
            raise Entangled
        self._common.append(said)
        return range(len(self._errors)), said


class Entangled(Exception):
    """Candidates that were compiled together have an effect outside of themselves."""
