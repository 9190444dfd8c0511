"""Which coefficient set answers for an error. Pure: the caller has asked the database."""

from __future__ import annotations

from collections.abc import Iterable

from sleepy_core.store.coefficients import CoefficientSet, Status

BARE = ""  # the name that the engines know the bare model by


def route(sets: Iterable[CoefficientSet], model: str, repo: str, family: str) -> str:
    """The id of the set that was trained for what is most like this, or `BARE`.

    In this order: for this family in this repository, for this repository, for this family anywhere, for everything.
    Only current sets of the same base model count: coefficients fit the model that they were trained on, and no other.
    """
    current = {(s.repo, s.family): s.id for s in sets if s.status is Status.CURRENT and s.model == model}
    places = ((repo, family), (repo, None), (None, family), (None, None))
    return next((current[place] for place in places if place in current), BARE)
