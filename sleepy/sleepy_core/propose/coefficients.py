"""Which coefficient set a question about a case goes to. Who knows the sets decides; the proposers only ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sleepy_core.engines.protocol import Engine
from sleepy_core.propose.case import Case


@dataclass(frozen=True, slots=True)
class Choice:
    """A set by its name, `""` for the bare model, and in a sentence why a set that should answer cannot."""

    name: str = ""
    problem: str = ""


Choose = Callable[[Engine, Case], Awaitable[Choice]]


async def bare(_engine: Engine, _case: Case) -> Choice:
    """Always the bare model."""
    return Choice()


def always(name: str) -> Choose:
    """One set for every case, whatever the repository."""

    async def choose(engine: Engine, case: Case) -> Choice:
        del engine, case
        return Choice(name)

    return choose
