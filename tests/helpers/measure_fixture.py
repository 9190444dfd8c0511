"""What rustc says of the orchard fixture, and how far its own suggestions get. Independent of the product.

`python tests/helpers/measure_fixture.py` prints what it measured, one JSON object, as it stands in
`tests/fixtures/orchard.expected.json`; `--write` replaces that file (after a change of the fixture, or a new rustc).

Each suggestion is applied alone and kept when its error goes away, none comes up in its line, and its file has not more
of them than before (one that the repaired one hid may show). Where no suggestion helps any error any more, the files
of the errors that are left get their text of the solution, so that what they hid comes to light.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent.parent / "fixtures"
ORCHARD = FIXTURES / "orchard"
SOLUTION = FIXTURES / "orchard.solution.patch"
EXPECTED = FIXTURES / "orchard.expected.json"

# A suggestion with one of these is a form to be filled in, not a repair.
_PLACEHOLDERS = ("todo!()", "unimplemented!()", "/* ")


@dataclass(frozen=True)
class Error:
    """One error, wherever the library's and its tests' builds both tell it."""

    file: str
    line: int
    code: str
    label: str
    suggestions: tuple[tuple[dict[str, Any], ...], ...]

    @property
    def place(self) -> tuple[str, str, str]:
        """What stays the same when lines move: the file, the code, and the code that is wrong."""
        return (self.file, self.code, self.label)


def copy_fixture(name: str, to: Path) -> Path:
    """A fresh copy of a fixture, without what a build may have left in it."""
    shutil.copytree(FIXTURES / name, to, ignore=shutil.ignore_patterns("target", "Cargo.lock"))
    return to


def solve(tree: Path) -> Path:
    """Apply the reference solution to a copy of the orchard."""
    # Below a repository, `git apply` would take paths as relative to its top and skip what lies elsewhere.
    env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)}
    subprocess.run(["git", "apply", str(SOLUTION)], cwd=tree, env=env, check=True)
    return tree


def cargo(tree: Path, target: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run cargo offline with a target folder of its own."""
    env = {**os.environ, "CARGO_TARGET_DIR": str(target), "CARGO_NET_OFFLINE": "true", "CARGO_TERM_COLOR": "never"}
    return subprocess.run(["cargo", *arguments], cwd=tree, env=env, capture_output=True, text=True, timeout=120)


def errors(tree: Path, target: Path) -> list[Error]:
    """The errors of all crates and targets that can be reached, each once, in order of file and line."""
    run = cargo(tree, target, "check", "--workspace", "--all-targets", "--keep-going", "--message-format=json")
    found = {error.place: error for error in _read(run.stdout)}
    if run.returncode and not found:
        raise RuntimeError(f"cargo check failed without an error: {run.stderr}")
    return sorted(found.values(), key=lambda e: (e.file, e.line, e.code))


def _read(output: str) -> Iterator[Error]:
    for line in output.splitlines():
        message = json.loads(line).get("message") or {}
        if message.get("level") != "error" or not message.get("spans"):
            continue
        primary = next(s for s in message["spans"] if s["is_primary"])
        text = primary["text"][0]["text"][primary["text"][0]["highlight_start"] - 1 :]
        code = (message.get("code") or {}).get("code", "")
        yield Error(primary["file_name"], primary["line_start"], code, text, tuple(_suggestions(message)))


def _suggestions(message: dict[str, Any]) -> Iterator[tuple[dict[str, Any], ...]]:
    for part in (message, *message["children"]):
        spans = tuple(s for s in part["spans"] if s["suggested_replacement"] is not None)
        if not spans:
            continue
        # One child may hold several alternatives for one place: each is a suggestion of its own.
        alternatives = (
            len({s["suggested_replacement"] for s in spans}) > 1 and len({s["byte_start"] for s in spans}) == 1
        )
        for group in [(s,) for s in spans] if alternatives else [spans]:
            if not any(p in s["suggested_replacement"] for s in group for p in _PLACEHOLDERS):
                yield group


def _apply(tree: Path, edits: tuple[dict[str, Any], ...]) -> dict[Path, bytes]:
    """Write a suggestion; answers the bytes that were there before."""
    before: dict[Path, bytes] = {}
    for edit in sorted(edits, key=lambda e: -e["byte_start"]):
        path = tree / edit["file_name"]
        data = path.read_bytes()
        before.setdefault(path, data)
        new = edit["suggested_replacement"].encode()
        path.write_bytes(data[: edit["byte_start"]] + new + data[edit["byte_end"] :])
    return before


def _repair_one(tree: Path, target: Path, now: list[Error], hopeless: set[tuple[str, str, str]]) -> Error | None:
    for error in now:
        if error.place in hopeless:
            continue
        for suggestion in error.suggestions:
            before = _apply(tree, suggestion)
            after = errors(tree, target)
            gone = error.place not in {e.place for e in after}
            # A new error on the very line that was changed is the old one in another coat.
            same_line = any((e.file, e.line) == (error.file, error.line) for e in after if e not in now)
            in_file = [sum(e.file == error.file for e in listed) for listed in (now, after)]
            if gone and not same_line and in_file[1] <= in_file[0]:
                return error
            for path, data in before.items():
                path.write_bytes(data)
        hopeless.add(error.place)
    return None


def measure() -> dict[str, Any]:
    """Every error of the fixture as they come to light: at once or later, repaired by a suggestion or not."""
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "target"
        tree = copy_fixture("orchard", Path(scratch) / "tree")
        solved = solve(copy_fixture("orchard", Path(scratch) / "solved"))
        first = errors(tree, target)
        seen = {e.place: e for e in first}
        repaired: set[tuple[str, str, str]] = set()
        hopeless: set[tuple[str, str, str]] = set()
        now = first
        while now:
            done = _repair_one(tree, target, now, hopeless)
            if done is not None:
                repaired.add(done.place)
            else:
                for file in {e.file for e in now}:
                    shutil.copyfile(solved / file, tree / file)
            now = errors(tree, target)
            seen |= {e.place: e for e in now if e.place not in seen}
        # Several errors may go with one repair: those that never needed one of their own went with it.
        found = [
            {
                "file": e.file,
                "code": e.code,
                "at_once": e in first,
                "by_suggestion": e.place in repaired or e.place not in hopeless,
            }
            for e in seen.values()
        ]
        return {
            "rustc": subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.split()[1],
            "errors": sorted(found, key=lambda e: (e["file"], e["code"], not e["at_once"], e["by_suggestion"])),
        }


if __name__ == "__main__":
    measured = json.dumps(measure(), indent=2) + "\n"
    if "--write" in sys.argv[1:]:
        EXPECTED.write_text(measured, encoding="utf-8")
    print(measured, end="")
