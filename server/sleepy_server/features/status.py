"""`sleepy/status`: the full state, on change, at most ten times a second."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sleepy_server.protocol import STATUS, ProjectStatus, StatusParams, StatusPhase
from sleepy_server.session import Session, Watcher

if TYPE_CHECKING:
    from sleepy_core.project import Project

_INTERVAL_SECONDS = 0.1

# Of several projects the most telling state is shown.
_MOST_TELLING = (
    StatusPhase.PROBLEM,
    StatusPhase.CHECKING,
    StatusPhase.THINKING,
    StatusPhase.STARTING,
    StatusPhase.READY,
    StatusPhase.PAUSED,
    StatusPhase.WATCHING,
)

# Nothing else is going on in them: that it sleeps may be shown instead.
_AT_REST = (StatusPhase.WATCHING, StatusPhase.READY)


def register(session: Session) -> None:
    """Tell the client what is going on."""
    session.watchers.append(Reporter(session))


def overall(
    projects: Sequence[ProjectStatus],
    *,
    trusted: bool,
    starting: bool,
    paused: bool,
    problem: str,
    engine_problem: str,
    sleeping: str = "",
    trained: str = "",
) -> StatusParams:
    """One state out of those of all projects."""
    errors, fixes = sum(p.errors for p in projects), sum(p.fixes for p in projects)
    told = min(projects, key=lambda p: _rank(p.phase), default=None)
    if not trusted:
        phase, detail = StatusPhase.UNTRUSTED, "Trust this workspace, and Sleepy Coder starts."
    elif starting:
        phase, detail = StatusPhase.STARTING, ""
    elif problem:
        phase, detail = StatusPhase.PROBLEM, problem
    elif paused:
        phase, detail = StatusPhase.PAUSED, ""
    elif told is None:
        phase, detail = StatusPhase.WATCHING, ""
    else:
        phase, detail = StatusPhase(told.phase), told.detail
    if phase in _AT_REST and sleeping:
        phase, detail = StatusPhase.SLEEPING, sleeping
    elif phase is StatusPhase.WATCHING and trained:
        phase, detail = StatusPhase.TRAINED, trained
    elif phase is StatusPhase.WATCHING and engine_problem:
        # Only where there is nothing better to say: fixes from the compiler are offered without a model.
        phase, detail = StatusPhase.NO_MODEL, engine_problem
    return StatusParams(phase.value, detail, errors, fixes, engine_problem, list(projects))


class Reporter(Watcher):
    """Sends the state when it is another than before."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._sent: StatusParams | None = None
        self._busy = False

    def state_changed(self, project: Project) -> None:
        """Look again."""
        self.session_changed()

    def offers_changed(self, project: Project) -> None:
        """Look again."""
        self.session_changed()

    def session_changed(self) -> None:
        """Send the state now, or as soon as the last one is a tenth of a second old."""
        if not self._busy:
            self._busy = True
            self._session.spawn(self._report(), "status")

    async def _report(self) -> None:
        try:
            while (now := self._state()) != self._sent:
                self._sent = now
                self._session.protocol.notify(STATUS, now)
                await asyncio.sleep(_INTERVAL_SECONDS)
        finally:
            self._busy = False

    def _state(self) -> StatusParams:
        session = self._session
        projects = [
            ProjectStatus(str(p.root), p.state.phase.value, p.state.detail, p.state.errors, p.state.fixes)
            for p in session.projects
        ]
        engine = session.app.engine_problem()
        return overall(
            projects,
            trusted=session.trusted,
            starting=session.starting,
            paused=session.app.paused,
            problem=session.problem,
            engine_problem=engine,
            sleeping=session.app.sleeping,
            trained=session.app.trained,
        )


def _rank(phase: str) -> int:
    return _MOST_TELLING.index(StatusPhase(phase))
