"""What lies in a folder: its basis, its tasks and LoRAs, and how many numbers and bytes each of them has."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from sleepy_share.basis import FILE, Basis, StoredBasis, load_basis
from sleepy_share.errors import DamagedFile
from sleepy_share.lora import CONFIG, WEIGHTS
from sleepy_share.saved import Saved, adapters_in, open_saved


def describe(folder: Path) -> dict[str, Any]:
    """`{"basis": {…} or None, "adapters": [{…}, …]}` of an adapter's folder, of one that holds adapters, or of a basis.

    The basis is checked against its digest; of adapters the heads of the files are read.
    """
    file = folder if folder.is_file() else folder / FILE
    adapters = [] if folder.is_file() else adapters_in([folder])
    if not adapters and not file.is_file():
        raise DamagedFile(f"{folder} holds neither a basis nor an adapter.")
    return {
        "basis": _basis(load_basis(file), file) if file.is_file() else None,
        "adapters": [_adapter(open_saved(one)) for one in adapters],
    }


def _basis(basis: Basis, file: Path) -> dict[str, Any]:
    told: dict[str, Any] = {"id": basis.id, "kind": basis.kind, "k": basis.k, "bytes": file.stat().st_size}
    if isinstance(basis, StoredBasis):
        columns = [beta.shape[1] for beta, _ in basis.matrices.values()]
        about = {name: basis.about[name] for name in ("tasks", "explained", "model") if name in basis.about}
        told |= {"modules": len(columns), "k": [min(columns), max(columns)]} | about
    return told


def _adapter(saved: Saved) -> dict[str, Any]:
    told: dict[str, Any] = {"name": saved.name, "kind": "task" if saved.is_task else "lora"}
    if saved.is_task:
        told |= {"basis": saved.config.get("basis_id"), "form": saved.config.get("form")}
        if told["form"] == "product":
            told["p"] = saved.config.get("p")
        told["phi"] = saved.config.get("phi", 0)
    else:
        ranks = [parts["A"][0] for parts in saved.shapes.values()]
        told["rank"] = max(ranks)
    return told | {
        "model": saved.base_model,
        "modules": len(saved.shapes),
        "numbers": sum(math.prod(shape) for parts in saved.shapes.values() for shape in parts.values()),
        "bytes": sum((saved.folder / name).stat().st_size for name in (WEIGHTS, CONFIG)),
    }
