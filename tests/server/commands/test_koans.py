"""`sleepy koans`."""

import json
from pathlib import Path
from typing import Any

import pytest

from sleepy_core.evaluate.results import Run, RunFolder
from sleepy_core.model import Source

FAMILY = "use_after_move"


def test_list_counts_families_and_names_a_familys_tasks(sleepy: Any) -> None:
    lines = sleepy("koans", "list").out.splitlines()
    assert any(line.startswith(f"{FAMILY}\tborrow_checker\t40\t8\t4\tE0382\t") for line in lines)
    ids = [line.split("\t")[0] for line in sleepy("koans", "list", "--family", FAMILY).out.splitlines()[1:]]
    assert len(ids) == 52
    assert {f"{FAMILY}/train-01", f"{FAMILY}/validation-08", f"{FAMILY}/frozen-list_that_is_walked_by_value"} < set(ids)


def test_show_has_the_program_and_the_repair_as_a_diff(sleepy: Any) -> None:
    shown = sleepy("koans", "show", f"{FAMILY}/train-01", "--solution").out
    assert "// src/lib.rs\n" in shown
    assert "\n+++ b/src/lib.rs\n" in shown
    told = json.loads(sleepy("koans", "show", f"{FAMILY}/train-01", "--json").out)
    assert (told["family"], told["codes"]) == (FAMILY, ["E0382"])


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["show", f"{FAMILY}/train-99"], f"there is no koan {FAMILY}/train-99"),
        (["show", "nothing/train-01"], "there is no family nothing; there are: "),
        (["check", "--deck", "nowhere.jsonl"], "nowhere.jsonl cannot be read"),
    ],
)
def test_what_there_is_not_is_told_in_one_line(sleepy: Any, arguments: list[str], complaint: str) -> None:
    done = sleepy("koans", *arguments)
    assert done.code == 2
    assert done.err.startswith(f"sleepy: {complaint}")
    assert done.err.count("\n") == 1


def test_generated_decks_are_the_same_bytes_each_time(sleepy: Any, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        assert sleepy("koans", "generate", "--out", str(tmp_path / folder), "--family", FAMILY).code == 0
    for split in ("train", "validation", "frozen"):
        one, two = ((tmp_path / folder / f"{split}.jsonl").read_bytes() for folder in ("one", "two"))
        assert one == two != b""


@pytest.mark.slow
def test_check_names_the_koan_that_is_wrong_and_goes_on(sleepy: Any, tmp_path: Path) -> None:
    deck = tmp_path / "validation.jsonl"
    sleepy("koans", "generate", "--out", str(tmp_path), "--family", FAMILY)
    lines = deck.read_text(encoding="utf-8").splitlines()
    # As if a newer compiler took the second solution no more.
    spoilt = json.loads(lines[1])
    spoilt["solution"] = spoilt["files"]
    deck.write_text("\n".join([lines[0], json.dumps(spoilt), lines[2]]) + "\n", encoding="utf-8")
    done = sleepy("koans", "check", "--deck", str(deck))
    assert done.code == 1
    assert f"{FAMILY}/validation-02" in done.out
    assert f"{FAMILY}/validation-01" not in done.out
    assert done.out.splitlines()[-1].startswith("3 koans, 1 wrong, ")


def test_facts_are_taken_only_from_a_run_of_edit_search_over_these_very_tasks(sleepy: Any, tmp_path: Path) -> None:
    done = sleepy("koans", "facts", "nothing")
    assert (done.code, done.err) == (2, f"sleepy: there is no run nothing in {tmp_path / 'data' / 'runs'}\n")
    folder = tmp_path / "data" / "runs" / "mine"
    RunFolder(folder).begin(Run("mine", "frozen", "another digest", 245, (Source.SEARCH,)))
    done = sleepy("koans", "facts", "mine")
    assert done.code == 2
    assert "mine is no run of edit search alone over the frozen tasks as they are now" in done.err
