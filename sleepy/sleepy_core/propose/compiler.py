"""The cheapest rung: what the compiler itself proposes, each applicability, alone and together.

No model is needed for it, and it is the line that everything else is measured against
(205 of 256 in the first probe): whatever a suggestion can repair must be repaired by it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from sleepy_core.errors import PatchError
from sleepy_core.model import (
    Applicability,
    Attempt,
    Diagnostic,
    Patch,
    Position,
    Proposal,
    RelPath,
    Source,
    Span,
    SpanEdit,
    Suggestion,
)
from sleepy_core.propose.case import Case
from sleepy_core.propose.labels import compiler_label, shorten
from sleepy_core.propose.lexer import adds_unwritten
from sleepy_core.text import LineIndex, patch_from_span_edits

# rustc's own certainty first; the costs stay below 1, so that the whole rung is cheaper than the next.
_COST = {
    Applicability.MACHINE: 0.0,
    Applicability.MAYBE: 0.2,
    Applicability.UNSPECIFIED: 0.4,
    Applicability.PLACEHOLDERS: 0.6,
}
_TOGETHER = 0.1  # several at once: after the machine-applicable ones alone, before the uncertain ones
_EVERYWHERE = 0.5  # the same error's other places in the file as well
_MOST_EVERYWHERE = 50  # places


class CompilerProposer:
    """Proposes the suggestions of the diagnostic, surest first."""

    @property
    def source(self) -> Source:
        """The compiler."""
        return Source.COMPILER

    async def propose(self, case: Case, tried: Sequence[Attempt]) -> AsyncIterator[Proposal]:
        """All proposals at once: nothing here waits for anything."""
        for proposal in proposals(case):
            yield proposal


def proposals(case: Case) -> list[Proposal]:
    """The proposals for a case, in order of cost, each different patch once."""
    error = case.diagnostic
    usable = [
        (suggestion, weak)
        for raw in error.suggestions
        for suggestion, weak in _filled(raw, error, case.texts)
        if _allowed(suggestion, error, case.texts)
    ]
    found: list[Proposal | None] = [
        _proposal(
            suggestion.edits,
            case,
            label=compiler_label(suggestion, case.texts),
            why=suggestion.message,
            cost=_COST[suggestion.applicability] + min(i, 99) / 1000,
            weak=weak,
        )
        for i, (suggestion, weak) in enumerate(usable)
    ]
    found.append(_all_certain([suggestion for suggestion, _ in usable], case))
    if usable:
        found.append(_everywhere(usable[0][0], case, weak=usable[0][1]))
    distinct: dict[Patch, Proposal] = {}
    for proposal in sorted(filter(None, found), key=lambda p: p.cost):
        distinct.setdefault(proposal.patch, proposal)
    return list(distinct.values())


def _proposal(
    edits: Iterable[SpanEdit], case: Case, *, label: str, why: str, cost: float, weak: bool
) -> Proposal | None:
    """A proposal of these edits; None where they do not apply to the texts."""
    try:
        patch = patch_from_span_edits(case.texts, edits)
    except PatchError:
        return None
    return Proposal(patch, Source.COMPILER, label, cost, f"the compiler: {why}", weak) if patch.files else None


def _all_certain(suggestions: Sequence[Suggestion], case: Case) -> Proposal | None:
    """All machine-applicable suggestions of the diagnostic that do not overlap, together."""
    certain = [s for s in suggestions if s.applicability is Applicability.MACHINE]
    edits, taken = _merge(certain)
    if taken < 2:
        return None
    return _proposal(
        edits,
        case,
        label=shorten(f"apply {taken} of the compiler's suggestions together"),
        why="; ".join(s.message for s in certain),
        cost=_TOGETHER,
        weak=False,
    )


def _everywhere(first: Suggestion, case: Case, *, weak: bool) -> Proposal | None:
    """The diagnostic's first suggestion, together with those of the same error's other places in the file.

    Ten uses of a name that is not imported are ten errors, and a value of the wrong type that is handed
    on twice is two: neither is green before all of them are repaired.
    """
    error = case.diagnostic
    others = [other for other in case.errors if other.identity == error.identity and other.span != error.span]
    chosen = [first]
    for other in others[:_MOST_EVERYWHERE]:
        allowed = [
            s for s in other.suggestions if s.applicability is first.applicability and _allowed(s, other, case.texts)
        ]
        # Rather the same advice; `mismatched types` alone says little of what two errors have in common.
        chosen += sorted(allowed, key=lambda s: s.message != first.message)[:1]
    edits, taken = _merge(chosen)
    if taken < 2:
        return None
    alike = all(s.message == first.message for s in chosen)
    label = f"{compiler_label(first, case.texts)}, in {taken} places"
    return _proposal(
        edits,
        case,
        label=shorten(label if alike else f"apply the compiler's suggestions for {taken} errors like this one"),
        why="; ".join(dict.fromkeys(s.message for s in chosen)),
        cost=_EVERYWHERE,
        weak=weak,
    )


def _merge(suggestions: Iterable[Suggestion]) -> tuple[list[SpanEdit], int]:
    """The edits of all suggestions that fit together, and how many suggestions those are.

    A suggestion whose edits are all there already adds nothing and does not count.
    """
    edits: list[SpanEdit] = []
    taken = 0
    for suggestion in suggestions:
        new = [edit for edit in suggestion.edits if edit not in edits]
        if new and not any(_clash(a, b) for a in new for b in edits):
            edits += new
            taken += 1
    return edits, taken


def _clash(a: SpanEdit, b: SpanEdit) -> bool:
    """Do two different edits touch the same characters, or insert at the same place?"""
    if a.file != b.file:
        return False
    return a.start == b.start or (a.start < b.end and b.start < a.end)


def _allowed(suggestion: Suggestion, error: Diagnostic, texts: Mapping[RelPath, str]) -> bool:
    """May this suggestion be tried at all?"""
    if not suggestion.edits:
        return False
    expansions = {(s.file, s.start, s.end) for s in _all_spans(error) if s.macro is not None}
    for edit in suggestion.edits:
        # The place of a macro's expansion is the whole call: what is meant for its inside would replace it all.
        if (edit.file, edit.start, edit.end) in expansions:
            return False
        text = texts.get(edit.file)
        if text is None or adds_unwritten(_between(text, edit.start, edit.end), edit.text):
            return False
    return True


def _all_spans(error: Diagnostic) -> Iterator[Span]:
    yield error.span
    yield from error.spans
    for note in error.notes:
        yield from note.spans


def _between(text: str, start: Position, end: Position) -> str:
    index = LineIndex(text)
    return text[index.offset(start) : index.offset(end)]


# --- Placeholders --------------------------------------------------------------------------------

_PLACEHOLDER = re.compile(r"/\*\s*(.*?)\s*\*/|<type>", re.DOTALL)
_FUNCTION = re.compile(r"\bfn\s+\w+")
_MOST_FILLINGS = 4
_FUNCTION_LINES = 200


def _filled(
    suggestion: Suggestion, error: Diagnostic, texts: Mapping[RelPath, str]
) -> Iterator[tuple[Suggestion, bool]]:
    """The suggestion with its placeholders filled, and whether the filling is weak; nothing where none is sensible.

    A `_` stays: the compiler infers it or refuses it. A value of a named type is one of the function's own
    variables of that type. A value of no named type can only be invented, which is weak.
    """
    holes = [hole for edit in suggestion.edits for hole in _PLACEHOLDER.finditer(edit.text)]
    if suggestion.applicability is not Applicability.PLACEHOLDERS or not holes:
        yield suggestion, False
        return
    scope = _function_text(texts.get(error.file, ""), error.span)
    used = {name for edit in suggestion.edits for name in re.findall(r"\w+", _PLACEHOLDER.sub("", edit.text))}
    options = [_fillings(hole[0], hole[1], scope, used) for hole in holes]
    several = any(len(option) > 1 for option in options)
    for values in itertools.islice(itertools.product(*options), _MOST_FILLINGS):
        names = [value for value in values if value.isidentifier() and value != "_"]
        if len(names) != len(set(names)):
            continue
        edits = _fill(suggestion.edits, iter(values))
        yield replace(suggestion, edits=edits), several or any("::default()" in value for value in values)


def _fill(edits: tuple[SpanEdit, ...], values: Iterator[str]) -> tuple[SpanEdit, ...]:
    """The edits with one value after the other in place of their placeholders."""
    return tuple(replace(edit, text=_PLACEHOLDER.sub(lambda _: next(values), edit.text)) for edit in edits)


def _fillings(hole: str, meant: str | None, scope: str, used: set[str]) -> list[str]:
    """What may stand in a placeholder; `meant` is what its comment says."""
    if hole == "<type>":
        return ["_"]
    if meant == "value":
        return ["Default::default()"]
    if not meant or " " in meant.replace("&mut ", "&") or meant.lower() in ("type", "fields", "args", "name"):
        return []
    typed = re.compile(rf"\b([a-z_]\w*)\s*:\s*{re.escape(meant)}\s*(?=[,)=;])")
    return [name for name in dict.fromkeys(typed.findall(scope)) if name not in used and name != "_"]


def _function_text(text: str, span: Span) -> str:
    """From the head of the function around a place up to its line; `""` outside of functions."""
    index = LineIndex(text)
    for number in range(span.start.line, max(-1, span.start.line - _FUNCTION_LINES), -1):
        if _FUNCTION.search(index.line(number)):
            return text[index.starts[number] : index.offset(span.start)]
    return ""
