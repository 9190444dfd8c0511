"""SIGKILL at random moments of real nights; `bench/kills.py` does it two hundred times."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helpers.killing import CHECKPOINT_STEPS, Killing
from helpers.lessons import REPO
from helpers.nights import slept_once

pytestmark = [
    pytest.mark.train,
    pytest.mark.slow,
    pytest.mark.model,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        os.name == "nt", reason="what a killed process has started is ended by Linux and by POSIX there"
    ),
]


async def test_whatever_is_killed_and_when_what_is_current_answers_and_the_night_ends_as_if_nothing_had_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path))
    killing = Killing(await slept_once(tmp_path), REPO, tmp_path, seed=7)
    expected, seconds = await killing.undisturbed()
    while killing.tally.kills < 3:
        await killing.night(3 - killing.tally.kills, seconds, expected)
    print(killing.tally.told())
    assert killing.tally.most_steps_lost <= CHECKPOINT_STEPS
