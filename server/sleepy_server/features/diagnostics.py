"""The compiler's messages, published as they arrive.

A message is placed in the text that was checked. Where the user has typed since, what was published last
stays: editors move squiggles along with the text, and the check of the newer text is on its way.
Files of a project keep their diagnostics when they are closed; the disk counts for them then.

After a bad merge there are thousands in a file, and a publication holds them all. Each is brought into the client's
words once, in steps after which others have their turn, and what is compared and sent are those words.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from lsprotocol import types

from sleepy_core.model import RelPath
from sleepy_server.convert import Places, to_lsp_diagnostic
from sleepy_server.documents import Document, file_uri
from sleepy_server.protocol import RUST_ANALYZER, RustAnalyzerParams
from sleepy_server.session import Session, Watcher

if TYPE_CHECKING:
    from sleepy_core.project import Project

# Messages come in bursts; one publication speaks for all of a burst.
_GATHER_SECONDS = 0.005
# A publication holds all messages of a file. Of thousands each costs much, so it pauses for so many times as long.
_REST = 4.0
# So long are messages converted until requests have their turn.
_STEP_SECONDS = 0.005


def register(session: Session) -> None:
    """Publish diagnostics, unless rust-analyzer does it."""
    publisher = Publisher(session)
    session.watchers.append(publisher)

    @session.feature(RUST_ANALYZER)
    def rust_analyzer(ls: Session, params: RustAnalyzerParams) -> None:
        publisher.rust_analyzer_active = params.active
        ls.changed()


@dataclass(frozen=True, slots=True)
class _Shown:
    """A message as the client is told it."""

    name: tuple[object, ...]  # two projects may have the same message
    json: str


class Publisher(Watcher):
    """What this client has been shown, and what it has to be shown next."""

    def __init__(self, session: Session) -> None:
        self.rust_analyzer_active: bool | None = None  # None: as said in `initialize`
        self._session = session
        self._dirty: dict[Project, set[RelPath]] = {}
        # URI -> project -> messages: a path dependency may be checked by two projects.
        self._found: dict[str, dict[Project, list[_Shown]]] = {}
        self._published: dict[str, tuple[int | None, list[str]]] = {}  # with the document's version
        self._shown = True
        self._flushing = False
        self._not_before = 0.0

    def diagnostics_changed(self, project: Project, files: frozenset[RelPath]) -> None:
        """Publish these files soon."""
        self._dirty.setdefault(project, set()).update(files)
        if not self._flushing and self._dirty:
            self._flushing = True
            self._session.spawn(self._flush(), "publish")

    def document_placed(self, document: Document) -> None:
        """Publish again, now with the document's version."""
        if document.place is not None:
            project, file = document.place
            self.diagnostics_changed(project, frozenset({file}))

    def session_changed(self) -> None:
        """Show or hide everything, where the settings, rust-analyzer or the trust have changed."""
        open_now = set(self._session.projects)
        for uri, found in tuple(self._found.items()):
            if gone := found.keys() - open_now:
                for project in gone:
                    del found[project]
                self._send(uri, None)
        shown = self._wanted()
        if shown != self._shown:
            self._shown = shown
            for project in open_now:
                self.diagnostics_changed(project, project.files_with_diagnostics())

    def _wanted(self) -> bool:
        setting = self._session.settings.editor.diagnostics
        active = self.rust_analyzer_active
        if active is None:
            active = self._session.options.rust_analyzer_active
        return setting == "always" or (setting == "auto" and not active)

    async def _flush(self) -> None:
        try:
            while self._dirty:
                await asyncio.sleep(max(_GATHER_SECONDS, self._not_before - time.monotonic()))
                self._shown = self._wanted()
                begun = time.monotonic()
                dirty, self._dirty = self._dirty, {}
                for project, files in dirty.items():
                    elsewhere = self._elsewhere(project)
                    for file in sorted(files):
                        await self._publish(project, file, elsewhere)
                        await asyncio.sleep(0)  # requests go first
                now = time.monotonic()
                self._not_before = now + _REST * (now - begun)
        finally:
            self._flushing = False

    async def _publish(
        self, project: Project, file: RelPath, elsewhere: Callable[[RelPath], tuple[str, Places] | None]
    ) -> None:
        found: list[_Shown] = []
        messages = project.diagnostics(file) if self._wanted_of(project) else ()
        there = elsewhere(file) if messages else None
        if messages:
            if there is None:
                return  # gone: the next check speaks of it
            begun = time.monotonic()
            for message in messages:
                found.append(self._in_words(to_lsp_diagnostic(message, there[1], elsewhere)))
                if time.monotonic() - begun > _STEP_SECONDS:
                    await asyncio.sleep(0)
                    begun = time.monotonic()
            if not self._wanted_of(project):
                found = []  # switched off, or closed, meanwhile
        document = self._session.documents.at(project, file)
        if found and there and document and document.now.text != there[1].text:
            return  # typed since: the next check speaks of it
        uri = document.uri if document else file_uri(project, file)
        self._found.setdefault(uri, {})[project] = found
        self._send(uri, document)

    def _wanted_of(self, project: Project) -> bool:
        return self._shown and project in self._session.projects

    def _in_words(self, diagnostic: types.Diagnostic) -> _Shown:
        start, end = diagnostic.range.start, diagnostic.range.end
        name = (start.line, start.character, end.line, end.character, diagnostic.code, diagnostic.message)
        return _Shown(name, self._session.protocol.in_words(diagnostic))

    def _send(self, uri: str, document: Document | None) -> None:
        together: dict[tuple[object, ...], str] = {}
        for shown in (d for group in self._found.get(uri, {}).values() for d in group):
            together.setdefault(shown.name, shown.json)
        now = (document.now.version if document else None, list(together.values()))
        before = self._published.get(uri)
        if now == before or (before is None and not together):
            return
        if together:
            self._published[uri] = now
        else:
            self._published.pop(uri, None)
            self._found.pop(uri, None)
        self._session.protocol.write(_publication(uri, *now))

    def _elsewhere(self, project: Project) -> Callable[[RelPath], tuple[str, Places] | None]:
        """URI and places of a file as it was checked; worked out once in a publication."""

        @cache
        def places(file: RelPath) -> tuple[str, Places] | None:
            text = project.text(file)
            if text is None:
                return None
            document = self._session.documents.at(project, file)
            if document is None:
                return file_uri(project, file), Places(text, self._session.documents.encoding, hidden_bom=True)
            same = document.now.text == text
            return document.uri, document.now.places if same else Places(text, self._session.documents.encoding)

        return places


def _publication(uri: str, version: int | None, diagnostics: Sequence[str]) -> str:
    """`textDocument/publishDiagnostics` of diagnostics that are JSON already."""
    params = {"uri": uri} if version is None else {"uri": uri, "version": version}
    head = json.dumps({"jsonrpc": "2.0", "method": types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, "params": params})
    return f'{head[:-2]}, "diagnostics": [{", ".join(diagnostics)}]}}}}'
