"""`sleepy koans`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sleepy_core.evaluate.results import Run, RunFolder
from sleepy_core.model import Source

FAMILY = "use_after_move"


def koans(*arguments: str, home: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "sleepy_server", "koans", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "SLEEPY_HOME": str(home)},
    )


def test_list_counts_families_and_names_a_familys_tasks(tmp_path: Path) -> None:
    lines = koans("list", home=tmp_path).stdout.splitlines()
    assert any(line.startswith(f"{FAMILY}\tborrow_checker\t40\t8\t4\tE0382\t") for line in lines)
    ids = [line.split("\t")[0] for line in koans("list", "--family", FAMILY, home=tmp_path).stdout.splitlines()[1:]]
    assert len(ids) == 52
    assert {f"{FAMILY}/train-01", f"{FAMILY}/validation-08", f"{FAMILY}/frozen-list_that_is_walked_by_value"} < set(ids)


def test_show_has_the_program_and_the_repair_as_a_diff(tmp_path: Path) -> None:
    shown = koans("show", f"{FAMILY}/train-01", "--solution", home=tmp_path).stdout
    assert "// src/lib.rs\n" in shown
    assert "\n+++ b/src/lib.rs\n" in shown
    told = json.loads(koans("show", f"{FAMILY}/train-01", "--json", home=tmp_path).stdout)
    assert (told["family"], told["codes"]) == (FAMILY, ["E0382"])


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["show", f"{FAMILY}/train-99"], f"there is no koan {FAMILY}/train-99"),
        (["show", "nothing/train-01"], "there is no family nothing; there are: "),
        (["check", "--deck", "nowhere.jsonl"], "nowhere.jsonl cannot be read"),
    ],
)
def test_what_there_is_not_is_told_in_one_line(tmp_path: Path, arguments: list[str], complaint: str) -> None:
    done = koans(*arguments, home=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"sleepy: {complaint}")
    assert done.stderr.count("\n") == 1


def test_generated_decks_are_the_same_bytes_each_time(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        assert koans("generate", "--out", str(tmp_path / folder), "--family", FAMILY, home=tmp_path).returncode == 0
    for split in ("train", "validation", "frozen"):
        one, two = ((tmp_path / folder / f"{split}.jsonl").read_bytes() for folder in ("one", "two"))
        assert one == two != b""


@pytest.mark.slow
def test_check_names_the_koan_that_is_wrong_and_goes_on(tmp_path: Path) -> None:
    deck = tmp_path / "validation.jsonl"
    koans("generate", "--out", str(tmp_path), "--family", FAMILY, home=tmp_path)
    lines = deck.read_text(encoding="utf-8").splitlines()
    # As if a newer compiler took the second solution no more.
    spoilt = json.loads(lines[1])
    spoilt["solution"] = spoilt["files"]
    deck.write_text("\n".join([lines[0], json.dumps(spoilt), lines[2]]) + "\n", encoding="utf-8")
    done = koans("check", "--deck", str(deck), home=tmp_path)
    assert done.returncode == 1
    assert f"{FAMILY}/validation-02" in done.stdout
    assert f"{FAMILY}/validation-01" not in done.stdout
    assert done.stdout.splitlines()[-1].startswith("3 koans, 1 wrong, ")


def test_facts_are_taken_only_from_a_run_of_edit_search_over_these_very_tasks(tmp_path: Path) -> None:
    done = koans("facts", "nothing", home=tmp_path)
    assert (done.returncode, done.stderr) == (2, f"sleepy: there is no run nothing in {tmp_path / 'data' / 'runs'}\n")
    folder = tmp_path / "data" / "runs" / "mine"
    RunFolder(folder).begin(Run("mine", "frozen", "another digest", 245, (Source.SEARCH,)))
    done = koans("facts", "mine", home=tmp_path)
    assert done.returncode == 2
    assert "mine is no run of edit search alone over the frozen tasks as they are now" in done.stderr
