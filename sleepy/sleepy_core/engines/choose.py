"""Which engine answers: what the settings say, and for `auto` what there is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from sleepy_core.engines.embedded import Embedded
from sleepy_core.engines.ollama import Ollama
from sleepy_core.engines.openai import OpenAI
from sleepy_core.engines.protocol import Engine
from sleepy_core.errors import SleepyError
from sleepy_core.settings import EngineSettings


async def choose_engine(settings: EngineSettings) -> tuple[Engine | None, str]:
    """The engine to use, and one sentence that says why; the caller closes it.

    `auto` takes Ollama if it has the model, else the embedded engine, else none. An engine that was named is
    given back even if it cannot answer now, since it may come up later: the sentence is then its problem.
    """
    if settings.name == "none":
        return None, "No model is asked: engine.name is `none`."
    if settings.name != "auto":
        engines: dict[str, type[Ollama | OpenAI | Embedded]] = {
            "ollama": Ollama,
            "openai": OpenAI,
            "embedded": Embedded,
        }
        engine = engines[settings.name](settings)
        health = await engine.health()
        return engine, health.problem or f"engine.name is `{settings.name}`, and it has {engine.model}."
    ollama = Ollama(settings)
    at_ollama = await ollama.health()
    if at_ollama.ok:
        return ollama, f"Ollama has {settings.model}."
    await ollama.aclose()
    embedded = Embedded(settings)
    at_hand = await embedded.health()
    if at_hand.ok:
        return embedded, f"The embedded engine, with {embedded.model}. {at_ollama.problem}"
    await embedded.aclose()
    return None, f"No model can be asked. {at_ollama.problem} {at_hand.problem}"


@asynccontextmanager
async def working_engine(settings: EngineSettings, complain: Callable[[str], str]) -> AsyncIterator[Engine]:
    """The chosen engine, closed in the end; where it cannot answer a `SleepyError`, as `complain` words the reason."""
    engine, why = await choose_engine(settings)
    if engine is None:
        raise SleepyError(complain(why))
    try:
        health = await engine.health()
        if not health.ok:
            raise SleepyError(complain(health.problem))
        yield engine
    finally:
        await engine.aclose()


@asynccontextmanager
async def more_of(engine: Engine, settings: EngineSettings, count: int) -> AsyncIterator[tuple[Engine, ...]]:
    """So many more of the embedded engine, each for work of its own; none of a server, which is one whoever asks."""
    if not isinstance(engine, Embedded):
        yield ()
        return
    async with AsyncExitStack() as stack:
        yield tuple([await stack.enter_async_context(Embedded(settings)) for _ in range(count)])
