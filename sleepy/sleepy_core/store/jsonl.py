"""Episodes as JSON lines: what `sleepy episodes export` writes and `import` reads.

A line is one complete episode: `{"schema_version", "repository", "episode", "attempts"}`. It says
nothing of where on the machine the repository lies. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from sleepy_core.errors import StoreError
from sleepy_core.model import Attempt, Episode
from sleepy_core.store.migrations import VERSION
from sleepy_core.store.outcome import outcomes_of

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]

UPGRADES: Mapping[int, Upgrade] = {}
"""From a line of schema N to one of N + 1. A migration that leaves episodes alone needs none."""


class Repository(BaseModel):
    """The part of a repository's identity that travels."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    root_commit: str | None
    path_in_repo: str


class Record(BaseModel):
    """One line."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int
    repository: Repository
    episode: Episode
    attempts: tuple[Attempt, ...] = ()


_RECORD = TypeAdapter(Record)


def to_line(record: Record) -> str:
    """The line, without its line end. Non-ASCII is escaped, so that every tool can read it."""
    return json.dumps(_RECORD.dump_python(record, mode="json"), ensure_ascii=True, separators=(",", ":"))


def records(lines: Iterable[str]) -> Iterator[tuple[int, Record]]:
    """The records of a file with the numbers of their lines, from 1; empty lines are skipped.

    Raises `StoreError` that names the line, for one that cannot be read, breaks a rule, or comes from
    a newer version.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, from_line(line)
            except StoreError as error:
                raise StoreError(f"line {number}: {error}") from error


def from_line(line: str, version: int = VERSION, upgrades: Mapping[int, Upgrade] = UPGRADES) -> Record:
    """A record from its line, brought up to date. Raises `StoreError`."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise StoreError(f"not JSON ({error})") from error
    if not isinstance(data, dict) or type(data.get("schema_version")) is not int or data["schema_version"] < 1:
        raise StoreError("not an exported episode (no schema_version)")
    if data["schema_version"] > version:
        raise StoreError(
            f"written by a newer Sleepy Coder (schema {data['schema_version']}, this one knows {version}): "
            "update Sleepy Coder"
        )
    for older in range(data["schema_version"], version):
        data = upgrades.get(older, dict)(data)
    try:
        # Strict, by way of JSON: enums from strings and tuples from arrays are right there, "1" for 1 is not.
        record = _RECORD.validate_json(json.dumps({**data, "schema_version": version}), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise StoreError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    _check(record.episode)
    return record


def _check(episode: Episode) -> None:
    """What the types alone do not say."""
    if not episode.id:
        raise StoreError("episode.id: is empty")
    if episode.outcome not in outcomes_of(episode.source):
        raise StoreError(f"episode.outcome: {episode.outcome} is impossible for a fix from {episode.source}")
