"""`sleepy demo`: the main job from end to end, on a copy of a broken workspace.

Everything is the real thing: the daemon, the language server protocol, cargo, the model that the settings name.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sleepy_core.errors import SleepyError
from sleepy_server.logs import open_stderr_log

if TYPE_CHECKING:
    from sleepy_core.model import CheckResult, Episode
    from sleepy_server.client import Editor, Fix

# In an editable install the package lies in <checkout>/server/sleepy_server/commands.
_FIXTURE = Path(__file__).parents[3] / "tests" / "fixtures" / "orchard"

_MOST_FIXES = 200  # a workspace that is not done by then is going in circles
_FIRST_SECONDS = 300.0  # until the first check is through: it may have to build dependencies
_DRAIN_SECONDS = 15.0
# A demonstration is watched: an error without a repair should not hold it up for the usual minute.
_SEARCH_SECONDS = "15"


@dataclass(slots=True)
class Story:
    """What happened."""

    workspace: str
    engine: str = ""
    errors_before: int = 0  # in the first check; repairs bring to light what they hid
    errors_seen: int = 0
    errors_after: int = 0
    tests: str = ""  # "green", or what cargo test says
    seconds: float = 0.0
    fixes: list[dict[str, Any]] = field(default_factory=list)
    remaining: list[dict[str, Any]] = field(default_factory=list)
    episodes: list[dict[str, Any]] = field(default_factory=list)


def demo(
    workspace: Annotated[
        Path | None, typer.Option(help="A cargo workspace to copy and repair, instead of the one in the checkout.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=10, help="Stop asking for fixes after so long.")] = 480,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Repair a copy of a broken workspace as an editor would; exit 1 when nothing could be repaired."""
    open_stderr_log("error")
    source = (workspace or _FIXTURE).resolve()
    if not (source / "Cargo.toml").is_file():
        where = "no cargo workspace" if workspace else "the demo's workspace is only in a source checkout, not"
        raise SleepyError(f"{where} at {source}; name one with --workspace")
    with tempfile.TemporaryDirectory(prefix="sleepy-demo-", ignore_cleanup_errors=True) as scratch:
        os.environ["SLEEPY_HOME"] = str(Path(scratch).resolve() / "home")
        os.environ.setdefault("SLEEPY_FIX__BUDGET_SECONDS", _SEARCH_SECONDS)
        story = asyncio.run(_play(source, Path(scratch).resolve(), seconds, quiet=as_json))
    if as_json:
        typer.echo(json.dumps(asdict(story), ensure_ascii=False))
    worked = bool(story.fixes) or not story.errors_seen
    raise typer.Exit(0 if worked else 1)


async def _play(source: Path, scratch: Path, seconds: float, *, quiet: bool) -> Story:
    from sleepy_server.client import Editor

    begun = time.monotonic()
    stage = Stage(quiet)
    root = scratch / source.name
    await asyncio.to_thread(_copy, source, root)
    story = Story(str(source))
    stage.say(f"A copy of {source} lies in {root}. Starting the daemon and an editor without a screen.")
    try:
        async with Editor.open(root, os.environ) as editor:
            await _repair(editor, story, stage, begun + seconds)
            await _drain(editor, stage)
    finally:
        await asyncio.to_thread(_stop_daemon)
    with stage.waiting(lambda: "cargo check and cargo test, in the copy"):
        result = await _judge(root, scratch / "target")
    story.tests = "green" if not result.errors and not result.problem else result.problem or "not run: errors remain"
    # Once for each place: see `Editor.errors`.
    left = {(d.file, d.span.start.line + 1, d.code): d.message for d in result.errors}
    story.remaining = [{"file": file, "line": line, "code": c, "message": m} for (file, line, c), m in left.items()]
    story.errors_after = len(story.remaining)
    episodes = await _episodes()
    story.episodes = [
        {"id": e.id, "code": e.code, "file": e.file, "source": e.source, "outcome": e.outcome, "label": e.label}
        for e in episodes
    ]
    story.engine = next((f"{e.engine} {e.model}".strip() for e in episodes if e.engine), "")
    story.seconds = round(time.monotonic() - begun, 1)
    stage.ending(story)
    return story


async def _repair(editor: Editor, story: Story, stage: Stage, until: float) -> None:
    """Take preferred fixes until there is none left, or the time is up."""
    first = time.monotonic() + _FIRST_SECONDS
    searched = False  # has the server been asked about every error, since the last fix?
    with stage.waiting(lambda: f"{editor.phase} {editor.detail}".strip()):
        while len(story.fixes) < _MOST_FIXES and time.monotonic() < until:
            editor.open_documents()
            fix = await editor.preferred_fix()
            if fix is not None:
                story.errors_before = story.errors_before or len(editor.seen)
                editor.apply(fix)
                story.fixes.append(_told(fix))
                searched = False
                stage.show(len(story.fixes), fix)
            elif editor.settled:
                if editor.phase == "problem":
                    raise SleepyError(editor.detail)
                if searched:
                    break
                await editor.search()
                searched = True
            elif not editor.seen and time.monotonic() > first:
                raise SleepyError(f"no check was finished within {_FIRST_SECONDS:.0f} s ({editor.phase})")
            else:
                await editor.news(0.6)
    story.errors_seen = len(editor.seen)
    story.errors_before = story.errors_before or story.errors_seen
    if editor.engine_problem:
        stage.say(f"No model was asked: {editor.engine_problem}")


