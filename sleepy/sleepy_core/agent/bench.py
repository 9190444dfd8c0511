"""What a desk needs of the project that is worked on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sleepy_core.model import CheckResult, Diagnostic, Identity, Patch, RelPath, Verdict
from sleepy_core.propose.case import Case


class Bench(Protocol):
    """A project that can be checked and changed; `sleepy_core.evaluate.koan_bench.KoanBench` is one."""

    @property
    def texts(self) -> Mapping[RelPath, str]:
        """The files as they are now."""
        ...

    async def check(self) -> CheckResult:
        """What the compiler says of them."""
        ...

    async def verify(self, patch: Patch, target: Identity) -> Verdict:
        """What it would say after a patch. Raises `PatchError`."""
        ...

    async def take(self, patch: Patch) -> None:
        """Make the change. Raises `PatchError`."""
        ...

    async def test(self) -> str:
        """Why the code does not do what it should, in one sentence; "" where it does."""
        ...

    def case(self, diagnostic: Diagnostic) -> Case:
        """One of the last check's errors as a question to proposers."""
        ...
