"""Ollama's HTTP API, as far as we use it; the embedded engine speaks the same.

Written against Ollama 0.11.4 (the tests run a real one) and what 0.33 documents: docs/api.md of ollama/ollama.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from sleepy_core.engines.http import Connection, Draft, as_ready, attempt, check_address, error_of, parse
from sleepy_core.engines.protocol import Answer, Capabilities, Health, Message, Request, ToolCall
from sleepy_core.engines.tokens import estimate_messages
from sleepy_core.engines.turns import Turns
from sleepy_core.errors import BadAnswer, CoefficientsMissing, ContextOverflow, EngineError, ModelMissing
from sleepy_core.settings import EngineSettings

# More requests than these only wait in Ollama's own queue.
_AT_ONCE = 4


_DERIVED = "sleepy-"  # begins the names of the models that we make there


class Ollama:
    """A model on an Ollama server.

    It takes no coefficients with a request. A set is a model of its own there: the base with an adapter, whose weights
    are not copied. Of two such models one is loaded at a time, so requests take turns by set.
    """

    name = "ollama"

    def __init__(self, settings: EngineSettings) -> None:
        self.model = settings.model
        self._settings = settings
        self._api = OllamaApi(
            Connection(
                "Ollama",
                settings.ollama_url,
                allow_remote=settings.allow_remote,
                hint="start Ollama (`ollama serve`), or choose another engine (engine.name).",
            ),
            missing=f"Ollama does not have the model {settings.model}; run: ollama pull {settings.model}",
        )
        self._shown: dict[str, Any] | None = None
        self._sets: dict[str, Path] = {}
        self._obsolete: set[str] = set()  # sets that have a model there, and are not served any more
        self._made: set[str] = set()
        self._making = asyncio.Lock()
        self._turns = Turns()

    async def __aenter__(self) -> Ollama:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def health(self) -> Health:
        """Does the server answer, and does it have the model?"""
        version = await attempt(self._api.version())
        if isinstance(version, EngineError):
            return Health(False, str(version))
        shown = await attempt(self._show())
        if isinstance(shown, EngineError):
            return Health(False, str(shown), version)
        return Health(True, version=version)

    async def capabilities(self) -> Capabilities:
        """The context is what the settings ask for, or the model's own where that is smaller."""
        shown = await self._show()
        wanted = self._settings.context_tokens
        context = min(wanted, context_length(shown) or wanted)
        tools = "tools" in (shown.get("capabilities") or ())
        return Capabilities(context, schema=True, coefficients=True, gguf=model_file(shown), tools=tools)

    def serve(self, sets: Mapping[str, Path]) -> None:
        """A model is made of each set when a request names it; those of sets that are gone are deleted then."""
        self._obsolete |= self._made - set(sets)
        self._sets = dict(sets)

    async def generate(self, request: Request) -> AsyncGenerator[Answer, None]:
        """One request an answer, some at a time."""
        context = (await self.capabilities()).context
        check_room(request, context)
        model = await self._model_of(request.coefficients, request.deadline)
        body = chat_body(request, model, context) | {"keep_alive": self._settings.keep_alive}
        if "thinking" in ((await self._show()).get("capabilities") or ()):
            body["think"] = False  # the thoughts would use up the answer's tokens
        jobs = [
            partial(self._api.chat, body | {"options": body["options"] | {"seed": request.seed + i}}, request)
            for i in range(request.n)
        ]
        async with self._turns.turn(model):
            answers = as_ready(jobs, limit=_AT_ONCE, server="Ollama", seconds=request.deadline)
            async with aclosing(answers):
                async for answer in answers:
                    yield answer

    async def score(self, messages: Sequence[Message], texts: Sequence[str], coefficients: str = "") -> Sequence[float]:
        """Ollama tells the likelihood only of what it writes by itself."""
        raise EngineError("Ollama cannot say how likely a given answer is.")

    async def make_model(self, name: str, file: Path, *, merged: bool) -> None:
        """Make a model on the server for the user to keep: of a merged GGUF model, or of an adapter above this one."""
        await (self._api.create_merged if merged else self._api.create)(name, self.model, file)

    async def aclose(self) -> None:
        """Close connections. Ollama itself stays, and unloads the model after `keep_alive`."""
        await self._api.connection.aclose()

    async def _model_of(self, coefficients: str, seconds: float) -> str:
        """The model that answers with a set: made on the server, if it is not there yet."""
        if not coefficients:
            return self.model
        if coefficients not in self._sets:
            raise CoefficientsMissing(f"Ollama has no coefficients {coefficients!r}. The bare model answers.")
        name = f"{_DERIVED}{coefficients}"
        async with self._making:
            if coefficients not in self._made:
                try:
                    async with asyncio.timeout(seconds):
                        await self._api.create(name, self.model, self._sets[coefficients])
                except (EngineError, OSError, TimeoutError) as error:
                    raise CoefficientsMissing(
                        f"Ollama cannot take the coefficients {coefficients}: {error or 'it took too long'}. "
                        "The bare model answers."
                    ) from error
                self._made.add(coefficients)
            for old in sorted(self._obsolete - set(self._sets)):
                await attempt(self._api.delete(f"{_DERIVED}{old}"))
                self._made.discard(old)
            self._obsolete.clear()
        return name

    async def _show(self) -> dict[str, Any]:
        if self._shown is None:
            check_address(self._api.connection.url, allow_remote=self._settings.allow_remote)
            # Ollama runs some models in its own cloud, under the same local address.
            cloud = self.model.endswith(("-cloud", ":cloud"))
            shown = {} if cloud and not self._settings.allow_remote else await self._api.show(self.model)
            if (cloud or shown.get("remote_host")) and not self._settings.allow_remote:
                host = shown.get("remote_host") or "ollama.com"
                raise EngineError(
                    f"{self.model} runs on {host}, not on this machine, and the code around each error would be sent "
                    "there. Choose a local model, or set engine.allow_remote to true if you want that."
                )
            self._shown = shown
        return self._shown


