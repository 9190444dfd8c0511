"""`sleepy cycle`: with the compiler alone, so that it takes seconds."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sleepy_core.evaluate.metrics import read_metrics

ARGUMENTS = ["--rungs", "compiler", "--family", "question_mark", "--tasks", "4", "--id", "c"]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "sleepy_server", "cycle", *arguments]


def cycle(*arguments: str, home: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, env={**os.environ, "SLEEPY_HOME": str(home)}
    )


def steps(home: Path) -> list[tuple[int, str, str]]:
    told = json.loads((home / "data" / "cycles" / "c" / "state.json").read_text(encoding="utf-8"))
    return [(one["cycle"], one["step"], one["told"]) for one in told["records"]]


def test_a_name_that_is_no_folders_is_refused(tmp_path: Path) -> None:
    done = cycle("--rungs", "compiler", "--id", "../x", home=tmp_path)
    assert (done.returncode, done.stderr.startswith("sleepy: '../x' cannot name a run")) == (2, True)


@pytest.mark.slow
def test_a_cycle_that_is_killed_goes_on_and_ends_as_one_that_was_not(tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    state = killed / "data" / "cycles" / "c" / "state.json"
    started = subprocess.Popen(
        command("--n", "2", *ARGUMENTS), env={**os.environ, "SLEEPY_HOME": str(killed)}, stdout=subprocess.DEVNULL
    )
    while not state.exists() or '"day"' not in state.read_text(encoding="utf-8"):
        assert started.poll() is None
        time.sleep(0.05)
    started.send_signal(signal.SIGKILL)
    started.wait()
    resumed = cycle("--n", "2", *ARGUMENTS, home=killed)
    assert (resumed.returncode, resumed.stderr) == (0, "")
    assert "cycle 0" not in resumed.stdout  # what was done is not done again
    assert "cycle 2  gate   every rule was kept" in resumed.stdout
    assert cycle("--n", "2", *ARGUMENTS, home=whole).returncode == 0
    assert [told for told in steps(killed) if told[1] != "plot"] == [told for told in steps(whole) if told[1] != "plot"]
    assert [line.run.id for line in read_metrics(killed / "data" / "metrics.jsonl")] == ["c-0", "c-1", "c-2"]
    assert (killed / "data" / "cycles" / "c" / "plots" / "curves.png").exists()
    again = cycle("--n", "2", *ARGUMENTS, home=killed)
    assert again.stdout.startswith("c has done 2 cycles before; a greater --n goes on")


@pytest.mark.slow
def test_it_says_that_nothing_is_trained_and_which_options_may_not_change(tmp_path: Path) -> None:
    assert "nothing is trained" in cycle("--n", "1", *ARGUMENTS, home=tmp_path).stdout
    other = cycle("--n", "1", *ARGUMENTS, "--max-attempts", "2", home=tmp_path)
    assert (other.returncode, "c was begun otherwise (max_attempts was 5 and is 2)" in other.stderr) == (2, True)
