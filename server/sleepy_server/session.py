"""One editor: a language server of its own over the shared `App`.

pygls' server object stands for exactly one client, so the daemon makes one `Session` per connection.
What a session does is in `features/`; here is what they share: the client's documents, the projects it
has open, and the tasks that run for it.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from concurrent.futures import Future
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import structlog
from lsprotocol import types
from pydantic import ValidationError
from pygls.exceptions import FeatureRequestError, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, default_converter, lsp_method

from sleepy_core import __version__
from sleepy_core.errors import SleepyError
from sleepy_core.model import RelPath
from sleepy_server.documents import Document, Documents, folder_paths
from sleepy_server.meter import HANDLER
from sleepy_server.protocol import COMMANDS, MESSAGE_TYPES, InitOptions

if TYPE_CHECKING:
    from cattrs import Converter
    from pygls.io_ import Writer

    from sleepy_core.project import Project
    from sleepy_server.app import App

log = structlog.get_logger()

_User = Generator[Any, Any, None]


class SessionProtocol(LanguageServerProtocol):
    """pygls' protocol, where a daemon with many clients needs it to be different."""

    _server: Session

    @lru_cache  # noqa: B019  (lives as long as the process, like the methods; the base class does the same)
    def get_message_type(self, method: str) -> type[Any] | None:
        """Our own messages, then those of LSP."""
        return MESSAGE_TYPES.get(method) or types.METHOD_TO_TYPES.get(method, (None,))[0]

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *_args: Any) -> _User:
        """Stop what runs for the client; pygls trips over futures that leave the table meanwhile."""
        yield from self._user(types.SHUTDOWN, None)
        own = self.msg_id
        for number, future in tuple(self._request_futures.items()):
            if number != own:
                future.cancel()
        self._shutdown = True

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_args: Any) -> _User:
        """End this session only: pygls would end the process."""
        self._server.leave(0 if self._shutdown else 1)
        yield from self._user(types.EXIT, None)

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> _User:
        """Keep the text before any handler runs."""
        self._server.documents.open(params.text_document)
        yield from self._user(types.TEXT_DOCUMENT_DID_OPEN, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> _User:
        """Change the text before any handler runs."""
        self._server.documents.change(params)
        yield from self._user(types.TEXT_DOCUMENT_DID_CHANGE, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> _User:
        """The handler forgets the text: it needs to know which it was."""
        yield from self._user(types.TEXT_DOCUMENT_DID_CLOSE, params)

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(  # type: ignore[override]  # pygls takes any kind of function
        self, params: types.ExecuteCommandParams
    ) -> Any:
        """Run a command in the request's own task: in pygls' way `$/cancelRequest` would not reach it."""
        handler = self.fm.commands.get(params.command)
        if handler is None:
            raise JsonRpcInvalidParams(f"There is no command {params.command!r}.")
        given = params.arguments[0] if params.arguments else {}
        try:
            argument: Any = self._converter.structure(given, COMMANDS[params.command])
        except Exception as error:
            raise JsonRpcInvalidParams(f"{params.command} does not understand its argument: {given!r}") from error
        return await handler(argument)

    def in_words(self, value: Any) -> str:
        """A value of LSP as JSON."""
        return json.dumps(value, default=self._serialize_message)

    def write(self, body: str) -> None:
        """Send a message that is JSON in ASCII already: pygls would convert the whole of it in one step."""
        if self.writer is not None:
            writer = cast("Writer", self.writer)  # a session has one that takes what it is given and writes it soon
            head = f"Content-Length: {len(body)}\r\n\r\n" if self._include_headers else ""
            writer.write(f"{head}{body}".encode())

    def handle_message(self, message: Any) -> None:
        """Name the step that handles it, for `meter`."""
        task = asyncio.current_task()
        if task is not None:
            task.set_name(f"{HANDLER}{getattr(message, 'method', 'of an answer')}")
        super().handle_message(message)

    def _execute_handler(self, msg_id: Any, handler: Any, *args: Any, **kwargs: Any) -> None:
        """pygls forgets the futures of requests only: every keystroke's would stay in memory."""
        super()._execute_handler(msg_id, handler, *args, **kwargs)
        future: asyncio.Future[Any] | Future[Any] | None = self._request_futures.get(msg_id)
        if isinstance(future, asyncio.Task):
            future.set_name(f"{HANDLER}{getattr(handler, 'func', handler).__name__}")
        if future is not None:
            future.add_done_callback(lambda _: self._request_futures.pop(msg_id, None))

    def _user(self, method: str, params: Any) -> _User:
        handler = self.fm.features.get(method)
        if handler is not None:
            yield handler, (params,), None


class Watcher:
    """A feature that wants to hear of changes; also a `sleepy_core.project.ProjectListener`."""

    def diagnostics_changed(self, project: Project, files: frozenset[RelPath]) -> None:
        """The diagnostics of these files are new."""

    def offers_changed(self, project: Project) -> None:
        """A project has other fixes than before."""

    def state_changed(self, project: Project) -> None:
        """A project has another state than before."""

    def session_changed(self) -> None:
        """Trust was granted, projects were opened, something went wrong."""

    def document_placed(self, document: Document) -> None:
        """It is known to which project an open document belongs."""

    def document_closed(self, document: Document) -> None:
        """The client has closed a document."""


class Session(LanguageServer):
    """One client, from its connection to its end. Made and closed by `sleepy_server.serve`."""

    protocol: SessionProtocol

    def __init__(self, app: App, client: str) -> None:
        super().__init__("sleepy-coder", __version__, protocol_cls=SessionProtocol, converter_factory=shared_converter)
        self.app = app
        self.client = client
        self.documents = Documents()
        self.options = InitOptions()
        self.settings = app.settings
        self._editor_settings: Mapping[str, Mapping[str, Any]] = {}
        self._told = False  # has the daemon heard them?
        self.trusted = False
        self.starting = True  # the folders are still being looked through
        self.watchers: list[Watcher] = []
        self.left = threading.Event()  # pygls' reading loop asks for one of threading's
        self.exit_code = 1  # until the client says `shutdown`, then `exit`
        self._folders: list[Path] = []
        self._projects: dict[Project, list[Callable[[], None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._complained = False
        self._attach_problem = ""
        self._early: asyncio.Task[None] | None = None  # opens the folders since `initialize`

    @property
    def projects(self) -> tuple[Project, ...]:
        """The projects that this client has open."""
        return tuple(self._projects)

    def projects_at(self, uri: str) -> tuple[Project, ...]:
        """The project of an open file; without one all that this client has open."""
        document = self.documents.get(uri)
        return (document.place[0],) if document is not None and document.place else self.projects

    @property
    def problem(self) -> str:
        """Why a folder or a package could not be opened, in one sentence; "" when all is well."""
        return self._attach_problem or next(iter(self.app.problems(self.client)), "")

    def leave(self, code: int) -> None:
        """The client said `exit`: reading stops after this message."""
        self.exit_code = code
        self.left.set()

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run something beside the handlers, until it is done or the session ends; a failure is logged."""
        task = asyncio.create_task(work, name=f"{self.client} {name}")
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def began(self, params: types.InitializeParams, options: InitOptions) -> None:
        """Take note of what the client said in `initialize`, and begin to open its folders.

        Nothing may be told before `initialized`; but an editor that is starting up takes its time until then.
        """
        self.options = options
        self._editor_settings = options.settings
        self.trusted = options.trusted
        self.documents.encoding = self.workspace.position_encoding or types.PositionEncodingKind.Utf16
        if params.workspace_folders is not None:
            self._folders = folder_paths(params.workspace_folders)
        elif params.root_uri:
            self._folders = folder_paths([types.WorkspaceFolder(params.root_uri, "")])
        if self.trusted:
            self._early = self.spawn(self._attach(self._folders), "open")

    async def open_projects(self, folders: Sequence[Path] | None = None) -> None:
        """Open what lies in the client's folders (or in some new ones). In an untrusted workspace: nothing."""
        if folders is not None:
            self._folders += folders
        if not self.trusted:
            self.starting = False
            self.changed()
            return
        self.starting = True
        self.changed()
        early, self._early = self._early, None
        try:
            if early is not None:
                await early
            if early is None or folders is not None:
                await self._attach(self._folders if folders is None else folders)
        finally:
            self.starting = False
        for project in self.app.projects_of(self.client):
            self._follow(project)
        for document in self.documents:
            await self.locate(document)
        self.changed()

    async def _attach(self, folders: Sequence[Path]) -> None:
        await self._apply_settings()
        try:
            await self.app.attach(self.client, folders)
        except SleepyError as error:
            log.warning("attach-failed", client=self.client, problem=str(error))
            self._attach_problem = str(error)
        else:
            self._attach_problem = ""

    async def set_settings(self, groups: Mapping[str, Mapping[str, Any]]) -> None:
        """Take the editor's settings as they are now: one that it names no more has its own value again."""
        self._editor_settings, self._told = groups, False
        await self._apply_settings()
        self.changed()

    async def _apply_settings(self) -> None:
        """What the editor wants to be shown is its own, all else is the shared daemon's.

        Settings name programs to run, so those of an untrusted workspace wait. They are passed on once, or an editor
        that only opens another folder would take back what another one has set since.
        """
        groups = {name: dict(values) for name, values in self._editor_settings.items()}
        shown = groups.get("editor", {}).pop("diagnostics", None)
        try:
            if self.trusted and not self._told:
                self._told = True
                await self.app.configure(self.client, groups)
            self.settings = self.app.settings
            if shown is not None:
                self.settings = self.settings.with_changes({"editor": {"diagnostics": shown}})
        except (ValidationError, AttributeError) as error:  # a wrong value; a group that there is not
            log.warning("bad-settings", client=self.client, given=repr(groups)[:500], error=str(error))

    async def locate(self, document: Document) -> None:
        """Find out to which project a document belongs, and give that project its text."""
        if not self.trusted or document.place is not None:
            return
        place = await self.app.project_for(self.client, document.path)
        self.changed()
        if place is None or document.place is not None or self.documents.get(document.uri) is not document:
            return  # outside of any package, or closed in the meantime
        document.place = place
        project, file = place
        self._follow(project)
        project.set_buffer(self.client, file, document.now.text)
        for watcher in self.watchers:
            watcher.document_placed(document)

    async def withdraw_trust(self) -> None:
        """Stop everything that runs for this client."""
        self.trusted = False
        if self._early is not None:
            self._early.cancel()
            await asyncio.wait([self._early])
            self._early = None
        await self._let_go()
        self.changed()

    def changed(self) -> None:
        """Tell the features that something about the session is new."""
        for watcher in self.watchers:
            watcher.session_changed()

    async def aclose(self) -> None:
        """Let go of everything; the projects stay open for others."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.watchers.clear()
        await self._let_go()

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Everything is logged; the user sees one line, once."""
        log.error("handler-failed", client=self.client, error=str(error), exc_info=error)
        if source is not FeatureRequestError and not self._complained:
            self._complained = True
            message = "Sleepy: something went wrong inside. `sleepy daemon logs` has the details."
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, message))

    def _follow(self, project: Project) -> None:
        if project in self._projects:
            return
        self._projects[project] = [project.listen(watcher) for watcher in self.watchers]
        for watcher in self.watchers:
            watcher.diagnostics_changed(project, project.files_with_diagnostics())
            watcher.state_changed(project)

    async def _let_go(self) -> None:
        for document in self.documents:
            if document.place is not None:
                project, file = document.place
                project.drop_buffer(self.client, file)
                document.place = None
        for unsubscribe in (u for group in self._projects.values() for u in group):
            unsubscribe()
        self._projects.clear()
        await self.app.detach(self.client)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task-failed", task=task.get_name(), exc_info=error)


@cache
def shared_converter() -> Converter:
    """One converter for all sessions: making one costs 25 ms, and it learns the types as they come."""
    converter: Converter = default_converter()  # type: ignore[no-untyped-call]
    return converter
