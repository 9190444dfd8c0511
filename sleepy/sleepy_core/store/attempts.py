"""The SQL about attempts: every patch that was compiled on the way to an episode, good or not."""

# Column names and conditions come from this package alone; values are always bound.
# ruff: noqa: S608

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import aiosqlite

from sleepy_core.model import (
    Attempt,
    Edit,
    FilePatch,
    Identity,
    Patch,
    Proposal,
    Source,
    Usage,
    Verdict,
    VerdictKind,
)
from sleepy_core.store.episodes import storable, to_json

_COLUMNS = (
    "source, label, why, cost, weak, recalled, patch, prompt_tokens, answer_tokens, model_seconds, "
    "verdict, remaining, new, fixed, reason, ms, edit_kind, screened"
)


async def insert(db: aiosqlite.Connection, episode_id: str, attempts: Sequence[Attempt]) -> None:
    """Append attempts to an episode's."""
    marks = ", ".join("?" * (_COLUMNS.count(",") + 1))
    (count,) = await _one(db, "SELECT count(*) FROM attempts WHERE episode = ?", episode_id)
    await db.executemany(
        f"INSERT INTO attempts (episode, number, {_COLUMNS}) VALUES (?, ?, {marks})",
        [(episode_id, number, *_to_row(attempt)) for number, attempt in enumerate(attempts, count)],
    )


async def of_episode(db: aiosqlite.Connection, episode_id: str) -> tuple[Attempt, ...]:
    """What was compiled for an episode, in that order."""
    rows = await db.execute_fetchall(
        f"SELECT {_COLUMNS} FROM attempts WHERE episode = ? ORDER BY number",
        (episode_id,),
    )
    return tuple(_from_row(row) for row in rows)


async def _one(db: aiosqlite.Connection, sql: str, *arguments: object) -> Any:
    rows = await db.execute_fetchall(sql, arguments)
    return next(iter(rows))


def _to_row(attempt: Attempt) -> tuple[Any, ...]:
    proposal, verdict = attempt.proposal, attempt.verdict
    patch = [[f.file, f.base, [[e.start, e.end, e.text] for e in f.edits]] for f in proposal.patch.files]
    return (
        proposal.source.value,
        storable(proposal.label),
        storable(proposal.why),
        proposal.cost,
        proposal.weak,
        to_json(proposal.recalled),
        to_json(patch),
        proposal.usage.prompt_tokens,
        proposal.usage.answer_tokens,
        proposal.usage.seconds,
        verdict.kind.value,
        verdict.remaining,
        _identities_to_json(verdict.new),
        _identities_to_json(verdict.fixed),
        storable(verdict.reason),
        verdict.ms,
        proposal.kind,
        proposal.screened,
    )


def _from_row(row: Sequence[Any]) -> Attempt:
    (
        source,
        label,
        why,
        cost,
        weak,
        recalled,
        patch,
        prompt,
        answer,
        seconds,
        kind,
        remaining,
        new,
        fixed,
        reason,
        ms,
        edit_kind,
        screened,
    ) = row
    files = (FilePatch(file, base, tuple(Edit(*edit) for edit in edits)) for file, base, edits in json.loads(patch))
    return Attempt(
        Proposal(
            patch=Patch(tuple(files)),
            source=Source(source),
            label=label,
            cost=cost,
            why=why,
            weak=bool(weak),
            recalled=tuple(json.loads(recalled)),
            usage=Usage(prompt, answer, seconds),
            kind=edit_kind,
            screened=screened,
        ),
        Verdict(VerdictKind(kind), remaining, _identities(new), _identities(fixed), reason, ms),
    )


def _identities_to_json(identities: Iterable[Identity]) -> str:
    return to_json([i.code, i.message, i.file] for i in identities)


def _identities(text: str) -> tuple[Identity, ...]:
    return tuple(Identity(*item) for item in json.loads(text))
