"""The embedded engine's own process: llama.cpp behind the part of Ollama's HTTP API that our client uses.

`python -m sleepy_core.engines.embedded_server --model FILE.gguf`. Four fields go beyond Ollama's /api/chat: `n`
answers in one request, whose lines carry an `index` (they share the prompt's cache and are decoded together);
`coefficients`, the name of one of the `--adapter name=file.gguf` given at start; and, where an answer must not depend
on what was asked before, `cache_prompt`, which is false then, and `one_slot`, so that all such answers are worked out
in the same cells.

It listens on 127.0.0.1 only, wants the token that it prints at start in every request, runs at low priority, and
ends when its standard input does, so that it never outlives who started it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hmac
import json
import os
import secrets
import sys
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from aiohttp import web

from sleepy_core.engines.protocol import SLOTS, TOKEN_HEADER, Message
from sleepy_core.engines.scoring import log_likelihoods
from sleepy_core.errors import EngineError
from sleepy_core.processes import die_with_starter

# A cancel is noticed between two batches; of larger ones the CPU gains nothing.
_BATCH = 64
_NICENESS = 10


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    model: Path
    context: int
    threads: int
    port: int
    adapters: tuple[tuple[str, Path], ...]


class LlamaServer:
    """llama.cpp's own HTTP server, on a port and with a key that only this process knows.

    It loads all adapters or does not start, and does not say which one is at fault; nor does it start twice in one
    process without hanging now and then. So who started us looks for the culprits, with a process each.
    """

    def __init__(self, options: Options) -> None:
        import xllamacpp

        key = secrets.token_urlsafe(32)
        params = xllamacpp.CommonParams()
        params.model.path = str(options.model)
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.api_keys = [key]
        params.ui = False
        params.warmup = False
        # One pool of cells for all slots, so that answers share their prompt's; a context for the prompt and one for
        # what the answers, and other adapters' slots, need beside it.
        params.kv_unified = True
        params.n_ctx = 2 * options.context
        params.n_parallel = max(SLOTS, len(options.adapters) + 1)
        params.n_batch = params.n_ubatch = _BATCH
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = options.threads
        params.cache_ram_mib = 0  # by default it takes up to 8 GB for old prompts
        params.verbosity = 1
        # Loaded but silent: `lora_init_without_apply` would leave every scale at 1.
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(path), 0.0) for _, path in options.adapters]
        self._server = xllamacpp.Server(params)
        self.address = str(self._server.listening_address)
        self.headers = {"Authorization": f"Bearer {key}"}


class Service:
    """Our side: Ollama's paths, translated."""

    def __init__(self, options: Options, llama: LlamaServer, session: aiohttp.ClientSession) -> None:
        self.token = secrets.token_urlsafe(32)
        self._options = options
        self._llama = llama
        self._session = session
        self._name = options.model.stem
        self._adapters = {name: number for number, (name, _) in enumerate(options.adapters)}
        self._trained_context = 0

    def application(self) -> web.Application:
        """The routes, behind the token."""
        app = web.Application(middlewares=[self._guard], client_max_size=16 * 2**20)
        app.router.add_get("/api/version", self._version)
        app.router.add_get("/api/tags", self._tags)
        app.router.add_post("/api/show", self._show)
        app.router.add_post("/api/chat", self._chat)
        app.router.add_post("/api/score", self._score)
        return app

    async def learn_model(self) -> None:
        """Ask llama.cpp, once, what context the model was trained for."""
        async with self._session.get("/v1/models", headers=self._llama.headers) as response:
            meta = (await response.json())["data"][0].get("meta") or {}
        self._trained_context = int(meta.get("n_ctx_train") or self._options.context)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if not hmac.compare_digest(request.headers.get(TOKEN_HEADER, "").encode(), self.token.encode()):
            return _error(401, "this engine belongs to another program")
        response: web.StreamResponse = await handler(request)
        return response

    async def _version(self, _: web.Request) -> web.Response:
        from importlib.metadata import version

        return web.json_response({"version": version("xllamacpp")})

    async def _tags(self, _: web.Request) -> web.Response:
        return web.json_response({"models": [{"name": self._name, "model": self._name}]})

    async def _show(self, request: web.Request) -> web.Response:
        if (await request.json()).get("model") != self._name:
            return _error(404, "model not found")
        context = min(self._options.context, self._trained_context)
        info = {"general.architecture": "gguf", "gguf.context_length": context}
        return web.json_response({"modelfile": f"FROM {self._options.model}\n", "model_info": info})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        if (refused := self._refusal(asked)) is not None:
            return refused
        body = self._translate(asked, self._adapter(asked))
        upstream = self._session.post("/v1/chat/completions", json=body, headers=self._llama.headers)
        async with upstream as answer:
            if answer.status != 200:
                return _error(answer.status, *_said(await answer.read()))
            response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
            await response.prepare(request)
            async for line in _ollama_lines(answer.content):
                await response.write(json.dumps(line).encode() + b"\n")
            await response.write_eof()
            return response

    def _refusal(self, asked: dict[str, Any]) -> web.Response | None:
        """What to answer to a request for a model, or coefficients, that are not here."""
        coefficients = asked.get("coefficients") or ""
        if asked.get("model") != self._name:
            return _error(404, "model not found")
        if coefficients and coefficients not in self._adapters:
            return _error(400, f"no coefficients {coefficients!r}: the engine was started without them")
        return None

    def _adapter(self, asked: dict[str, Any]) -> int | None:
        return self._adapters.get(asked.get("coefficients") or "")

    async def _score(self, request: web.Request) -> web.Response:
        asked = await request.json()
        if (refused := self._refusal(asked)) is not None:
            return refused
        messages = [Message(turn["role"], turn["content"]) for turn in asked["messages"]]
        try:
            scores = await log_likelihoods(self._ask, messages, asked["texts"], self._adapted(self._adapter(asked)))
        except EngineError as error:
            return _error(400, str(error))
        return web.json_response({"scores": scores})

    async def _ask(self, path: str, body: Mapping[str, Any]) -> Any:
        async with self._session.post(path, json=body, headers=self._llama.headers) as answer:
            if answer.status != 200:
                raise EngineError(_said(await answer.read())[0])
            return await answer.json()

    def _adapted(self, adapter: int | None, *, one_slot: bool = False) -> dict[str, Any]:
        """The fields that switch the adapter; in every request, as one without them reuses the last one's cache."""
        fields: dict[str, Any] = {
            "lora": [{"id": i, "scale": 1.0 if i == adapter else 0.0} for i in range(len(self._adapters))]
        }
        if self._adapters or one_slot:
            # A slot an adapter, since a switch on one slot evaluates the whole prompt again. 0 is the bare model's. And
            # where the answer has to be the same again: which slot's cells it is worked out in moves the last digits.
            fields["id_slot"] = 0 if adapter is None else adapter + 1
        return fields

    def _translate(self, asked: dict[str, Any], adapter: int | None) -> dict[str, Any]:
        options = asked.get("options") or {}
        body: dict[str, Any] = {
            "messages": asked.get("messages"),
            "stream": True,
            "stream_options": {"include_usage": True},
            # Without something to write, llama.cpp does not see that nobody listens until the whole prompt is read.
            "return_progress": True,
            "n": min(int(asked.get("n") or 1), SLOTS),
            "temperature": options.get("temperature", 0.0),
            "seed": options.get("seed", 0),
            "max_tokens": options.get("num_predict", 256),
            "stop": options.get("stop") or [],
            "cache_prompt": bool(asked.get("cache_prompt", True)),
            **self._adapted(adapter, one_slot=bool(asked.get("one_slot"))),
        }
        if asked.get("format") is not None:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": asked["format"]},
            }
        return body


