"""Shadow workspaces: copies of a project in which code is compiled, so that the user's own tree is never touched.

A shadow's folder holds `tree/` (the copies, by absolute path: `tree/home/me/project/…`, so that `../sibling`
dependencies and configuration in folders above resolve the same), `target/`, `manifest.json` and `lock`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

import structlog
from filelock import FileLock

from sleepy_core.errors import ShadowError
from sleepy_core.model import CargoProject, RelPath
from sleepy_core.repo.folders import clean_up, shadow_folder, stamp, take_folder
from sleepy_core.repo.listing import Listing, key_of, path_of
from sleepy_core.repo.mirror import Mirror
from sleepy_core.repo.seed import seed_target
from sleepy_core.text import read_text

log = structlog.get_logger()
T = TypeVar("T")

__all__ = ["Place", "Shadow", "SlotPool", "Texts", "clean_up", "shadow_folder"]


class _Files(Protocol):
    """Who knows which files a shadow is made of, as keys (see `sleepy_core.repo.listing`)."""

    def following(self, project: CargoProject) -> _Files:
        """The same for the project as its changed manifests describe it."""
        ...

    async def everything(self) -> set[str]:
        """All of them."""
        ...

    async def some(self, paths: Collection[Path]) -> set[str]:
        """Those that are, or lie below, one of these places of the user's own tree."""
        ...


class Shadow:
    """A copy of a source tree, with a target folder of its own. Make one with `open`; close it."""

    def __init__(self, folder: Path, project: CargoProject, root_key: str, files: _Files, mirror: Mirror) -> None:
        self.folder = folder
        self.project = project
        self.target_dir = folder / "target"
        self.tree = mirror.tree
        self.root = mirror.tree / root_key
        self._root_key = root_key
        self._files = files
        self._mirror = mirror
        self._lock: FileLock | None = None
        self._busy = asyncio.Lock()
        self._followers: list[set[str]] = []

    @classmethod
    async def open(cls, project: CargoProject, source_root: Path, folder: Path, toplevel: Path | None) -> Shadow:
        """The shadow of a project, made or taken up again; `sync` it before use.

        `source_root` is the project's folder, `toplevel` the git work tree that holds it. Where another
        process uses the folder, a sibling (`<folder>-2` …) is taken. Raises `ShadowError`.
        """
        if source_root.parent == source_root:
            raise ShadowError(f"{source_root} is all of the file system, and cannot be copied. Move the project.")
        folder, lock = await asyncio.to_thread(take_folder, folder)
        files = Listing.of(project, source_root, toplevel, folder)
        shadow = cls(folder, project, key_of(source_root), files, Mirror(folder, path_of))
        return await shadow._begin(lock)

    async def _begin(self, lock: FileLock) -> Shadow:
        self._lock = lock
        try:
            await _in_thread(self._mirror.load)
        except BaseException:
            lock.release()
            raise
        return self

    async def sync(
        self, overlay: Mapping[RelPath, str], changed: Collection[RelPath] | None = None
    ) -> frozenset[RelPath]:
        """Bring the copy in line with the source and the overlay (unsaved or patched texts, all of them).

        `changed=None` looks at every file, else only at these files or folders, and at what differs from the
        last overlay. Returns what was rewritten or removed. Only files with other content are written, so that
        cargo rebuilds no more than it must. Raises `ShadowError` (full disk, read-only cache).
        """
        return await self._bring({self._key(file): text for file, text in overlay.items()}, changed)

    async def follow(self, project: CargoProject) -> frozenset[RelPath]:
        """Take the project as its changed manifests describe it: targets, and path dependencies elsewhere, come and go.

        Returns what was rewritten or removed. Raises `ShadowError`.
        """
        self.project = project
        known, self._files = self._files, self._files.following(project)
        if self._files == known:
            return frozenset()
        return await self._bring(self._mirror.laid, None)

    async def _bring(self, laid: Mapping[str, str], changed: Collection[RelPath] | None) -> frozenset[RelPath]:
        async with self._busy:
            listed, keys = await (self._all() if changed is None else self._some(changed))
            await _in_thread(lambda: self._mirror.update(keys, laid, listed=listed))
            if changed is None:
                await _in_thread(self._after_full_sync)
            rewritten, self._mirror.news = self._mirror.news, set()
        for follower in self._followers:
            follower |= rewritten
        return frozenset(self._file(key) for key in rewritten)

    async def _all(self) -> tuple[set[str], set[str]]:
        """What there should be, and that with what there is: the keys to look at."""
        listed = await self._files.everything()
        return listed, listed | set(self._mirror.keys)

    async def _some(self, changed: Collection[RelPath]) -> tuple[set[str], set[str]]:
        """The known keys, and those among them (or new) that a list of changed paths is about."""
        known = set(self._mirror.keys)
        asked = {self._key(file) for file in changed}
        keys = asked & known
        if unknown := asked - known:  # new files, or folders: git has to say what of it counts
            keys.update(inner for key in unknown for inner in self._mirror.below(key))
            new = await self._files.some([Path(path_of(key)) for key in unknown])
            keys |= new
            known |= new
        return known, keys

    def text(self, file: RelPath) -> str:
        """The file's text as it stands in the copy. Raises `KeyError` if it is absent or not UTF-8."""
        try:
            return read_text(self.tree / self._key(file))
        except (OSError, ShadowError, UnicodeDecodeError) as error:
            raise KeyError(file) from error

    @property
    def files(self) -> frozenset[RelPath]:
        """All files of the copy."""
        return frozenset(self._file(key) for key in self._mirror.keys)

    async def aclose(self) -> None:
        """Remember what was copied, and let other processes have the folder."""
        if self._lock is None:
            return
        lock, self._lock = self._lock, None
        try:
            async with self._busy:
                await _in_thread(self._after_full_sync)
        except ShadowError as error:
            log.warning("shadow not saved; the next run compares every file", problem=str(error))
        finally:
            lock.release()

    async def open_slot(self, folder: Path) -> Shadow:
        """A shadow of this shadow, with a target folder of its own."""
        folder, lock = await asyncio.to_thread(take_folder, folder)
        slot = _Slot(folder, self, lock)
        self._followers.append(slot.pending)
        return await slot._begin(lock)

    def _after_full_sync(self) -> None:
        self._mirror.save()
        stamp(self.folder)

    def _key(self, file: RelPath) -> str:
        key = os.path.normpath(f"{self._root_key}/{file}").replace(os.sep, "/")
        if key.startswith("../") or not file or file.startswith("/"):
            raise ShadowError(f"{file!r} is not the name of a file of this project.")
        return key

    def _file(self, key: str) -> RelPath:
        if key.startswith(f"{self._root_key}/"):
            return key[len(self._root_key) + 1 :]
        return os.path.relpath(key, self._root_key).replace(os.sep, "/")


