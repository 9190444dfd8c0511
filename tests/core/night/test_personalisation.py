"""Two repositories with opposite house styles: each learns its own, and neither hurts the other.

The model is tiny, so this shows the ways (episodes, curation, trainings, gates, routes) and not how much is learned;
`bench/personalisation.py` does the same with the embedded model.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers import house_styles
from helpers.house_styles import STYLES
from helpers.nights import Home, write_model, write_tasks
from helpers.personal import preferences, sleep_both

pytestmark = [pytest.mark.train, pytest.mark.slow, pytest.mark.model, pytest.mark.timeout(900)]


async def test_each_repository_comes_to_prefer_its_own_style_and_neither_changes_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path / "home"))
    model = write_model(house_styles.texts(), tmp_path / "tiny.gguf")
    home = Home(tmp_path / "home", model, write_tasks(tmp_path / "tasks.jsonl"), steps=30)
    sets = await sleep_both(home)
    assert len(set(sets.values())) == len(STYLES)
    told = await preferences(home, sets)
    for style in STYLES:
        own, theirs = told[style], told[house_styles.other(style)]
        # On errors that neither has seen; an untrained model finds whatever is long unlikely, so both are compared.
        assert own.mean(style) > told["before"].mean(style)
        assert own.margin(style) > theirs.margin(style)
