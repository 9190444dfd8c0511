"""What cargo knows of a workspace: its packages, their targets, and who depends on whom."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from sleepy_core.cargo.failures import failed, missing, no_folder, unstartable
from sleepy_core.errors import CargoError
from sleepy_core.model import CargoProject, Package, RelPath, Target

# rustup may first have to install the toolchain that a rust-toolchain.toml names.
_DEADLINE_SECONDS = 120.0
_SHOWN_CHARACTERS = 300


async def load_project(manifest: Path, *, cargo: str = "cargo") -> CargoProject:
    """The workspace that a manifest belongs to, with the path dependencies that are not its members.

    Uses no network and needs no lock file (`cargo metadata --no-deps`). A path dependency that cargo
    cannot read is left out: the check will tell the user about it, in cargo's own words. Raises
    `CargoError` when cargo is missing, crashes, prints something else than JSON, or refuses the manifest.
    """
    top = await workspace_metadata(manifest, cargo=cargo)
    members = set(top["workspace_members"])
    found: dict[Path, tuple[dict[str, Any], bool]] = {
        _root(package): (package, package["id"] in members) for package in top["packages"]
    }
    waiting = [path for package, _ in found.values() for path in _path_dependencies(package).values()]
    asked: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in found or path in asked:
            continue
        asked.add(path)
        with contextlib.suppress(CargoError):
            other = await workspace_metadata(path / "Cargo.toml", cargo=cargo)
            for package in other["packages"]:
                if _root(package) == path:
                    found[path] = (package, False)
                    waiting.extend(_path_dependencies(package).values())
    names = {root: str(package["name"]) for root, (package, _) in found.items()}
    return CargoProject(
        root=Path(top["workspace_root"]),
        packages=tuple(_package(package, member, names) for package, member in found.values()),
        target_directory=Path(top["target_directory"]),
    )


async def workspace_metadata(manifest: Path, *, cargo: str = "cargo") -> dict[str, Any]:
    """`cargo metadata --no-deps` of the workspace that a manifest belongs to, as cargo prints it.

    Raises `CargoError` as `load_project` does.
    """
    argv = [cargo, "metadata", "--no-deps", "--format-version", "1", "--manifest-path", str(manifest)]
    try:
        output = await run_cargo(argv, manifest.parent)
    except CargoError as error:
        if str(manifest.parent) in str(error):
            raise
        raise CargoError(f"{manifest}: {error}") from error
    try:
        data = json.loads(output)
        # Touch what we rely on, so that a wrong shape is told here and not later as a KeyError.
        _ = data["workspace_root"], data["workspace_members"], data["target_directory"]
        _ = [(p["id"], p["name"], p["version"], p["manifest_path"], p["targets"]) for p in data["packages"]]
    except (ValueError, KeyError, TypeError) as error:
        shown = output[:_SHOWN_CHARACTERS].decode("utf-8", "replace").strip() or "nothing at all"
        raise CargoError(
            f"`{cargo} metadata` did not print the JSON that it promises, but: {shown!r}. Is this really cargo?"
        ) from error
    if not isinstance(data, dict):
        raise CargoError(f"`{cargo} metadata` printed JSON of another shape than it promises. Is this really cargo?")
    return data


async def run_cargo(argv: list[str], cwd: Path) -> bytes:
    """Run a quick question to cargo and return its standard output; `CargoError` with its own words if it fails.

    The folder decides which toolchain rustup takes.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd=str(cwd),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except (NotADirectoryError, FileNotFoundError) as error:
        if error.filename == str(cwd):
            raise CargoError(no_folder(cwd)) from error
        raise CargoError(missing(argv[0])) from error
    except OSError as error:
        raise CargoError(unstartable(argv[0], error)) from error
    try:
        async with asyncio.timeout(_DEADLINE_SECONDS):
            output, complaint = await process.communicate()
    except TimeoutError as error:
        raise CargoError(f"`{argv[0]} {argv[1]}` gave no answer within {_DEADLINE_SECONDS:.0f} seconds.") from error
    finally:
        # Also on cancellation: nobody waits for the answer any more.
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode:
        raise CargoError(failed(argv[1], complaint.decode("utf-8", "replace"), process.returncode))
    return output


def dependents(project: CargoProject, names: Iterable[str]) -> frozenset[str]:
    """The named packages, and all packages of the project that depend on one of them, however indirectly."""
    users: dict[str, set[str]] = {}
    for package in project.packages:
        for name in package.dependencies:
            users.setdefault(name, set()).add(package.name)
    found = set(names) & project.names
    waiting = list(found)
    while waiting:
        new = users.get(waiting.pop(), set()) - found
        found |= new
        waiting.extend(new)
    return frozenset(found)


def affected(project: CargoProject, files: Iterable[RelPath]) -> frozenset[str]:
    """The packages whose check may change when these files do."""
    names: set[str] = set()
    for file in files:
        package = package_of(project, file)
        if package is None or is_manifest(file):
            # Belongs to nobody, or to all: templates read by include_str!, configuration, the lock file.
            return project.names
        names.add(package.name)
    return dependents(project, names)


def is_manifest(file: RelPath) -> bool:
    """Does this file decide what is built, and how?"""
    path = PurePosixPath(file)
    return path.name in {"Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml"} or ".cargo" in path.parts


def package_of(project: CargoProject, file: RelPath) -> Package | None:
    """The package that a file of the project belongs to: the one with the deepest folder that holds it."""
    path = _normal(project.root, file)
    holders = [package for package in project.packages if path.is_relative_to(package.root)]
    return max(holders, key=lambda package: len(package.root.parts), default=None)


def _package(data: Mapping[str, Any], member: bool, names: Mapping[Path, str]) -> Package:
    used = (names[path] for path in _path_dependencies(data).values() if path in names)
    return Package(
        id=data["id"],
        name=data["name"],
        version=data["version"],
        edition=data.get("edition", "2015"),
        manifest=Path(data["manifest_path"]),
        root=_root(data),
        targets=tuple(Target(t["name"], tuple(t["kind"]), Path(t["src_path"])) for t in data["targets"]),
        dependencies=tuple(sorted(set(used))),
        member=member,
    )


def _root(data: Mapping[str, Any]) -> Path:
    return Path(data["manifest_path"]).parent


def _path_dependencies(data: Mapping[str, Any]) -> dict[str, Path]:
    return {d["name"]: Path(d["path"]) for d in data.get("dependencies", ()) if d.get("path")}


def _normal(root: Path, file: RelPath) -> Path:
    """The absolute path of a file, with its `..` segments worked off by name."""
    path = root
    for part in PurePosixPath(file).parts:
        path = path.parent if part == ".." else path / part
    return path
