"""Real crates to break: pinned versions, fetched by cargo's own client when they are needed, made to stand alone.

A crate as published names dependencies for tests and benchmarks that are not fetched with it. What stands alone has a
manifest without dependencies, and of the integration tests those that compile without them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Crate:
    """One crate of the registry. Cases of `held_out` crates are counted, and never looked at one by one."""

    name: str
    version: str
    held_out: bool


DEVELOPMENT = (
    ("bit-vec", "0.8.0"),
    ("bitflags", "2.9.0"),
    ("either", "1.15.0"),
    ("fixedbitset", "0.5.7"),
    ("json", "0.12.4"),
    ("lexopt", "0.3.0"),
    ("roxmltree", "0.20.0"),
    ("xmlparser", "0.13.6"),
)
HELD_OUT = (
    ("minimal-lexical", "0.2.1"),
    ("pico-args", "0.5.0"),
    ("regex-syntax", "0.8.5"),
    ("semver", "1.0.26"),
    ("smallvec", "1.15.1"),
    ("strsim", "0.11.1"),
    ("tinyjson", "2.5.1"),
    ("vec_map", "0.8.2"),
)
CRATES = (
    *(Crate(name, version, held_out=False) for name, version in DEVELOPMENT),
    *(Crate(name, version, held_out=True) for name, version in HELD_OUT),
)


def chosen(which: str) -> tuple[Crate, ...]:
    """The crates of a split (`dev`, `held-out`, `all`), or one by its name."""
    if which == "all":
        return CRATES
    if which in ("dev", "held-out"):
        return tuple(crate for crate in CRATES if crate.held_out == (which == "held-out"))
    return tuple(crate for crate in CRATES if crate.name == which)


def fetch(crates: Sequence[Crate], folder: Path) -> dict[str, Path]:
    """The crates' sources below `folder`, each a package of its own; what is there already is taken as it is."""
    roots = {crate.name: folder / f"{crate.name}-{crate.version}" for crate in crates}
    missing = [crate for crate in crates if not roots[crate.name].is_dir()]
    if missing:
        vendor = _vendor(missing, folder / "loader")
        for crate in missing:
            fresh = folder / f"{crate.name}.fresh"
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.copytree(vendor / crate.name, fresh)
            stand_alone(fresh)
            fresh.rename(roots[crate.name])  # only a finished one has its name
    return roots


def stand_alone(root: Path) -> None:
    """Leave of a published crate what compiles by itself: library, unit tests, those integration tests that can."""
    published = tomllib.loads((root / "Cargo.toml").read_text(encoding="utf-8"))
    for name in ("Cargo.toml.orig", "Cargo.lock", ".cargo-checksum.json", "build.rs", ".cargo", "rust-toolchain"):
        path = root / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for name in ("benches", "examples"):
        shutil.rmtree(root / name, ignore_errors=True)
    (root / "Cargo.toml").write_text(manifest(published), encoding="utf-8")
    for test in sorted((root / "tests").glob("*.rs")):
        if cargo(root, "check", "-q", "--test", test.stem).returncode:
            test.unlink()
    shutil.rmtree(root / "target", ignore_errors=True)


def manifest(published: dict[str, Any]) -> str:
    """A manifest without dependencies, and with those features that need none."""
    package = published["package"]
    optional = set(published.get("dependencies", {}))
    features = {
        name: [part for part in parts if part in published["features"]]
        for name, parts in published.get("features", {}).items()
        if name == "default"
        or not any(part.removeprefix("dep:").partition("/")[0].rstrip("?") in optional for part in parts)
    }
    kept = {name: [part for part in parts if part in features] for name, parts in features.items()}
    lines = ["[package]", f'name = "{package["name"]}"', f'version = "{package["version"]}"']
    lines += [f'edition = "{package.get("edition", "2015")}"', "", "[workspace]", "", "[lib]"]
    lines += [f'path = "{published.get("lib", {}).get("path", "src/lib.rs")}"', "", "[features]"]
    lines += [f'"{name}" = {parts!r}' for name, parts in kept.items()]
    return "\n".join(lines) + "\n"


def cargo(
    root: Path, *arguments: str, target: Path | None = None, limit: float = 600
) -> subprocess.CompletedProcess[str]:
    """Run cargo in a crate, offline, without anything that it would have to fetch."""
    environment = os.environ | {
        "CARGO_TARGET_DIR": str(target or root / "target"),
        "CARGO_NET_OFFLINE": "true",
        "CARGO_TERM_COLOR": "never",
    }
    return subprocess.run(
        ["cargo", *arguments], cwd=root, env=environment, capture_output=True, text=True, timeout=limit, check=False
    )


def _vendor(crates: Sequence[Crate], loader: Path) -> Path:
    """All of them side by side, as published, by `cargo vendor`."""
    shutil.rmtree(loader, ignore_errors=True)
    (loader / "src").mkdir(parents=True)
    (loader / "src/lib.rs").write_text("")
    wanted = "".join(f'{crate.name} = "={crate.version}"\n' for crate in crates)
    package = '[package]\nname = "loader"\nversion = "0.1.0"\nedition = "2021"\n[workspace]\n[dependencies]\n'
    (loader / "Cargo.toml").write_text(package + wanted)
    subprocess.run(["cargo", "vendor", "-q"], cwd=loader, check=True, capture_output=True)
    return loader / "vendor"
