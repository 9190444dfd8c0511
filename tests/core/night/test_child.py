"""A process of the night stands still when told, with its children, and is never left standing."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from sleepy_core.night.child import Child, State

BUSY = """
import json, subprocess, sys, time
inner = subprocess.Popen([sys.executable, "-c", "while True: pass"])
print("a library says hello"); print(json.dumps({"event": "began", "inner": inner.pid}), flush=True)
for line in sys.stdin:
    if line.strip() == "stop":
        inner.kill(); inner.wait()
        print(json.dumps({"event": "left"}), flush=True)
        sys.exit(3)
"""
DEAF = "import json, time; print(json.dumps({'event': 'began'}), flush=True)\nwhile True: time.sleep(1)"


async def began(program: str) -> tuple[Child, Any]:
    child = await Child.start((sys.executable, "-c", program), "test")
    return child, await anext(child.events())


def used(pid: int) -> float:
    return sum(psutil.Process(pid).cpu_times()[:2])


async def stopped(*pids: int) -> None:
    """The system needs a moment until the last thread of a process stands."""
    while any(psutil.Process(pid).status() != psutil.STATUS_STOPPED for pid in pids):
        await asyncio.sleep(0.001)


async def test_suspended_it_stands_still_with_its_children_and_goes_on_afterwards() -> None:
    child, event = await began(BUSY)
    try:
        await child.suspend()
        assert child.state is State.SUSPENDED
        await stopped(child.pid, event["inner"])
        before = used(event["inner"])
        await asyncio.sleep(0.2)
        assert used(event["inner"]) == before
        await child.resume()
        await asyncio.sleep(0.2)
        assert used(event["inner"]) > before
    finally:
        await child.kill()
    await gone(event["inner"])
    assert child.state is State.ENDED


async def test_one_that_is_suspended_can_be_told_to_leave() -> None:
    child, _ = await began(BUSY)
    await child.suspend()
    assert await child.stop(grace=20) == 3
    assert child.state is State.ENDED


async def test_one_that_does_not_listen_is_killed_when_its_time_is_up() -> None:
    child, _ = await began(DEAF)
    start = time.monotonic()
    assert await child.stop(grace=0.2) != 0
    assert time.monotonic() - start < 5


async def test_what_it_says_on_stderr_is_kept() -> None:
    child = await Child.start((sys.executable, "-c", "raise SystemExit('no room')"), "test")
    assert [event async for event in child.events()] == []
    assert await child.wait() == 1
    assert child.words == "no room"


@pytest.mark.skipif(sys.platform == "win32", reason="there a starter's end cannot be noticed by a suspended child")
async def test_a_starter_that_is_killed_while_it_is_suspended_leaves_nobody_standing(tmp_path: Path) -> None:
    starter = f"""
import asyncio, sys, structlog
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
from sleepy_core.night.child import Child
async def main():
    child = await Child.start((sys.executable, "-c", {BUSY!r}), "test")
    event = await anext(child.events())
    await child.suspend()
    print(child.pid, event["inner"], flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pids = [int(pid) for pid in process.stdout.readline().split()]
        os.kill(process.pid, signal.SIGKILL)
    await gone(*pids)


async def gone(*pids: int) -> None:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and any(alive(pid) for pid in pids):
        await asyncio.sleep(0.02)
    assert [pid for pid in pids if alive(pid)] == []


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.train
@pytest.mark.slow
async def test_the_real_worker_stands_still_within_three_tenths_of_a_second(tmp_path: Path) -> None:
    """p99 over a hundred times while it trains, and what it computes is not changed by it."""
    from helpers.tiny_language_model import write_model
    from sleepy_core.engines.protocol import Message
    from sleepy_core.night.example import Example, write_examples
    from sleepy_core.night.job import TrainJob

    asked = (Message("user", "take(v);"),)
    examples = [Example(f"e{n}", "f", "s", asked, "take(&v);", 1.0, "koan") for n in range(9)]
    write_examples(tmp_path / "e.jsonl", examples)
    job = TrainJob(
        write_model(tmp_path / "model"), tmp_path / "e.jsonl", tmp_path / "out", steps=100_000, tokens=64, threads=1,
        device="cpu", dtype="float32", checkpoint_steps=100,
    )  # fmt: skip
    (tmp_path / "job.json").write_text(job.to_json())
    child = await Child.start((sys.executable, "-m", "sleepy_core.night.worker", str(tmp_path / "job.json")), "worker")
    events = child.events()
    async for event in events:
        if event["event"] == "step":
            break
    reader = asyncio.create_task(drain(events))
    seconds = []
    for _ in range(100):
        await asyncio.sleep(0.02)
        start = time.perf_counter()
        await child.suspend()
        await stopped(child.pid)
        seconds.append(time.perf_counter() - start)
        await child.resume()
    assert await child.stop(grace=30) == 3
    last = await reader
    assert last["event"] == "done"
    figure = sorted(seconds)[98]
    print(json.dumps({"suspend_p99_s": round(figure, 4), "median_s": round(sorted(seconds)[50], 4)}))
    assert figure < 0.3


async def drain(events: Any) -> Any:
    last = None
    async for event in events:
        last = event
    return last
