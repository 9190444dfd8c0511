"""What an edit kind is: one way to repair some errors by a small change.

A kind's function is pure: it looks at a `Site` and yields `Change`s, the likeliest first; whether they
compile is not its business. Kinds live in `edits/`, one module a subject, each with a table `KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sleepy_core.propose.search.site import Change, Site

# Costs, by what experience says of such edits: the lower, the earlier they are compiled.
SURE = 1.0  # hardly ever wrong where it compiles: make an item public, the nearest name
LIKELY = 2.0  # usually meant: borrow, convert, propagate
POSSIBLE = 3.0  # one of several ways: clone, reorder, change a signature
FAR = 4.0  # touches other places than the error's
WEAK = 10.0  # compiles easily and means little; shown last, labelled, never preferred


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the table."""

    name: str  # in lower case with hyphens; episodes are counted by it, so it stays what it is
    codes: frozenset[str]  # the error codes that it answers; "" stands for errors without a code
    cost: float
    find: Callable[[Site], Iterable[Change]]
    weak: bool = False


def kind(name: str, codes: str, cost: float, find: Callable[[Site], Iterable[Change]], *, weak: bool = False) -> Kind:
    """A row; `codes` are separated by spaces, `-` is for errors without a code."""
    return Kind(name, frozenset("" if code == "-" else code for code in codes.split()), cost, find, weak)
