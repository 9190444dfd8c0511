"""Which files belong to a project: everything that cargo may read when it builds it.

A file is named by its *key*, its absolute path without the leading `/` (`home/me/project/src/lib.rs`; on
Windows `C/Users/…`, untried): the place it has in a copy that mirrors absolute paths.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from sleepy_core.model import CargoProject
from sleepy_core.repo.git import toplevel, tracked_files

log = structlog.get_logger()

# Generated sources that git ignores are copied up to so many and so large: beyond that it is data, or a mistake.
_MOST_IGNORED = 2000
_LARGEST_IGNORED = 16 * 2**20
_CACHE_TAG = "CACHEDIR.TAG"
# What cargo and rustup look for in every folder above a package.
_INHERITED = (".cargo/config.toml", ".cargo/config", "rust-toolchain.toml", "rust-toolchain")


def key_of(path: Path) -> str:
    """The key of an absolute path, without looking at the disk."""
    path = Path(os.path.normpath(path))
    return "/".join([path.drive.rstrip(":"), *path.parts[1:]] if path.drive else path.parts[1:])


def path_of(key: str) -> str:
    """The absolute path of a key in the user's own tree."""
    if os.name == "nt":
        drive, _, rest = key.partition("/")
        return f"{drive}:/{rest}"
    return "/" + key


@dataclass(frozen=True, slots=True)
class Listing:
    """What to ask for the files of one project.

    `root` is the project's folder in the source, `top` the git work tree that holds it (None: no git),
    `outside` the folders of path dependencies elsewhere, `sources` those of the targets, where a `mod` may
    name a file that git ignores (generated code). Configuration in folders above is left to be found
    where it is when `copy` lies below the same folder.
    """

    root: Path
    top: Path | None
    outside: tuple[Path, ...]
    sources: frozenset[Path]
    target_directory: Path
    copy: Path

    @classmethod
    def of(cls, project: CargoProject, root: Path, top: Path | None, copy: Path) -> Listing:
        """The listing of a project; `top` is renamed to how `root` names it, where a symlink leads to it."""
        named = _named_like(root, top) if top else None
        return cls(root, named, project.outside, _source_folders(project), project.target_directory, copy)

    def following(self, project: CargoProject) -> Listing:
        """The same for the project as its changed manifests describe it."""
        return replace(
            self,
            outside=project.outside,
            sources=_source_folders(project),
            target_directory=project.target_directory,
        )

    async def everything(self) -> set[str]:
        """The keys of all files."""
        keys: set[str] = set()
        listed = await self._git(self.top) if self.top else None
        keys.update(listed or ())
        manifest = key_of(self.root / "Cargo.toml")
        if listed is None or manifest not in keys:  # no git, or a project that its repository ignores
            keys.update(await asyncio.to_thread(_keys_below, self.root, self.target_directory))
        for folder in self.outside:
            if key_of(folder / "Cargo.toml") not in keys:
                keys.update(await self._foreign(folder))
        keys.update(await asyncio.to_thread(lambda: self._ignored(self.sources, keys) | set(self._needed(keys))))
        return keys

    async def some(self, paths: Collection[Path]) -> set[str]:
        """The keys of those files that are, or lie below, one of these paths, and belong to the project."""
        keys: set[str] = set()
        inside = [path for path in paths if self.top and path.is_relative_to(self.top)]
        if inside and self.top:
            names = [path.relative_to(self.top).as_posix() for path in inside]
            keys.update(await self._git(self.top, names) or ())
            keys.update(await asyncio.to_thread(self._ignored, inside, keys))
        elsewhere = [path for path in paths if path not in inside] if self.top else list(paths)
        for path in elsewhere:
            if path.is_dir():
                keys.update(await asyncio.to_thread(_keys_below, path, self.target_directory))
            elif not any(_is_skipped(part) for part in path.parent.relative_to(path.anchor).parts):
                keys.add(key_of(path))
        needed = {path for path in paths if path.name in ("Cargo.lock", *map(os.path.basename, _INHERITED))}
        keys.update(key_of(path) for path in needed if path.is_file())
        return keys

    async def _git(self, top: Path, names: Collection[str] = ()) -> list[str] | None:
        excluded = ["node_modules/"]
        if self.target_directory.is_relative_to(top):
            excluded.append(f"/{self.target_directory.relative_to(top).as_posix()}/")
        files = await tracked_files(top, tuple(names), excluded)
        if files is None:
            return None
        # Build output that nobody told git to ignore.
        caches = tuple(name.removesuffix(_CACHE_TAG) for name in files if name.endswith(f"/{_CACHE_TAG}"))
        prefix = key_of(top)
        return [f"{prefix}/{name}" if prefix else name for name in files if not name.startswith(caches)]

    async def _foreign(self, folder: Path) -> set[str]:
        """A path dependency in another repository, or in none, and the manifest that it inherits from."""
        keys: set[str] = set()
        top = await toplevel(folder)
        named = _named_like(folder, top) if top else None
        listed = await tracked_files(folder) if named else None
        if listed:
            keys.update(f"{key_of(folder)}/{name}" for name in listed)
        else:
            keys.update(await asyncio.to_thread(_keys_below, folder, self.target_directory))
        for above in folder.parents:
            manifest = above / "Cargo.toml"
            if manifest.is_file() and b"[workspace" in await asyncio.to_thread(manifest.read_bytes):
                keys.add(key_of(manifest))
                break
        return keys

    def _ignored(self, places: Iterable[Path], known: Collection[str]) -> set[str]:
        """Rust sources that git does not tell of, in these files and folders, as far as a target may name them."""
        found: list[str] = []
        for place in places:
            inner = _walk(place, lambda folder: folder == self.target_directory) if place.is_dir() else ()
            for folder, names in ((place.parent, [place.name]), *inner):
                prefix = key_of(folder)
                for name in names:
                    key = f"{prefix}/{name}"
                    if name.endswith(".rs") and key not in known and self._is_source(folder / name):
                        found.append(key)
        if len(found) > _MOST_IGNORED:
            log.warning("more ignored sources than are copied", first=found[0], count=len(found), most=_MOST_IGNORED)
        return set(sorted(found)[:_MOST_IGNORED])

    def _is_source(self, path: Path) -> bool:
        """Does a regular file of bearable size lie below a target's folder?"""
        if self.sources.isdisjoint(path.parents):
            return False
        try:
            found = path.lstat()
        except OSError:
            return False
        return stat.S_ISREG(found.st_mode) and found.st_size <= _LARGEST_IGNORED

    def _needed(self, keys: Collection[str]) -> Iterator[str]:
        """What cargo reads though git may ignore it: lock file, configuration, toolchain."""
        yield from _existing([self.root / "Cargo.lock"])
        home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
        folders = {Path(path_of(key)).parent for key in keys if key.endswith("/Cargo.toml")}
        for folder in {above for inner in folders for above in (inner, *inner.parents)}:
            if self.copy.is_relative_to(folder):
                continue  # seen from the copy, too; twice would double its lists of flags
            for name in _INHERITED:
                if folder / ".cargo" != home or not name.startswith(".cargo"):
                    yield from _existing([folder / name])


