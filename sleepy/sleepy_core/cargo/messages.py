"""cargo's JSON stream, line by line, as values of `sleepy_core.model`.

The formats are those of the Cargo Book, "External tools", and of the rustc book, "JSON Output". What a line
says about files is brought back to the project: positions zero-based, names relative to the project's root,
places inside of macros moved to the user's own code.

Alternatives: rustc writes all alternatives of one suggestion ("consider importing one of these") into
one child, the parts of the first, then those of the second, without a mark between them. Parts of one
alternative never touch the same place, so an alternative ends where a place comes again.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sleepy_core.model import (
    Applicability,
    CargoProject,
    Diagnostic,
    Level,
    Note,
    Package,
    Position,
    RelPath,
    Span,
    SpanEdit,
    Suggestion,
    unqualified,
)

# Sums that rustc and cargo append; they name no place, and repeat what was said.
_SUMMARY = re.compile(r"aborting due to |could not compile |\d+ warnings? emitted|.* generated \d+ warnings?")
_LEVELS = {
    "error": Level.ERROR,
    "error: internal compiler error": Level.ERROR,
    "warning": Level.WARNING,
    "note": Level.NOTE,
    "help": Level.HELP,
}
_START = Position(0, 0)
_BODY_LABEL = "in the definition of this macro"


@dataclass(frozen=True, slots=True)
class Artifact:
    """A target of a package was built (or was fresh)."""

    package: str
    target: str  # as `Diagnostic.target`
    fresh: bool


@dataclass(frozen=True, slots=True)
class BuildFinished:
    """cargo's last line."""

    success: bool


class _Malformed(Exception):
    """A line is JSON, but not as cargo writes it."""


class MessageReader:
    """Reads one run of cargo. Never raises for what a line holds.

    Messages of crates that are not the project's are dropped; messages that another target of the same
    package has given already (lib and lib-test) come only once.
    """

    def __init__(self, project: CargoProject, tree_root: Path) -> None:
        self.ignored = 0  # lines that are not cargo's JSON
        self.reached: set[tuple[str, str]] = set()  # the (package, target) pairs that were built, or failed
        self.foreign_error = ""  # the first error in somebody else's crate, as the compiler printed it
        self._places = _Places(project, tree_root)
        self._seen: set[tuple[object, ...]] = set()

    def feed(self, line: str) -> Diagnostic | Artifact | BuildFinished | None:
        """What one line says; None for what is of no concern, is a repetition, or cannot be read."""
        try:
            record = json.loads(line)
            return self._read(_mapping(record))
        except (ValueError, RecursionError, _Malformed):
            self.ignored += 1
            return None

    def _read(self, record: Mapping[str, Any]) -> Diagnostic | Artifact | BuildFinished | None:
        reason = record.get("reason")
        if reason == "build-finished":
            return BuildFinished(record.get("success") is True)
        if reason not in ("compiler-message", "compiler-artifact"):
            return None
        target = _mapping(record.get("target"))
        package = self._places.package(record)
        if reason == "compiler-artifact":
            name = package.name if package else _name_in_id(_text(record.get("package_id")))
            self.reached.add((name, _target_name(target)))
            return Artifact(name, _target_name(target), record.get("fresh") is True)
        if package is None:
            message = _mapping(record.get("message"))
            if not self.foreign_error and _LEVELS.get(_text(message.get("level"))) is Level.ERROR:
                self.foreign_error = _text(message.get("rendered") or message.get("message"))
            return None
        return self._diagnostic(_mapping(record.get("message")), package, target)

    def _diagnostic(self, m: Mapping[str, Any], package: Package, target: Mapping[str, Any]) -> Diagnostic | None:
        level = _LEVELS.get(_text(m.get("level")))
        message = _text(m.get("message"))
        wire_spans = [_mapping(s) for s in _list(m.get("spans"))]
        if level is None or (not wire_spans and _SUMMARY.match(message)):
            return None
        spans = [s for wire in wire_spans for s in self._places.spans(wire, package)]
        primary = next((s for s in spans if s.primary), None)
        if primary is None:
            # Nothing of the user's own to point at (linker errors, generated code): the crate's first line.
            source = self._places.file(_text(target.get("src_path")), package)
            if source is None:
                return None
            primary = Span(source, _START, _START)
        # The test target writes some paths in full that the library's shortens (`lot::Lot`, `Lot`).
        places = frozenset(replace(s, label=unqualified(s.label or "")) for s in spans)
        key = (level, unqualified(message), package.name, replace(primary, label=None), places)
        if level is Level.ERROR:
            self.reached.add((package.name, _target_name(target)))
        if key in self._seen:
            return None
        self._seen.add(key)
        notes, suggestions = self._children(m, package)
        return Diagnostic(
            code=_text(code.get("code")) if isinstance(code := m.get("code"), dict) else "",
            level=level,
            message=message,
            file=primary.file,
            span=primary,
            package=package.name,
            target=_target_name(target),
            spans=tuple(spans),
            notes=notes,
            suggestions=suggestions,
            rendered=_text(m.get("rendered") or ""),
        )

    def _children(self, m: Mapping[str, Any], package: Package) -> tuple[tuple[Note, ...], tuple[Suggestion, ...]]:
        notes: list[Note] = []
        suggestions: list[Suggestion] = []
        for child in map(_mapping, _list(m.get("children"))):
            message = _text(child.get("message"))
            wire_spans = [_mapping(s) for s in _list(child.get("spans"))]
            edits = [s for s in wire_spans if s.get("suggested_replacement") is not None]
            if edits:
                suggestions += self._suggestions(message, edits, package)
            else:
                level = _LEVELS.get(_text(child.get("level")), Level.NOTE)
                spans = tuple(s for wire in wire_spans for s in self._places.spans(wire, package))
                notes.append(Note(level, message, spans))
        return tuple(notes), tuple(suggestions)

    def _suggestions(self, message: str, wire: Sequence[Mapping[str, Any]], package: Package) -> Iterator[Suggestion]:
        for parts in _alternatives(wire):
            edits = [self._places.edit(part, package) for part in parts]
            kept = tuple(e for e in edits if e is not None)
            # Half of a suggestion is none: one part lies in another crate's macro.
            if len(kept) == len(edits):
                yield Suggestion(message, kept, _applicability(parts))


