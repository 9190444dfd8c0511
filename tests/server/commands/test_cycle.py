"""`sleepy cycle`: with the compiler alone, so that it takes seconds."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sleepy_core.engines.digest import model_digest
from sleepy_core.evaluate.metrics import read_metrics
from sleepy_core.evaluate.tasks import load_tasks
from sleepy_core.model import Source
from sleepy_core.store.coefficients import Status
from sleepy_core.store.database import Database

ARGUMENTS = ["--rungs", "compiler", "--family", "question_mark", "--tasks", "4", "--id", "c"]


SLEEPING = [
    "--rungs", "compiler,model", "--engine", "embedded", "--family", "question_mark", "--tasks", "3", "--frozen", "2",
    "--method", "lora", "--steps", "4", "--max-attempts", "1", "--id", "c",
]  # fmt: skip


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "sleepy_server", "cycle", *arguments]


def cycle(*arguments: str, home: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command(*arguments), capture_output=True, text=True, env=environment(home))


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "SLEEPY_HOME": str(home), "HF_HUB_OFFLINE": "1"}


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
    started = subprocess.Popen(command("--n", "2", *ARGUMENTS), env=environment(killed), stdout=subprocess.DEVNULL)
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


def killed_while_it_sleeps(*arguments: str, home: Path) -> None:
    with subprocess.Popen(command(*arguments), env=environment(home), stdout=subprocess.DEVNULL) as started:
        job = home / "data" / "cycles" / "c" / "sleeps" / "1" / "job.json"
        while not job.exists():
            assert started.poll() is None
            time.sleep(0.05)
        started.kill()


@pytest.mark.slow
@pytest.mark.train
@pytest.mark.timeout(600)  # a minute of work; beside others it may have to wait
async def test_two_cycles_with_sleep_go_on_after_a_kill_and_what_passes_the_gate_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real worker, export and engine; the model has words, and two small layers that know nothing."""
    from helpers import tiny_gguf

    koans = load_tasks("train", family="question_mark").koans
    texts = [text for koan in koans for text in (*koan.files.values(), *koan.solution.values())]
    words = tiny_gguf.words_of(texts, count=4000, context=4096)
    small = tiny_gguf.model("llama", words=words)
    for name, weight in small.named_parameters():
        if "norm" not in name:
            weight.data *= 0.07  # it has no opinion yet, so that a few steps are a gain
    model = tiny_gguf.write(small, "llama", tmp_path / "tiny.gguf", words)
    monkeypatch.setenv("SLEEPY_SLEEP__THREADS", "1")
    options = ("--model", str(model), "--n", "2", *SLEEPING)
    await asyncio.to_thread(killed_while_it_sleeps, *options, home=tmp_path)
    done = await asyncio.to_thread(cycle, *options, home=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "cycle 1  day" not in done.stdout  # it went on with the sleep
    taught = [told for _, step, told in steps(tmp_path) if step == "sleep"]
    assert [told.startswith("4 steps on") for told in taught] == [True, True]
    async with Database.open(tmp_path / "data" / "sleepy.db") as database:
        sets = {one.id: one for one in await database.coefficient_sets(model=model_digest(model))}
        by_hand = await database.episodes(repo="koans", source=Source.HUMAN)
    assert by_hand  # what it knows nothing of was repaired by somebody
    assert sorted(one.status for one in sets.values()) == [Status.CURRENT, Status.RETIRED]
    assert {one.repo for one in sets.values()} == {None}
    in_use = json.loads((tmp_path / "data" / "cycles" / "c" / "state.json").read_text(encoding="utf-8"))["records"]
    current = next(one["coefficients"] for one in reversed(in_use) if one["step"] == "gate")
    assert sets[current].status is Status.CURRENT
    assert sets[current].parent in sets  # it was trained further
    metrics = read_metrics(tmp_path / "data" / "metrics.jsonl")
    assert [line.learned for line in metrics] == [(), ("question_mark",), ("question_mark",)]
    assert {line.run.tasks for line in metrics} == {"frozen: question_mark: 2 of 4, seed 1"}
