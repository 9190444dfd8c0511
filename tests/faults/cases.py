"""Cases: real crates, each broken in one way (some in two), with what the compiler says of it.

The same seed makes the same cases, as long as the crates, the mutations and the compiler are the same. A case holds no
source of the crate but what the fault writes.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from faults.crates import cargo
from faults.shapes import Fault
from faults.table import MUTATIONS, faults
from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.search.syntax import Tree
from sleepy_core.text import apply_edits, digest, read_text

# One in so many cases has two faults at once.
_TWO_OF = 10
# Above that a fault is a bad merge rather than a mistake, and nothing is learned from it.
_MOST_ERRORS = 12
# Faults tried for each case that is wanted: most of what is left out compiles, or has a code that is there already.
_PATIENCE = 8


@dataclass(frozen=True, slots=True)
class Case:
    """One broken crate. `edits` leads from the texts with these digests to the broken ones."""

    crate: str
    version: str
    mutations: tuple[str, ...]
    digests: dict[RelPath, str]
    edits: dict[RelPath, tuple[Edit, ...]]
    codes: tuple[str, ...]  # of all errors, each once; "" is what has no code: a syntax error
    errors: int

    @property
    def id(self) -> str:
        """A name for exactly this case."""
        return digest(json.dumps([self.crate, self.version, self.digests, self._edits()]))[:12]

    def broken(self, root: Path) -> dict[RelPath, str]:
        """The broken texts. Raises `ValueError` where the crate is not the one that was broken."""
        return {file: apply_edits(text, self.edits[file]) for file, text in self.original(root).items()}

    def original(self, root: Path) -> dict[RelPath, str]:
        """The texts before they were broken."""
        texts = {file: read_text(root / file) for file in self.edits}
        for file, text in texts.items():
            if digest(text) != self.digests[file]:
                raise ValueError(f"{file} of {self.crate} is not the text that the case was made of")
        return texts

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self) | {"edits": self._edits()}, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> Case:
        """The case of a line."""
        data = json.loads(line)
        edits = {file: tuple(Edit(*edit) for edit in listed) for file, listed in data.pop("edits").items()}
        return cls(**data | {"mutations": tuple(data["mutations"]), "codes": tuple(data["codes"]), "edits": edits})

    def _edits(self) -> dict[RelPath, list[list[int | str]]]:
        return {file: [[e.start, e.end, e.text] for e in edits] for file, edits in self.edits.items()}


def load(crate: str, version: str, root: Path, cache: Path, *, count: int, seed: int) -> list[Case]:
    """The cases of a crate, read if they were made before, else made and kept."""
    compiler = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    kept = cache / f"{crate}-{version}-{seed}-{count}-{compiler}-{_recipe()}.jsonl"
    if not kept.exists():
        with Scratch(root, cache / f"{crate}-{version}") as scratch:
            made = list(make(crate, version, scratch, count=count, seed=seed))
        fresh = kept.with_suffix(".fresh")
        fresh.write_text("".join(case.to_json() + "\n" for case in made), encoding="utf-8")
        fresh.replace(kept)
    return [Case.from_json(line) for line in kept.read_text(encoding="utf-8").splitlines()]


def _recipe() -> str:
    """A name for how faults are made: with other mutations the same seed makes other cases."""
    sources = sorted(path for path in Path(__file__).parent.glob("*.py") if not path.name.startswith("test_"))
    return digest("".join(map(read_text, sources)))[:8]


class Scratch:
    """A copy of a crate, to be broken; the build stays warm from one fault to the next."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = folder / "tree"
        self.texts: dict[RelPath, str] = {}
        self._source = root
        self._target = folder / "target"

    def __enter__(self) -> Scratch:
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(self._source, self.root, ignore=shutil.ignore_patterns("target"))
        for file in sorted((self.root / "src").rglob("*.rs")):
            self.texts[file.relative_to(self.root).as_posix()] = read_text(file)
        if errors := self.errors({}):
            raise ValueError(f"{self._source} does not compile before it is broken: {errors[:5]}")
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.root.parent, ignore_errors=True)

    def errors(self, broken: Mapping[RelPath, str]) -> list[str]:
        """The codes of the compiler's errors with some texts in place of the crate's own; of each error once."""
        try:
            for file, text in broken.items():
                (self.root / file).write_bytes(text.encode())
            run = cargo(
                self.root, "check", "-q", "--all-targets", "--keep-going", "--message-format=json", target=self._target
            )
        finally:
            for file in broken:
                (self.root / file).write_bytes(self.texts[file].encode())
        return _codes(run.stdout)


def make(crate: str, version: str, scratch: Scratch, *, count: int, seed: int) -> Iterator[Case]:
    """Up to `count` cases, all different, of as many mutations and error codes as there are."""
    chance = random.Random(f"{seed} {crate} {version}")
    trees = {file: Tree(text) for file, text in scratch.texts.items()}
    waiting = _mixed(trees, chance)
    seen: Counter[str] = Counter()
    made = 0
    for _ in range(count * _PATIENCE):
        chosen = [next(waiting, None) for _ in range(2 if chance.randrange(_TWO_OF) == 0 else 1)]
        parts = [part for part in chosen if part is not None]
        if not parts:
            return
        edits = _together([(file, fault) for _, file, fault in parts])
        if edits is None:
            continue
        broken = {file: apply_edits(scratch.texts[file], listed) for file, listed in edits.items()}
        codes = scratch.errors(broken)
        # The mix is kept broad: no code leads more than an eighth of the cases.
        if not codes or len(codes) > _MOST_ERRORS or seen[codes[0]] >= max(2, count // 8):
            continue
        seen[codes[0]] += 1
        digests = {file: digest(scratch.texts[file]) for file in edits}
        names = tuple(name for name, _, _ in parts)
        yield Case(crate, version, names, digests, edits, tuple(sorted(set(codes))), len(codes))
        made += 1
        if made == count:
            return


def _mixed(trees: Mapping[RelPath, Tree], chance: random.Random) -> Iterator[tuple[str, RelPath, Fault]]:
    """All faults of all files: the mutations by turns, each time in another order."""
    left: dict[str, list[tuple[RelPath, Fault]]] = {}
    for name, mutation in MUTATIONS.items():
        left[name] = [(file, fault) for file, tree in trees.items() for fault in faults(mutation, tree)]
        chance.shuffle(left[name])
    while any(left.values()):
        names = [name for name, found in left.items() if found]
        chance.shuffle(names)
        for name in names:
            file, fault = left[name].pop()
            yield name, file, fault


def _together(parts: list[tuple[RelPath, Fault]]) -> dict[RelPath, tuple[Edit, ...]] | None:
    """The edits of all faults by file; None where they touch each other."""
    edits: dict[RelPath, list[Edit]] = {}
    for file, fault in parts:
        for edit in fault:
            if any(edit.start <= other.end and other.start <= edit.end for other in edits.get(file, ())):
                return None
        edits.setdefault(file, []).extend(fault)
    return {file: tuple(sorted(listed)) for file, listed in edits.items()}


def _codes(output: str) -> list[str]:
    """The codes of the errors in cargo's messages, in the order of their places; what two targets tell is told once."""
    found = set()
    for line in output.splitlines():
        message = json.loads(line).get("message") or {}
        if message.get("level") != "error" or not message.get("spans"):
            continue
        span = next((s for s in message["spans"] if s["is_primary"]), message["spans"][0])
        code = (message.get("code") or {}).get("code", "")
        found.add((span["file_name"], span["line_start"], span["column_start"], code))
    return [code for *_, code in sorted(found)]
