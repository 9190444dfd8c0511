"""Coefficient sets through servers that are not ours: a real Ollama, and llama.cpp's own server."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from contextlib import aclosing
from pathlib import Path

import pytest

from helpers import gguf_adapter, llama_server, ollama_server
from sleepy_core.engines.ollama import Ollama
from sleepy_core.engines.openai import OpenAI
from sleepy_core.engines.protocol import Answer, Message, Request
from sleepy_core.errors import CoefficientsMissing
from sleepy_core.settings import EngineSettings

ASKED = (Message("user", "What is the capital of France?"),)


async def say(engine: Ollama | OpenAI, coefficients: str = "") -> str:
    request = Request(ASKED, max_tokens=8, coefficients=coefficients)
    async with aclosing(engine.generate(request)) as stream:
        answers: list[Answer] = [answer async for answer in stream]
    return answers[0].text


def models(url: str) -> set[str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{url}/api/tags", timeout=10) as answer:
        return {model["name"].removesuffix(":latest") for model in json.load(answer)["models"]}


@pytest.fixture
def adapters(tmp_path: Path) -> dict[str, Path]:
    return {
        name: gguf_adapter.write(tmp_path / f"{name}.gguf", seed=seed, scale=0.5)
        for name, seed in (("one", 1), ("two", 2))
    }


@pytest.mark.slow
@pytest.mark.ollama
async def test_on_ollama_each_set_is_a_model_of_its_own_made_when_it_is_asked(
    ollama_url: str, adapters: dict[str, Path]
) -> None:
    settings = EngineSettings(model=ollama_server.MODEL, ollama_url=ollama_url, context_tokens=1024)
    async with Ollama(settings) as engine:
        engine.serve(adapters)
        bare = await say(engine)
        assert models(ollama_url) == {ollama_server.MODEL}
        said = {name: await say(engine, name) for name in ("one", "two")}
        assert len({bare, *said.values()}) == 3
        assert models(ollama_url) == {ollama_server.MODEL, "sleepy-one", "sleepy-two"}
        # At once: they take turns, and each is answered by its own.
        names = ["one", "two", "one", "two"]
        assert await asyncio.gather(*(say(engine, name) for name in names)) == [said[name] for name in names]
        engine.serve({"two": adapters["two"]})
        with pytest.raises(CoefficientsMissing, match="no coefficients 'one'"):
            await say(engine, "one")
        assert await say(engine, "two") == said["two"]
        assert models(ollama_url) == {ollama_server.MODEL, "sleepy-two"}
        engine.serve({})
        assert await say(engine) == bare


@pytest.mark.slow
@pytest.mark.ollama
async def test_what_ollama_cannot_take_is_told_and_the_bare_model_goes_on(ollama_url: str, tmp_path: Path) -> None:
    junk = tmp_path / "junk.gguf"
    junk.write_bytes(b"no adapter")
    settings = EngineSettings(model=ollama_server.MODEL, ollama_url=ollama_url, context_tokens=1024)
    async with Ollama(settings) as engine:
        engine.serve({"junk": junk, "gone": tmp_path / "gone.gguf"})
        for name in ("junk", "gone"):
            with pytest.raises(
                CoefficientsMissing, match=f"cannot take the coefficients {name}: .* bare model answers"
            ):
                await say(engine, name)
        assert await say(engine)


@pytest.mark.slow
@pytest.mark.ollama
async def test_ollama_says_which_file_a_model_is(ollama_url: str, gguf: Path) -> None:
    settings = EngineSettings(model=ollama_server.MODEL, ollama_url=ollama_url)
    async with Ollama(settings) as engine:
        found = (await engine.capabilities()).gguf
    assert found is not None
    assert found.stat().st_size == gguf.stat().st_size


@pytest.mark.slow
@pytest.mark.model
async def test_a_llama_server_answers_with_the_sets_that_it_was_started_with(
    gguf: Path, adapters: dict[str, Path]
) -> None:
    with llama_server.running(gguf, list(adapters.values())) as url:
        async with OpenAI(EngineSettings(model="any", openai_url=url, context_tokens=1024)) as engine:
            capabilities = await engine.capabilities()
            assert capabilities.coefficients
            assert capabilities.gguf == gguf
            names = ("", "one", "two")
            said = {name: await say(engine, name) for name in names}
            assert len(set(said.values())) == 3
            for name in ("two", "", "one"):
                assert await say(engine, name) == said[name]
            rated = {name: await engine.score(ASKED, ["Paris."], name) for name in names}
            assert len({tuple(scores) for scores in rated.values()}) == 3
            with pytest.raises(CoefficientsMissing, match="sleepy coefficients export"):
                await say(engine, "three")


@pytest.mark.slow
@pytest.mark.ollama
@pytest.mark.parametrize("merged", [False, True])
async def test_a_model_for_the_user_to_keep_is_made_on_ollama(
    ollama_url: str, adapters: dict[str, Path], gguf: Path, merged: bool
) -> None:
    settings = EngineSettings(model=ollama_server.MODEL, ollama_url=ollama_url, context_tokens=1024)
    name = f"kept-{merged}".lower()
    async with Ollama(settings) as engine:
        await engine.make_model(name, gguf if merged else adapters["one"], merged=merged)
        assert name in models(ollama_url)
        bare = await say(engine)
    async with Ollama(settings.model_copy(update={"model": name})) as kept:
        # Merged, it is given the model's own file here: with the template of the base it says the same.
        assert (await say(kept) == bare) == merged
