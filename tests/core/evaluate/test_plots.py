"""Pictures that a README can show."""

import sys
from pathlib import Path

import pytest

from helpers.task_results import result, run
from sleepy_core.errors import SleepyError
from sleepy_core.evaluate.metrics import Metrics, metrics
from sleepy_core.evaluate.plots import draw

pytestmark = pytest.mark.slow


def lines(cycles: int) -> list[Metrics]:
    told = [result("pin/1", True, signature="s"), result("use_after_move/1", signature="s")]
    made = [metrics(run("base", tasks="frozen: 50 of 245, seed 1"), told)]
    for cycle in range(cycles):
        learned = ("pin",) if cycle % 2 else ("use_after_move",)
        made += [
            metrics(run(f"{cycle}-{seed}", cycle=cycle, seed=seed), told, label="share", learned=learned)
            for seed in (1, 2)
        ]
    return made


def test_all_there_is_to_see_is_drawn_twice(tmp_path: Path) -> None:
    written = draw(lines(3), tmp_path / "new")
    assert {path.name for path in written} == {
        f"{name}.{kind}" for name in ("curves", "baselines", "families", "forgetting") for kind in ("png", "svg")
    }
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in written if path.suffix == ".png")
    told = (tmp_path / "new" / "curves.svg").read_text(encoding="utf-8")
    assert all(words in told for words in ("Pass rate", "Repeat-error rate", "share", "compiler + search", "2 seeds"))
    assert "measured on frozen: 50 of 245, seed 1" in told
    assert "use after move" in (tmp_path / "new" / "families.svg").read_text(encoding="utf-8")


def test_without_cycles_there_are_no_curves(tmp_path: Path) -> None:
    assert {path.stem for path in draw(lines(0), tmp_path)} == {"baselines", "families"}


def test_the_same_figures_are_the_same_bytes(tmp_path: Path) -> None:
    one, two = (draw(lines(2), tmp_path / name) for name in ("one", "two"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_without_matplotlib_one_line_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(SleepyError, match=r"plots need matplotlib: pip install 'sleepy-coder\[plots\]'"):
        draw(lines(1), tmp_path)
    assert list(tmp_path.iterdir()) == []
