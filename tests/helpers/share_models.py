"""Tiny models for the Share tuner's tests, the same at every call, and a few steps of training."""

from __future__ import annotations

import torch
from peft import get_peft_model
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaForCausalLM

from sleepy_share.config import ShareConfig
from sleepy_share.registration import register

TOKENS = torch.arange(10)[None]


class Perceptron(nn.Module):
    """Not of transformers: anything with linear modules can be adapted."""

    def __init__(self, d: int = 12, middle: int = 20, n: int = 6) -> None:
        super().__init__()
        self.first = nn.Linear(d, middle)
        self.second = nn.Linear(middle, n, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(torch.relu(self.first(x)))


def perceptron(dtype: torch.dtype = torch.float32) -> Perceptron:
    torch.manual_seed(0)
    return Perceptron().eval().to(dtype)


def llama(dtype: torch.dtype = torch.float32) -> LlamaForCausalLM:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, eos_token_id=None, bos_token_id=None,
    )  # fmt: skip
    return LlamaForCausalLM(config).eval().to(dtype)


def configured(**config: object) -> ShareConfig:
    """A configuration for all linear modules, unless others are named."""
    return ShareConfig(**({"target_modules": "all-linear"} | config))


def adapted(model: nn.Module, **config: object) -> nn.Module:
    register()
    torch.manual_seed(1)
    return get_peft_model(model, configured(**config))


def answer(model: nn.Module) -> Tensor:
    """What the model says to always the same input, in float32."""
    with torch.no_grad():
        if reads_tokens(model):
            return model(TOKENS).logits.float()
        return model(inputs(model)).float()


def reads_tokens(model: nn.Module) -> bool:
    return any(isinstance(module, nn.Embedding) for module in model.modules())


def inputs(model: nn.Module) -> Tensor:
    (first,) = (module for name, module in model.named_modules() if name.endswith("first"))
    generator = torch.Generator().manual_seed(2)
    half = any(p.dtype == torch.bfloat16 for p in model.parameters())
    return torch.randn(5, first.in_features, generator=generator).to(torch.bfloat16 if half else torch.float32)


def loss(model: nn.Module) -> Tensor:
    if reads_tokens(model):
        return model(TOKENS, labels=TOKENS).loss
    return (model(inputs(model)) - 1).square().mean()


def train(model: nn.Module, steps: int = 3, rate: float = 0.05) -> list[float]:
    """Losses before each step of a plain loop."""
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], rate)
    losses = []
    for _ in range(steps):
        value = loss(model)
        value.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(value.item())
    return losses
