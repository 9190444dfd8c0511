"""An engine for measurements: what it spent, whether it failed, and the same answer to the same question."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sleepy_core.engines.protocol import Answer, Capabilities, Engine, Health, Message, Request
from sleepy_core.errors import ContextOverflow, EngineError
from sleepy_core.propose.streams import closing


class Metered:
    """The same engine, for one piece of work, which has it for itself meanwhile. Closing it closes nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.prompt_tokens = 0  # of each request once, however many answers it has
        self.answer_tokens = 0
        # Why it could not answer: then nothing is known about the work. A prompt that is too long is no failure of it.
        self.failure: EngineError | None = None
        self._asked = False

    @property
    def name(self) -> str:
        """The engine's."""
        return self._engine.name

    @property
    def model(self) -> str:
        """The engine's."""
        return self._engine.model

    async def health(self) -> Health:
        """The engine's."""
        return await self._engine.health()

    async def capabilities(self) -> Capabilities:
        """The engine's."""
        try:
            return await self._engine.capabilities()
        except EngineError as error:
            self.failure = error
            raise

    def serve(self, sets: Mapping[str, Path]) -> None:
        """The engine's."""
        self._engine.serve(sets)

    async def generate(self, request: Request) -> AsyncGenerator[Answer, None]:
        """The engine's answers, counted."""
        prompt = 0
        request = replace(request, reproducible=True, follows=self._asked)
        self._asked = True
        try:
            async with closing(self._engine.generate(request)) as answers:
                async for answer in answers:
                    self.prompt_tokens += max(0, answer.prompt_tokens - prompt)
                    prompt = max(prompt, answer.prompt_tokens)
                    self.answer_tokens += answer.answer_tokens
                    yield answer
            self.failure = None  # it was asked again, and did answer
        except ContextOverflow:
            raise
        except EngineError as error:
            self.failure = error
            raise

    async def score(self, messages: Sequence[Message], texts: Sequence[str], coefficients: str = "") -> Sequence[float]:
        """The engine's."""
        return await self._engine.score(messages, texts, coefficients)

    async def aclose(self) -> None:
        """Nothing: who opened the engine closes it."""
