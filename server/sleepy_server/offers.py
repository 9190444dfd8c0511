"""The fixes that stand for a client's present texts, in the forms that the features need. From memory only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.capabilities import get_capability

from sleepy_core.errors import PatchError
from sleepy_core.model import Diagnostic, FilePatch, Offer, RelPath
from sleepy_core.text import apply_patch, digest, unified_diff
from sleepy_server.convert import Places, diagnostic_key, title, workspace_edit
from sleepy_server.documents import Document, Snapshot, file_uri
from sleepy_server.protocol import OfferInfo
from sleepy_server.session import Session

if TYPE_CHECKING:
    from sleepy_core.project import Project


@dataclass(frozen=True, slots=True)
class Repairs:
    """One error and the fixes that stand for it, best first."""

    diagnostic: Diagnostic
    range: types.Range
    offers: tuple[Offer, ...]

    @property
    def preferred(self) -> Offer | None:
        """The one that may be taken without looking."""
        return next((o for o in self.offers[:1] if not o.proposal.weak), None)


def repairs_of(document: Document) -> list[Repairs]:
    """The errors of a document's present text that have fixes."""
    if document.place is None:
        return []
    project, file = document.place
    groups: dict[str, list[Offer]] = {}
    for offer in project.offers(file, document.now.digest):
        groups.setdefault(diagnostic_key(offer.diagnostic), []).append(offer)
    return [
        Repairs(group[0].diagnostic, document.now.places.span(group[0].diagnostic.span), tuple(group))
        for group in groups.values()
    ]


def edit_of(session: Session, project: Project, offer: Offer) -> types.WorkspaceEdit | None:
    """An offer as the editor applies it; None when a file is not the text that it was made for any more."""
    files = []
    for part in offer.proposal.patch.files:
        document = session.documents.at(project, part.file)
        snapshot = document.now if document else _closed(session, project, part)
        if snapshot is None or snapshot.digest != part.base:
            return None
        uri = document.uri if document else file_uri(project, part.file)
        places = snapshot.places if document else Places(snapshot.text, session.documents.encoding, hidden_bom=True)
        files.append((part, uri, places, snapshot.version))
    versioned = get_capability(session.client_capabilities, "workspace.workspace_edit.document_changes", False)
    return workspace_edit(files, versioned=bool(versioned))


def offer_infos(session: Session, document: Document) -> Iterator[OfferInfo]:
    """All fixes of a document, for a view."""
    for repairs in repairs_of(document):
        for offer in repairs.offers:
            info = offer_info(session, document, offer, preferred=offer is repairs.preferred)
            if info is not None:
                yield info


def offer_info(session: Session, document: Document, offer: Offer, *, preferred: bool) -> OfferInfo | None:
    """One fix for a view; None when it does not stand any more."""
    if document.place is None:
        return None
    project, _ = document.place
    edit = edit_of(session, project, offer)
    if edit is None:
        return None
    return OfferInfo(
        id=offer.id,
        title=title(offer),
        label=offer.proposal.label,
        message=offer.diagnostic.message,
        range=document.now.places.span(offer.diagnostic.span),
        source=offer.proposal.source.value,
        verdict=offer.verdict.kind.value,
        remaining=offer.verdict.remaining,
        diff=_diff(session, project, offer),
        attempts=offer.attempts,
        ms=round(offer.ms, 1),
        edit=edit,
        code=offer.diagnostic.code,
        preferred=preferred,
        weak=offer.proposal.weak,
        why=offer.proposal.why,
    )


def _closed(session: Session, project: Project, part: FilePatch) -> Snapshot | None:
    text = project.text(part.file)
    return None if text is None else Snapshot(text, None, session.documents.encoding)


def _diff(session: Session, project: Project, offer: Offer) -> str:
    patch = offer.proposal.patch
    before: dict[RelPath, str] = {}
    for part in patch.files:
        document = session.documents.at(project, part.file)
        text = document.now.text if document else project.text(part.file)
        if text is not None and digest(text) == part.base:
            before[part.file] = text
    try:
        return unified_diff(before, apply_patch(before, patch))
    except PatchError:
        return ""  # overtaken by a change of the text
