"""`sleepy lsp`: what an editor starts."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def lsp(
    standalone: Annotated[
        bool, typer.Option("--standalone", help="Run everything in this one process, without a daemon.")
    ] = False,
    stdio: Annotated[bool, typer.Option("--stdio", hidden=True, help="Accepted because editors pass it.")] = True,  # noqa: ARG001
) -> None:
    """Speak the language server protocol on stdin and stdout, by the shared daemon."""
    if standalone:
        import asyncio

        code = asyncio.run(serve_standalone())
    else:
        from sleepy_server.join import join

        code = join()
    sys.stdout.flush()
    raise typer.Exit(code)


async def serve_standalone() -> int:
    """One app, one session, one process."""
    from sleepy_core.settings import load_settings
    from sleepy_server.app import App
    from sleepy_server.logs import open_stderr_log
    from sleepy_server.serve import StdoutWriter, serve_session, stdin_reader

    settings = load_settings()
    open_stderr_log(settings.daemon.log_level)
    writer = StdoutWriter()
    async with App.open(settings) as app:
        code = await serve_session(app, "editor", stdin_reader(), writer)
    writer.close()
    return code
