"""What the clients do when a server goes wrong: one sentence each, at once, and never more than was asked for."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import aclosing

import pytest

from helpers.fault_server import MODEL, Faults, serving
from sleepy_core.engines.ollama import Ollama
from sleepy_core.engines.openai import OpenAI
from sleepy_core.engines.protocol import Answer, Message, Request, Tool, ToolCall
from sleepy_core.errors import BadAnswer, ContextOverflow, EngineDown, EngineError, EngineTimeout, ModelMissing
from sleepy_core.settings import EngineSettings

ASKED = Request((Message("user", "Fix it."),), max_tokens=50, deadline=10)


def client(kind: str, url: str, **changes: object) -> Ollama | OpenAI:
    made = {"ollama": Ollama, "openai": OpenAI}[kind]
    values = {"model": MODEL, "ollama_url": url, "openai_url": url + "/v1"} | changes
    return made(EngineSettings.model_validate(values))


async def answers(engine: Ollama | OpenAI, request: Request = ASKED) -> list[Answer]:
    async with aclosing(engine.generate(request)) as stream:
        return [answer async for answer in stream]


@pytest.fixture(params=["ollama", "openai"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize(
    ("fault", "error", "sentence"),
    [
        ("missing", ModelMissing, MODEL),
        ("internal", EngineError, "llama runner process has terminated"),
        ("html", EngineError, "status 502: <html>Bad gateway"),
        ("overflow", ContextOverflow, "4531 tokens"),
        ("redirect", EngineError, "status 307"),
        ("cut", BadAnswer, "not JSON"),
        ("early end", BadAnswer, "middle of an answer"),
        ("reset", BadAnswer, "broke off"),
        ("not json", BadAnswer, "not JSON"),
        ("not an object", BadAnswer, "not an object"),
        ("strange object", BadAnswer, "sent a chunk|middle of"),
        ("error line", EngineError, "unexpected EOF"),
        ("endless line", BadAnswer, "bytes"),
    ],
)
async def test_a_fault_is_one_sentence(kind: str, fault: str, error: type[EngineError], sentence: str) -> None:
    async with serving(Faults(fault)) as url, client(kind, url) as engine:
        with pytest.raises(error, match=sentence) as caught:
            await answers(engine)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("fault", ["never", "drip"])
async def test_a_server_that_does_not_finish_is_left_at_the_deadline(kind: str, fault: str) -> None:
    faults = Faults()
    async with serving(faults) as url, client(kind, url) as engine:
        await engine.capabilities()
        faults.fault = fault
        started = time.monotonic()
        with pytest.raises(EngineTimeout, match=r"0\.4 seconds"):
            await answers(engine, Request(ASKED.messages, n=6, max_tokens=10_000, deadline=0.4))
        assert time.monotonic() - started < 2
        await left(faults, 4)


@pytest.mark.parametrize("fault", ["endless", "huge piece"])
async def test_an_answer_without_an_end_is_cut_at_what_was_asked_for(kind: str, fault: str) -> None:
    faults = Faults(fault)
    async with serving(faults) as url, client(kind, url) as engine:
        (answer,) = await answers(engine)
        assert answer.finish == "length"
        assert len(answer.text) <= 50 * 32
        assert answer.prompt_tokens > 0
        if fault == "endless":
            await left(faults, 1)


async def test_closing_the_iterator_closes_every_connection(kind: str) -> None:
    faults = Faults("drip")
    async with serving(faults) as url, client(kind, url) as engine:
        task = asyncio.create_task(answers(engine, Request(ASKED.messages, n=3, max_tokens=10_000)))
        while faults.open < 3:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await left(faults, 3)


async def test_each_answer_has_a_seed_of_its_own(kind: str) -> None:
    faults = Faults()
    async with serving(faults) as url, client(kind, url) as engine:
        found = await answers(engine, Request(ASKED.messages, n=6, seed=10))
    assert [answer.text for answer in found] == ["let x;"] * 6
    assert sorted((body.get("options") or body)["seed"] for body in faults.asked) == [10, 11, 12, 13, 14, 15]


async def test_a_missing_count_is_estimated(kind: str) -> None:
    async with serving(Faults("no count")) as url, client(kind, url) as engine:
        (answer,) = await answers(engine)
    assert answer.prompt_tokens > 0
    assert answer.answer_tokens == 2


async def test_a_prompt_that_cannot_fit_is_not_sent(kind: str) -> None:
    faults = Faults()
    async with serving(faults) as url, client(kind, url, context_tokens=512) as engine:
        with pytest.raises(ContextOverflow, match="holds 512"):
            await answers(engine, Request((Message("user", "let x = 1;\n" * 400),)))
    assert faults.asked == []


async def test_a_prompt_that_the_server_has_cut_is_an_error() -> None:
    async with serving(Faults("truncated")) as url, client("ollama", url) as engine:
        with pytest.raises(ContextOverflow, match="4096"):
            await answers(engine)


async def test_nothing_at_the_address_is_told_in_one_sentence(kind: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    async with client(kind, url) as engine:
        health = await engine.health()
        assert not health.ok
        assert health.problem.startswith("Nothing answers at")
        with pytest.raises(EngineDown, match="Nothing answers at"):
            await answers(engine)


async def test_health_waits_two_seconds_at_most(kind: str) -> None:
    async with serving(Faults("never")) as url, client(kind, url) as engine:
        started = time.monotonic()
        health = await engine.health()
        assert not health.ok
        assert "2 seconds" in health.problem
        assert time.monotonic() - started < 2.5


async def test_a_stranger_on_the_port_is_not_taken_for_a_model_server(kind: str) -> None:
    async with serving(Faults("stranger")) as url, client(kind, url) as engine:
        health = await engine.health()
        assert not health.ok
        assert "not JSON" in health.problem


async def test_a_missing_model_is_told_with_what_to_do(kind: str) -> None:
    async with serving(Faults()) as url, client(kind, url, model="qwen:7b") as engine:
        health = await engine.health()
        assert not health.ok
        assert {"ollama": "run: ollama pull qwen:7b", "openai": f"it has: {MODEL}"}[kind] in health.problem
        with pytest.raises(ModelMissing):
            await answers(engine)


@pytest.mark.parametrize("host", ["192.0.2.7", "models.example.com", "127.0.0.1.example.com", "[2001:db8::1]"])
async def test_another_machine_is_asked_only_when_that_is_allowed(kind: str, host: str) -> None:
    async with client(kind, f"http://{host}:11434") as engine:
        with pytest.raises(EngineError, match=r"the code around each error.*engine\.allow_remote"):
            await answers(engine)
        assert "another machine" in (await engine.health()).problem


@pytest.mark.parametrize(
    "url", ["", "localhost:11434", "ftp://127.0.0.1", "http://", "http://[::1", "http://127.0.0.1:99999"]
)
async def test_an_address_that_is_none_is_told(kind: str, url: str) -> None:
    async with client(kind, url) as engine:
        health = await engine.health()
        assert not health.ok
        assert "http://127.0.0.1:11434" in health.problem


@pytest.mark.parametrize(
    ("model", "show"), [("gpt-oss:120b-cloud", {}), (MODEL, {"remote_host": "https://ollama.com:443"})]
)
async def test_a_model_that_ollama_runs_in_its_cloud_is_another_machine(model: str, show: dict[str, str]) -> None:
    faults = Faults(show=show)
    async with serving(faults) as url, client("ollama", url, model=model) as engine:
        with pytest.raises(EngineError, match="not on this machine"):
            await answers(engine)
    assert faults.asked == []


@pytest.mark.parametrize(("capabilities", "think"), [(["completion", "thinking"], False), (["completion"], None)])
async def test_a_model_that_thinks_is_told_not_to(capabilities: list[str], think: bool | None) -> None:
    faults = Faults(show={"capabilities": capabilities})
    async with serving(faults) as url, client("ollama", url) as engine:
        await answers(engine)
    assert faults.asked[0].get("think") is think


async def test_no_proxy_sees_what_is_sent(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://192.0.2.1:3128")
    async with serving(Faults()) as url, client(kind, url) as engine:
        assert len(await answers(engine)) == 1


async def left(faults: Faults, clients: int) -> None:
    """Wait until the server has seen that its clients are gone."""
    async with asyncio.timeout(5):
        while faults.left < clients or faults.open:
            await asyncio.sleep(0.01)


async def test_a_tool_call_comes_with_its_arguments_and_the_server_hears_of_the_tools(kind: str) -> None:
    tool = Tool("open_file", "Show a file.", {"type": "object", "properties": {"file": {"type": "string"}}})
    faults = Faults("tool call", show={"capabilities": ["completion", "tools"]})
    async with serving(faults) as url, client(kind, url) as engine:
        assert (await engine.capabilities()).tools
        (answer,) = await answers(engine, Request(ASKED.messages, max_tokens=50, tools=(tool,)))
    assert answer.calls == (ToolCall("open_file", {"file": "src/lib.rs"}),)
    assert [told["function"]["name"] for told in faults.asked[-1]["tools"]] == ["open_file"]


async def test_a_strange_tool_call_is_one_without_arguments(kind: str) -> None:
    async with serving(Faults("strange tool call")) as url, client(kind, url) as engine:
        (answer,) = await answers(engine)
    assert answer.calls == (ToolCall("search", {}),)