class OllamaApi:
    """The calls themselves, for Ollama and for the embedded engine."""

    def __init__(self, connection: Connection, *, missing: str) -> None:
        self.connection = connection
        self._missing = missing

    async def version(self) -> str:
        """GET /api/version."""
        status, answer = await self.connection.json("GET", "/api/version")
        if status != 200 or not isinstance(answer, dict):
            raise BadAnswer(f"What answers at {self.connection.url} is not {self.connection.server}.")
        return str(answer.get("version", ""))

    async def show(self, model: str) -> dict[str, Any]:
        """POST /api/show: what the model is. Raises `ModelMissing`."""
        status, answer = await self.connection.json("POST", "/api/show", {"model": model})
        if status != 200 or not isinstance(answer, dict):
            raise self._error(status, *error_of(answer))
        return answer

    async def create(self, model: str, base: str, adapter: Path) -> None:
        """A model that is another with a GGUF adapter above it; the other's weights are not copied."""
        await self._create({"model": model, "from": base, "adapters": {"adapter.gguf": await self._blob(adapter)}})

    async def create_merged(self, model: str, base: str, file: Path) -> None:
        """A model from a GGUF file, with the template and system message of another."""
        shown = await self.show(base)
        told = {key: shown[key] for key in ("template", "system", "license") if shown.get(key)}
        await self._create({"model": model, "files": {"model.gguf": await self._blob(file)}, **told})

    async def _blob(self, file: Path) -> str:
        """Upload a file, unless it is there already; its digest."""
        digest = f"sha256:{await asyncio.to_thread(_sha256, file)}"
        async with self.connection.request("HEAD", f"/api/blobs/{digest}") as response:
            missing = response.status == 404
        if missing:
            async with self.connection.request("POST", f"/api/blobs/{digest}", data=file) as response:
                if response.status not in (200, 201):
                    raise self._error(response.status, *await self.connection.error_text(response))
        return digest

    async def _create(self, body: dict[str, Any]) -> None:
        """POST /api/create."""
        async with self.connection.request("POST", "/api/create", body | {"stream": False}) as response:
            if response.status != 200:
                raise self._error(response.status, *await self.connection.error_text(response))
            said = parse(self.connection.server, await response.read())
        if not isinstance(said, dict) or said.get("status") != "success":
            raise self._error(200, *error_of(said))

    async def delete(self, model: str) -> None:
        """DELETE /api/delete; one that is not there is none to delete."""
        async with self.connection.request("DELETE", "/api/delete", {"model": model}) as response:
            if response.status not in (200, 404):
                raise self._error(response.status, *await self.connection.error_text(response))

    async def chat(self, body: dict[str, Any], request: Request, count: int = 1) -> AsyncGenerator[Answer, None]:
        """POST /api/chat, streamed: `count` answers, told apart by the field `index` where there are several."""
        server, started = self.connection.server, time.monotonic()
        drafts = {index: Draft(request.max_tokens) for index in range(count)}
        calls: list[ToolCall] = []  # Ollama has one answer a stream
        async with self.connection.request("POST", "/api/chat", body) as response:
            if response.status != 200:
                raise self._error(response.status, *await self.connection.error_text(response))
            async with aclosing(self.connection.lines(response)) as lines:
                async for line in lines:
                    chunk = parse(server, line)
                    if not isinstance(chunk, dict):
                        raise BadAnswer(f"{server} sent a line that is not an object.")
                    if "error" in chunk:
                        raise self._error(response.status, *error_of(chunk))
                    index = chunk.get("index", 0)
                    draft = drafts.get(index) if isinstance(index, int) else None
                    if draft is None:
                        continue  # its answer has been cut off already
                    message = chunk.get("message")
                    whole = draft.add(str(message.get("content") or "")) if isinstance(message, dict) else True
                    calls += _calls(message)
                    if chunk.get("done") or not whole:
                        answer = self._answer(chunk, draft, body, request, time.monotonic() - started)
                        yield replace(answer, calls=tuple(calls))
                        del drafts[index]
                        if not drafts:
                            return
        raise BadAnswer(f"{server} ended its stream in the middle of an answer.")

    async def score(
        self, model: str, messages: Sequence[Message], texts: Sequence[str], coefficients: str
    ) -> tuple[float, ...]:
        """POST /api/score: the embedded engine's own; see `sleepy_core.engines.scoring`."""
        turns = [{"role": message.role, "content": message.content} for message in messages]
        body = {"model": model, "messages": turns, "texts": list(texts), "coefficients": coefficients}
        async with self.connection.request("POST", "/api/score", body) as response:
            if response.status != 200:
                raise self._error(response.status, *await self.connection.error_text(response))
            answer = parse(self.connection.server, await response.read())
        scores = answer.get("scores") if isinstance(answer, dict) else None
        if not isinstance(scores, list) or len(scores) != len(texts):
            raise BadAnswer(f"{self.connection.server} did not rate every answer.")
        return tuple(float(score) for score in scores)

    def _answer(
        self, last: dict[str, Any], draft: Draft, body: dict[str, Any], request: Request, seconds: float
    ) -> Answer:
        context = body["options"]["num_ctx"]
        # Older versions leave the count out when the whole prompt was in their cache.
        prompt = _count(last, "prompt_eval_count") or estimate_messages(request.messages)
        if last.get("done") and _count(last, "prompt_eval_count") >= context:
            # Versions that do not know `shift` cut the prompt's middle out, and answer something.
            raise ContextOverflow(f"The prompt does not fit in the {context} tokens of {body['model']}'s context.")
        tokens = _count(last, "eval_count") or draft.tokens
        cut = not last.get("done") or last.get("done_reason") == "length"
        return Answer(draft.text, prompt, tokens, seconds, "length" if cut else "stop")

    def _error(self, status: int, sentence: str, kind: str) -> EngineError:
        if status == 404:
            return ModelMissing(self._missing)
        if is_overflow(sentence, kind):
            return ContextOverflow(f"{self.connection.server} says that the prompt is too long: {sentence}")
        return EngineError(f"{self.connection.server} cannot answer: {sentence}")


