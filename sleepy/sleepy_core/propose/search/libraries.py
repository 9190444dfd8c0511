"""What dependencies and std define: their public names, read once from their sources and kept in the cache.

Where a library's sources lie is what rustc noted when it compiled it (`.d`), for std it is rust-src where the toolchain
has it. Each library's names are a file of lines, found again as text: nothing of them stays in the daemon's memory.
Reading takes seconds for std, so it is done by a process of its own (`python -m` this module), at the lowest priority;
what has not been read yet is simply not known.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sleepy_core.cargo.units import sources
from sleepy_core.propose.externs import Externs
from sleepy_core.propose.search.exports import Exports
from sleepy_core.propose.search.index import Item, Parameter, bare

# A new number when what is read, or how it is written, changes.
_FORMAT = "1"
# A library with more than this is read in part.
_MOST_FILES = 2500
_MOST_CHARACTERS = 32_000_000
_LONGEST_FILE = 1_000_000
_MOST_LINES = 60_000
# So many libraries are kept; those that were written first go first.
_MOST_KEPT = 500
_DEEPEST = 3  # types that lend each other their methods (`Deref`)

_STD = ("core", "alloc", "std")


@dataclass(frozen=True, slots=True)
class Library:
    """A crate whose sources lie on this machine."""

    name: str
    files: tuple[Path, ...]  # the crate's root first
    crates: Path  # the folder of the metadata of the crates that it may show parts of; of std: that of their sources
    key: str


class Libraries:
    """The names of the libraries that a crate is compiled with. Reads files, so for threads; one for each error."""

    def __init__(self, externs: Externs | None = None) -> None:
        self._externs = externs

    @functools.cached_property
    def all(self) -> list[Library]:
        """The libraries whose sources are there, std last."""
        if self._externs is None:
            return []
        found = [_compiled(name, Path(path)) for name, path in self._externs.crates]
        return [library for library in (*found, _std(self._externs.rustc)) if library is not None]

    def members(self, container: str, *kinds: str) -> list[Item]:
        """What a type, trait, struct or enum shows of what it holds, of some kinds or all."""
        wanted = "[T]" if container.startswith("[") else container
        return [i for i in self._holding(f"\t{wanted}\t") if i.container == wanted and (not kinds or i.kind in kinds)]

    def methods(self, of: str, depth: int = 0) -> Iterator[Item]:
        """The functions of a type: its own, those of the traits that it implements, those of what it lends as."""
        yield from self.members(of, "fn")
        for one in self.members(of, "impl"):
            yield from self.members(one.name, "fn")
        for target in self.members(of, "type"):
            if target.name == "Target" and depth < _DEEPEST:
                yield from self.methods(bare(target.type), depth + 1)

    def named(self, name: str, *kinds: str) -> list[Item]:
        """All public definitions of a name, of some kinds or all."""
        return [i for i in self._holding(f"\n{name}\t") if i.name == name and (not kinds or i.kind in kinds)]

    def in_module(self, name: str) -> list[Item]:
        """What the modules of a name (`mpsc`, `tokio`) show."""
        found = [*self._holding(f"::{name}\t"), *self._holding(f"\t{name}\t")]
        return [i for i in found if not i.container and i.module[-1:] == (name,)]

    def missing(self) -> list[Library]:
        """The libraries that have not been read yet."""
        return [library for library in self.all if not self._file(library).is_file()]

    def read(self) -> list[str]:
        """Read what is missing, one library after the other; each is there as soon as it is done.

        Says what could not be read: that has no names then, now and the next time. Raises `OSError`.
        """
        problems = []
        for library in self.missing():
            try:
                names = _names(library)
            except Exception as problem:
                names = "\n"  # one odd crate must not keep the others unread
                problems.append(f"{library.name}: {problem!r}")
            file = self._file(library)
            file.parent.mkdir(parents=True, exist_ok=True)
            fresh = file.with_suffix(f".{os.getpid()}")
            fresh.write_text(names, encoding="utf-8")
            fresh.replace(file)
        if self._externs is not None and self._externs.cache.is_dir():
            kept = sorted(self._externs.cache.iterdir(), key=lambda file: file.stat().st_mtime)
            for file in kept[:-_MOST_KEPT]:
                file.unlink(missing_ok=True)
        return problems

    @functools.cached_property
    def _texts(self) -> list[str]:
        texts = []
        for library in self.all:
            try:
                texts.append(self._file(library).read_text(encoding="utf-8"))
            except OSError:
                continue  # not read yet
        return texts

    def _file(self, library: Library) -> Path:
        assert self._externs is not None
        return self._externs.cache / f"{library.name}-{library.key}.names"

    def _holding(self, words: str) -> Iterator[Item]:
        """The items of the lines that hold these words, each once."""
        for text in self._texts:
            at = text.find(words)
            while at >= 0:
                # The words may begin with the end of the line before.
                begin = text.rfind("\n", 0, at + 1) + 1
                end = text.find("\n", begin)
                yield _item(text[begin:end])
                at = text.find(words, end)


def _compiled(name: str, metadata: Path) -> Library | None:
    """A dependency, by the metadata file that rustc is given for it; None where its sources are not known."""
    if metadata.suffix not in (".rmeta", ".rlib"):
        return None  # a procedural macro
    try:
        noted = metadata.with_name(metadata.stem.removeprefix("lib") + ".d").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    files = tuple(Path(file) for file in sources(noted) if file.endswith(".rs"))
    # Those of the project's own packages are relative; they are in the crate's index.
    if not files or not files[0].is_absolute():
        return None
    return Library(name, files[:_MOST_FILES], metadata.parent, _key(metadata.name, files))


def _std(rustc: str) -> Library | None:
    """std with core and alloc, where the toolchain has their sources (`rustup component add rust-src`)."""
    folder = Path(shutil.which(rustc) or rustc).parent.parent / "lib/rustlib/src/rust/library"
    root = folder / "std/src/lib.rs"
    return Library("std", (root,), folder, _key("std", (root,))) if root.is_file() else None


def _key(name: str, files: tuple[Path, ...]) -> str:
    """Changes with the library: the name of its file holds cargo's hash of version and features, edits new times."""
    hashed = hashlib.sha256(f"{_FORMAT}\0{name}".encode())
    for file in files:
        try:
            found = file.stat()
            hashed.update(f"\0{file}\0{found.st_size}\0{found.st_mtime_ns}".encode())
        except OSError:
            hashed.update(f"\0{file}".encode())
    return hashed.hexdigest()[:16]


