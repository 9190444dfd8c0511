"""A home with everything in it that the dashboard shows."""

from __future__ import annotations

import time
from pathlib import Path

from helpers.episodes import REPO, an_episode
from helpers.task_results import results, run
from sleepy_core.evaluate.cycle import Plan, Record, State, cycle_folder, write_state
from sleepy_core.evaluate.metrics import append_metrics, metrics
from sleepy_core.store.coefficients import CoefficientSet
from sleepy_core.store.database import Database
from sleepy_core.store.shelf import folder_of


async def fill(database: Database, data: Path) -> None:
    """Three cycles with a gate each, a repository with a current set, an episode."""
    met = {"E0382:family/a", "E0382:family/b"}
    for cycle, passes in enumerate(({"a": False, "b": True}, {"a": True, "b": True}, {"a": True, "b": True})):
        line = metrics(run(f"eval-{cycle}", cycle=cycle), results(**passes, c=False), label="share", met=met)
        append_metrics(data / "metrics.jsonl", line)
    records = tuple(
        Record(cycle, "gate", passed=passed, told=told)
        for cycle, passed, told in ((1, True, "every rule was kept"), (2, False, "family/b was lost"))
    )
    folder = cycle_folder(data, "nights")
    write_state(folder, State("nights", Plan("share", 2), records))
    await database.remember_repo(REPO, data / "work" / "parser")
    set_ = CoefficientSet("set-00000001", "m" * 64, "basis", time.time(), REPO.id, None, gain={"passed": 0.25})
    folder_of(set_.id).mkdir(parents=True)
    (folder_of(set_.id) / "adapter_model.safetensors").write_bytes(bytes(2048))
    await database.add_coefficients(set_, "trained on 12 episodes")
    await database.promote(set_.id, "no frozen task was lost")
    await database.add_episode(an_episode(message="expected `&str`, found `<b>String</b>`"))
