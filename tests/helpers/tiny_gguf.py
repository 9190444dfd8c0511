"""Tiny language models of several architectures, the same numbers in transformers and as a GGUF file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from sleepy_share.gguf_model import PERMUTED

LAYERS, HEADS, KV_HEADS, SIZE = 2, 4, 2, 64
_KINDS: dict[str, tuple[Any, Any]] = {
    "llama": (LlamaConfig, LlamaForCausalLM),
    "qwen2": (Qwen2Config, Qwen2ForCausalLM),
    "qwen3": (Qwen3Config, Qwen3ForCausalLM),
    "gemma3": (Gemma3TextConfig, Gemma3ForCausalLM),
}
MODULES = [f"self_attn.{side}_proj" for side in "qkvo"] + [f"mlp.{part}_proj" for part in ("gate", "up", "down")]


@dataclass(frozen=True, slots=True)
class Words:
    """What a tiny model reads and writes, how much of it, and in which turns; last come <pad>, <bos>, <eos>."""

    tokens: Sequence[str]
    merges: Sequence[str]
    context: int = 256
    template: str = ""


def model(architecture: str, seed: int = 0, words: Words | None = None) -> PreTrainedModel:
    """With weights large enough that every one of them is heard in the logits."""
    words = words or LETTERS
    last = len(words.tokens) - 1
    torch.manual_seed(seed)
    config, kind = _KINDS[architecture]
    made = kind(
        config(
            vocab_size=len(words.tokens), hidden_size=SIZE, intermediate_size=96, num_hidden_layers=LAYERS,
            num_attention_heads=HEADS, num_key_value_heads=KV_HEADS, head_dim=SIZE // HEADS,
            max_position_embeddings=words.context, tie_word_embeddings=architecture == "gemma3",
            bos_token_id=last - 1, eos_token_id=last, pad_token_id=0,
            query_pre_attn_scalar=SIZE // HEADS,  # Gemma's alone
        )
    )  # fmt: skip
    with torch.no_grad():
        for name, weight in made.named_parameters():
            weight.copy_(torch.randn_like(weight) * (0.3 if weight.dim() > 1 else 0.1) + (1.0 if "norm" in name else 0))
    return made.eval()


def write(made: PreTrainedModel, architecture: str, file: Path, words: Words | None = None) -> Path:
    """The same model as a GGUF file, with its tokenizer: of single letters, unless told otherwise."""
    words = words or LETTERS
    count = len(words.tokens)
    config = made.config
    writer = gguf.GGUFWriter(file, architecture)
    writer.add_block_count(LAYERS)
    writer.add_context_length(words.context)
    writer.add_embedding_length(SIZE)
    writer.add_feed_forward_length(96)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(SIZE // HEADS)
    rope = config.rope_parameters
    writer.add_rope_freq_base(float(rope.get("full_attention", rope).get("rope_theta", 10000.0)))
    if architecture in ("gemma3", "qwen3"):
        writer.add_key_length(SIZE // HEADS)
        writer.add_value_length(SIZE // HEADS)
    if architecture == "gemma3":
        writer.add_sliding_window(config.sliding_window)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(words.tokens)
    writer.add_token_types([1] * (count - 3) + [3] * 3)
    writer.add_token_merges(words.merges)
    writer.add_bos_token_id(count - 2)
    writer.add_eos_token_id(count - 1)
    if words.template:
        writer.add_chat_template(words.template)
    names = gguf.get_tensor_name_map(
        {name: number for number, name in gguf.MODEL_ARCH_NAMES.items()}[architecture], LAYERS
    )
    for key, tensor in made.state_dict().items():
        weight = tensor.float().numpy()
        if key == "lm_head.weight" and made.config.tie_word_embeddings:
            continue
        heads = HEADS if ".q_proj." in key else KV_HEADS if ".k_proj." in key else 0
        if PERMUTED[architecture] and heads:
            halves = weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:])
            weight = halves.swapaxes(1, 2).reshape(weight.shape)
        if architecture == "gemma3" and "norm" in key:
            weight = weight + 1
        name = names.get_name(key, try_suffixes=(".weight", ".bias"))
        assert name is not None, key
        writer.add_tensor(name, np.ascontiguousarray(weight))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def _visible(byte: int) -> str:
    """GPT-2's letter for a byte."""
    usual = [*range(33, 127), *range(161, 173), *range(174, 256)]
    return chr(byte if byte in usual else 256 + [b for b in range(256) if b not in usual].index(byte))


# Half a character is not told as an answer, so there is none: letters, and words of them.
_BYTES = [_visible(byte) if byte < 128 else f"word{byte}" for byte in range(256)]
_SPECIAL = ["<pad>", "<bos>", "<eos>"]
LETTERS = Words([*_BYTES, *_SPECIAL], [f"{_visible(97)} {_visible(98)}"])

_CHAT = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def words_of(texts: Iterable[str], count: int = 1024, context: int = 2048) -> Words:
    """Words for texts such as these, which have no letters but ASCII's, in ChatML's turns."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=count, initial_alphabet=[_visible(byte) for byte in range(128)])
    tokenizer.train_from_iterator(texts, trainer)
    told = json.loads(tokenizer.to_str())["model"]
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in told["merges"]]
    made = [pair.replace(" ", "") for pair in merges]
    return Words([*_BYTES, *dict.fromkeys(made), *_SPECIAL], merges, context, _CHAT)
