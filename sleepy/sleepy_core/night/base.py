"""The frozen model below every adapter, and examples in its tokens.

What to know: unpacking a GGUF file takes transformers half a minute even where the model is small, and most trainings
are not much longer. So a small model's unpacked weights are kept in the cache folder, under the file's digest.

torch is imported here, in `train` and in `worker` alone: this is the sleep worker's process, never the daemon's.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from peft import PeftModel
from tokenizers import pre_tokenizers
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, GgufConfig
from transformers.integrations.gguf.gguf_tokenizer_mapping import get_gguf_tokenizer

from sleepy_core.engines.digest import model_digest
from sleepy_core.engines.protocol import Message
from sleepy_core.night.example import Example
from sleepy_core.night.job import JobError, TrainJob
from sleepy_core.paths import cache_dir

# Bytes of a GGUF file whose weights are kept unpacked, two to four times as large.
_KEPT = 2**30
# Vocabularies whose digits llama.cpp cuts out before all else (llama-vocab.cpp). transformers 5.24 does not know, and
# joins the spaces before a number differently.
_DIGITS_APART = ("starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b")


@dataclass(frozen=True, slots=True)
class Tokens:
    """An example as the model gets it."""

    ids: tuple[int, ...]
    prompt: int  # how many of them are the question
    weight: float


def load_base(job: TrainJob) -> tuple[Any, nn.Module]:
    """The tokenizer and the frozen model, with the general adapter merged into it where there is one.

    Raises `JobError` where the model, or the adapter, cannot be used.
    """
    if not job.model.exists():
        raise JobError(f"there is no model {job.model}")
    device = job.device if job.device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    dtype = _dtype(job, device)
    try:
        if job.model.is_file() and (job.bits or job.model.stat().st_size <= _KEPT):
            tokenizer, model = _from_folder(_unpacked(job.model, dtype), dtype, job.bits)
        elif job.model.is_file():
            tokenizer, model = _from_gguf(job.model, dtype)
        else:
            tokenizer, model = _from_folder(job.model, dtype, job.bits)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise JobError(f"{job.model} cannot be trained on: {_first_line(error)}") from error
    if not job.bits:
        model = model.to(device)
    model.config.use_cache = False
    model.name_or_path = job.model.name  # peft notes it in the adapter; where the file lies is nobody's business
    if job.below is not None:
        try:
            model = PeftModel.from_pretrained(model, str(job.below)).merge_and_unload()
        except (OSError, ValueError, KeyError) as error:
            raise JobError(f"the adapter {job.below} does not fit {job.model.name}: {_first_line(error)}") from error
    model.requires_grad_(False)
    return tokenizer, model


def tokenize(examples: Sequence[Example], tokenizer: Any, longest: int) -> tuple[list[Tokens], int]:
    """The examples in tokens, by the model's own chat template; and how many were too long."""
    found: list[Tokens] = []
    long = 0
    for example in examples:
        prompt = prompt_text(tokenizer, example.messages)
        asked = tokenizer(prompt, add_special_tokens=False)["input_ids"]
        whole = tokenizer(prompt + example.answer, add_special_tokens=False)["input_ids"]
        if whole[: len(asked)] != asked:
            # The engine writes an answer behind a prompt that is tokens already: no token spans the two.
            whole = asked + tokenizer(example.answer, add_special_tokens=False)["input_ids"]
        ids = (*whole, tokenizer.eos_token_id)
        if len(ids) > longest:
            long += 1
        else:
            found.append(Tokens(ids, len(asked), example.weight))
    return found, long


def prompt_text(tokenizer: Any, messages: Sequence[Message]) -> str:
    """The chat up to where the model answers. A template that knows no system turn gets it before the user's."""
    turns = [{"role": message.role, "content": message.content} for message in messages]
    if not tokenizer.chat_template:
        return "\n\n".join(turn["content"] for turn in turns) + "\n"
    try:
        return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))
    except Exception:  # jinja's own, raised by the template
        joined = [{"role": "user", "content": "\n\n".join(turn["content"] for turn in turns)}]
        return str(tokenizer.apply_chat_template(joined, tokenize=False, add_generation_prompt=True))


def _from_gguf(model: Path, dtype: torch.dtype) -> tuple[Any, nn.Module]:
    # Packed weights save memory, but are unpacked to float32 for every product: three times as slow here.
    unpacking = GgufConfig(dequantize=True)
    tokenizer = AutoTokenizer.from_pretrained(model.parent, gguf_file=model.name)
    _, told, _ = get_gguf_tokenizer(str(model))
    if told.get("pre_tokenizer_type") in _DIGITS_APART:
        backend = tokenizer.backend_tokenizer
        backend.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(True), backend.pre_tokenizer])
    return tokenizer, AutoModelForCausalLM.from_pretrained(
        model.parent, gguf_file=model.name, dtype=dtype, quantization_config=unpacking
    )


def _from_folder(folder: Path, dtype: torch.dtype, bits: int) -> tuple[Any, nn.Module]:
    wanted: dict[str, Any] = {"dtype": dtype}
    if bits == 4:  # needs CUDA to be quick; untried there
        wanted["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_compute_dtype=dtype, bnb_4bit_quant_type="nf4"
        )
    elif bits == 8:
        wanted["quantization_config"] = BitsAndBytesConfig(load_in_8bit=True)
    return AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder, **wanted)


def _unpacked(model: Path, dtype: torch.dtype) -> Path:
    """The folder of a GGUF file's weights in this dtype, made where it is missing. Raises `OSError` for a full disk."""
    folder = cache_dir() / "models" / f"{model_digest(model)}-{str(dtype).removeprefix('torch.')}"
    if not folder.is_dir():
        tokenizer, unpacked = _from_gguf(model, dtype)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder.parent, prefix=".new-") as new:
            whole = Path(new) / folder.name
            unpacked.save_pretrained(whole)
            tokenizer.save_pretrained(whole)
            with suppress(OSError):  # another worker was quicker
                whole.rename(folder)
    return folder


def _dtype(job: TrainJob, device: str) -> torch.dtype:
    if job.dtype != "auto":
        return getattr(torch, job.dtype)
    # Without instructions of its own a processor makes bf16 of float32, and is slower than with float32.
    quick = torch.cuda.is_bf16_supported() if device == "cuda" else torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.bfloat16 if quick else torch.float32


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:300]
