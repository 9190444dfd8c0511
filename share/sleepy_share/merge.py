"""An adapter merged into its model's GGUF file: for servers that take no adapter, at the price of a whole model.

Only the weights that the adapter changes are written anew; everything else is copied as it is. Python's gguf package
writes F32, F16, BF16, Q8_0, Q5_0, Q5_1, Q4_0 and Q4_1, and reads the K- and I-quantisations as well. Merged weights
keep their type if it has 8 bits or more, and else become Q8_0: to round weights of 4 bits to 4 bits a second time
loses more than most adapters bring (docs/LOG.md). llama.cpp's `llama-quantize` makes them small again, from F16.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from sleepy_share.errors import AdapterError
from sleepy_share.export import check_fits, read_adapter, write_in_place
from sleepy_share.gguf_model import GgufModel
from sleepy_share.lora import Lora

# What the gguf package can write, by the names that llama.cpp gives them.
WRITABLE = ("F32", "F16", "BF16", "Q8_0", "Q5_0", "Q5_1", "Q4_0", "Q4_1")
_KEPT = ("F32", "F16", "BF16", "Q8_0")
_INSTEAD = "Q8_0"


def merge_gguf(
    adapters: Lora | Path, base: Path | GgufModel, out: Path, quantisation: str | None = None
) -> dict[str, int]:
    """Write the model `base` with the adapter in its weights; how many of them became which type.

    `quantisation` is one of `WRITABLE`; without it each weight keeps its own type, if that has 8 bits or more.
    """
    import gguf

    if quantisation is not None and quantisation not in WRITABLE:
        raise AdapterError(f"{quantisation} cannot be written here; one of {', '.join(WRITABLE)} can.")
    model = base if isinstance(base, GgufModel) else GgufModel(base)
    lora = adapters if isinstance(adapters, Lora) else read_adapter(adapters, model)
    check_fits(lora, model)
    modules = {model.tensor_name(module): module for module in lora.factors}
    writer = gguf.GGUFWriter(None, model.architecture)
    copy_metadata(model, writer)
    types: Counter[str] = Counter()
    for tensor in model.reader.tensors:
        if tensor.name not in modules:
            kind, shape, size = tensor.tensor_type, tensor.data.shape, tensor.data.nbytes
            writer.add_tensor_info(tensor.name, shape, tensor.data.dtype, size, kind)
            continue
        kind = _type(tensor, quantisation)
        types[kind.name] += 1
        rows, columns = model.shape(modules[tensor.name])
        # One row, quantised, says how many bytes all of them will have.
        row = gguf.quantize(np.zeros((1, columns), np.float32), kind)
        writer.add_tensor_info(tensor.name, (rows, row.shape[1]), row.dtype, rows * row.nbytes, kind)

    def write(file: Path) -> None:
        with contextlib.closing(writer):
            writer.write_header_to_file(file)
            writer.write_kv_data_to_file()
            writer.write_ti_data_to_file()
            for tensor in model.reader.tensors:
                if (module := modules.get(tensor.name)) is None:
                    writer.write_tensor_data(tensor.data)
                    continue
                weight = gguf.dequantize(tensor.data, tensor.tensor_type) + model.reordered(module, lora.delta(module))
                writer.write_tensor_data(gguf.quantize(np.ascontiguousarray(weight), _type(tensor, quantisation)))

    write_in_place(out, write)
    return dict(types)


def _type(tensor: Any, quantisation: str | None) -> Any:
    import gguf

    kinds = gguf.GGMLQuantizationType
    own = tensor.tensor_type.name
    wanted = kinds[quantisation or (own if own in _KEPT else _INSTEAD)]
    # Quantised rows are made of blocks; what cannot be cut into them is not quantised.
    return wanted if int(tensor.shape[0]) % gguf.GGML_QUANT_SIZES[wanted][0] == 0 else kinds.F16


def copy_metadata(model: GgufModel, writer: Any) -> None:
    """Give a `gguf.GGUFWriter` all that a model's file says of itself, its vocabulary too."""
    import gguf

    for field in model.reader.fields.values():
        if field.name == gguf.Keys.General.ARCHITECTURE or field.name.startswith("GGUF."):
            continue  # the writer has written them already
        kind = field.types[0]
        inner = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, inner)
