"""How cargo fails, in one sentence for the user: the same words whatever it was asked."""

from __future__ import annotations

import re
import shutil
import sys

_MOST_CHARACTERS = 600
_LAST_LINE_CHARACTERS = 300
# The manifest's own lines, as cargo draws them under a parse error: no part of a sentence.
_EXCERPT = re.compile(r"(\d+ )?\||-->")
# ENOSPC, and EDQUOT on Linux and macOS; Windows' ERROR_DISK_FULL (untried).
_FULL_ERRORS = {"win32": "112", "darwin": "28|69"}.get(sys.platform, "28|122")
_FULL = re.compile(rf"\(os error (?:{_FULL_ERRORS})\)")
# cargo says so where a compiler ended without having told an error, or did not even tell its version.
_KILLED = re.compile(r"process didn't exit successfully: `[^`]*\brustc\b[^`]*` \(signal: (\d+)")


def missing(cargo: str) -> str:
    """What to say when there is no cargo."""
    where = "" if shutil.which(cargo) is None else " (a file of that name is there, but not its interpreter)"
    return f"{cargo} was not found{where}; install Rust from https://rustup.rs, or set check.cargo to your cargo"


def no_folder(folder: object) -> str:
    """What to say when cargo has nowhere to run."""
    return f"there is no folder {folder} to run cargo in"


def unstartable(cargo: str, error: OSError) -> str:
    """What to say when the system refuses to start cargo."""
    return f"{cargo} cannot be started: {error.strerror or error}"


def failed(command: str, printed: str, code: int) -> str:
    """cargo's own words for the failure of a command, in one line: its first error and what caused it."""
    lines = [line.strip() for line in printed.splitlines()]
    at = next((i for i, line in enumerate(lines) if line.startswith("error")), None)
    if at is None or code < 0:  # what a killed cargo had said before was not why it ended
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        last = next((line for line in reversed(lines) if line), "")
        return f"cargo {command} {how}" + (f": {last[:_LAST_LINE_CHARACTERS]}" if last else " and said nothing")
    said = [lines[at].removeprefix("error:").strip()]
    for line in lines[at + 1 :]:
        if line.startswith(("error", "warning", "For more", "stack backtrace")):
            break
        # What a build script told cargo is no reason; what it told us is.
        if line and not line.startswith(("Caused by:", "note:", "--- ", "cargo:")) and not _EXCERPT.match(line):
            said.append(line)
    return "cargo: " + ": ".join(said)[:_MOST_CHARACTERS]


def interrupted(printed: str) -> str:
    """Why a run that ended like one with errors did not say all that it would have said; "" where it did.

    `printed` is what cargo printed, or an error of the compiler that names no place. Where the disk was full, or a
    compiler was killed (no memory; by hand), errors are missing, and others are not of the code.
    """
    if _FULL.search(printed):
        return "The disk is full: cargo could not write what it built. Free some space, then check again."
    found = _KILLED.search(printed)
    return f"cargo: the compiler was killed by signal {found[1]} (is there enough memory?)" if found else ""
