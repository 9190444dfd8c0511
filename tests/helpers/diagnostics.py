"""Diagnostics and cases in a few words, for tests that need no compiler.

Places are marked in the source: `check("fn f() { g(«name») }")` says where the primary span is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from helpers.cargo_projects import project
from sleepy_core.model import (
    Applicability,
    Diagnostic,
    Level,
    Note,
    Position,
    RelPath,
    RepoIdentity,
    Span,
    SpanEdit,
    Suggestion,
)
from sleepy_core.propose.case import Case
from sleepy_core.text import LineIndex

FILE = "src/lib.rs"
CARGO = project(Path("/demo"))
REPO = RepoIdentity("repo-1", "demo", None, "", None)


def marked(source: str) -> tuple[str, Position, Position]:
    """The source without its marks `«…»`, and the two places that they marked."""
    start = source.index("«")
    without = source.replace("«", "", 1)
    end = without.index("»")
    text = without.replace("»", "", 1)
    index = LineIndex(text)
    return text, index.position(start), index.position(end)


def span(
    start: Position, end: Position, file: RelPath = FILE, *, label: str | None = None, primary: bool = True
) -> Span:
    """A span of plain code."""
    return Span(file, start, end, primary, label)


def edit_of(text: str, old: str, new: str, file: RelPath = FILE, *, occurrence: int = 0) -> SpanEdit:
    """Replace an occurrence of `old` in a text by `new`."""
    at = -1
    for _ in range(occurrence + 1):
        at = text.index(old, at + 1)
    index = LineIndex(text)
    return SpanEdit(file, index.position(at), index.position(at + len(old)), new)


def insert(text: str, before: str, new: str, file: RelPath = FILE) -> SpanEdit:
    """Insert `new` in front of the first occurrence of `before`."""
    place = LineIndex(text).position(text.index(before))
    return SpanEdit(file, place, place, new)


def suggestion(message: str, *edits: SpanEdit, applicability: Applicability = Applicability.MACHINE) -> Suggestion:
    """One suggestion of the compiler."""
    return Suggestion(message, edits, applicability)


def diagnostic(
    message: str,
    start: Position,
    end: Position,
    *,
    code: str = "E0308",
    file: RelPath = FILE,
    label: str | None = None,
    level: Level = Level.ERROR,
    suggestions: Sequence[Suggestion] = (),
    notes: Sequence[Note] = (),
    spans: Sequence[Span] = (),
    rendered: str = "",
    package: str = "demo",
) -> Diagnostic:
    """One error whose primary span lies between two places."""
    primary = Span(file, start, end, True, label)
    return Diagnostic(
        code=code,
        level=level,
        message=message,
        file=file,
        span=primary,
        package=package,
        target=package,
        spans=(primary, *spans),
        notes=tuple(notes),
        suggestions=tuple(suggestions),
        rendered=rendered or f"{level}[{code}]: {message}\n",
    )


def case(
    error: Diagnostic,
    texts: Mapping[RelPath, str] | str,
    *,
    errors: Sequence[Diagnostic] = (),
    signature: str = "",
    family: str = "other",
    repo: RepoIdentity = REPO,
) -> Case:
    """The case of one error; a single text is that of the error's file."""
    given = {error.file: texts} if isinstance(texts, str) else texts
    name = signature or f"{error.code}:{error.message}"
    return Case(error, name, family, tuple(errors) or (error,), given, repo, CARGO)
