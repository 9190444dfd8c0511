"""The folders that shadows live in: their names, the locks on them, and throwing the oldest away."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
from collections.abc import Collection
from pathlib import Path

import structlog
from filelock import FileLock, Timeout

from sleepy_core.errors import ShadowError
from sleepy_core.repo.mirror import cannot_write

log = structlog.get_logger()

_LOCK = "lock"
_LAST_USED = "last-used"
_SIBLINGS = 8


def shadow_folder(cache: Path, project_root: Path) -> Path:
    """Where the shadow of a project lies in the folder of all shadows."""
    digest = hashlib.blake2b(os.fsencode(project_root), digest_size=8).hexdigest()
    name = re.sub(r"[^\w.-]", "_", project_root.name, flags=re.ASCII)[:32]
    return cache / f"{name}-{digest}"


def take_folder(folder: Path) -> tuple[Path, FileLock]:
    """The folder, or the first of its siblings, that no other process uses, and the lock on it."""
    for number in range(1, _SIBLINGS + 1):
        candidate = folder if number == 1 else folder.with_name(f"{folder.name}-{number}")
        try:
            candidate.mkdir(parents=True, exist_ok=True)
            lock = FileLock(candidate / _LOCK, thread_local=False)
            lock.acquire(blocking=False)
        except Timeout:
            continue
        except OSError as error:
            raise cannot_write(candidate, error) from error
        return candidate, lock
    raise ShadowError(f"{folder} and its siblings are all in use by other processes. Close some of them.")


def stamp(folder: Path) -> None:
    """Note that a shadow was used just now."""
    try:
        (folder / _LAST_USED).touch()
    except OSError as error:
        raise cannot_write(folder, error) from error


async def clean_up(cache: Path, max_bytes: int, keep: Collection[Path]) -> int:
    """Empty the least recently used shadows until all of them together fit into `max_bytes` of disk.

    `cache` is the folder of all shadows. Shadows in `keep`, and those that a process has open, stay. Returns
    the bytes freed.
    """
    return await asyncio.to_thread(_clean_up, cache, max_bytes, frozenset(keep))


def _clean_up(cache: Path, max_bytes: int, keep: frozenset[Path]) -> int:
    try:
        folders = [path for path in cache.iterdir() if path.is_dir()]
    except OSError:
        return 0  # nothing was ever cached
    sizes = {folder: _disk_use(folder) for folder in folders}
    too_much = sum(sizes.values()) - max_bytes
    freed = 0
    for folder in sorted(folders, key=_last_used):
        if freed >= too_much:
            break
        if folder not in keep and sizes[folder] and _empty(folder):
            log.info("shadow thrown away", folder=str(folder), bytes=sizes[folder])
            freed += sizes[folder]
    return freed


def _last_used(folder: Path) -> float:
    try:
        return (folder / _LAST_USED).stat().st_mtime
    except OSError:
        return 0.0  # never finished: the first to go


def _disk_use(folder: Path) -> int:
    total = 0
    for current, _, files in os.walk(folder):
        for name in files:
            try:
                found = (Path(current) / name).lstat()
            except OSError:
                continue
            # Windows (untried) does not tell blocks.
            total += getattr(found, "st_blocks", -(-found.st_size // 512)) * 512
    return total


def _empty(folder: Path) -> bool:
    """Throw away all but the lock file, which others may be waiting for; False if somebody has it."""
    lock = FileLock(folder / _LOCK, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except (Timeout, OSError):
        return False
    try:
        # The manifest goes first: without it what is left of a tree is not trusted.
        for path in sorted(folder.iterdir(), key=lambda path: path.name != "manifest.json"):
            if path.name == _LOCK:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
    finally:
        lock.release()
    return True
