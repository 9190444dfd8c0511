"""Where the files of coefficient sets lie: `<data>/coefficients/<id>/`, whole or not at all, and never changed.

Files come first and the database's row second: a folder appears under its name only when every byte of it is on the
disk, and only then may a row name it. Whatever a `kill -9` leaves in between is a folder that no row names, and
`sweep` takes it away.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Collection
from pathlib import Path

from sleepy_core.errors import StoreError, StoreUnavailable
from sleepy_core.paths import cache_dir, data_dir

NAME = "coefficients"  # of the folder, beside the database
_UNFINISHED = ".new"
# A folder that no row names may be about to get its row.
_SWEEP_SECONDS = 3600.0


def shelf() -> Path:
    """The folder of all sets."""
    return data_dir() / NAME


def folder_of(id_: str, root: Path | None = None) -> Path:
    """The folder of one set."""
    return (root or shelf()) / id_


def put(source: Path, id_: str, root: Path | None = None) -> Path:
    """Copy a trained set's folder to where the set `id_` lies; returns that. Afterwards the row may be written.

    Raises `StoreUnavailable` (full disk, permissions): then there is nothing under that name.
    """
    target = folder_of(id_, root)
    unfinished = target.with_name(f".{id_}{_UNFINISHED}")
    if target.exists():
        raise StoreError(f"the coefficients {id_} lie on the shelf already: {target}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(source, unfinished)
        os.utime(unfinished)  # now, and not when the training was: `sweep` looks at it
        for file in sorted(unfinished.rglob("*")):
            _to_disk(file)
        _to_disk(unfinished)
        unfinished.rename(target)
        _to_disk(target.parent)
    except (OSError, shutil.Error) as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise StoreUnavailable(f"the coefficients {id_} cannot be put into {target.parent}: {error}") from error
    return target


def sweep(known: Collection[str], root: Path | None = None) -> tuple[str, ...]:
    """Delete what no row names: sets that were forgotten, and what a killed process left. The names of what went."""
    gone = []
    here = root or shelf()
    for folder in sorted(here.iterdir()) if here.is_dir() else ():
        old = time.time() - folder.stat().st_mtime > _SWEEP_SECONDS
        if folder.is_dir() and folder.name not in known and old:
            shutil.rmtree(folder, ignore_errors=True)
            gone.append(folder.name)
    return tuple(gone)


def remove(id_: str, root: Path | None = None) -> None:
    """Delete the files of a set whose row is gone, and the adapters that were made of it."""
    shutil.rmtree(folder_of(id_, root), ignore_errors=True)
    for file in (cache_dir() / "adapters").glob(f"*/{id_}.gguf"):
        file.unlink(missing_ok=True)


def adapter_file(id_: str, model: str) -> Path:
    """Where the GGUF adapter of a set for the model of that digest lies, once it has been made."""
    return cache_dir() / "adapters" / model[:16] / f"{id_}.gguf"


def _to_disk(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk. Windows cannot for folders (untried)."""
    if path.is_dir() and sys.platform == "win32":
        return
    handle = os.open(path, os.O_RDONLY if sys.platform != "win32" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
