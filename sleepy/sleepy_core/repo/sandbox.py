"""Where patched code is compiled: bubblewrap, where there is one.

Build scripts and procedural macros run when cargo checks, so a patch that reaches them would run. Inside of
the sandbox there is no network, the file system is read-only but for the target folder and a private /tmp,
sockets of other programs are out of sight, and the places where secrets lie are empty. On macOS and Windows
there is no such sandbox; what protects there is `sleepy_core.verify.refusal` alone, and `describe` says so.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sleepy_core.errors import SleepyError
from sleepy_core.paths import config_dir, data_dir, runtime_dir

# Replaced by empty folders. A socket can be used on a read-only file system too (docker's, D-Bus, ssh-agent's),
# so hiding them is the only way.
_HIDDEN = (Path("/tmp"), Path("/run"))  # noqa: S108
_SHOWN_AGAIN = (Path("/run/current-system"), Path("/run/opengl-driver"))  # where NixOS keeps its programs

# Below HOME: what a compiler has no business to read.
_SECRETS = (
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".kube",
    ".docker",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".git-credentials",
    ".password-store",
    ".mozilla",
    ".thunderbird",
    ".bash_history",
    ".zsh_history",
    ".local/share/keyrings",
    ".config/gcloud",
    ".config/gh",
    ".config/op",
    ".config/git/credentials",
    ".config/google-chrome",
    ".config/chromium",
)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A working bubblewrap."""

    program: str

    @classmethod
    def detect(cls, setting: Literal["auto", "off", "required"]) -> Sandbox | None:
        """The sandbox of this machine, tried out once (some 20 ms).

        Raises `SleepyError` where one is required and none works.
        """
        if setting == "off":
            return None
        program, why = _working()
        if program is not None:
            return cls(program)
        if setting == "required":
            raise SleepyError(f"shadow.sandbox is `required`, but {why}")
        return None

    def wrap(
        self, argv: Sequence[str], *, writable: Sequence[Path], cwd: Path, over: Mapping[Path, Path] | None = None
    ) -> list[str]:
        """The command line that runs `argv` in `cwd` inside of the sandbox. Makes the writable folders.

        `over` shows other files in the place of existing ones: the place, then the file that is seen there.

        cargo works with a read-only CARGO_HOME as long as nothing has to be fetched, and needs a Cargo.lock
        that fits; both hold after a check outside of the sandbox.
        """
        options = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
        # Order counts: each mount covers what the ones before it show.
        for folder in _HIDDEN:
            if folder.is_dir() and not folder.is_symlink():
                options += ["--tmpfs", str(folder)]
        for folder in sorted(_needed(cwd)):
            options += ["--ro-bind", str(folder), str(folder)]
        for secret in _secrets():
            if secret.is_dir():
                options += ["--tmpfs", str(secret)]
            elif secret.exists():
                options += ["--ro-bind", os.devnull, str(secret)]
        for place, shown in (over or {}).items():
            options += ["--ro-bind", str(shown), str(place)]
        for path in writable:
            path.mkdir(parents=True, exist_ok=True)
            options += ["--bind", str(path), str(path)]
        # root keeps its capabilities otherwise, and could mount everything writable again.
        options += ["--unshare-all", "--cap-drop", "ALL", "--die-with-parent", "--new-session"]
        # A wrapper such as sccache talks to a server outside.
        options += ["--setenv", "TMPDIR", str(_HIDDEN[0]), "--setenv", "RUSTC_WRAPPER", ""]
        return [self.program, *options, "--chdir", str(cwd), "--", *argv]


def describe() -> str:
    """One sentence for `sleepy doctor`: what protects this machine from patched code, and what does not."""
    program, why = _working()
    if program is not None:
        return f"patched code is compiled in bubblewrap ({program}): no network, nothing but the target folder writable"
    return (
        f"no sandbox: {why}; patches to build scripts, procedural macros and manifests are refused,"
        " other patched code is compiled like your own"
    )


def _needed(cwd: Path) -> set[Path]:
    """What lies in a hidden folder and has to be seen, read-only: by its topmost folder, siblings included."""
    home = Path.home()
    wanted = [
        cwd,
        Path(os.environ.get("CARGO_HOME") or home / ".cargo"),
        Path(os.environ.get("RUSTUP_HOME") or home / ".rustup"),
    ]
    found = {folder for folder in _SHOWN_AGAIN if folder.exists()}
    for path in wanted:
        for hidden in _HIDDEN:
            if path != hidden and path.is_relative_to(hidden) and path.exists():
                found.add(hidden / path.relative_to(hidden).parts[0])
    return found


def _secrets() -> Iterator[Path]:
    """Existing files and folders to hide, symlinks followed: the user's, cargo's tokens, and our own."""
    home = Path.home()
    cargo = Path(os.environ.get("CARGO_HOME") or home / ".cargo")
    ours = (config_dir(), data_dir(), runtime_dir())  # other projects' episodes, the daemon's socket
    for path in (*(home / name for name in _SECRETS), cargo / "credentials.toml", cargo / "credentials", *ours):
        # What the private /tmp and /run hide is gone already, unless `_needed` shows it again.
        if path.exists():
            yield path.resolve()


@functools.cache
def _working() -> tuple[str | None, str]:
    """bubblewrap's path, or None and why not."""
    if sys.platform != "linux":
        return None, "bubblewrap exists for Linux only"
    program = shutil.which("bwrap")
    if program is None:
        return None, "bubblewrap is not installed (package `bubblewrap`)"
    trial = Sandbox(program).wrap(["true"], writable=[], cwd=Path("/"))
    try:
        done = subprocess.run(trial, capture_output=True, timeout=10, check=False, text=True)
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, f"bubblewrap does not start ({error})"
    if done.returncode != 0:
        return None, f"bubblewrap does not work here ({done.stderr.strip()[:200]})"
    return program, ""
