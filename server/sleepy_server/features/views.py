"""Requests of the client's own views."""

from __future__ import annotations

from sleepy_core.errors import SleepyError
from sleepy_server.offers import offer_infos
from sleepy_server.protocol import LEARNED, OFFERS, LearnedParams, LearnedResult, OffersParams, OffersResult
from sleepy_server.session import Session

_NOTHING = "Nothing was learned here yet: no sleep of this repository has come to its end."


def register(session: Session) -> None:
    """Answer `sleepy/offers` and `sleepy/learned`."""

    @session.feature(OFFERS)
    def offers(ls: Session, params: OffersParams) -> OffersResult:
        document = ls.documents.get(params.uri)
        return OffersResult(list(offer_infos(ls, document)) if document else [])

    @session.feature(LEARNED)
    async def learned(ls: Session, params: LearnedParams) -> LearnedResult:
        from sleepy_core.night.learned import as_markdown

        for project in ls.projects_at(params.uri):
            try:
                found = await ls.app.learned(project.identity.id, params.night)
            except SleepyError as error:
                return LearnedResult(str(error))
            if found is not None:
                return LearnedResult(as_markdown(found), found.night, found.answers)
        return LearnedResult(_NOTHING)
