"""Servers that speak OpenAI's chat API: llama-server, vLLM, LM Studio (and Ollama itself, under /v1)."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Any

from sleepy_core.engines.http import Connection, Draft, as_ready, attempt, error_of, parse
from sleepy_core.engines.ollama import check_room, is_overflow, tool_list
from sleepy_core.engines.protocol import Answer, Capabilities, Health, Message, Request, ToolCall
from sleepy_core.engines.scoring import log_likelihoods
from sleepy_core.engines.tokens import estimate_messages
from sleepy_core.errors import BadAnswer, CoefficientsMissing, ContextOverflow, EngineError, ModelMissing
from sleepy_core.settings import EngineSettings

_AT_ONCE = 4
_SERVER = "The model server"


class OpenAI:
    """A model on an OpenAI-compatible server. `n` is not used: not every server has it, so n requests are sent.

    Coefficients can be named on a llama-server that was started with their adapters (`--lora-init-without-apply
    --lora ID.gguf`), which `sleepy coefficients export` writes: it cannot load others while it runs.
    """

    name = "openai"

    def __init__(self, settings: EngineSettings) -> None:
        self.model = settings.model
        self._settings = settings
        open_connection = partial(
            Connection,
            _SERVER,
            allow_remote=settings.allow_remote,
            hint="start the model server, or correct its address (engine.openai_url).",
        )
        self._connection = open_connection(url=settings.openai_url)
        # llama-server's own calls are not below /v1.
        self._llama = open_connection(url=settings.openai_url.rstrip("/").removesuffix("/v1"))
        self._capabilities: Capabilities | None = None
        self._adapters: dict[str, int] = {}  # llama-server's own: name of the file without its ending -> number

    async def __aenter__(self) -> OpenAI:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def health(self) -> Health:
        """Does the server answer, and does it have the model?"""
        entry = await attempt(self._entry())
        return Health(False, str(entry)) if isinstance(entry, EngineError) else Health(True)

    async def capabilities(self) -> Capabilities:
        """The context is what the settings say, or what the server tells (vLLM, llama-server) if that is less."""
        if self._capabilities is None:
            entry = await self._entry()
            meta = entry.get("meta")
            told = entry.get("max_model_len")
            if isinstance(meta, dict):
                told = told or meta.get("n_ctx") or meta.get("n_ctx_train")
            wanted = self._settings.context_tokens
            context = min(wanted, told) if isinstance(told, int) else wanted
            llama = entry.get("owned_by") == "llamacpp"
            self._adapters = await self._loaded_adapters() if llama else {}
            gguf = await self._model_file() if llama else None
            self._capabilities = Capabilities(
                context, schema=True, coefficients=bool(self._adapters), scores=llama, gguf=gguf, tools=True
            )
        return self._capabilities

    def serve(self, sets: Mapping[str, Path]) -> None:
        """Nothing can be done from here: the server has what it was started with."""

    async def generate(self, request: Request) -> AsyncGenerator[Answer, None]:
        """One request an answer, some at a time."""
        check_room(request, (await self.capabilities()).context)
        body = _body(request, self.model) | self._adapted(request.coefficients)
        jobs = [partial(self._chat, body | {"seed": request.seed + i}, request) for i in range(request.n)]
        answers = as_ready(jobs, limit=_AT_ONCE, server=_SERVER, seconds=request.deadline)
        async with aclosing(answers):
            async for answer in answers:
                yield answer

    async def score(self, messages: Sequence[Message], texts: Sequence[str], coefficients: str = "") -> Sequence[float]:
        """Only llama-server can, by its own calls, which lie beside OpenAI's."""
        await self.capabilities()
        return await log_likelihoods(self._ask_llama, messages, texts, self._adapted(coefficients))

    def _adapted(self, coefficients: str) -> dict[str, Any]:
        """The field that switches the adapter; in every request, as one without it may reuse the last one's cache."""
        if coefficients and coefficients not in self._adapters:
            raise CoefficientsMissing(
                f"{_SERVER} was not started with the coefficients {coefficients}; see `sleepy coefficients export`. "
                "The bare model answers."
            )
        scales = [{"id": number, "scale": float(name == coefficients)} for name, number in self._adapters.items()]
        return {"lora": scales} if scales else {}

    async def _loaded_adapters(self) -> dict[str, int]:
        status, told = await self._llama.json("GET", "/lora-adapters")
        entries = told if status == 200 and isinstance(told, list) else []
        return {Path(str(entry.get("path"))).stem: int(entry["id"]) for entry in entries if "id" in entry}

    async def _model_file(self) -> Path | None:
        status, told = await self._llama.json("GET", "/props")
        path = Path(str(told.get("model_path"))) if status == 200 and isinstance(told, dict) else Path()
        return path if path.is_file() else None

    async def _ask_llama(self, path: str, body: Mapping[str, Any]) -> Any:
        async with self._llama.request("POST", path, body) as response:
            if response.status != 200:
                raise self._error(response.status, *await self._llama.error_text(response))
            return parse(_SERVER, await response.read())

    async def aclose(self) -> None:
        """Close connections."""
        await self._connection.aclose()
        await self._llama.aclose()

    async def _entry(self) -> dict[str, Any]:
        status, answer = await self._connection.json("GET", "/models")
        entries = answer.get("data") if isinstance(answer, dict) else None
        if status != 200 or not isinstance(entries, list):
            raise BadAnswer(f"What answers at {self._connection.url} is not an OpenAI-compatible server.")
        models: list[dict[str, Any]] = [entry for entry in entries if isinstance(entry, dict)]
        for entry in models:
            if self.model == entry.get("id") or self.model in (entry.get("aliases") or ()):
                return entry
        # llama-server has one model and does not look at the name.
        if len(models) == 1 and models[0].get("owned_by") == "llamacpp":
            return models[0]
        raise self._missing(", ".join(str(entry.get("id")) for entry in models[:5]) or "none")

    def _missing(self, available: str = "") -> ModelMissing:
        has = f"; it has: {available}" if available else ""
        return ModelMissing(
            f"The server at {self._connection.url} does not have the model {self.model}{has}. Set engine.model."
        )

    async def _chat(self, body: dict[str, Any], request: Request) -> AsyncGenerator[Answer, None]:
        started, draft = time.monotonic(), Draft(request.max_tokens)
        finish = ""
        usage: dict[str, Any] = {}
        calls: dict[int, list[str]] = {}  # name and the pieces of the arguments
        async with self._connection.request("POST", "/chat/completions", body) as response:
            if response.status != 200:
                raise self._error(response.status, *await self._connection.error_text(response))
            async with aclosing(self._connection.lines(response)) as lines:
                async for line in lines:
                    data = line.removeprefix(b"data:").strip()
                    if not line.startswith(b"data:") or not data:
                        if line.startswith((b":", b"event:", b"id:", b"retry:")):
                            continue  # comments and fields of server-sent events that we have no use for
                        raise BadAnswer(f"{_SERVER} sent a line that is not an event: {line[:80]!r}")
                    if data == b"[DONE]":
                        break
                    chunk = parse(_SERVER, data)
                    if not isinstance(chunk, dict):
                        raise BadAnswer(f"{_SERVER} sent an event that is not an object.")
                    if "error" in chunk:
                        raise self._error(response.status, *error_of(chunk))
                    piece, ended = _read(chunk)
                    _collect(calls, chunk)
                    usage, finish = chunk.get("usage") or usage, ended or finish
                    if not draft.add(piece):
                        finish = "length"
                        break
        if not finish:
            raise BadAnswer(f"{_SERVER} ended its stream in the middle of an answer.")
        yield Answer(
            draft.text,
            usage.get("prompt_tokens") or estimate_messages(request.messages),
            usage.get("completion_tokens") or draft.tokens,
            time.monotonic() - started,
            "length" if finish == "length" else "stop",
            tuple(ToolCall(name, _arguments("".join(pieces))) for name, *pieces in calls.values()),
        )

    def _error(self, status: int, sentence: str, kind: str) -> EngineError:
        if status == 404:
            return self._missing()
        if is_overflow(sentence, kind):
            return ContextOverflow(f"{_SERVER} says that the prompt is too long: {sentence}")
        return EngineError(f"{_SERVER} cannot answer: {sentence}")


