"""Is a candidate worth a real check? rustc is asked directly, for the one target that the error is in.

Many candidates are tried for one error, most of them in vain. A real check pays for cargo, its locks, and every other
target each time; here one rustc compiles one target, with the flags that cargo used (`sleepy_core.cargo.units`), from
the shadow's own dependencies and a warm incremental session, and is stopped at the first error that settles the
matter. Several run side by side, and of those that wait one rustc compiles all that fit into one text
(`sleepy_core.batch`). What passes is confirmed by the real check before it is offered (`Verifier`), so a screen may be
wrong only by refusing.

The patched files are laid over the shadow's by the sandbox (a bind mount each), so paths, and with them rustc's
incremental session, stay those of the shadow. Without bubblewrap there is no screen: cargo judges every candidate.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import math
import os
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sleepy_core.cargo.failures import interrupted
from sleepy_core.cargo.messages import MessageReader
from sleepy_core.cargo.units import Unit, sources
from sleepy_core.model import (
    CargoProject,
    CheckEnd,
    CheckResult,
    Diagnostic,
    Identity,
    Patch,
    RelPath,
    Verdict,
    VerdictKind,
)
from sleepy_core.processes import running
from sleepy_core.repo.sandbox import Sandbox
from sleepy_core.repo.seed import copy_session
from sleepy_core.text import apply_patch
from sleepy_core.verify import phase, refusal, verdict

if TYPE_CHECKING:
    from sleepy_core.batch import Body, Combined, Split

_LONGEST_LINE = 64 * 2**20
_CANDIDATE = "candidate-"
_NUMBERS = itertools.count()
# How rustc ends when it has said all: without errors, or with some. Otherwise it was killed, or crashed.
_ENDED = (0, 1)
# So many candidates in one compilation: each more adds its own body to it, a few thousandths of its time.
TOGETHER = 8


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a screen works: the shadow that was checked, and a folder of its own."""

    project: CargoProject
    root: Path  # the shadow's copy of the project's root; nothing in it is written
    scratch: Path  # for the patched files, what rustc writes, and its incremental sessions
    sandbox: Sandbox
    deadline_seconds: float


