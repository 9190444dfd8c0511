"""`sleepy bench share`."""

import json
from pathlib import Path

import pytest

from helpers.comparisons import raw_of
from sleepy_core.compare.plan import Setup
from sleepy_core.compare.raw import FILE, RawFile


def written(folder: Path) -> None:
    setup = Setup(
        "m.gguf", ("a", "b"), lora_rates=(1e-3,), share_rates=(1e-2,), methods=("base", "own-lora", "random-core")
    )
    raw = raw_of(setup, lambda _: 0.4)
    with RawFile(folder) as file:
        file.begin(raw.began)
        for line in (*raw.adapters, *raw.cells):
            file.append(line)


@pytest.mark.slow
def test_tables_and_plots_are_made_again_from_the_raw_results_alone(sleepy, tmp_path):
    written(tmp_path / "told")
    before = (tmp_path / "told" / FILE).read_bytes()
    said = sleepy("bench", "share", "--report", "--out", str(tmp_path / "told"))
    assert said.code == 0, said.err
    paths = [Path(line) for line in said.out.splitlines()]
    assert paths[0].read_text(encoding="utf-8").startswith("- Model: m.gguf")
    assert {path.suffix for path in paths[1:]} == {".png", ".svg"}
    assert all(path.stat().st_size > 1000 for path in paths[1:])
    assert (tmp_path / "told" / FILE).read_bytes() == before


@pytest.mark.slow
def test_other_programs_get_one_object(sleepy, tmp_path):
    written(tmp_path / "told")
    told = json.loads(sleepy("bench", "share", "--report", "--json", "--out", str(tmp_path / "told")).out)
    assert [row["method"] for row in told["rows"]] == ["base", "own-lora", "random-core"]


def test_without_raw_results_there_is_no_report(sleepy, tmp_path):
    said = sleepy("bench", "share", "--report", "--out", str(tmp_path / "nothing"))
    assert (said.code, said.out) == (2, "")
    assert "nothing/results.jsonl cannot be read" in said.err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--families", "no_such_family"), "there is no family no_such_family"),
        (("--families", "60"), "60 families more are wanted"),
        (("--methods", "magic"), "there is no method magic; there are: base, samples"),
        (("--lora-rates", "fast"), "'fast' is no list of learning rates"),
        (("--share-rates", "0"), "learning rates are greater than 0"),
        (("--known", "1"), "learned from LoRAs of known families"),
        (("--model", "/nowhere.gguf", "--below", "/none"), "there is no /nowhere.gguf"),
    ],
)
def test_what_cannot_be_compared_is_told_in_one_sentence(sleepy, tmp_path, words, why):
    said = sleepy("bench", "share", "--out", str(tmp_path / "out"), "--model", __file__, *words)
    assert said.code == 2
    assert why in said.err
    assert not (tmp_path / "out").exists()
