"""What the page shows, as JSON: read from the database, the runs' figures and the cycles' folders. Changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sleepy_core.evaluate.curves import Curve, chosen, curves, median_steps, pass_rate, repeat_error_rate
from sleepy_core.evaluate.cycle import CycleError, cycle_folder, read_state
from sleepy_core.evaluate.measures import Measures
from sleepy_core.evaluate.metrics import read_metrics
from sleepy_core.evaluate.results import RunError
from sleepy_core.store.shelf import folder_of

if TYPE_CHECKING:
    from sleepy_core.model import Episode
    from sleepy_core.store.coefficients import CoefficientSet, Move
    from sleepy_core.store.database import Database
    from sleepy_server.app import App

METRICS = "metrics.jsonl"

_CHARTS: tuple[tuple[str, str, str, Callable[[Measures], float | None]], ...] = (
    ("pass-rate", "Pass rate", "share", pass_rate),
    ("steps", "Steps to green", "steps", median_steps),
    ("repeat-errors", "Repeat-error rate", "share", repeat_error_rate),
)


def state(app: App) -> dict[str, Any]:
    """What goes on now."""
    return {
        "paused": app.paused,
        "engine_problem": app.engine_problem(),
        "projects": [
            {
                "root": str(project.root),
                "phase": project.state.phase.value,
                "detail": project.state.detail,
                "errors": project.state.errors,
                "fixes": project.state.fixes,
            }
            for project in app.projects
        ],
    }


async def learning(data: Path) -> dict[str, Any]:
    """The curves over cycles, and what the gates decided."""
    return await asyncio.to_thread(_learning, data)


async def episodes(database: Database, limit: int) -> list[dict[str, Any]]:
    """The latest fixes, with their diffs."""
    names = {repo.id: repo.name or repo.id for repo in await database.repos()}
    return [_episode(one, names.get(one.repo, one.repo)) for one in await database.episodes(limit=limit)]


async def repositories(database: Database) -> list[dict[str, Any]]:
    """All repositories, the last seen first, with their coefficient sets; the first of all holds the general ones."""
    sets: dict[str | None, list[dict[str, Any]]] = {}
    for one in await database.coefficient_sets():
        size = await asyncio.to_thread(_size, folder_of(one.id))
        sets.setdefault(one.repo, []).append(_set(one, await database.coefficient_moves(one.id), size))
    found: list[dict[str, Any]] = [{"name": "", "path": "", "sets": sets[None]}] if None in sets else []
    for repo in await database.repos():
        path = str(repo.path) if repo.path else ""
        found.append({"name": repo.name or repo.id, "path": path, "sets": sets.get(repo.id, [])})
    return found


def _learning(data: Path) -> dict[str, Any]:
    try:
        lines, problem = chosen(read_metrics(data / METRICS)), ""
    except RunError as error:
        lines, problem = (), str(error)
    charts = [
        {"id": id_, "title": title, "unit": unit, "curves": [_curve(one) for one in curves(lines, value)]}
        for id_, title, unit, value in _CHARTS
    ]
    gates: list[dict[str, Any]] = []
    for folder in _cycle_folders(data):
        try:
            told = read_state(folder)
        except CycleError as error:
            problem = problem or str(error)
            continue
        gates += [
            {"cycles": folder.name, "cycle": one.cycle, "passed": one.passed, "told": one.told}
            for one in (told.records if told else ())
            if one.step == "gate"
        ]
    return {"charts": charts, "gates": gates, "problem": problem}


def _cycle_folders(data: Path) -> list[Path]:
    above = cycle_folder(data, "any").parent
    return sorted(folder for folder in above.iterdir() if folder.is_dir()) if above.is_dir() else []


def _curve(curve: Curve) -> dict[str, Any]:
    return {
        "label": curve.label,
        "cycles": curve.cycles,
        "middle": curve.middle,
        "low": curve.low,
        "high": curve.high,
        "seeds": curve.seeds,
    }


def _episode(one: Episode, repo: str) -> dict[str, Any]:
    return {
        "id": one.id,
        "when": one.created,
        "repo": repo,
        "file": one.file,
        "code": one.code,
        "message": one.message,
        "family": one.family,
        "source": one.source.value,
        "outcome": one.outcome.value,
        "diff": one.diff,
    }


def _set(one: CoefficientSet, moves: tuple[Move, ...], size: int) -> dict[str, Any]:
    return {
        "id": one.id,
        "family": one.family,
        "status": one.status.value,
        "when": one.created,
        "bytes": size,
        "gain": dict(one.gain),
        "history": [{"when": m.moved, "status": m.status.value, "reason": m.reason} for m in moves],
    }


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
