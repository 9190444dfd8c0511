"""Write what is generated from code: docs/settings.md, docs/cli.md, docs/error-codes.md,
docs/koan-families.md and the store's schema.sql.

python scripts/write_docs.py            write them
python scripts/write_docs.py --check    exit 1, and say which, when one is not up to date
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
WIDTH = 100


def settings_page() -> str:
    """Every setting as a table, group by group."""
    from sleepy_core.settings import Settings

    lines = [
        "# Settings",
        "",
        "<!-- Written by scripts/write_docs.py from sleepy_core/settings.py. -->",
        "",
        "Set a value, the last of these wins: in `config.toml` (`sleepy doctor` says where it lies), in an",
        "environment variable, in the editor (`sleepy.engine.name` and so on), on the command line.",
        "Several editors share one daemon: what the last of them told counts, as a whole, and a setting that it names",
        "no more has its own value again; only `editor.diagnostics` is each editor's own.",
        "`sleepy settings` shows what is in force, and where it comes from. `SLEEPY_HOME` puts all of Sleepy",
        "Coder's files below one folder.",
        "",
        "```toml",
        "[engine]",
        'name = "ollama"    # or: SLEEPY_ENGINE__NAME=ollama',
        "```",
    ]
    for group, info in Settings.model_fields.items():
        kind: Any = type(info.default)
        lines += ["", f"## {group}", "", kind.__doc__, "", "| setting | default | what it does |", "|---|---|---|"]
        lines += [
            f"| `{group}.{name}` | `{json.dumps(field.default)}` | {_kinds(field.annotation)}{field.description} |"
            for name, field in kind.model_fields.items()
        ]
    return "\n".join(lines) + "\n"


def cli_page() -> str:
    """The help of every command."""
    lines = [
        "# Command line",
        "",
        "<!-- Written by scripts/write_docs.py from the help of each command. -->",
        "",
        "Every command exits with 0 when all is well, 1 for its own “no” (errors remain, not running), 2 for a",
        "mistake in its use or in the environment, and 130 after Ctrl-C. What is piped has neither colours nor",
        "tables; `NO_COLOR` turns colours off everywhere. `sleepy --install-completion` sets up your shell.",
    ]
    for path, text in _helps():
        lines += ["", f"{'#' * min(len(path) + 1, 3)} {' '.join(path)}", "", "```text", text.strip(), "```"]
    return "\n".join(lines) + "\n"


def schema() -> str:
    """The database's schema, as all migrations together make it."""
    from sleepy_core.store.migrations import migrate, schema_text

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sleepy.db"
        migrate(path)
        with closing(sqlite3.connect(path)) as db:
            return schema_text(db)


def codes_page() -> str:
    """Every error code, with the kinds of edits that answer it or why there is none."""
    from sleepy_core.propose.search.codes import page

    return page()


def families_page() -> str:
    """The families of koans that there are to be, and which are written."""
    from sleepy_koans.plan import page

    return page()


PAGES = {
    ROOT / "docs" / "settings.md": settings_page,
    ROOT / "docs" / "cli.md": cli_page,
    ROOT / "docs" / "error-codes.md": codes_page,
    ROOT / "docs" / "koan-families.md": families_page,
    ROOT / "sleepy" / "sleepy_core" / "store" / "schema.sql": schema,
}


def main() -> int:
    """Write or compare; the exit code."""
    old = [path for path, page in PAGES.items() if not path.exists() or path.read_text(encoding="utf-8") != page()]
    for path in old:
        if "--check" in sys.argv[1:]:
            print(f"{path.relative_to(ROOT)} is not up to date: run scripts/write_docs.py", file=sys.stderr)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(PAGES[path](), encoding="utf-8", newline="\n")
            print(f"wrote {path.relative_to(ROOT)}")
    return 1 if old and "--check" in sys.argv[1:] else 0


def _kinds(annotation: Any) -> str:
    """The choices of a setting that has a few named ones."""
    choices = [a for a in getattr(annotation, "__args__", ()) if isinstance(a, str)]
    return f"One of {', '.join(f'`{c}`' for c in choices)}. " if len(choices) > 1 else ""


def _helps() -> Iterator[tuple[tuple[str, ...], str]]:
    os.environ["SHELL"] = "/bin/sh"  # the help of --install-completion depends on the shell
    import typer

    from sleepy_server.cli import COMMANDS, app, load

    yield from _help(("sleepy",), typer.main.get_command(app), below=False)
    for row in COMMANDS:
        yield from _help(("sleepy", row.name), load(row), below=True)


def _help(path: tuple[str, ...], command: Any, *, below: bool) -> Iterator[tuple[tuple[str, ...], str]]:
    import typer

    context = typer.Context(command, info_name=" ".join(path), terminal_width=WIDTH, max_content_width=WIDTH)
    context.help_option_names = ["-h", "--help"]
    yield path, command.get_help(context)
    for name, child in getattr(command, "commands", {}).items() if below else ():
        if not child.hidden:
            yield from _help((*path, name), child, below=True)


if __name__ == "__main__":
    sys.exit(main())
