"""The days after a promotion: are the fixes of a set taken as often as the model's were before it?"""

from __future__ import annotations

from collections.abc import Iterable

from sleepy_core.model import Episode, Outcome, Source
from sleepy_core.night.promote import Acceptance, takes_back
from sleepy_core.store.coefficients import CoefficientSet, Status
from sleepy_core.store.database import Database

_BEFORE_SECONDS = 30 * 86400.0
_MOST = 2_000  # episodes that are looked at, the newest

_TAKEN = (Outcome.ACCEPTED, Outcome.CONFIRMED)
_REFUSED = (Outcome.DISMISSED, Outcome.REVERTED)


def acceptances(episodes: Iterable[Episode], id_: str, promoted: float) -> tuple[Acceptance, Acceptance]:
    """How the model's offers were answered in the month before a promotion, and the set's since then. Pure."""
    asked = [e for e in episodes if e.source is Source.MODEL]
    before = [e for e in asked if promoted - _BEFORE_SECONDS <= e.created < promoted and e.coefficients != id_]
    return _counted(before), _counted(e for e in asked if e.created >= promoted and e.coefficients == id_)


async def look_back(database: Database) -> tuple[tuple[CoefficientSet, str], ...]:
    """Roll back every current set of a repository that the rule in `promote` takes back; these, and why."""
    gone = []
    for set_ in await database.coefficient_sets(status=Status.CURRENT):
        if set_.repo is None:
            continue
        moves = await database.coefficient_moves(set_.id)
        promoted = max(move.moved for move in moves if move.status is Status.CURRENT)
        found = await database.episodes(repo=set_.repo, source=Source.MODEL, limit=_MOST)
        if why := takes_back(*acceptances(found, set_.id, promoted)):
            await database.rollback(set_.id, why)
            gone.append((set_, why))
    return tuple(gone)


def _counted(episodes: Iterable[Episode]) -> Acceptance:
    outcomes = [episode.outcome for episode in episodes]
    return Acceptance(sum(o in _TAKEN for o in outcomes), sum(o in _REFUSED for o in outcomes))