class _Places:
    """Which file of the project a name in a message means, and which place in the user's own code."""

    def __init__(self, project: CargoProject, tree_root: Path) -> None:
        # cargo speaks of the folder as the kernel names it, or as we gave it: both are right.
        self._roots = list(dict.fromkeys((_posix(os.path.abspath(tree_root)), _posix(os.path.realpath(tree_root)))))  # noqa: PTH100
        root = _posix(project.root)
        self._root_of = {p.root: _relative(_posix(p.root), root) for p in project.packages}
        self._outside = [r + "/" for r in self._root_of.values() if r.startswith("../")]
        self._by_manifest = {_relative(_posix(p.manifest), root): p for p in project.packages}
        self._by_id = {p.id: p for p in project.packages}
        self._names: dict[tuple[str, Path], RelPath | None] = {}

    def package(self, record: Mapping[str, Any]) -> Package | None:
        """The project's package that a record is about; by manifest, as ids hold the path of the copy."""
        manifest = record.get("manifest_path")
        if isinstance(manifest, str):
            for root in self._roots:
                found = self._by_manifest.get(_relative(_posix(manifest), root))
                if found is not None:
                    return found
        return self._by_id.get(_text(record.get("package_id")))

    def file(self, name: str, package: Package) -> RelPath | None:
        """The project's name of a file; None when it is not the project's."""
        key = (name, package.root)
        if key not in self._names:
            self._names[key] = self._find(name, package)
        return self._names[key]

    def _find(self, name: str, package: Package) -> RelPath | None:
        name = _posix(name)
        if not name or "\0" in name:
            return None
        if not _is_absolute(name):
            # rustc runs in the workspace's root for members, in the package's own for others.
            return _norm(name if package.member else f"{self._root_of[package.root]}/{name}")
        for root in self._roots:
            relative = _relative(name, root)
            if relative.startswith(tuple(self._outside)) or not (relative.startswith("../") or _is_absolute(relative)):
                return relative
        return None

    def spans(self, wire: Mapping[str, Any], package: Package) -> list[Span]:
        """The span in the user's code; for a macro's body in the project a second one, not primary."""
        raw = self._span(wire, package)
        calls: list[Span] = []
        definitions: list[Span] = []
        macro = None
        for name, call_wire, definition_wire in _chain(wire):
            call = self._span(call_wire, package)
            if call is not None:
                calls.append(call)
            definition = self._span(definition_wire, package) if definition_wire is not None else None
            if not name.startswith("desugaring of"):
                macro = name
                if definition is not None:
                    definitions.append(definition)
        primary = wire.get("is_primary") is True
        label = _text(wire["label"]) if wire.get("label") is not None else None
        if raw is not None and (any(_within(raw, c) for c in calls) or not _in_body(raw, definitions)):
            return [Span(raw.file, raw.start, raw.end, primary, label, macro)]
        if not calls:
            return []
        call = calls[-1]
        placed = [Span(call.file, call.start, call.end, primary, label, macro)]
        if raw is not None:
            placed.append(Span(raw.file, raw.start, raw.end, False, _BODY_LABEL, macro))
        return placed

    def edit(self, wire: Mapping[str, Any], package: Package) -> SpanEdit | None:
        """One part of a suggestion, where it is written; None in other people's files."""
        span = self._span(wire, package)
        return None if span is None else SpanEdit(span.file, span.start, span.end, _text(wire["suggested_replacement"]))

    def _span(self, wire: Mapping[str, Any], package: Package) -> Span | None:
        name = _text(wire.get("file_name"))
        # The standard library's own files, when their source is not installed, look like ours.
        if _posix(name).startswith("library/") and not wire.get("text"):
            return None
        file = self.file(name, package)
        if file is None:
            return None
        start = Position(_number(wire, "line_start") - 1, _number(wire, "column_start") - 1)
        end = Position(_number(wire, "line_end") - 1, _number(wire, "column_end") - 1)
        return Span(file, start, max(start, end))


