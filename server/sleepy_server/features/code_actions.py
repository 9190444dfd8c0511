"""The lightbulb: what is verified now, from memory, at once.

Under a diagnostic of ours, or of rust-analyzer's with the same code and an overlapping range, stand its
fixes, best first; then, where an error has none yet, "find a fix"; last what can be asked about the best.
"""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types

from sleepy_core.model import Diagnostic, Offer
from sleepy_server.convert import diagnostic_key, overlaps, promise, title
from sleepy_server.documents import Document
from sleepy_server.offers import Repairs, edit_of, repairs_of
from sleepy_server.protocol import DISMISS_FIX, EXPLAIN_FIX, FIND_FIX, FIX_ALL_KIND, SOURCE, FindFixArgs, OfferArgs
from sleepy_server.session import Session

_COMPILERS = {SOURCE, "rustc", "clippy", "rust-analyzer"}


def register(session: Session) -> None:
    """Answer textDocument/codeAction."""
    kinds = [types.CodeActionKind.QuickFix, FIX_ALL_KIND]

    # Not `async`: it is answered before the next message is read, whatever else is going on.
    @session.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=kinds))
    def code_action(ls: Session, params: types.CodeActionParams) -> list[types.CodeAction]:
        document = ls.documents.get(params.text_document.uri)
        if document is None or document.place is None:
            return []
        actions: list[types.CodeAction] = []
        if _asked(params.context.only, types.CodeActionKind.QuickFix.value):
            project, file = document.place
            project.look_at(file, document.now.places.ours(params.range.start).line)
            actions += quick_fixes(ls, document, params)
        if _asked(params.context.only, FIX_ALL_KIND):
            actions += fix_all(ls, document)
        return actions


def quick_fixes(session: Session, document: Document, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Fixes of what the request names, or touches."""
    given = params.context.diagnostics
    here = [
        (r, linked) for r in repairs_of(document) if (linked := _linked(r.diagnostic, r.range, given, params.range))[0]
    ]
    fixes: list[types.CodeAction] = []
    about: list[types.CodeAction] = []
    seen: dict[object, types.CodeAction] = {}
    for repairs, (_, diagnostics) in here:
        for offer in repairs.offers:
            same = seen.get(offer.proposal.patch)
            if same is not None:
                # One patch that repairs several errors is one action.
                same.diagnostics = [*(same.diagnostics or ()), *diagnostics] or None
                continue
            action = _fix(session, document, offer, diagnostics, preferred=offer is repairs.preferred)
            if action is not None:
                seen[offer.proposal.patch] = action
                fixes.append(action)
        about += _about(repairs.offers[0], diagnostics)
    fixes.sort(key=lambda action: not action.is_preferred)
    return [*fixes, *_find(session, document, params, [r for r, _ in here]), *(about if fixes else ())]


def fix_all(session: Session, document: Document) -> list[types.CodeAction]:
    """The verified composition of a file's preferred fixes, once it is prepared."""
    assert document.place is not None
    project, file = document.place
    offer = project.fix_all(file, document.now.digest)
    edit = edit_of(session, project, offer) if offer else None
    if offer is None or edit is None:
        return []
    name = f"Sleepy: fix all in this file: {offer.proposal.label} ({promise(offer)})"
    return [types.CodeAction(title=name, kind=FIX_ALL_KIND, edit=edit, data=offer.id)]


def _fix(
    session: Session, document: Document, offer: Offer, diagnostics: list[types.Diagnostic], *, preferred: bool
) -> types.CodeAction | None:
    assert document.place is not None
    edit = edit_of(session, document.place[0], offer)
    if edit is None:
        return None
    return types.CodeAction(
        title=title(offer),
        kind=types.CodeActionKind.QuickFix,
        diagnostics=diagnostics or None,
        is_preferred=preferred or None,
        edit=edit,
        data=offer.id,
    )


def _find(
    session: Session, document: Document, params: types.CodeActionParams, repaired: Iterable[Repairs]
) -> list[types.CodeAction]:
    """ "Find a fix" for the first error here that has none."""
    assert document.place is not None
    project, file = document.place
    given = params.context.diagnostics
    name = "Sleepy: find a fix"
    if project.text(file) == document.now.text:
        for error in project.open_errors(file):
            where = document.now.places.span(error.span)
            touched, diagnostics = _linked(error, where, given, params.range)
            if touched:
                return [_find_action(session, document, name, where.start, diagnostics)]
        return []
    # Typed since the last check: only the client knows where the errors are now.
    ranges = [r.range for r in repaired]
    for diagnostic in given:
        unknown = not any(overlaps(diagnostic.range, r) for r in ranges)
        if diagnostic.severity == types.DiagnosticSeverity.Error and diagnostic.source in _COMPILERS and unknown:
            return [_find_action(session, document, name, diagnostic.range.start, [diagnostic])]
    return []


def _find_action(
    session: Session, document: Document, name: str, position: types.Position, diagnostics: list[types.Diagnostic]
) -> types.CodeAction:
    # A client without views of ours has no other way to show what was found than to apply it: the user asked.
    argument = FindFixArgs(document.uri, position, apply=not session.options.views)
    return _command(name, FIND_FIX, argument, diagnostics)


def _about(offer: Offer, diagnostics: list[types.Diagnostic]) -> list[types.CodeAction]:
    label = offer.proposal.label
    return [
        _command(f"Sleepy: why this fix? ({label})", EXPLAIN_FIX, OfferArgs(offer.id), diagnostics),
        _command(f"Sleepy: dismiss this fix ({label})", DISMISS_FIX, OfferArgs(offer.id), diagnostics),
    ]


def _command(name: str, command: str, argument: object, diagnostics: list[types.Diagnostic]) -> types.CodeAction:
    return types.CodeAction(
        title=name,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=diagnostics or None,
        command=types.Command(title=name, command=command, arguments=[argument]),
    )


def _linked(
    diagnostic: Diagnostic, where: types.Range, given: Iterable[types.Diagnostic], asked: types.Range
) -> tuple[bool, list[types.Diagnostic]]:
    """Is this diagnostic asked about, and which of the client's diagnostics is it?"""
    key = diagnostic_key(diagnostic)
    linked = [d for d in given if _is_ours(d, key) or (d.code == diagnostic.code and overlaps(d.range, where))]
    return bool(linked) or overlaps(where, asked), linked


def _is_ours(diagnostic: types.Diagnostic, key: str) -> bool:
    return isinstance(diagnostic.data, dict) and diagnostic.data.get("key") == key


def _asked(only: Iterable[str] | None, kind: str) -> bool:
    """Does the client want this kind? Kinds are hierarchical (LSP 3.17, "CodeActionKind")."""
    if only is None:
        return True
    wanted = [getattr(o, "value", o) for o in only]
    return any(w == "" or kind == w or kind.startswith(f"{w}.") for w in wanted)
