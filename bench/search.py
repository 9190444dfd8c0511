"""Edit search on real crates: broken by our own faults (tests/faults), repaired as `sleepy fix` does.

Every case is repaired once with each configuration. Counted are: no error left, the crate's tests pass, the first
offer is the original text, candidates compiled, milliseconds to the first offer. The crates are split into those used
in development and those only measured. One JSON line a case and configuration is kept at once, so a run that was
stopped goes on where it was (`--run` names it; by default the sources do).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime
import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import structlog
from filelock import FileLock, Timeout

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from faults.cases import Case, load
from faults.crates import Crate, chosen, fetch
from figures import RESULTS, keep
from search_report import Result, figures, markdown, tables
from sleepy_core.engines.choose import choose_engine
from sleepy_core.engines.protocol import Engine
from sleepy_core.errors import SleepyError
from sleepy_core.fix import Report, repair
from sleepy_core.model import Diagnostic, Identity, Patch, Verdict
from sleepy_core.paths import cache_dir
from sleepy_core.propose.case import Proposer
from sleepy_core.propose.compiler import CompilerProposer
from sleepy_core.propose.lexer import code_texts
from sleepy_core.propose.model import ModelProposer
from sleepy_core.propose.search.likelihood import Likelihood
from sleepy_core.propose.search.search import SearchProposer
from sleepy_core.settings import Settings
from sleepy_core.text import apply_patch, digest, read_text
from sleepy_core.workbench import Workbench

SEED = 1
BUDGET = 120.0  # seconds for one case


class Bench(Workbench):
    """A workbench that counts what is compiled on it."""

    compiled = 0

    async def verify(self, patch: Patch, target: Identity) -> Verdict:
        self.compiled += 1
        return await super().verify(patch, target)

    async def screen(self, patch: Patch, error: Diagnostic) -> Verdict | None:
        self.compiled += 1
        return await super().screen(patch, error)


async def _no_habits(*_: str) -> Mapping[str, float]:
    return {}  # what is measured is the search, not the experience of a repository


@dataclass(frozen=True)
class Configuration:
    """Who is asked for repairs."""

    what: str
    cheap: Callable[[Bench, Engine | None], Sequence[Proposer]]
    ranked: bool = False  # a model rates what the search finds
    model: bool = False  # a model is asked for what is left

    @property
    def needs_engine(self) -> bool:
        return self.ranked or self.model


def _search(bench: Bench, _: Engine | None) -> Sequence[Proposer]:
    return (CompilerProposer(), SearchProposer(bench, _no_habits))


def _ranked(bench: Bench, engine: Engine | None) -> Sequence[Proposer]:
    async def find() -> Engine | None:
        return engine

    return (CompilerProposer(), SearchProposer(bench, _no_habits, Likelihood(find, bench.settings.engine).costs))


CONFIGURATIONS = {
    "suggestions": Configuration("the compiler's suggestions", lambda *_: (CompilerProposer(),)),
    "search": Configuration("+ edit search by cost", _search),
    "ranked": Configuration("+ a model's opinion of the edits", _ranked, ranked=True),
    "model": Configuration("+ a model for what is left", _search, model=True),
}


class Run:
    """One run: what was measured already, and where the rest is written."""

    def __init__(
        self, folder: Path, file: Path, settings: Settings, names: Sequence[str], engine: Engine | None
    ) -> None:
        self.results: dict[tuple[str, str], Result] = {}
        self._folder, self._file, self._settings, self._names = folder, file, settings, names
        self._engine = engine
        self._costly = (ModelProposer(engine, settings.engine),) if engine is not None else ()
        if file.exists():
            for line in file.read_text(encoding="utf-8").splitlines():
                self._note(Result(**json.loads(line)))

    def _note(self, result: Result) -> None:
        self.results[result.case, result.configuration] = result

    async def crate(self, crate: Crate, root: Path, cases: Sequence[Case]) -> None:
        """Measure what is left of a crate's cases, one after the other, on one warm workbench."""
        left = [(case, name) for case in cases for name in self._names if (case.id, name) not in self.results]
        if not left:
            return
        # What is broken is a copy: a run that is stopped leaves the crate as it was.
        root = await asyncio.to_thread(_copied, root, self._folder / "work" / crate.name)
        async with Bench.open(root / "Cargo.toml", self._settings, self._folder / "shadows") as bench:
            await bench.sync({})
            await bench.check()
            tested = await bench.test()
            testable = not tested.problem and not tested.errors
            if not testable:
                print(f"{crate.name}: its own tests fail, so they say nothing: {tested.problem}", file=sys.stderr)
            await self._case(bench, crate, root, *left[0], testable=False)  # warms the slots
            for case, name in left:
                result = await self._case(bench, crate, root, case, name, testable=testable)
                self._note(result)
                with self._file.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(result)) + "\n")
                print(_told(result), file=sys.stderr)

    async def _case(self, bench: Bench, crate: Crate, root: Path, case: Case, name: str, *, testable: bool) -> Result:
        """Break the crate, repair it with one configuration, test it, and put it back."""
        configuration = CONFIGURATIONS[name]
        original = case.original(root)
        _write(root, case.broken(root))
        bench.compiled = 0

        async def costly() -> Sequence[Proposer]:
            return self._costly if configuration.model else ()

        try:
            report = await repair(
                bench, configuration.cheap(bench, self._engine), costly, rounds=self._settings.fix.rounds, budget=BUDGET
            )
            compiled = bench.compiled
            after = original | {file: bench.texts[file] for file in original}
            equal = _same(after, original) and set(report.texts) <= set(original)
            green = not report.remaining and report.before > 0
            tests = None
            if testable and green:
                # The original text passes; that was tried.
                tests = equal or await _tests_pass(bench)
            return Result(
                case=case.id,
                crate=crate.name,
                held_out=crate.held_out,
                mutations=list(case.mutations),
                codes=list(case.codes),
                configuration=name,
                errors=report.before,
                left=[d.code for d in report.remaining],
                green=green,
                testable=testable,
                tests=tests,
                first_equal=_first_equal(report, original),
                equal=equal,
                compiled=compiled,
                first_ms=report.repairs[0].offer.ms if report.repairs else None,
                first_source=report.repairs[0].offer.proposal.source.value if report.repairs else "",
                first_kind=report.repairs[0].offer.proposal.kind if report.repairs else "",
                seconds=report.seconds,
                out_of_time=report.out_of_time,
            )
        finally:
            _write(root, original)


