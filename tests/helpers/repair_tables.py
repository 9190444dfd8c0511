"""Tables of broken programs with the repair that is meant, written as a diff.

    === drop-duplicate-derive E0119
    - #[derive(Clone, Debug)]
    + #[derive(Debug)]
      struct S;

is a kind of edit and an error code, then the lines of both programs: those with `-` are in the broken one only,
those with `+` in the meant one only.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One row of a table."""

    kind: str
    code: str
    broken: str
    meant: str

    def __str__(self) -> str:
        return f"{self.kind}-{self.code}"


def rows(table: str) -> list[Row]:
    """The rows of a table."""
    found = []
    for part in table.split("=== ")[1:]:
        head, *lines = part.rstrip("\n").split("\n")
        kind, code = head.split()
        broken = [line[2:] for line in lines if not line.startswith("+")]
        meant = [line[2:] for line in lines if not line.startswith("-")]
        found.append(Row(kind, code, "\n".join(broken) + "\n", "\n".join(meant) + "\n"))
    return found
