"""Which engine is taken, for which settings and surroundings."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from helpers.fault_server import MODEL, Faults, serving
from sleepy_core.engines.choose import choose_engine
from sleepy_core.settings import EngineSettings

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def model_file(tmp_path: Path) -> str:
    if importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp is not installed")
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF")
    return str(file)


async def test_auto_takes_ollama_when_it_has_the_model(model_file: str) -> None:
    async with serving(Faults()) as url:
        settings = EngineSettings(model=MODEL, ollama_url=url, embedded_model=model_file)
        engine, why = await choose_engine(settings)
        assert engine is not None
        assert (engine.name, engine.model) == ("ollama", MODEL)
        assert why == f"Ollama has {MODEL}."
        await engine.aclose()


@pytest.mark.parametrize("url", [NOBODY, "http://models.example.com"])
async def test_auto_takes_the_embedded_engine_when_ollama_cannot_answer(model_file: str, url: str) -> None:
    engine, why = await choose_engine(EngineSettings(ollama_url=url, embedded_model=model_file))
    assert engine is not None
    assert engine.name == "embedded"
    assert "The embedded engine, with model." in why
    await engine.aclose()


async def test_auto_takes_the_embedded_engine_when_ollama_lacks_the_model(model_file: str) -> None:
    async with serving(Faults()) as url:
        engine, why = await choose_engine(EngineSettings(model="big", ollama_url=url, embedded_model=model_file))
        assert engine is not None
        assert engine.name == "embedded"
        assert "ollama pull big" in why
        await engine.aclose()


async def test_auto_takes_none_and_says_both_reasons(tmp_path: Path) -> None:
    settings = EngineSettings(ollama_url=NOBODY, embedded_model=str(tmp_path / "absent.gguf"))
    engine, why = await choose_engine(settings)
    assert engine is None
    assert "Nothing answers" in why
    assert "absent.gguf" in why or "not installed" in why


async def test_none_asks_nobody() -> None:
    assert (await choose_engine(EngineSettings(name="none")))[0] is None


@pytest.mark.parametrize("name", ["ollama", "openai"])
async def test_a_named_engine_is_given_with_its_problem(name: str) -> None:
    settings = EngineSettings.model_validate({"name": name, "ollama_url": NOBODY, "openai_url": NOBODY})
    engine, why = await choose_engine(settings)
    assert engine is not None
    assert engine.name == name
    assert "Nothing answers" in why
    await engine.aclose()
