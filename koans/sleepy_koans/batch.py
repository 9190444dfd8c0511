"""Which of many crates compile? Asked of a few compilers, each for a crate with all of them as modules.

Starting rustc and reading std costs more than checking a small crate, and this way it is paid once for dozens. Only
yes and no come of it: messages name other modules and types than the crate's own, so whoever wants them asks
`Checker.check`, one crate at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any

from sleepy_koans.check import Checked, Checker, Crate
from sleepy_koans.koan import ROOT_FILE, Files

SIZE = 32  # crates a compiler

# What means another thing in a module than in a crate's root, or can be there only once.
_ALONE = re.compile(r"\b(crate|super|macro_export|no_mangle|export_name|link|main|include\w*)\b|#!\[|\bpath\s*=")


def compile_all(checker: Checker, crates: Sequence[Crate]) -> tuple[bool, ...]:
    """For each crate whether it compiles, with its lints denied."""
    found: dict[int, bool] = {}
    together = [at for at, crate in enumerate(crates) if _joinable(crate)]
    batches: list[list[int]] = []
    by_how = sorted(together, key=lambda at: _how(crates[at]))
    for _, group in groupby(by_how, key=lambda at: _how(crates[at])):
        of = list(group)
        batches += [of[start : start + SIZE] for start in range(0, len(of), SIZE)]
    for answers in checker.each(lambda batch: _compiled(checker, crates, batch), batches):
        found.update(answers)
    rest = [at for at in range(len(crates)) if at not in found]
    for at, checked in zip(rest, checker.each(lambda at: checker.check(crates[at]), rest), strict=True):
        found[at] = checked.ok
    return tuple(found[at] for at in range(len(crates)))


def _compiled(checker: Checker, crates: Sequence[Crate], batch: list[int]) -> dict[int, bool]:
    """What is known of these crates; those that are missing have to be asked about alone."""
    found: dict[int, bool] = {}
    while batch:
        first = crates[batch[0]]
        checked = checker.check(Crate(_joined(crates, batch), first.edition, "lib", first.lints, first.clippy))
        if checked.ok:
            return found | dict.fromkeys(batch, True)
        failed = set(_named(checked))
        if not failed or not failed <= set(batch):
            return found  # it crashed, ran out of time, or complains of what is no crate's own
        found |= dict.fromkeys(failed, False)
        # What a compiler finds in a later phase comes only where nothing is wrong in an earlier one: the others again.
        batch = [at for at in batch if at not in failed]
    return found


def _joined(crates: Sequence[Crate], batch: list[int]) -> Files:
    """One crate with each as a module: `k7.rs` for the root of the seventh, `k7/other.rs` for what it declares."""
    files = {ROOT_FILE: "".join(f"pub mod k{at};\n" for at in batch)}
    for at in batch:
        for path, text in crates[at].files.items():
            inside = PurePosixPath(path).relative_to("src")
            files[f"src/k{at}.rs" if path == ROOT_FILE else f"src/k{at}/{inside}"] = text
    return files


def _named(checked: Checked) -> Iterator[int]:
    """Which crates the errors lie in; -1 for an error that lies in none."""
    for error in checked.errors:
        primary = [_called(span) for span in error.raw["spans"] if span["is_primary"]]
        names = {re.match(r"src/k(\d+)[./]", span["file_name"]) for span in primary}
        for name in names or {None}:
            yield int(name[1]) if name else -1


def _called(span: dict[str, Any]) -> dict[str, Any]:
    """Where a span's macro was called; the span itself where it is of no macro's making."""
    while (expansion := span.get("expansion")) is not None:
        span = expansion["span"]
    return span


def _joinable(crate: Crate) -> bool:
    inside = all(path.startswith("src/") and path.endswith(".rs") for path in crate.files)
    return inside and crate.crate_type == "lib" and not any(_ALONE.search(text) for text in crate.files.values())


def _how(crate: Crate) -> tuple[str, tuple[str, ...], bool]:
    return crate.edition, crate.lints, crate.clippy
