"""What is read from `cargo metadata`, and what is said when it cannot be read."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import pytest

from helpers.cargo_projects import package, project
from helpers.source_trees import crate, write
from sleepy_core.cargo.metadata import dependents, load_project, package_of
from sleepy_core.errors import CargoError


def fake_cargo(folder: Path, script: str) -> str:
    path = folder / "fake-cargo"
    path.write_text(f"#!{sys.executable}\nimport sys, time, os\n{script}\n")
    path.chmod(0o755)
    return str(path)


async def test_a_workspace_has_its_members_and_its_path_dependencies_outside(tmp_path: Path) -> None:
    root = write(tmp_path / "ws", {"Cargo.toml": '[workspace]\nmembers = ["app", "lib"]\nresolver = "2"\n'})
    crate(root / "app", {"build.rs": "fn main() {}\n"})
    (root / "app/Cargo.toml").write_text(
        (root / "app/Cargo.toml").read_text() + '[dependencies]\nlib = { path = "../lib" }\n'
    )
    crate(root / "lib")
    (root / "lib/Cargo.toml").write_text(
        (root / "lib/Cargo.toml").read_text() + '[dependencies]\nnear = { path = "../../near" }\n'
    )
    crate(tmp_path / "near")
    (tmp_path / "near/Cargo.toml").write_text(
        (tmp_path / "near/Cargo.toml").read_text() + '[dependencies]\nfar = { path = "../far" }\n'
    )
    crate(tmp_path / "far")

    loaded = await load_project(root / "app" / "Cargo.toml")

    assert loaded.root == root
    assert loaded.target_directory == root / "target"
    assert {p.name: p.member for p in loaded.packages} == {"app": True, "lib": True, "near": False, "far": False}
    assert {p.name: p.dependencies for p in loaded.packages} == {
        "app": ("lib",),
        "lib": ("near",),
        "near": ("far",),
        "far": (),
    }
    assert set(loaded.outside) == {tmp_path / "near", tmp_path / "far"}
    assert {p.name for p in loaded.packages if p.has_build_script} == {"app"}
    assert not (root / "Cargo.lock").exists()


async def test_a_path_dependency_that_is_not_there_is_left_to_the_check(tmp_path: Path) -> None:
    root = crate(tmp_path / "app")
    manifest = root / "Cargo.toml"
    manifest.write_text(manifest.read_text() + '[dependencies]\ngone = { path = "../gone" }\n')
    assert [p.name for p in (await load_project(manifest)).packages] == ["app"]


async def test_a_broken_manifest_is_told_in_cargos_words(tmp_path: Path) -> None:
    root = crate(tmp_path / "app", {"Cargo.toml": "[package\n"})
    with pytest.raises(CargoError, match="unclosed table") as caught:
        await load_project(root / "Cargo.toml")
    assert "\n" not in str(caught.value)


async def test_a_missing_manifest_and_a_missing_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(CargoError, match="does not exist"):
        await load_project(tmp_path / "Cargo.toml")
    with pytest.raises(CargoError, match="no folder"):
        await load_project(tmp_path / "nowhere" / "Cargo.toml")


async def test_a_missing_cargo_is_told_with_what_to_do(tmp_path: Path) -> None:
    crate(tmp_path)
    with pytest.raises(CargoError, match="rustup"):
        await load_project(tmp_path / "Cargo.toml", cargo="no-such-cargo")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("print('hello, I am not cargo')", "did not print the JSON"),
        ("print('{}')", "did not print the JSON"),
        ("print('[1, 2]')", "did not print the JSON"),
        ("sys.stdout.buffer.write(bytes(range(256)))", "did not print the JSON"),
        ("", "nothing at all"),
        ("print('error: no way', file=sys.stderr); sys.exit(101)", ": no way$"),
        ("os.kill(os.getpid(), 9)", "killed by signal 9"),
        (f"print({json.dumps({'packages': 1})!r})", "did not print the JSON"),
    ],
)
async def test_a_cargo_that_misbehaves_is_an_error_and_not_a_crash(tmp_path: Path, script: str, said: str) -> None:
    crate(tmp_path)
    with pytest.raises(CargoError, match=said):
        await load_project(tmp_path / "Cargo.toml", cargo=fake_cargo(tmp_path, script))


async def test_a_cancelled_question_leaves_no_cargo_behind(tmp_path: Path) -> None:
    crate(tmp_path)
    cargo = fake_cargo(tmp_path, f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    task = asyncio.create_task(load_project(tmp_path / "Cargo.toml", cargo=cargo))
    deadline = time.monotonic() + 20
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text()}").exists() or sys.platform != "linux"


WS = Path("/ws")
CHAIN = project(
    WS,
    package(WS / "a", "a", dependencies=("b",)),
    package(WS / "b", "b", dependencies=("c", "a")),  # a cycle, as dev-dependencies make
    package(WS / "c", "c"),
    package(WS / "c/inner", "inner"),
    package(Path("/near"), "near", member=False),
)


@pytest.mark.parametrize(
    ("names", "expected"),
    [({"c"}, {"a", "b", "c"}), ({"a"}, {"a", "b"}), ({"inner"}, {"inner"}), (set(), set()), ({"serde"}, set())],
)
def test_dependents_are_the_packages_and_all_that_use_them(names: set[str], expected: set[str]) -> None:
    assert dependents(CHAIN, names) == expected


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("a/src/lib.rs", "a"),
        ("c/src/lib.rs", "c"),
        ("c/inner/src/lib.rs", "inner"),
        ("c/../a/build.rs", "a"),
        ("../near/src/lib.rs", "near"),
        ("README.md", None),
        ("../elsewhere/x.rs", None),
    ],
)
def test_a_file_belongs_to_the_deepest_package_that_holds_it(file: str, name: str | None) -> None:
    found = package_of(CHAIN, file)
    assert (found and found.name) == name
