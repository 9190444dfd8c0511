"""A language client in the same process: messages go through JSON, but through no pipe."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from helpers.fake_app import FakeApp
from sleepy_server.features import register_all
from sleepy_server.session import Session


class MemoryClient:
    """Speaks to one session and remembers what it said."""

    def __init__(self, app: FakeApp, name: str = "editor") -> None:
        self.session = Session(app, name)  # type: ignore[arg-type]
        register_all(self.session)
        self.session.protocol.set_writer(self, include_headers=False)
        self.received: list[dict[str, Any]] = []
        self.answers: dict[str, Callable[[Any], Any]] = {}  # method -> how the client answers
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._news = asyncio.Event()

    # --- what the session sees as its writer

    def write(self, data: bytes) -> None:
        message = json.loads(data)
        if "method" not in message and message.get("id") in self._waiting:
            self._waiting.pop(message["id"]).set_result(message)
            return
        self.received.append(message)
        self._news.set()
        answer = self.answers.get(message.get("method", ""))
        if answer is not None and "id" in message:
            result = answer(message.get("params"))
            loop = asyncio.get_running_loop()
            loop.call_soon(self.send, {"id": message["id"], "result": result})

    def close(self) -> None:
        pass

    # --- what the test says

    def send(self, message: dict[str, Any]) -> None:
        """Anything, as it would come from the wire."""
        protocol = self.session.protocol
        body = json.dumps({"jsonrpc": "2.0", **message})
        protocol.handle_message(json.loads(body, object_hook=protocol.structure_message))

    def notify(self, method: str, params: Any) -> None:
        self.send({"method": method, "params": params})

    def begin(self, method: str, params: Any) -> tuple[int, asyncio.Future[Any]]:
        """Send a request; the future gets the whole answer."""
        number = next(self._ids)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        self.send({"id": number, "method": method, "params": params})
        return number, future

    async def request(self, method: str, params: Any) -> Any:
        """A request's result; fails on an error."""
        answer = await asyncio.wait_for(self.begin(method, params)[1], 5)
        assert "error" not in answer, answer["error"]
        return answer.get("result")

    async def command(self, name: str, argument: Any) -> Any:
        return await self.request("workspace/executeCommand", {"command": name, "arguments": [argument]})

    async def initialize(
        self, folder: Path | None, options: dict[str, Any] | None = None, capabilities: dict[str, Any] | None = None
    ) -> Any:
        given = capabilities or {"workspace": {"workspaceEdit": {"documentChanges": True}}}
        folders = [{"uri": folder.as_uri(), "name": folder.name}] if folder else None
        params = {"processId": None, "rootUri": None, "capabilities": given, "workspaceFolders": folders}
        if options is not None:
            params["initializationOptions"] = options
        result = await self.request("initialize", params)
        self.notify("initialized", {})
        await self.until(lambda: not self.session.starting)
        return result

    def open(self, path: Path, text: str, version: int = 1) -> str:
        uri = path.as_uri()
        item = {"uri": uri, "languageId": "rust", "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return uri

    def type(self, uri: str, version: int, *changes: tuple[tuple[int, int, int, int], str]) -> None:
        """Edits of (line, character, line, character) to a text, one upon the other."""
        edits = [
            {"range": {"start": {"line": a, "character": b}, "end": {"line": c, "character": d}}, "text": text}
            for (a, b, c, d), text in changes
        ]
        document = {"uri": uri, "version": version}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": edits})

    async def actions(
        self, uri: str, where: tuple[int, int, int, int], diagnostics: list[Any] | None = None, only: Any = None
    ) -> list[Any]:
        """Code actions at a range."""
        a, b, c, d = where
        context: dict[str, Any] = {"diagnostics": diagnostics or []}
        if only is not None:
            context["only"] = only
        span = {"start": {"line": a, "character": b}, "end": {"line": c, "character": d}}
        params = {"textDocument": {"uri": uri}, "range": span, "context": context}
        result: list[Any] = await self.request("textDocument/codeAction", params)
        return result

    # --- what the test waits for

    def said(self, method: str) -> list[Any]:
        """The parameters of all messages of this method so far."""
        return [m.get("params", {}) for m in self.received if m.get("method") == method]

    def shown(self, uri: str) -> list[Any] | None:
        """The diagnostics that were published last; None when none ever were."""
        published = [p for p in self.said("textDocument/publishDiagnostics") if p["uri"] == uri]
        return published[-1]["diagnostics"] if published else None

    async def until(self, condition: Callable[[], Any]) -> Any:
        """Wait until the condition holds (looked at after every turn of the loop)."""
        async with asyncio.timeout(5):
            while not (value := condition()):
                self._news.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), 0.005)
        return value

    async def settle(self) -> None:
        """Long enough for what would come to have come."""
        await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def client_of(app: FakeApp, name: str = "editor") -> AsyncIterator[MemoryClient]:
    """A client whose session is closed at the end."""
    client = MemoryClient(app, name)
    try:
        yield client
    finally:
        await client.session.aclose()
