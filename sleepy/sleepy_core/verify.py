"""Would the compiler take this patch? And may it be tried at all?

`refusal` and `verdict` decide and are pure; `Verifier` acts: it lays the patched texts over a slot, has
cargo check it in the sandbox, and compares.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sleepy_core.cargo.check import CheckRequest, run_check, scope
from sleepy_core.cargo.metadata import affected, package_of
from sleepy_core.model import (
    CargoProject,
    CheckEnd,
    CheckResult,
    Diagnostic,
    Identity,
    Package,
    Patch,
    RelPath,
    Verdict,
    VerdictKind,
)
from sleepy_core.repo.overlay import OverlayPool
from sleepy_core.repo.sandbox import Sandbox
from sleepy_core.repo.shadow import SlotPool
from sleepy_core.settings import Settings
from sleepy_core.text import apply_patch

BRACKETS, PARSE, RESOLVE, TYPECK, PATTERNS, BORROWCK, LINT = range(7)

_CODE = re.compile(r"E\d{4}")
_RESOLVE_CODES = frozenset(
    _CODE.findall(
        "E0401 E0403 E0404 E0405 E0407 E0408 E0411 E0412 E0415 E0416 E0422 E0423 E0424 E0425 E0426 E0428 E0429 E0430"
        " E0431 E0432 E0433 E0434 E0435 E0437 E0438 E0463 E0531 E0532 E0573 E0574 E0575 E0576 E0583 E0603 E0659"
        " E0106 E0261 E0262 E0263 E0637 E0726"  # lifetimes are resolved with the names
    )
)
_PATTERN_CODES = frozenset({"E0004", "E0005"})
_BORROW_CODES = frozenset(
    _CODE.findall(
        "E0133 E0373 E0381 E0382 E0384 E0499 E0501 E0502 E0503 E0505 E0506 E0507 E0508 E0509 E0510 E0515 E0521 E0524"
        " E0594 E0596 E0597 E0626 E0700 E0712 E0713 E0716"
    )
)
_GENERATED = "@generated"  # as code generators and review tools agree on it
_UNFINISHED = re.compile(r"\b(?:todo|unimplemented)\s*!")
_SYNTAX = re.compile(
    r"expected |unexpected |missing `|mismatched closing|this file contains an un|unknown start of token"
)
# Brackets are matched before anything of a file is parsed.
_UNMATCHED = re.compile(r"(?:mismatched|unexpected) closing delimiter|this file contains an unclosed delimiter")
_LATE = re.compile(r"lifetime may not live|higher-ranked|not general enough|borrow")


def phase(diagnostic: Diagnostic) -> int:
    """How late in the compiler an error arises; errors of a phase hide those of later ones."""
    return _phase(diagnostic.code, diagnostic.message)


def first_things(errors: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The errors without those that may be mere consequences: others, in files that could not be parsed.

    Where a comma is missing, the parser goes on as well as it can, and what it made of the rest seems to lack a field.
    """
    errors = list(errors)
    unparsed = {error.file for error in errors if _is_syntax(error)}
    return [error for error in errors if error.file not in unparsed or _is_syntax(error)]


def _is_syntax(error: Diagnostic) -> bool:
    return not error.code and _SYNTAX.match(error.message) is not None


def _phase(code: str, message: str) -> int:
    if code in _RESOLVE_CODES:
        return RESOLVE
    if code in _PATTERN_CODES:
        return PATTERNS
    if code in _BORROW_CODES:
        return BORROWCK
    if (code and not _CODE.fullmatch(code)) or message.startswith("linking with"):
        return LINT  # a denied lint, named by its lint; nothing comes after the linker
    if code or message.startswith("future cannot be"):
        return TYPECK
    if _LATE.search(message):
        return BORROWCK
    if message.startswith(("cannot find", "unresolved", "cannot determine resolution")):
        return RESOLVE
    return BRACKETS if _UNMATCHED.match(message) else PARSE


def verdict(before: CheckResult, after: CheckResult, target: Identity) -> Verdict:
    """Compare two checks, counting errors by identity.

    `before` counts only for the packages that `after` looked at. A new error is forgiven where it can only
    have been hidden: in a target (library, test …) that `before` did not reach, or in one where an error of
    an earlier phase is now gone.
    """
    if after.end is not CheckEnd.DONE:
        return Verdict(VerdictKind.BREAKS, len(before.errors), reason=after.problem or "the check was stopped")
    # cargo builds what a package depends on, too; a fault there is said again.
    looked_at = after.packages | {d.package for d in after.errors}
    was = [d for d in before.errors if not after.packages or d.package in looked_at]
    old = Counter(d.identity for d in was)
    new = Counter(d.identity for d in after.errors)
    added, fixed = new - old, old - new
    remaining = new.total()

    def result(kind: VerdictKind, reason: str = "") -> Verdict:
        return Verdict(kind, remaining, tuple(added), tuple(fixed), reason)

    if target not in fixed:
        return result(VerdictKind.BREAKS, "the error is still there" if target in new else "the error was not there")
    where = {_place(d) for d in was if d.identity == target}
    if remaining and not any(_was_reached(after, package, name) for package, name in where):
        return result(VerdictKind.BREAKS, "another error keeps the compiler from reaching this one")
    if not added:
        return result(VerdictKind.BETTER if remaining else VerdictKind.CLEAN)
    gone: dict[tuple[str, str], int] = {}
    for diagnostic in was:
        if diagnostic.identity in fixed:
            place = _place(diagnostic)
            gone[place] = min(gone.get(place, phase(diagnostic)), phase(diagnostic))
    for diagnostic in after.errors:
        place = _place(diagnostic)
        hidden = not _was_reached(before, *place) or phase(diagnostic) > gone.get(place, LINT)
        if diagnostic.identity in added and not hidden:
            return result(VerdictKind.BREAKS, f"it brings a new error: {diagnostic.message}")
    return result(VerdictKind.UNMASKS)


