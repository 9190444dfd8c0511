"""Small broken programs and what the real rustc says of them, and of the repairs that an edit kind proposes.

    repairs("borrow-argument", "E0308", broken_program, meant_program)

asserts that rustc refuses the first with that code, that the kind's first candidates hold the second, and that
rustc takes it. A source with a `fn main` is a program, any other a library; each call of rustc is about 60 ms.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from helpers.diagnostics import FILE
from helpers.edit_kinds import candidates, site_at
from sleepy_core.cargo.messages import MessageReader
from sleepy_core.model import CargoProject, Diagnostic, Level, Package, RelPath
from sleepy_core.propose.search.site import Site

_FIRST = 5  # as many candidates of one kind as a search is likely to reach


def broken(source: str, edition: str = "2021", *, others: Mapping[RelPath, str] | None = None) -> list[Diagnostic]:
    """The errors that rustc finds in a crate of one file (`src/lib.rs`), or of that and some others."""
    texts = {FILE: source, **(others or {})}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for file, text in texts.items():
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_text(text, encoding="utf-8", newline="")
        kind = "bin" if "fn main(" in source else "lib"
        command = ["rustc", FILE, "--crate-name=demo", f"--crate-type={kind}", f"--edition={edition}", "-Awarnings"]
        command += ["--emit=metadata", "--out-dir=.", "--error-format=json"]
        done = subprocess.run(command, cwd=root, capture_output=True, encoding="utf-8", check=False)
        found = _read(done.stderr, root, edition, kind)
    assert found or done.returncode == 0, done.stderr
    return found


def site_of(
    code: str, source: str, edition: str = "2021", *, others: Mapping[RelPath, str] | None = None, nth: int = 0
) -> Site:
    """The site of the nth error of a code that rustc finds in a source."""
    errors = broken(source, edition, others=others)
    wanted = [error for error in errors if error.code == code]
    assert len(wanted) > nth, f"rustc says {[(e.code, e.message) for e in errors]}, not {code}"
    return site_at(wanted[nth], {FILE: source, **(others or {})}, errors)


def repairs(kind: str, code: str, source: str, meant: str, edition: str = "2021", *, nth: int = 0) -> None:
    """Assert that one of the kind's first candidates for the broken source is the meant one, and that it compiles."""
    first = [
        (change.label, texts[FILE])
        for change, texts in candidates(kind, site_of(code, source, edition, nth=nth))[:_FIRST]
        if FILE in texts
    ]
    assert meant in [text for _, text in first], f"{kind} proposes {[label for label, _ in first]}:\n" + "\n".join(
        text for _, text in first
    )
    left = broken(meant, edition)
    assert not left, [(error.code, error.message) for error in left]


_EITHER = re.compile("«([^|»]*)\\|([^»]*)»")


def before(source: str) -> str:
    """A program with «written|meant» at the places that change, as it was written."""
    return _EITHER.sub(r"\1", source)


def after(source: str) -> str:
    """The same program, as it was meant."""
    return _EITHER.sub(r"\2", source)


def _read(stream: str, root: Path, edition: str, kind: str) -> list[Diagnostic]:
    package = Package("demo", "demo", "0.1.0", edition, root / "Cargo.toml", root, ())
    reader = MessageReader(CargoProject(root, (package,), root / "target"), root)
    target = {"kind": [kind], "name": "demo", "src_path": str(root / FILE)}
    found = []
    for line in stream.splitlines():
        if not line.startswith("{"):
            continue  # a panic of the compiler's: plain text
        record = {
            "reason": "compiler-message",
            "package_id": "demo",
            "manifest_path": str(package.manifest),
            "target": target,
            "message": json.loads(line),
        }
        heard = reader.feed(json.dumps(record))
        if isinstance(heard, Diagnostic) and heard.level is Level.ERROR:
            found.append(heard)
    return found
