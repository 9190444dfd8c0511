"""One sleep of one repository, as a record on the disk that says what is done and what comes next.

    <data>/nights/<id>/night.json       this record, written whole after every step
    <data>/nights/<id>/train.jsonl      what is learned from, and held_out.jsonl what it is measured with
    <data>/nights/<id>/job.json         what the worker is told
    <data>/nights/<id>/adapter/         what the worker makes, and its checkpoint
    <data>/nights/<id>/answers.jsonl    how the held-out errors were answered, before and after
    <data>/nights/<id>/told             there once its user has been told of it

Every step can be done again, so whatever is killed, and when, the night goes on with the step that is not recorded.
What answers now is not touched before the last one. The set that a night makes has the night's own id.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

from sleepy_core.errors import SleepyError
from sleepy_core.night.promote import Settled

Step = Literal["curate", "train", "shelve", "judge", "settle"]
STEPS: tuple[Step, ...] = get_args(Step)

NIGHTS = "nights"  # the folder, beside the database
FILE = "night.json"
LOCK = "lock"  # held by whoever sleeps
ASLEEP = "another sleep is going on; it ends by itself"
TRAIN, HELD_OUT, ANSWERS = "train.jsonl", "held_out.jsonl", "answers.jsonl"
_TOLD = "told"


class NightError(SleepyError):
    """A night cannot go on: one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Done:
    """A step that is done."""

    step: Step
    told: str  # one sentence
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Night:
    """What a night is about, and how far it has come."""

    id: str
    repo: str
    name: str  # of the repository
    model: str  # the base model's file
    digest: str  # of that file
    began: float  # seconds since the epoch: what is closed later is for the next night
    current: str = ""  # the set that answers this repository now; "" for the bare model
    general: str = ""  # the set for everything, which the new one is trained above; "" without one
    examples: int = 0
    held_out: int = 0
    basis: str = ""  # id of the basis, once it is trained
    done: tuple[Done, ...] = ()
    settled: Settled | None = field(default=None, hash=False)
    ended: str = ""  # why nothing comes after the last step; "" while something does


def next_step(night: Night) -> Step | None:
    """The first step that is not done; None where the night is over."""
    if night.ended:
        return None
    known = {done.step for done in night.done}
    return next((step for step in STEPS if step not in known), None)


def with_step(night: Night, done: Done, **changes: Any) -> Night:
    """The night after a step."""
    return replace(night, done=(*night.done, done), **changes)


def folder_of(data: Path, id_: str) -> Path:
    """Where a night's files lie."""
    return data / NIGHTS / id_


def write_night(data: Path, night: Night) -> None:
    """Put the record in its place, as a whole."""
    folder = folder_of(data, night.id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = folder / f".{FILE}.new"
    with unfinished.open("w", encoding="utf-8", newline="\n") as file:
        json.dump(dataclasses.asdict(night), file, indent=1, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / FILE)


def read_night(data: Path, id_: str) -> Night:
    """A night's record. Raises `NightError` where it cannot be read."""
    path = folder_of(data, id_) / FILE
    try:
        return _night(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise NightError(f"{path} cannot be read ({error}); remove the folder, and the night begins anew") from error


def nights(data: Path) -> tuple[Night, ...]:
    """All nights whose record can be read, the oldest first."""
    found = []
    for path in sorted((data / NIGHTS).glob(f"*/{FILE}")):
        try:
            found.append(read_night(data, path.parent.name))
        except NightError:
            continue
    return tuple(found)


def unfinished(data: Path, repo: str | None = None) -> Night | None:
    """The latest night that is not over, of one repository or of any."""
    return next(
        (n for n in reversed(nights(data)) if next_step(n) is not None and repo in (None, n.repo)),
        None,
    )


def latest(data: Path, repo: str) -> Night | None:
    """The latest night of a repository that came to a verdict."""
    return next((n for n in reversed(nights(data)) if n.repo == repo and n.settled and next_step(n) is None), None)


def untold(data: Path, repo: str) -> Night | None:
    """The latest night of a repository that was promoted, and that nobody has been told of."""
    return next(
        (
            night
            for night in reversed(nights(data))
            if night.repo == repo
            and night.settled is not None
            and night.settled.passed
            and next_step(night) is None
            and not (folder_of(data, night.id) / _TOLD).exists()
        ),
        None,
    )


def first_to_tell(data: Path, id_: str) -> bool:
    """Claim to tell of a night: true for one of all who ask, of this process and of others, ever."""
    try:
        (folder_of(data, id_) / _TOLD).touch(exist_ok=False)
    except (FileExistsError, FileNotFoundError):  # it was told, or forgotten
        return False
    return True


def forget(data: Path, repo: str) -> None:
    """Delete a repository's nights: their examples hold its code. One that goes on then begins anew."""
    for night in nights(data):
        if night.repo == repo:
            shutil.rmtree(folder_of(data, night.id), ignore_errors=True)


def _night(told: Mapping[str, Any]) -> Night:
    settled = told.get("settled")
    return Night(
        **{
            **told,
            "done": tuple(Done(**done) for done in told["done"]),
            "settled": Settled(**settled) if settled is not None else None,
        }
    )
