"""Adapters as peft saves them, read a few modules at a time: hundreds need not lie in memory together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sleepy_share.errors import AdapterError, DamagedFile
from sleepy_share.lora import CONFIG, PREFIX, WEIGHTS, check_plain, read_config, scale
from sleepy_share.subspace import Coefficients, Pair

_LORA = re.compile(rf"{re.escape(PREFIX)}(.+)\.lora_([AB])\.weight")
_TASK = re.compile(rf"{re.escape(PREFIX)}(.+)\.share_eps_(core|b|a|temporary_b|temporary_a)")

_FLOATS = ("F16", "BF16", "F32", "F64")


@dataclass(frozen=True, slots=True)
class Saved:
    """An adapter's folder, whose tensors are read when they are asked for."""

    folder: Path
    config: Mapping[str, Any]
    shapes: Mapping[str, Mapping[str, tuple[int, ...]]]  # module -> "A", "B" or "core", "b", … -> shape

    @property
    def name(self) -> str:
        """What it is called: as its folder."""
        return self.folder.name

    @property
    def is_task(self) -> bool:
        """Coefficients above a basis, or a LoRA."""
        return self.config.get("peft_type") == "SHARE"

    @property
    def base_model(self) -> str:
        """Name or path of the model that it was made for; empty where that is not known."""
        return str(self.config.get("base_model_name_or_path") or "")

    def pairs(self, modules: Sequence[str]) -> list[Pair]:
        """B (n × r) with the scale folded in and A (r × d) of some modules of a LoRA, in float32."""
        return [
            (parts["B"] * scale(self.config, module, parts["A"].shape[0]), parts["A"])
            for module, parts in zip(modules, self._read(modules), strict=True)
        ]

    def coefficients(self, modules: Sequence[str]) -> list[Coefficients]:
        """The coefficients of some modules of a task, in float32."""
        return [Coefficients(**parts) for parts in self._read(modules)]

    def _read(self, modules: Sequence[str]) -> list[dict[str, Tensor]]:
        key = f"{PREFIX}{{}}.share_eps_{{}}" if self.is_task else f"{PREFIX}{{}}.lora_{{}}.weight"
        found = []
        # Opened anew each time: an open file is mapped into memory, and what was read of it stays there.
        with _opened(self.folder) as file:
            for module in modules:
                parts = {
                    kind: file.get_tensor(key.format(module, kind)).to(torch.float32, copy=True)
                    for kind in self.shapes[module]
                }
                if not all(bool(torch.isfinite(part).all()) for part in parts.values()):
                    raise AdapterError(
                        f"{self.folder} holds NaN or infinite numbers in {module}: its training failed; leave it out."
                    )
                found.append(parts)
        return found


def open_saved(folder: Path) -> Saved:
    """A LoRA or a Share task; what is neither, or is damaged, is refused before a tensor is read."""
    config = read_config(folder)
    if is_task := config.get("peft_type") == "SHARE":
        if config.get("modules_to_save"):
            raise AdapterError(f"{folder} holds whole modules ({config['modules_to_save']}) beside coefficients.")
    else:
        check_plain(folder, config)
    shapes: dict[str, dict[str, tuple[int, ...]]] = {}
    with _opened(folder) as file:
        for key in file.keys():  # noqa: SIM118 (it is no dictionary)
            match = (_TASK if is_task else _LORA).fullmatch(key)
            if match is None:
                raise AdapterError(f"{folder / WEIGHTS} holds {key}, which is no {_kind(is_task)}.")
            head = file.get_slice(key)
            if head.get_dtype() not in _FLOATS:
                raise DamagedFile(
                    f"{folder / WEIGHTS} holds {key} as {head.get_dtype()}, which is no number with a point."
                )
            shapes.setdefault(match[1], {})[match[2]] = tuple(head.get_shape())
    if not shapes:
        raise AdapterError(f"{folder / WEIGHTS} holds no {_kind(is_task)} at all.")
    for module, parts in shapes.items():
        if not (_fits_task(parts) if is_task else _fits_lora(parts)):
            raise AdapterError(f"{folder / WEIGHTS}: the parts of {module} do not belong together: {parts}.")
    return Saved(folder, config, dict(sorted(shapes.items())))


def adapters_in(folders: Iterable[Path]) -> list[Path]:
    """Each folder that is an adapter, and of one that is none the adapters right below it."""
    found: list[Path] = []
    for folder in folders:
        if (folder / CONFIG).is_file() or not folder.is_dir():
            found.append(folder)
        else:
            found += sorted(below.parent for below in folder.glob(f"*/{CONFIG}"))
    return found


def by_kind(folders: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """Tasks above a basis, and LoRAs."""
    tasks: list[Path] = []
    loras: list[Path] = []
    for folder in folders:
        (tasks if read_config(folder).get("peft_type") == "SHARE" else loras).append(folder)
    return tasks, loras


def _opened(folder: Path) -> Any:
    from safetensors import SafetensorError, safe_open

    file = folder / WEIGHTS
    try:
        return safe_open(file, "pt")
    except (OSError, SafetensorError) as error:
        raise DamagedFile(f"{file} is missing, cut off or damaged: {error}.") from error


def _kind(is_task: bool) -> str:
    return "coefficient of a linear layer" if is_task else "factor of a linear layer's LoRA"


def _fits_lora(parts: Mapping[str, tuple[int, ...]]) -> bool:
    return (
        set(parts) == {"A", "B"}
        and all(len(shape) == 2 and min(shape) > 0 for shape in parts.values())
        and parts["A"][0] == parts["B"][1]
    )


def _fits_task(parts: Mapping[str, tuple[int, ...]]) -> bool:
    """The kinds belong together; whether they fit a basis is seen beside it."""
    kinds = set(parts)
    beside = {"temporary_b", "temporary_a"}
    return kinds - beside in ({"core"}, {"b", "a"}) and kinds & beside in (set(), beside)