async def _ollama_lines(stream: aiohttp.StreamReader) -> AsyncIterator[dict[str, Any]]:
    """llama.cpp's server-sent events as Ollama's lines: each answer's last one has its counts."""
    ended: list[tuple[int, str]] = []  # answers whose counts have not come yet
    rest = b""
    async for chunk in stream.iter_any():
        *lines, rest = (rest + chunk).split(b"\n")
        for raw in lines:
            data = raw.removeprefix(b"data:").strip()
            if not raw.startswith(b"data:") or data == b"[DONE]":
                continue
            event = json.loads(data)
            if "error" in event:
                yield dict(zip(("error", "type"), _said(data), strict=True))
                return
            for choice in event.get("choices") or ():
                if content := (choice.get("delta") or {}).get("content"):
                    yield {"index": choice["index"], "message": {"role": "assistant", "content": content}}
                if choice.get("finish_reason"):
                    ended.append((choice["index"], choice["finish_reason"]))
            if (usage := event.get("usage")) and ended:
                index, reason = ended.pop(0)
                yield {
                    "index": index,
                    "message": {"role": "assistant", "content": ""},
                    "done": True,
                    "done_reason": reason,
                    "prompt_eval_count": usage["prompt_tokens"],
                    "eval_count": usage["completion_tokens"],
                }


