"""`sleepy demo`, whole: the real daemon, the real cargo, no model, so that it is the same everywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from helpers.measure_fixture import EXPECTED, FIXTURES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def run_demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sleepy_server", "demo", *arguments],
        env={**os.environ, "SLEEPY_ENGINE__NAME": "none"},
        capture_output=True,
        text=True,
        timeout=380,
    )


def test_it_repairs_the_tiny_crate_and_the_tests_pass() -> None:
    before = (FIXTURES / "tiny/src/lib.rs").read_bytes()
    run = run_demo("--workspace", str(FIXTURES / "tiny"), "--json")
    assert run.returncode == 0, run.stderr
    story = json.loads(run.stdout)
    assert (story["errors_before"], story["errors_after"], story["tests"]) == (1, 0, "green")
    (fix,) = story["fixes"]
    assert (fix["code"], fix["source"], fix["verdict"]) == ("E0382", "compiler", "clean")
    assert "+    let joined = join(names.clone());" in fix["diff"]
    assert [e["outcome"] for e in story["episodes"]] == ["confirmed"]
    assert (FIXTURES / "tiny/src/lib.rs").read_bytes() == before


def test_it_takes_all_that_suggestions_can_repair_in_the_orchard_and_more_and_says_what_is_left() -> None:
    errors: list[dict[str, Any]] = json.loads(EXPECTED.read_text())["errors"]
    for _ in range(2):
        run = run_demo("--json")
        assert run.returncode == 0, run.stderr
        story = json.loads(run.stdout)
        if story["errors_seen"] == len(errors):
            break  # the time allowed for one error was too short on a busy machine, once
    assert story["errors_before"] == sum(e["at_once"] for e in errors)
    assert story["errors_seen"] == len(errors)
    hard = [(e["file"], e["code"]) for e in errors if not e["by_suggestion"]]
    left = [(e["file"], e["code"]) for e in story["remaining"]]
    assert set(left) < set(hard)
    searched = [fix for fix in story["fixes"] if fix["source"] == "search"]
    assert len(searched) >= 4
    assert len(left) <= len(hard) - len(searched)
    assert {e["outcome"] for e in story["episodes"]} <= {"confirmed", "accepted", "offered"}


def test_a_folder_without_a_workspace_is_told_in_one_line(tmp_path: Path) -> None:
    run = run_demo("--workspace", str(tmp_path))
    assert run.returncode == 2
    assert run.stderr.strip() == f"sleepy: no cargo workspace at {tmp_path}; name one with --workspace"
