"""What every engine promises, held against real servers with a real (small) model behind them."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import aclosing
from dataclasses import replace

import pytest

from sleepy_core.engines.protocol import Answer, Engine, Message, Request
from sleepy_core.errors import ContextOverflow, EngineError

pytestmark = pytest.mark.slow

CAPITAL = (Message("system", "You answer in one short sentence."), Message("user", "What is the capital of France?"))
LONG = (Message("user", "Count from one to one thousand, in words, and leave nothing out."),)
# Whatever the model thinks of it, it cannot end before it has written four hundred numbers.
ENDLESS = Request(LONG, n=2, max_tokens=900, schema={"type": "array", "items": {"type": "integer"}, "minItems": 400})


async def answers(engine: Engine, request: Request) -> list[Answer]:
    patient = replace(request, deadline=100)  # the machine may be busy with other tests
    async with aclosing(engine.generate(patient)) as stream:  # type: ignore[type-var]
        return [answer async for answer in stream]


async def test_answers_with_text_and_exact_counts(engine: Engine) -> None:
    (answer,) = await answers(engine, Request(CAPITAL, max_tokens=24))
    assert answer.text.strip()
    assert 20 <= answer.prompt_tokens <= 60
    assert 1 <= answer.answer_tokens <= 24
    assert answer.seconds > 0


async def test_gives_as_many_answers_as_were_asked_for(engine: Engine) -> None:
    found = await answers(engine, Request(CAPITAL, n=3, temperature=1.0, seed=7, max_tokens=16))
    assert len(found) == 3
    assert len({answer.text for answer in found}) > 1
    assert all(0 < answer.answer_tokens <= 16 for answer in found)


async def test_more_answers_than_fit_at_once_come_too(engine: Engine) -> None:
    assert len(await answers(engine, Request(CAPITAL, n=6, temperature=1.0, max_tokens=3))) == 6


async def test_the_same_seed_gives_the_same_answer(engine: Engine) -> None:
    request = Request(CAPITAL, temperature=0.0, seed=3, max_tokens=8)
    texts = [(await answers(engine, request))[0].text for _ in range(3)]
    # The first may differ in the last bit: it evaluates the prompt in larger pieces than those that find it cached.
    assert texts[1] == texts[2]


async def test_says_when_the_answer_was_cut(engine: Engine) -> None:
    (answer,) = await answers(engine, Request(LONG, max_tokens=5))
    assert answer.finish == "length"
    assert answer.answer_tokens == 5


async def test_stops_at_a_stop_word(engine: Engine) -> None:
    messages = (Message("user", "Repeat exactly: alpha, beta, gamma, delta."),)
    (whole,) = await answers(engine, Request(messages, max_tokens=30))
    word = whole.text.split()[1].strip(",.")
    (stopped,) = await answers(engine, Request(messages, max_tokens=30, stop=(word,)))
    assert word not in stopped.text
    assert stopped.finish == "stop"


async def test_an_answer_follows_its_schema(engine: Engine) -> None:
    schema = {
        "type": "object",
        "properties": {"line": {"type": "integer"}, "kind": {"enum": ["borrow", "clone"]}},
        "required": ["line", "kind"],
        "additionalProperties": False,
    }
    assert (await engine.capabilities()).schema
    (answer,) = await answers(engine, Request(CAPITAL, max_tokens=200, schema=schema))
    found = json.loads(answer.text)
    assert isinstance(found["line"], int)
    assert found["kind"] in ("borrow", "clone")


async def test_a_prompt_longer_than_the_context_is_an_error_not_a_truncation(engine: Engine) -> None:
    with pytest.raises(ContextOverflow, match="context"):
        await answers(engine, Request((Message("user", "let x = 1;\n" * 2000),), max_tokens=5))


async def test_an_overflow_that_the_estimate_missed_is_caught_from_the_servers_own_count(engine: Engine) -> None:
    # Made of syllables that are estimated at one token each and have several.
    text = " ".join(["qzxvk"] * 900)
    with pytest.raises(ContextOverflow):
        await answers(engine, Request((Message("user", text),), max_tokens=5))


async def test_says_how_likely_a_given_answer_is(engine: Engine) -> None:
    if not (await engine.capabilities()).scores:
        with pytest.raises(EngineError, match="how likely"):
            await engine.score(CAPITAL, ["Paris."])
        return
    likely, unlikely, quoted = await engine.score(
        CAPITAL, ["The capital of France is Paris.", "Kapital fish purple.", 'A "quoted"\n\tline é 🦀']
    )
    assert unlikely < likely < 0
    assert quoted < 0
    (again,) = await engine.score(CAPITAL, ["The capital of France is Paris."])
    assert abs(again - likely) < 0.5  # batches of other sizes differ in the last bits of each token


async def test_is_healthy_and_knows_its_context(engine: Engine) -> None:
    started = time.monotonic()
    health = await engine.health()
    assert health.ok, health.problem
    assert time.monotonic() - started < 2
    assert (await engine.capabilities()).context == 1024


async def test_cancelling_really_stops_the_server(engine: Engine) -> None:
    """Else the next answer would have to wait for hundreds of numbers."""
    await answers(engine, Request(CAPITAL, max_tokens=1))
    task = asyncio.create_task(answers(engine, ENDLESS))
    await asyncio.sleep(2)
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    started = time.monotonic()
    await answers(engine, Request(CAPITAL, max_tokens=1))
    assert time.monotonic() - started < 12


async def test_closing_the_iterator_early_stops_the_rest(engine: Engine) -> None:
    stream = engine.generate(Request(LONG, n=6, max_tokens=60, temperature=1.0))
    async with aclosing(stream):  # type: ignore[type-var]
        first = await anext(stream)
    assert first.text
    assert (await answers(engine, Request(CAPITAL, max_tokens=1)))[0].answer_tokens == 1


async def test_two_requests_at_once_are_both_answered(engine: Engine) -> None:
    both = await asyncio.gather(*(answers(engine, Request(CAPITAL, n=2, seed=i, max_tokens=6)) for i in range(2)))
    assert [len(found) for found in both] == [2, 2]
