from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from helpers.diagnostics import FILE, diagnostic, marked
from sleepy_core.ledger import Ledger, Origin, excerpt
from sleepy_core.model import (
    CheckEnd,
    CheckResult,
    Diagnostic,
    Edit,
    FilePatch,
    Offer,
    Outcome,
    Patch,
    Proposal,
    RepoIdentity,
    Source,
    Verdict,
    VerdictKind,
)
from sleepy_core.store.database import Database
from sleepy_core.text import apply_patch, digest

REPO = RepoIdentity("repo-1", "demo", None, "", None)
BASE, START, END = marked("fn f(v: Vec<u8>) {\n    take(«v»);\n    take(v);\n}\n")
ERROR = diagnostic("use of moved value: `v`", START, END, code="E0382", rendered="error[E0382]: use of moved value")


def offer(id_: str = "offer-1") -> Offer:
    at = BASE.index("v);")
    patch = Patch((FilePatch(FILE, digest(BASE), (Edit(at + 1, at + 1, ".clone()"),)),))
    proposal = Proposal(patch, Source.COMPILER, "clone it: `v.clone()`")
    return Offer(id_, ERROR, "E0382:use of moved value: _", "use-after-move", proposal, CLEAN, 1, 12.0)


CLEAN = Verdict(VerdictKind.CLEAN, 0)
# "Fix all": this repair and another one of the same file.
ALL = Patch(
    (FilePatch(FILE, digest(BASE), (*offer().proposal.patch.files[0].edits, Edit(len(BASE), len(BASE), "//"))),)
)
FIXED = apply_patch({FILE: BASE}, offer().proposal.patch)[FILE]


def result(*errors: Diagnostic) -> CheckResult:
    return CheckResult(CheckEnd.DONE, errors, frozenset(), frozenset({"demo"}), 0.1)


async def outcome_after(tmp_path: Path, *steps: str) -> Outcome:
    """The outcome in the database after some steps, each in a word."""
    async with Database.open(tmp_path / "sleepy.db") as database:
        ledger = Ledger(database, Origin(REPO, "run-1"))
        made = offer()
        ledger.offered(made, {FILE: BASE}, (), result(ERROR), "")
        for step in steps:
            match step:
                case "fixed" | "base" | "other":
                    text = {"fixed": FIXED, "base": BASE, "other": FIXED + "// more\n"}[step]
                    ledger.seen(FILE, {FILE: digest(text)}.get)
                case "composed":
                    ledger.composed([made.id], ALL, {FILE: BASE})
                case "all":
                    ledger.seen(FILE, {FILE: digest(apply_patch({FILE: BASE}, ALL)[FILE])}.get)
                case "green":
                    ledger.checked(result())
                case "red":
                    ledger.checked(result(ERROR))
                case "dismiss":
                    ledger.dismissed(made.id, "no")
                case "again":
                    ledger.offered(made, {FILE: BASE}, (), result(ERROR), "")
        await ledger.aclose()
        (episode,) = await database.episodes()
        return episode.outcome


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        ((), Outcome.OFFERED),
        (("green",), Outcome.OFFERED),
        (("other",), Outcome.OFFERED),
        (("fixed",), Outcome.ACCEPTED),
        (("fixed", "red"), Outcome.ACCEPTED),
        (("all",), Outcome.OFFERED),
        (("composed", "all"), Outcome.ACCEPTED),
        (("composed", "all", "green"), Outcome.CONFIRMED),
        (("composed", "all", "green", "base"), Outcome.REVERTED),
        (("fixed", "green"), Outcome.CONFIRMED),
        (("fixed", "other", "green"), Outcome.CONFIRMED),
        (("fixed", "green", "base"), Outcome.REVERTED),
        (("fixed", "base"), Outcome.REVERTED),
        (("fixed", "base", "fixed"), Outcome.ACCEPTED),
        (("dismiss",), Outcome.DISMISSED),
        (("dismiss", "fixed"), Outcome.ACCEPTED),
        (("fixed", "dismiss"), Outcome.ACCEPTED),
        (("again",), Outcome.OFFERED),
    ],
)
async def test_the_texts_tell_what_became_of_an_offer(tmp_path: Path, steps: tuple[str, ...], outcome: Outcome) -> None:
    assert await outcome_after(tmp_path, *steps) == outcome


async def test_what_cannot_be_written_now_is_kept_in_order_and_told_once(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "sleepy.db") as database:
        ledger = Ledger(database, Origin(REPO, "run-1"))
        said: list[str] = []
        ledger.listen(lambda: said.append(ledger.problem))
        await database._writer.execute("PRAGMA max_page_count = 1")
        large = replace(ERROR, rendered="x" * 10_000)
        first, second = (replace(offer(id_), diagnostic=large) for id_ in ("offer-1", "offer-2"))
        ledger.offered(first, {FILE: BASE}, (), result(ERROR), "")
        ledger.seen(FILE, {FILE: digest(FIXED)}.get)
        ledger.offered(second, {FILE: BASE}, (), result(ERROR), "")
        await ledger.flush()  # gives up for now, and does not wait for room
        assert await database.episodes() == ()
        assert [s[:50] for s in said] == ["episodes cannot be written, and are kept until they can"[:50]]
        assert "the disk is full" in ledger.problem
        await database._writer.execute("PRAGMA max_page_count = 1000000")
        ledger.checked(result())
        await ledger.aclose()
        assert {e.id: e.outcome for e in await database.episodes()} == {
            "offer-1": Outcome.CONFIRMED,
            "offer-2": Outcome.OFFERED,
        }
        assert said[1:] == [""]


async def test_a_move_that_the_database_refuses_does_not_hold_up_the_next(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "sleepy.db") as database:
        made = offer()
        for _ in range(2):  # two ledgers that do not know of each other: the id is there already
            ledger = Ledger(database, Origin(REPO, "run-1"))
            ledger.offered(made, {FILE: BASE}, (), result(ERROR), "")
            ledger.seen(FILE, {FILE: digest(FIXED)}.get)
            await ledger.aclose()
        assert [e.outcome for e in await database.episodes()] == [Outcome.ACCEPTED]
        assert ledger.problem == ""


def test_the_excerpt_reaches_from_the_fault_to_its_repair() -> None:
    kept = excerpt(offer(), {FILE: BASE})
    assert kept.before == "    take(v);\n"
    assert kept.after == "    take(v.clone());\n"
    assert (kept.line, kept.above, kept.below) == (1, "fn f(v: Vec<u8>) {\n", "    take(v);\n}\n")
