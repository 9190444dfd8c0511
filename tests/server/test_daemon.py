"""One daemon, many editors: starting, racing, dying, stopping. Real processes over a fake app."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from helpers.fake_daemon import RUN
from sleepy_server import ipc, join
from sleepy_server.ipc import NotRunning, OtherVersion, Refused, control

TESTS = Path(__file__).parent.parent
LSP = (sys.executable, "-m", "helpers.fake_daemon", "lsp")


@pytest.fixture(params=["unix", "tcp"])
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own for daemon, clients and this process; whatever runs there is ended afterwards."""
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SLEEPY_IPC", request.param)
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    yield tmp_path / "home"
    try:
        daemon = psutil.Process(control("status")["pid"])
    except (NotRunning, psutil.NoSuchProcess):
        return
    daemon.kill()
    psutil.wait_procs([daemon], timeout=5)


class Editor:
    """A language client at the pipes of a `lsp` process."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(LSP, stdin=pipe, stdout=pipe, stderr=pipe)

    def __enter__(self) -> Editor:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    def say(self, method: str, params: Any = None, number: int | None = None) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params} | ({"id": number} if number else {})
        body = json.dumps(message).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = 0
        while (line := self.process.stdout.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        message: dict[str, Any] = json.loads(self.process.stdout.read(length) or b"{}")
        return message

    def ask(self, method: str, params: Any = None, number: int = 1) -> Any:
        self.say(method, params, number)
        while True:
            message = self.hear()
            if not message or message.get("id") == number:
                return message.get("result")

    def initialize(self) -> Any:
        return self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})

    def end(self) -> tuple[int, str]:
        """Wait for the process to end by itself; its code, and what it said on stderr."""
        code = self.process.wait(10)
        assert self.process.stderr is not None
        return code, self.process.stderr.read().decode()


def until(condition: Callable[[], Any], seconds: float = 10) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return value


def running() -> dict[str, Any] | None:
    try:
        return control("status")
    except NotRunning:
        return None


pytestmark = pytest.mark.slow


def test_an_editor_starts_the_daemon_and_leaves_it_running(home: Path) -> None:
    with Editor() as editor:
        assert editor.initialize()["serverInfo"]["name"] == "sleepy-coder"
        assert control("status")["sessions"] == 1
        editor.ask("shutdown", number=2)
        editor.say("exit")
        assert editor.end() == (0, "")
    until(lambda: control("status")["sessions"] == 0)


def test_the_status_names_what_held_the_loop(home: Path) -> None:
    with Editor() as editor:
        editor.initialize()  # the first time: how it is read and answered has to be worked out
        holds = control("status")["holds"]
        shown = subprocess.run(
            [sys.executable, "-m", "sleepy_server", "daemon", "status"], capture_output=True, text=True
        )
    assert "handler initialize" in {hold["name"] for hold in holds}
    assert holds == sorted(holds, key=lambda hold: -hold["ms"])
    assert re.search(r"Longest that it kept everybody waiting: \d+ ms by \w", shown.stdout)


def test_the_dashboard_starts_when_it_is_asked_for_and_ends_with_the_daemon(home: Path) -> None:
    with Editor() as editor:
        editor.initialize()
        command = [sys.executable, "-m", "sleepy_server", "dashboard", "--json"]
        first, second = (
            json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(2)
        )
        assert first["address"] == second["address"]
        assert first["link"] != second["link"]  # each opens the page once
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(first["address"], timeout=10)
        where = ("127.0.0.1", int(first["address"].rpartition(":")[2]))
        ipc.stop_daemon()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(where, timeout=5)


def test_two_editors_are_served_by_one_daemon_and_one_may_leave(home: Path) -> None:
    with Editor() as one, Editor() as two:
        assert one.initialize()
        assert two.initialize()
        assert control("status")["sessions"] == 2
        one.ask("shutdown", number=2)
        one.say("exit")
        assert one.end()[0] == 0
        assert two.ask("sleepy/offers", {"uri": "file:///x.rs"}, 3) == {"offers": []}


def test_an_editor_that_closes_its_pipe_is_gone(home: Path) -> None:
    with Editor() as editor:
        editor.initialize()
        assert editor.process.stdin is not None
        editor.process.stdin.close()
        assert editor.end()[0] == 0
    until(lambda: control("status")["sessions"] == 0)


def test_of_five_starts_at_once_one_daemon_comes_and_serves_all(home: Path) -> None:
    editors = [Editor() for _ in range(5)]
    try:
        for editor in editors:
            assert editor.initialize()
        assert control("status")["sessions"] == 5
        assert len((home / "log" / "opened").read_text().splitlines()) == 1
    finally:
        for editor in editors:
            editor.__exit__()


def test_of_five_daemons_that_race_one_wins_and_the_others_say_so(home: Path) -> None:
    (home / "log").mkdir(parents=True)
    daemons = [subprocess.Popen(RUN, stderr=subprocess.PIPE) for _ in range(5)]
    told = [d.communicate(timeout=20)[1] for d in daemons if d.pid != until(running)["pid"]]
    assert len(told) == 4
    assert all(b"AlreadyRunning: The daemon is already running" in t for t in told)
    control("stop")
    for daemon in daemons:
        daemon.communicate(timeout=10)
    assert running() is None


def test_after_kill_9_of_the_daemon_the_editor_is_told_and_a_new_start_works(home: Path) -> None:
    with Editor() as editor:
        editor.initialize()
        os.kill(control("status")["pid"], signal.SIGKILL)
        code, errors = editor.end()
        assert code == 1
        assert "The daemon has ended" in errors
    with Editor() as editor:
        assert editor.initialize()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_daemon_cleanly(home: Path, number: signal.Signals) -> None:
    (home / "log").mkdir(parents=True)
    daemon = subprocess.Popen(RUN)
    until(running)
    with Editor() as editor:
        editor.initialize()
        daemon.send_signal(number)
        assert daemon.wait(10) == 0
        assert editor.end()[0] == 1
    assert not list((home / "run").glob("daemon.[sj]*"))


def test_a_daemon_that_cannot_open_its_database_says_why_to_the_editor(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_BROKEN", "1")
    with Editor() as editor:
        code, errors = editor.end()
    assert code == 1
    assert errors == "sleepy: The database is of a newer version.\n"
    until(lambda: running() is None)


def test_a_daemon_of_another_version_is_replaced_when_idle_and_named_when_not(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = join.start_daemon(RUN)
    old = control("status")["pid"]
    monkeypatch.setattr(ipc, "__version__", "99.0")
    with pytest.raises(OtherVersion, match=r"serving 1 editor.*sleepy daemon restart"):
        join.daemon_connection(RUN)
    first.close()
    until(lambda: control("status")["sessions"] == 0)
    with pytest.raises(OtherVersion):
        # The new daemon is of this checkout's version: not the one that is asked for here, but a new process.
        join.daemon_connection(RUN)
    assert until(running)["pid"] != old


def test_without_editors_the_daemon_leaves_after_its_time(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLEEPY_DAEMON__LINGER_MINUTES", "0")
    connection = join.start_daemon(RUN)
    time.sleep(2.5)
    assert running()
    connection.close()
    until(lambda: running() is None)


def test_nobody_else_can_reach_the_daemon(home: Path) -> None:
    join.start_daemon(RUN).close()
    assert (home / "run").stat().st_mode & 0o777 == 0o700
    (way,) = (home / "run").glob("daemon.[sj]*")
    assert way.stat().st_mode & 0o777 == 0o600
    if way.suffix == ".json":
        with socket.create_connection(("127.0.0.1", json.loads(way.read_text())["port"])) as stranger:
            stranger.sendall(b'{"version": "0.1.0", "purpose": "control", "token": "guess"}\n')
            assert stranger.recv(1) == b""


@pytest.mark.parametrize("noise", [b"GET / HTTP/1.1\r\n\r\n", b"[]\n", b"\xff\n", b"x" * 200_000, b""])
def test_noise_at_the_door_does_not_hurt(home: Path, noise: bytes) -> None:
    join.start_daemon(RUN).close()
    connection, _ = ipc.daemon_address().connect()
    with connection:
        try:
            connection.sendall(noise)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1) == b""
        except ConnectionError:
            pass
    assert control("nonsense")["ok"] is False
    assert control("status")["ready"] is True


def test_a_client_that_is_refused_hears_why(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_BROKEN", "1")
    with pytest.raises(Refused, match="newer version"):
        join.daemon_connection(RUN)
