"""Which cargo projects lie in the folders that somebody opened."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sleepy_core.errors import CargoError

MANIFEST = "Cargo.toml"
_SKIPPED = frozenset({"target", "node_modules", ".git", ".venv", "__pycache__"})
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The manifests of the workspaces that were found, each once, and what could not be read."""

    manifests: tuple[Path, ...]
    problems: tuple[str, ...]


async def scan(folders: Iterable[Path], *, cargo: str = "cargo") -> ScanResult:
    """Every workspace in the folders, and those that the folders themselves lie in."""
    found: dict[Path, None] = {}
    problems: dict[str, None] = {}
    for folder in folders:
        manifests = await asyncio.to_thread(_manifests, folder)
        above = await asyncio.to_thread(nearest_manifest, folder)
        members: set[Path] = set()
        for manifest in [*([above] if above else []), *manifests]:
            if manifest in members:
                continue
            try:
                root, packages = await _workspace(manifest, cargo)
            except CargoError as error:
                problems[str(error)] = None
                continue
            found[root] = None
            members |= {root, *packages}
    return ScanResult(tuple(found), tuple(problems))


def nearest_manifest(path: Path) -> Path | None:
    """The `Cargo.toml` of the package that a file or folder belongs to."""
    for folder in (path, *path.parents):
        manifest = folder / MANIFEST
        if manifest.is_file():
            return manifest
    return None


async def workspace_manifest(manifest: Path, *, cargo: str = "cargo") -> Path:
    """The top manifest of the workspace that a package belongs to. Raises `CargoError`."""
    return (await _workspace(manifest, cargo))[0]


async def _workspace(manifest: Path, cargo: str) -> tuple[Path, list[Path]]:
    """A workspace's top manifest, and the manifests of its members."""
    from sleepy_core.cargo.metadata import load_project

    project = await load_project(manifest, cargo=cargo)
    return project.root / MANIFEST, [p.manifest for p in project.packages if p.member]


def _manifests(folder: Path) -> list[Path]:
    """Manifests below a folder, top-down; links are not followed."""
    found = []
    base = len(folder.parts)
    for at, folders, files in os.walk(folder):
        here = Path(at)
        folders[:] = sorted(f for f in folders if f not in _SKIPPED and not f.startswith("."))
        if len(here.parts) - base >= _DEEPEST:
            folders.clear()
        if MANIFEST in files:
            found.append(here / MANIFEST)
    return found
