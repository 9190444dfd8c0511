"""A small editor without a screen: opens files, asks for quick fixes, applies them. `sleepy demo` drives it.

It speaks to the real `sleepy lsp` by the language server protocol and knows nothing that an editor could not know.
Every wait has a deadline; what does not come in time raises `SleepyError`.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient
from pygls.uris import to_fs_path

from sleepy_core import __version__
from sleepy_core.errors import SleepyError
from sleepy_core.model import Edit, Position
from sleepy_core.text import LineIndex, apply_edits, read_text, utf16_to_column
from sleepy_server.protocol import FIND_FIX, OFFERS, STATUS, OffersParams, StatusPhase

LSP = (sys.executable, "-m", "sleepy_server", "lsp")

_START_SECONDS = 60.0
_ANSWER_SECONDS = 30.0
_SEARCH_SECONDS = 300.0  # the server has a budget of its own for each error; this only ends what hangs
_LEAVE_SECONDS = 10.0
_QUIET_SECONDS = 0.5

_BUSY = {StatusPhase.STARTING.value, StatusPhase.CHECKING.value, StatusPhase.THINKING.value}


@dataclass(frozen=True, slots=True)
class Fix:
    """A preferred quick fix, with what the server tells of it."""

    file: str  # relative to the workspace, POSIX style
    line: int  # of the error, from one
    code: str
    message: str
    title: str
    source: str  # compiler | recall | search | model
    verdict: str  # clean | better | unmasks
    attempts: int
    ms: float
    diff: str
    edit: types.WorkspaceEdit


@dataclass(slots=True)
class _Open:
    """An open document, as this client has it."""

    path: Path
    text: str
    version: int = 1


class Editor:
    """One editor window on one folder. Made by `Editor.open`."""

    def __init__(self, client: LanguageClient, root: Path) -> None:
        self.root = root
        self.phase = StatusPhase.STARTING.value
        self.detail = ""
        self.engine_problem = ""
        # Every error that was published for a text as it is here: its file, its code and its line of source. The build
        # of a library and that of its tests may tell one error in different words; it is one here.
        self.seen: set[tuple[str, str, str]] = set()
        self._client = client
        self._documents: dict[str, _Open] = {}
        self._diagnostics: dict[str, tuple[types.Diagnostic, ...]] = {}
        self._checked: dict[str, int] = {}  # uri -> the version that the diagnostics speak of
        self._news = asyncio.Event()
        self._last_news = time.monotonic()
        # pygls marks its handlers, and a bound method cannot be marked.
        client.feature(STATUS)(lambda params: self._on_status(params))
        client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(lambda params: self._on_diagnostics(params))

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, root: Path, env: Mapping[str, str]) -> AsyncIterator[Editor]:
        """Start `sleepy lsp` (and thereby the daemon) for a folder; leaves politely, then firmly."""
        client = LanguageClient("sleepy-demo", __version__)
        editor = cls(client, root)
        await client.start_io(*LSP, env=dict(env), cwd=root)
        try:
            await editor._initialize()
            yield editor
        finally:
            with contextlib.suppress(Exception):
                await _within(_LEAVE_SECONDS, client.shutdown_async(None), "shutdown")
                client.exit(None)
            server = client._server
            try:
                async with asyncio.timeout(_LEAVE_SECONDS):
                    await client.stop()  # type: ignore[no-untyped-call]
            except TimeoutError:
                if server is not None:
                    with contextlib.suppress(ProcessLookupError):
                        server.kill()

    # --- What is known ---------------------------------------------------------------------------

    @property
    def settled(self) -> bool:
        """Is the server through with everything that it was told?"""
        checked = all(self._checked.get(uri, d.version) >= d.version for uri, d in self._documents.items())
        return checked and self.phase not in _BUSY and time.monotonic() - self._last_news > _QUIET_SECONDS

    async def news(self, seconds: float) -> None:
        """Wait until the server says something, or the time is up."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)
        self._news.clear()

    # --- What an editor does ---------------------------------------------------------------------

    def open_documents(self) -> None:
        """Open every file of which something is published, as somebody who wants to repair it would."""
        for uri in tuple(self._diagnostics):
            if uri not in self._documents:
                self._open(uri, read_text(_path(uri)))

    async def preferred_fix(self) -> Fix | None:
        """The first preferred quick fix of any error in an open document; None where there is none now."""
        for uri, document in tuple(self._documents.items()):
            for diagnostic in self._errors_of(uri):
                params = types.CodeActionParams(
                    types.TextDocumentIdentifier(uri),
                    diagnostic.range,
                    types.CodeActionContext([diagnostic], only=[types.CodeActionKind.QuickFix]),
                )
                answer = self._client.text_document_code_action_async(params)
                for action in await _within(_ANSWER_SECONDS, answer, "textDocument/codeAction") or ():
                    if isinstance(action, types.CodeAction) and action.is_preferred and action.edit:
                        return await self._told(uri, document, diagnostic, action, action.edit)
        return None

    async def search(self) -> None:
        """Say "find a fix" at every error in an open document, and wait for the searches.

        The server looks for fixes by itself; this is how to know that it has looked for all.
        """
        for uri in tuple(self._documents):
            for diagnostic in self._errors_of(uri):
                start = diagnostic.range.start
                argument = {"uri": uri, "position": {"line": start.line, "character": start.character}}
                answer = self._client.workspace_execute_command_async(types.ExecuteCommandParams(FIND_FIX, [argument]))
                await _within(_SEARCH_SECONDS, answer, FIND_FIX)

    def apply(self, fix: Fix) -> None:
        """Write a fix to the files, and tell the server of the change and the save."""
        for change in fix.edit.document_changes or ():
            if not isinstance(change, types.TextDocumentEdit):
                raise SleepyError(f"the server wants to do more than to change a text: {change}")
            uri = change.text_document.uri
            document = self._documents.get(uri) or self._open(uri, read_text(_path(uri)))
            if change.text_document.version not in (None, document.version):
                raise SleepyError(f"a fix for version {change.text_document.version}, not {document.version}")
            self._change(uri, document, [e for e in change.edits if hasattr(e, "new_text")])

    # --- Helpers ---------------------------------------------------------------------------------

    async def _initialize(self) -> None:
        text = types.TextDocumentClientCapabilities(
            publish_diagnostics=types.PublishDiagnosticsClientCapabilities(version_support=True, data_support=True),
            code_action=types.CodeActionClientCapabilities(
                is_preferred_support=True,
                data_support=True,
                code_action_literal_support=types.ClientCodeActionLiteralOptions(
                    types.ClientCodeActionKindOptions([types.CodeActionKind.QuickFix])
                ),
            ),
        )
        space = types.WorkspaceClientCapabilities(
            workspace_folders=True, workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True)
        )
        answer = self._client.initialize_async(
            types.InitializeParams(
                types.ClientCapabilities(workspace=space, text_document=text),
                root_uri=self.root.as_uri(),
                workspace_folders=[types.WorkspaceFolder(self.root.as_uri(), self.root.name)],
                initialization_options={"views": True},  # protocol.InitOptions: nothing pops up
            )
        )
        await _within(_START_SECONDS, answer, "initialize")
        self._client.initialized(types.InitializedParams())

    def _errors_of(self, uri: str) -> list[types.Diagnostic]:
        return [d for d in self._diagnostics.get(uri, ()) if d.severity == types.DiagnosticSeverity.Error]

    def _open(self, uri: str, text: str) -> _Open:
        document = self._documents[uri] = _Open(_path(uri), text)
        item = types.TextDocumentItem(uri, "rust", document.version, text)
        self._client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return document

    def _change(self, uri: str, document: _Open, edits: list[Any]) -> None:
        index = LineIndex(document.text)
        made = [Edit(_offset(index, e.range.start), _offset(index, e.range.end), e.new_text) for e in edits]
        document.text = apply_edits(document.text, made)
        document.version += 1
        document.path.write_bytes(document.text.encode())
        self._client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(document.version, uri),
                [types.TextDocumentContentChangeWholeDocument(document.text)],
            )
        )
        self._client.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri)))
        if self._diagnostics.get(uri):
            self._checked.setdefault(uri, document.version - 1)  # what is published is about an older text
        self._last_news = time.monotonic()

    async def _told(
        self,
        uri: str,
        document: _Open,
        diagnostic: types.Diagnostic,
        action: types.CodeAction,
        edit: types.WorkspaceEdit,
    ) -> Fix | None:
        answer = self._client.protocol.send_request_async(OFFERS, OffersParams(uri))
        offers = (await _within(_ANSWER_SECONDS, answer, OFFERS)).offers
        told = next((o for o in offers if o.id == action.data), None)
        if told is None:
            return None  # overtaken by a newer check: there will be another
        return Fix(
            file=self._name(uri),
            line=diagnostic.range.start.line + 1,
            code=str(diagnostic.code or ""),
            message=diagnostic.message.split("\n", 1)[0],
            title=action.title,
            source=told.source,
            verdict=told.verdict,
            attempts=told.attempts,
            ms=told.ms,
            diff=told.diff,
            edit=edit,
        )

    def _name(self, uri: str) -> str:
        path = _path(uri)
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)

    def _on_status(self, params: Any) -> None:
        self.phase = params.phase
        # What equals its default does not travel.
        self.detail = getattr(params, "detail", "")
        self.engine_problem = getattr(params, "engineProblem", "")
        self._heard()

    def _on_diagnostics(self, params: types.PublishDiagnosticsParams) -> None:
        self._diagnostics[params.uri] = tuple(params.diagnostics)
        if params.version is not None:
            self._checked[params.uri] = params.version
        document = self._documents.get(params.uri)
        if document is not None and params.version == document.version:
            index, name = LineIndex(document.text), self._name(params.uri)
            for d in self._errors_of(params.uri):
                self.seen.add((name, str(d.code or ""), index.line(d.range.start.line).strip()))
        self._heard()

    def _heard(self) -> None:
        self._last_news = time.monotonic()
        self._news.set()


async def _within(seconds: float, answer: Awaitable[Any], what: str) -> Any:
    try:
        # What is given up is not cancelled: pygls sets the answer all the same when it comes, and stumbles over that.
        return await asyncio.wait_for(asyncio.shield(answer), seconds)
    except TimeoutError as error:
        raise SleepyError(f"no answer to {what} within {seconds:.0f} s; `sleepy daemon logs` may say why") from error
    except RuntimeError as error:  # pygls: the server's process has ended
        raise SleepyError(f"the language server has gone: {error}") from error


def _path(uri: str) -> Path:
    path = to_fs_path(uri)
    if path is None:
        raise SleepyError(f"the server speaks of something that is not a file: {uri}")
    return Path(path)


def _offset(index: LineIndex, position: types.Position) -> int:
    column = utf16_to_column(index.line(position.line), position.character)
    return index.offset(Position(position.line, column))
