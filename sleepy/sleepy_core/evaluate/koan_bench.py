"""A koan as a project that can be checked and repaired: what `sleepy_core.workbench` is for a cargo workspace.

The same proposers, the same ladder and the same verdicts work on it; only the compiler is asked more cheaply, since
tens of thousands of candidates are compiled in a run: rustc without cargo, by `sleepy_koans.check.Checker`, which
asks nothing twice. What a repaired koan *does* is found out in the checker's sandbox alone.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from sleepy_core.cargo.messages import MessageReader
from sleepy_core.cargo.signature import family, signature
from sleepy_core.model import (
    CargoProject,
    CheckEnd,
    CheckResult,
    Diagnostic,
    Identity,
    Package,
    Patch,
    RelPath,
    RepoIdentity,
    Target,
    Verdict,
    VerdictKind,
)
from sleepy_core.propose.case import Case
from sleepy_core.settings import Settings
from sleepy_core.text import apply_patch
from sleepy_core.verify import refusal, verdict
from sleepy_koans.check import Checked, Checker, Crate
from sleepy_koans.koan import ROOT_FILE, Koan

# All koans are one repository: what is learned of one of them is meant for the others.
REPO = RepoIdentity("koans", "koans", None, "", None)

_NAME = "koan"


class KoanBench:
    """One koan, its texts as they are now, and the compiler."""

    def __init__(self, koan: Koan, checker: Checker, settings: Settings) -> None:
        self.koan = koan
        self.settings = settings
        self.cargo = project_of(koan)
        self.texts: Mapping[RelPath, str] = dict(koan.files)
        self.result: CheckResult | None = None
        self._checker = checker
        self._candidates: set[tuple[tuple[RelPath, str], ...]] = set()

    @property
    def compiled(self) -> int:
        """How many different candidates were compiled until now, screened ones included."""
        return len(self._candidates)

    async def check(self) -> CheckResult:
        """What the compiler says of the texts."""
        self.result = await self._checked(self.texts)
        return self.result

    async def take(self, patch: Patch) -> None:
        """The patched texts are the koan's from now on. Raises `PatchError`."""
        self.texts = {**self.texts, **apply_patch(self.texts, patch)}

    async def test(self) -> str:
        """Why the texts do not behave as they should, in one sentence; "" where they do, or nothing says how."""
        if self.koan.test is None:
            return ""
        tested = await asyncio.to_thread(self._checker.test, self._crate(self.texts), self.koan.test)
        if tested.outcome == "passed":
            return ""
        words = tested.output.strip().splitlines()
        return f"the test {tested.outcome}: {_panic(words)}" if words else f"the test {tested.outcome}"

    def case(self, diagnostic: Diagnostic) -> Case:
        """The question that the proposers get about one error."""
        errors = self.result.errors if self.result else (diagnostic,)
        return Case(diagnostic, signature(diagnostic), family(diagnostic), errors, self.texts, REPO, self.cargo)

    async def verify(self, patch: Patch, target: Identity) -> Verdict:
        """What the compiler says of the patched texts, compared with the last check. Raises `PatchError`."""
        base = self.result
        if base is None:
            raise RuntimeError("verify() needs the result of a check to compare with")
        start = time.monotonic()
        if (reason := refusal(patch, self.cargo, self.texts)) is not None:
            return Verdict(VerdictKind.BREAKS, len(base.errors), reason=reason)
        patched = {**self.texts, **apply_patch(self.texts, patch)}
        self._candidates.add(tuple(sorted(patched.items())))
        after = await self._checked(patched)
        return replace(verdict(base, after, target), ms=(time.monotonic() - start) * 1000)

    async def screen(self, patch: Patch, error: Diagnostic) -> Verdict | None:
        """The verdict itself: there is nothing quicker, and the ladder's own question is answered from memory."""
        return await self.verify(patch, error.identity)

    async def _checked(self, texts: Mapping[RelPath, str]) -> CheckResult:
        start = time.monotonic()
        checked = await asyncio.to_thread(self._checker.check, self._crate(texts))
        return result_of(checked, self.cargo, time.monotonic() - start)

    def _crate(self, texts: Mapping[RelPath, str]) -> Crate:
        return Crate.of(self.koan, texts)


def project_of(koan: Koan) -> CargoProject:
    """The cargo project that a koan would be; it lies nowhere.

    Always a library: a procedural macro's koan is compiled and tested, but runs inside of no compiler.
    """
    root = Path("/koan")
    library = Target(_NAME, ("lib",), root / ROOT_FILE)
    package = Package(_NAME, _NAME, "0.0.0", koan.edition, root / "Cargo.toml", root, (library,))
    return CargoProject(root, (package,), root / "target")


def result_of(checked: Checked, project: CargoProject, seconds: float = 0.0) -> CheckResult:
    """What the koans' checker heard of rustc, as a check of the project by cargo would have told it."""
    names = frozenset({_NAME})
    if checked.crashed:
        return CheckResult(CheckEnd.FAILED, (), names, names, seconds, problem=checked.crashed)
    (package,) = project.packages
    (target,) = package.targets
    about = {
        "reason": "compiler-message",
        "package_id": package.id,
        "manifest_path": str(package.manifest),
        "target": {"name": target.name, "kind": target.kind, "src_path": str(target.source)},
    }
    reader = MessageReader(project, project.root)
    said = (reader.feed(json.dumps({**about, "message": message.raw})) for message in checked.messages)
    found = tuple(message for message in said if isinstance(message, Diagnostic))
    return CheckResult(CheckEnd.DONE, found, names, names, seconds, reached=frozenset({(_NAME, "lib")}))


async def unusable(koan: Koan, checker: Checker) -> str:
    """Why a koan cannot be asked here, in one sentence; "" where it can.

    A new rustc may take what was broken, or refuse what was right; and some code is for one kind of processor.
    """
    if why := checker.skips(koan):
        return why
    broken = await asyncio.to_thread(checker.check, Crate.of(koan, koan.files))
    if broken.crashed or broken.ok:
        return f"its broken crate {'crashes the compiler' if broken.crashed else 'compiles'} with this rustc"
    judged = await asyncio.to_thread(checker.judge, koan, koan.solution)
    if not judged.checked.ok:
        why = judged.checked.crashed or judged.checked.errors[0].text
        return f"its solution does not compile with this rustc: {why.splitlines()[0]}"
    if judged.tested is not None and judged.tested.outcome != "passed":
        return f"its solution's test {judged.tested.outcome} with this rustc"
    return ""


def _panic(words: list[str]) -> str:
    """The sentence of a failed test's output that says most: what comes after the place of the panic."""
    for line, following in pairwise(words):
        if "panicked at" in line:
            return following.strip()
    return words[-1].strip()
