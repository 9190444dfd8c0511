"""What can be done at a desk. Plans choose these; `tools` reads them from what a model says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from sleepy_core.model import Diagnostic, Proposal, RelPath, Verdict


@dataclass(frozen=True, slots=True)
class ApplyPatch:
    """Compile a change that is meant to repair one error; the plan says whether it is kept."""

    proposal: Proposal
    target: Diagnostic


@dataclass(frozen=True, slots=True)
class RunCheck:
    """Ask the compiler what is wrong."""


@dataclass(frozen=True, slots=True)
class RunTest:
    """Run the tests, in the sandbox."""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """Look at lines of a file, numbered from 1, `last` included."""

    file: RelPath
    first: int = 1
    last: int = 200


@dataclass(frozen=True, slots=True)
class Search:
    """Find lines that hold a text, in all files."""

    text: str


@dataclass(frozen=True, slots=True)
class Misread:
    """What was asked for is nothing that can be done; whoever asked is told why."""

    tool: str
    problem: str


Action: TypeAlias = ApplyPatch | RunCheck | RunTest | OpenFile | Search | Misread


@dataclass(frozen=True, slots=True)
class Turn:
    """An action, and what came of it, in words for whoever decides the next one."""

    action: Action
    answer: str
    seconds: float
    verdict: Verdict | None = None  # of a patch
