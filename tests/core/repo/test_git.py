from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sleepy_core.repo.git import committed_texts, head, only_committed


class Work:
    """A work tree with two branches, and a folder inside of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "-q", "-b", "main")
        self.commit("one")
        self.git("branch", "other")
        self.commit("two")

    def git(self, *arguments: str) -> None:
        identity = ("-c", "user.name=me", "-c", "user.email=me@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True)

    def commit(self, text: str) -> None:
        (self.root / "inner").mkdir(exist_ok=True)
        (self.root / "inner" / "a.rs").write_text(text)
        self.git("add", "-A")
        self.git("commit", "-qm", text)


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work(tmp_path / "work")


@pytest.mark.parametrize(
    ("doing", "own"),
    [
        ("", True),
        ("commit", True),
        ("commit, commit", True),
        ("commit, amend", True),
        ("branch", True),  # a new branch at the same commit moves nothing
        ("checkout other", False),
        ("checkout other, commit", False),
        ("checkout other, checkout main", True),  # back where it was
        ("commit, checkout other, checkout main", False),
        ("reset --hard HEAD~1", False),
        ("merge other2", False),
        ("rebase other2", False),
        ("cherry-pick other2", False),
    ],
)
async def test_what_the_user_commits_is_told_from_what_git_brings(work: Work, doing: str, own: bool) -> None:
    work.git("checkout", "-q", "-b", "other2", "other")
    (work.root / "theirs.rs").write_text("theirs")
    work.git("add", "-A")
    work.git("commit", "-qm", "theirs")
    work.git("checkout", "-q", "main")
    since = await head(work.root)
    for number, step in enumerate(doing.split(", ") if doing else []):
        match step.split():
            case ["commit"]:
                work.commit(f"more {number}")
            case ["amend"]:
                work.git("commit", "-q", "--amend", "-m", "better")
            case ["branch"]:
                work.git("checkout", "-q", "-b", "new")
            case command:
                work.git(*command)
    assert await only_committed(work.root, since) is own


async def test_the_first_commit_is_the_users_too(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert await head(tmp_path) == ""
    assert not await only_committed(tmp_path, "")  # nothing has moved
    subprocess.run(
        ["git", "-c", "user.name=me", "-c", "user.email=a@b.c", "commit", "-q", "--allow-empty", "-m", "first"],
        cwd=tmp_path,
        check=True,
    )
    assert await only_committed(tmp_path, "")


async def test_without_a_log_nobody_can_tell(work: Work, tmp_path: Path) -> None:
    since = await head(work.root)
    work.commit("three")
    (work.root / ".git" / "logs" / "HEAD").unlink()
    assert not await only_committed(work.root, since)
    assert not await only_committed(tmp_path, since)  # no repository at all


async def test_texts_of_a_commit_are_named_from_the_project(work: Work) -> None:
    inner = work.root / "inner"
    commit = await head(work.root)
    work.commit("three")
    assert await committed_texts(inner, commit, ["a.rs", "missing.rs", "../../outside.rs"]) == {"a.rs": "two"}
    assert await committed_texts(work.root, commit, ["inner/a.rs"]) == {"inner/a.rs": "two"}
    assert await committed_texts(inner, "", ["a.rs"]) == {}
    assert await committed_texts(inner, "0" * 40, ["a.rs"]) == {}