def _told(result: Result) -> str:
    """One line for whoever waits; of a held-out crate's case nothing that one could learn from."""
    if result.held_out:
        return f"{result.crate}: {result.configuration}: {result.seconds:.1f} s"
    done = "green" if result.green else f"left: {' '.join(code or 'syntax' for code in result.left)}"
    return f"{result.crate} {result.case} {' + '.join(result.mutations)}: {result.configuration}: {done}"


async def _tests_pass(bench: Bench) -> bool:
    result = await bench.test()
    return not result.problem and not result.errors


def _first_equal(report: Report, original: Mapping[str, str]) -> bool:
    """Does the first offer alone lead to the original?"""
    if not report.repairs:
        return False
    first = report.repairs[0]
    after = first.bases | apply_patch(first.bases, first.offer.proposal.patch)
    return set(after) == set(original) and _same(after, original)


def _same(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return all(code_texts(one[file]) == code_texts(text) for file, text in other.items())


def _copied(root: Path, to: Path) -> Path:
    shutil.rmtree(to, ignore_errors=True)
    return shutil.copytree(root, to)


def _write(root: Path, texts: Mapping[str, str]) -> None:
    for file, text in texts.items():
        (root / file).write_bytes(text.encode())


async def measure(arguments: argparse.Namespace, folder: Path) -> list[Result]:
    """All cases of the chosen crates with the chosen configurations."""
    crates = chosen(arguments.crates)
    roots = fetch(crates, folder / "crates")
    # Whether a model rates is the configuration's to say: without one that is given, none is asked.
    settings = Settings().with_changes({"check": {"deadline_seconds": BUDGET}, "search": {"rated": True}})
    names = arguments.config or ["suggestions", "search"]
    async with contextlib.AsyncExitStack() as stack:
        engine = None
        if any(CONFIGURATIONS[name].needs_engine for name in names):
            engine, why = await choose_engine(settings.engine)
            if engine is None:
                raise SystemExit(why)
            stack.push_async_callback(engine.aclose)
        for name in ("cases", "runs"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        run = Run(folder, folder / "runs" / f"{arguments.run}.jsonl", settings, names, engine)
        side_by_side = asyncio.Semaphore(arguments.jobs)
        wanted: set[str] = set()

        async def one(crate: Crate) -> None:
            async with side_by_side:
                cases = await asyncio.to_thread(
                    load, crate.name, crate.version, roots[crate.name], folder / "cases",
                    count=arguments.cases, seed=SEED,
                )  # fmt: skip
                wanted.update(case.id for case in cases)
                if arguments.make_only:
                    return
                try:
                    await run.crate(crate, roots[crate.name], cases)
                except SleepyError as error:
                    print(f"{crate.name} could not be measured to its end: {error}", file=sys.stderr)

        await asyncio.gather(*(one(crate) for crate in crates))
    return [result for (case, name), result in run.results.items() if case in wanted and name in names]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crates", default="dev", help="dev, held-out, all, or the name of one")
    parser.add_argument("--cases", type=int, default=20, help="cases of each crate")
    parser.add_argument("--config", action="append", choices=CONFIGURATIONS, help="default: suggestions, search")
    parser.add_argument("--jobs", type=int, default=1, help="crates side by side; times are honest with one only")
    parser.add_argument(
        "--run",
        default=_version(),
        help="name of the run to go on with; default: the commit and a digest of the sources",
    )
    parser.add_argument("--make-only", action="store_true", help="make the cases, and measure nothing")
    arguments = parser.parse_args()
    if not chosen(arguments.crates):
        parser.error(f"there is no crate {arguments.crates}; tests/faults/crates.py lists them")
    # What the engine's answers lacked is nothing to read here; stdout is for the figures.
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    folder = cache_dir() / "bench"
    os.environ["SLEEPY_HOME"] = str(folder / "home")  # nobody's own settings
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / "lock", timeout=0):
            results = asyncio.run(measure(arguments, folder))
    except Timeout:
        raise SystemExit(
            "another search bench is at work here; wait for it, or set SLEEPY_HOME to another folder"
        ) from None
    if not results:
        return 0
    found = figures(results)
    for figure in found:
        print(figure.line, flush=True)
    keep(found)
    whats = {name: configuration.what for name, configuration in CONFIGURATIONS.items()}
    name = f"search-{datetime.date.today().isoformat()}-{arguments.run}"
    told: dict[str, Any] = tables(results)
    (RESULTS / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    (RESULTS / f"{name}.md").write_text(markdown(told, whats), encoding="utf-8")
    return 0 if all(figure.ok for figure in found) else 1


def _version() -> str:
    """The commit and a name for the program's sources, committed or not: results of others are never taken for its."""
    root = RESULTS.parents[1]
    said = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=root, capture_output=True, text=True)
    sources = "".join(read_text(path) for path in sorted((root / "sleepy").rglob("*.py")))
    return f"{said.stdout.strip() or 'unnamed'}-{digest(sources)[:6]}"


if __name__ == "__main__":
    sys.exit(main())
