"""The crates that an error's crate is compiled with, and the reading of their names in the background."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from sleepy_core.cargo.units import Unit
from sleepy_core.processes import running

log = structlog.get_logger()

_READER = "sleepy_core.propose.search.libraries"
# What has not been read until then is read at the next error.
_DEADLINE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Externs:
    """Where a crate's libraries lie. Their names are kept in `cache`, as far as they have been read."""

    cache: Path
    crates: tuple[tuple[str, str], ...]  # name, and the metadata file that rustc is given for it
    rustc: str

    @classmethod
    def of(cls, unit: Unit, cache: Path, own: Collection[str]) -> Externs:
        """Those of one call of rustc; `own` are the names of the project's crates, which are read anyway."""
        crates = tuple(sorted((name, path) for name, path in unit.externs.items() if name not in own))
        return cls(cache, crates, unit.argv[0])

    def to_json(self) -> str:
        """For the process that reads."""
        return json.dumps({"cache": str(self.cache), "crates": self.crates, "rustc": self.rustc})

    @classmethod
    def from_json(cls, text: str) -> Externs:
        """The other way."""
        told: Mapping[str, object] = json.loads(text)
        crates = told["crates"]
        assert isinstance(crates, list)
        return cls(Path(str(told["cache"])), tuple((str(n), str(p)) for n, p in crates), str(told["rustc"]))


class ExternsReader:
    """Has names read that are not there yet: one process at a time, at the lowest priority, each set once."""

    def __init__(self) -> None:
        self._read: set[Externs] = set()
        self._waiting: list[Externs] = []
        self._task: asyncio.Task[None] | None = None

    def want(self, externs: Externs) -> None:
        """Have them read, unless they have been; returns at once."""
        if externs in self._read:
            return
        self._read.add(externs)
        self._waiting.append(externs)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work(), name="read the names of libraries")

    async def finished(self) -> None:
        """Wait until nothing is being read."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def aclose(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _work(self) -> None:
        while self._waiting:
            externs = self._waiting.pop()
            if not await asyncio.to_thread(_is_unread, externs):
                continue
            argv = [sys.executable, "-m", _READER, externs.to_json()]
            try:
                async with (
                    asyncio.timeout(_DEADLINE_SECONDS),
                    running(argv, cwd=Path(sys.prefix), env=os.environ) as process,
                ):
                    _, complaint = await process.communicate()
                    if process.returncode:
                        log.warning("names were not read", said=complaint.decode("utf-8", "replace")[-2000:])
            except (TimeoutError, OSError) as problem:
                log.warning("names were not read", problem=str(problem) or "out of time")


def _is_unread(externs: Externs) -> bool:
    """Is there a library whose names are not there yet? Looks at files, and loads what edit search needs anyway."""
    from sleepy_core.propose.search.libraries import Libraries

    return bool(Libraries(externs).missing())
