"""The command line: which commands there are. Each is imported only when it runs.

A new command is a function, or a `typer.Typer` with commands below it, in a module of its own under
`commands/`, and a row in `COMMANDS`. A test compares the rows with what the modules say themselves.

Exit codes of every command: 0 well, 1 the command's own "no", 2 usage or environment, 130 Ctrl-C.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from sleepy_core import __version__


@dataclass(frozen=True, slots=True)
class Row:
    """One command: its name, where it lies (`module:attribute`), and its help in one line."""

    name: str
    where: str
    help: str


COMMANDS = (
    Row(
        "fix",
        "sleepy_server.commands.fix:fix",
        "Find and verify repairs for a project's errors; exit 0 when none is left, 1 when some are.",
    ),
    Row(
        "lsp",
        "sleepy_server.commands.lsp:lsp",
        "Speak the language server protocol on stdin and stdout, by the shared daemon.",
    ),
    Row("daemon", "sleepy_server.commands.daemon:app", "The shared process behind all editors."),
    Row(
        "episodes",
        "sleepy_server.commands.episodes:app",
        "The fixes that were offered, taken, refused, or made by hand.",
    ),
    Row(
        "sleep",
        "sleepy_server.commands.sleep:sleep",
        "Learn from what was fixed since the last sleep; exit 0 when it made the fixes better, 1 when it did not.",
    ),
    Row("train", "sleepy_server.commands.train:app", "Train an adapter from examples."),
    Row(
        "stats",
        "sleepy_server.commands.episodes:stats",
        "Count episodes by outcome, source and family; acceptance, time to the first offer, tokens, habits.",
    ),
    Row(
        "demo",
        "sleepy_server.commands.demo:demo",
        "Repair a copy of a broken workspace as an editor would; exit 1 when nothing could be repaired.",
    ),
    Row(
        "coefficients",
        "sleepy_server.commands.coefficients:app",
        "What was learned from repositories and families of errors, version by version.",
    ),
    Row("share", "sleepy_server.commands.share:app", "Bases and adapters of the Share method."),
    Row("koans", "sleepy_server.commands.koans:app", "Small Rust programs with one fault each and a known repair."),
    Row(
        "run-day",
        "sleepy_server.commands.run_day:run_day",
        "Repair koans of the training split; each repair becomes an episode, confirmed by the koan's test.",
    ),
    Row(
        "eval",
        "sleepy_server.commands.eval:evaluate",
        "Repair tasks with a known answer, and count what is repaired; nothing of it is learned from.",
    ),
    Row(
        "cycle",
        "sleepy_server.commands.cycle:cycle",
        "Work for a day, sleep, measure, let the gate decide, draw; and again. The same command goes on after a kill.",
    ),
    Row(
        "plot",
        "sleepy_server.commands.plot:plot",
        "Draw pass rate, steps to green and repeat-error rate over cycles, families, and what is forgotten.",
    ),
    Row("bench", "sleepy_server.commands.bench:app", "Comparisons that take hours, and go on where they were stopped."),
    Row(
        "dashboard",
        "sleepy_server.commands.dashboard:dashboard",
        "Open a page with learning curves, gates, coefficients and episodes; only this user can see it.",
    ),
    Row("doctor", "sleepy_server.commands.doctor:doctor", "Check what Sleepy Coder needs, and say what to do."),
    Row(
        "settings",
        "sleepy_server.commands.settings:settings",
        "Show every setting, its value, and where it comes from.",
    ),
)


def load(row: Row) -> Any:
    """The command of a row, made from its module."""
    module, attribute = row.where.split(":")
    found = getattr(importlib.import_module(module), attribute)
    # Plain help: rich would take longer to import than the help takes to read.
    mount = typer.Typer(rich_markup_mode=None)
    if isinstance(found, typer.Typer):
        mount.add_typer(found, name=row.name)
    else:
        mount.command(row.name)(found)
    return typer.main.get_group(mount).commands[row.name]


class LazyGroup(TyperGroup):
    """Knows the names and the help of its commands, and imports one when it is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for row in COMMANDS:
            self.commands[row.name] = TyperCommand(row.name, help=row.help, rich_markup_mode=None)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that the arguments name, imported now."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, next((load(row) for row in COMMANDS if row.name == name), None), rest


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sleepy-coder {__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def sleepy(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """A local coding assistant for Rust: repairs that are known to compile."""
