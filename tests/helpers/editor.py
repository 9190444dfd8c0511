"""A small editor: speaks LSP to the real `sleepy lsp` over a pipe, keeps documents, applies edits."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

Json = dict[str, Any]


class Editor:
    """One window. Made by `Editor.open`."""

    def __init__(self, process: asyncio.subprocess.Process, root: Path) -> None:
        self.process = process
        self.root = root
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.diagnostics: dict[str, list[Json]] = {}
        self.status: Json = {}
        self.statuses: list[Json] = []
        self.shown: list[str] = []  # what `window/showMessage` said
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._news = asyncio.Condition()
        self._reader = asyncio.create_task(self._read(), name="editor reads")

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls,
        root: Path,
        home: Path,
        *,
        standalone: bool = False,
        settings: Json | None = None,
        options: Json | None = None,
        env: dict[str, str] | None = None,
    ) -> AsyncIterator[Editor]:
        """Start `sleepy lsp` for a folder; `home` is the SLEEPY_HOME."""
        argv = [sys.executable, "-m", "sleepy_server", "lsp", *(["--standalone"] if standalone else [])]
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | {"SLEEPY_HOME": str(home)} | (env or {}),
        )
        editor = cls(process, root)
        try:
            await editor.request(
                "initialize",
                {
                    "processId": os.getpid(),
                    "rootUri": root.as_uri(),
                    "workspaceFolders": [{"uri": root.as_uri(), "name": root.name}],
                    "capabilities": {
                        "general": {"positionEncodings": ["utf-16"]},
                        "workspace": {"workspaceEdit": {"documentChanges": True}},
                        "textDocument": {
                            "publishDiagnostics": {"versionSupport": True, "dataSupport": True},
                            "codeAction": {
                                "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "source"]}},
                                "isPreferredSupport": True,
                                "dataSupport": True,
                            },
                        },
                    },
                    "initializationOptions": {"settings": settings or {}, **(options or {})},
                },
            )
            editor.notify("initialized", {})
            yield editor
            with contextlib.suppress(ConnectionError, asyncio.TimeoutError):
                await editor.request("shutdown", None, timeout=10)
                editor.notify("exit", None)
        finally:
            with contextlib.suppress(ProcessLookupError, asyncio.TimeoutError):
                await asyncio.wait_for(process.wait(), 5)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            editor._reader.cancel()
            await asyncio.gather(editor._reader, return_exceptions=True)
            process._transport.close()  # type: ignore[attr-defined]

    def uri(self, file: str) -> str:
        return (self.root / file).as_uri()

    def show(self, file: str) -> None:
        """Open a document as it is on disk."""
        self.texts[file] = (self.root / file).read_bytes().decode()
        self.versions[file] = 1
        item = {"uri": self.uri(file), "languageId": "rust", "version": 1, "text": self.texts[file]}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def type(self, file: str, text: str) -> None:
        """Replace a document's text."""
        self.texts[file] = text
        self.versions[file] += 1
        document = {"uri": self.uri(file), "version": self.versions[file]}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def save(self, file: str) -> None:
        """Write a document to disk."""
        (self.root / file).write_bytes(self.texts[file].encode())
        self.notify("textDocument/didSave", {"textDocument": {"uri": self.uri(file)}})

    def errors(self, file: str) -> list[Json]:
        """The errors shown in a file."""
        return [d for d in self.diagnostics.get(self.uri(file), []) if d.get("severity") == 1]

    async def actions(self, file: str, diagnostic: Json | None = None, only: list[str] | None = None) -> list[Json]:
        """Code actions at a diagnostic, or for the whole file."""
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": 10**6, "character": 0}}
        context: Json = {"diagnostics": [diagnostic] if diagnostic else []}
        if only:
            context["only"] = only
        params = {
            "textDocument": {"uri": self.uri(file)},
            "range": diagnostic["range"] if diagnostic else whole,
            "context": context,
        }
        return await self.request("textDocument/codeAction", params) or []

    async def preferred(self, file: str, timeout: float = 60) -> Json:
        """Wait for a verified fix of an error of the file."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            for error in self.errors(file):
                for action in await self.actions(file, error, ["quickfix"]):
                    if action.get("isPreferred"):
                        return action
            await asyncio.sleep(0.02)
        raise AssertionError(f"no fix within {timeout} s; status {self.status}; {self.errors(file)}")

    def apply(self, action: Json) -> list[str]:
        """Make an action's edit in the documents (not on disk); refuses one for another version."""
        changed = []
        for change in action["edit"]["documentChanges"]:
            document = change["textDocument"]
            file = next(f for f in self.texts if self.uri(f) == document["uri"])
            assert document["version"] in (None, self.versions[file]), (document, self.versions[file])
            text = self.texts[file]
            lines = text.split("\n")
            starts = list(itertools.accumulate((len(line) + 1 for line in lines), initial=0))

            def at(position: Json, lines: list[str] = lines, starts: list[int] = starts) -> int:
                line = lines[position["line"]] if position["line"] < len(lines) else ""
                units = line.encode("utf-16-le")[: position["character"] * 2]
                return starts[min(position["line"], len(starts) - 1)] + len(units.decode("utf-16-le"))

            for edit in sorted(change["edits"], key=lambda e: at(e["range"]["start"]), reverse=True):
                text = text[: at(edit["range"]["start"])] + edit["newText"] + text[at(edit["range"]["end"]) :]
            self.type(file, text)
            changed.append(file)
        return changed

    async def until(self, condition: Callable[[], bool], timeout: float = 60, what: str = "") -> None:
        """Wait until something is so; looks again whenever a message arrives."""
        try:
            async with asyncio.timeout(timeout), self._news:
                await self._news.wait_for(condition)
        except TimeoutError:
            raise AssertionError(f"not within {timeout} s: {what}; status {self.status}") from None

    async def request(self, method: str, params: Any, timeout: float = 60) -> Any:
        if self._reader.done():
            raise ConnectionError("the server has gone")
        number = next(self._ids)
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return await asyncio.wait_for(future, timeout)

    def notify(self, method: str, params: Any) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def _send(self, message: Json) -> None:
        assert self.process.stdin is not None
        body = json.dumps({k: v for k, v in message.items() if v is not None or k == "result"}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    async def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                header = await stream.readuntil(b"\r\n\r\n")
                length = next(int(h[15:]) for h in header.split(b"\r\n") if h.lower().startswith(b"content-length:"))
                await self._take(json.loads(await stream.readexactly(length)))
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ConnectionError("the server has gone"))

    async def _take(self, message: Json) -> None:
        method, params = message.get("method"), message.get("params")
        if method is None:
            future = self._waiting.pop(message["id"])
            if not future.done():
                if "error" in message:
                    future.set_exception(RuntimeError(message["error"]))
                else:
                    future.set_result(message.get("result"))
            return
        if "id" in message:
            self._send({"jsonrpc": "2.0", "id": message["id"], "result": None})
        if method == "textDocument/publishDiagnostics":
            self.diagnostics[params["uri"]] = params["diagnostics"]
        elif method == "sleepy/status":
            self.status = params
            self.statuses.append(params)
        elif method == "window/showMessage":
            self.shown.append(params["message"])
        async with self._news:
            self._news.notify_all()
