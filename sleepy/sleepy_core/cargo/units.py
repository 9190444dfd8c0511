"""How cargo calls rustc: one `Unit` a target, read from what `cargo -vv` prints while it builds.

With it a patched target can be compiled without cargo, its locks and its other targets. cargo prints only what it
builds, never what is fresh; a target with an error is never fresh, so the unit of an error is always known.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sleepy_core.model import CargoProject, Package, Target

_BEGIN = re.compile(r"^\s*Running `")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
# A description in a manifest may have several lines, and cargo prints it as it is.
_MOST_LINES = 200
_BY_NAME = ("bin", "test", "example", "bench")


@dataclass(frozen=True, slots=True)
class Unit:
    """One call of rustc. Paths are as cargo wrote them: those of the shadow that it ran in."""

    package: str
    target: str  # as `Diagnostic.target`
    tests: bool  # compiled with `--test`: a library has two units of the same target
    source: str  # the crate's root file, absolute or relative to the folder that cargo runs rustc in
    argv: tuple[str, ...]  # rustc itself first
    env: tuple[tuple[str, str], ...]  # what cargo sets for it

    def option(self, name: str) -> str:
        """The value of `--name value` or `--name=value`; "" where it is not given."""
        for number, word in enumerate(self.argv):
            if word == name and number + 1 < len(self.argv):
                return self.argv[number + 1]
            if word.startswith(f"{name}="):
                return word[len(name) + 1 :]
        return ""

    def codegen(self, name: str) -> str:
        """The value of `-C name=value`."""
        prefix = f"{name}="
        following = (b for a, b in zip(self.argv, self.argv[1:], strict=False) if a == "-C")
        return next((word[len(prefix) :] for word in following if word.startswith(prefix)), "")

    @property
    def externs(self) -> dict[str, str]:
        """Crates that it is given, by name: the file of each."""
        given = (b for a, b in zip(self.argv, self.argv[1:], strict=False) if a == "--extern")
        return {name: path for name, sign, path in (word.partition("=") for word in given) if sign}

    @property
    def output(self) -> str:
        """The metadata file that its dependents are given."""
        name = f"lib{self.option('--crate-name')}{self.codegen('extra-filename')}.rmeta"
        return f"{self.option('--out-dir')}/{name}"


class UnitReader:
    """Finds units in cargo's standard error, line by line, and keeps them out of what is shown of it."""

    def __init__(self, project: CargoProject, root: Path) -> None:
        """`root` is the folder of the project's copy that cargo runs in."""
        self._project = project
        self._root = root
        self._lines: list[str] = []

    def feed(self, line: str) -> tuple[Unit | None, bool]:
        """A unit that ends with this line, if one does; and whether the line is part of such a command."""
        if not self._lines:
            if not _BEGIN.match(line):
                return None, False
            line = _BEGIN.sub("", line)
        self._lines.append(line)
        if not line.rstrip().endswith("`"):
            if len(self._lines) > _MOST_LINES:
                self._lines = []
            return None, True
        command = "".join(self._lines).rstrip().removesuffix("`")
        self._lines = []
        return read_unit(command, self._project, self._root), True


def read_unit(command: str, project: CargoProject, root: Path) -> Unit | None:
    """The unit that a command line is; None for other commands, and for what runs at build time."""
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    begin = next((i for i, word in enumerate(words) if not _ASSIGNMENT.match(word)), len(words))
    env = tuple((name, value) for name, _, value in (word.partition("=") for word in words[:begin]))
    try:
        # A wrapper (clippy's, sccache) stands before rustc; it is not needed.
        argv = tuple(words[words.index("--crate-name", begin) - 1 :])
    except ValueError:
        return None
    package = next((p for p in project.packages if p.member and p.name == dict(env).get("CARGO_PKG_NAME")), None)
    source = next((word for word in argv[1:] if word.endswith(".rs")), None)
    if package is None or source is None or package.is_proc_macro:
        return None
    target = _target_of(root / source, package, project, root)
    if target is None or "custom-build" in target.kind:
        return None
    kind = target.kind[0] if target.kind else "lib"
    name = f"{kind} {target.name}" if kind in _BY_NAME else "lib"
    return Unit(package.name, name, "--test" in argv, source, argv, env)


def _target_of(source: Path, package: Package, project: CargoProject, root: Path) -> Target | None:
    """The target whose root file it is; a file may be the root of a library and an example at once: the first."""
    for target in package.targets:
        if target.source.is_relative_to(project.root) and root / target.source.relative_to(project.root) == source:
            return target
    return None


def sources(dep_info: str) -> Iterator[str]:
    """The files that a `.d` file of rustc names as a crate's sources (make's syntax; spaces are escaped)."""
    for line in dep_info.splitlines():
        name, colon, rest = line.partition(":")
        # "file.rs:" alone is there so that make does not mind a file that is gone.
        if colon and not rest.strip() and not name.startswith("#"):
            yield name.replace("\\ ", " ")
