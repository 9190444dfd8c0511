"""LoRA adapters as plain arrays, and peft's folder format for them: numpy and safetensors, no torch.

A module's adapter is a pair (B, A) with ΔW = B A; B is n × r, A is r × d, and the scale α/r is folded into B, so that
what is read here can be stacked, concatenated or written for a server without asking again how it was scaled.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sleepy_share.errors import AdapterError, DamagedFile
from sleepy_share.files import read_tensors, replace_bytes, write_tensors

Array = npt.NDArray[np.float32]

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
PREFIX = "base_model.model."  # what peft puts before each name of the model


@dataclass(frozen=True)
class Lora:
    """An adapter: for each module, by its name in the model, the factors (B: n × r, A: r × d) in float32."""

    factors: Mapping[str, tuple[Array, Array]]
    base_model: str = ""  # name or path of the model that it was made for, where that is known
    task_type: str | None = "CAUSAL_LM"

    @property
    def ranks(self) -> dict[str, int]:
        """The rank of each module's adapter."""
        return {name: a.shape[0] for name, (_, a) in self.factors.items()}

    def delta(self, module: str) -> Array:
        """ΔW = B A of one module, n × d."""
        b, a = self.factors[module]
        return b @ a


def read_lora(folder: Path) -> Lora:
    """A LoRA as peft saves it. Refuses, with `AdapterError`, what is more than low rank factors of linear layers."""
    config = read_config(folder)
    check_plain(folder, config)
    halves: dict[str, dict[str, Array]] = {}
    for key, tensor in read_tensors(folder / WEIGHTS)[0].items():
        match = re.fullmatch(rf"{re.escape(PREFIX)}(.+)\.lora_([AB])\.weight", key)
        if match is None:
            raise AdapterError(f"{folder / WEIGHTS} holds {key}, which is no factor of a linear layer's LoRA.")
        halves.setdefault(match[1], {})[match[2]] = tensor
    factors = {}
    for module, pair in sorted(halves.items()):
        shapes = {name: half.shape for name, half in pair.items()}
        if set(pair) != {"A", "B"} or any(len(s) != 2 for s in shapes.values()) or shapes["A"][0] != shapes["B"][1]:
            raise AdapterError(f"{folder / WEIGHTS}: the factors of {module} do not belong together: {shapes}.")
        factors[module] = (pair["B"] * np.float32(scale(config, module, pair["A"].shape[0])), pair["A"])
    if not factors:
        raise AdapterError(f"{folder / WEIGHTS} holds no adapter at all.")
    return Lora(factors, str(config.get("base_model_name_or_path") or ""), config.get("task_type"))


def write_lora(lora: Lora, folder: Path) -> None:
    """Write the folder that `PeftModel.from_pretrained` of stock peft loads: every scale is 1 (alpha = rank).

    The folder is made; files of the same names in it are replaced, each at once.
    """
    check_finite(lora.factors)
    ranks = lora.ranks
    usual, _ = Counter(ranks.values()).most_common(1)[0]
    unusual = {module: rank for module, rank in ranks.items() if rank != usual}
    config = {
        "peft_type": "LORA",
        "task_type": lora.task_type,
        "base_model_name_or_path": lora.base_model,
        "inference_mode": True,
        "r": usual,
        "lora_alpha": usual,
        "rank_pattern": {re.escape(module): rank for module, rank in unusual.items()},
        "alpha_pattern": {re.escape(module): rank for module, rank in unusual.items()},
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": False,
        "target_modules": sorted(ranks),
    }
    tensors = {}
    for module, (b, a) in lora.factors.items():
        tensors[f"{PREFIX}{module}.lora_A.weight"] = np.ascontiguousarray(a, np.float32)
        tensors[f"{PREFIX}{module}.lora_B.weight"] = np.ascontiguousarray(b, np.float32)
    folder.mkdir(parents=True, exist_ok=True)
    write_tensors(folder / WEIGHTS, tensors, {"format": "pt"})
    replace_bytes(folder / CONFIG, (json.dumps(config, indent=2) + "\n").encode())


def concatenate(loras: Sequence[Lora]) -> Lora:
    """One LoRA whose update is the sum of all: [B_1 … B_m] [A_1; …; A_m], of summed rank.

    For servers that take one adapter at a time: a general LoRA with the coefficients of a repository above it. A module
    that only some of them adapt has the rank of those.
    """
    if not loras:
        raise AdapterError("There is nothing to concatenate: no adapter was given.")
    factors: dict[str, tuple[Array, Array]] = {}
    for module in sorted({module for lora in loras for module in lora.factors}):
        pairs = [lora.factors[module] for lora in loras if module in lora.factors]
        shapes = {(b.shape[0], a.shape[1]) for b, a in pairs}
        if len(shapes) > 1:
            told = " and ".join(f"{n} × {d}" for n, d in sorted(shapes))
            raise AdapterError(f"These adapters are of different models: {module} is {told}.")
        factors[module] = (np.hstack([b for b, _ in pairs]), np.vstack([a for _, a in pairs]))
    return Lora(factors, next((lora.base_model for lora in loras if lora.base_model), ""), loras[0].task_type)


def read_config(folder: Path) -> dict[str, Any]:
    """The adapter_config.json of a folder."""
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except OSError as error:
        raise DamagedFile(f"{folder} is no adapter: its {CONFIG} cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise DamagedFile(f"{folder / CONFIG} is damaged: {error}.") from error
    if not isinstance(config, dict):
        raise DamagedFile(f"{folder / CONFIG} is damaged: it is not an object.")
    return config


def check_plain(folder: Path, config: Mapping[str, Any]) -> None:
    """Raise `AdapterError` where a configuration means more than low rank factors of linear layers."""
    if config.get("peft_type") != "LORA":
        raise AdapterError(f"{folder} holds a {config.get('peft_type')} adapter, not a LoRA.")
    for name in ("use_dora", "modules_to_save", "trainable_token_indices"):
        if config.get(name):
            raise AdapterError(
                f"{folder} was trained with {name}, which is more than a low-rank update; not supported."
            )
    if config.get("bias", "none") != "none":
        raise AdapterError(f"{folder} was trained with bias={config['bias']!r}; only bias='none' is supported.")


def scale(config: Mapping[str, Any], module: str, rank: int) -> float:
    """α/r (or α/√r), where a pattern may name another α for this module, in peft's own way."""
    patterns: Mapping[str, float] = config.get("alpha_pattern") or {}
    alpha = config.get("lora_alpha", rank)
    for pattern, value in patterns.items():
        if re.match(rf"(.*\.)?({pattern})$", module):
            alpha = value
            break
    return float(alpha) / (math.sqrt(rank) if config.get("use_rslora") else rank)


def check_finite(factors: Mapping[str, tuple[Array, Array]]) -> None:
    """Raise `AdapterError` where a number is none."""
    for module, pair in factors.items():
        if not all(np.isfinite(half).all() for half in pair):
            raise AdapterError(f"The adapter of {module} holds numbers that are not finite: its training has failed.")
