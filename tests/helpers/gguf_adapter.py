"""Writes a LoRA adapter as GGUF (version 3, float32), to see coefficients being switched: llama.cpp's format."""

from __future__ import annotations

import random
import struct
from pathlib import Path

_FLOAT32, _STRING = 6, 8
_ALIGNMENT = 32


def write(path: Path, *, seed: int, scale: float, inputs: int = 576, outputs: int = 192, layers: int = 30) -> Path:
    """An adapter of rank 1 on every value projection (by default of SmolLM2-135M), with random numbers."""
    dice = random.Random(seed)
    tensors = []
    for layer in range(layers):
        name = f"blk.{layer}.attn_v.weight"
        tensors.append((f"{name}.lora_a", (inputs, 1), [dice.gauss(0, scale) for _ in range(inputs)]))
        tensors.append((f"{name}.lora_b", (1, outputs), [dice.gauss(0, scale) for _ in range(outputs)]))
    metadata = [
        _text("general.type", "adapter"),
        _text("general.architecture", "llama"),
        _text("adapter.type", "lora"),
        _string("adapter.lora.alpha") + struct.pack("<If", _FLOAT32, 1.0),
    ]
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata)) + b"".join(metadata)
    data = b""
    for name, shape, values in tensors:
        header += _string(name) + struct.pack("<IQQIQ", 2, *shape, 0, len(data))
        data += _padded(struct.pack(f"<{len(values)}f", *values))
    path.write_bytes(_padded(header) + data)
    return path


def _text(key: str, value: str) -> bytes:
    return _string(key) + struct.pack("<I", _STRING) + _string(value)


def _string(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def _padded(raw: bytes) -> bytes:
    return raw + b"\0" * (-len(raw) % _ALIGNMENT)
