"""What an adapter has to know of the GGUF file that it is for: names, shapes, and how rows are laid out.

llama.cpp names tensors in its own way, and for the llama architecture it stores the rows of the query and key
projections in another order than transformers does, so that rotary embedding finds its pairs side by side.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sleepy_share.errors import AdapterError, DamagedFile

Array = npt.NDArray[np.float32]

# Architecture -> are the rows of q and k permuted? Only those that are tested against transformers, logit by logit:
# a layout that is guessed gives an adapter that loads and says nonsense. (Mistral's are called llama.)
PERMUTED = {"llama": True, "qwen2": False, "qwen3": False, "gemma3": False}


class GgufModel:
    """A GGUF file, mapped and not read."""

    def __init__(self, file: Path) -> None:
        """Raises `DamagedFile`, and `AdapterError` for an architecture that adapters cannot be written for."""
        import gguf

        self.file = file
        try:
            self.reader = gguf.GGUFReader(file)
            self.architecture = str(self._value("general.architecture"))
            blocks = int(self._value(f"{self.architecture}.block_count"))
            self._heads = int(self._value(f"{self.architecture}.attention.head_count"))
            self._kv_heads = int(self._value(f"{self.architecture}.attention.head_count_kv", self._heads))
        except OSError as error:
            raise DamagedFile(f"{file} cannot be read ({error.strerror}).") from error
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise DamagedFile(f"{file} is no GGUF file of a model, or cut off: {error}.") from error
        if self.architecture not in PERMUTED:
            raise AdapterError(
                f"{file} is a model of the architecture {self.architecture}; adapters in GGUF can be written for "
                f"{', '.join(PERMUTED)}."
            )
        numbers = {name: number for number, name in gguf.MODEL_ARCH_NAMES.items()}
        self._names = gguf.get_tensor_name_map(numbers[self.architecture], blocks)
        self._tensors = {tensor.name: tensor for tensor in self.reader.tensors}

    def tensor_name(self, module: str) -> str:
        """The name of a linear module's weight, as `blk.0.attn_q.weight` for `model.layers.0.self_attn.q_proj`."""
        name = self._names.get_name(module)
        if name is None or f"{name}.weight" not in self._tensors or name == "token_embd":
            raise AdapterError(
                f"{self.file} has no linear module {module} (architecture {self.architecture}, "
                f"{len(self._tensors)} tensors): the adapter is of another model."
            )
        return f"{name}.weight"

    def shape(self, module: str) -> tuple[int, int]:
        """n × d (out × in) of a module's weight."""
        d, n = (int(size) for size in self._tensors[self.tensor_name(module)].shape)
        return n, d

    def reordered(self, module: str, rows: Array) -> Array:
        """The n rows of a weight or of a LoRA's B, from transformers' order into this file's."""
        if not PERMUTED[self.architecture]:
            return rows
        name = self.tensor_name(module)
        heads = self._heads if ".attn_q." in name else self._kv_heads if ".attn_k." in name else 0
        if not heads:
            return rows
        halves = rows.reshape(heads, 2, rows.shape[0] // heads // 2, -1)
        return halves.swapaxes(1, 2).reshape(rows.shape)

    def _value(self, key: str, default: Any = None) -> Any:
        field = self.reader.get_field(key)
        if field is None:
            if default is None:
                raise KeyError(f"{key} is missing")
            return default
        return field.contents()
