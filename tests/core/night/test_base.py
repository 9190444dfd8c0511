"""The model below: what is trained on is, token for token, what the engine will be asked."""

import json
import urllib.request
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from helpers.tiny_language_model import write_model
from sleepy_core.engines.embedded import find_model
from sleepy_core.engines.embedded_server import LlamaServer, Options
from sleepy_core.engines.protocol import Message
from sleepy_core.night.base import load_base, prompt_text, tokenize
from sleepy_core.night.example import Example
from sleepy_core.night.job import TrainJob
from sleepy_core.propose.prompt import SPAN_SYSTEM
from sleepy_core.settings import EngineSettings

pytestmark = pytest.mark.train


def example(user: str, answer: str, system: str = "Repair.") -> Example:
    return Example("e", "f", "s", (Message("system", system), Message("user", user)), answer, 1.0, "koan")


def test_only_the_answer_counts(tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(write_model(tmp_path))
    (one,), _ = tokenize([example("take(v1);", "take(&v1);")], tokenizer, 512)
    assert tokenizer.decode(one.ids[: one.prompt]) == "<system>Repair.\n<user>take(v1);\n<assistant>"
    assert tokenizer.decode(one.ids[one.prompt :]) == "take(&v1);</s>"


def test_a_template_without_system_turns_gets_the_rules_before_the_question(tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(write_model(tmp_path))
    refusing = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    tokenizer.chat_template = refusing + tokenizer.chat_template
    assert prompt_text(tokenizer, example("take(v1);", "").messages) == "<user>Repair.\n\ntake(v1);\n<assistant>"


def test_an_answer_has_the_tokens_that_it_has_after_the_prompt_that_is_asked() -> None:
    """A line end and an indentation may be one token of a text; of a prompt and an answer they are two."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {"</s>": 0, **{letter: number for number, letter in enumerate(letters, 1)}, "ĊĠ": 300}
    merging = Tokenizer(models.BPE(vocab=vocabulary, merges=[("Ċ", "Ġ")]))
    merging.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=merging, eos_token="</s>")
    ((one,), _) = tokenize([example("ask", " f")], tokenizer, 64)
    assert one.ids[one.prompt - 1 :] == (vocabulary["Ċ"], vocabulary["Ġ"], vocabulary["f"], 0)


@pytest.mark.slow
@pytest.mark.model
def test_the_prompt_has_the_tokens_that_the_engine_makes_of_it_and_the_answer_starts_behind_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the answer is indented, and a tokenizer would join its spaces to the prompt's last line end."""
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path))
    model = find_model(EngineSettings())
    assert model is not None
    llama = LlamaServer(Options(model, 2048, 1, 0, ()))

    def ask(path: str, **body: object) -> dict[str, object]:
        headers = {"Content-Type": "application/json", **llama.headers}
        request = urllib.request.Request(f"{llama.address}{path}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)  # type: ignore[no-any-return]

    job = TrainJob(model, tmp_path / "e", tmp_path / "out", threads=1, device="cpu")
    load_base(job)
    tokenizer, _ = load_base(job)  # what was unpacked once is there the next time, and is the same
    examples = [
        example(
            "error[E0382]: use of moved value: `a`\n\nRewrite:\n    let b = a;", "    let b = a.clone();", SPAN_SYSTEM
        ),
        example("héllo — 日本 \t<|im_end|> x\n\n", "\n\n  a\n", "  two  spaces "),
        example(" --> src/lib.rs:12:5\n  |\n12|    a\n\nRewrite:\nfn a() {}", "fn a() -> u8 {\n    0\n}"),
    ]
    found, long = tokenize(examples, tokenizer, 2048)
    assert long == 0
    for one, told in zip(found, examples, strict=True):
        turns = [{"role": message.role, "content": message.content} for message in told.messages]
        prompt = ask("/apply-template", messages=turns)["prompt"]
        tokens = ask("/tokenize", content=prompt, add_special=True, parse_special=True)["tokens"]
        assert list(one.ids[: one.prompt]) == tokens
        end = ask("/tokenize", content="<|im_end|>", parse_special=True)["tokens"]
        answer = ask("/tokenize", content=told.answer)["tokens"]
        assert [*one.ids[one.prompt :]] == [*answer, *end]  # type: ignore[misc]
    assert [folder.name.rpartition("-")[2] for folder in (tmp_path / "cache" / "models").iterdir()] in (
        ["bfloat16"],
        ["float32"],
    )
