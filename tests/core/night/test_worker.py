"""The sleep worker as a real process: its lines, its end, and a kill at any moment."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from safetensors.numpy import load_file

from helpers.nights import lives
from helpers.tiny_language_model import write_model
from sleepy_core.engines.protocol import Message
from sleepy_core.night.example import Example, write_examples
from sleepy_core.night.job import ADAPTER, TrainJob
from sleepy_core.night.worker import EXIT_STOPPED

pytestmark = [pytest.mark.train, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def job(tmp_path: Path) -> TrainJob:
    asked = (Message("user", "take(v);"),)
    write_examples(
        tmp_path / "e.jsonl", [Example(f"e{n}", "f", "s", asked, "take(&v);", 1.0, "koan") for n in range(9)]
    )
    return TrainJob(
        write_model(tmp_path / "model"), tmp_path / "e.jsonl", tmp_path / "out", steps=60, tokens=64, threads=1,
        device="cpu", dtype="float32", checkpoint_steps=5,
    )  # fmt: skip


def start(job: TrainJob) -> subprocess.Popen[str]:
    file = job.out.parent / f"{job.out.name}.json"
    file.write_text(job.to_json())
    command = [sys.executable, "-m", "sleepy_core.night.worker", str(file)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def until_step(worker: subprocess.Popen[str], step: int) -> list[dict[str, object]]:
    assert worker.stdout is not None
    events = []
    for line in worker.stdout:
        events.append(json.loads(line))
        if events[-1]["event"] == "step" and events[-1]["step"] >= step:
            break
    return events


def finish(worker: subprocess.Popen[str]) -> list[dict[str, object]]:
    assert worker.stdout is not None
    events = [json.loads(line) for line in worker.stdout]
    worker.wait(30)
    return events


def test_it_tells_of_its_steps_and_runs_behind_everything_else(job: TrainJob) -> None:
    with start(job) as worker:
        first = until_step(worker, 1)
        assert psutil.Process(worker.pid).nice() == 19 or sys.platform == "win32"
        events = [*first, *finish(worker)]
    assert worker.returncode == 0
    assert [e["event"] for e in events][:2] == ["start", "step"]
    assert [e["step"] for e in events if e["event"] == "step"] == list(range(1, 61))
    assert events[-1]["event"] == "done"


@pytest.mark.parametrize("how", ["stop", "SIGTERM"])
def test_told_to_stop_it_checkpoints_and_leaves_and_goes_on_later(job: TrainJob, how: str) -> None:
    with start(job) as worker:
        assert worker.stdin is not None
        until_step(worker, 3)
        if how == "stop":
            worker.stdin.write("stop\n")
            worker.stdin.flush()
        else:
            worker.send_signal(signal.SIGTERM)
        events = finish(worker)
    assert worker.returncode == EXIT_STOPPED
    assert events[-1]["ended"] == "stopped"
    with start(job) as worker:
        events = finish(worker)
    assert worker.returncode == 0
    assert events[0]["step"] >= 3
    assert (job.out / ADAPTER).is_file()


STARTER = """
import subprocess, sys
worker = subprocess.Popen([sys.executable, *sys.argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
print(worker.pid, flush=True)
for line in worker.stdout:
    print(line, end="", flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="by the kernel's word: only Linux has it")
@pytest.mark.parametrize("still", [False, True])
def test_a_starter_that_is_killed_takes_it_along_at_once_even_while_it_stands_still(job: TrainJob, still: bool) -> None:
    """Else the next start would train beside it, into the same files."""
    file = job.out.parent / "job.json"
    file.write_text(job.to_json())
    argv = [sys.executable, "-c", STARTER, "-m", "sleepy_core.night.worker", str(file)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as starter:
        assert starter.stdout is not None
        worker = psutil.Process(int(starter.stdout.readline()))
        until_step(starter, 1)
        if still:
            worker.suspend()
        starter.kill()
        killed = time.monotonic()
        while lives(worker) and time.monotonic() < killed + 20:
            time.sleep(0.005)
        outlived = time.monotonic() - killed
        print(json.dumps({"outlived_by_s": round(outlived, 3)}))
        assert outlived < 5  # who is killed needs the processor to end, and others may have it


LONG_STEP = """
import threading
from sleepy_core.night.worker import listen
threading.Thread(target=listen, args=(threading.Event(),), daemon=True).start()
print("began", flush=True)
while True:
    pass
"""


def test_at_the_end_of_its_input_it_ends_within_a_second_however_long_a_step_takes() -> None:
    with subprocess.Popen([sys.executable, "-c", LONG_STEP], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        process.stdin.close()
        began = time.monotonic()
        assert process.wait(20) == EXIT_STOPPED
        assert time.monotonic() - began < 5  # a second, on a machine that has time for it


def test_killed_at_any_moment_it_loses_at_most_what_came_after_the_last_checkpoint(job: TrainJob) -> None:
    """Killed again and again, the numbers at the end are those of a training that nobody disturbed."""
    with start(TrainJob.from_json(job.to_json().replace("/out", "/undisturbed"))) as worker:
        finish(worker)
    chance = random.Random(5)
    for _ in range(2):
        with start(job) as worker:
            until_step(worker, chance.randrange(1, 20))
            time.sleep(chance.random() / 50)
            worker.kill()
            finish(worker)
    with start(job) as worker:
        finish(worker)
    assert worker.returncode == 0
    undisturbed = load_file(job.out.parent / "undisturbed" / ADAPTER)
    assert {name: array.tobytes() for name, array in load_file(job.out / ADAPTER).items()} == {
        name: array.tobytes() for name, array in undisturbed.items()
    }


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGSTOP; psutil suspends there")
def test_it_may_be_suspended_for_as_long_as_one_likes(job: TrainJob) -> None:
    with start(job) as worker:
        until_step(worker, 2)
        os.kill(worker.pid, signal.SIGSTOP)
        time.sleep(0.5)
        used = sum(psutil.Process(worker.pid).cpu_times()[:2])
        time.sleep(0.5)
        assert sum(psutil.Process(worker.pid).cpu_times()[:2]) == used
        os.kill(worker.pid, signal.SIGCONT)
        finish(worker)
    assert worker.returncode == 0


@pytest.mark.parametrize(("text", "says"), [("{", "no job"), (None, "No such file")])
def test_a_job_that_cannot_be_read_is_told_in_one_event(tmp_path: Path, text: str | None, says: str) -> None:
    file = tmp_path / "job.json"
    if text is not None:
        file.write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "sleepy_core.night.worker", str(file)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    (event,) = map(json.loads, done.stdout.splitlines())
    assert event["event"] == "error"
    assert says in event["problem"]
