"""Tiny language models of several architectures, the same numbers in transformers and as a GGUF file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
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

LAYERS, HEADS, KV_HEADS, SIZE, VOCABULARY = 2, 4, 2, 64, 259
_KINDS: dict[str, tuple[Any, Any]] = {
    "llama": (LlamaConfig, LlamaForCausalLM),
    "qwen2": (Qwen2Config, Qwen2ForCausalLM),
    "qwen3": (Qwen3Config, Qwen3ForCausalLM),
    "gemma3": (Gemma3TextConfig, Gemma3ForCausalLM),
}
MODULES = [f"self_attn.{side}_proj" for side in "qkvo"] + [f"mlp.{part}_proj" for part in ("gate", "up", "down")]


def model(architecture: str, seed: int = 0) -> PreTrainedModel:
    """With weights large enough that every one of them is heard in the logits."""
    torch.manual_seed(seed)
    config, kind = _KINDS[architecture]
    made = kind(
        config(
            vocab_size=VOCABULARY, hidden_size=SIZE, intermediate_size=96, num_hidden_layers=LAYERS,
            num_attention_heads=HEADS, num_key_value_heads=KV_HEADS, head_dim=SIZE // HEADS,
            max_position_embeddings=256, tie_word_embeddings=architecture == "gemma3",
            bos_token_id=257, eos_token_id=258, pad_token_id=0, query_pre_attn_scalar=SIZE // HEADS,  # Gemma's alone
        )
    )  # fmt: skip
    with torch.no_grad():
        for name, weight in made.named_parameters():
            weight.copy_(torch.randn_like(weight) * (0.3 if weight.dim() > 1 else 0.1) + (1.0 if "norm" in name else 0))
    return made.eval()


def write(made: PreTrainedModel, architecture: str, file: Path) -> Path:
    """The same model as a GGUF file, with a tokenizer of single letters."""
    writer = gguf.GGUFWriter(file, architecture)
    _describe(writer, made.config, context=256)
    if architecture in ("gemma3", "qwen3"):
        writer.add_key_length(SIZE // HEADS)
        writer.add_value_length(SIZE // HEADS)
    if architecture == "gemma3":
        writer.add_sliding_window(made.config.sliding_window)
    # Half a character is not told as an answer, so there is none: letters, and words of them.
    tokens = [_visible(byte) if byte < 128 else f"word{byte}" for byte in range(256)] + ["<pad>", "<bos>", "<eos>"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([1] * 256 + [3] * 3)
    writer.add_token_merges([f"{_visible(97)} {_visible(98)}"])
    writer.add_bos_token_id(257)
    writer.add_eos_token_id(258)
    _add_tensors(writer, made, architecture)
    return _finished(writer, file)


def write_with_words(vocabulary: Path, file: Path, count: int = 4000) -> Path:
    """A llama that knows nothing, with the most frequent words of another GGUF model and room for real questions."""
    told = gguf.GGUFReader(vocabulary)
    fields = {name: field for name, field in told.fields.items() if name.startswith("tokenizer.")}
    words = fields["tokenizer.ggml.tokens"].contents()[:count]
    known = set(words)
    merges = [m for m in fields["tokenizer.ggml.merges"].contents() if m.replace(" ", "") in known]
    torch.manual_seed(0)
    made = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=count, hidden_size=SIZE, intermediate_size=96, num_hidden_layers=LAYERS,
            num_attention_heads=HEADS, num_key_value_heads=KV_HEADS, head_dim=SIZE // HEADS, tie_word_embeddings=True,
        )
    )  # fmt: skip
    writer = gguf.GGUFWriter(file, "llama")
    _describe(writer, made.config, context=4096)
    for name, field in fields.items():
        value: Any = field.contents()
        if name.endswith(".merges"):
            value = merges
        elif isinstance(value, list):
            value = value[:count]
        part = field.types[-1] if field.types[0] is gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(name, value, field.types[0], sub_type=part)
    _add_tensors(writer, made, "llama")
    return _finished(writer, file)


def _describe(writer: gguf.GGUFWriter, config: Any, context: int) -> None:
    writer.add_block_count(LAYERS)
    writer.add_context_length(context)
    writer.add_embedding_length(SIZE)
    writer.add_feed_forward_length(96)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(SIZE // HEADS)
    rope = config.rope_parameters
    writer.add_rope_freq_base(float(rope.get("full_attention", rope).get("rope_theta", 10000.0)))


def _add_tensors(writer: gguf.GGUFWriter, made: PreTrainedModel, architecture: str) -> None:
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


def _finished(writer: gguf.GGUFWriter, file: Path) -> Path:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def _visible(byte: int) -> str:
    """GPT-2's letter for a byte."""
    usual = [*range(33, 127), *range(161, 173), *range(174, 256)]
    return chr(byte if byte in usual else 256 + [b for b in range(256) if b not in usual].index(byte))
