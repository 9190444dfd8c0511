"""`sleepy/promoted`: each sleep that made fixes better is told of once, in one window that has its repository open."""

from __future__ import annotations

import asyncio

from lsprotocol import types

from sleepy_server.protocol import PROMOTED, PromotedParams
from sleepy_server.session import Session, Watcher

# A window that is opening has other things to do; whoever was away for a night can wait for two seconds.
_LATER_SECONDS = 2.0


def register(session: Session) -> None:
    """Tell the client what was learned."""
    session.watchers.append(Crier(session))


class Crier(Watcher):
    """Asks for news of a repository when it is opened, and after each sleep that was promoted."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._asked: set[tuple[str, str]] = set()

    def session_changed(self) -> None:
        """Look whether there is something new to ask for."""
        session = self._session
        for project in session.projects:
            about = (project.identity.id, session.app.promoted)
            if about not in self._asked:
                self._asked.add(about)
                session.spawn(self._tell(project.identity.id), "news")

    async def _tell(self, repo: str) -> None:
        await asyncio.sleep(_LATER_SECONDS)
        night = await self._session.app.untold(repo)
        if night is None:
            return
        told = night.settled.reason if night.settled else ""
        if self._session.options.views:
            self._session.protocol.notify(PROMOTED, PromotedParams(night.id, night.name, told))
        else:
            message = f"Sleepy learned ({night.name}): {told}. `sleepy coefficients show {night.id}` says what."
            self._session.window_show_message(types.ShowMessageParams(types.MessageType.Info, message))
