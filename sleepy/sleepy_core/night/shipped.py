"""The coefficients that come with Sleepy Coder: what a small model has learned before anybody has used it.

    weights/<name>/     a general LoRA for one base model, as peft saves it, with `training.json` and a model card

They are put on the user's shelf like any other set, with the digest of their model, so that the router, the nights,
`sleepy coefficients` and a rollback know them, and nothing else has to.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sleepy_core import __version__
from sleepy_core.errors import StoreError
from sleepy_core.night.job import TRAINING, TrainResult
from sleepy_core.store import shelf
from sleepy_core.store.coefficients import CoefficientSet, Status
from sleepy_core.store.database import Database

FOLDER = Path(__file__).parents[1] / "weights"
GAIN = "gain.json"  # what was measured, as in `CoefficientSet.gain`
_PREFIX = "shipped-"


@dataclass(frozen=True, slots=True)
class Shipped:
    """One set of the distribution."""

    folder: Path
    training: TrainResult
    gain: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def id(self) -> str:
        """Another training is another set, which follows the one that an older version came with."""
        return f"{_PREFIX}{self.folder.name}-{self.training.data_digest[:4]}{self.training.steps:04}"


def shipped(folder: Path | None = None) -> tuple[Shipped, ...]:
    """All sets of the distribution."""
    found = []
    for file in sorted((folder or FOLDER).glob(f"*/{TRAINING}")):
        measured = file.with_name(GAIN)
        gain = json.loads(measured.read_text(encoding="utf-8")) if measured.is_file() else {}
        found.append(Shipped(file.parent, TrainResult.from_json(file.read_text(encoding="utf-8")), gain))
    return tuple(found)


async def put_up(database: Database) -> None:
    """Put those that are not there yet on the shelf.

    Each answers from then on, unless the user has trained a general set for its model. What was rolled back once stays
    so. Raises `StoreError` and its kin.
    """
    for one in await asyncio.to_thread(shipped):
        known = await database.coefficient_set(one.id)
        if known is None:
            known = await _add(database, one)
        if known.status is Status.CANDIDATE:  # new, or it was killed here the last time
            sets = await database.coefficient_sets(model=known.model, status=Status.CURRENT)
            general = next((s for s in sets if s.repo is None and s.family is None), None)
            reason = f"shipped with Sleepy Coder {__version__}"
            if general is None or general.id.startswith(_PREFIX):
                await database.promote(one.id, reason)
            else:
                await database.reject(one.id, f"{reason}; the user's own general set stays")


async def _add(database: Database, one: Shipped) -> CoefficientSet:
    set_ = CoefficientSet(one.id, one.training.model_digest, one.training.basis_id, time.time(), gain=one.gain)
    # Another process may be doing the same.
    with contextlib.suppress(StoreError):
        if not shelf.folder_of(one.id).is_dir():
            await asyncio.to_thread(shelf.put, one.folder, one.id)
        await database.add_coefficients(set_, "it came with Sleepy Coder")
    known = await database.coefficient_set(one.id)
    if known is None:
        raise StoreError(f"the coefficients {one.id}, which came with Sleepy Coder, cannot be put on the shelf")
    return known
