"""Source trees on the disk: written, put under git, opened as a shadow."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from helpers.cargo_projects import package, project
from sleepy_core.model import CargoProject
from sleepy_core.repo.git import toplevel
from sleepy_core.repo.shadow import Shadow

MANIFEST = '[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n'


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def crate(root: Path, files: Mapping[str, str | bytes] | None = None, name: str = "") -> Path:
    basic = {"Cargo.toml": MANIFEST.format(name=name or root.name), "src/lib.rs": "pub fn one() {}\n"}
    return write(root, basic | dict(files or {}))


def git(root: Path, *arguments: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]
    # Cloning a folder counts as the protocol "file", which submodules may not use by default.
    command = ["git", *who, "-c", "protocol.file.allow=always", "-C", str(root), *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()


def repository(root: Path) -> Path:
    """Put all that lies in a folder under git."""
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first", "--allow-empty")
    return root


@contextlib.asynccontextmanager
async def shadow_of(root: Path, cache: Path, cargo: CargoProject | None = None) -> AsyncIterator[Shadow]:
    cargo = cargo or project(root, package(root, root.name))
    shadow = await Shadow.open(cargo, root, cache, await toplevel(root))
    try:
        yield shadow
    finally:
        await shadow.aclose()


def copied(shadow: Shadow) -> dict[str, bytes]:
    """All files below the project's root in the copy; a symlink is told as `-> target`."""
    found = {}
    for path in shadow.root.rglob("*"):
        name = path.relative_to(shadow.root).as_posix()
        if path.is_symlink():
            found[name] = f"-> {os.readlink(path)}".encode()
        elif path.is_file():
            found[name] = path.read_bytes()
    return found
