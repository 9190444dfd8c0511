"""The file of all runs' figures."""

import json
from pathlib import Path

import pytest

from helpers.task_results import results, run
from sleepy_core.evaluate.metrics import append_metrics, label_of, metrics, read_metrics
from sleepy_core.evaluate.results import RunError
from sleepy_core.model import Source


def test_a_line_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "metrics.jsonl"
    lines = [
        metrics(run("one"), results(a=True, b=False), parts={"suggestions": {"family/b"}}),
        metrics(run("two", cycle=1, seed=3), results(a=True, b=True), label="share"),
    ]
    for line in lines:
        append_metrics(path, line)
    assert read_metrics(path) == tuple(lines)


def test_the_file_tells_rates_and_intervals_to_whoever_reads_it(tmp_path: Path) -> None:
    append_metrics(tmp_path / "m.jsonl", metrics(run(), results(a=True, b=False)))
    told = json.loads((tmp_path / "m.jsonl").read_text(encoding="utf-8"))
    assert told["all"]["passed"] == {"hits": 1, "of": 2, "rate": 0.5, "low": 0.0945, "high": 0.9055}
    assert told["all"]["repeated"] == {"hits": 0, "of": 0}
    assert told["families"]["family"]["passed"]["rate"] == 0.5


def test_a_run_has_one_line_however_often_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    for passed in (False, True):
        append_metrics(path, metrics(run("one"), results(a=passed)))
        append_metrics(path, metrics(run("two"), results(a=False)))
    assert {line.run.id: line.all.passed.hits for line in read_metrics(path)} == {"one": 1, "two": 0}


def test_no_file_has_no_lines_and_a_broken_one_says_where(tmp_path: Path) -> None:
    assert read_metrics(tmp_path / "none.jsonl") == ()
    path = tmp_path / "m.jsonl"
    append_metrics(path, metrics(run(), results(a=True)))
    path.write_text(path.read_text(encoding="utf-8") + '{"run": 1}\n', encoding="utf-8")
    with pytest.raises(RunError, match=r"m\.jsonl, line 2 has no metrics \(run: .*; remove the line"):
        read_metrics(path)


@pytest.mark.parametrize(
    ("told", "label"),
    [
        ({}, "compiler + search"),
        ({"rungs": (Source.MODEL,), "samples": 8}, "base model (best of 8)"),
        ({"rungs": (Source.COMPILER, Source.MODEL), "coefficients": "c1"}, "compiler + model"),
        ({"rungs": ()}, "nobody"),
    ],
)
def test_a_run_is_called_by_who_was_asked(told: dict, label: str) -> None:
    assert label_of(run(**told)) == label
