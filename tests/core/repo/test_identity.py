"""A repository is known again wherever it lies."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from helpers.source_trees import crate, git, repository
from sleepy_core.repo.git import head, toplevel, tracked_files
from sleepy_core.repo.identity import _address, identify


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    crate(tmp_path / "one" / "crates" / "app")
    return repository(tmp_path / "one")


async def test_a_moved_folder_a_second_clone_and_a_worktree_are_the_same_repository(repo: Path, tmp_path: Path) -> None:
    before = await identify(repo / "crates/app")
    git(tmp_path, "clone", "-q", str(repo), "clone")
    git(repo, "worktree", "add", "-q", str(tmp_path / "tree"))
    clone, tree = [await identify(tmp_path / name / "crates/app") for name in ("clone", "tree")]
    shutil.copytree(repo, tmp_path / "moved")
    moved = await identify(tmp_path / "moved/crates/app")

    assert before.id == clone.id == tree.id == moved.id
    assert before.root_commit == git(repo, "rev-parse", "HEAD")
    assert before.path_in_repo == "crates/app"
    assert (before.toplevel, clone.toplevel) == (repo, tmp_path / "clone")


async def test_later_commits_change_nothing_and_another_path_is_another_project(repo: Path) -> None:
    before = await identify(repo)
    git(repo, "commit", "-qm", "second", "--allow-empty")
    assert (await identify(repo)).id == before.id
    assert (await identify(repo / "crates/app")).id != before.id


async def test_of_several_root_commits_the_smallest_counts(repo: Path) -> None:
    first = git(repo, "rev-parse", "HEAD")
    git(repo, "checkout", "-q", "--orphan", "other")
    git(repo, "commit", "-qm", "another root")
    second = git(repo, "rev-parse", "HEAD")
    git(repo, "merge", "-q", "--allow-unrelated-histories", "-m", "both", "main")
    assert (await identify(repo)).root_commit == min(first, second)


async def test_a_shallow_clone_is_named_by_its_origin(repo: Path, tmp_path: Path) -> None:
    git(repo, "commit", "-qm", "second", "--allow-empty")
    for name in ("a", "b"):
        git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repo}", name)
    a, b = await identify(tmp_path / "a"), await identify(tmp_path / "b")
    assert a.root_commit is None
    assert a.id == b.id != (await identify(repo)).id


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/me/x.git",
        "https://me:token@GitHub.com/me/x",
        "git@github.com:me/x.git",
        "ssh://git@github.com/me/x/",
    ],
)
def test_an_origin_is_the_same_by_every_protocol(url: str) -> None:
    assert _address(url) == "github.com/me/x"


async def test_without_git_or_without_commits_the_path_is_the_name(tmp_path: Path) -> None:
    plain, empty = tmp_path / "plain", tmp_path / "empty"
    plain.mkdir()
    empty.mkdir()
    git(empty, "init", "-q")
    assert (await identify(plain)).id == (await identify(plain)).id != (await identify(empty)).id
    assert (await identify(plain)).toplevel is None
    assert (await identify(empty)).toplevel == empty
    assert (await identify(empty)).root_commit is None


async def test_head_is_the_commit_or_nothing(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    assert await head(repo) == git(repo, "rev-parse", "HEAD")
    assert await head(tmp_path / "plain") == ""


async def test_git_lists_tracked_and_new_files_but_none_that_it_ignores(repo: Path) -> None:
    (repo / ".gitignore").write_text("*.log\n")
    (repo / "new ä.rs").write_text("")
    (repo / "x.log").write_text("")
    files = await tracked_files(repo)
    assert sorted(files or ()) == [".gitignore", "crates/app/Cargo.toml", "crates/app/src/lib.rs", "new ä.rs"]
    assert await toplevel(repo / "crates") == repo


async def test_submodules_and_repositories_inside_are_looked_into(repo: Path, tmp_path: Path) -> None:
    lib = repository(crate(tmp_path / "lib"))
    git(repo, "submodule", "add", "-q", str(lib), "vendor/lib.rs")
    repository(crate(repo / "loose"))
    files = await tracked_files(repo)
    assert files is not None
    assert {"vendor/lib.rs/src/lib.rs", "loose/src/lib.rs", "loose/Cargo.toml"} <= set(files)
    assert "vendor/lib.rs" not in files


async def test_where_git_is_not_installed_nothing_is_known(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert await toplevel(repo) is None
    assert await tracked_files(repo) is None