def _read(chunk: dict[str, Any]) -> tuple[str, str]:
    """The piece of text and the reason of the end in a `chat.completion.chunk`, either of them perhaps empty."""
    try:
        choices = chunk.get("choices") or []
        if not choices:
            return "", ""
        return (choices[0].get("delta") or {}).get("content") or "", choices[0].get("finish_reason") or ""
    except (AttributeError, KeyError, TypeError):
        raise BadAnswer(f"{_SERVER} sent a chunk that is not one of a chat.") from None


def _collect(calls: dict[int, list[str]], chunk: dict[str, Any]) -> None:
    """Add a chunk's pieces of tool calls: the name comes first, the arguments in pieces of JSON."""
    for choice in chunk.get("choices") or ():
        told = (choice.get("delta") or {}).get("tool_calls")
        for piece in told if isinstance(told, list) else ():
            function = piece.get("function") if isinstance(piece, dict) else None
            if isinstance(function, dict):
                call = calls.setdefault(int(piece.get("index") or 0), [""])
                call[0] += str(function.get("name") or "")
                call.append(str(function.get("arguments") or ""))


def _arguments(told: str) -> dict[str, Any]:
    try:
        arguments = json.loads(told or "{}")
    except ValueError:
        return {}
    return arguments if isinstance(arguments, dict) else {}


def _body(request: Request, model: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": message.role, "content": message.content} for message in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
    }
    if request.tools:
        body["tools"] = tool_list(request)
    if request.stop:
        body["stop"] = list(request.stop)
    if request.schema is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": request.schema},
        }
    return body
