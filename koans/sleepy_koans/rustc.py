"""Run rustc, clippy-driver and what they build, under limits. No cargo: its start costs more than the check.

Limits are the shell's (`ulimit`) and a process group's end, so on Windows there is only the limit on time. What
was built runs in bubblewrap where there is one: no network, nothing writable, nothing left over when it ends.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sleepy_koans.koan import KoanError

_EXE = ".exe" if sys.platform == "win32" else ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process may use."""

    seconds: float
    memory_mb: int
    file_mb: int  # of each file that it writes, its output too
    processes: int | None = None  # in the box only


COMPILING = Limits(seconds=60, memory_mb=4096, file_mb=256)
RUNNING = Limits(seconds=10, memory_mb=1024, file_mb=1, processes=32)


@dataclass(frozen=True, slots=True)
class Toolchain:
    """The programs themselves: rustup's stand-ins find them anew at every call, which takes as long as a check."""

    rustc: str
    clippy: str | None
    version: str

    @property
    def arch(self) -> str:
        """The processor that it compiles for: x86_64, aarch64 …"""
        host = re.search(r"^host: (\w+)-", self.version, re.MULTILINE)
        return host[1] if host else ""

    @classmethod
    @functools.cache
    def find(cls) -> Toolchain:
        """The toolchain that `rustc` is here. Raises `KoanError` where there is none."""
        try:
            sysroot = _output("rustc", "--print", "sysroot")
        except (OSError, subprocess.CalledProcessError) as error:
            raise KoanError("rustc is missing: install Rust from https://rustup.rs") from error
        rustc = Path(sysroot) / "bin" / f"rustc{_EXE}"
        clippy = rustc.with_name(f"clippy-driver{_EXE}")
        found = str(rustc) if rustc.exists() else "rustc"
        versions = [_output(found, "-vV")] + ([_output(str(clippy), "-V")] if clippy.exists() else [])
        return cls(found, str(clippy) if clippy.exists() else None, "\n".join(versions))


@dataclass(frozen=True, slots=True)
class Ran:
    """How a process ended: its exit code, or None where its time was over; and the beginning of what it said."""

    code: int | None
    output: str


def run(argv: Sequence[str], cwd: Path, limits: Limits, *, boxed: bool = False) -> Ran:
    """Run a program to its end or to its limits, whichever is first."""
    box = _bubblewrap() if boxed else ()
    # A user's processes are counted all together, but for those in a namespace of their own, as the box has one.
    command = _limited(argv, limits, limits.processes if box else None)
    if box:
        command = [*box, "--ro-bind", str(cwd), str(cwd), "--chdir", str(cwd), "--", *command]
    environment = {**os.environ, "RUST_BACKTRACE": "0", "RUST_TEST_THREADS": "1"}
    # Into a file, so that what a program writes without end meets the limit on files and not our memory.
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=sys.platform != "win32",
        )
        try:
            code: int | None = process.wait(limits.seconds)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end(process)
        output.seek(0)
        return Ran(code, output.read(limits.file_mb << 20).decode(errors="replace"))


def _end(process: subprocess.Popen[bytes]) -> None:
    """The process and what it started, gone."""
    if sys.platform == "win32":  # untried
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _limited(argv: Sequence[str], limits: Limits, processes: int | None) -> list[str]:
    if sys.platform == "win32":  # untried: job objects would do it
        return list(argv)
    # In blocks of 512 bytes for files (POSIX says so), KiB for memory. macOS refuses -v: then the rest still holds.
    wanted = [f"ulimit -f {limits.file_mb * 2048}", f"ulimit -v {limits.memory_mb * 1024}", "ulimit -c 0"]
    if processes is not None:
        # bash and dash do not agree on the letter.
        wanted.append(f"{{ ulimit -u {processes} || ulimit -p {processes}; }}")
    script = "; ".join(f"{limit} 2>/dev/null" for limit in wanted)
    return ["/bin/sh", "-c", f'{script}; exec "$@"', "sh", *argv]


@functools.cache
def _bubblewrap() -> tuple[str, ...]:
    """The beginning of a command line in the sandbox, or nothing where there is none that works."""
    program = shutil.which("bwrap") if sys.platform == "linux" else None
    if program is None:
        return ()
    # What a user keeps below these is out of sight; a system's own programs and libraries are not.
    hidden = [part for folder in (str(Path.home()), "/run", "/tmp", "/var") for part in ("--tmpfs", folder)]  # noqa: S108
    shown = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", *hidden]
    box = (program, *shown, "--unshare-all", "--cap-drop", "ALL", "--die-with-parent", "--new-session")
    try:
        subprocess.run([*box, "--", "true"], capture_output=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()
    return box


def _output(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
