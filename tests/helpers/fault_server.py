"""A model server with a fault: it speaks Ollama's and OpenAI's paths, and goes wrong in the way it was told to.

The faults are what real servers were seen to send: Ollama 0.11.4 (404, 500, an error line under status 200, a prompt
cut to the context), llama.cpp (400 for a long prompt), and what a crash, a proxy or a stranger on the port would.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

MODEL = "test-model"


@dataclass
class Faults:
    """What the server does at the next chats, and what it was asked."""

    fault: str = "none"
    # What a model without a fault writes, from the whole prompt; None: it never answers.
    answer: Callable[[str], str | None] | None = None
    show: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    # Chats that are open now; and how many were left by their client before the end.
    open: int = 0
    left: int = 0


@asynccontextmanager
async def serving(faults: Faults) -> AsyncIterator[str]:
    """The server's address."""
    app = web.Application()
    app.router.add_get("/api/version", _answer({"version": "0.0.0"}, faults))
    app.router.add_post("/api/show", _show(faults))
    app.router.add_post("/api/chat", _chat(faults, _OllamaWire()))
    app.router.add_get("/v1/models", _answer({"data": [{"id": MODEL}]}, faults))
    app.router.add_post("/v1/chat/completions", _chat(faults, _OpenAIWire()))
    server = TestServer(app, host="127.0.0.1")
    await server.start_server(shutdown_timeout=0.1)
    try:
        yield str(server.make_url("")).rstrip("/")
    finally:
        await server.close()


class _OllamaWire:
    def piece(self, text: str) -> bytes:
        return _line({"model": MODEL, "message": {"role": "assistant", "content": text}, "done": False})

    def end(self, prompt_tokens: int | None = 7) -> bytes:
        counts = {"eval_count": 2} | ({} if prompt_tokens is None else {"prompt_eval_count": prompt_tokens})
        return _line({"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"} | counts)

    def error(self, sentence: str) -> bytes:
        return _line({"error": sentence})

    def call(self, name: str, arguments: dict[str, Any]) -> bytes:
        return self._message({"tool_calls": [{"function": {"name": name, "arguments": arguments}}]})

    def strange_call(self) -> bytes:
        calls = [7, {"function": None}, {"function": {"name": "search", "arguments": "[1"}}]
        return self._message({"tool_calls": 7}) + self._message({"tool_calls": calls})

    def _message(self, more: dict[str, Any]) -> bytes:
        return _line({"message": {"role": "assistant", "content": ""} | more, "done": False})


class _OpenAIWire:
    def piece(self, text: str) -> bytes:
        return b"data: " + _line({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]})

    def end(self, prompt_tokens: int | None = 7) -> bytes:
        ended = b"data: " + _line({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        usage = {"prompt_tokens": prompt_tokens, "completion_tokens": 2}
        counts = b"" if prompt_tokens is None else b"data: " + _line({"choices": [], "usage": usage})
        return ended + counts + b"data: [DONE]\n\n"

    def error(self, sentence: str) -> bytes:
        return b"data: " + _line({"error": {"message": sentence, "type": "server_error"}})

    def call(self, name: str, arguments: dict[str, Any]) -> bytes:
        told = json.dumps(arguments)
        pieces = [{"name": name, "arguments": ""}, {"arguments": told[:7]}, {"arguments": told[7:]}]
        return b"".join(self._delta([{"index": 0, "function": piece}]) for piece in pieces)

    def strange_call(self) -> bytes:
        calls = [7, {"function": None}, {"index": 1, "function": {"name": "search", "arguments": "[1"}}]
        return self._delta(7) + self._delta(calls)

    def _delta(self, calls: object) -> bytes:
        return b"data: " + _line({"choices": [{"index": 0, "delta": {"tool_calls": calls}, "finish_reason": None}]})


def _chat(faults: Faults, wire: _OllamaWire | _OpenAIWire) -> Any:
    async def handle(request: web.Request) -> web.StreamResponse:
        faults.asked.append(await request.json())
        faults.open += 1
        try:
            return await _go_wrong(request, faults, wire)
        except (asyncio.CancelledError, ConnectionError):
            faults.left += 1
            raise
        finally:
            faults.open -= 1

    return handle


async def _go_wrong(request: web.Request, faults: Faults, wire: _OllamaWire | _OpenAIWire) -> web.StreamResponse:
    match faults.fault:
        case "missing":
            return web.json_response({"error": f'model "{MODEL}" not found, try pulling it first'}, status=404)
        case "internal":
            return web.json_response({"error": "llama runner process has terminated: signal: killed"}, status=500)
        case "html":
            return web.Response(text="<html>Bad gateway</html>", status=502, content_type="text/html")
        case "overflow":
            error = {"message": "request (4531 tokens) exceeds the available context size (2048 tokens)"}
            return web.json_response({"error": error | {"type": "exceed_context_size_error"}}, status=400)
        case "redirect":
            raise web.HTTPTemporaryRedirect("http://192.0.2.1/elsewhere")
        case "never":
            await asyncio.sleep(3600)
    response = web.StreamResponse()
    if faults.answer is not None:
        said = faults.answer("\n".join(m["content"] for m in faults.asked[-1]["messages"]))
        if said is None:
            await asyncio.sleep(3600)
        await response.prepare(request)
        await response.write(wire.piece(said or "") + wire.end())
        return response
    await response.prepare(request)
    await response.write(wire.piece("let "))
    match faults.fault:
        case "cut":
            await response.write(wire.piece("mut ")[:-20])
        case "early end":
            pass
        case "reset":
            assert request.transport is not None
            request.transport.abort()
        case "not json":
            await response.write(b"data: <html>\n" if isinstance(wire, _OpenAIWire) else b"<html>\n")
        case "not an object":
            await response.write(b"data: [1]\n" if isinstance(wire, _OpenAIWire) else b"[1]\n")
        case "strange object":
            strange = {"choices": [7], "message": 7, "done": 7, "index": ["x"]}
            await response.write((b"data: " if isinstance(wire, _OpenAIWire) else b"") + _line(strange))
        case "error line":
            await response.write(wire.error("an error was encountered while running the model: unexpected EOF"))
        case "endless":
            while True:
                await response.write(wire.piece("token "))
        case "endless line":
            while True:
                await response.write(b"x" * 65536)
        case "huge piece":
            await response.write(wire.piece("token " * 100_000))
            await response.write(wire.end())
        case "drip":
            while True:
                await response.write(wire.piece("."))
                await asyncio.sleep(0.05)
        case "tool call":
            await response.write(wire.call("open_file", {"file": "src/lib.rs"}) + wire.end())
        case "strange tool call":
            await response.write(wire.strange_call() + wire.end())
        case "no count":
            await response.write(wire.piece("x;") + wire.end(None))
        case "truncated":
            await response.write(wire.piece("x;") + wire.end(4096))
        case _:
            await response.write(wire.piece("x;") + wire.end())
    return response


def _answer(value: dict[str, Any], faults: Faults) -> Any:
    async def handle(_: web.Request) -> web.Response:
        if faults.fault == "stranger":
            return web.Response(text="<html>Welcome to nginx</html>", content_type="text/html")
        if faults.fault == "never":
            await asyncio.sleep(3600)
        return web.json_response(value)

    return handle


def _show(faults: Faults) -> Any:
    async def handle(request: web.Request) -> web.Response:
        if (await request.json())["model"] != MODEL:
            return web.json_response({"error": "model not found"}, status=404)
        return web.json_response(
            {"model_info": {"general.architecture": "llama", "llama.context_length": 8192}} | faults.show
        )

    return handle


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode() + b"\n"