# --- Reading ------------------------------------------------------------------------------------------


def _names(library: Library) -> str:
    """The names of a library, a line each, with a line end in front of each."""
    crates = _std_sources(library) if library.name == "std" else _sources_with_shown(library)
    lines = dict.fromkeys(_line(item) for item in Exports(crates).of(library.name))
    return "\n" + "".join(f"{line}\n" for line in itertools.islice(lines, _MOST_LINES))


def _std_sources(library: Library) -> dict[str, dict[tuple[str, ...], str]]:
    found = {}
    for crate in _STD:
        root = library.crates / crate / "src"
        files = sorted(f for f in root.rglob("*.rs") if not {"tests", "benches"} & set(f.parts))
        found[crate] = _texts((root / "lib.rs", *(file for file in files if file != root / "lib.rs")))
    return found


def _sources_with_shown(library: Library) -> dict[str, dict[tuple[str, ...], str]]:
    """The texts of a library and of the crates that it shows parts of as its own, however indirectly."""
    found = {library.name: _texts(library.files)}
    waiting = [library.name]
    while waiting and sum(len(text) for texts in found.values() for text in texts.values()) < _MOST_CHARACTERS:
        name = waiting.pop()
        for other in sorted(Exports({name: found[name]}).foreign(name) - found.keys()):
            # Of several versions the one that was compiled last.
            noted = sorted(library.crates.glob(f"lib{other}-*.rmeta"), key=lambda file: file.stat().st_mtime)
            shown = _compiled(other, noted[-1]) if noted else None
            if shown is not None:
                found[other] = _texts(shown.files)
                waiting.append(other)
    return found


def _texts(files: tuple[Path, ...]) -> dict[tuple[str, ...], str]:
    """The texts of a crate by module, as modules are laid out by default; nothing of what lies elsewhere."""
    root = files[0].parent
    found: dict[tuple[str, ...], str] = {}
    size = 0
    for file in files:
        if not file.is_relative_to(root) or size > _MOST_CHARACTERS:
            continue
        try:
            if file.stat().st_size > _LONGEST_FILE:
                continue
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        size += len(text)
        parts = file.relative_to(root).with_suffix("").parts
        module = () if file == files[0] else parts[:-1] if parts[-1] == "mod" else parts
        found[module] = text
    return found


def _line(item: Item) -> str:
    parameters = json.dumps([(p.name, p.type) for p in item.parameters]) if item.parameters else ""
    columns = (
        item.name, item.container, item.kind, "::".join(item.module), item.receiver, parameters, item.type, item.shape,
    )  # fmt: skip
    return "\t".join(" ".join(column.split()) for column in columns)


def _item(line: str) -> Item:
    name, container, kind, module, receiver, parameters, type_, shape = line.split("\t")
    return Item(
        kind, name, 0, 0, 0, "pub", container,
        module=tuple(module.split("::")) if module else (),
        type=type_,
        receiver=receiver,
        parameters=tuple(Parameter(n, t) for n, t in json.loads(parameters)) if parameters else (),
        shape=shape,
    )  # fmt: skip


def main() -> int:
    """Read what is missing of the libraries that the one argument tells of; 1 where not all could be read."""
    if hasattr(os, "nice"):
        os.nice(19)
    problems = Libraries(Externs.from_json(sys.argv[1])).read()
    sys.stderr.write("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
