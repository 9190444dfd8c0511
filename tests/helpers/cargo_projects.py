"""Cargo projects written by hand, for tests that need no cargo."""

from __future__ import annotations

from pathlib import Path

from sleepy_core.model import CargoProject, Package, Target


def package(
    root: Path,
    name: str,
    *,
    kind: str = "lib",
    source: str = "src/lib.rs",
    dependencies: tuple[str, ...] = (),
    member: bool = True,
    build_script: bool = False,
) -> Package:
    targets = [Target(name, (kind,), root / source)]
    if build_script:
        targets.append(Target("build-script-build", ("custom-build",), root / "build.rs"))
    return Package(
        id=f"path+file://{root}#0.1.0" if root.name == name else f"path+file://{root}#{name}@0.1.0",
        name=name,
        version="0.1.0",
        edition="2021",
        manifest=root / "Cargo.toml",
        root=root,
        targets=tuple(targets),
        dependencies=dependencies,
        member=member,
    )


def project(root: Path, *packages: Package) -> CargoProject:
    return CargoProject(root, packages or (package(root, root.name),), root / "target")


def recorded_project() -> CargoProject:
    """The workspace that tests/data/cargo-messages/*.jsonl were recorded from."""
    root = Path("/home/me/ws")
    return project(
        root,
        package(root / "app", "app", dependencies=("lib", "derive", "outside")),
        package(root / "lib", "lib"),
        package(root / "derive", "derive", kind="proc-macro"),
        package(root / "bs", "bs", build_script=True),
        package(Path("/home/me/outside"), "outside", member=False),
    )
