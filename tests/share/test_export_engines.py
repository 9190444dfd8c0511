"""An adapter on a real model: the engines that people use say with it what transformers and peft say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from helpers import llama_server, ollama_server
from sleepy_core.engines.embedded import Embedded, find_model
from sleepy_core.engines.ollama import Ollama
from sleepy_core.engines.protocol import Message, Request
from sleepy_core.settings import EngineSettings
from sleepy_share.export import to_gguf
from sleepy_share.lora import Lora, write_lora

pytestmark = [pytest.mark.slow, pytest.mark.train, pytest.mark.model, pytest.mark.timeout(300)]

PROMPTS = ("What is the capital of France?", "Write a Rust function that adds two numbers.", "Name three colours.")
TOKENS = 8


@dataclass(frozen=True)
class Trained:
    """What the training side has: the model, its adapter, and what both say, greedily."""

    tokens: dict[str, list[int]]  # of each prompt, in the model's chat template
    adapted: dict[str, list[tuple[int, torch.Tensor]]]  # the likeliest token, and the log-likelihoods of all
    words: dict[str, str]
    bare_words: dict[str, str]
    whole: dict[str, str]  # each prompt as the model sees it
    adapter: Path


@pytest.fixture(scope="module")
def model_file() -> Path:
    found = find_model(EngineSettings())
    if found is None:
        pytest.skip("no model package is installed (make setup)")
    return found


@pytest.fixture(scope="module")
def trained(model_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("trained")
    place: dict[str, Any] = {"pretrained_model_name_or_path": str(model_file.parent), "gguf_file": model_file.name}
    model = AutoModelForCausalLM.from_pretrained(**place, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(**place)
    draw = np.random.default_rng(0)
    factors = {
        name: tuple((draw.standard_normal(s) * 0.06).astype(np.float32) for s in ((n, 4), (4, d)))
        for name, (n, d) in ((n, m.weight.shape) for n, m in model.named_modules() if n.endswith("_proj"))
    }
    write_lora(Lora(factors), folder / "lora")  # type: ignore[arg-type]
    to_gguf(folder / "lora", model_file, folder / "adapter.gguf")
    tokens = {
        prompt: tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}], add_generation_prompt=True, tokenize=True, return_dict=False
        )
        for prompt in PROMPTS
    }
    bare = {prompt: greedy(model, tokens[prompt], tokenizer.eos_token_id) for prompt in PROMPTS}
    adapter = PeftModel.from_pretrained(model, str(folder / "lora")).eval()
    adapted = {prompt: greedy(adapter, tokens[prompt], tokenizer.eos_token_id) for prompt in PROMPTS}

    def words(said: list[tuple[int, torch.Tensor]]) -> str:
        return tokenizer.decode([token for token, _ in said], skip_special_tokens=True)

    return Trained(
        tokens,
        adapted,
        {prompt: words(said) for prompt, said in adapted.items()},
        {prompt: words(said) for prompt, said in bare.items()},
        {prompt: tokenizer.decode(tokens[prompt]) for prompt in PROMPTS},
        folder / "adapter.gguf",
    )


def greedy(model: Any, prompt: list[int], end: int) -> list[tuple[int, torch.Tensor]]:
    """The likeliest tokens one after the other, to the answer's end, with the log-likelihoods of all."""
    said: list[tuple[int, torch.Tensor]] = []
    with torch.no_grad():
        while len(said) < TOKENS and (not said or said[-1][0] != end):
            context = torch.tensor([prompt + [token for token, _ in said]])
            likelihoods = torch.log_softmax(model(context).logits[0, -1].float(), -1)
            said.append((int(likelihoods.argmax()), likelihoods))
    return said


@pytest.fixture(scope="module")
def exact(model_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The model with all weights in float32, as transformers has them."""
    from sleepy_share.gguf_model import GgufModel
    from sleepy_share.merge import copy_metadata

    model = GgufModel(model_file)
    file = tmp_path_factory.mktemp("exact") / "model.gguf"
    writer = gguf.GGUFWriter(file, model.architecture)
    copy_metadata(model, writer)
    for tensor in model.reader.tensors:
        writer.add_tensor(tensor.name, gguf.dequantize(tensor.data, tensor.tensor_type))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    yield file
    file.unlink()  # half a gigabyte


def test_in_float32_llama_cpp_says_every_token_and_every_likelihood_as_peft_does(trained: Trained, exact: Path) -> None:
    assert trained.words != trained.bare_words  # else it would show nothing
    with llama_server.running(exact, [trained.adapter]) as url:
        for prompt, said in trained.adapted.items():
            steps = llama_server.likelihoods(url, trained.tokens[prompt], TOKENS, [1.0])
            assert [max(step, key=lambda token: step[token]) for step in steps] == [token for token, _ in said]
            for step, (_, expected) in zip(steps, said, strict=True):
                likely = {token: value for token, value in step.items() if value > -8}
                assert max(abs(expected[token].item() - value) for token, value in likely.items()) < 0.05


async def test_the_embedded_engine_says_with_the_set_what_peft_says_and_without_it_what_the_model_says(
    trained: Trained, exact: Path
) -> None:
    async with Embedded(EngineSettings(embedded_model=str(exact), context_tokens=512)) as engine:
        engine.serve({"set": trained.adapter})
        for prompt in PROMPTS:
            assert await say(engine, prompt, "set") == trained.words[prompt]
            assert await say(engine, prompt, "") == trained.bare_words[prompt]


@pytest.mark.ollama
async def test_a_real_ollama_says_with_the_set_what_peft_says(trained: Trained, exact: Path, tmp_path: Path) -> None:
    if not ollama_server.binary().exists():
        pytest.skip(f"NO REAL OLLAMA at {ollama_server.binary()}: run `make ollama` (it needs Go)")
    with ollama_server.running(tmp_path, exact) as url:
        settings = EngineSettings(model=ollama_server.MODEL, ollama_url=url, context_tokens=512)
        async with Ollama(settings) as engine:
            engine.serve({"set": trained.adapter})
            await say(engine, PROMPTS[0], "set")  # so that there is a model of the set
        for prompt, words in trained.words.items():
            # Ollama has a template of its own for the model, without its default system message.
            body = {"model": "sleepy-set", "prompt": trained.whole[prompt], "raw": True, "stream": False}
            options = {"temperature": 0.0, "num_predict": TOKENS, "num_ctx": 512}
            answer = json.loads(ollama_server.ask(url, "POST", "/api/generate", body | {"options": options}))
            assert answer["response"] == words


async def say(engine: Embedded | Ollama, prompt: str, coefficients: str) -> str:
    request = Request((Message("user", prompt),), max_tokens=TOKENS, coefficients=coefficients, deadline=120)
    async with aclosing(engine.generate(request)) as answers:
        return (await anext(answers)).text
