"""The sleep's process, followed from outside."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import pytest

from sleepy_core.night import order
from sleepy_core.night.child import State
from sleepy_core.night.order import Order
from sleepy_server.jobs import Job, Progress, SleepFailed, as_object, follow

BEGAN = {"event": "began", "id": "n1", "repo": "r1", "name": "orchard"}
TRAIN = {"event": "doing", "step": "train"}
ENDED = {"event": "ended", "promoted": True, "told": "it repairs 2 of 3", "gain": {"exact_now": 2}}


def play(*events: dict[str, Any], then: str = "") -> tuple[str, ...]:
    """A process that says these events once it has its order."""
    lines = "".join(f"print({json.dumps(json.dumps(event))}, flush=True)\n" for event in events)
    return (sys.executable, "-c", f"import sys\nordered = sys.stdin.readline()\n{lines}{then}")


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        ([], "falling asleep"),
        ([BEGAN, {"event": "doing", "step": "curate"}], "orchard: choosing examples"),
        ([BEGAN, TRAIN, {"event": "training", "what": "start", "step": 9, "steps": 50}], "orchard: training, 9 of 50"),
        ([BEGAN, TRAIN, {"event": "training", "what": "start", "step": 0, "steps": 50},
          {"event": "training", "what": "step", "step": 3, "loss": 1.0}], "orchard: training, 3 of 50"),
        ([BEGAN, TRAIN, {"event": "training", "what": "held_out", "step": 3, "loss": 1.0}], "orchard: training"),
        ([BEGAN, {"event": "doing", "step": "judge"}, {"event": "asked", "what": "x", "done": 2, "of": 9}],
         "orchard: measuring, 2 of 9"),
        ([BEGAN, TRAIN, {"event": "something new"}], "orchard: training"),
    ],
)  # fmt: skip
def test_its_events_become_one_sentence(events: list[dict[str, Any]], sentence: str) -> None:
    progress = Progress()
    for event in events:
        progress = follow(progress, event)
    assert progress.sentence == sentence


def test_a_page_can_draw_the_steps_the_losses_and_what_the_judge_asks() -> None:
    progress = Progress()
    for event in (
        BEGAN | {"done": [["curate", "3 examples"]]},
        TRAIN,
        {"event": "training", "what": "start", "step": 0, "steps": 2},
        {"event": "training", "what": "held_out", "step": 0, "loss": 2.0},
        {"event": "training", "what": "step", "step": 1, "loss": 1.5},
        {"event": "training", "what": "step", "step": 2, "loss": 1.0},
        {"event": "training", "what": "held_out", "step": 2, "loss": 0.9},
    ):
        progress = follow(progress, event)
    told = as_object(progress, "somebody types")
    assert (told["losses"], told["held_out"]) == (((1, 1.5), (2, 1.0)), ((0, 2.0), (2, 0.9)))
    assert (told["doing"], told["still"], told["done"], told["of"]) == ("orchard: training", "somebody types", 2, 2)
    assert [(step["state"], step["told"]) for step in told["steps"]] == [
        ("done", "3 examples"),
        ("now", ""),
        *[("to come", "")] * 3,
    ]
    for event in (
        {"event": "done", "step": "train", "told": "2 steps"},
        {"event": "doing", "step": "judge"},
        {"event": "asked", "what": "frozen tasks, new", "done": 1, "of": 9},
    ):
        progress = follow(progress, event)
    told = as_object(progress)
    assert (told["asked"], told["done"], told["of"]) == ("frozen tasks, new", 1, 9)
    rules = [{"rule": "no frozen task lost", "kept": True, "told": "none was"}]
    ended = as_object(follow(progress, ENDED | {"gain": {"rules": rules}}))
    assert (ended["ended"], ended["promoted"], ended["rules"]) == ("ended", True, rules)
    assert "now" not in [step["state"] for step in ended["steps"]]
    json.dumps(ended)


async def test_it_is_followed_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "COMMAND", play(BEGAN, TRAIN, ENDED))
    seen: list[Progress] = []
    async with Job.start(Order("r1")) as job:
        ended = await job.run(seen.append)
    assert (ended.name, ended.promoted, ended.told, len(seen)) == ("orchard", True, "it repairs 2 of 3", 3)
    assert job.state is State.ENDED


async def test_it_gets_its_order_as_its_first_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        order, "COMMAND", play(then='print(ordered[:-1].replace(\'{\', \'{"event": "left", "told": "", \', 1))')
    )
    async with Job.start(Order("r1", now=True, settings={"sleep": {"steps": 3}})) as job:
        ended = await job.run(lambda _: None)
    assert ended.last is not None
    given = {k: v for k, v in ended.last.items() if k not in ("event", "told")}
    assert Order(**given) == Order("r1", now=True, settings={"sleep": {"steps": 3}})


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (play({"event": "error", "problem": "no room"}), "no room"),
        (play(BEGAN, then="sys.exit('torch is broken')"), "ended with 1: torch is broken"),
        (play(), "it said nothing"),
    ],
)
async def test_what_goes_wrong_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], says: str
) -> None:
    monkeypatch.setattr(order, "COMMAND", command)
    with pytest.raises(SleepFailed, match=says):
        async with Job.start(Order()) as job:
            await job.run(lambda _: None)


async def test_told_to_leave_while_it_stands_still_it_keeps_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    left = 'sys.stdin.readline(); print(\'{"event": "left", "told": "later"}\', flush=True)'
    monkeypatch.setattr(order, "COMMAND", play(BEGAN, TRAIN, then=left))
    begun = asyncio.Event()
    async with Job.start(Order()) as job:
        running = asyncio.create_task(job.run(lambda progress: begun.set() if progress.step else None))
        await begun.wait()
        await job.suspend()
        assert job.state is State.SUSPENDED
        await job.leave()
        assert (await running).ended == "left"
