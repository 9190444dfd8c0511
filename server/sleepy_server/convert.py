"""Our values as the editor has them: positions, diagnostics, edits. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from lsprotocol import types

from sleepy_core.model import Diagnostic, Edit, FilePatch, Level, Offer, Position, RelPath, Span, VerdictKind
from sleepy_core.text import BOM, LineIndex, utf8_to_column, utf16_length, utf16_to_column
from sleepy_server.protocol import SOURCE, DiagnosticData

_SEVERITIES = {
    Level.ERROR: types.DiagnosticSeverity.Error,
    Level.WARNING: types.DiagnosticSeverity.Warning,
    Level.NOTE: types.DiagnosticSeverity.Information,
    Level.HELP: types.DiagnosticSeverity.Hint,
}
# Lints about code that could be left out; editors show it faded.
_UNNECESSARY = {"dead_code", "unreachable_code", "unreachable_patterns", "redundant_imports", "path_statements"}


class Places:
    """Places of one text, in the units that the client counts in (LSP 3.17, "Position").

    `hidden_bom` says that the text came from the disk: editors do not show its byte-order mark.
    """

    def __init__(self, text: str, encoding: types.PositionEncodingKind | str, *, hidden_bom: bool = False) -> None:
        self.text = text
        self.index = LineIndex(text)
        self._encoding = encoding
        self._bom = 1 if hidden_bom and text.startswith(BOM) else 0

    def position(self, offset: int) -> types.Position:
        """The client's position of a code-point offset."""
        line = self.index.position(offset).line
        return types.Position(line, self._units(self.text[self._start(line) : offset]))

    def range(self, start: int, end: int) -> types.Range:
        """The client's range of two code-point offsets."""
        return types.Range(self.position(start), self.position(end))

    def span(self, span: Span) -> types.Range:
        """The client's range of a compiler's span."""
        return self.range(self.index.offset(span.start), self.index.offset(span.end))

    def offset(self, position: types.Position) -> int:
        """The code-point offset of a client's position; past the end of a line means the line's end."""
        if position.line >= self.index.line_count:
            return len(self.text)
        start = self._start(position.line)
        line = self.text[start : self.index.starts[position.line] + len(self.index.line(position.line))]
        return start + min(self._columns(line, position.character), len(line))

    def ours(self, position: types.Position) -> Position:
        """A client's position as the compiler would count it."""
        return self.index.position(self.offset(position))

    def edits(self, edits: Iterable[Edit]) -> list[types.TextEdit]:
        """A file's edits for the client."""
        return [types.TextEdit(self.range(edit.start, edit.end), edit.text) for edit in edits]

    def _start(self, line: int) -> int:
        return self.index.starts[line] + (self._bom if line == 0 else 0)

    def _units(self, text: str) -> int:
        if text.isascii() or self._encoding == types.PositionEncodingKind.Utf32:
            return len(text)
        if self._encoding == types.PositionEncodingKind.Utf8:
            return len(text.encode("utf-8", "surrogatepass"))
        return utf16_length(text)

    def _columns(self, line: str, units: int) -> int:
        if line.isascii() or self._encoding == types.PositionEncodingKind.Utf32:
            return units
        if self._encoding == types.PositionEncodingKind.Utf8:
            return utf8_to_column(line, units)
        return utf16_to_column(line, units)


def diagnostic_key(diagnostic: Diagnostic) -> str:
    """Names one diagnostic of one check; a client brings it back with its request for code actions."""
    span = diagnostic.span
    name = (diagnostic.code, diagnostic.message, diagnostic.file, span.start, span.end)
    return hashlib.blake2b(repr(name).encode(), digest_size=8).hexdigest()


