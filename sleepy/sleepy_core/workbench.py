"""One cargo project with all that is needed to check it and to try repairs on it.

The daemon's `Project` works here while the user types, `sleepy fix` works here round by round; the
bench itself knows neither buffers nor episodes. It keeps the last result for the *whole* project and
checks only what changed, so whoever asks sees every error that is known.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

from sleepy_core.cargo.check import CheckRequest, run_check, scope
from sleepy_core.cargo.metadata import affected, is_manifest, load_project
from sleepy_core.cargo.signature import family, signature
from sleepy_core.cargo.units import Unit
from sleepy_core.model import (
    CargoProject,
    CheckEnd,
    CheckResult,
    Diagnostic,
    Edit,
    FilePatch,
    Identity,
    Offer,
    Patch,
    RelPath,
    RepoIdentity,
    Verdict,
)
from sleepy_core.processes import cores
from sleepy_core.propose.case import Case
from sleepy_core.propose.externs import Externs, ExternsReader
from sleepy_core.repo.identity import identify
from sleepy_core.repo.overlay import OverlayPool
from sleepy_core.repo.sandbox import Sandbox
from sleepy_core.repo.shadow import Shadow, SlotPool, Texts, shadow_folder
from sleepy_core.screen import Screen, Surroundings, tidy
from sleepy_core.settings import Settings
from sleepy_core.verify import Slots, Verifier

# After a bad merge thousands of errors have the same few crates.
_MOST_READ_FOR = 50


class Workbench:
    """A project's shadow, its slots, and what the last checks said."""

    def __init__(
        self, cargo: CargoProject, repo: RepoIdentity, settings: Settings, shadow: Shadow, slots: Slots, names: Path
    ) -> None:
        self.cargo = cargo
        self.repo = repo
        self.settings = settings
        self.shadow = shadow
        self.result: CheckResult | None = None
        self.texts: Mapping[RelPath, str] = Texts(shadow)  # as they were checked
        # The names of libraries: where they are kept, and who has them read.
        self._names = names
        self._reader = ExternsReader()
        self._slots = slots
        self._verifier = Verifier(slots, cargo, settings)
        # How cargo calls rustc for each target, as it last did; and the screen for the last result's errors.
        self._units: dict[tuple[str, str, bool], Unit] = {}
        self._screen: Screen | None = None
        # Packages whose sources changed since a check of them was completed.
        self._stale = cargo.names
        # A new manifest may change what the packages are; they are read again before the next check.
        self._manifests_changed = False

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, manifest: Path, settings: Settings, cache: Path) -> AsyncIterator[Workbench]:
        """Open the project of a manifest. Raises `CargoError` and `ShadowError`.

        Shadows lie in `cache`, the names of libraries, which all projects share, beside it.
        """
        cargo = await load_project(manifest, cargo=settings.check.cargo)
        repo = await identify(cargo.root)
        # Tried out here, once: the verifier must not hold the loop for it.
        await asyncio.to_thread(Sandbox.detect, settings.shadow.sandbox)
        folder = shadow_folder(cache, cargo.root)
        async with contextlib.AsyncExitStack() as stack:
            shadow = await Shadow.open(cargo, cargo.root, folder, repo.toplevel)
            stack.push_async_callback(shadow.aclose)
            count = settings.fix.slots
            slots = Slots(OverlayPool(shadow, shadow.folder, count), SlotPool(shadow, shadow.folder, count))
            stack.push_async_callback(slots.aclose)
            bench = cls(cargo, repo, settings, shadow, slots, cache.parent / "names")
            stack.push_async_callback(bench._reader.aclose)
            await asyncio.to_thread(tidy, bench._scratch)
            stack.push_async_callback(bench._end_screen)
            yield bench

    async def sync(
        self, overlay: Mapping[RelPath, str], changed: Collection[RelPath] | None = None
    ) -> frozenset[RelPath]:
        """Bring the shadow in line with the user's tree and the unsaved texts; says which files are new."""
        try:
            rewritten = await self.shadow.sync(overlay, changed)
        finally:
            self.texts = Texts(self.shadow)
        self._stale |= affected(self.cargo, rewritten)
        self._manifests_changed |= any(is_manifest(file) for file in rewritten)
        return rewritten

    @property
    def stale(self) -> frozenset[str]:
        """The packages that the last result does not know the present texts of."""
        return self._stale

    async def check(
        self, on_diagnostic: Callable[[Diagnostic], None] | None = None, *, sandboxed: bool = False
    ) -> CheckResult:
        """Check what is stale; the answer speaks of the whole project.

        A check that could not be done (`end` is not DONE) leaves the last diagnostics as they were.
        """
        if self._manifests_changed:
            await self._read_manifests()
        asked = self._stale
        request = CheckRequest(
            project=self.cargo,
            root=self.shadow.root,
            target_dir=self.shadow.target_dir,
            packages=scope(self.cargo, asked),
            command=self.settings.check.command,
            settings=self.settings.check,
            sandbox=self._verifier.sandbox if sandboxed else None,
            offline=sandboxed,
        )
        await self._end_screen()
        result = merge(self.result, await run_check(request, on_diagnostic, self._learn))
        if result.end is CheckEnd.DONE:
            self._stale -= asked
            self.result = result
            for error in result.errors[:_MOST_READ_FOR]:
                if (externs := self._externs(error)) is not None:
                    self._reader.want(externs)
        return result

    async def test(self) -> CheckResult:
        """Run the project's tests on the shadow's texts, sandboxed: `problem` says what fails."""
        return await run_check(
            CheckRequest(
                project=self.cargo,
                root=self.shadow.root,
                target_dir=self.shadow.target_dir,
                packages=frozenset(),
                command="test",
                settings=self.settings.check,
                sandbox=self._verifier.sandbox,
                offline=True,
            )
        )

    def configure(self, settings: Settings) -> None:
        """Take new settings; what was checked with the old ones is stale."""
        self.settings = settings
        self._units.clear()
        self._verifier = Verifier(self._slots, self.cargo, settings)
        self._stale = self.cargo.names

    def case(self, diagnostic: Diagnostic) -> Case:
        """The question that the proposers get about one error."""
        errors = self.result.errors if self.result else (diagnostic,)
        return Case(
            diagnostic, signature(diagnostic), family(diagnostic), errors, self.texts, self.repo, self.cargo,
            self._externs(diagnostic),
        )  # fmt: skip

    async def libraries_read(self) -> None:
        """Wait until the names of the libraries of what has errors are known, as far as they can be."""
        await self._reader.finished()

    async def verify(self, patch: Patch, target: Identity) -> Verdict:
        """Compile the patched project in a slot. Only after a completed check."""
        if self.result is None:
            raise RuntimeError("verify() needs the result of a completed check to compare with")
        return await self._verifier.verify(self.result, self.texts, patch, target)

    async def try_out(self, texts: Mapping[RelPath, str]) -> CheckResult:
        """What a check would say with these texts of some files in place, found out in a slot. Raises `ShadowError`."""
        return await self._verifier.check(texts)

    @property
    def units(self) -> Collection[Unit]:
        """How cargo calls rustc for each target, as far as it has done so."""
        return self._units.values()

    async def screen(self, patch: Patch, error: Diagnostic) -> Verdict | None:
        """Ask rustc alone about a candidate: quick, and only a filter. None where only `verify` can tell."""
        if self._screen is None:
            sandbox = self._verifier.sandbox
            if sandbox is None or self.result is None:
                return None
            around = Surroundings(
                project=self.cargo,
                root=self.shadow.root,
                scratch=self._scratch,
                sandbox=sandbox,
                deadline_seconds=self.settings.check.deadline_seconds,
            )
            self._screen = Screen(around, self.units, self.settings.search.parallel or cores())
        return await self._screen.judge(self.texts, patch, error)

    @property
    def _scratch(self) -> Path:
        return self.shadow.folder / "screen"

    async def compose(self, offers: Sequence[Offer]) -> tuple[Patch, Verdict, tuple[Offer, ...]] | None:
        """Several repairs as one, verified as one; offers that do not go together are left out.

        All at once first, since that is what usually works; else one after another, each kept only if
        the whole still compiles better than without it.
        """
        chosen = compatible(offers)
        if not chosen:
            return None
        if len(chosen) == 1:
            return chosen[0].proposal.patch, chosen[0].verdict, chosen
        patch = joined(chosen)
        result = await self.verify(patch, chosen[0].diagnostic.identity)
        gone = set(result.fixed)
        if result.kind.offered and all(o.diagnostic.identity in gone for o in chosen):
            return patch, result, chosen
        kept = chosen[:1]
        verdict = chosen[0].verdict
        for offer in chosen[1:]:
            trial = joined((*kept, offer))
            judged = await self.verify(trial, offer.diagnostic.identity)
            if judged.kind.offered and judged.remaining <= verdict.remaining:
                kept, verdict = (*kept, offer), judged
        return joined(kept), verdict, kept

    def _externs(self, error: Diagnostic) -> Externs | None:
        """The libraries of the crate that has an error; its tests have those that only tests are compiled with, too."""
        units = (self._units.get((error.package, error.target, tests)) for tests in (True, False))
        unit = next((unit for unit in units if unit is not None), None)
        if unit is None:
            return None
        return Externs.of(unit, self._names, {name.replace("-", "_") for name in self.cargo.names})

    def _learn(self, unit: Unit) -> None:
        self._units[unit.package, unit.target, unit.tests] = unit

    async def _end_screen(self) -> None:
        screen, self._screen = self._screen, None
        if screen is not None:
            await screen.aclose()

    async def _read_manifests(self) -> None:
        """Ask cargo again who the packages are; raises `CargoError` where it cannot say, and `ShadowError`."""
        self.cargo = await load_project(self.cargo.root / "Cargo.toml", cargo=self.settings.check.cargo)
        await self.shadow.follow(self.cargo)  # path dependencies elsewhere are copied, too
        self.texts = Texts(self.shadow)
        self._verifier = Verifier(self._slots, self.cargo, self.settings)
        self._stale = self.cargo.names
        self._units.clear()
        self._manifests_changed = False


