"""Questions to git. A folder without git, or a machine without it, is an answer and not an error."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from git import Repo

# A repository's own configuration must not start programs: we only read.
_QUIET = ("-c", "core.fsmonitor=false", "--no-optional-locks", "--literal-pathspecs")

# As git words its log of HEAD: `commit: …`, `commit (amend): …`, `commit (initial): …`; not `commit (merge): …`.
_COMMITTED = re.compile(r"commit(?: \((?:amend|initial)\))?:")


async def toplevel(folder: Path) -> Path | None:
    """The work tree that a folder lies in (symlinks resolved, as git says it), or None."""
    output = await _git(folder, "rev-parse", "--show-toplevel")
    return Path(os.fsdecode(output.rstrip(b"\r\n"))) if output else None


async def head(root: Path) -> str:
    """The commit that the work tree stands on; `""` without git or without a commit."""
    return await asyncio.to_thread(_head, root)


async def only_committed(root: Path, since: str) -> bool:
    """Has HEAD moved from the commit `since` to where it is by commits made here, and by nothing else?

    What a checkout, rebase, pull, merge or reset brings was not written in this work tree. Where git keeps no
    log of HEAD nobody can tell, and the answer is no.
    """
    return await asyncio.to_thread(_only_committed, root, since)


async def committed_texts(root: Path, commit: str, files: Sequence[str]) -> dict[str, str]:
    """The texts of files in a commit, by their names relative to `root`; without those that it does not have."""
    return await asyncio.to_thread(_committed_texts, root, commit, files) if commit else {}


async def tracked_files(top: Path, paths: Sequence[str] = (), excluded: Sequence[str] = ()) -> list[str] | None:
    """What git tracks below a folder, plus what is untracked and not ignored; POSIX-style, relative to it.

    `paths` restricts the answer to these files and folders. `excluded` are gitignore patterns that hold
    for untracked files only. Submodules and repositories inside of the work tree are looked into. None
    where git cannot answer (no repository, no git, a repository that belongs to somebody else).
    """
    patterns = [word for pattern in excluded for word in ("-x", pattern)]
    output = await _git(top, "ls-files", "-z", "-co", "--exclude-standard", *patterns, "--", *paths)
    if output is None:
        return None
    names = dict.fromkeys(os.fsdecode(raw) for raw in output.split(b"\0") if raw)  # conflicts are listed per side
    nested = [name for name in names if name.endswith("/")]
    if ".gitmodules" in names:  # submodules look like files in the listing; a stat of each name costs, so only then
        nested += await asyncio.to_thread(_folders, top, [name for name in names if not name.endswith("/")])
    for name in nested:
        del names[name]
        folder = name.rstrip("/")
        inner = await tracked_files(top / folder) if folder else None
        names.update(dict.fromkeys(f"{folder}/{file}" for file in inner or ()))
    return list(names)


def _folders(top: Path, names: Sequence[str]) -> list[str]:
    return [name for name in names if (top / name).is_dir() and not (top / name).is_symlink()]


async def _git(folder: Path, *arguments: str) -> bytes | None:
    """Standard output of git run in a folder, None if it failed."""
    # A daemon started from a git hook inherits variables that point at another repository.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        process = await asyncio.create_subprocess_exec(
            "git",
            *_QUIET,
            *arguments,
            cwd=folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return None
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return output if process.returncode == 0 else None


def open_repository(folder: Path) -> Repo | None:
    """GitPython's view of the repository that holds a folder, to be closed by the caller; blocks.

    None without a repository or without git.
    """
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # otherwise importing it fails where git is missing
    import git  # 0.1 s that a session without a repository need not pay

    try:
        return git.Repo(folder, search_parent_directories=True)
    except (git.GitError, OSError):
        return None


def _head(root: Path) -> str:
    repository = open_repository(root)
    if repository is None:
        return ""
    with repository:
        try:
            return repository.head.commit.hexsha
        except (ValueError, OSError):  # no commit yet
            return ""


def _only_committed(root: Path, since: str) -> bool:
    repository = open_repository(root)
    if repository is None:
        return False
    import git

    with repository:
        try:
            entries = list(repository.head.log())
        except (git.GitError, ValueError, OSError):
            return False
    later: list[str] = []
    for entry in reversed(entries):
        if entry.newhexsha == since:
            return all(_COMMITTED.match(message) for message in later)
        later.append(entry.message)
    return not since and bool(later) and all(_COMMITTED.match(message) for message in later)


def _committed_texts(root: Path, commit: str, files: Sequence[str]) -> dict[str, str]:
    repository = open_repository(root)
    if repository is None:
        return {}
    import git

    found: dict[str, str] = {}
    with repository:
        top = Path(repository.working_dir).resolve()
        for file in files:
            path = Path(os.path.normpath(root.resolve() / file))
            if path.is_relative_to(top):
                with contextlib.suppress(git.GitError, ValueError, KeyError, OSError):
                    blob = repository.commit(commit).tree / path.relative_to(top).as_posix()
                    found[file] = blob.data_stream.read().decode()
    return found
