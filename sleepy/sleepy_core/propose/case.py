"""The one question that every proposer gets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sleepy_core.model import Attempt, CargoProject, Diagnostic, Proposal, RelPath, RepoIdentity, Source
from sleepy_core.propose.externs import Externs

_NO_PROJECT = CargoProject(Path(), (), Path())


@dataclass(frozen=True, slots=True)
class Case:
    """One error in its context: all that a proposer may know."""

    diagnostic: Diagnostic
    signature: str
    family: str
    errors: tuple[Diagnostic, ...]  # every error of the same check, this one included
    texts: Mapping[RelPath, str]  # the project's texts, as they were checked; reads lazily, KeyError if absent
    repo: RepoIdentity
    cargo: CargoProject = _NO_PROJECT  # its packages, for who asks what lies where
    externs: Externs | None = None  # the libraries of the crate that has the error, where they are known


class Proposer(Protocol):
    """One rung of the ladder."""

    @property
    def source(self) -> Source:
        """Who this is."""
        ...

    def propose(self, case: Case, tried: Sequence[Attempt]) -> AsyncIterator[Proposal]:
        """Patches, the most promising first. `tried` is what has been compiled for this case already.

        Never raises for a case that it cannot help: it yields nothing.
        """
        ...


# Proposers that cost something to make (an engine is looked for), asked for when the cheap ones are through.
Costly = Callable[[], Awaitable[Sequence[Proposer]]]
