"""Fixes made by hand, with a real cargo, a real git and a real database."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from helpers.episodes import an_episode
from sleepy_core.human import memory
from sleepy_core.human.witness import DELETED, GIVEN_UP
from sleepy_core.ledger import Ledger, Origin
from sleepy_core.model import Attempt, Edit, Episode, FilePatch, Outcome, Patch, Proposal, Source
from sleepy_core.project import Project
from sleepy_core.propose.case import Case, Proposer
from sleepy_core.propose.recall import RecallProposer
from sleepy_core.settings import Settings
from sleepy_core.store.database import Database
from sleepy_core.text import apply_edits, digest
from sleepy_core.workbench import Workbench

pytestmark = pytest.mark.slow

FIXTURES = Path(__file__).parents[2] / "fixtures"
LIB = "src/lib.rs"
BOOL = "pub fn one() -> u8 { true }\n"
ONE = "pub fn one() -> u8 { 1 }\n"


class OneIdea:
    """Proposes a number for the boolean, in a wider type."""

    source = Source.SEARCH

    async def propose(self, case: Case, tried: Sequence[Attempt]) -> AsyncIterator[Proposal]:
        text = case.texts[LIB]
        if "u8 { true }" in text:
            at = text.index("u8 { true }")
            edit = Edit(at, at + len("u8 { true }"), "u16 { 1 }")
            yield Proposal(Patch((FilePatch(LIB, digest(text), (edit,)),)), self.source, "write `1`")


class SlowIdea:
    """Thinks about every error until it may go on, and has no idea."""

    source = Source.SEARCH

    def __init__(self) -> None:
        self.asked = 0
        self.go_on = asyncio.Event()

    async def propose(self, case: Case, tried: Sequence[Attempt]) -> AsyncIterator[Proposal]:
        self.asked += 1
        await self.go_on.wait()
        for proposal in ():
            yield proposal


class Desk:
    """A small crate, and what a developer does in it."""

    def __init__(self, root: Path, home: Path) -> None:
        self.root = root
        self.home = home
        self.project: Project
        self.bench: Workbench
        self.database: Database
        self.proposers: tuple[Proposer, ...] = ()

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """The daemon is there."""
        async with (
            Database.open(self.home / "sleepy.db") as self.database,
            Workbench.open(self.root / "Cargo.toml", Settings(), self.home / "shadows") as self.bench,
        ):
            await self.database.remember_repo(self.bench.repo, self.root)
            ledger = Ledger(self.database, Origin(self.bench.repo, "run"))
            async with asyncio.timeout(60), Project.open(self.bench, ledger, self.proposers, _nobody) as self.project:
                yield

    def write(self, *texts: str, file: str = LIB) -> None:
        (self.root / file).parent.mkdir(parents=True, exist_ok=True)
        (self.root / file).write_text("".join(texts))

    def git(self, *arguments: str) -> None:
        identity = ("-c", "user.name=me", "-c", "user.email=me@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True)

    def type(self, *texts: str) -> None:
        """Unsaved."""
        self.project.set_buffer("me", LIB, "".join(texts))

    async def until(self, errors: int) -> None:
        """Wait until a check of the present texts says that there are so many errors, and all is settled."""
        while not (self.project._checked.is_set() and self.project.state.errors == errors and self._settled()):
            await asyncio.sleep(0.02)

    async def episodes(self) -> tuple[Episode, ...]:
        await self.project._ledger.flush()
        return tuple(reversed(await self.database.episodes(source=Source.HUMAN)))

    def _settled(self) -> bool:
        project = self.project
        current = all(project._current(f) == _digest(project.text(f)) for f in (LIB,))
        busy = project._check is not None or project._woken.is_set()
        return current and not busy and not project._witness.waiting


def _digest(text: str | None) -> str | None:
    return None if text is None else digest(text)


async def _nobody() -> Sequence[Proposer]:
    return ()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path / "home"))
    root = tmp_path / "crate"
    root.mkdir()
    made = Desk(root, tmp_path)
    made.write('[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n', file="Cargo.toml")
    made.write("/target\n", file=".gitignore")
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=root, check=True)
    return made


async def test_an_error_that_is_gone_without_our_patch_is_a_human_fix(desk: Desk) -> None:
    desk.write("// a\n", BOOL)
    async with desk.watched():
        await desk.until(errors=1)
        desk.write("// a\n", ONE)
        await desk.until(errors=0)
        (made,) = await desk.episodes()
    assert (made.source, made.outcome, made.code, made.unfit) == (Source.HUMAN, Outcome.HUMAN, "E0308", "")
    assert (made.before, made.after) == (BOOL, ONE)
    assert made.diff.splitlines()[-2:] == [f"-{BOOL.strip()}", f"+{ONE.strip()}"]
    assert made.label == "write `1` for `true`"


async def test_the_text_before_comes_back_and_the_fix_is_reverted_and_again_it_is_a_fix(desk: Desk) -> None:
    desk.write(BOOL)
    async with desk.watched():
        await desk.until(errors=1)
        desk.write(ONE)
        await desk.until(errors=0)
        desk.write(BOOL)
        await desk.until(errors=1)
        (made,) = await desk.episodes()
        assert made.outcome is Outcome.REVERTED
        desk.write(ONE)
        await desk.until(errors=0)
        assert [e.outcome for e in await desk.episodes()] == [Outcome.HUMAN]


async def test_what_our_patch_repairs_is_no_human_fix_not_even_another_error_that_goes_with_it(desk: Desk) -> None:
    both = "fn two() -> u8 { true }\npub fn one() -> u16 { two() }\n"
    desk.write(both)
    desk.proposers = (OneIdea(),)
    async with desk.watched():
        await desk.until(errors=2)
        while not desk.project.offers(LIB, digest(both)):
            await asyncio.sleep(0.02)
        desk.write(both.replace("-> u8 { true }", "-> u16 { 1 }"))
        await desk.until(errors=0)
        assert await desk.episodes() == ()
        assert Outcome.CONFIRMED in {e.outcome for e in await desk.database.episodes()}


async def test_several_errors_repaired_in_one_edit_have_each_their_own_lines(desk: Desk) -> None:
    body = (
        "pub fn one() -> u8 {{ {0} }}\n"
        "// between\n"
        "pub fn twice(name: String) -> (String, String) {{\n"
        "    {1}(name, {2})\n"
        "}}\n"
        "// a comment{3}\n"
        "pub fn three() {{ let _: u32 = {4}; }}\n"
    )
    desk.write(body.format("true", "", "name", "", '"3"'))
    async with desk.watched():
        await desk.until(errors=3)
        desk.write(body.format("1", "let other = name.clone();\n    ", "other", ", changed", "3"))
        await desk.until(errors=0)
        made = {e.code + e.label[-6:]: e for e in await desk.episodes()}
    changed = [[line for line in e.diff.splitlines()[4:] if line[0] in "+-"] for e in made.values()]
    assert sorted(changed) == sorted(
        [
            ["-pub fn one() -> u8 { true }", "+pub fn one() -> u8 { 1 }"],
            ["-    (name, name)", "+    let other = name.clone();", "+    (name, other)"],
            ['-pub fn three() { let _: u32 = "3"; }', "+pub fn three() { let _: u32 = 3; }"],
        ]
    )


async def test_a_repair_of_two_places_is_kept_whole_and_nothing_else_with_it(desk: Desk) -> None:
    body = "pub struct S{0};\n\n\n// {1}\n\n\npub fn f(s: &S) -> S {{ {2} }}\n"
    desk.write(body.format("", "a", "s"))
    async with desk.watched():
        await desk.until(errors=1)
        desk.write("#[derive(Clone)]\n", body.format("", "b", "s.clone()"))
        await desk.until(errors=0)
        (made,) = await desk.episodes()
    changed = [line for line in made.diff.splitlines()[3:] if line[0] in "+-"]
    assert changed == ["+#[derive(Clone)]", "-pub fn f(s: &S) -> S { s }", "+pub fn f(s: &S) -> S { s.clone() }"]


async def test_what_was_open_is_known_after_a_restart(desk: Desk) -> None:
    desk.write(BOOL, "// a\n")
    async with desk.watched():
        await desk.until(errors=1)
    desk.write(ONE, "// b\n")  # nobody watches
    async with desk.watched():
        await desk.until(errors=0)
        (made,) = await desk.episodes()
    assert (made.before, made.after, made.unfit) == (BOOL, ONE, "")


async def test_what_was_repaired_before_a_restart_is_not_repaired_again_by_it(desk: Desk) -> None:
    desk.write(BOOL)
    async with desk.watched():
        await desk.until(errors=1)
        desk.write(ONE)
        await desk.until(errors=0)
    async with desk.watched():
        await desk.until(errors=0)
        assert len(await desk.episodes()) == 1
        # As after a kill between the episode and the note that nothing stands open any more.
        (made,) = await desk.episodes()
        assert await desk.database.is_known(made, since=made.created - 1)
        assert not await desk.database.is_known(made, since=made.created + 1)


async def test_a_file_that_is_closed_right_after_saving_was_repaired_all_the_same(desk: Desk) -> None:
    desk.write(BOOL)
    async with desk.watched():
        desk.type(BOOL)
        await desk.until(errors=1)
        desk.type(ONE)
        desk.write(ONE)
        desk.project.saved(LIB)
        desk.project.drop_buffer("me", LIB)
        await desk.until(errors=0)
        assert len(await desk.episodes()) == 1


async def test_after_a_restart_what_another_file_has_repaired_is_not_laid_to_this_one(desk: Desk) -> None:
    """The texts of files that no error names are not remembered, so nobody can say what the developer wrote there."""
    desk.write("mod other;\npub fn one() -> u8 { other::two() }\n")
    desk.write("pub fn two() -> u8 { 2 }\n", file="src/other.rs")
    desk.write("mod other;\npub fn one() -> u8 { other::two() }\npub fn three() -> u8 { other::three() }\n")
    async with desk.watched():
        await desk.until(errors=1)
    desk.write("pub fn two() -> u8 { 2 }\npub fn three() -> u8 { 3 }\n", file="src/other.rs")
    with (desk.root / LIB).open("a") as file:
        file.write("// unrelated\n")
    async with desk.watched():
        await desk.until(errors=0)
        assert await desk.episodes() == ()


async def test_another_branch_without_the_error_is_no_fix(desk: Desk) -> None:
    desk.write(ONE)
    desk.git("add", ".")
    desk.git("commit", "-qm", "good")
    desk.git("checkout", "-qb", "broken")
    desk.write(BOOL)
    desk.git("commit", "-qam", "broken")
    async with desk.watched():
        await desk.until(errors=1)
        desk.git("checkout", "-q", "main")
        await desk.until(errors=0)
        assert await desk.episodes() == ()


async def test_a_fix_that_is_committed_at_once_is_a_fix(desk: Desk) -> None:
    desk.write(BOOL)
    desk.git("add", ".")
    desk.git("commit", "-qm", "broken")
    async with desk.watched():
        await desk.until(errors=1)
    desk.write(ONE)
    desk.git("commit", "-qam", "repaired")
    async with desk.watched():
        await desk.until(errors=0)
        (made,) = await desk.episodes()
    assert (made.before, made.after, made.unfit) == (BOOL, ONE, "")


async def test_after_a_rebase_only_what_is_not_committed_is_the_users_own(desk: Desk) -> None:
    """The rebase brings one repair, the developer has made the other."""
    two = "pub fn two() -> u8 {{ {} }}\n"
    desk.write(BOOL, "// -\n" * 9, two.format("false"))
    desk.git("add", ".")
    desk.git("commit", "-qm", "broken")
    desk.git("checkout", "-qb", "mine")
    desk.write("pub fn x() {}\n", file="src/x.rs")
    desk.git("add", ".")
    desk.git("commit", "-qm", "mine")
    desk.git("checkout", "-q", "main")
    desk.write(ONE, "// -\n" * 9, two.format("false"))
    desk.git("commit", "-qam", "theirs")
    desk.git("checkout", "-q", "mine")
    async with desk.watched():
        await desk.until(errors=2)
    desk.git("rebase", "-q", "main")
    desk.write(ONE, "// -\n" * 9, two.format("2"))
    async with desk.watched():
        await desk.until(errors=0)
        (made,) = await desk.episodes()
    assert (made.before, made.after) == (two.format("false"), two.format("2"))


async def test_deleted_code_and_edits_given_up_are_kept_but_marked(desk: Desk) -> None:
    desk.write(ONE)
    desk.git("add", ".")
    desk.git("commit", "-qm", "good")
    desk.write(ONE, "pub fn two() -> u8 {\n    let _: u8 = true;\n    2\n}\n")
    async with desk.watched():
        await desk.until(errors=1)
        desk.write(ONE, "pub fn two() -> u8 {\n    2\n}\n")
        await desk.until(errors=0)
        desk.write("pub fn one() -> u8 {\n    let two = true;\n    // much\n    // more\n    two\n}\n")
        await desk.until(errors=1)
        desk.git("stash")
        await desk.until(errors=0)
        desk.write(BOOL)  # a slip, put right
        await desk.until(errors=1)
        desk.write(ONE)
        await desk.until(errors=0)
        made = await desk.episodes()
        assert [e.unfit for e in made] == [DELETED, GIVEN_UP, ""]
        assert [e.id for e in await desk.database.recall(made[0].signature, made[0].repo)] == [made[2].id]


async def test_what_the_editor_throws_away_was_not_repaired(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "READ_SECONDS", 0.0)
    desk.write(ONE)
    async with desk.watched():
        desk.type(BOOL)
        await desk.until(errors=1)
        desk.project.drop_buffer("me", LIB)
        await desk.until(errors=0)
        assert await desk.episodes() == ()


async def test_what_another_process_has_repaired_is_no_human_fix(desk: Desk) -> None:
    """`sleepy fix --apply` writes the file, and then its episode."""
    desk.write(BOOL)
    async with desk.watched():
        await desk.until(errors=1)
        repo = desk.bench.repo.id
        its = an_episode(repo=repo, outcome=Outcome.CONFIRMED, file=LIB, code="E0308", created=time.time())
        await desk.database.add_episode(its)
        desk.write(ONE)
        await desk.until(errors=0)
        assert await desk.episodes() == ()


async def test_a_fix_made_by_hand_is_offered_for_the_next_error_of_its_kind(desk: Desk) -> None:
    async def find(signature: str, repo: str) -> Sequence[Episode]:
        return await desk.database.recall(signature, repo)

    desk.proposers = (RecallProposer(find),)
    desk.write("use std::sync::Arc;\npub fn a(x: &Arc<u8>) -> Arc<u8> { x }\n")
    async with desk.watched():
        await desk.until(errors=1)
        fixed = "use std::sync::Arc;\npub fn a(x: &Arc<u8>) -> Arc<u8> { Arc::clone(x) }\n"
        desk.write(fixed)
        await desk.until(errors=0)
        both = fixed + "pub fn b(yes: &Arc<u8>) -> Arc<u8> { yes }\n"
        desk.write(both)
        await desk.until(errors=1)
        while not (offers := desk.project.offers(LIB, digest(both))):
            await asyncio.sleep(0.02)
    assert "Arc::clone(yes)" in apply_edits(both, offers[0].proposal.patch.files[0].edits)


async def test_finding_out_who_repaired_what_waits_until_no_fix_is_looked_for(desk: Desk) -> None:
    desk.proposers = (slow := SlowIdea(),)
    two = "pub fn one() -> u8 {{ {0} }}\n// between\n// {1}\npub fn two() -> u8 {{ nowhere }}\n"
    desk.write(two.format("true", "a"))
    async with desk.watched():
        while slow.asked < 2:
            await asyncio.sleep(0.02)
        desk.write(two.format("1", "b"))
        while slow.asked < 3:  # about what is left
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        assert desk.project._witness.waiting
        assert await desk.episodes() == ()
        slow.go_on.set()
        await desk.until(errors=1)
        (made,) = await desk.episodes()
    assert made.after == "pub fn one() -> u8 { 1 }\n"


async def test_ten_errors_repaired_at_once_have_each_their_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path / "home"))
    root = tmp_path / "orchard"
    shutil.copytree(FIXTURES / "orchard", root)
    desk = Desk(root, tmp_path)
    desk.git("init", "-q")
    async with desk.watched():
        await desk.until(errors=10)
        desk.git("apply", str(FIXTURES / "orchard.solution.patch"))
        await desk.until(errors=0)
        made = await desk.episodes()
    told = sorted((e.code, "".join(x + "\n" for x in e.diff.splitlines()[3:] if x[0] in "+-")) for e in made)
    assert [code for code, _ in told] == [
        "E0106",
        "E0308",
        "E0308",
        "E0369",
        "E0382",
        "E0425",
        "E0425",
        "E0433",
        "E0596",
        "E0599",
    ]
    assert dict(told)["E0599"] == (
        "-        let mean = f64::from(sum) / self.yields.length() as f64;\n"
        "+        let mean = f64::from(sum) / self.yields.len() as f64;\n"
    )
    assert all(len(lines.splitlines()) <= 6 for _, lines in told)


async def test_a_word_half_typed_is_no_error_that_somebody_repaired(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write(ONE)
    async with desk.watched():
        await desk.until(errors=0)
        desk.type(ONE, "pub fn two() -> u8 { on() }\n")
        await desk.until(errors=1)
        desk.type(ONE, "pub fn two() -> u8 { one() }\n")
        await desk.until(errors=0)
        assert await desk.episodes() == ()
        monkeypatch.setattr(memory, "READ_SECONDS", 0.0)  # it stood long enough to be read
        desk.type(ONE, "pub fn two() -> u8 { on() }\n")
        await desk.until(errors=1)
        desk.type(ONE, "pub fn two() -> u8 { one() }\n")
        await desk.until(errors=0)
        (made,) = await desk.episodes()
        assert made.label == "write `one` for `on`"


async def test_an_error_that_others_hide_is_not_gone_yet(desk: Desk) -> None:
    desk.write(BOOL)
    async with desk.watched():
        await desk.until(errors=1)
        desk.write("pub fn one() -> u8 { tru( }\n")
        await desk.until(errors=1)
        desk.write(BOOL, "pub fn missing() { nowhere(); }\n")
        await desk.until(errors=2)
        made = await desk.episodes()
        assert all(e.code != "E0308" for e in made)
        desk.write(ONE, "pub fn missing() { nowhere(); }\n")
        await desk.until(errors=1)
        assert [(e.before, e.after) for e in await desk.episodes() if e.code == "E0308"] == [(BOOL, ONE)]