def _chain(wire: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any] | None]]:
    """The macros around a span, innermost first: name, place of the call, place of the definition."""
    expansion = wire.get("expansion")
    while expansion is not None:
        expansion = _mapping(expansion)
        call = _mapping(expansion.get("span"))
        definition = expansion.get("def_site_span")
        yield _text(expansion.get("macro_decl_name")), call, None if definition is None else _mapping(definition)
        expansion = call.get("expansion")


def _in_body(raw: Span, definitions: Sequence[Span]) -> bool:
    """Was this text written in the macro's definition, rather than handed to the macro?

    rustc names the head of the definition ("macro_rules! add"); the body comes after it. A derive
    macro's output may carry the places of the user's own fields: those lie in another file.
    """
    return any(raw.file == head.file and raw.start >= head.start for head in definitions)


def _within(inner: Span, outer: Span) -> bool:
    return inner.file == outer.file and outer.start <= inner.start and inner.end <= outer.end


def _alternatives(wire: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    group: list[Mapping[str, Any]] = []
    taken: list[tuple[object, tuple[int, int], tuple[int, int]]] = []
    for part in wire:
        start = (_number(part, "line_start"), _number(part, "column_start"))
        end = (_number(part, "line_end"), _number(part, "column_end"))
        file = part.get("file_name")
        if any(file == f and ((start, end) == (s, e) or (start < e and s < end)) for f, s, e in taken):
            yield group
            group, taken = [], []
        group.append(part)
        taken.append((file, start, end))
    yield group


def _applicability(parts: Sequence[Mapping[str, Any]]) -> Applicability:
    """The least sure of the parts' (rustc gives each the same)."""
    order = list(Applicability)
    found = [str(part.get("suggestion_applicability")) for part in parts]
    known = [Applicability(f) if f in order else Applicability.UNSPECIFIED for f in found]
    return max(known, key=order.index)


def _target_name(target: Mapping[str, Any]) -> str:
    """A target in cargo's words; its name alone would not tell `src/lib.rs` from `src/main.rs`."""
    kind = _text(next(iter(_list(target.get("kind"))), None))
    if kind == "custom-build":
        return "build script"
    return f"{kind} {_text(target.get('name'))}" if kind in ("bin", "test", "example", "bench") else "lib"


def _name_in_id(package_id: str) -> str:
    """The name in a package id: `path+file:///a/b#0.1.0`, `…#name@0.1.0`, or `name 0.1.0 (…)` before cargo 1.77."""
    url, _, fragment = package_id.partition("#")
    if "@" in fragment:
        return fragment.partition("@")[0]
    return url.rstrip("/").rpartition("/")[2] if fragment else package_id.partition(" ")[0]


def _posix(path: str | Path) -> str:
    text = str(path)
    return text.replace("\\", "/").removeprefix("//?/") if os.name == "nt" else text  # untried on Windows


def _is_absolute(name: str) -> bool:
    return name.startswith("/") or re.match(r"[A-Za-z]:/", name) is not None


def _norm(name: str) -> str:
    """`a/./b/../c` without its detours; leading `..` stay."""
    return os.path.normpath(name).replace("\\", "/") if os.name == "nt" else os.path.normpath(name)


def _relative(path: str, root: str) -> str:
    """`path` as seen from `root`, with `../` where it must; itself when they share nothing (other drive)."""
    try:
        relative = os.path.relpath(path, root)
    except ValueError:
        return path
    return "" if relative == "." else relative.replace("\\", "/") if os.name == "nt" else relative


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _Malformed
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise _Malformed
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _Malformed
    return value


def _number(wire: Mapping[str, Any], key: str) -> int:
    """A one-based line or column; the made-up place of generated code (0) counts as the first."""
    value = wire.get(key)
    if not isinstance(value, int):
        raise _Malformed
    return max(1, value)
