"""Engines to hold to the contract: real servers, started once and stopped for sure."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from helpers import llama_server, ollama_server
from sleepy_core.engines.embedded import Embedded, find_model
from sleepy_core.engines.ollama import Ollama
from sleepy_core.engines.openai import OpenAI
from sleepy_core.engines.protocol import Engine
from sleepy_core.settings import EngineSettings

CONTEXT = 1024


@pytest.fixture(scope="session")
def gguf() -> Path:
    """The small model's file."""
    path = find_model(EngineSettings())
    if path is None:
        pytest.skip("no model package is installed (make setup)")
    return path


@pytest.fixture(scope="session")
def ollama_url(tmp_path_factory: pytest.TempPathFactory, gguf: Path) -> Iterator[str]:
    """A real Ollama."""
    if not ollama_server.binary().exists():
        sentence = f"NO REAL OLLAMA at {ollama_server.binary()}: run `make ollama` (it needs Go); its tests are skipped"
        warnings.warn(sentence, stacklevel=1)
        pytest.skip(sentence)
    with ollama_server.running(tmp_path_factory.mktemp("ollama"), gguf) as url:
        yield url


@pytest.fixture(scope="session")
def llama_url(gguf: Path) -> Iterator[str]:
    """llama.cpp's own server, which speaks OpenAI's API."""
    with llama_server.running(gguf) as url:
        yield url


@pytest.fixture(
    params=[
        pytest.param("embedded", marks=pytest.mark.model),
        pytest.param("ollama", marks=pytest.mark.ollama),
        pytest.param("openai", marks=pytest.mark.model),
    ]
)
async def engine(request: pytest.FixtureRequest, gguf: Path) -> AsyncIterator[Engine]:
    """Each kind of engine, with the same model behind it."""
    match request.param:
        case "embedded":
            made: Embedded | Ollama | OpenAI = Embedded(EngineSettings(context_tokens=CONTEXT))
        case "ollama":
            url = request.getfixturevalue("ollama_url")
            made = Ollama(EngineSettings(model=ollama_server.MODEL, ollama_url=url, context_tokens=CONTEXT))
        case _:
            url = request.getfixturevalue("llama_url")
            made = OpenAI(EngineSettings(model="any", openai_url=url, context_tokens=CONTEXT))
    async with made:
        yield made
