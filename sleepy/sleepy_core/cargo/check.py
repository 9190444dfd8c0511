"""One run of cargo on a shadow: started low, read as it speaks, stopped as a whole."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sleepy_core.cargo.failures import failed, interrupted, missing, no_folder, unstartable
from sleepy_core.cargo.messages import BuildFinished, MessageReader
from sleepy_core.cargo.units import Unit, UnitReader
from sleepy_core.model import CargoProject, CheckEnd, CheckResult, Diagnostic
from sleepy_core.processes import running
from sleepy_core.repo.sandbox import Sandbox
from sleepy_core.settings import CheckSettings

# A message with a whole file in it is one line.
_LONGEST_LINE = 64 * 2**20
_STDERR_KEPT = 64 * 2**10
# Reading a message takes about 10 ms a megabyte; from here on a thread does it.
_LONG_LINE = 2**19


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What to check, where, and how."""

    project: CargoProject
    root: Path  # the tree to run in: the shadow's or a slot's project root
    target_dir: Path
    packages: frozenset[str]  # empty: all members
    command: Literal["check", "clippy", "test"]
    settings: CheckSettings
    sandbox: Sandbox | None = None
    offline: bool = False
    over: Mapping[Path, Path] = field(default_factory=dict)  # with a sandbox: files seen in the place of others


def scope(project: CargoProject, names: frozenset[str]) -> frozenset[str]:
    """Packages as a request names them: members only, and none where it is all of them."""
    return frozenset() if names >= project.members else names & project.members


async def run_check(
    request: CheckRequest,
    on_diagnostic: Callable[[Diagnostic], None] | None = None,
    on_unit: Callable[[Unit], None] | None = None,
) -> CheckResult:
    """Run cargo, tell each message as it comes, and with `on_unit` each call of rustc, and say how it ended.

    Cancelling the task kills cargo and all that it started. Never raises for what cargo does.
    """
    start = time.monotonic()
    run = _Run(request, on_diagnostic, on_unit)
    try:
        async with asyncio.timeout(request.settings.deadline_seconds):
            end, problem = await run.to_the_end()
    except TimeoutError:
        end = CheckEnd.TIMEOUT
        problem = (
            f"cargo {request.command} took longer than {request.settings.deadline_seconds:.0f} s and was stopped"
            " (setting check.deadline_seconds)"
        )
    return CheckResult(
        end=end,
        diagnostics=tuple(run.diagnostics),
        packages=request.packages,
        built=frozenset(package for package, _ in run.reached),
        reached=run.reached,
        seconds=time.monotonic() - start,
        problem=problem,
    )


