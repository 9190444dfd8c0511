"""File systems of a test's own: small ones that can really be full, read-only ones."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_BALLAST = "ballast"


@contextlib.contextmanager
def disk(folder: Path, options: str) -> Iterator[Path]:
    """A file system in a new folder; `options` are those of mounting a tmpfs. Skips where mounting is not allowed."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("A REAL FULL DISK IS NOT TRIED: it needs the right to mount")
    folder.mkdir(parents=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False).returncode:
        pytest.skip("A REAL FULL DISK IS NOT TRIED: mounting is not allowed here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path, free: int) -> None:
    """Leave so many bytes free on the disk of a folder, at most a page more."""
    with (folder / _BALLAST).open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while (rest := free_bytes(folder) - free) > 0:
            file.write(b"x" * min(rest, 2**20))


def make_room(folder: Path) -> None:
    """Take away what `fill` has put there."""
    (folder / _BALLAST).unlink()


def free_bytes(folder: Path) -> int:
    """What can still be written."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