def _place(diagnostic: Diagnostic) -> tuple[str, str]:
    return diagnostic.package, diagnostic.target


def _was_reached(result: CheckResult, package: str, target: str) -> bool:
    return (package, target) in result.reached if result.reached else package in result.built


def refusal(patch: Patch, project: CargoProject, texts: Mapping[RelPath, str] | None = None) -> str | None:
    """Why a patch may not even be compiled: it could change what runs, or lies outside, or repairs nothing.

    With the `texts` that it changes, a `todo!()` that was there before is not held against it.
    """
    for part in patch.files:
        path = PurePosixPath(part.file)
        if path.is_absolute() or ".." in path.parts or "\\" in part.file or ":" in part.file:
            return f"{part.file} is not a path within the project"
        if path.suffix != ".rs":
            return f"{part.file} is not Rust source; manifests and configuration are never patched"
        if ".cargo" in path.parts:
            return f"{part.file} configures cargo; that is never patched"
        package = package_of(project, part.file)
        if package is None or not package.member:
            return f"{part.file} lies outside of the workspace"
        if package.is_proc_macro:
            return f"{part.file} belongs to the procedural macros of {package.name}, which run inside of the compiler"
        if path.name == "build.rs" or _of_build_script(project.root / path, package):
            return f"{part.file} is a build script or part of one, which runs on this machine"
        text = (texts or {}).get(part.file, "")
        if _GENERATED in text[:1000]:
            return f"{part.file} says that it is generated; what is written there is lost when that is done again"
        added = sum(
            len(_UNFINISHED.findall(e.text)) - len(_UNFINISHED.findall(text[e.start : e.end])) for e in part.edits
        )
        if added > 0:
            return "todo!() and unimplemented!() compile, but repair nothing"
    return None


def _of_build_script(file: Path, package: Package) -> bool:
    """Is it the build script, or can it only be a module of it, since no other target's folder holds it?"""
    if any("custom-build" in t.kind and t.source == file for t in package.targets):
        return True
    others = [t.source.parent for t in package.targets if "custom-build" not in t.kind]
    return package.has_build_script and not any(file.is_relative_to(folder) for folder in others)


@dataclass(frozen=True, slots=True)
class Slots:
    """Where patches can be compiled: laid over the shadow by the sandbox, and without one in trees of their own."""

    overlays: OverlayPool
    trees: SlotPool

    async def aclose(self) -> None:
        """Close all that nobody uses."""
        await self.overlays.aclose()
        await self.trees.aclose()


class Verifier:
    """Compiles patched texts in slots."""

    def __init__(self, slots: Slots, project: CargoProject, settings: Settings) -> None:
        self._slots = slots
        self._project = project
        self._settings = settings
        self.sandbox = Sandbox.detect(settings.shadow.sandbox)

    async def verify(self, base: CheckResult, texts: Mapping[RelPath, str], patch: Patch, target: Identity) -> Verdict:
        """The verdict on a patch. Raises `PatchError` if it does not apply to `texts`, `ShadowError`."""
        start = time.monotonic()
        if (reason := refusal(patch, self._project, texts)) is not None:
            return Verdict(VerdictKind.BREAKS, len(base.errors), reason=reason)
        async with self._laid(apply_patch(texts, patch)) as request:
            judged = verdict(base, await run_check(request), target)
            if judged.kind is VerdictKind.CLEAN and self._settings.fix.run_tests:
                judged = await self._tested(request, judged)
        return dataclasses.replace(judged, ms=(time.monotonic() - start) * 1000)

    async def check(self, texts: Mapping[RelPath, str]) -> CheckResult:
        """What a check says of the packages that these texts are of, with them in place. Raises `ShadowError`."""
        async with self._laid(texts) as request:
            return await run_check(request)

    @contextlib.asynccontextmanager
    async def _laid(self, texts: Mapping[RelPath, str]) -> AsyncIterator[CheckRequest]:
        """A slot with these texts in it, and what to ask cargo there."""
        pool = self._slots.trees if self.sandbox is None else self._slots.overlays
        async with pool.lay(texts) as place:
            yield CheckRequest(
                project=self._project,
                root=place.root,
                target_dir=place.target_dir,
                packages=scope(self._project, affected(self._project, texts)),
                command=self._settings.check.command,
                settings=self._settings.check,
                sandbox=self.sandbox,
                offline=True,
                over=place.over,
            )

    async def _tested(self, request: CheckRequest, judged: Verdict) -> Verdict:
        """Compiling is not repairing: with failing tests a fix is not called clean."""
        tests = await run_check(dataclasses.replace(request, command="test"))
        if tests.end is CheckEnd.DONE and not tests.problem and not tests.errors:
            return judged
        reason = tests.problem or "the tests do not compile"
        return dataclasses.replace(judged, kind=VerdictKind.BETTER, reason=reason)
