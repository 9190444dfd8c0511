"""How likely a model finds given answers, asked of llama.cpp.

llama.cpp has no call that rates a text. But with a grammar that allows nothing else it has to write the text, and
tells for each token what the unconstrained model gave it (`n_probs`; the probabilities are those before sampling).
The grammar is one of the text's own tokens: one of letters has the model write the text in whatever pieces are
likeliest one by one, which was 20 to 36 nats off for an answer of 22 tokens, and another figure each time.
The prompt is evaluated once and shared by all answers.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from sleepy_core.engines.protocol import SLOTS, Message
from sleepy_core.errors import BadAnswer

# Posts a body to a path of llama.cpp's own server and gives back what it answered.
Ask = Callable[[str, Mapping[str, Any]], Awaitable[Any]]


async def log_likelihoods(
    ask: Ask, messages: Sequence[Message], texts: Sequence[str], extra: Mapping[str, Any]
) -> tuple[float, ...]:
    """The natural logarithm of each text's probability as the answer to `messages`; `extra` goes into each request.

    Raises `BadAnswer`, and whatever `ask` raises.
    """
    turns = [{"role": message.role, "content": message.content} for message in messages]
    prompt = (await ask("/apply-template", {"messages": turns})).get("prompt")
    if not isinstance(prompt, str):
        raise BadAnswer("llama.cpp did not say how it would write the prompt.")
    body = {"prompt": prompt, "temperature": 0, "n_probs": 1, "cache_prompt": True, **extra}
    if not texts:
        return ()
    # The first evaluates the prompt; the others find it there, whichever slot they come to.
    first = await _one(ask, body, texts[0])
    gate = asyncio.Semaphore(SLOTS)

    async def gated(text: str) -> float:
        async with gate:
            return await _one(ask, body, text)

    return first, *await asyncio.gather(*(gated(text) for text in texts[1:]))


async def _one(ask: Ask, body: Mapping[str, Any], text: str) -> float:
    # No token is shorter than a byte, and one ends the answer.
    room = len(text.encode()) + 1
    answer = await ask("/completion", {**body, "grammar": f"root ::= {await _grammar(ask, text)}", "n_predict": room})
    told = answer.get("completion_probabilities") if isinstance(answer, dict) else None
    if not isinstance(told, list) or answer.get("content") != text:
        raise BadAnswer("llama.cpp did not write the answer that it was to rate.")
    return float(sum(token["logprob"] for token in told))


async def _grammar(ask: Ask, text: str) -> str:
    """Nothing but the text: token by token where llama.cpp can, which fails on a letter that is several tokens."""
    ids = (await ask("/tokenize", {"content": text, "add_special": False})).get("tokens") if text.isascii() else None
    return " ".join(f"<[{id_}]>" for id_ in ids) if isinstance(ids, list) and ids else _literal(text)


def _literal(text: str) -> str:
    """The text as a literal of llama.cpp's grammar format, whose escapes are JSON's for what JSON must escape."""
    return json.dumps(text, ensure_ascii=False)
