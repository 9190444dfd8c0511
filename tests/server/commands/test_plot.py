"""`sleepy plot`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.task_results import results, run
from sleepy_core.evaluate.metrics import append_metrics, metrics


def plot(*arguments: str, home: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "sleepy_server", "plot", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "SLEEPY_HOME": str(home)},
    )


def test_without_figures_it_says_where_they_come_from(tmp_path: Path) -> None:
    done = plot(home=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"sleepy: {tmp_path / 'data' / 'metrics.jsonl'} has no figures yet")


@pytest.mark.slow
def test_pictures_are_written_and_named_and_what_is_left_out_is_told(tmp_path: Path) -> None:
    file = tmp_path / "data" / "metrics.jsonl"
    append_metrics(file, metrics(run("one"), results(a=True)))
    append_metrics(file, metrics(run("day", tasks="train", digest="other"), results(a=True)))
    done = plot("--out", str(tmp_path / "out"), home=tmp_path)
    assert done.stdout.splitlines() == [
        str(tmp_path / "out" / f"{name}.{kind}") for name in ("baselines", "families") for kind in ("png", "svg")
    ]
    assert done.stderr == "1 of 2 runs are over other tasks, and left out\n"
    assert all(Path(line).stat().st_size > 1000 for line in done.stdout.splitlines())
