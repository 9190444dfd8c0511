"""From `initialize` to the end: options, folders, trust, configuration."""

from __future__ import annotations

from typing import Any

import structlog
from lsprotocol import types

from sleepy_server.documents import folder_paths
from sleepy_server.protocol import TRUST, InitOptions, TrustParams
from sleepy_server.session import Session

log = structlog.get_logger()


def register(session: Session) -> None:
    """Answer the messages that open and steer a session."""

    @session.feature(types.INITIALIZE)
    def initialize(ls: Session, params: types.InitializeParams) -> None:
        ls.began(params, read_options(ls, params.initialization_options))

    @session.feature(types.INITIALIZED)
    async def initialized(ls: Session, _params: types.InitializedParams) -> None:
        await ls.open_projects()

    @session.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    async def folders_changed(ls: Session, params: types.DidChangeWorkspaceFoldersParams) -> None:
        # Projects of a folder that was removed stay open until the session ends: another folder may hold them too.
        await ls.open_projects(folder_paths(params.event.added))

    @session.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configuration_changed(ls: Session, params: types.DidChangeConfigurationParams) -> None:
        given = params.settings
        groups = given.get("sleepy", given) if isinstance(given, dict) else None  # null: "ask me", which we do not
        if isinstance(groups, dict):
            await ls.set_settings({name: values for name, values in groups.items() if isinstance(values, dict)})

    @session.feature(TRUST)
    async def trust(ls: Session, params: TrustParams) -> None:
        if params.trusted and not ls.trusted:
            ls.trusted = True
            await ls.open_projects()
        elif ls.trusted and not params.trusted:
            await ls.withdraw_trust()


def read_options(session: Session, given: Any) -> InitOptions:
    """The client's options; what cannot be understood is logged, and the defaults count.

    An option that is not understood never means trust.
    """
    if not isinstance(given, dict):
        return InitOptions()
    try:
        return session.protocol._converter.structure(given, InitOptions)
    except Exception as error:
        log.warning("bad-initialization-options", given=repr(given)[:500], error=str(error))
        return InitOptions(trusted=given.get("trusted", True) is True)