def _said(raw: bytes) -> tuple[str, str]:
    try:
        error = json.loads(raw)["error"]
        return str(error.get("message", error)), str(error.get("type", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return raw[:200].decode(errors="replace"), ""


def _error(status: int, sentence: str, kind: str = "") -> web.Response:
    return web.json_response({"error": {"message": sentence, "type": kind}}, status=status)


async def serve(options: Options) -> None:
    """Load the model, tell the port and the token on one line of standard output, serve until cancelled."""
    llama = await asyncio.to_thread(LlamaServer, options)
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(
            aiohttp.ClientSession(
                llama.address,
                connector=aiohttp.TCPConnector(limit=0, force_close=True),
                timeout=aiohttp.ClientTimeout(total=None),
            )
        )
        service = Service(options, llama, session)
        await service.learn_model()
        # A client that goes away cancels its handler, and with it the request to llama.cpp.
        runner = web.AppRunner(service.application(), handler_cancellation=True, access_log=None)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", options.port)
        await site.start()
        port = runner.addresses[0][1]
        sys.stdout.write(json.dumps({"port": port, "token": service.token}) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def _die_with_input() -> None:
    """End with whoever holds the other end of standard input."""

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        os._exit(0)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()


def _be_nice() -> None:
    me = psutil.Process()
    if sys.platform == "win32":  # untried
        me.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        # Whoever sleeps has started us at a lower priority still; only root may raise it again.
        me.nice(max(10, me.nice()))


def parse_arguments(arguments: Sequence[str]) -> Options:
    """The command line; exits with status 2 and a sentence when it is wrong."""
    parser = argparse.ArgumentParser(prog="sleepy_core.engines.embedded_server", description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, required=True, help="the GGUF file")
    parser.add_argument("--context", type=int, default=4096, help="tokens of prompt and answer together")
    parser.add_argument("--threads", type=int, default=1, help="threads that compute")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--adapter", action="append", default=[], metavar="NAME=FILE", help="a LoRA adapter in GGUF")
    given = parser.parse_args(arguments)
    adapters = []
    for adapter in given.adapter:
        name, separator, file = adapter.partition("=")
        if not (name and separator and file):
            parser.error(f"--adapter wants NAME=FILE, not {adapter!r}")
        adapters.append((name, Path(file)))
    return Options(given.model, given.context, given.threads, given.port, tuple(adapters))


def main() -> None:
    """Run until standard input ends."""
    options = parse_arguments(sys.argv[1:])
    die_with_starter()
    _die_with_input()
    _be_nice()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(options))


if __name__ == "__main__":
    main()
