"""The texts that a client has open.

pygls keeps documents too, but splits their lines as `str.splitlines` does (at form feeds and U+2028 as
well), so that an incremental edit below such a character would corrupt our copy. Here a line ends where
LSP, rustc and `sleepy_core.text` say.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from lsprotocol import types
from pygls import uris

from sleepy_core.model import RelPath
from sleepy_core.text import digest
from sleepy_server.convert import Places

if TYPE_CHECKING:
    from sleepy_core.project import Project

Encoding = types.PositionEncodingKind | str


class Snapshot:
    """One version of a text, with what is worked out from it at most once."""

    def __init__(self, text: str, version: int | None, encoding: Encoding) -> None:
        self.text = text
        self.version = version
        self._encoding = encoding

    @cached_property
    def digest(self) -> str:
        """Names exactly this text."""
        return digest(self.text)

    @cached_property
    def places(self) -> Places:
        """Turns places of this text into the client's and back."""
        return Places(self.text, self._encoding)

    def changed(self, changes: Sequence[types.TextDocumentContentChangeEvent], version: int | None) -> Snapshot:
        """The next version (LSP 3.17, "DidChangeTextDocument": the changes build upon each other)."""
        now = self
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                start = now.places.offset(change.range.start)
                end = max(start, now.places.offset(change.range.end))
                text = now.text[:start] + change.text + now.text[end:]
            else:
                text = change.text
            now = Snapshot(text, version, self._encoding)
        return Snapshot(now.text, version, self._encoding) if now is self else now


class Document:
    """A Rust source or manifest that the client has open."""

    def __init__(self, uri: str, path: Path, snapshot: Snapshot) -> None:
        self.uri = uri  # exactly as the client writes it
        self.path = path
        self.now = snapshot
        self.place: tuple[Project, RelPath] | None = None  # None until it is found, and outside of any package


class Documents:
    """All open documents of one client, by URI."""

    def __init__(self) -> None:
        self.encoding: Encoding = types.PositionEncodingKind.Utf16
        self._open: dict[str, Document] = {}

    def __iter__(self) -> Iterator[Document]:
        return iter(tuple(self._open.values()))

    def open(self, item: types.TextDocumentItem) -> None:
        """Take note of a document; what is not ours (not a file, not Rust) is left alone."""
        path = source_path(item.uri)
        if path is not None:
            self._open[unquote(item.uri)] = Document(item.uri, path, Snapshot(item.text, item.version, self.encoding))

    def change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Apply a client's edits."""
        document = self.get(params.text_document.uri)
        if document is not None:
            document.now = document.now.changed(params.content_changes, params.text_document.version)

    def close(self, uri: str) -> Document | None:
        """Forget a document; says which it was."""
        return self._open.pop(unquote(uri), None)

    def get(self, uri: str) -> Document | None:
        """The open document with this URI."""
        return self._open.get(unquote(uri))

    def at(self, project: Project, file: RelPath) -> Document | None:
        """The open document that is this file of a project."""
        return next((d for d in self._open.values() if d.place == (project, file)), None)


def source_path(uri: str) -> Path | None:
    """The file that a URI names, if it is one that cargo reads; None for `untitled:`, `git:`, other languages."""
    name = uris.to_fs_path(uri)
    if not name:
        return None
    path = Path(name)
    return path if path.suffix == ".rs" or path.name == "Cargo.toml" else None


def file_uri(project: Project, file: RelPath) -> str:
    """The URI of a project's file."""
    return uris.from_fs_path(os.path.normpath(project.root / file)) or ""


def folder_paths(folders: Sequence[types.WorkspaceFolder]) -> list[Path]:
    """The folders on disk among a client's workspace folders."""
    return [Path(name) for folder in folders if (name := uris.to_fs_path(folder.uri))]
