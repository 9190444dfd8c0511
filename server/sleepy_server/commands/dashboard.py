"""`sleepy dashboard`: open the page that shows what was learned."""

from __future__ import annotations

import json
import webbrowser
from typing import Annotated

import typer

from sleepy_core.errors import SleepyError
from sleepy_server.ipc import control


def dashboard(
    no_open: Annotated[bool, typer.Option("--no-open", help="Only print the link; it opens the page once.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, with the token that Prometheus sends to /metrics; open nothing.")
    ] = False,
) -> None:
    """Open a page with learning curves, gates, coefficients and episodes; only this user can see it."""
    from sleepy_server.join import ensure_daemon

    ensure_daemon()
    told = control("dashboard")
    if not told["ok"]:
        raise SleepyError(told["problem"])
    if as_json:
        typer.echo(json.dumps({name: told[name] for name in ("link", "address", "token")}))
        return
    typer.echo(told["link"])
    if not no_open and not webbrowser.open(told["link"]):
        typer.echo("No browser could be started: open the link by hand.", err=True)
