"""Reading and writing tensors: safetensors only, whole files or none, and every failure a `ShareError`."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sleepy_share.errors import DamagedFile, SaveFailed

Array = npt.NDArray[Any]


def read_tensors(file: Path) -> tuple[dict[str, npt.NDArray[np.float32]], dict[str, str]]:
    """All tensors of a safetensors file in float32, whatever they are stored in, and its metadata."""
    from safetensors import SafetensorError, deserialize

    parse: Callable[[bytes], list[tuple[str, dict[str, Any]]]] = deserialize  # its own types say nothing
    try:
        content = file.read_bytes()
        told = parse(content)
        metadata = _metadata(content)
    except OSError as error:
        raise DamagedFile(f"{file} cannot be read ({error.strerror}).") from error
    except (SafetensorError, ValueError) as error:
        raise DamagedFile(f"{file} is cut off or damaged, or no safetensors file: {error}.") from error
    return {name: _widened(file, name, info) for name, info in told}, metadata


def write_tensors(file: Path, tensors: Mapping[str, Array], metadata: Mapping[str, str]) -> None:
    """Write a safetensors file in the place of an old one; the old one survives whatever goes wrong."""
    from safetensors.numpy import save_file

    ready = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    _replace(file, lambda target: save_file(ready, target, dict(metadata)))


def replace_bytes(file: Path, content: bytes) -> None:
    """Write a file in the place of an old one; the old one survives whatever goes wrong."""
    _replace(file, lambda target: target.write_bytes(content))


def _replace(file: Path, write: Callable[[Path], object]) -> None:
    from safetensors import SafetensorError

    temporary: Path | None = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".new")
        os.close(handle)
        temporary = Path(name)
        write(temporary)
        # safetensors makes the file anew, under its own permissions; those of a temporary one would keep others out.
        temporary.chmod(file.stat().st_mode & 0o777 if file.exists() else 0o644)
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.replace(file)
    except (OSError, SafetensorError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SaveFailed(f"{file} cannot be written ({reason}); what was there before is untouched.") from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _metadata(content: bytes) -> dict[str, str]:
    """The free-form part of the header, which `deserialize` leaves out."""
    length = int.from_bytes(content[:8], "little")
    found = json.loads(content[8 : 8 + length]).get("__metadata__") or {}
    return {str(key): str(value) for key, value in found.items()}


def _widened(file: Path, name: str, info: Mapping[str, Any]) -> npt.NDArray[np.float32]:
    kind, data = info["dtype"], info["data"]
    if kind == "BF16":  # the upper half of a float32; numpy has no such type
        flat = (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4")
    elif kind in ("F16", "F32", "F64"):
        flat = np.frombuffer(data, f"<f{int(kind[1:]) // 8}")
    else:
        raise DamagedFile(f"{file} holds {name} as {kind}; only floating point numbers are expected.")
    return flat.astype(np.float32, copy=False).reshape(info["shape"])