def merge(old: CheckResult | None, new: CheckResult) -> CheckResult:
    """What is known after a check of some packages: theirs from now, the others' from before."""
    if old is None:
        return new
    if new.end is not CheckEnd.DONE:
        return dataclasses.replace(
            new, diagnostics=old.diagnostics, packages=old.packages, built=old.built, reached=old.reached
        )
    if not new.packages:
        return new
    kept = tuple(d for d in old.diagnostics if d.package not in new.packages)
    packages = old.packages | new.packages if old.packages else frozenset[str]()
    built = (old.built - new.packages) | new.built
    reached = frozenset(pair for pair in old.reached if pair[0] not in new.packages) | new.reached
    # cargo repeats what it knows of packages that were not asked for, when others need them.
    told = set(kept)
    heard = tuple(d for d in new.diagnostics if d.package in new.packages or d not in told)
    return dataclasses.replace(new, diagnostics=kept + heard, packages=packages, built=built, reached=reached)


def compatible(offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """The offers whose edits do not touch each other, the first ones first."""
    chosen: list[Offer] = []
    taken: dict[RelPath, list[Edit]] = {}
    for offer in offers:
        wanted = [(f.file, edit) for f in offer.proposal.patch.files for edit in f.edits]
        if all(_apart(edit, other) for file, edit in wanted for other in taken.get(file, ())):
            chosen.append(offer)
            for file, edit in wanted:
                taken.setdefault(file, []).append(edit)
    return tuple(chosen)


def _apart(one: Edit, other: Edit) -> bool:
    # The same edit asked for twice (one import that repairs five errors) is one edit, not a clash.
    return one == other or one.end < other.start or other.end < one.start


def joined(offers: Sequence[Offer]) -> Patch:
    """The patches of compatible offers as one."""
    edits: dict[tuple[RelPath, str], set[Edit]] = {}
    for offer in offers:
        for part in offer.proposal.patch.files:
            edits.setdefault((part.file, part.base), set()).update(part.edits)
    return Patch(tuple(FilePatch(file, base, tuple(sorted(group))) for (file, base), group in sorted(edits.items())))
