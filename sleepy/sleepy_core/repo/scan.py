"""Which cargo projects lie in the folders that somebody opened."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sleepy_core.cargo.metadata import workspace_metadata
from sleepy_core.errors import CargoError
from sleepy_core.repo.git import tracked_files
from sleepy_core.repo.listing import walk

MANIFEST = "Cargo.toml"
# What `cargo vendor` leaves beside each manifest: a dependency's copy is no project of the user's.
_VENDORED = ".cargo-checksum.json"


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The top manifests of the workspaces that were found, each once, and what could not be read."""

    manifests: tuple[Path, ...]
    problems: tuple[str, ...]


async def scan(folders: Iterable[Path], *, cargo: str = "cargo") -> ScanResult:
    """Every workspace in the folders, nested ones included, and those that the folders themselves lie in.

    What git ignores, hidden folders, build output and vendored dependencies are not searched. A manifest that
    cargo refuses is a problem, in cargo's words, and does not stop the others.
    """
    found: dict[Path, None] = {}
    problems: dict[str, None] = {}
    seen: set[Path] = set()
    for folder in folders:
        manifests = await _manifests(folder)
        above = await asyncio.to_thread(nearest_manifest, folder)
        for manifest in [*([above] if above else []), *manifests]:
            if manifest in seen:
                continue
            try:
                top, members = await _workspace(manifest, cargo)
            except CargoError as error:
                problems[str(error)] = None
                continue
            found[top] = None
            seen |= {manifest, top, *members}
    return ScanResult(tuple(found), tuple(problems))


def nearest_manifest(file: Path) -> Path | None:
    """The `Cargo.toml` of the package that a file or folder belongs to."""
    for folder in (file, *file.parents):
        manifest = folder / MANIFEST
        if manifest.is_file():
            return manifest
    return None


async def workspace_manifest(manifest: Path, *, cargo: str = "cargo") -> Path:
    """The top manifest of the workspace that a package belongs to. Raises `CargoError`."""
    return (await _workspace(manifest, cargo))[0]


async def _workspace(manifest: Path, cargo: str) -> tuple[Path, list[Path]]:
    """A workspace's top manifest, and the manifests of its members."""
    data = await workspace_metadata(manifest, cargo=cargo)
    return Path(data["workspace_root"]) / MANIFEST, [Path(package["manifest_path"]) for package in data["packages"]]


async def _manifests(folder: Path) -> list[Path]:
    """Manifests below a folder, the topmost first."""
    listed = await tracked_files(folder)
    paths = [folder / name for name in listed] if listed else await asyncio.to_thread(lambda: list(walk(folder)))
    found = [path for path in paths if path.name == MANIFEST]
    vendored = {path.parent for path in paths if path.name == _VENDORED}
    wanted = (path for path in found if path.parent not in vendored)
    return await asyncio.to_thread(
        lambda: sorted((path for path in wanted if path.is_file()), key=lambda path: (len(path.parts), path))
    )
