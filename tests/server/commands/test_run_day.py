"""`sleepy run-day`."""

import json
from pathlib import Path
from typing import Any

DAY = ["--n", "3", "--family", "use_after_move", "--rungs", "compiler,search", "--run-id", "monday", "--json"]


def episodes(sleepy: Any) -> list[dict[str, object]]:
    lines = sleepy("episodes", "export", "-").out.splitlines()
    return [json.loads(line)["episode"] for line in lines]


def test_repairs_become_episodes_that_the_test_confirms_or_dismisses(sleepy: Any, tmp_path: Path) -> None:
    told = json.loads(sleepy("run-day", *DAY).out)
    assert told["asked"] == 3
    written = episodes(sleepy)
    assert {episode["run"] for episode in written} == {"monday"}
    passed = sum(episode["outcome"] == "confirmed" for episode in written)
    assert passed == told["passed"] > 0
    assert all(str(episode["note"]).startswith("use_after_move/train-") for episode in written)
    turns = [json.loads(line) for line in (tmp_path / "data/runs/monday/transcripts.jsonl").read_text().splitlines()]
    assert [turn["tool"] for turn in turns[0]["turns"]][:2] == ["run_check", "apply_patch"]
    # What a kill left without a result is asked again, and its episodes are not there twice.
    results = tmp_path / "data/runs/monday/results.jsonl"
    results.write_text("".join(results.read_text().splitlines(keepends=True)[:1]))
    sleepy("run-day", *DAY)
    again = episodes(sleepy)
    assert sorted(str(e["diff"]) for e in again) == sorted(str(e["diff"]) for e in written)


def test_another_day_has_other_koans(sleepy: Any) -> None:
    days = [json.loads(sleepy("run-day", *DAY[:-3], "--json", "--cycle", day).out) for day in ("1", "2")]
    assert days[0]["run"]["digest"] != days[1]["run"]["digest"]
