"""Keeping a copy of files in line with their source: the file work below a shadow. Blocks; run it in a thread."""

from __future__ import annotations

import errno
import io
import itertools
import json
import os
import shutil
import stat
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog

from sleepy_core.errors import ShadowError

if sys.platform == "linux":
    import fcntl

log = structlog.get_logger()

_VERSION = 1
_FICLONE = 0x40049409  # linux/fs.h
_WHOLE = 256 * 1024  # up to this size a file is read and written in one go; a clone would cost more
_MANY = 200  # from here on several threads copy

# Of the source: size, mtime_ns, inode; of the copy: size, mtime_ns. The copy counts as well, so that a manifest
# older than the copy (kill -9), a file that a build script changed, and a text laid over are all seen as "look again".
_State = tuple[int, int, int]
_Entry = tuple[int, int, int, int, int]


class Mirror:
    """A tree of copies, and a manifest that remembers what each was copied from.

    `source` turns a key into the path of the original. Never makes hard links, never writes to the source.
    All methods raise `ShadowError` when the copy cannot be written.
    """

    def __init__(self, folder: Path, source: Callable[[str], str]) -> None:
        self.tree = folder / "tree"
        self._folder = folder
        self._temporary = folder / "tmp"
        self._manifest = folder / "manifest.json"
        self._added = folder / "added"  # keys that came since the manifest was written, a line of JSON for each
        self._source = source
        self._entries: dict[str, _Entry | None] = {}  # None: ours, but has to be looked at
        self._laid: dict[str, str] = {}
        # What was rewritten or removed since somebody took this set; survives a failed or cancelled update.
        self.news: set[str] = set()
        self._clones = sys.platform == "linux"
        self._numbers = itertools.count()

    @property
    def keys(self) -> Collection[str]:
        """The keys of all files that were copied or laid over."""
        return self._entries.keys()

    @property
    def laid(self) -> Mapping[str, str]:
        """The texts that lie over the copies."""
        return self._laid.copy()

    def below(self, key: str) -> list[str]:
        """The keys of copies that lie in this folder."""
        return [k for k in self._entries if k.startswith(f"{key}/")]

    def load(self) -> None:
        """Take up the work of the last run. Without a readable manifest the tree starts anew."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary.mkdir(exist_ok=True)
            try:
                data = json.loads(self._manifest.read_bytes())
                if data["version"] != _VERSION:
                    raise ValueError(data["version"])
                self._entries = {key: tuple(entry) if entry else None for key, entry in data["entries"].items()}
                for key in self._read_added():
                    self._entries.setdefault(key)
            except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
                self._entries = {}
                if self.tree.exists():
                    shutil.rmtree(self.tree)
                self.save()
            self.tree.mkdir(exist_ok=True)
        except OSError as error:
            raise cannot_write(self._folder, error) from error

    def save(self) -> None:
        """Write the manifest."""
        try:
            name = self._new_name()
            data = json.dumps({"version": _VERSION, "entries": self._entries}, separators=(",", ":"))
            with open(name, "w", encoding="ascii") as file:  # lone surrogates of odd file names become escapes
                file.write(data)
            os.replace(name, self._manifest)
            self._added.unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(self._folder, error) from error

    def update(self, keys: Iterable[str], overlay: Mapping[str, str], *, listed: Collection[str]) -> None:
        """Bring these keys in line with source and overlay; a key that is not `listed` is removed from the copy.

        The overlay is the whole of it: what it had before and lacks now is taken from the source again. Keys
        whose copy was rewritten or removed are added to `news`.
        """
        left = self._laid.keys() - overlay.keys()
        todo = [key for key in {*keys, *left} if key not in overlay]
        try:
            # 1. Removals first: a folder may have taken the place of a file.
            stale, work = [], []
            for key in todo:
                state = self._state(key, listed) if key in listed else None
                if state is None:
                    stale.append(key)
                elif not self._is_current(key, state):
                    work.append((key, state))
            for key in stale:
                if key in self._entries:
                    self._remove(key)
                    self.news.add(key)
            # 2. A file is on record before it is written, or a crash would leave it behind for ever.
            touched = [*overlay, *(key for key, _ in work)]
            if new := [key for key in touched if key not in self._entries]:
                self._entries.update(dict.fromkeys(new))
                with open(self._added, "a", encoding="ascii") as file:
                    file.writelines(f"{json.dumps(key)}\n" for key in new)
            # 3. Copies, then texts.
            for folder in {os.path.dirname(self._copy(key)) for key in touched}:
                os.makedirs(folder, exist_ok=True)
            self._copy_all(work, listed)
            for key in left:
                del self._laid[key]
            for key, text in overlay.items():
                if self._laid.get(key) != text:
                    self._lay(key, text)
                    self._laid[key] = text
        except OSError as error:
            raise cannot_write(self._folder, error) from error

    def _read_added(self) -> list[str]:
        try:
            lines = self._added.read_text("ascii").splitlines(keepends=True)
        except FileNotFoundError:
            return []
        # The last line may be half of one; then its file was not written yet.
        return [json.loads(line) for line in lines if line.endswith("\n")]

    # --- looking ---------------------------------------------------------------------------------

    def _copy(self, key: str) -> str:
        return f"{self.tree}/{key}"

    def _state(self, key: str, listed: Collection[str]) -> _State | None:
        """What the source looks like now; None for what is not there or cannot be copied (sockets, folders)."""
        path = self._source(key)
        try:
            found = os.lstat(path)
            if stat.S_ISLNK(found.st_mode) and not self._recreates(key, listed):
                found = os.stat(path)
                if stat.S_ISDIR(found.st_mode):
                    log.info("symlink to a folder outside of the copy is skipped", path=path)
        except OSError as error:
            if error.errno == errno.ELOOP:
                log.info("symlink loop is skipped", path=path)
            return None
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISLNK(found.st_mode):
            return None
        return found.st_size, found.st_mtime_ns, found.st_ino

    def _recreates(self, key: str, listed: Collection[str]) -> bool:
        """May this symlink be a symlink in the copy? Only a relative one to something that is copied, too."""
        path = self._source(key)
        target = os.readlink(path)
        if os.path.isabs(target):
            return False
        lead = os.path.normpath(f"{os.path.dirname(key)}/{target}").replace(os.sep, "/")
        # Where other symlinks are on the way, the name alone may mislead: both ways have to end at one place.
        if os.path.realpath(path) != os.path.realpath(self._source(lead)):
            return False
        if lead in listed:
            return os.path.exists(path)
        return os.path.isdir(path) and any(other.startswith(f"{lead}/") for other in listed)

    def _is_current(self, key: str, state: _State) -> bool:
        entry = self._entries.get(key)
        if entry is None or key in self._laid or entry[:3] != state:
            return False
        try:
            copy = os.lstat(self._copy(key))
        except OSError:
            return False
        # cargo brings the copy's lock file up to date: then it is cargo's until the user's own changes.
        return entry[3:] == (copy.st_size, copy.st_mtime_ns) or key.endswith("/Cargo.lock")

    # --- writing ---------------------------------------------------------------------------------

    def _copy_all(self, work: list[tuple[str, _State]], listed: Collection[str]) -> None:
        def some(part: list[tuple[str, _State]]) -> None:
            for key, state in part:
                self._copy_one(key, state, listed)

        if len(work) < _MANY:
            return some(work)
        parts = [work[i : i + _MANY] for i in range(0, len(work), _MANY)]
        with ThreadPoolExecutor(max_workers=min(8, (os.cpu_count() or 1) + 2), thread_name_prefix="copy") as pool:
            for _ in pool.map(some, parts):
                pass  # raises what a part raised
        return None

    def _copy_one(self, key: str, state: _State, listed: Collection[str]) -> None:
        """Copy one file, unless its content is the same already, or it vanished meanwhile."""
        path, copy = self._source(key), self._copy(key)
        if os.path.islink(path) and self._recreates(key, listed):
            self._copy_link(key, state, os.readlink(path))
            return
        try:
            source = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError as error:
            log.info("file cannot be read and is skipped", path=path, problem=str(error))
            if os.path.lexists(copy):
                self._remove(key)
                self.news.add(key)
            self._entries.pop(key, None)
            return
        with io.FileIO(source) as file:
            before = os.fstat(source)
            data = file.read() if before.st_size <= _WHOLE else None
            if _same(copy, before, file, data):
                written = os.lstat(copy)
                if (written.st_mode ^ before.st_mode) & stat.S_IXUSR:
                    os.chmod(copy, before.st_mode & 0o777 | stat.S_IWUSR)
            else:
                written = self._write(copy, before.st_mode, data, file if data is None else None)
                self.news.add(key)
            after = os.fstat(source)
        # Somebody wrote while we read: what we have may be half of it, so look again next time.
        torn = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or before.st_ino != state[2]
        self._entries[key] = None if torn else (*state, written.st_size, written.st_mtime_ns)

    def _copy_link(self, key: str, state: _State, target: str) -> None:
        copy = self._copy(key)
        if not os.path.islink(copy) or os.readlink(copy) != target:
            self.news.add(key)
            name = self._new_name()
            os.symlink(target, name)
            _replace(name, copy)
        written = os.lstat(copy)
        self._entries[key] = (*state, written.st_size, written.st_mtime_ns)

    def _lay(self, key: str, text: str) -> None:
        """Write a text over whatever the copy has, unless that is the text already."""
        copy, data = self._copy(key), text.encode("utf-8", "surrogatepass")
        self._entries[key] = None
        mode = 0o644
        try:
            mode = os.lstat(copy).st_mode
            if stat.S_ISREG(mode):
                with open(copy, "rb", buffering=0) as file:
                    if file.read() == data:
                        return
        except FileNotFoundError:
            pass
        self._write(copy, mode if stat.S_ISREG(mode) else 0o644, data)
        self.news.add(key)

    def _write(self, copy: str, mode: int, data: bytes | None, source: io.FileIO | None = None) -> os.stat_result:
        """Write data, or all of an open file, under a temporary name, then move it into place."""
        name = self._new_name()
        target = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode & 0o777 | 0o600)
        try:
            with open(target, "wb", buffering=0) as file:
                if source is not None:
                    self._pour(source, file)
                view = memoryview(data or b"")
                while view:
                    view = view[file.write(view) :]
                written = os.fstat(file.fileno())
            _replace(name, copy)
        except BaseException:
            if os.path.lexists(name):
                os.unlink(name)
            raise
        return written

    def _pour(self, source: io.FileIO, file: io.FileIO) -> None:
        source.seek(0)
        if sys.platform == "linux" and self._clones:
            try:
                fcntl.ioctl(file.fileno(), _FICLONE, source.fileno())
                return
            except OSError:
                self._clones = False  # not this file system, or not between these two
        shutil.copyfileobj(source, file, 1024 * 1024)

    def _remove(self, key: str) -> None:
        copy = self._copy(key)
        try:
            os.unlink(copy)
        except (FileNotFoundError, NotADirectoryError):
            pass
        except (IsADirectoryError, PermissionError):
            if not os.path.isdir(copy):
                raise
        self._entries.pop(key, None)
        parent = os.path.dirname(copy)
        while len(parent) > len(str(self.tree)):
            try:
                os.rmdir(parent)
            except OSError:
                break
            parent = os.path.dirname(parent)

    def _new_name(self) -> str:
        return f"{self._temporary}/{next(self._numbers)}"


def cannot_write(folder: Path, error: OSError) -> ShadowError:
    """The sentence for a shadow that cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ShadowError(f"The disk is full: {folder} cannot be written. Free some space, then check again.")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return ShadowError(
            f"{folder} may not be written ({error.strerror}). Make it writable, or move the cache folder."
        )
    return ShadowError(f"{folder} cannot be written: {error.strerror or error} ({error.filename}).")


def _same(copy: str, source: os.stat_result, file: io.FileIO, data: bytes | None) -> bool:
    """Does the copy have the same bytes already?"""
    try:
        found = os.lstat(copy)
        if not stat.S_ISREG(found.st_mode) or found.st_size != source.st_size:
            return False
        with open(copy, "rb", buffering=0) as other:
            if data is not None:
                return other.read() == data
            while block := other.read(1024 * 1024):
                if file.read(len(block)) != block:
                    return False
            return True
    except OSError:
        return False


def _replace(name: str, copy: str) -> None:
    try:
        os.replace(name, copy)
    except IsADirectoryError:  # left behind by a build script, or a folder that became a file
        shutil.rmtree(copy)
        os.replace(name, copy)