def chat_body(request: Request, model: str, context: int) -> dict[str, Any]:
    """The body of /api/chat for the first of a request's answers."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": message.role, "content": message.content} for message in request.messages],
        "stream": True,
        # Rather an error than a prompt with its middle cut out; versions before 0.12 ignore both.
        "shift": False,
        "truncate": False,
        "options": {
            "temperature": request.temperature,
            "seed": request.seed,
            "num_predict": request.max_tokens,
            "num_ctx": context,
            "stop": list(request.stop),
        },
    }
    if request.schema is not None:
        body["format"] = request.schema
    if request.tools:
        body["tools"] = tool_list(request)
    return body


def tool_list(request: Request) -> list[dict[str, Any]]:
    """The request's tools, as Ollama and OpenAI want them."""
    return [
        {
            "type": "function",
            "function": {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)},
        }
        for tool in request.tools
    ]


def _calls(message: object) -> list[ToolCall]:
    """The tool calls of a chunk; a malformed one asks for a tool that there is none of, and is told so."""
    told = message.get("tool_calls") if isinstance(message, dict) else None
    found = []
    for call in told if isinstance(told, list) else ():
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict):
            arguments = function.get("arguments")
            found.append(ToolCall(str(function.get("name", "")), arguments if isinstance(arguments, dict) else {}))
    return found


def check_room(request: Request, context: int) -> None:
    """Raise `ContextOverflow` for a prompt that cannot fit, before anything is sent."""
    tokens = estimate_messages(request.messages)
    if tokens > context:
        raise ContextOverflow(f"The prompt has about {tokens} tokens, and the model's context holds {context}.")


def context_length(shown: dict[str, Any]) -> int:
    """The longest context that the model was trained for, from /api/show; 0 if it does not say."""
    info = shown.get("model_info") or {}
    return _count(info, f"{info.get('general.architecture')}.context_length")


def model_file(shown: dict[str, Any]) -> Path | None:
    """The GGUF file behind a model, from the FROM line of its Modelfile; None where this machine has no such file."""
    for line in str(shown.get("modelfile") or "").splitlines():
        word, _, rest = line.strip().partition(" ")
        file = Path(rest.strip().strip('"'))
        with contextlib.suppress(OSError):  # Ollama's own user may keep its folder to itself
            if word.upper() == "FROM" and file.is_file():
                return file
    return None


def is_overflow(sentence: str, kind: str) -> bool:
    """Is it the error of a prompt that is too long? llama.cpp has a type for it; others only say so."""
    lower = sentence.lower()
    return kind in ("exceed_context_size_error", "context_length_exceeded") or (
        "context" in lower and any(word in lower for word in ("exceed", "length", "too long", "larger", "maximum"))
    )


def _count(values: dict[str, Any], key: str) -> int:
    value = values.get(key)
    return value if isinstance(value, int) else 0


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
