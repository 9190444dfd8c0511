"""The cargo projects in opened folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.source_trees import crate, repository, write
from sleepy_core.repo.scan import nearest_manifest, scan, workspace_manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace of two, one nested beside them that is its own, a lone package, a broken one, and noise."""
    root = write(
        tmp_path / "ws", {"Cargo.toml": '[workspace]\nmembers = ["a", "b"]\nexclude = ["nested"]\nresolver = "2"\n'}
    )
    crate(root / "a")
    crate(root / "b")
    crate(root / "nested")
    crate(tmp_path / "lone")
    write(tmp_path / "broken", {"Cargo.toml": "[package"})
    crate(tmp_path / "lone/target/package/x")
    crate(tmp_path / ".hidden/x")
    crate(tmp_path / "lone/vendor/serde", {".cargo-checksum.json": "{}"})
    return tmp_path


async def test_workspaces_nested_ones_and_lone_packages_are_found_once(folder: Path) -> None:
    found = await scan([folder, folder / "ws" / "a"])
    assert set(found.manifests) == {folder / f / "Cargo.toml" for f in ("ws", "ws/nested", "lone")}
    assert len(found.manifests) == 3
    assert len(found.problems) == 1
    assert str(folder / "broken") in found.problems[0]


async def test_what_git_ignores_is_not_searched(tmp_path: Path) -> None:
    crate(tmp_path / "app")
    crate(tmp_path / "scratch")
    write(tmp_path, {".gitignore": "scratch/\n"})
    repository(tmp_path)
    assert (await scan([tmp_path])).manifests == (tmp_path / "app/Cargo.toml",)


async def test_an_opened_folder_inside_of_a_package_finds_the_workspace_above(folder: Path) -> None:
    assert (await scan([folder / "ws/b/src"])).manifests == (folder / "ws/Cargo.toml",)
    assert nearest_manifest(folder / "ws/b/src/lib.rs") == folder / "ws/b/Cargo.toml"
    assert await workspace_manifest(folder / "ws/b/Cargo.toml") == folder / "ws/Cargo.toml"


async def test_a_folder_without_rust_has_none_and_no_problem(tmp_path: Path) -> None:
    assert (await scan([tmp_path])).problems == ()
    assert (await scan([tmp_path])).manifests == ()
    assert nearest_manifest(tmp_path / "x.rs") is None
