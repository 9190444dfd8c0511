"""Where the daemon can be found, and by whom."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sleepy_core.errors import SleepyError
from sleepy_server.ipc import NotRunning, TcpAddress, UnixAddress, connect, daemon_address, private_folder


def test_where_no_daemon_runs_the_client_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("unix", "tcp"):
        monkeypatch.setenv("SLEEPY_HOME", str(tmp_path))
        monkeypatch.setenv("SLEEPY_IPC", kind)
        with pytest.raises(NotRunning):
            connect("control")


def test_a_path_that_is_too_long_for_a_socket_gives_way_to_a_short_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path / ("long" * 30)))
    monkeypatch.setenv("SLEEPY_IPC", "unix")
    address = daemon_address()
    assert isinstance(address, UnixAddress)
    assert len(os.fsencode(address.path)) < 100
    assert address.path.parent.stat().st_mode & 0o777 == 0o700
    assert daemon_address().path == address.path  # type: ignore[attr-defined]
    address.path.parent.rmdir()


def test_a_folder_that_others_can_enter_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o755)
    assert private_folder(folder).stat().st_mode & 0o777 == 0o700


def test_a_link_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "target")
    with pytest.raises(SleepyError, match="SLEEPY_HOME"):
        private_folder(tmp_path / "run")


@pytest.mark.parametrize("told", ["", "{}", '{"port": 1, "token": "t"}', "not json"])
def test_what_a_dead_daemon_left_behind_is_no_daemon(tmp_path: Path, told: str) -> None:
    path = tmp_path / "daemon.json"
    path.write_text(told)
    with pytest.raises(NotRunning):
        TcpAddress(path).connect()
