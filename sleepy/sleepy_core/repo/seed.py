"""Starting a slot's target folder with what the main one has compiled already.

cargo names a package from a registry or from git by a hash that does not depend on where the workspace lies, and
trusts its fingerprint wherever it finds it (measured: docs/LOG.md). A package of the project itself is known by the
place of its sources: a slot with a tree of its own has to build it anew, one that is laid over the shadow has not.

Safe while cargo writes to the source: fingerprints, which cargo writes last, are copied first, so what they speak of
is whole.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from sleepy_core.repo.mirror import cannot_write


def seed_target(source: Path, target: Path, local: Collection[str], done: Path) -> int:
    """Copy third-party artefacts of one target folder into another, once; returns how many packages.

    `local` names the packages of the project. `done` is a file that marks the work as done; it lies outside of
    the target folder, where patched code could remove it. Does nothing while the source is empty. Blocks. Raises
    `ShadowError`.
    """
    return _seed(source, target, done, lambda package: package not in local)


def copy_target(source: Path, target: Path, done: Path) -> int:
    """Copy all artefacts, and of each crate the newest incremental session, once; otherwise as `seed_target`."""
    if done.exists():
        return 0
    try:
        for profile in _profiles(source):
            for crate in (profile / "incremental").glob("*"):
                copy_session(crate, target / crate.relative_to(source))
    except OSError as error:
        raise cannot_write(target, error) from error
    return _seed(source, target, done, lambda _: True)


def copy_session(crate: Path, into: Path) -> None:
    """Copy the newest finished incremental session of a crate, unless it is there. Blocks. Raises `OSError`.

    rustc writes none when a crate does not compile, so without this every candidate would be compiled from nothing.
    """
    finished = [p for p in crate.glob("s-*") if p.is_dir() and not p.name.endswith("-working")]
    newest = max(finished, key=lambda p: p.stat().st_mtime, default=None)
    if newest is None or (into / newest.name).exists():
        return
    into.mkdir(parents=True, exist_ok=True)
    # The lock is named without the session's last part.
    (into / f"{newest.name.rpartition('-')[0]}.lock").touch()
    shutil.copytree(newest, into / newest.name)


def _seed(source: Path, target: Path, done: Path, wanted: Callable[[str], bool]) -> int:
    if done.exists():
        return 0
    units = 0
    try:
        for profile in _profiles(source):
            prints = profile / ".fingerprint"
            names = [name for name in sorted(p.name for p in prints.iterdir()) if wanted(name.rpartition("-")[0])]
            hashes = {name.rpartition("-")[2] for name in names}
            into = target / profile.relative_to(source)
            for name in names:
                _copy_tree(prints / name, into / ".fingerprint" / name)
            for name in names:
                if (profile / "build" / name).is_dir():
                    _copy_tree(profile / "build" / name, into / "build" / name)
            (into / "deps").mkdir(parents=True, exist_ok=True)
            for entry in (profile / "deps").iterdir():
                if entry.is_file() and entry.name.partition(".")[0].rpartition("-")[2] in hashes:
                    _copy_file(str(entry), str(into / "deps" / entry.name))
            units += len(names)
        if units:
            if (source / ".rustc_info.json").is_file():
                _copy_file(str(source / ".rustc_info.json"), str(target / ".rustc_info.json"))
            done.touch()
    except OSError as error:
        raise cannot_write(target, error) from error
    return units


def _profiles(target: Path) -> Iterator[Path]:
    """`debug`, `<triple>/debug` … as far as they are there."""
    for pattern in ("*/.fingerprint", "*/*/.fingerprint"):
        for prints in target.glob(pattern):
            if (prints.parent / "deps").is_dir():
                yield prints.parent


def _copy_tree(source: Path, target: Path) -> None:
    shutil.copytree(source, target, copy_function=_copy_file, dirs_exist_ok=True)


def _copy_file(source: str, target: str) -> None:
    # copy2 keeps the time of the last write, by which cargo tells fresh from stale.
    if not Path(target).exists():
        shutil.copy2(source, target)
