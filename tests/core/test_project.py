from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from pathlib import Path

import pytest

from sleepy_core.human.witness import Witness
from sleepy_core.ledger import Ledger, Origin
from sleepy_core.model import (
    Attempt,
    Edit,
    FilePatch,
    Identity,
    Patch,
    Position,
    Proposal,
    RelPath,
    Source,
    Verdict,
    VerdictKind,
)
from sleepy_core.project import Phase, Project
from sleepy_core.propose.case import Case, Proposer
from sleepy_core.settings import Settings
from sleepy_core.store.database import Database
from sleepy_core.text import digest
from sleepy_core.workbench import Workbench

LIB = "src/lib.rs"
BROKEN = "pub fn one() -> u8 { true }\n"


@pytest.fixture
def crate(tmp_path: Path) -> Path:
    root = tmp_path / "crate"
    (root / "src").mkdir(parents=True)
    (root / "Cargo.toml").write_text('[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n')
    (root / LIB).write_text(BROKEN)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    return root


class Watched(Workbench):
    """A real workbench that says whether a candidate was being verified while the shadow was written."""

    verifying = False
    overlapped = False

    async def sync(
        self, overlay: Mapping[RelPath, str], changed: Collection[RelPath] | None = None
    ) -> frozenset[RelPath]:
        self.overlapped |= self.verifying
        return await super().sync(overlay, changed)

    async def verify(self, patch: Patch, target: Identity) -> Verdict:
        self.verifying = True
        try:
            await asyncio.sleep(30)
        finally:
            self.verifying = False
        return Verdict(VerdictKind.CLEAN, 0)


class OneIdea:
    """Proposes a number for the boolean."""

    source = Source.SEARCH

    async def propose(self, case: Case, tried: Sequence[Attempt]) -> AsyncIterator[Proposal]:
        text = case.texts[LIB]
        at = text.index("true")
        yield Proposal(Patch((FilePatch(LIB, digest(text), (Edit(at, at + 4, "1"),)),)), self.source, "write `1`")


async def nobody() -> Sequence[Proposer]:
    return ()


@pytest.mark.slow
async def test_while_paused_nothing_is_checked_or_searched_and_resuming_takes_up_what_has_changed(
    crate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path / "home"))
    async with (
        Database.open(tmp_path / "sleepy.db") as database,
        Watched.open(crate / "Cargo.toml", Settings(), tmp_path / "shadows") as bench,
    ):
        assert isinstance(bench, Watched)
        await database.remember_repo(bench.repo, crate)
        ledger = Ledger(database, Origin(bench.repo, "run"))
        async with asyncio.timeout(60), Project.open(bench, ledger, (OneIdea(),), nobody) as project:
            while not bench.verifying:
                await asyncio.sleep(0.01)
            project.pause()
            while project.state.phase is not Phase.PAUSED:
                await asyncio.sleep(0.01)
            assert not bench.verifying
            result = bench.result
            project.set_buffer("me", LIB, BROKEN.replace("true", "1"))
            project.saved(LIB)
            await asyncio.sleep(0.5)
            assert project.state.phase is Phase.PAUSED
            assert project.diagnostics(LIB)
            assert bench.result is result
            project.resume()
            while project.diagnostics(LIB):
                await asyncio.sleep(0.01)
            while project.state.phase is not Phase.WATCHING:
                await asyncio.sleep(0.01)


@pytest.mark.slow
async def test_the_search_has_stopped_before_the_shadow_changes_under_it(
    crate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the error of the old text is verified on the new one, and `x.clone().clone()` is offered."""
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path / "home"))
    async with (
        Database.open(tmp_path / "sleepy.db") as database,
        Watched.open(crate / "Cargo.toml", Settings(), tmp_path / "shadows") as bench,
    ):
        assert isinstance(bench, Watched)
        await database.remember_repo(bench.repo, crate)
        ledger = Ledger(database, Origin(bench.repo, "run"))
        async with asyncio.timeout(60), Project.open(bench, ledger, (OneIdea(),), nobody) as project:
            while not bench.verifying:
                await asyncio.sleep(0.01)
            project.set_buffer("me", LIB, BROKEN.replace("true", "1"))
            project.saved(LIB)
            while project.diagnostics(LIB):
                await asyncio.sleep(0.01)
            assert not bench.overlapped


@pytest.mark.slow
async def test_a_save_that_changes_nothing_while_a_check_is_being_noted_keeps_nobody_waiting(
    crate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path / "home"))
    noting, go_on = asyncio.Event(), asyncio.Event()

    async def noted(*_: object) -> None:
        noting.set()
        await go_on.wait()

    monkeypatch.setattr(Witness, "checked", noted)
    async with (
        Database.open(tmp_path / "sleepy.db") as database,
        Workbench.open(crate / "Cargo.toml", Settings(), tmp_path / "shadows") as bench,
    ):
        await database.remember_repo(bench.repo, crate)
        ledger = Ledger(database, Origin(bench.repo, "run"))
        async with asyncio.timeout(60), Project.open(bench, ledger, (OneIdea(),), nobody) as project:
            await noting.wait()
            project.saved(LIB)
            await asyncio.sleep(0.1)
            go_on.set()
            async with asyncio.timeout(20):
                offer = await project.find_fix(LIB, Position(0, BROKEN.index("true")))
            assert offer is not None
            assert offer.proposal.label == "write `1`"