class _Run:
    """What one run has said so far."""

    def __init__(
        self,
        request: CheckRequest,
        on_diagnostic: Callable[[Diagnostic], None] | None,
        on_unit: Callable[[Unit], None] | None,
    ) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._request = request
        self._on_diagnostic = on_diagnostic
        self._on_unit = on_unit
        self._reader = MessageReader(request.project, request.root)
        self._success: bool | None = None
        self._interrupted = ""
        self._failed_tests: list[str] = []

    @property
    def reached(self) -> frozenset[tuple[str, str]]:
        return frozenset(self._reader.reached)

    async def to_the_end(self) -> tuple[CheckEnd, str]:
        request = self._request
        argv = arguments(request, tell_units=self._on_unit is not None)
        if request.sandbox is not None:
            argv = request.sandbox.wrap(argv, writable=[request.target_dir], cwd=request.root, over=request.over)
        try:
            async with running(argv, cwd=request.root, env=environment(request), limit=_LONGEST_LINE) as process:
                assert process.stdout is not None
                assert process.stderr is not None
                stderr = asyncio.create_task(self._read_stderr(process.stderr), name="cargo stderr")
                try:
                    async for line in _lines(process.stdout):
                        await self._take(line)
                    code = await process.wait()
                    printed = await stderr
                finally:
                    stderr.cancel()
        except (FileNotFoundError, NotADirectoryError):
            if not request.root.is_dir():
                return CheckEnd.FAILED, no_folder(request.root)
            return CheckEnd.FAILED, missing(request.settings.cargo)
        except OSError as error:
            return CheckEnd.FAILED, unstartable(request.settings.cargo, error)
        return self._ended(code, printed)

    async def _take(self, line: str) -> None:
        said = self._reader.feed(line) if len(line) < _LONG_LINE else await asyncio.to_thread(self._reader.feed, line)
        match said:
            case Diagnostic() as diagnostic if not diagnostic.code and (why := interrupted(diagnostic.message)):
                self._interrupted = why
            case Diagnostic() as diagnostic:
                self.diagnostics.append(diagnostic)
                if self._on_diagnostic is not None:
                    self._on_diagnostic(diagnostic)
            case BuildFinished(success):
                self._success = success
            case None:
                if found := _FAILED_TEST.match(line):
                    self._failed_tests.append(found[1])

    async def _read_stderr(self, stream: asyncio.StreamReader) -> str:
        """The end of what was printed, read all the way so that cargo never waits; without the calls of rustc."""
        units = UnitReader(self._request.project, self._request.root)
        kept = ""
        async for line in _lines(stream):
            unit, of_command = units.feed(line)
            if unit is not None and self._on_unit is not None:
                self._on_unit(unit)
            if not of_command:
                kept = (kept + line)[-_STDERR_KEPT:]
        return _SET_FOR_IT.sub(r"\1", kept)

    def _ended(self, code: int, printed: str) -> tuple[CheckEnd, str]:
        if why := self._interrupted or interrupted(printed):
            return CheckEnd.FAILED, why
        # Only cargo's last line says that nothing is missing before it.
        if self._success is not None and any(d.is_error for d in self.diagnostics):
            return CheckEnd.DONE, ""
        if self._failed_tests:
            names = ", ".join(self._failed_tests[:5])
            return CheckEnd.DONE, f"{len(self._failed_tests)} tests fail: {names}"
        if code == 0 and self._success:
            return CheckEnd.DONE, ""
        if self._success is not None and (foreign := self._reader.foreign_error):
            return CheckEnd.FAILED, f"a dependency does not compile: {_first_line(foreign)}"
        return CheckEnd.FAILED, failed(self._request.command, printed, code)


def arguments(request: CheckRequest, *, tell_units: bool = False) -> list[str]:
    """cargo's command line; with `tell_units` it prints how it calls rustc, with all that it sets for it."""
    settings = request.settings
    # Without --keep-going an error in one package hides those of its neighbours (stable since 1.74).
    going = "--no-fail-fast" if request.command == "test" else "--keep-going"
    argv = [settings.cargo, request.command, "--message-format=json", going]
    if tell_units:
        argv.append("-vv")
    if request.packages:
        versions = {p.name: p.version for p in request.project.packages}
        for name in sorted(request.packages):
            argv += ["-p", f"{name}@{versions[name]}" if name in versions else name]
    else:
        argv.append("--workspace")
    if settings.all_targets and request.command != "test":
        argv.append("--all-targets")
    if settings.features == "all":
        argv.append("--all-features")
    elif settings.features:
        argv.append(f"--features={','.join(settings.features)}")
    return argv


def environment(request: CheckRequest) -> dict[str, str]:
    """Our target folder, no colours, no questions, and with `offline` no network."""
    target = str(request.target_dir)
    env = os.environ | {
        "CARGO_TARGET_DIR": target,
        "CARGO_BUILD_BUILD_DIR": target,
        "CARGO_TERM_COLOR": "never",
        "CARGO_TERM_PROGRESS_WHEN": "never",
        "RUSTC_ICE": "0",  # no crash reports in the tree
        # A dependency behind a password is a failure to tell of, not a question to ask.
        "GIT_TERMINAL_PROMPT": "0",
        "SSH_ASKPASS_REQUIRE": "never",
    }
    if request.offline:
        env["CARGO_NET_OFFLINE"] = "true"
    return env


# With -vv a command that failed is shown with all of its environment.
_SET_FOR_IT = re.compile(r"(exit successfully: `)(?:[A-Za-z_]\w*=(?:'[^']*'|[^\s']\S*)? )+")
_FAILED_TEST = re.compile(r"test (\S+)(?: - [^.]*)? \.\.\. FAILED\s*$")


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else ""


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """Whole lines; one that is too long to keep is dropped, and reading goes on behind it."""
    while True:
        try:
            line = await stream.readuntil(b"\n")
        except asyncio.IncompleteReadError as end:
            if end.partial:
                yield end.partial.decode("utf-8", "replace")
            return
        except asyncio.LimitOverrunError as over:
            await stream.readexactly(max(over.consumed, 1))
            continue
        yield line.decode("utf-8", "replace")
