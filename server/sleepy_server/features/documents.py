"""Open, change, save, close: the texts go to the project that they belong to."""

from __future__ import annotations

from lsprotocol import types

from sleepy_server.session import Session


def register(session: Session) -> None:
    """Follow the client's documents."""

    @session.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def did_open(ls: Session, params: types.DidOpenTextDocumentParams) -> None:
        document = ls.documents.get(params.text_document.uri)
        if document is not None and not ls.starting:
            # While the folders are looked through the document waits: `open_projects` comes to it.
            await ls.locate(document)

    @session.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(ls: Session, params: types.DidChangeTextDocumentParams) -> None:
        ls.app.key()
        document = ls.documents.get(params.text_document.uri)
        if document is not None and document.place is not None:
            project, file = document.place
            project.set_buffer(ls.client, file, document.now.text)

    @session.feature(types.TEXT_DOCUMENT_DID_SAVE, types.SaveOptions(include_text=False))
    async def did_save(ls: Session, params: types.DidSaveTextDocumentParams) -> None:
        document = ls.documents.get(params.text_document.uri)
        if document is None:
            return
        # A manifest that was broken, or a file that belonged to no package, may be fine now.
        if document.place is None:
            await (ls.open_projects() if document.path.name == "Cargo.toml" else ls.locate(document))
        if document.place is not None:
            project, file = document.place
            project.saved(file)

    @session.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(ls: Session, params: types.DidCloseTextDocumentParams) -> None:
        document = ls.documents.close(params.text_document.uri)
        if document is not None and document.place is not None:
            project, file = document.place
            project.drop_buffer(ls.client, file)
            for watcher in ls.watchers:
                watcher.document_closed(document)
