"""`sleepy daemon`: the shared process, from the outside."""

from __future__ import annotations

import contextlib
import json
from typing import Annotated, Any

import typer

from sleepy_server.ipc import NotRunning, control, stop_daemon

app = typer.Typer(help="The shared process behind all editors.", no_args_is_help=True)

# So many of the longest holds are shown to people.
_HOLDS = 3

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command()
def run() -> None:
    """Be the daemon, in the foreground; editors start it by themselves."""
    from sleepy_server.daemon import be_daemon

    raise typer.Exit(be_daemon())


@app.command()
def start() -> None:
    """Start the daemon in the background, unless it runs."""
    from sleepy_server.join import ensure_daemon

    typer.echo(ensure_daemon())


@app.command()
def stop() -> None:
    """Stop the daemon; editors that are open will start it again."""
    try:
        told = stop_daemon()
    except NotRunning:
        typer.echo("The daemon is not running.")
        return
    editors = f"; {told['sessions']} editor(s) were connected" if told.get("sessions") else ""
    typer.echo(f"The daemon has stopped (process {told['pid']}{editors}).")


@app.command()
def restart() -> None:
    """Stop the daemon, if it runs, and start it again."""
    with contextlib.suppress(NotRunning):
        stop_daemon()
    start()


@app.command()
def pause() -> None:
    """Check, search and learn nothing until `resume`, in every window."""
    _direct("pause", "Paused.")


@app.command()
def resume() -> None:
    """Go on with everything."""
    _direct("resume", "Sleepy Coder goes on.")


@app.command("sleep-now")
def sleep_now() -> None:
    """Have the daemon sleep now; it stands still when somebody types. Exit 1 where it cannot."""
    _direct("sleep-now", "The daemon falls asleep.")


@app.command()
def status(as_json: AsJson = False) -> None:
    """Tell what the daemon is doing; exit 1 when it is not running."""
    try:
        told: dict[str, Any] = {"running": True} | control("status")
    except NotRunning:
        told = {"running": False}
    if as_json:
        typer.echo(json.dumps(told))
    elif not told["running"]:
        typer.echo("The daemon is not running.")
    else:
        _print(told)
    raise typer.Exit(0 if told["running"] else 1)


@app.command()
def logs(
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many of the last lines.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show the end of the daemon's log."""
    from sleepy_core.paths import log_dir

    path = log_dir() / "daemon.log"
    found: list[str] = []
    with contextlib.suppress(FileNotFoundError):
        found = path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
    if as_json:
        typer.echo(json.dumps({"path": str(path), "lines": found}))
        return
    typer.echo(f"{path}:")
    for line in found:
        typer.echo(line)


def _direct(command: str, done: str) -> None:
    told = control(command)
    typer.echo(done if told["ok"] else told["problem"])
    raise typer.Exit(0 if told["ok"] else 1)


def _print(told: dict[str, Any]) -> None:
    megabytes = told["memory_bytes"] / 1e6
    typer.echo(
        f"The daemon is running: process {told['pid']}, version {told['version']}, up {told['uptime_seconds']:.0f} s, "
        f"{megabytes:.0f} MB, {told['sessions']} editor(s)."
    )
    if told["holds"]:
        longest = "; ".join(f"{hold['ms']:.0f} ms by {hold['name']}" for hold in told["holds"][:_HOLDS])
        typer.echo(f"Longest that it kept everybody waiting: {longest}.")
    if told["engine_problem"]:
        typer.echo(f"No model: {told['engine_problem']}")
    for what, sentence in (("Asleep", told["sleeping"]), ("The last sleep", told["trained"])):
        if sentence:
            typer.echo(f"{what}: {sentence}")
    for project in told["projects"]:
        detail = f" ({project['detail']})" if project["detail"] else ""
        counts = f"{project['errors']} errors, {project['fixes']} with a fix"
        typer.echo(f"  {project['root']}: {project['phase']}{detail}, {counts}")
