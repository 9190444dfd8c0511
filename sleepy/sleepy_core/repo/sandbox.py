"""Where patched code is compiled: bubblewrap, where there is one.

Build scripts and procedural macros run when cargo checks, so a patch that reaches them would run. Inside of
the sandbox there is no network, the file system is read-only but for the target folder and a private /tmp,
and the folders where secrets lie are empty. On macOS and Windows there is no such sandbox; what protects
there is `sleepy_core.verify.refusal` alone, and `describe` says so.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sleepy_core.errors import SleepyError

# Below HOME: what a compiler has no business to read.
_SECRETS = (".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".netrc", ".npmrc", ".pypirc", ".git-credentials")
_SECRET_CONFIG = ("gcloud", "gh", "op")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A working bubblewrap."""

    program: str

    @classmethod
    def detect(cls, setting: Literal["auto", "off", "required"]) -> Sandbox | None:
        """The sandbox of this machine, tried out once; raises `SleepyError` where one is required and none works."""
        if setting == "off":
            return None
        program, why = _working()
        if program is not None:
            return cls(program)
        if setting == "required":
            raise SleepyError(f"shadow.sandbox is `required`, but {why}")
        return None

    def wrap(self, argv: Sequence[str], *, writable: Sequence[Path], cwd: Path) -> list[str]:
        """The command line that runs `argv` in `cwd` inside of the sandbox."""
        home = Path.home()
        options = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]  # noqa: S108
        # Trees below /tmp are hidden by the private /tmp; they are shown again, read-only.
        if cwd.is_relative_to("/tmp"):  # noqa: S108
            options += ["--ro-bind", str(cwd), str(cwd)]
        for path in writable:
            path.mkdir(parents=True, exist_ok=True)
            options += ["--bind", str(path), str(path)]
        for secret in (*(home / name for name in _SECRETS), *(home / ".config" / name for name in _SECRET_CONFIG)):
            if secret.is_dir():
                options += ["--tmpfs", str(secret)]
            elif secret.exists():
                options += ["--ro-bind", os.devnull, str(secret)]
        options += ["--unshare-net", "--unshare-pid", "--unshare-ipc", "--die-with-parent", "--new-session"]
        return [self.program, *options, "--chdir", str(cwd), "--", *argv]


def describe() -> str:
    """One sentence for `sleepy doctor`."""
    program, why = _working()
    if program is not None:
        return f"patched code is compiled in bubblewrap ({program}): no network, nothing but the target folder writable"
    return (
        f"no sandbox: {why}; patches to build scripts, procedural macros and manifests are refused,"
        " other patched code is compiled like your own"
    )


@functools.cache
def _working() -> tuple[str | None, str]:
    """bubblewrap's path, or None and why not."""
    if sys.platform != "linux":
        return None, "bubblewrap exists for Linux only"
    program = shutil.which("bwrap")
    if program is None:
        return None, "bubblewrap is not installed (package `bubblewrap`)"
    trial = [
        program,
        "--ro-bind",
        "/",
        "/",
        "--dev",
        "/dev",
        "--proc",
        "/proc",
        "--unshare-net",
        "--unshare-pid",
        "true",
    ]
    try:
        done = subprocess.run(trial, capture_output=True, timeout=10, check=False, text=True)
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, f"bubblewrap does not start ({error})"
    if done.returncode != 0:
        return None, f"bubblewrap does not work here ({done.stderr.strip()[:200]})"
    return program, ""
