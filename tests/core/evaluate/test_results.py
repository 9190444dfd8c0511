"""Results survive a kill, and a resumed run is the same run."""

import dataclasses

import pytest

from sleepy_core.evaluate.results import (
    Run,
    RunError,
    RunFolder,
    TaskResult,
    read_results,
    read_run,
    read_summary,
    run_folder,
    summarise,
)
from sleepy_core.model import Source

RUN = Run("r1", "frozen", "abc", 2, (Source.COMPILER, Source.SEARCH))


def result(task: str, **more: object) -> TaskResult:
    family = task.partition("/")[0]
    return dataclasses.replace(TaskResult("r1", task, family, ("E0382",), "E0382:use", "frozen"), **more)


def test_what_was_appended_is_read_again(tmp_path):
    told = result("move/1", passed=True, compiled=True, steps=1, attempts=3, source=Source.SEARCH, episodes=("a",))
    folder = RunFolder(tmp_path / "r1")
    assert folder.begin(RUN) == RUN
    with folder:
        folder.append(told)
        folder.append(result("move/2", skipped="needs x86-64"))
    assert read_results(tmp_path / "r1") == (told, result("move/2", skipped="needs x86-64"))
    assert read_run(tmp_path / "r1") == RUN


def test_a_torn_last_line_is_dropped_and_the_next_result_stands_on_a_line_of_its_own(tmp_path):
    folder = RunFolder(tmp_path)
    folder.begin(RUN)
    with folder:
        folder.append(result("move/1"))
    with (tmp_path / "results.jsonl").open("ab") as file:
        file.write(b'{"run":"r1","task":"mov')
    assert [r.task for r in read_results(tmp_path)] == ["move/1"]
    with folder:
        folder.append(result("move/3"))
    assert [r.task for r in read_results(tmp_path)] == ["move/1", "move/3"]


def test_a_line_in_the_middle_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "results.jsonl").write_text('{"run": 1}\n')
    with pytest.raises(RunError, match=r"results.jsonl, line 1 is no result"):
        read_results(tmp_path)


def test_a_run_without_results_has_none(tmp_path):
    assert read_results(tmp_path) == ()


def test_a_run_is_resumed_as_it_was_begun_and_refused_when_it_works_differently(tmp_path):
    RunFolder(tmp_path).begin(RUN)
    later = dataclasses.replace(RUN, created=5.0)
    assert RunFolder(tmp_path).begin(later) == RUN
    with pytest.raises(RunError, match=r"samples was 1 and is 4"):
        RunFolder(tmp_path).begin(dataclasses.replace(RUN, samples=4))


def test_the_summary_counts_skipped_tasks_apart(tmp_path):
    results = [
        result("move/1", passed=True, compiled=True, seconds=1.0, prompt_tokens=10, answer_tokens=2),
        result("move/2", compiled=True, seconds=2.0),
        result("pin/1", skipped="needs x86-64", seconds=9.0),
    ]
    summary = summarise(RUN, results)
    assert (summary.asked, summary.passed, summary.compiled, summary.skipped) == (2, 1, 2, 1)
    assert summary.families == {"move": (1, 2)}
    assert (summary.seconds, summary.prompt_tokens, summary.answer_tokens) == (3.0, 10, 2)
    assert [r.only_compiled for r in results] == [False, True, False]
    folder = RunFolder(tmp_path)
    folder.finish(summary)
    assert read_summary(tmp_path) == summary


@pytest.mark.parametrize("name", ["", "..", "a/b", "/etc"])
def test_a_run_cannot_be_named_out_of_its_folder(tmp_path, name):
    with pytest.raises(RunError, match="cannot name a run"):
        run_folder(tmp_path, name)


def test_a_run_lies_below_the_data_folder(tmp_path):
    assert run_folder(tmp_path, "2026-11-25-a") == tmp_path / "runs" / "2026-11-25-a"