def _source_folders(project: CargoProject) -> frozenset[Path]:
    """The folders of the targets' first files, but not a package's own: all sorts of things lie there."""
    folders = {
        target.source.parent
        for package in project.packages
        for target in package.targets
        if target.source.parent != package.root and target.source.parent.is_relative_to(package.root)
    }
    return frozenset(folder for folder in folders if folders.isdisjoint(folder.parents))


def _existing(paths: Iterable[Path]) -> Iterator[str]:
    return (key_of(path) for path in paths if path.is_file())


def _keys_below(folder: Path, target_directory: Path) -> set[str]:
    return {key_of(path) for path in walk(folder, lambda inner: inner == target_directory)}


def walk(folder: Path, skip: Callable[[Path], bool] = lambda _: False) -> Iterator[Path]:
    """Files and symlinks below a folder, without hidden folders (`.cargo` is kept), node_modules and build output.

    Symlinks are never followed, so a loop of them has no end to miss. Folders that cannot be read are passed over.
    """
    for here, names in _walk(folder, skip):
        yield from (here / name for name in names)


def _walk(folder: Path, skip: Callable[[Path], bool]) -> Iterator[tuple[Path, list[str]]]:
    """Each folder with the names of its files and symlinks; a path for each of ten thousand files takes its time."""
    for current, folders, files in os.walk(folder):
        here = Path(current)
        linked = [name for name in folders if (here / name).is_symlink()]
        folders[:] = [
            name
            for name in folders
            if name not in linked
            and not _is_skipped(name)
            and not (name == "target" and ("Cargo.toml" in files or (here / name / _CACHE_TAG).exists()))
            and not skip(here / name)
        ]
        yield here, [*files, *linked]


def _is_skipped(name: str) -> bool:
    return name == "node_modules" or (name.startswith(".") and name != ".cargo")


def _named_like(folder: Path, top: Path) -> Path | None:
    """The work tree `top` by the name that `folder` has for it; None where folder does not lie in it."""
    real = folder.resolve()
    top = top.resolve()
    if not real.is_relative_to(top):
        return None
    depth = len(real.relative_to(top).parts)
    named = folder if depth == 0 else folder.parents[depth - 1]
    return named if named.resolve() == top else None
