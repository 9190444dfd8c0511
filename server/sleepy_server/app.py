"""The only place where the parts are put together: database, engine, projects, and who has which open."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from sleepy_core.engines.protocol import Engine
from sleepy_core.errors import SleepyError
from sleepy_core.ledger import Ledger, Origin
from sleepy_core.model import Episode, Patch, RelPath
from sleepy_core.paths import data_dir
from sleepy_core.project import Project, relative
from sleepy_core.propose.case import Case, Proposer
from sleepy_core.propose.compiler import CompilerProposer
from sleepy_core.propose.recall import RecallProposer
from sleepy_core.repo.scan import nearest_manifest, scan, workspace_manifest
from sleepy_core.repo.shadow import clean_up
from sleepy_core.settings import Settings, cache_dir
from sleepy_core.store import shelf
from sleepy_core.store.coefficients import Status
from sleepy_core.store.database import Database, database_path
from sleepy_core.store.ids import new_id
from sleepy_core.workbench import Workbench
from sleepy_server.dashboard.events import Events

if TYPE_CHECKING:
    from sleepy_core.night.learned import Learned
    from sleepy_core.night.night import Night
    from sleepy_core.night.serving import Serving
    from sleepy_core.propose.coefficients import Choice
    from sleepy_server.schedule import Schedule

log = structlog.get_logger()

# A model server that was not there is asked for again after this many seconds.
ENGINE_RETRY_SECONDS = 15.0


@dataclass(slots=True)
class _Opened:
    """A project, who has it open, and how to close it."""

    project: Project
    stack: contextlib.AsyncExitStack
    clients: set[str] = field(default_factory=set)


class App:
    """What the sessions share."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self._own = settings  # without what any editor sets
        self._told: dict[str, dict[str, dict[str, Any]]] = {}  # client -> what it sets, the last one to tell last
        self.database = database
        self.run = new_id()
        self.events = Events()
        self.paused = False  # until somebody resumes, or the daemon ends
        self.last_key = time.monotonic()  # when somebody last typed in any window
        self.sleeping = ""  # what the sleep does, in one sentence; "" while there is none, or it stands still
        self.trained = ""  # what the last sleep gained, until there is another one
        self.promoted = ""  # the night that was promoted last, since the daemon's start
        self.schedule: Schedule | None = None  # while the daemon runs
        self.listeners: set[Callable[[], None]] = set()  # hear of it when one of these is new
        self._opened: dict[Path, _Opened] = {}
        self._opening = asyncio.Lock()
        self._workspaces: dict[Path, Path] = {}  # manifest -> its workspace's manifest
        self._problems: dict[str, tuple[str, ...]] = {}
        self._engine: Engine | None = None
        self._engine_problem = ""
        self._model_problem = ""  # the engine is there, but could not answer the last question
        self._engine_asked = float("-inf")
        self._engine_lock = asyncio.Lock()
        self._serving: Serving | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncIterator[App]:
        """Open the database; everything else opens when it is asked for. Raises `StoreError`."""
        async with Database.open(database_path()) as database:
            app = cls(settings, database)
            known = {set_.id for set_ in await database.coefficient_sets()}
            await asyncio.to_thread(shelf.sweep, known)
            try:
                yield app
            finally:
                for opened in tuple(app._opened.values()):
                    await opened.stack.aclose()
                if app._engine is not None:
                    await app._engine.aclose()

    # --- Projects --------------------------------------------------------------------------------

    async def attach(self, client: str, folders: Sequence[Path]) -> None:
        """Open every cargo project found in the folders, for a client."""
        found = await scan(folders, cargo=self.settings.check.cargo)
        self._problems[client] = found.problems
        for manifest in found.manifests:
            await self._open(client, manifest)

    async def detach(self, client: str) -> None:
        """A client leaves; projects that nobody else has open are closed."""
        self._problems.pop(client, None)
        self._told.pop(client, None)  # what it set stays until the next editor comes: an engine is kept warm meanwhile
        async with self._opening:
            for root, opened in tuple(self._opened.items()):
                opened.clients.discard(client)
                if not opened.clients:
                    del self._opened[root]
                    await opened.stack.aclose()

    async def project_for(self, client: str, file: Path) -> tuple[Project, RelPath] | None:
        """The project of a file, opened if need be, and the file's name in it; None outside of any package."""
        manifest = await asyncio.to_thread(nearest_manifest, file)
        if manifest is None:
            return None
        if (opened := self._holder(manifest)) is not None:
            opened.clients.add(client)
            name = relative(file, opened.project.root)
            return (opened.project, name) if name is not None else None
        if manifest not in self._workspaces:
            try:
                self._workspaces[manifest] = await workspace_manifest(manifest, cargo=self.settings.check.cargo)
            except SleepyError as error:
                self._note(client, str(error))
                return None
        project = await self._open(client, self._workspaces[manifest])
        name = relative(file, project.root) if project else None
        return (project, name) if project and name is not None else None

    def projects_of(self, client: str) -> tuple[Project, ...]:
        """The projects that a client has open."""
        return tuple(o.project for o in self._opened.values() if client in o.clients)

    @property
    def projects(self) -> tuple[Project, ...]:
        """All open projects."""
        return tuple(o.project for o in self._opened.values())

    def problems(self, client: str) -> tuple[str, ...]:
        """What a client should know: folders that could not be read, projects that could not be opened."""
        return self._problems.get(client, ())

    async def configure(self, client: str, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """Everything that an editor sets, in place of what it has set before.

        Of several editors the one that told last counts, as a whole; one that sets nothing leaves it to the others.
        Raises pydantic's ValidationError, or AttributeError for an unknown group; then all stays as it was.
        """
        told = {other: values for other, values in self._told.items() if other != client}
        if changes:
            told[client] = {group: dict(values) for group, values in changes.items()}
        settings = self._own.with_changes(next(reversed(told.values()), {}))
        self._told = told
        if settings == self.settings:
            return
        if settings.engine != self.settings.engine:
            await self._forget_engine()
        self.settings = settings
        for project in self.projects:
            project.configure(settings)

    def key(self) -> None:
        """Somebody has typed."""
        self.last_key = time.monotonic()
        if self.schedule is not None:
            self.schedule.key()

    def sleep_now(self) -> str:
        """Sleep, whatever the machine does. Says why not; "" where it falls asleep."""
        if self.schedule is None:
            return "Only the shared daemon sleeps, and it is not ready yet: try again in a moment."
        return self.schedule.sleep_now()

    async def untold(self, repo: str) -> Night | None:
        """A promoted night of a repository that is to be told of now: each once, to whoever asks first."""
        night = await asyncio.to_thread(_claim_untold, repo)
        set_ = await self.database.coefficient_set(night.id) if night is not None else None
        return night if set_ is not None and set_.status is Status.CURRENT else None

    async def learned(self, repo: str, night: str = "") -> Learned | None:
        """What a night has learned (by default a repository's latest); None without one. Raises `NightError`."""
        night = night or await asyncio.to_thread(_latest_night, repo)
        if not night:
            return None
        from sleepy_core.night.learned import learned

        return await learned(data_dir(), self.database, night)

    async def roll_back(self, repo: str, only: str = "") -> str:
        """Take back what a repository's sleeps have put in place last; what answers now, "" where nothing was learned.

        `only`: nothing but this set, if it answers. Raises `StoreError`.
        """
        current = await self.database.coefficient_sets(status=Status.CURRENT)
        for set_ in current:
            if set_.repo == repo and set_.family is None and only in ("", set_.id):
                before = await self.database.rollback(set_.id, "rolled back in the editor")
                self.trained = ""
                self.tell()
                return "What was learned before answers again." if before else "The model answers as it came."
        return ""

    def tell(self) -> None:
        """Tell every session that there is something new to show."""
        for listener in tuple(self.listeners):
            listener()

    def pause(self) -> None:
        """Check and search nothing until `resume`, in every project and for every client."""
        self.paused = True
        for project in self.projects:
            project.pause()

    def resume(self) -> None:
        """Go on with everything."""
        self.paused = False
        for project in self.projects:
            project.resume()

    def _holder(self, manifest: Path) -> _Opened | None:
        """The open project that has this package for a member: cargo need not be asked whose it is."""
        return next((o for o in self._opened.values() if manifest in o.project.manifests), None)

    async def _open(self, client: str, manifest: Path) -> Project | None:
        root = manifest.parent
        async with self._opening:
            opened = self._opened.get(root)
            if opened is None:
                stack = contextlib.AsyncExitStack()
                try:
                    project = await self._start(stack, manifest)
                except SleepyError as error:
                    await stack.aclose()
                    log.warning("project-not-opened", manifest=str(manifest), problem=str(error))
                    self._note(client, str(error))
                    return None
                opened = self._opened[root] = _Opened(project, stack)
            opened.clients.add(client)
            return opened.project

    async def _start(self, stack: contextlib.AsyncExitStack, manifest: Path) -> Project:
        cache = cache_dir() / "shadows"
        bench = await stack.enter_async_context(Workbench.open(manifest, self.settings, cache))
        await self.database.remember_repo(bench.repo, bench.cargo.root)
        ledger = Ledger(self.database, Origin(bench.repo, self.run))
        limit = int(self.settings.shadow.max_gigabytes * 1e9)
        in_use = [o.project.shadow_folder for o in self._opened.values()] + [bench.shadow.folder]
        await clean_up(cache, limit, in_use)

        async def costly() -> Sequence[Proposer]:
            engine = await self.engine()
            if engine is None:
                return ()
            ledger.origin = Origin(bench.repo, self.run, engine.name, engine.model)
            return self.model_proposers(engine)

        project = await stack.enter_async_context(Project.open(bench, ledger, self.cheap_proposers(bench), costly))
        if self.paused:
            project.pause()
        return project

    def _note(self, client: str, problem: str) -> None:
        if problem not in self._problems.get(client, ()):
            self._problems[client] = (*self._problems.get(client, ()), problem)

    # --- Proposers and the engine ------------------------------------------------------------------------------

    def cheap_proposers(self, bench: Workbench) -> tuple[Proposer, ...]:
        """The rungs that cost no model: the compiler's suggestions, earlier fixes, small edits."""
        # tree-sitter and the edit kinds are not needed before the first error.
        from sleepy_core.propose.search.habit import adjustment
        from sleepy_core.propose.search.likelihood import Likelihood
        from sleepy_core.propose.search.search import SearchProposer

        async def find(signature: str, repo: str) -> Sequence[Episode]:
            return await self.database.recall(signature, repo, limit=8)

        async def habits(repo: str, family: str) -> Mapping[str, float]:
            found = await self.database.habits(repo, family)
            return {habit.edit_kind: adjustment(habit.kept, habit.refused) for habit in found}

        async def rating(case: Case, patches: Sequence[Patch]) -> Sequence[float]:
            return await Likelihood(self.engine, self.settings.engine, self._choose).costs(case, patches)

        return (CompilerProposer(), RecallProposer(find), SearchProposer(bench, habits, rating))

    def model_proposers(self, engine: Engine) -> tuple[Proposer, ...]:
        """The rungs that ask the model."""
        from sleepy_core.propose.model import ModelProposer

        def said(problem: str) -> None:
            self._model_problem = problem

        return (ModelProposer(engine, self.settings.engine, self._choose, on_problem=said),)

    async def _choose(self, engine: Engine, case: Case) -> Choice:
        """The coefficient set that answers a case."""
        from sleepy_core.night.serving import Serving

        if self._serving is None:
            self._serving = Serving(self.database)
        return await self._serving.choose(engine, case)

    async def engine(self) -> Engine | None:
        """The model server in use; None where there is none, and `engine_problem` says why."""
        if self.settings.engine.name == "none":
            return None
        async with self._engine_lock:
            if self._engine is not None and await self._answers(self._engine):
                return self._engine
            if time.monotonic() - self._engine_asked < ENGINE_RETRY_SECONDS:
                return None
            self._engine_asked = time.monotonic()
            choose_engine = await asyncio.to_thread(_load_engines)
            self._engine, why = await choose_engine(self.settings.engine)
            self._engine_problem = why if self._engine is None else ""
            # One that was named in the settings is chosen whether it answers or not.
            return self._engine if self._engine is not None and await self._answers(self._engine) else None

    def engine_problem(self) -> str:
        """Why no model can be asked, or did not answer; "" while one does, or none has been asked for."""
        return self._engine_problem or self._model_problem

    async def _answers(self, engine: Engine) -> bool:
        """Can the engine be asked? One that cannot is given up, and `engine_problem` says why."""
        health = await engine.health()
        self._engine_problem = health.problem
        if not health.ok:
            self._engine = None
            await engine.aclose()
        return health.ok

    async def _forget_engine(self) -> None:
        async with self._engine_lock:
            engine, self._engine = self._engine, None
            self._engine_asked, self._engine_problem, self._model_problem = float("-inf"), "", ""
            if engine is not None:
                await engine.aclose()


def _claim_untold(repo: str) -> Night | None:
    from sleepy_core.night.night import first_to_tell, untold

    night = untold(data_dir(), repo)
    return night if night is not None and first_to_tell(data_dir(), night.id) else None


def _latest_night(repo: str) -> str:
    # In this thread, since it takes its time the first time.
    import sleepy_core.night.learned  # noqa: F401
    from sleepy_core.night.night import latest

    night = latest(data_dir(), repo)
    return night.id if night is not None else ""


def _load_engines() -> Any:
    """What asking a model needs: aiohttp alone takes longer than the loop may be held, or a start may take."""
    from sleepy_core.engines.choose import choose_engine

    return choose_engine
