"""An app and a project with the interface of the real ones, steered by the test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sleepy_core.model import (
    Diagnostic,
    Edit,
    FilePatch,
    Identity,
    Level,
    Note,
    Offer,
    Patch,
    Position,
    Proposal,
    RelPath,
    RepoIdentity,
    Source,
    Span,
    Verdict,
    VerdictKind,
)
from sleepy_core.project import Phase, ProjectState
from sleepy_core.settings import Settings
from sleepy_core.text import digest

if TYPE_CHECKING:
    from sleepy_core.night.learned import Learned
    from sleepy_core.night.night import Night
    from sleepy_core.project import ProjectListener

LIB = "src/lib.rs"


def diagnostic(
    code: str,
    message: str,
    where: tuple[int, int, int],
    *,
    file: str = LIB,
    label: str | None = None,
    level: Level = Level.ERROR,
    spans: tuple[Span, ...] = (),
    notes: tuple[Note, ...] = (),
) -> Diagnostic:
    """A diagnostic at (line, first column, last column)."""
    line, start, end = where
    span = Span(file, Position(line, start), Position(line, end), label=label)
    return Diagnostic(code, level, message, file, span, "demo", "demo", (span, *spans), notes)


def offer(
    error: Diagnostic,
    text: str,
    edits: Sequence[Edit],
    kind: VerdictKind = VerdictKind.CLEAN,
    *,
    label: str = "borrow instead",
    remaining: int = 0,
    new: tuple[Identity, ...] = (),
    weak: bool = False,
    more: tuple[FilePatch, ...] = (),
) -> Offer:
    """An offer that edits the diagnostic's file (and more)."""
    patch = Patch((FilePatch(error.file, digest(text), tuple(edits)), *more))
    proposal = Proposal(patch, Source.COMPILER, label, why="the compiler says so", weak=weak)
    verdict = Verdict(kind, remaining, new=new, fixed=(error.identity,))
    return Offer(f"id-{label}", error, "sig", "family", proposal, verdict, 1, 12.5)


class FakeProject:
    """A project whose check and search are the test's own."""

    def __init__(self, root: Path, texts: Mapping[RelPath, str]) -> None:
        self.root = root
        self.identity = RepoIdentity("repo-1", root.name, None, "", None)
        self.state = ProjectState(Phase.WATCHING)
        self.checked = dict(texts)
        self.buffers: dict[tuple[str, RelPath], str] = {}
        self.saves: list[RelPath] = []
        self.rechecks = 0
        self.dismissed: list[tuple[str, str]] = []
        self.looked: list[tuple[RelPath, int]] = []
        self.found: asyncio.Future[Offer | None] | None = None
        self.searches: list[tuple[RelPath, Position]] = []
        self.composed: Offer | None = None
        self.standing: list[Offer] = []
        self.unrepaired: list[Diagnostic] = []
        self.listeners: list[ProjectListener] = []
        self._diagnostics: dict[RelPath, tuple[Diagnostic, ...]] = {}

    # --- steering

    def publish(self, *diagnostics: Diagnostic, texts: Mapping[RelPath, str] | None = None) -> None:
        """A check has ended with these; its texts are those of the buffers unless said otherwise."""
        self.checked |= {file: text for (_, file), text in self.buffers.items()} if texts is None else texts
        files = set(self._diagnostics) | {d.file for d in diagnostics}
        self._diagnostics = {f: tuple(d for d in diagnostics if d.file == f) for f in {d.file for d in diagnostics}}
        for listener in tuple(self.listeners):
            listener.diagnostics_changed(self, frozenset(files))  # type: ignore[arg-type]

    def enter(self, phase: Phase, detail: str = "", errors: int = 0, fixes: int = 0) -> None:
        """The project does something else now."""
        self.state = ProjectState(phase, detail, errors, fixes)
        for listener in tuple(self.listeners):
            listener.state_changed(self)  # type: ignore[arg-type]

    # --- the interface

    def listen(self, listener: ProjectListener) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def set_buffer(self, client: str, file: RelPath, text: str) -> None:
        self.buffers[client, file] = text

    def drop_buffer(self, client: str, file: RelPath) -> None:
        self.buffers.pop((client, file), None)

    def saved(self, file: RelPath) -> None:
        self.saves.append(file)

    def recheck(self) -> None:
        self.rechecks += 1

    def look_at(self, file: RelPath, line: int) -> None:
        self.looked.append((file, line))

    def diagnostics(self, file: RelPath) -> tuple[Diagnostic, ...]:
        return self._diagnostics.get(file, ())

    def files_with_diagnostics(self) -> frozenset[RelPath]:
        return frozenset(self._diagnostics)

    def text(self, file: RelPath) -> str | None:
        return self.checked.get(file)

    def offers(self, file: RelPath, text_digest: str) -> tuple[Offer, ...]:
        def stands(o: Offer) -> bool:
            return all(part.base == text_digest for part in o.proposal.patch.files if part.file == file)

        return tuple(o for o in self.standing if o.diagnostic.file == file and stands(o))

    def open_errors(self, file: RelPath) -> tuple[Diagnostic, ...]:
        return tuple(d for d in self.unrepaired if d.file == file)

    async def find_fix(self, file: RelPath, position: Position) -> Offer | None:
        self.searches.append((file, position))
        self.found = asyncio.get_running_loop().create_future()
        return await self.found

    def fix_all(self, file: RelPath, text_digest: str) -> Offer | None:
        return self.composed

    def offer(self, offer_id: str) -> Offer | None:
        return next((o for o in self.standing if o.id == offer_id), None)

    async def dismiss(self, offer_id: str, reason: str = "") -> None:
        self.dismissed.append((offer_id, reason))
        self.standing = [o for o in self.standing if o.id != offer_id]

    async def explain(self, offer_id: str) -> str:
        return f"# Why {offer_id}"


