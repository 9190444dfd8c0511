"""How clients and the daemon meet: an address only this user can reach, and a hello in each direction.

On POSIX a unix socket (mode 0600, in a folder of mode 0700); elsewhere, or with `SLEEPY_IPC=tcp`, a
loopback port whose number and token stand in a file of mode 0600 (untried on Windows, where the folder
below the user's profile is private by its access list).

The first line each way is a JSON object. The client says `{"version", "purpose": "lsp" | "control",
"token"}`, the daemon `{"ok", "version", "pid", "problem"}`. After that an `lsp` connection carries the
language server protocol, a `control` connection one JSON object a line.

The client's side is plain blocking code: `sleepy lsp` has to start fast, and asyncio alone costs 0.1 s.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from sleepy_core import __version__
from sleepy_core.errors import SleepyError
from sleepy_core.paths import runtime_dir

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

Purpose = Literal["lsp", "control"]

# `sun_path` holds 108 bytes on Linux and 104 on macOS, with the closing zero.
_LONGEST_PATH = 100
_HELLO_SECONDS = 20.0  # opening the database may come before the daemon's answer
_LONGEST_HELLO = 65536
_STOP_SECONDS = 15.0


class NotRunning(SleepyError):
    """Nobody answers at the daemon's address."""


class Refused(SleepyError):
    """The daemon runs, but does not serve this client; the sentence says why."""


class OtherVersion(Refused):
    """The daemon is of another version; `sessions` editors use it."""

    def __init__(self, version: str, sessions: int) -> None:
        self.sessions = sessions
        super().__init__(
            f"A Sleepy Coder daemon of version {version} is serving {sessions} editor(s), this is {__version__}. "
            "Close those editors, or run `sleepy daemon restart`."
        )


class Address(Protocol):
    """Where the daemon listens."""

    async def serve(self, handler: Handler) -> asyncio.Server:
        """Listen; only the holder of the daemon's lock may. What a dead daemon left is replaced."""
        ...

    def connect(self) -> tuple[socket.socket, str]:
        """A connection and the token to show. Raises `NotRunning`."""
        ...

    def forget(self) -> None:
        """Remove what shows the way here."""
        ...

    @property
    def token(self) -> str:
        """What a client has to show; "" where reaching the address is proof enough."""
        ...


def daemon_address() -> Address:
    """Where this user's daemon listens. Raises `SleepyError` when that is not a private place."""
    folder = private_folder(runtime_dir())
    if os.environ.get("SLEEPY_IPC") == "tcp" or sys.platform == "win32":
        return TcpAddress(folder / "daemon.json")
    path = folder / "daemon.sock"
    if len(os.fsencode(path)) > _LONGEST_PATH:
        name = hashlib.blake2b(os.fsencode(folder), digest_size=6).hexdigest()
        path = private_folder(Path(tempfile.gettempdir()) / f"sleepy-{os.getuid()}-{name}") / "d.sock"
    return UnixAddress(path)


def private_folder(folder: Path) -> Path:
    """The folder, made if need be, that nobody else can enter. Raises `SleepyError` when it is somebody else's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform != "win32":
        about = folder.lstat()
        if about.st_uid != os.getuid() or folder.is_symlink():
            raise SleepyError(f"{folder} belongs to somebody else. Remove it, or set SLEEPY_HOME to a folder of yours.")
        if about.st_mode & 0o077:
            folder.chmod(0o700)
    return folder


class UnixAddress:
    """A unix socket."""

    token = ""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def serve(self, handler: Handler) -> asyncio.Server:
        """See `Address`."""
        import asyncio

        self.forget()
        server = await asyncio.start_unix_server(handler, self.path)
        self.path.chmod(0o600)
        return server

    def connect(self) -> tuple[socket.socket, str]:
        """See `Address`."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(os.fspath(self.path))
        except OSError as error:
            connection.close()
            raise NotRunning("The Sleepy Coder daemon is not running.") from error
        return connection, ""

    def forget(self) -> None:
        """See `Address`."""
        self.path.unlink(missing_ok=True)


class TcpAddress:
    """A loopback port, told by a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.token = ""

    async def serve(self, handler: Handler) -> asyncio.Server:
        """See `Address`."""
        import asyncio

        self.token = secrets.token_urlsafe(24)
        server = await asyncio.start_server(handler, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        new = self.path.with_suffix(".new")
        new.unlink(missing_ok=True)
        new.touch(0o600)
        new.write_text(json.dumps({"port": port, "token": self.token}), encoding="utf-8")
        new.replace(self.path)
        return server

    def connect(self) -> tuple[socket.socket, str]:
        """See `Address`."""
        try:
            told = json.loads(self.path.read_text(encoding="utf-8"))
            connection = socket.create_connection(("127.0.0.1", told["port"]), timeout=2)
        except (OSError, ValueError, KeyError) as error:
            raise NotRunning("The Sleepy Coder daemon is not running.") from error
        connection.settimeout(None)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, str(told["token"])

    def forget(self) -> None:
        """See `Address`."""
        self.path.unlink(missing_ok=True)


def connect(purpose: Purpose) -> socket.socket:
    """A connection to the running daemon, greeted. Raises `NotRunning`, `OtherVersion`, `Refused`."""
    connection, token = daemon_address().connect()
    try:
        connection.settimeout(_HELLO_SECONDS)
        hello = {"version": __version__, "purpose": purpose, "token": token}
        connection.sendall(json.dumps(hello).encode() + b"\n")
        answer = json.loads(read_line(connection))
        connection.settimeout(None)
    except (OSError, ValueError) as error:
        # It went away between our connection and its answer (killed, or shutting down).
        connection.close()
        raise NotRunning("The Sleepy Coder daemon does not answer.") from error
    except BaseException:
        connection.close()
        raise
    if answer.get("ok"):
        return connection
    connection.close()
    if answer.get("version") != __version__:
        raise OtherVersion(str(answer.get("version")), int(answer.get("sessions", 0)))
    raise Refused(str(answer.get("problem") or "The daemon refused the connection."))


def control(command: str) -> dict[str, Any]:
    """Ask the running daemon one thing (`ping`, `status`, `stop`). Raises like `connect`."""
    with contextlib.closing(connect("control")) as connection:
        connection.settimeout(_HELLO_SECONDS)
        try:
            connection.sendall(json.dumps({"command": command}).encode() + b"\n")
            answer: dict[str, Any] = json.loads(read_line(connection))
        except (OSError, ValueError) as error:
            raise NotRunning("The Sleepy Coder daemon does not answer.") from error
    return answer


def stop_daemon() -> dict[str, Any]:
    """Stop the running daemon, and wait until nobody answers any more. Raises like `connect`.

    Until then a new daemon could not take its place, and whoever connects would still meet the old one.
    """
    answer = control("stop")
    deadline = time.monotonic() + _STOP_SECONDS
    with contextlib.suppress(NotRunning):
        while time.monotonic() < deadline:
            control("ping")
            time.sleep(0.02)
    return answer


def read_line(connection: socket.socket) -> bytes:
    """One line, byte by byte: what comes after it belongs to somebody else. `b""` at the end."""
    line = bytearray()
    while not line.endswith(b"\n") and len(line) < _LONGEST_HELLO:
        byte = connection.recv(1)
        if not byte:
            break
        line += byte
    return bytes(line)
