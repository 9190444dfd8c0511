"""What a user triggers: find a fix, dismiss it, have it explained, check again, fix all, pause, sleep, roll back."""

from __future__ import annotations

from lsprotocol import types

from sleepy_core.errors import SleepyError
from sleepy_server.features.progress import CancelledByUser, cancellable
from sleepy_server.offers import edit_of, offer_info
from sleepy_server.protocol import (
    DISMISS_FIX,
    EXPLAIN_FIX,
    FIND_FIX,
    FIX_ALL,
    PAUSE,
    RECHECK,
    RESUME,
    ROLL_BACK,
    SLEEP_NOW,
    Done,
    Explanation,
    FindFixArgs,
    FindFixResult,
    NoArgs,
    OfferArgs,
    RollBackArgs,
    UriArgs,
)
from sleepy_server.session import Session

_PAUSED = "Sleepy Coder is paused: nothing is checked until it is resumed."


def register(session: Session) -> None:
    """Answer workspace/executeCommand."""

    @session.command(FIND_FIX)
    async def find_fix(ls: Session, args: FindFixArgs) -> FindFixResult:
        result = await search(ls, args)
        if args.apply and not result.applied:
            _say(ls, result.message)
        return result

    @session.command(DISMISS_FIX)
    async def dismiss_fix(ls: Session, args: OfferArgs) -> Done:
        for project in ls.projects:
            if project.offer(args.offer_id) is not None:
                await project.dismiss(args.offer_id, args.reason)
                return Done(True, "This fix is not offered any more.")
        return Done(False, "This fix does not stand any more.")

    @session.command(EXPLAIN_FIX)
    async def explain_fix(ls: Session, args: OfferArgs) -> Explanation:
        for project in ls.projects:
            if project.offer(args.offer_id) is not None:
                markdown = await project.explain(args.offer_id)
                break
        else:
            markdown = "This fix does not stand any more: the code has changed since."
        if not ls.options.views:
            _say(ls, markdown)
        return Explanation(markdown)

    @session.command(RECHECK)
    async def recheck(ls: Session, args: UriArgs) -> Done:
        if ls.app.paused:
            return Done(False, _PAUSED)
        projects = ls.projects_at(args.uri)
        for project in projects:
            project.recheck()
        if not projects:
            return Done(False, "Nothing to check: no cargo package is open.")
        return Done(True, f"Checking {', '.join(p.root.name for p in projects)}.")

    @session.command(FIX_ALL)
    async def fix_all(ls: Session, args: UriArgs) -> Done:
        document = ls.documents.get(args.uri)
        if document is None or document.place is None:
            return Done(False, "This file does not belong to an open cargo package.")
        project, file = document.place
        offer = project.fix_all(file, document.now.digest)
        edit = edit_of(ls, project, offer) if offer else None
        if offer is None or edit is None:
            return Done(False, "There are no verified fixes for this file right now.")
        if not await _apply(ls, edit, offer.proposal.label):
            return Done(False, "The editor did not apply the edit.")
        return Done(True, f"Sleepy: {offer.proposal.label}.")

    @session.command(PAUSE)
    async def pause(ls: Session, _args: NoArgs) -> Done:
        ls.app.pause()
        return Done(True, _PAUSED)

    @session.command(RESUME)
    async def resume(ls: Session, _args: NoArgs) -> Done:
        ls.app.resume()
        return Done(True, "Sleepy Coder goes on.")

    @session.command(SLEEP_NOW)
    async def sleep_now(ls: Session, _args: NoArgs) -> Done:
        why = ls.app.sleep_now()
        return Done(not why, why or "Sleepy Coder falls asleep; it stands still when you type.")

    @session.command(ROLL_BACK)
    async def roll_back(ls: Session, args: RollBackArgs) -> Done:
        try:
            told = [await ls.app.roll_back(p.identity.id, args.night) for p in ls.projects_at(args.uri)]
        except SleepyError as error:
            return Done(False, str(error))
        done = [one for one in told if one]
        return Done(bool(done), " ".join(done) or "Nothing that was learned answers here.")


async def search(session: Session, args: FindFixArgs) -> FindFixResult:
    """Search a fix of the error at a place, with progress and cancel."""
    document = session.documents.get(args.uri)
    if not session.trusted:
        return FindFixResult("Nothing runs in a workspace that is not trusted.")
    if session.app.paused:
        return FindFixResult(_PAUSED)
    if document is None or document.place is None:
        return FindFixResult("This file does not belong to an open cargo package.")
    project, file = document.place
    position = document.now.places.ours(args.position)
    try:
        offer = await cancellable(session, "Sleepy: searching a fix", project.find_fix(file, position))
    except CancelledByUser:
        return FindFixResult("The search was cancelled.", cancelled=True)
    if offer is None:
        return FindFixResult(session.app.engine_problem() or "No verified fix was found for this error.")
    info = offer_info(session, document, offer, preferred=not offer.proposal.weak)
    if info is None:
        return FindFixResult("The code has changed during the search.")
    applied = args.apply and await _apply(session, info.edit, info.label)
    return FindFixResult(info.title, applied=applied, offer=info)


async def _apply(session: Session, edit: types.WorkspaceEdit, label: str) -> bool:
    params = types.ApplyWorkspaceEditParams(edit=edit, label=f"Sleepy: {label}")
    return (await session.workspace_apply_edit_async(params)).applied


def _say(session: Session, message: str) -> None:
    session.window_show_message(types.ShowMessageParams(types.MessageType.Info, message))
