"""An engine that answers from a queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from sleepy_core.engines.protocol import Answer, Capabilities, Engine, Health, Message, Request


class FakeEngine(Engine):
    """Gives each request the next answers of the queue, as many as it asks for; remembers the requests.

    A string or an `Answer` is an answer, an exception is raised, a number is waited for (seconds); an
    empty queue ends the stream.
    """

    def __init__(
        self,
        *queue: str | Answer | BaseException | float,
        name: str = "fake",
        context: int = 4096,
        schema: bool = False,
        scores: bool = False,
        gguf: Path | None = None,
    ) -> None:
        self.queue = list(queue)
        self.requests: list[Request] = []
        self.served: list[dict[str, Path]] = []
        self.closed = 0
        self._name = name
        self._capabilities = Capabilities(context, schema, scores=scores, gguf=gguf)

    @property
    def name(self) -> str:
        return self._name

    @property
    def model(self) -> str:
        return "fake-1"

    async def health(self) -> Health:
        return Health(True)

    async def capabilities(self) -> Capabilities:
        return self._capabilities

    async def generate(self, request: Request) -> AsyncIterator[Answer]:
        self.requests.append(request)
        given = 0
        try:
            while self.queue and given < request.n:
                step = self.queue.pop(0)
                if isinstance(step, BaseException):
                    raise step
                if isinstance(step, str):
                    step = Answer(step, prompt_tokens=100, answer_tokens=len(step) // 4, seconds=0.1)
                if isinstance(step, Answer):
                    given += 1
                    yield step
                else:
                    await asyncio.sleep(step)
        finally:
            self.closed += 1

    def serve(self, sets: Mapping[str, Path]) -> None:
        self.served.append(dict(sets))

    async def score(self, messages: Sequence[Message], texts: Sequence[str], coefficients: str = "") -> Sequence[float]:
        """The shorter, the likelier."""
        return [-float(len(text)) for text in texts]

    async def aclose(self) -> None:
        pass