class _MainFiles:
    """The files of a slot: those of the main shadow, and the lock files that cargo made there."""

    def __init__(self, main: Shadow) -> None:
        self._main = main

    def following(self, project: CargoProject) -> _Files:
        return self

    async def everything(self) -> set[str]:
        return {*self._main._mirror.keys, f"{self._main._root_key}/Cargo.lock"}

    async def some(self, paths: Collection[Path]) -> set[str]:
        asked = {key_of(path) for path in paths}
        return {key for key in await self.everything() if key in asked}


class _Slot(Shadow):
    """A shadow whose source is another shadow's tree. Syncing looks only at what changed there since."""

    def __init__(self, folder: Path, main: Shadow, lock: FileLock) -> None:
        mirror = Mirror(folder, lambda key: f"{main.tree}/{key}")
        super().__init__(folder, main.project, main._root_key, _MainFiles(main), mirror)
        self.pending: set[str] = set()
        self._main = main
        self._compared = False

    async def sync(
        self, overlay: Mapping[RelPath, str], changed: Collection[RelPath] | None = None
    ) -> frozenset[RelPath]:
        async with self._main._busy:  # what is being rewritten now is no state to copy
            taken = self.pending.copy()
            news = {"Cargo.lock", *(self._file(key) for key in taken), *(changed or ())} if self._compared else None
            rewritten = await super().sync(overlay, news)
            self._compared = True
            self.pending -= taken
            return rewritten

    async def aclose(self) -> None:
        self._main._followers = [follower for follower in self._main._followers if follower is not self.pending]
        await super().aclose()


@dataclass(frozen=True, slots=True)
class Place:
    """Where patched texts can be compiled: the project's root there, a target folder, and what is seen instead."""

    root: Path
    target_dir: Path
    over: Mapping[Path, Path] = field(default_factory=dict)  # place -> the file that the sandbox shows there


class SlotPool:
    """Slots to verify patches in: at most `count` at a time, opened when first needed, kept warm."""

    def __init__(self, main: Shadow, folder: Path, count: int) -> None:
        self._main = main
        self._folder = folder
        self._free: list[Shadow] = []
        self._permits = asyncio.Semaphore(count)
        self._opened = 0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[Shadow]:
        """A slot for one caller alone, in line with the main shadow. Waits for one. Raises `ShadowError`."""
        async with self._permits:
            if self._free:
                slot = self._free.pop()
            else:
                slot = await self._main.open_slot(self._folder / f"slot-{self._opened + 1}")
                self._opened += 1
            try:
                # Cheap when it was done: cargo keeps third-party packages, wherever the workspace lies.
                local = {package.name for package in self._main.project.packages}
                done = slot.folder / "seeded"
                await _in_thread(lambda: seed_target(self._main.target_dir, slot.target_dir, local, done))
                await slot.sync({})
                yield slot
            finally:
                self._free.append(slot)

    @asynccontextmanager
    async def lay(self, patched: Mapping[RelPath, str]) -> AsyncIterator[Place]:
        """A slot with the patched texts in it. Waits for one. Raises `ShadowError`."""
        async with self.slot() as slot:
            await slot.sync(patched)
            yield Place(slot.root, slot.target_dir)

    async def aclose(self) -> None:
        """Close all slots that nobody uses."""
        while self._free:
            await self._free.pop().aclose()


class Texts(Mapping[RelPath, str]):
    """The texts of a shadow with some laid over: read when first asked for, then remembered."""

    def __init__(self, shadow: Shadow, overlay: Mapping[RelPath, str] | None = None) -> None:
        self._shadow = shadow
        self._known = dict(overlay or {})

    def __getitem__(self, file: RelPath) -> str:
        if file not in self._known:
            self._known[file] = self._shadow.text(file)
        return self._known[file]

    def __iter__(self) -> Iterator[RelPath]:
        return iter(self._shadow.files | self._known.keys())

    def __len__(self) -> int:
        return len(self._shadow.files | self._known.keys())


async def _in_thread(work: Callable[[], T]) -> T:
    """Run file work in a thread; when cancelled, wait for it first, so that nobody else writes meanwhile."""
    running: Awaitable[T] = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([asyncio.ensure_future(running)])
        raise
