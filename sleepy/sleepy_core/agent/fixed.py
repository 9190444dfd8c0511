"""The ladder as a plan: the same climb as in the daemon, with the desk to compile its candidates."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from sleepy_core.agent.actions import ApplyPatch, Turn
from sleepy_core.agent.desk import Desk
from sleepy_core.model import Diagnostic, Offer
from sleepy_core.propose.case import Proposer
from sleepy_core.propose.ladder import Climb
from sleepy_core.settings import FixSettings
from sleepy_core.verify import first_things


class FixedPlan:
    """Cheap rungs over all errors first, then the costly ones over what is left; after each repair from the start."""

    def __init__(self, stages: Sequence[Sequence[Proposer]], settings: FixSettings, rounds: int) -> None:
        """`stages` are the rungs, from the cheapest up, in groups; it gives up after so many `rounds` of repair."""
        self._stages = [stage for stage in stages if stage]
        self._settings = settings
        self._rounds = rounds
        self._waiting: deque[tuple[Sequence[Proposer], Diagnostic]] | None = None
        self._climb: Climb | None = None
        self._on: Diagnostic | None = None
        self._repaired = False

    async def next(self, desk: Desk) -> ApplyPatch | None:
        """The next candidate for the error at hand, or for the next error."""
        if self._repaired:
            await self.aclose()
            self._repaired = False
            self._rounds -= 1
            self._waiting = None
        if self._rounds <= 0:
            return None
        if self._waiting is None:
            errors = first_things(desk.errors)
            self._waiting = deque((stage, error) for stage in self._stages for error in errors)
        while True:
            if self._climb is None:
                if not self._waiting:
                    return None
                stage, self._on = self._waiting.popleft()
                self._climb = Climb(stage, desk.bench.case(self._on), self._settings, ahead=False)
            proposal = await self._climb.next()
            if proposal is not None:
                assert self._on is not None
                return ApplyPatch(proposal, self._on)
            await self.aclose()

    def told(self, turn: Turn) -> Offer | None:
        """The climb's own opinion of it."""
        assert isinstance(turn.action, ApplyPatch)
        assert turn.verdict is not None
        assert self._climb is not None
        offer = self._climb.told(turn.action.proposal, turn.verdict)
        self._repaired = offer is not None and not offer.proposal.weak
        return offer

    async def aclose(self) -> None:
        """End the climb."""
        climb, self._climb = self._climb, None
        if climb is not None:
            await climb.aclose()
