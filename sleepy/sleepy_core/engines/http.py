"""What the HTTP engines share: addresses that may be spoken to, lines of a stream, errors, answers in any order."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp

from sleepy_core.engines.protocol import Answer
from sleepy_core.errors import BadAnswer, EngineDown, EngineError, EngineTimeout

HEALTH_SECONDS = 2.0
_CONNECT_SECONDS = 5.0
# No line of a well-behaved stream comes near this; one that does would only fill the memory.
_LONGEST_LINE = 4 * 2**20
_LONGEST_ERROR = 64 * 2**10
# A token is four letters of code on average, and hardly ever more than a word or a run of white space.
_CHARACTERS_PER_TOKEN = 32

_T = TypeVar("_T")


def check_address(url: str, *, allow_remote: bool) -> None:
    """Raise `EngineError` unless the address is a well-formed one on this machine, or remote ones are allowed."""
    host = _host(url)
    if not host:
        raise EngineError(f"{url!r} is not an address of a model server: write it like http://127.0.0.1:11434.")
    if not allow_remote and not is_loopback(host):
        raise EngineError(
            f"{url} is another machine, and the code around each error, with the compiler's message, would be sent "
            "to it. Set engine.allow_remote to true if you want that."
        )


def is_loopback(host: str) -> bool:
    """Is it a name of this machine?"""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:
        return ""
    return parts.hostname or "" if valid else ""


class Connection:
    """HTTP to one server, opened on first use. Its errors are `EngineError`s that name the server."""

    def __init__(self, server: str, url: str, *, allow_remote: bool, hint: str, headers: dict[str, str] | None = None):
        self.server = server
        self.url = url.rstrip("/")
        self._allow_remote = allow_remote
        self._hint = hint
        self._headers = headers or {}
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def request(
        self, method: str, path: str, body: Any = None, data: Path | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One exchange, with a JSON body or a file's content; leaving it early closes the connection, which is how a
        server learns to stop.
        """
        check_address(self.url, allow_remote=self._allow_remote)
        session = self._open()
        with self._translated(), data.open("rb") if data else nullcontext() as content:
            # A redirect could lead code off this machine, so none is followed.
            sent = session.request(method, self.url + path, json=body, data=content, allow_redirects=False)
            async with sent as response:
                try:
                    yield response
                finally:
                    if not response.content.at_eof():
                        response.close()

    async def json(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON answer of a short question, within `HEALTH_SECONDS`."""
        try:
            async with asyncio.timeout(HEALTH_SECONDS), self.request(method, path, body) as response:
                return response.status, parse(self.server, await response.read())
        except TimeoutError:
            raise EngineTimeout(
                f"{self.server} at {self.url} did not answer in {HEALTH_SECONDS:.0f} seconds."
            ) from None

    async def lines(self, response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
        """The non-empty lines of a streamed answer. A last line without an end counts too: its parser judges it."""
        rest = b""
        with self._translated():
            async for chunk in response.content.iter_any():
                *whole, rest = (rest + chunk).split(b"\n")
                for line in whole:
                    if line.strip():
                        yield line
                if len(rest) > _LONGEST_LINE:
                    raise BadAnswer(f"{self.server} sent a line of more than {_LONGEST_LINE} bytes.")
        if rest.strip():
            yield rest

    async def error_text(self, response: aiohttp.ClientResponse) -> tuple[str, str]:
        """What an answer with an error status says, as (sentence, machine-readable type or "")."""
        with self._translated():
            raw = await response.content.read(_LONGEST_ERROR)
        try:
            return error_of(json.loads(raw))
        except ValueError:
            return f"status {response.status}: {raw[:200].decode(errors='replace').strip()}", ""

    async def aclose(self) -> None:
        """Close every connection."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers=self._headers,
                # A fresh connection each time: one that the server has just closed for idleness would lose a request.
                connector=aiohttp.TCPConnector(force_close=True),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
                trust_env=False,  # a proxy would carry the code off this machine
            )
        return self._session

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise EngineDown(f"Nothing answers at {self.url}: {self._hint}") from None
        except (aiohttp.ClientError, ConnectionError) as error:
            raise BadAnswer(f"{self.server} broke off its answer ({type(error).__name__}).") from error


def parse(server: str, raw: bytes) -> Any:
    """JSON that a server promised; `BadAnswer` shows the start of what came instead."""
    try:
        return json.loads(raw)
    except ValueError:
        raise BadAnswer(f"{server} sent something that is not JSON: {raw[:80].decode(errors='replace')!r}") from None


def error_of(value: Any) -> tuple[str, str]:
    """The sentence and the type in `{"error": "…"}` or `{"error": {"message": …, "type": …}}`."""
    error = value.get("error") if isinstance(value, dict) else None
    if isinstance(error, dict):
        return str(error.get("message", error)), str(error.get("type") or error.get("code") or "")
    return str(error if error is not None else value), ""


class Draft:
    """An answer that is still being streamed. It ends by itself at `max_tokens`, whatever the server thinks."""

    def __init__(self, max_tokens: int) -> None:
        self._max_tokens = max_tokens
        self._pieces: list[str] = []
        self._room = max_tokens * _CHARACTERS_PER_TOKEN

    @property
    def tokens(self) -> int:
        """Tokens so far: servers send one a piece."""
        return len(self._pieces)

    def add(self, piece: str) -> bool:
        """Append what came; False once there is more than was asked for."""
        if piece:
            self._pieces.append(piece[: self._room])
            self._room -= len(self._pieces[-1])
        return self._room > 0 and len(self._pieces) <= self._max_tokens

    @property
    def text(self) -> str:
        """All of it so far."""
        return "".join(self._pieces)


async def as_ready(
    jobs: Iterable[Callable[[], AsyncGenerator[Answer, None]]], *, limit: int, server: str, seconds: float
) -> AsyncGenerator[Answer, None]:
    """The answers of several streams, `limit` of which run at a time, each as soon as it is whole.

    The first error ends all of it; after `seconds` that is `EngineTimeout`. Closing the iterator cancels every
    stream and waits until they are closed.
    """
    ready: asyncio.Queue[Answer | Exception | None] = asyncio.Queue()
    gate = asyncio.Semaphore(limit)

    async def run(job: Callable[[], AsyncGenerator[Answer, None]]) -> None:
        try:
            async with asyncio.timeout(seconds), gate, aclosing(job()) as answers:
                async for answer in answers:
                    ready.put_nowait(answer)
            ready.put_nowait(None)
        except TimeoutError:
            ready.put_nowait(EngineTimeout(f"{server} did not finish its answer in {seconds:g} seconds."))
        except Exception as error:
            ready.put_nowait(error)

    tasks = [asyncio.create_task(run(job), name="engine answer") for job in jobs]
    left = len(tasks)
    try:
        while left:
            item = await ready.get()
            if item is None:
                left -= 1
            elif isinstance(item, Exception):
                raise item
            else:
                yield item
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def attempt(question: Awaitable[_T]) -> _T | EngineError:
    """The answer, or the error as a value: for health checks, which never raise."""
    try:
        return await question
    except EngineError as error:
        return error
