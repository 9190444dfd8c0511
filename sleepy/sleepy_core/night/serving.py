"""Keeps the engine's coefficient sets in step with the database, and says which of them answers a case.

Nobody has to tell the daemon that a night, or `sleepy coefficients use`, has changed what is current: the database is
asked with every case. A set that is new to the engine is written as a GGUF adapter first, in a process of its own,
below the cache folder; whatever goes wrong with that, the bare model answers and the problem is told.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import structlog

from sleepy_core.engines.digest import model_digest
from sleepy_core.engines.protocol import Engine
from sleepy_core.errors import SleepyError
from sleepy_core.night.route import route
from sleepy_core.night.shipped import put_up
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
        self._put_up = False  # are the sets that come with Sleepy Coder on the shelf?
        self._problems: dict[str, str] = {}  # sets that cannot be made an adapter of; they are not tried again
        self._lock = asyncio.Lock()

    async def choose(self, engine: Engine, case: Case) -> Choice:
        """The set that answers this case, ready to be named in a request. Never raises `SleepyError`."""
        try:
            base = (await engine.capabilities()).gguf
            if base is None:
                return Choice()  # on another machine, or no GGUF: nothing is known to fit it
            digest = await asyncio.to_thread(model_digest, base)
            if not self._put_up:
                await put_up(self._database)
                self._put_up = True
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
        wanted = [s.id for s in current if s.repo in (None, repo) or s.id in self._files]
        files, problems = await adapter_files([id_ for id_ in wanted if id_ not in self._problems], base, digest)
        for id_, problem in problems.items():
            log.warning("coefficients-not-exported", coefficients=id_, problem=problem)
        self._problems |= problems
        if engine is not self._engine or files != self._files:
            engine.serve(files)
            self._engine, self._files = engine, files


async def base_of(engine: Engine) -> tuple[Path, str]:
    """The file of the engine's model, and its digest. Raises `SleepyError` where nobody knows where it lies."""
    base = (await engine.capabilities()).gguf
    if base is None:
        raise SleepyError(
            f"{engine.name} does not tell where its model's file lies, so no coefficients can be made or used for it: "
            "use the embedded engine, or Ollama on this machine"
        )
    return base, await asyncio.to_thread(model_digest, base)


def parts_of(id_: str) -> list[Path]:
    """The folders of the adapters that a set consists of; none where its files are gone."""
    folder = shelf.folder_of(id_)
    return [part for part in (folder / GENERAL, folder) if part.is_dir()]


async def adapter_files(ids: Sequence[str], base: Path, digest: str) -> tuple[dict[str, Path], dict[str, str]]:
    """The GGUF adapters of sets for the model `base` of that digest, and in a sentence why others have none.

    What is not there yet is written by one process, since opening a model takes longer than all the rest. A night that
    has promoted a set calls this, so that nobody waits for it in the morning.
    """
    files = {id_: shelf.adapter_file(id_, digest) for id_ in ids}
    missing = await asyncio.to_thread(lambda: [id_ for id_ in ids if not files[id_].is_file()])
    parts = {id_: await asyncio.to_thread(parts_of, id_) for id_ in missing}
    problems = {id_: f"The files of the coefficients {id_} are gone." for id_ in missing if not parts[id_]}
    if wanted := [id_ for id_ in missing if parts[id_]]:
        words = [word for id_ in wanted for word in ("--adapter", str(files[id_]), *map(str, parts[id_]))]
        failed = await _export("--base", str(base), *words)
        # A process that died has said nothing; what it has not written is missing.
        for id_ in wanted:
            reason = failed.get(str(files[id_]), "the process that writes it ended early")
            if not await asyncio.to_thread(files[id_].is_file):
                problems[id_] = f"No adapter can be made of the coefficients {id_}: {reason}"
    usable = {id_: file for id_, file in files.items() if id_ not in problems}
    return usable, {id_: f"{problem.rstrip('.')}. The bare model answers." for id_, problem in problems.items()}


async def _export(*words: str) -> dict[str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sleepy_share.export",
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_EXPORT_SECONDS):
            said, _ = await process.communicate()
    except TimeoutError:
        return {}
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        failed: dict[str, str] = json.loads(said)
    except ValueError:
        return {}
    return failed
