"""Why a fix is offered, in short, on hovering over the error."""

from __future__ import annotations

from lsprotocol import types

from sleepy_server.convert import overlaps, promise
from sleepy_server.offers import repairs_of
from sleepy_server.session import Session


def register(session: Session) -> None:
    """Answer textDocument/hover."""

    @session.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(ls: Session, params: types.HoverParams) -> types.Hover | None:
        document = ls.documents.get(params.text_document.uri)
        if document is None:
            return None
        cursor = types.Range(params.position, params.position)
        for repairs in repairs_of(document):
            if overlaps(repairs.range, cursor):
                best = repairs.offers[0]
                who = f"Proposed by: {best.proposal.source.value}."
                lines = [f"**Sleepy:** {best.proposal.label} ({promise(best)})", best.proposal.why, who]
                value = "\n\n".join(line for line in lines if line)
                return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, value), repairs.range)
        return None
