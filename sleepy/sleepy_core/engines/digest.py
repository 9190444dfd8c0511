"""A model's digest: what coefficients say that they were trained for."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from pathlib import Path

from sleepy_core.paths import cache_dir


def model_digest(model: Path) -> str:
    """The SHA-256 of a GGUF file, or of a folder's safetensors. Raises `OSError`.

    It is remembered by path, size and time, since gigabytes take seconds; Ollama names its files by it.
    Call it in a thread.
    """
    if model.is_dir():
        parts = [f"{file.name} {model_digest(file)}" for file in sorted(model.glob("*.safetensors"))]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()
    real = model.resolve()
    if blob := re.fullmatch(r"sha256-([0-9a-f]{64})", real.name):
        return blob[1]
    stat = real.stat()
    key = f"{real} {stat.st_size} {stat.st_mtime_ns}"
    file = cache_dir() / "model-digests.json"
    known: dict[str, str] = {}
    with contextlib.suppress(OSError, ValueError):
        known = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(known.get(key), str):
        with real.open("rb") as opened:
            known[key] = hashlib.file_digest(opened, "sha256").hexdigest()
        with contextlib.suppress(OSError):  # it only has to be read once more the next time
            file.parent.mkdir(parents=True, exist_ok=True)
            unfinished = file.with_name(f"{file.name}.{os.getpid()}")
            unfinished.write_text(json.dumps(known), encoding="utf-8")
            unfinished.replace(file)
    return known[key]
