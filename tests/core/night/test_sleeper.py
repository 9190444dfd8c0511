"""The process of a sleep with all that it starts: a real training, a real engine, a real compiler."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import psutil
import pytest

from helpers.lessons import REPO, a_lesson
from helpers.nights import Home, lives, write_model, write_tasks
from sleepy_core.engines.digest import model_digest
from sleepy_core.engines.embedded import Embedded
from sleepy_core.model import Episode
from sleepy_core.night.curate import curate
from sleepy_core.night.example import read_examples, write_examples
from sleepy_core.night.job import TrainJob, TrainResult
from sleepy_core.night.night import folder_of, nights
from sleepy_core.night.route import route
from sleepy_core.night.serving import GENERAL, adapter_files
from sleepy_core.night.train import train
from sleepy_core.settings import EngineSettings
from sleepy_core.store import shelf
from sleepy_core.store.coefficients import CoefficientSet, Status
from sleepy_share.export import read_adapter, to_gguf
from sleepy_share.lora import write_lora

pytestmark = [pytest.mark.train, pytest.mark.slow, pytest.mark.model, pytest.mark.timeout(300)]


def lessons(count: int = 10) -> list[Episode]:
    return [a_lesson(number, call=f"f({'x, ' * number}name)") for number in range(count)]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    texts = [part for one in lessons() for part in (one.before, one.after, one.rendered)]
    return write_model(texts, tmp_path_factory.mktemp("model") / "tiny.gguf")


@pytest.fixture
async def home(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    made = Home(tmp_path / "home", model, write_tasks(tmp_path / "tasks.jsonl"))
    monkeypatch.setenv("SLEEPY_HOME", str(made.folder))
    await made.remember(REPO, lessons())
    return made


async def test_a_night_of_its_own_ends_with_a_set_that_answers(home: Home) -> None:
    events = await home.sleep(REPO.id)
    assert events[-1]["promoted"], events[-1]
    async with home.database() as database:
        (current,) = [s for s in await database.coefficient_sets(status=Status.CURRENT) if s.repo == REPO.id]
    assert current.gain["frozen_asked"] == 2


async def test_above_a_general_set_it_trains_exports_serves_and_judges_both_together(
    home: Home, model: Path, tmp_path: Path
) -> None:
    general, digest = "general-1", model_digest(model)
    write_examples(tmp_path / "all.jsonl", curate(lessons()).train)
    train(TrainJob(model, tmp_path / "all.jsonl", tmp_path / "lora", method="lora", steps=8, threads=1))
    shelf.put(tmp_path / "lora", general)
    async with home.database() as database:
        await database.add_coefficients(CoefficientSet(general, digest, "", 1.0, repo=None), "trained")
        await database.promote(general, "the first")
    events = await home.sleep(REPO.id)
    assert events[-1]["promoted"], events[-1]

    (night,) = nights(home.data)
    assert (night.general, night.current) == (general, general)
    folder = folder_of(home.data, night.id)
    assert TrainJob.from_json((folder / "job.json").read_text()).below == folder / GENERAL
    made = shelf.folder_of(night.id)
    result = TrainResult.from_json((made / "training.json").read_text())
    assert result.method == "share"
    assert (made / GENERAL / "adapter_model.safetensors").is_file()
    async with home.database() as database:
        sets = await database.coefficient_sets(status=Status.CURRENT)
    assert route(sets, digest, REPO.id, "") == night.id
    assert route(sets, digest, "another", "") == general

    held_out = read_examples(folder / "held_out.jsonl")
    write_lora(read_adapter(made, model), tmp_path / "alone")  # the coefficients without what they were trained above
    to_gguf(tmp_path / "alone", model, tmp_path / "alone.gguf")
    files, problems = await adapter_files([general, night.id], model, digest)
    assert not problems
    settings = EngineSettings(embedded_model=str(model), context_tokens=2048)
    async with Embedded(settings, files | {"alone": tmp_path / "alone.gguf"}) as engine:

        async def likelihood(name: str) -> float:
            scores = [await engine.score(one.messages, [one.answer], name) for one in held_out]
            return sum(score for (score,) in scores) / len(scores)

        bare, below, alone, both = [await likelihood(name) for name in ("", general, "alone", night.id)]
    print({"bare": bare, "general": below, "coefficients alone": alone, "both": both})
    assert bare < below < both
    assert alone < both
    gain = events[-1]["gain"]
    assert (gain["likelihood_before"], gain["likelihood_now"]) == pytest.approx((below, both), abs=0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="by the kernel's word: only Linux has it")
@pytest.mark.parametrize("step", ["train", "judge"])
async def test_killed_it_leaves_nobody_behind_and_nothing_locked(home: Home, step: str) -> None:
    child = await home.start(REPO.id)
    async for event in child.events():
        if (step, event["event"]) in (("train", "training"), ("judge", "asked")):
            break
    others = psutil.Process(child.pid).children(recursive=True)
    assert others
    psutil.Process(child.pid).kill()
    killed = time.monotonic()
    await child.wait()
    while any(map(lives, others)) and time.monotonic() < killed + 20:
        await asyncio.sleep(0.005)
    outlived = time.monotonic() - killed
    print({"outlived_by_s": round(outlived, 3), "of": len(others)})
    assert outlived < 5  # who is killed needs the processor to end, and others may have it
    assert (await home.sleep(REPO.id))[-1]["promoted"]
