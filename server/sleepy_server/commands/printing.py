"""Tables, Markdown and diffs: drawn on a terminal, bare for other programs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.text import Text


def print_table(headers: Sequence[str], rows: Sequence[Sequence[str]], wide: str = "") -> None:
    """Show rows under headers; the column named `wide` gives way first where the terminal is narrow.

    Into a pipe every row is one line with its cells separated by tabs, without widths or colours, so
    that `cut -f` and `awk` can read it.
    """
    if not sys.stdout.isatty():
        for row in (headers, *rows):
            typer.echo("\t".join(" ".join(cell.split()) for cell in row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in headers:
        table.add_column(name, overflow="fold" if name == wide else "ellipsis", no_wrap=name != wide)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def print_pairs(pairs: Sequence[tuple[str, str]]) -> None:
    """Names with their values: aligned on a terminal, tab-separated otherwise."""
    width = max((len(name) for name, _ in pairs), default=0) if sys.stdout.isatty() else 0
    for name, value in pairs:
        typer.echo(f"{name:<{width}}  {value}" if width else f"{name}\t{value}")


def print_markdown(text: str) -> None:
    """Markdown: drawn on a terminal, as it is otherwise."""
    if not sys.stdout.isatty():
        typer.echo(text)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(text))


def print_diff(diff: str) -> None:
    """A unified diff: coloured on a terminal, otherwise exactly as it is, so that it can be applied."""
    if not sys.stdout.isatty():
        typer.echo(diff, nl=False)
        return
    from rich.console import Console

    Console(highlight=False, soft_wrap=True).print(diff_text(diff))


def diff_text(diff: str) -> Text:
    """A unified diff in colours, for a console of rich's; without the last line's end."""
    from rich.text import Text

    # Only the colours that every terminal has made readable on its own background, dark or light.
    styles = {"+": "green", "-": "red", "@": "cyan", "d": "bold"}
    text = Text()
    for line in diff.rstrip("\n").splitlines(keepends=True):
        head = line.startswith(("+++ ", "--- "))
        text.append(line, style="bold" if head else styles.get(line[:1], ""))
    return text