def to_lsp_diagnostic(
    diagnostic: Diagnostic, places: Places, elsewhere: Callable[[RelPath], tuple[str, Places] | None]
) -> types.Diagnostic:
    """A compiler's message for the editor.

    `elsewhere` gives URI and places of another file of the same check, or None where it cannot be shown.
    Labels and notes with a place become related information; notes without one stand below the message.
    """
    lines = [diagnostic.message]
    if diagnostic.span.label and diagnostic.span.label not in diagnostic.message:
        lines.append(diagnostic.span.label)
    related: list[types.DiagnosticRelatedInformation] = []

    def relate(span: Span, message: str) -> None:
        there = elsewhere(span.file)
        if there is not None:
            uri, in_file = there
            related.append(
                types.DiagnosticRelatedInformation(location=types.Location(uri, in_file.span(span)), message=message)
            )

    for span in diagnostic.spans:
        if span.label and not span.primary:
            relate(span, span.label)
    for note in diagnostic.notes:
        if not note.spans:
            lines.append(f"{note.level.value}: {note.message}")
        for span in note.spans:
            relate(span, f"{note.message}: {span.label}" if span.label else note.message)
    return types.Diagnostic(
        range=places.span(diagnostic.span),
        message="\n".join(lines),
        severity=_SEVERITIES[diagnostic.level],
        code=diagnostic.code or None,
        code_description=_description(diagnostic.code),
        source=SOURCE,
        tags=_tags(diagnostic.code) or None,
        related_information=related or None,
        data=DiagnosticData(diagnostic_key(diagnostic)),
    )


def title(offer: Offer) -> str:
    """What the lightbulb says of a fix: what it changes, whether that is doubtful, and what the compiler said of it."""
    doubt = "may not be what you mean; " if offer.proposal.weak else ""
    return f"Sleepy: {offer.proposal.label} ({doubt}{promise(offer)})"


def promise(offer: Offer) -> str:
    """What the compiler said of a fix, in a few words."""
    verdict = offer.verdict
    if verdict.kind is VerdictKind.CLEAN:
        return "verified: 0 errors left"
    if verdict.kind is VerdictKind.UNMASKS:
        return f"fixes this; {_count(len(verdict.new), 'error')} it hid {_verb(len(verdict.new), 'appear')}"
    return f"verified: fixes this, {_count(verdict.remaining, 'other error')} left"


def workspace_edit(
    files: Iterable[tuple[FilePatch, str, Places, int | None]], *, versioned: bool
) -> types.WorkspaceEdit:
    """A patch for the editor: for each file its URI, its places and the open document's version (None: closed).

    Clients that cannot take versioned changes get plain ones (LSP 3.17, "WorkspaceEdit").
    """
    if not versioned:
        return types.WorkspaceEdit(changes={uri: places.edits(part.edits) for part, uri, places, _ in files})
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                text_document=types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=version),
                edits=places.edits(part.edits),
            )
            for part, uri, places, version in files
        ]
    )


def overlaps(one: types.Range, other: types.Range) -> bool:
    """Do two ranges touch? An empty one (a cursor) touches what it stands in or beside."""
    return (one.start.line, one.start.character) <= (other.end.line, other.end.character) and (
        other.start.line,
        other.start.character,
    ) <= (one.end.line, one.end.character)


def _tags(code: str) -> list[types.DiagnosticTag]:
    if code == "deprecated":
        return [types.DiagnosticTag.Deprecated]
    if code.startswith("unused_") or code in _UNNECESSARY:
        return [types.DiagnosticTag.Unnecessary]
    return []


def _description(code: str) -> types.CodeDescription | None:
    if len(code) == 5 and code[0] == "E" and code[1:].isdigit():
        return types.CodeDescription(href=f"https://doc.rust-lang.org/error_codes/{code}.html")
    if code.startswith("clippy::"):
        lint = code.removeprefix("clippy::")
        return types.CodeDescription(href=f"https://rust-lang.github.io/rust-clippy/master/index.html#{lint}")
    return None


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _verb(number: int, verb: str) -> str:
    return f"{verb}s" if number == 1 else verb
