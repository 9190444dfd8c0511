"""What a sleep is told, and what it makes of the settings."""

from __future__ import annotations

from typing import Any

import pytest

from sleepy_core.night import sleeper
from sleepy_core.night.order import Order
from sleepy_core.night.sleeper import settings_of
from sleepy_core.settings import Settings


@pytest.mark.parametrize(("sleep", "threads"), [({}, 2), ({"threads": 3}, 3)])
def test_the_engine_of_a_sleep_takes_no_more_threads_than_its_training(
    monkeypatch: pytest.MonkeyPatch, sleep: dict[str, Any], threads: int
) -> None:
    monkeypatch.setattr(sleeper, "cores", lambda: 4)
    users = Settings().with_changes({"engine": {"threads": 4}})
    assert settings_of(users, Order(settings={"sleep": sleep})).engine.threads == threads
