"""Who a repository is, wherever it lies."""

from __future__ import annotations

import asyncio
import hashlib
import re
from pathlib import Path

from sleepy_core.model import RepoIdentity
from sleepy_core.repo.git import open_repository


async def identify(root: Path) -> RepoIdentity:
    """The identity of the project in a folder.

    `id` is made of the repository's root commit (of several, the smallest by name) and the project's path
    inside of the repository: a moved folder, a second clone and a worktree have the same. A shallow clone does
    not know its root commit; it is named by the address of its `origin` instead, so that two shallow clones
    agree, but differ from a full one. Without commits, or shallow without an origin, the absolute path is the
    name.
    """
    return await asyncio.to_thread(_identify, root)


def _identify(root: Path) -> RepoIdentity:
    root = root.resolve()
    repository = open_repository(root)
    if repository is None or repository.bare:
        if repository is not None:
            repository.close()
        return RepoIdentity(_hash("path", str(root)), root.name, None, "", None)
    import git

    with repository:
        toplevel = Path(repository.working_dir).resolve()
        inside = root.relative_to(toplevel).as_posix() if root.is_relative_to(toplevel) else ""
        inside = "" if inside == "." else inside
        commit = origin = None
        try:
            if repository.git.rev_parse("--is-shallow-repository") == "true":
                origin = next((_address(remote.url) for remote in repository.remotes if remote.name == "origin"), None)
            else:
                roots = repository.git.rev_list("--max-parents=0", "HEAD").split()
                commit = min(roots, default=None)
        except (git.GitError, ValueError, OSError):
            pass  # no commit yet, or git refuses to read somebody else's repository
    if commit:
        name = _hash("commit", commit, inside)
    elif origin:
        name = _hash("origin", origin, inside)
    else:
        name = _hash("path", str(root))
    return RepoIdentity(name, root.name, commit, inside, toplevel)


def _address(url: str) -> str:
    """`host/path` of a remote, the same for every protocol, without the user's name or password."""
    address = re.sub(r"^[a-z+]+://", "", url.strip(), flags=re.IGNORECASE)
    address = re.sub(r"^[^/@]*@", "", address)
    address = re.sub(r"^([^/:]+):(?!/)(?:\d+/)?", r"\1/", address)
    host, _, path = address.partition("/")
    return f"{host.lower()}/{path.rstrip('/').removesuffix('.git')}"


def _hash(*words: str) -> str:
    return hashlib.blake2b("\0".join(words).encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()
