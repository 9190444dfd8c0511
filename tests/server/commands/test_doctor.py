import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from sleepy_server.commands.doctor import Status, check_folder, check_space

NAMES = [
    *("python", "settings", "cargo", "rustc", "git", "model", "sandbox", "disk"),
    *("data folder", "cache folder", "runtime folder", "log folder", "database", "daemon"),
]


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Tools that only know their version, and no model."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in ("cargo", "rustc", "git"):
        write_tool(folder / name, f"echo {name} 1.2.3")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("SLEEPY_ENGINE__NAME", "none")
    return folder


def write_tool(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def statuses(said: Any) -> dict[str, str]:
    return {f["name"]: f["status"] for f in json.loads(said.out)}


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shell scripts play the tools")


def test_everything_is_told_in_a_line_each_and_nothing_is_made(sleepy: Any, tools: Path, home: Path) -> None:
    said = sleepy("doctor", "--json")
    told = statuses(said)
    assert list(told) == NAMES
    assert said.code == 0
    assert not (home / "data").exists()
    lines = sleepy("doctor").out.splitlines()
    assert [line for line in lines if line.startswith(("ok ", "warn", "fail")) and "cargo 1.2.3" in line]


def test_without_cargo_it_cannot_work(sleepy: Any, tools: Path) -> None:
    (tools / "cargo").unlink()
    said = sleepy("doctor", "--json")
    assert said.code == 2
    (cargo,) = [f for f in json.loads(said.out) if f["name"] == "cargo"]
    assert cargo["found"] == "cargo cannot be run: No such file or directory"
    assert "rustup.rs" in cargo["advice"]


def test_a_tool_that_fails_is_quoted(sleepy: Any, tools: Path) -> None:
    write_tool(tools / "rustc", "echo 'error: no default toolchain' >&2; exit 1")
    (rustc,) = [f for f in json.loads(sleepy("doctor", "--json").out) if f["name"] == "rustc"]
    assert (rustc["status"], rustc["found"]) == ("fail", "error: no default toolchain")


def test_without_git_it_works_all_the_same(sleepy: Any, tools: Path) -> None:
    (tools / "git").unlink()
    said = sleepy("doctor", "--json")
    assert (said.code, statuses(said)["git"]) == (0, "warn")


def test_a_model_server_that_is_down_is_a_warning_that_says_what_to_do(
    sleepy: Any, tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLEEPY_ENGINE__NAME", "ollama")
    monkeypatch.setenv("SLEEPY_ENGINE__OLLAMA_URL", "http://127.0.0.1:9")
    said = sleepy("doctor", "--json")
    (model,) = [f for f in json.loads(said.out) if f["name"] == "model"]
    assert (said.code, model["status"]) == (0, "warn")
    assert model["advice"]


def test_wrong_settings_fail_and_the_rest_is_still_examined(
    sleepy: Any, tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLEEPY_FIX__ROUNDS", "0")
    said = sleepy("doctor", "--json")
    told = statuses(said)
    assert (said.code, told["settings"], list(told)) == (2, "fail", NAMES)


def test_a_misspelt_section_is_a_warning(sleepy: Any, tools: Path, home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "config.toml").write_text("[engin]\nname = 'ollama'\n")
    (settings,) = [f for f in json.loads(sleepy("doctor", "--json").out) if f["name"] == "settings"]
    assert settings["status"] == "warn"
    assert settings["found"].endswith("unknown sections: engin")


def test_a_damaged_database_fails(sleepy: Any, tools: Path, home: Path) -> None:
    (home / "data").mkdir(mode=0o700)
    (home / "data" / "sleepy.db").write_text("garbage\n" * 1000)
    said = sleepy("doctor", "--json")
    assert (said.code, statuses(said)["database"]) == (2, "fail")


def test_a_data_folder_that_others_can_read_is_a_warning(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    found = check_folder("data", tmp_path)
    assert (found.status, found.advice) == (Status.WARN, f"Run: chmod 700 {tmp_path}")
    assert check_folder("cache", tmp_path).status is Status.OK
    tmp_path.chmod(0o700)
    assert check_folder("data", tmp_path).status is Status.OK


def test_a_folder_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert check_folder("cache", tmp_path / "file" / "x").status is Status.FAIL


@pytest.mark.parametrize(("free", "status"), [(0.5, Status.FAIL), (5, Status.WARN), (50, Status.OK)])
def test_little_space_is_told_before_it_is_none(
    free: float, status: Status, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(0, 0, int(free * 2**30)))
    assert check_space(tmp_path / "not" / "there").status is status
