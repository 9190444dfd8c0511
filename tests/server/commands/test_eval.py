"""`sleepy eval`."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from helpers.koans import MODELLED, SUGGESTED
from sleepy_core.evaluate.measures import Share
from sleepy_core.evaluate.metrics import read_metrics


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "sleepy_server", "eval", *arguments]


def test_a_folder_of_koans_is_measured_and_lines_that_are_none_are_named(sleepy: Any, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "a.jsonl").write_text(SUGGESTED.to_json() + "\n{broken\n" + MODELLED.to_json() + "\n")
    done = sleepy("eval", "--set", str(folder), "--rungs", "compiler", "--run-id", "mine", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["asked"], told["passed"], told["families"]) == (2, 1, {"names": [1, 1], "sums": [0, 1]})
    assert "a.jsonl, line 2 is no koan" in told["problems"][0]
    assert (tmp_path / "data" / "runs" / "mine" / "summary.json").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--rungs", "compiler,luck"], "--rungs 'compiler,luck': name some of compiler, recall, search, model"),
        (["--set", "nowhere"], "nowhere is neither frozen, validation or train, nor a file or folder of koans"),
        (["--rungs", "compiler", "--run-id", "../x"], "'../x' cannot name a run"),
    ],
)
def test_what_cannot_be_asked_is_told_in_one_line(sleepy: Any, arguments: list[str], complaint: str) -> None:
    done = sleepy("eval", *arguments)
    assert done.code == 2
    assert done.err.startswith(f"sleepy: {complaint}")


def deck(folder: Path) -> Path:
    """Two koans, of which the compiler's suggestion repairs one."""
    path = folder / "two.jsonl"
    path.write_text(SUGGESTED.to_json() + "\n" + MODELLED.to_json() + "\n", encoding="utf-8")
    return path


def test_its_figures_go_to_the_metrics_and_are_told(sleepy: Any, tmp_path: Path) -> None:
    done = sleepy("eval", "--set", str(deck(tmp_path)), "--rungs", "compiler", "--run-id", "one")
    assert "all\t1 of 2 (50.0 %)\t9.5 to 90.5\t" in done.out
    (line,) = read_metrics(tmp_path / "data" / "metrics.jsonl")
    assert (line.run.id, line.label, line.all.passed) == ("one", "compiler", Share(1, 2))


def test_held_against_another_run_it_says_what_the_gate_says(sleepy: Any, tmp_path: Path) -> None:
    two = str(deck(tmp_path))
    sleepy("eval", "--set", two, "--rungs", "compiler", "--run-id", "base")
    same = sleepy("eval", "--set", two, "--rungs", "compiler", "--run-id", "same", "--against", "base")
    assert same.code == 0
    assert "against base: 0 won, 0 lost, 2 unchanged" in same.out
    assert same.out.endswith("the gate says yes\n")
    arguments = ["--set", two, "--rungs", "recall", "--run-id", "worse", "--against", "base"]
    worse = sleepy("eval", *arguments)
    assert worse.code == 1
    assert f"broken  no frozen task lost: frozen tasks that passed and do not: {SUGGESTED.id}" in worse.out
    told = json.loads(sleepy("eval", *arguments, "--json").out)
    assert (told["against"]["lost"], told["gate"]["passed"]) == ([SUGGESTED.id], False)


def test_it_is_not_held_against_a_run_over_other_tasks_and_that_is_said_before_anything_is_measured(
    sleepy: Any, tmp_path: Path
) -> None:
    one = tmp_path / "one.jsonl"
    one.write_text(SUGGESTED.to_json() + "\n", encoding="utf-8")
    sleepy("eval", "--set", str(one), "--rungs", "compiler", "--run-id", "base")
    arguments = ["--set", str(deck(tmp_path)), "--rungs", "compiler", "--run-id", "new"]
    for against, complaint in (("base", "new and base are over different tasks"), ("none", "there is no run none in ")):
        done = sleepy("eval", *arguments, "--against", against)
        assert done.code == 2
        assert done.err.startswith(f"sleepy: {complaint}")
    assert not (tmp_path / "data" / "runs" / "new").exists()


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on_where_it_was(sleepy: Any, tmp_path: Path) -> None:
    arguments = ["--rungs", "compiler", "--tasks", "50", "--run-id", "r", "--json"]
    results = tmp_path / "data" / "runs" / "r" / "results.jsonl"
    started = subprocess.Popen(command(*arguments), stdout=subprocess.DEVNULL)
    while not results.exists() or results.read_bytes().count(b"\n") < 5:
        assert started.poll() is None
        time.sleep(0.05)
    started.send_signal(signal.SIGKILL)
    started.wait()
    before = [json.loads(line) for line in results.read_bytes().splitlines() if line.endswith(b"}")]
    done = sleepy("eval", *arguments)
    assert done.code == 0, done.err
    after = [json.loads(line) for line in results.read_bytes().splitlines()]
    assert after[: len(before)] == before
    assert len(before) < len(after) == len({result["task"] for result in after}) == 50
    whole = json.loads(sleepy("eval", *arguments[:-2], "whole", "--json").out)
    assert json.loads(done.out)["families"] == whole["families"]
