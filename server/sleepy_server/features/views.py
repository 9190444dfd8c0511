"""Requests of the client's own views."""

from __future__ import annotations

from sleepy_server.offers import offer_infos
from sleepy_server.protocol import OFFERS, OffersParams, OffersResult
from sleepy_server.session import Session


def register(session: Session) -> None:
    """Answer `sleepy/offers`."""

    @session.feature(OFFERS)
    def offers(ls: Session, params: OffersParams) -> OffersResult:
        document = ls.documents.get(params.uri)
        return OffersResult(list(offer_infos(ls, document)) if document else [])
