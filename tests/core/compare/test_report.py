"""Tables and pictures, from raw results alone."""

import json
from pathlib import Path

import pytest

from helpers.comparisons import raw_of
from sleepy_core.compare.pictures import draw_comparison
from sleepy_core.compare.plan import Setup, Step
from sleepy_core.compare.report import as_object, markdown

SETUP = Setup(
    "/models/m.gguf", ("a", "b"), ("x", "y"), lora_rates=(1e-3,), share_rates=(1e-2,), below="general",
    methods=("base", "own-lora", "naive-lora", "random-core", "learned-core", "merged"),
)  # fmt: skip


def loss(step: Step) -> float:
    return {"base": 1.0, "own-lora": 0.2}.get(step.method, 0.45)


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    width = None
    for line in markdown(raw_of(SETUP, loss)).splitlines():
        if not line.startswith("|"):
            width = None
            continue
        width = width or line.count("|")
        assert line.count("|") == width, line


def test_it_says_how_large_the_comparison_is_and_what_is_missing() -> None:
    told = markdown(raw_of(SETUP, loss, lambda step: step.ground == "base"))
    assert "Model: m.gguf" in told
    assert "/models" not in told
    assert "1 seed;" in told
    assert "**Not finished**" in told
    assert "## On the base model" in told
    assert "## Above the general LoRA" not in told
    assert "Not finished" not in markdown(raw_of(SETUP, loss))


def test_figures_stand_in_the_tables() -> None:
    told = markdown(raw_of(SETUP, loss))
    (row,) = [line for line in told.splitlines() if line.startswith("| random basis, core | 0.01 | 0.450")][:1]
    assert row == "| random basis, core | 0.01 | 0.450 | 0.450 | 0 of 6 | 0 of 6 | 6 of 6 | 6 of 6 | 69 % |"


def test_other_programs_get_the_same() -> None:
    told = json.loads(json.dumps(as_object(raw_of(SETUP, loss))))
    assert told["done"] == told["steps"]
    assert {row["method"] for row in told["rows"]} == set(SETUP.methods)


@pytest.mark.slow
def test_pictures_are_drawn_and_are_the_same_bytes_again(tmp_path: Path) -> None:
    raw = raw_of(SETUP, loss)
    one, two = (draw_comparison(raw, tmp_path / name) for name in ("one", "two"))
    assert {path.name for path in one} == {
        f"share-{name}.{kind}"
        for name in ("learning", "numbers", "forgetting-base", "forgetting-general")
        for kind in ("png", "svg")
    }
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


@pytest.mark.slow
def test_of_a_comparison_that_has_measured_nothing_there_is_no_picture(tmp_path: Path) -> None:
    assert draw_comparison(raw_of(SETUP, loss, lambda _: False), tmp_path) == ()
