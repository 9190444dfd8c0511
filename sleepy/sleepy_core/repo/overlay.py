"""Slots that need no tree of their own: patched files are laid over the shadow's by the sandbox, one bind mount each.

All paths are then those of the shadow, so what cargo and rustc have built there is taken over as it is, incremental
sessions included: a slot costs one copy of the target folder, and its first check is no dearer than the next.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from sleepy_core.model import RelPath
from sleepy_core.repo.folders import take_folder
from sleepy_core.repo.mirror import cannot_write
from sleepy_core.repo.seed import copy_target
from sleepy_core.repo.shadow import Place, Shadow


@dataclass(slots=True)
class _Slot:
    folder: Path
    lock: FileLock

    @property
    def target_dir(self) -> Path:
        return self.folder / "target"

    @property
    def laid(self) -> Path:
        return self.folder / "laid"


class OverlayPool:
    """Slots over one shadow, at most `count` in use at a time, made when first needed, kept warm."""

    def __init__(self, main: Shadow, folder: Path, count: int) -> None:
        self._main = main
        self._folder = folder
        self._free: list[_Slot] = []
        self._permits = asyncio.Semaphore(count)
        self._opened = 0

    @asynccontextmanager
    async def lay(self, patched: Mapping[RelPath, str]) -> AsyncIterator[Place]:
        """A slot for one caller alone, with the patched texts over the shadow's. Waits for one.

        Raises `ShadowError`.
        """
        async with self._permits:
            slot = self._free.pop() if self._free else await self._open()
            try:
                over = await asyncio.to_thread(self._lay, slot, patched)
                yield Place(self._main.root, slot.target_dir, over)
            finally:
                self._free.append(slot)

    async def aclose(self) -> None:
        """Let other processes have the slots."""
        while self._free:
            self._free.pop().lock.release()

    async def _open(self) -> _Slot:
        self._opened += 1
        folder, lock = await asyncio.to_thread(take_folder, self._folder / f"overlay-{self._opened}")
        return _Slot(folder, lock)

    def _lay(self, slot: _Slot, patched: Mapping[RelPath, str]) -> dict[Path, Path]:
        """Write the files to be seen; says which is seen where.

        cargo tells by times what has changed. A file that was patched once stays laid over for good, later with the
        shadow's own text and the time of that change: else the old time of the shadow's file would say that what
        was built from the patch is fresh.
        """
        copy_target(self._main.target_dir, slot.target_dir, slot.folder / "seeded")
        wanted = dict(patched)
        try:
            for current, _, names in os.walk(slot.laid):
                for name in names:
                    file = (Path(current) / name).relative_to(slot.laid).as_posix()
                    if file not in wanted:
                        try:
                            wanted[file] = self._main.text(file)
                        except KeyError:
                            (slot.laid / file).unlink()
            for file, text in wanted.items():
                path = slot.laid / file
                data = text.encode()
                if not path.exists() or path.read_bytes() != data:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(data)
        except OSError as error:
            raise cannot_write(slot.laid, error) from error
        return {self._main.root / file: slot.laid / file for file in wanted}
