"""Who held the loop, and for how long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from sleepy_server.meter import Meter


@pytest.fixture
async def meter() -> AsyncIterator[Meter]:
    loop = asyncio.get_running_loop()
    meter = Meter()
    meter.install(loop)
    yield meter
    loop.set_task_factory(None)


async def block(*seconds: float) -> str:
    for some in seconds:
        time.sleep(some)
        await asyncio.sleep(0.03)
    return "done"


async def test_the_longest_step_counts_not_their_sum_nor_the_waiting(meter: Meter) -> None:
    assert await asyncio.create_task(block(0.03, 0.05, 0.03), name="work") == "done"
    (hold,) = meter.holds
    assert hold.name == "work"
    assert 50 <= hold.ms < 110


async def test_the_longest_name_comes_first_of_several(meter: Meter) -> None:
    tasks = [asyncio.create_task(block(s), name=f"{s}") for s in (0.01, 0.25)]
    await asyncio.gather(*tasks)
    assert [hold.name for hold in meter.holds] == ["0.25", "0.01"]


async def test_a_task_without_a_name_is_called_by_its_function(meter: Meter) -> None:
    await asyncio.create_task(block(0.004))
    assert [hold.name for hold in meter.holds] == ["block"]


async def test_a_task_may_be_named_anew_for_each_step(meter: Meter) -> None:
    async def reads() -> None:
        for name in ("handler one", "handler two"):
            await asyncio.sleep(0)
            task = asyncio.current_task()
            assert task is not None
            task.set_name(name)
            time.sleep(0.004)

    await asyncio.create_task(reads())
    assert {hold.name for hold in meter.holds} == {"handler one", "handler two"}


async def test_names_do_not_heap_up(meter: Meter) -> None:
    for number in range(60):
        await asyncio.create_task(block(0.0015), name=f"editor-{number}")
    assert len(meter.holds) == 50


async def test_failures_and_cancellation_pass_through(meter: Meter) -> None:
    seen = []

    async def work() -> None:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            seen.append("cancelled")
            await asyncio.sleep(0)
            raise

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["cancelled"]

    async def fail() -> None:
        await asyncio.sleep(0)
        raise KeyError("x")

    with pytest.raises(KeyError):
        await asyncio.create_task(fail())