class FakeApp:
    """Projects by their roots; remembers who came and who left."""

    def __init__(self, *projects: FakeProject) -> None:
        self.settings = Settings()
        self.known = projects
        self.attached: dict[str, list[Path]] = {}
        self.left: list[str] = []
        self.configured: list[dict[str, Any]] = []
        self.paused = False
        self.sleeping = self.trained = self.promoted = ""
        self.keys = 0
        self.schedule: Any = None
        self.listeners: set[Callable[[], None]] = set()
        self.rolled_back: list[tuple[str, str]] = []
        self.untold_nights: list[Night] = []
        self.learned_nights: dict[str, Learned] = {}
        self.model_problem = ""
        self.told_problems: tuple[str, ...] = ()

    @property
    def projects(self) -> tuple[FakeProject, ...]:
        return self.known

    async def attach(self, client: str, folders: Sequence[Path]) -> None:
        await asyncio.sleep(0)
        self.attached.setdefault(client, []).extend(folders)

    async def detach(self, client: str) -> None:
        self.attached.pop(client, None)
        self.left.append(client)

    async def project_for(self, client: str, file: Path) -> tuple[FakeProject, RelPath] | None:
        await asyncio.sleep(0)
        for project in self.known:
            if file.is_relative_to(project.root):
                return project, file.relative_to(project.root).as_posix()
        return None

    def projects_of(self, client: str) -> tuple[FakeProject, ...]:
        folders = self.attached.get(client, [])
        return tuple(p for p in self.known if any(p.root.is_relative_to(folder) for folder in folders))

    def problems(self, client: str) -> tuple[str, ...]:
        return self.told_problems

    async def configure(self, client: str, changes: Mapping[str, Mapping[str, Any]]) -> None:
        self.configured.append({k: dict(v) for k, v in changes.items()})
        self.settings = Settings().with_changes({k: dict(v) for k, v in changes.items()})

    def key(self) -> None:
        self.keys += 1

    def sleep_now(self) -> str:
        return self.schedule.sleep_now() if self.schedule is not None else "it is not ready yet"

    async def untold(self, repo: str) -> Night | None:
        return next(
            (self.untold_nights.pop(n) for n, night in enumerate(self.untold_nights) if night.repo == repo), None
        )

    async def learned(self, repo: str, night: str = "") -> Learned | None:
        found = [one for one in self.learned_nights.values() if one.repo == repo and night in ("", one.night)]
        return found[-1] if found else None

    async def roll_back(self, repo: str, only: str = "") -> str:
        self.rolled_back.append((repo, only))
        return "The model answers as it came."

    def pause(self) -> None:
        self.paused = True
        for project in self.known:
            project.enter(Phase.PAUSED)

    def resume(self) -> None:
        self.paused = False
        for project in self.known:
            project.enter(Phase.WATCHING)

    def engine_problem(self) -> str:
        return self.model_problem
