"""Who decides what is done next."""

from __future__ import annotations

from typing import Protocol

from sleepy_core.agent.actions import Action, Turn
from sleepy_core.agent.desk import Desk
from sleepy_core.model import Offer


class Plan(Protocol):
    """Decides, action by action; it does nothing by itself."""

    async def next(self, desk: Desk) -> Action | None:
        """What to do now; None where it gives up."""
        ...

    def told(self, turn: Turn) -> Offer | None:
        """What came of it; the offer where it is a repair. One that is not weak is kept."""
        ...

    async def aclose(self) -> None:
        """Let go of what it has open."""
        ...
