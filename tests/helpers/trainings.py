"""A sleep worker that has its result at once, for tests of what is done around it; the real one is in test_worker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sleepy_core.night.job import ADAPTER, TRAINING, TrainJob, TrainResult
from sleepy_core.night.making import Worker

_RESULT = {
    "method": "share", "model": "m", "model_digest": "", "data_digest": "", "basis_id": "random-1", "trained": 9,
    "examples": 3, "too_long": 0, "steps": 50, "ended": "steps", "loss": 0.5, "held_out": [[0, 2.0], [50, 1.0]],
    "best_step": 50, "learning_rate": 0.03, "seed": 1, "seconds": 9.0, "peak_bytes": 1, "version": "0", "libraries": {},
}  # fmt: skip


def at_once(job: TrainJob, file: Path, **result: Any) -> TrainResult:
    """A training's files, written without one."""
    file.write_text(job.to_json())
    job.out.mkdir(exist_ok=True)
    (job.out / ADAPTER).write_bytes(b"numbers")
    told = json.dumps(_RESULT | result)
    (job.out / TRAINING).write_text(told)
    return TrainResult.from_json(told)


def fake_worker(monkeypatch: pytest.MonkeyPatch, **result: Any) -> list[TrainJob]:
    """From now on every worker ends so; the jobs that it gets."""
    jobs: list[TrainJob] = []

    async def do(self: Worker, job: TrainJob, file: Path) -> TrainResult:
        jobs.append(job)
        return at_once(job, file, **result)

    monkeypatch.setattr(Worker, "do", do)
    return jobs
