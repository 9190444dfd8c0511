"""`sleepy lsp`: find or start the daemon, then join the editor's pipes to its socket, byte by byte.

Nothing is parsed: what the editor says reaches its session in the daemon as it is. When the daemon dies
the process ends with code 1 and a sentence on stderr; the editor's own restart policy starts it, and
thereby the daemon, again.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from sleepy_core.errors import SleepyError
from sleepy_core.paths import log_dir, runtime_dir
from sleepy_server.ipc import NotRunning, OtherVersion, connect, control, private_folder, stop_daemon

_START_SECONDS = 20.0
_POLL_SECONDS = 0.02
_CHUNK = 2**16


# How a daemon is started where none runs.
RUN_DAEMON = (sys.executable, "-m", "sleepy_server", "daemon", "run")


def join(command: Sequence[str] = RUN_DAEMON) -> int:
    """Serve the editor on stdin and stdout by the shared daemon; says with which code to exit."""
    try:
        connection = daemon_connection(command)
    except SleepyError as error:
        print(f"sleepy: {error}", file=sys.stderr)  # noqa: T201
        return 1
    said = _Tail()
    with contextlib.closing(connection):
        threading.Thread(target=_send_stdin, args=(connection, said), name="stdin", daemon=True).start()
        reason = _receive(connection)
    if said.finished:
        return 0
    print(f"sleepy: {reason} `sleepy daemon logs` may say why.", file=sys.stderr)  # noqa: T201
    return 1


def daemon_connection(command: Sequence[str] = RUN_DAEMON) -> socket.socket:
    """A greeted `lsp` connection; the daemon is started if need be. Raises `SleepyError`."""
    try:
        return connect("lsp")
    except NotRunning:
        return start_daemon(command)
    except OtherVersion as error:
        if error.sessions:
            raise
        with contextlib.suppress(NotRunning):
            stop_daemon()  # idle, and older or newer than this: make room
        return start_daemon(command)


def ensure_daemon() -> str:
    """Start the daemon, unless it runs, and wait until it serves; says so in a sentence. Raises `SleepyError`."""
    daemon_connection().close()
    return f"The daemon is running (process {control('ping')['pid']})."


def start_daemon(command: Sequence[str] = RUN_DAEMON) -> socket.socket:
    """Start the daemon, detached from this process, and connect. Raises `SleepyError` when it does not come up.

    Of several clients that do this at once, one starts it and the others wait.
    """
    import filelock

    with filelock.FileLock(private_folder(runtime_dir()) / "start.lock"):
        child: subprocess.Popen[bytes] | None = None
        deadline = time.monotonic() + _START_SECONDS
        while True:
            with contextlib.suppress(NotRunning):
                return connect("lsp")
            if child is None:
                child = _spawn(command)
                # Somebody has to take note of its end, or a dead daemon stays on as a zombie of this process.
                threading.Thread(target=child.wait, name="daemon", daemon=True).start()
            elif child.poll() == 0:
                child = None  # it gave way to another, which is leaving: its lock was still held
            elif child.poll() is not None:
                raise SleepyError(f"The daemon did not start: {_last_words()}")
            if time.monotonic() > deadline:
                raise SleepyError(f"The daemon did not answer within {_START_SECONDS:.0f} s: {_last_words()}")
            time.sleep(_POLL_SECONDS)


def _spawn(command: Sequence[str]) -> subprocess.Popen[bytes]:
    log_dir().mkdir(parents=True, exist_ok=True)
    # Only what goes wrong before the log is open lands here.
    with (log_dir() / "daemon.err").open("wb") as errors:
        common = {"stdin": subprocess.DEVNULL, "stdout": errors, "stderr": errors, "cwd": runtime_dir()}
        if sys.platform == "win32":  # untried
            flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
            return subprocess.Popen(command, creationflags=flags, **common)  # type: ignore[call-overload,no-any-return]
        return subprocess.Popen(command, start_new_session=True, **common)  # type: ignore[call-overload,no-any-return]


def _last_words() -> str:
    with contextlib.suppress(OSError):
        lines = (log_dir() / "daemon.err").read_text(errors="replace").strip().splitlines()
        if lines:
            return lines[-1]
    return f"see {log_dir() / 'daemon.log'}."


class _Tail:
    """The end of what the editor has said: was it the LSP `exit`, or did it close the pipe?"""

    def __init__(self) -> None:
        self.closed = False
        self._last = b""

    def add(self, data: bytes) -> None:
        self._last = (self._last + data)[-256:]

    @property
    def finished(self) -> bool:
        return self.closed or b'"exit"' in self._last


def _send_stdin(connection: socket.socket, said: _Tail) -> None:
    with contextlib.suppress(OSError):
        while data := os.read(sys.stdin.fileno(), _CHUNK):
            said.add(data)
            connection.sendall(data)
        said.closed = True
        connection.shutdown(socket.SHUT_WR)


def _receive(connection: socket.socket) -> str:
    """Write to stdout what the daemon says, until it stops; says why it stopped."""
    try:
        while data := connection.recv(_CHUNK):
            try:
                sys.stdout.buffer.write(data)
                sys.stdout.buffer.flush()
            except OSError:
                return "The editor does not listen any more."
    except OSError as error:
        return f"The connection to the daemon broke ({error})."
    return "The daemon has ended."