async def _drain(editor: Editor, stage: Stage) -> None:
    """Wait until the last repair is confirmed by a check, so that its episode is closed."""
    until = time.monotonic() + _DRAIN_SECONDS
    with stage.waiting(lambda: "the last check"):
        while not editor.settled and time.monotonic() < until:
            await editor.news(0.2)


async def _judge(root: Path, target: Path) -> CheckResult:
    """What cargo itself says of the repaired copy: all errors, or without any the tests' result."""
    from sleepy_core.cargo.check import CheckRequest, run_check
    from sleepy_core.cargo.metadata import load_project
    from sleepy_core.settings import Settings

    settings = Settings().check
    project = await load_project(root / "Cargo.toml", cargo=settings.cargo)
    check = CheckRequest(project, root, target, frozenset(), "check", settings)
    result = await run_check(check)
    return result if result.errors or result.problem else await run_check(replace(check, command="test"))


async def _episodes() -> tuple[Episode, ...]:
    from sleepy_core.store.database import Database, database_path

    async with Database.open(database_path()) as database:
        return tuple(reversed(await database.episodes()))


def _copy(source: Path, root: Path) -> None:
    """Copy a workspace and commit it, so that it has an identity and its repairs are a diff."""
    from git import Actor, Repo

    shutil.copytree(source, root, ignore=shutil.ignore_patterns("target", ".git"), symlinks=True)
    with Repo.init(root) as repo:
        repo.git.add(all=True)
        who = Actor("Sleepy Coder", "demo@localhost")
        repo.index.commit("As it was", author=who, committer=who)


def _stop_daemon() -> None:
    from sleepy_server.ipc import NotRunning, stop_daemon

    with contextlib.suppress(NotRunning):
        stop_daemon()


def _told(fix: Fix) -> dict[str, Any]:
    return {
        name: getattr(fix, name)
        for name in ("file", "line", "code", "message", "title", "source", "verdict", "attempts", "ms", "diff")
    }


class Stage:
    """What the audience sees: all of it on standard output, in colour on a terminal."""

    def __init__(self, quiet: bool) -> None:
        from rich.console import Console

        self._console = Console(quiet=quiet, highlight=False, soft_wrap=True)
        self._live = not quiet and sys.stdout.isatty()

    def say(self, text: str) -> None:
        """A sentence."""
        self._console.print(text, markup=False)

    def show(self, number: int, fix: Fix) -> None:
        """One fix, as it was taken."""
        from rich.text import Text

        from sleepy_server.commands.printing import diff_text

        self._console.print()
        self._console.print(Text(f"{number}. {fix.code or 'error'} {fix.file}:{fix.line}  {fix.message}", "bold"))
        tried = f"{fix.attempts} tried" if fix.attempts != 1 else "first try"
        self._console.print(
            f"   {fix.title}\n   proposed by: {fix.source}; verdict: {fix.verdict}; {tried}, {fix.ms:.0f} ms",
            markup=False,
        )
        self._console.print(diff_text(fix.diff))

    @contextlib.contextmanager
    def waiting(self, doing: Callable[[], str]) -> Iterator[None]:
        """A line that tells what is waited for, while there is a terminal to tell it on."""
        if not self._live:
            yield
            return
        from rich.markup import escape

        with self._console.status(escape(doing())) as status:

            async def follow() -> None:
                while True:
                    status.update(escape(doing()))
                    await asyncio.sleep(0.1)

            task = asyncio.get_running_loop().create_task(follow(), name="progress")
            try:
                yield
            finally:
                task.cancel()

    def ending(self, story: Story) -> None:
        """The episodes, what is left, and the sum of it."""
        from sleepy_server.commands.printing import print_table

        if self._console.quiet:
            return
        self.say("\nEpisodes written:")
        rows = [(str(e["outcome"]), str(e["source"]), e["code"], e["file"], e["label"]) for e in story.episodes]
        print_table(("outcome", "source", "code", "file", "label"), rows, wide="label")
        if story.remaining:
            self.say("\nLeft, without a fix that compiles:")
            for e in story.remaining:
                self.say(f"  {e['code'] or 'error'} {e['file']}:{e['line']}  {e['message']}")
        self.say(
            f"\n{story.errors_before} errors at first, {story.errors_seen} in all (repairs bring to light what errors"
            f" hid); {len(story.fixes)} fixes taken, {story.errors_after} errors left; cargo test: {story.tests}."
            f" {story.seconds:.1f} s" + (f", with {story.engine}." if story.engine else ".")
        )
