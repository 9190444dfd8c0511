"""Keeps the engine's coefficient sets in step with the database, and says which of them answers a case.

Nobody has to tell the daemon that a night, or `sleepy coefficients use`, has changed what is current: the database is
asked with every case. A set that is new to the engine is written as a GGUF adapter first, in a process of its own,
below the cache folder; whatever goes wrong with that, the bare model answers and the problem is told.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path

import structlog

from sleepy_core.engines.digest import model_digest
from sleepy_core.engines.protocol import Engine
from sleepy_core.errors import EngineError, SleepyError
from sleepy_core.night.route import route
from sleepy_core.propose.case import Case
from sleepy_core.propose.coefficients import Choice
from sleepy_core.store import shelf
from sleepy_core.store.coefficients import CoefficientSet, Status
from sleepy_core.store.database import Database

log = structlog.get_logger()

GENERAL = "general"  # the folder inside of a set's that holds the LoRA which it was trained above, if there is one
_EXPORT_SECONDS = 120.0


class Serving:
    """Give its `choose` to the proposers that ask a model."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._engine: Engine | None = None  # the one that was told of `_files`
        self._files: dict[str, Path] = {}
        self._problems: dict[str, str] = {}  # sets that cannot be made an adapter of; they are not tried again
        self._lock = asyncio.Lock()

    async def choose(self, engine: Engine, case: Case) -> Choice:
        """The set that answers this case, ready to be named in a request. Never raises `SleepyError`."""
        try:
            base = (await engine.capabilities()).gguf
            if base is None:
                return Choice()  # on another machine, or no GGUF: nothing is known to fit it
            digest = await asyncio.to_thread(model_digest, base)
            current = await self._database.coefficient_sets(model=digest, status=Status.CURRENT)
            name = route(current, digest, case.repo.id, case.family)
            if not name:
                return Choice()
            async with self._lock:
                await self._serve(engine, base, digest, current, case.repo.id)
        except (SleepyError, OSError) as error:
            return Choice(problem=f"The coefficients cannot be used, and the bare model answers: {error}")
        if problem := self._problems.get(name):
            return Choice(problem=problem)
        return Choice(name)

    async def _serve(
        self, engine: Engine, base: Path, digest: str, current: Iterable[CoefficientSet], repo: str
    ) -> None:
        """Tell the engine of what may answer in this repository, beside what it has for others and is still current."""
        files = {}
        for set_ in current:
            if set_.repo not in (None, repo) and set_.id not in self._files:
                continue
            if set_.id not in self._problems:
                try:
                    files[set_.id] = await adapter_file(set_.id, base, digest)
                except EngineError as error:
                    self._problems[set_.id] = str(error)
                    log.warning("coefficients-not-exported", coefficients=set_.id, problem=str(error))
        if engine is not self._engine or files != self._files:
            engine.serve(files)
            self._engine, self._files = engine, files


def parts_of(id_: str) -> list[Path]:
    """The folders of the adapters that a set consists of; none where its files are gone."""
    folder = shelf.folder_of(id_)
    return [part for part in (folder / GENERAL, folder) if part.is_dir()]


async def adapter_file(id_: str, base: Path, digest: str) -> Path:
    """The GGUF adapter of a set for a base model, written if it is not there. Raises `EngineError`."""
    file = shelf.adapter_file(id_, digest)
    if await asyncio.to_thread(file.is_file):
        return file
    parts = await asyncio.to_thread(parts_of, id_)
    if not parts:
        raise EngineError(f"The files of the coefficients {id_} are gone; the bare model answers.")
    words = [*map(str, parts), "--base", str(base), "--out", str(file)]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sleepy_share.export",
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_EXPORT_SECONDS):
            _, said = await process.communicate()
    except BaseException as error:
        if process.returncode is None:
            process.kill()
        await process.wait()
        if isinstance(error, TimeoutError):
            raise EngineError(f"No adapter could be made of the coefficients {id_} in time.") from None
        raise
    if process.returncode != 0:
        reason = said.decode(errors="replace").strip().splitlines()
        raise EngineError(
            f"No adapter can be made of the coefficients {id_}, and the bare model answers: "
            f"{reason[-1][:400] if reason else f'exit code {process.returncode}'}"
        )
    return file