@dataclass(eq=False, slots=True)
class _Request:
    """A candidate that waits for a compilation that it can share."""

    unit: Unit
    before: CheckResult
    target: Identity
    texts: Mapping[RelPath, str]  # unpatched
    body: Body
    # What was said about it; None where it has to be compiled alone to be known.
    answer: asyncio.Future[CheckResult | None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Screen:
    """Compiles candidates for the errors of one completed check; makes a new one after the next.

    `units` are the calls of rustc that are known; `parallel` of them run at the same time.
    """

    def __init__(self, around: Surroundings, units: Collection[Unit], parallel: int) -> None:
        self._around = around
        self._units = tuple(units)
        self._by_output = {unit.output: unit for unit in self._units}
        self._parallel = parallel
        self._permits = asyncio.Semaphore(parallel)
        self._running = 0
        self._baselines: dict[Unit, asyncio.Task[CheckResult | None]] = {}
        self._seeded: set[Unit] = set()
        self._noted: dict[Unit, frozenset[str]] = {}
        self._coming = 0  # candidates that may join those that wait in a moment
        self._all_there = asyncio.Event()
        self._waiting: list[_Request] = []
        self._batches: dict[asyncio.Task[None], list[_Request]] = {}
        self._removals: set[asyncio.Task[None]] = set()

    async def judge(self, texts: Mapping[RelPath, str], patch: Patch, error: Diagnostic) -> Verdict | None:
        """What rustc says of a candidate, compared with the same call on the unpatched texts.

        None where only cargo can tell: the target is not known, the patch changes something that other crates
        between it and the error's were compiled with, or the sandbox cannot be had. Raises `PatchError`.
        """
        start = time.monotonic()
        if (reason := refusal(patch, self._around.project, texts)) is not None:
            return Verdict(VerdictKind.BREAKS, 0, reason=reason)
        patched = apply_patch(texts, patch)
        for unit in self._units_of(error):
            self._coming += 1
            try:
                chain, body = await asyncio.to_thread(self._look_at, unit, patched, texts, patch, error)
            finally:
                self._coming -= 1
                self._all_there.set()
            if chain is None:
                return None
            before = await self._baseline(unit)
            if before is None:
                return None
            # By place as well: the other of a library's two units may have an error of the same words.
            if not any((d.identity, d.span.start) == (error.identity, error.span.start) for d in before.errors):
                continue
            after = None
            if body is not None:
                after = await self._together(_Request(unit, before, error.identity, texts, body))
            if after is None:
                after = await self._compile(chain, patched, before, error.identity)
            if after is None:
                return None
            # In a thread: thousands of errors take their time to be compared.
            judged = await asyncio.to_thread(verdict, before, after, error.identity)
            return replace(judged, ms=(time.monotonic() - start) * 1000)
        return None

    async def aclose(self) -> None:
        """Stop what is still being compiled."""
        under_way = [*self._baselines.values(), *self._batches]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await asyncio.gather(*self._removals)

    def _units_of(self, error: Diagnostic) -> list[Unit]:
        """The units that can have the error, the ones without tests first."""
        found = [u for u in self._units if (u.package, u.target) == (error.package, error.target)]
        return sorted(found, key=lambda unit: unit.tests)

    def _look_at(
        self, unit: Unit, patched: Collection[RelPath], texts: Mapping[RelPath, str], patch: Patch, error: Diagnostic
    ) -> tuple[list[Unit] | None, Body | None]:
        """What has to be compiled, and the body that is changed if that is all. Reads and parses: in a thread."""
        from sleepy_core.batch import body_of

        chain = self._chain(unit, patched)
        return chain, body_of(texts, patch, error) if chain == [unit] else None

    def _chain(self, unit: Unit, patched: Collection[RelPath]) -> list[Unit] | None:
        """What has to be compiled, in order, for `unit` to see the patch; None where that is not the whole of it.

        A crate that is changed below the unit is compiled first, into the scratch folder. That is enough as long as
        no third crate stands between the two, which was compiled with the old one.
        """
        files = {str(self._around.root / file) for file in patched}
        below = [self._by_output[path] for path in unit.externs.values() if path in self._by_output]
        changed = [u for u in below if files & self._sources(u)]
        others = [u for u in self._all_below(below) if u not in changed]
        elsewhere = files.difference(self._own(unit, files), *(self._sources(u) for u in changed))
        if elsewhere:
            return None  # in a crate whose call of rustc is not known, or in none
        if any(self._by_output.get(path) in changed for u in others for path in u.externs.values()):
            return None
        if any(files & self._sources(u) for u in others if u not in below):
            return None
        return [*changed, unit]

    def _own(self, unit: Unit, files: set[str]) -> set[str]:
        """Those of the files that the unit itself is made of; of a library also the ones that are new."""
        noted = files & self._sources(unit)
        if unit.target != "lib":
            return noted
        package = next(p for p in self._around.project.packages if p.name == unit.package)
        sources = self._around.root / package.root.relative_to(self._around.project.root) / "src"
        return noted | {file for file in files if Path(file).is_relative_to(sources)}

    def _all_below(self, units: Collection[Unit]) -> list[Unit]:
        found = list(dict.fromkeys(units))
        for unit in found:  # grows while it is walked
            below = (self._by_output.get(path) for path in unit.externs.values())
            found += [other for other in below if other is not None and other not in found]
        return found

    def _sources(self, unit: Unit) -> frozenset[str]:
        """The files that a unit was last compiled from, as rustc noted them."""
        if unit not in self._noted:
            name = f"{unit.option('--crate-name')}{unit.codegen('extra-filename')}.d"
            try:
                noted = (Path(unit.option("--out-dir")) / name).read_text()
            except OSError:
                noted = ""
            self._noted[unit] = frozenset(str(self._around.root / file) for file in sources(noted))
        return self._noted[unit]

    async def _baseline(self, unit: Unit) -> CheckResult | None:
        """What the unit says of the unpatched texts; asked once."""
        if unit not in self._baselines:
            self._baselines[unit] = asyncio.create_task(self._compile([unit], {}, None, None), name="baseline")
        task = self._baselines[unit]
        # One candidate's cancellation must not take the others' baseline away.
        return task.result() if task.done() else await asyncio.shield(task)

    @contextlib.asynccontextmanager
    async def _permit(self) -> AsyncIterator[None]:
        async with self._permits:
            self._running += 1
            try:
                yield
            finally:
                self._running -= 1

    async def _together(self, request: _Request) -> CheckResult | None:
        """What is said of a candidate in a compilation that it shares; None where it has to be compiled alone."""
        self._waiting.append(request)
        task = asyncio.create_task(self._serve(), name="candidates together")
        self._batches[task] = []
        task.add_done_callback(self._batches.pop)
        try:
            return await request.answer
        except asyncio.CancelledError:
            if request in self._waiting:
                self._waiting.remove(request)
            # What nobody waits for any more is stopped, and gone when this ends.
            unwanted = [t for t, group in self._batches.items() if group and all(r.answer.done() for r in group)]
            for task in unwanted:
                task.cancel()
            await asyncio.shield(asyncio.gather(*unwanted, return_exceptions=True))
            raise

    async def _serve(self) -> None:
        """Compile a share of what waits."""
        async with self._permit():
            while self._coming:
                self._all_there.clear()
                await self._all_there.wait()
            group = self._share()
            this = asyncio.current_task()
            assert this is not None
            self._batches[this] = group
            try:
                if len(group) > 1:
                    await self._compile_group(group)
            finally:
                for request in group:
                    if not request.answer.done():
                        request.answer.set_result(None)

    def _share(self) -> list[_Request]:
        """Of what waits, what goes into one compilation; the rest is for the others that may start now."""
        from sleepy_core.batch import choose

        if not self._waiting:
            return []
        first = self._waiting[0]
        like = [r for r in self._waiting if r.unit == first.unit and r.texts is first.texts]
        shares = 1 + self._parallel - self._running
        most = min(TOGETHER, math.ceil(len(self._waiting) / shares))
        group = [like[number] for number in choose([request.body for request in like], most)]
        self._waiting = [request for request in self._waiting if request not in group]
        return group

    async def _compile_group(self, group: list[_Request]) -> None:
        """Compile candidates together, and answer each as soon as the matter is settled for it."""
        from sleepy_core.batch import Entangled, Split, combine

        unit, before = group[0].unit, group[0].before

        def prepare() -> tuple[Combined, Split, list[Settling]]:
            combined = combine(group[0].texts, [request.body for request in group])
            split = Split(combined, before.errors)
            settling = [Settling(before, request.target) for request in group]
            for number, known in enumerate(settling):
                for said in split.errors(number):
                    known.settled_by(said)
            return combined, split, settling

        # In a thread, as there may be thousands of errors.
        combined, split, settling = await asyncio.to_thread(prepare)

        def answer(number: int) -> None:
            if not group[number].answer.done():
                group[number].answer.set_result(_result(split.errors(number), unit))

        def listen(said: Diagnostic) -> bool:
            if not said.is_error:
                return False
            owners, said = split.give(said)
            for number in owners:
                if settling[number].settled_by(said):
                    answer(number)
            return all(request.answer.done() for request in group)

        try:
            ended = await self._in_folder([unit], combined.texts, listen)
        except Entangled:
            return
        if ended is not None:
            for number in range(len(group)):
                answer(number)

    async def _compile(
        self, chain: list[Unit], patched: Mapping[RelPath, str], before: CheckResult | None, target: Identity | None
    ) -> CheckResult | None:
        settling = Settling(before, target) if before is not None and target is not None else None
        async with self._permit():
            return await self._in_folder(chain, patched, settling.settled_by if settling else lambda _: False)

    async def _in_folder(
        self, chain: list[Unit], patched: Mapping[RelPath, str], settled_by: Callable[[Diagnostic], bool]
    ) -> CheckResult | None:
        """Compile the units in turn, until one has errors; what they say. None: they could not run to an end."""
        # A name that no other screen has: the last one's candidates may still be going away.
        folder = self._around.scratch / f"{_CANDIDATE}{os.getpid()}-{next(_NUMBERS)}"
        laid = asyncio.ensure_future(asyncio.to_thread(self._lay_out, folder, chain, patched))
        try:
            await asyncio.shield(laid)
            replaced: dict[str, str] = {}
            found: list[Diagnostic] = []
            for unit in chain:
                said = await self._rustc(unit, folder, patched, replaced, settled_by)
                if said is None:
                    return None
                found += said
                if any(d.is_error for d in said):
                    break
                replaced[unit.output] = str(folder / "out" / Path(unit.output).name)
            return _result(found, unit)
        except OSError:
            return None  # a full disk and the like: cargo will say so in the user's words
        finally:
            # Whoever waits for the verdict need not wait for that.
            removal = asyncio.create_task(_remove(folder, laid), name="remove a candidate")
            self._removals.add(removal)
            removal.add_done_callback(self._removals.discard)

    def _lay_out(self, folder: Path, chain: list[Unit], patched: Mapping[RelPath, str]) -> None:
        (folder / "out").mkdir(parents=True)
        for number, text in enumerate(patched.values()):
            (folder / f"{number}.rs").write_bytes(text.encode())
        for unit in chain:
            if unit not in self._seeded:
                self._seeded.add(unit)
                self._take_sessions(unit)

    def _take_sessions(self, unit: Unit) -> None:
        """Copy what cargo has compiled of the unit's crate, so that the first candidate is compiled incrementally."""
        theirs = unit.codegen("incremental")
        if theirs:
            for crate in Path(theirs).glob(f"{unit.option('--crate-name')}-*"):
                copy_session(crate, self._sessions / crate.name)

    @property
    def _sessions(self) -> Path:
        return self._around.scratch / "incremental"

    async def _rustc(
        self,
        unit: Unit,
        folder: Path,
        patched: Mapping[RelPath, str],
        replaced: Mapping[str, str],
        settled_by: Callable[[Diagnostic], bool],
    ) -> list[Diagnostic] | None:
        """Compile one unit; what it says, up to the error that settles the matter. None: it could not run."""
        around = self._around
        argv = around.sandbox.wrap(
            _arguments(unit, folder / "out", self._sessions, replaced),
            writable=[folder / "out", self._sessions],
            cwd=around.root,
            over={around.root / file: folder / f"{number}.rs" for number, file in enumerate(patched)},
        )
        reader = MessageReader(around.project, around.root)
        head = _record_head(unit, around)
        found: list[Diagnostic] = []
        settled = False
        env = os.environ | dict(unit.env) | {"RUSTC_ICE": "0"}
        async with (
            asyncio.timeout(around.deadline_seconds),
            running(argv, cwd=around.root, env=env, limit=_LONGEST_LINE) as process,
        ):
            assert process.stderr is not None
            async for line in process.stderr:
                if not line.startswith(b"{"):
                    continue
                said = reader.feed(f"{head}{line.decode('utf-8', 'replace').rstrip()}}}")
                if isinstance(said, Diagnostic):
                    await asyncio.sleep(0)  # thousands may lie ready, and others want the loop, too
                    if not said.code and interrupted(said.message):
                        return None  # what a full disk makes it say is not about the code
                    found.append(said)
                    if settled_by(said):
                        settled = True
                        break
            if not settled:
                code = await process.wait()
                if code not in _ENDED or (code and not any(d.is_error for d in found)):
                    return None  # bubblewrap failed, or rustc did for a reason that is not in the code
        return found


def _result(found: list[Diagnostic], unit: Unit) -> CheckResult:
    """What has been said until the unit, as a check's result."""
    failed = {(d.package, d.target) for d in found if d.is_error}
    reached = frozenset({(unit.package, unit.target), *failed})
    names = frozenset(package for package, _ in reached)
    return CheckResult(CheckEnd.DONE, tuple(found), names, names, 0.0, reached=reached)


async def _remove(folder: Path, laid: asyncio.Future[None]) -> None:
    # A thread goes on when nobody waits for it any more, and would write behind the removal.
    await asyncio.wait([laid])
    await asyncio.to_thread(shutil.rmtree, folder, True)


def tidy(scratch: Path) -> None:
    """Remove the candidates that a killed process has left. Only before the first screen of a scratch folder."""
    for folder in scratch.glob(f"{_CANDIDATE}*"):
        shutil.rmtree(folder, ignore_errors=True)


class Settling:
    """Is it certain already, before the compiler has ended, that the verdict will be "breaks"?

    It is when the error itself has come again, as often as before, or when there is a new error of a phase that
    no repair can have unmasked. Each message is looked at once: there may be thousands.
    """

    def __init__(self, before: CheckResult, target: Identity) -> None:
        self._target = target
        self._old = Counter(d.identity for d in before.errors)
        self._new: Counter[Identity] = Counter()
        self._first = min((phase(d) for d in before.errors), default=0)

    def settled_by(self, said: Diagnostic) -> bool:
        """Does this message, after those before it, settle the matter?"""
        if not said.is_error:
            return False
        self._new[said.identity] += 1
        seen, known = self._new[said.identity], self._old[said.identity]
        if said.identity == self._target and seen >= known > 0:
            return True
        return seen > known and phase(said) <= self._first


def _arguments(unit: Unit, out: Path, sessions: Path, replaced: Mapping[str, str]) -> list[str]:
    """cargo's own arguments, writing elsewhere, and with the crates that were compiled anew.

    What kind of output is asked for stays, since a session of rustc is thrown away when that changes.
    """
    argv: list[str] = []
    words = iter(unit.argv)
    for word in words:
        if word == "--out-dir":
            next(words, None)
            argv += ["--out-dir", str(out)]
        elif word == "-C":
            value = next(words, "")
            argv += ["-C", f"incremental={sessions}" if value.startswith("incremental=") else value]
        elif word == "--extern":
            name, sign, path = next(words, "").partition("=")
            argv += ["--extern", f"{name}{sign}{replaced.get(path, path)}"]
        else:
            argv.append(word)
    if replaced:
        argv += ["-L", f"dependency={out}"]
    return argv


def _record_head(unit: Unit, around: Surroundings) -> str:
    """The beginning of a line as cargo would write it around rustc's message."""
    kind, _, name = unit.target.partition(" ")
    package = next(p for p in around.project.packages if p.name == unit.package)
    manifest = around.root / package.manifest.relative_to(around.project.root)
    target = {"kind": [kind], "name": name or unit.option("--crate-name"), "src_path": str(around.root / unit.source)}
    record = {"reason": "compiler-message", "package_id": package.id, "manifest_path": str(manifest), "target": target}
    return f'{json.dumps(record)[:-1]}, "message": '
