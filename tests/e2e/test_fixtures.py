"""The fixtures are what the demo and the tests take them for."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from helpers.measure_fixture import EXPECTED, FIXTURES, cargo, copy_fixture, errors, measure, solve

EXPECTATION = json.loads(EXPECTED.read_text(encoding="utf-8"))


def test_the_expectation_is_as_wide_as_the_demo_promises() -> None:
    listed = EXPECTATION["errors"]
    assert len(listed) >= 14
    assert len({e["code"] for e in listed}) >= 10
    assert len({e["file"] for e in listed}) >= 6
    assert sum(not e["by_suggestion"] for e in listed) >= 3
    assert any(not e["at_once"] for e in listed)


@pytest.mark.slow
def test_the_broken_orchard_has_exactly_the_listed_errors_and_suggestions_repair_exactly_the_marked_ones() -> None:
    measured = measure()
    assert measured["errors"] == EXPECTATION["errors"], f"measured with rustc {measured['rustc']}"


@pytest.mark.slow
def test_the_solution_of_the_orchard_is_green(tmp_path: Path) -> None:
    tree = solve(copy_fixture("orchard", tmp_path / "tree"))
    check = cargo(tree, tmp_path / "target", "check", "--workspace", "--all-targets", "--message-format=short")
    assert (check.returncode, "warning" in check.stderr) == (0, False), check.stderr
    tests = cargo(tree, tmp_path / "target", "test", "--workspace")
    assert tests.returncode == 0, tests.stdout + tests.stderr
    assert tests.stdout.count("... ok") == 13


@pytest.mark.slow
def test_orchard_solution_and_tiny_are_formatted(tmp_path: Path) -> None:
    trees = [FIXTURES / "orchard", solve(copy_fixture("orchard", tmp_path / "tree")), FIXTURES / "tiny"]
    for tree in trees:
        run = cargo(tree, tmp_path / "target", "fmt", "--all", "--check")
        assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.slow
def test_tiny_has_one_use_after_a_move(tmp_path: Path) -> None:
    found = errors(copy_fixture("tiny", tmp_path / "tree"), tmp_path / "target")
    assert Counter((e.file, e.code) for e in found) == {("src/lib.rs", "E0382"): 1}
    assert any("clone" in edit["suggested_replacement"] for s in found[0].suggestions for edit in s)
