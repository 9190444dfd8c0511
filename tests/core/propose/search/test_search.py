"""The search tries cheap edits first, side by side, and proposes only what the compiler takes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.diagnostics import FILE
from helpers.edit_kinds import site
from sleepy_core.model import Diagnostic, Edit, Identity, Patch, Proposal, Verdict, VerdictKind
from sleepy_core.propose.search import edits
from sleepy_core.propose.search import search as module
from sleepy_core.propose.search.habit import adjustment
from sleepy_core.propose.search.kinds import Kind
from sleepy_core.propose.search.search import Rating, SearchProposer, allowed, candidates, patch_of
from sleepy_core.propose.search.site import Change, Site
from sleepy_core.settings import Settings

SOURCE = "fn f() -> u8 {\n    let a = «x»;\n    a\n}\n"
CLEAN, BETTER, UNMASKS, BREAKS = VerdictKind.CLEAN, VerdictKind.BETTER, VerdictKind.UNMASKS, VerdictKind.BREAKS


def here() -> Site:
    return site(SOURCE, "E0425", "cannot find value `x` in this scope")


def writes(text: str, cost: float = 0.0) -> Change:
    at = SOURCE.index("«")
    return Change(f"write `{text}`", ((FILE, Edit(at, at + 1, text)),), cost)


def row(name: str, cost: float, *changes: Change, weak: bool = False) -> Kind:
    return Kind(name, frozenset({"E0425"}), cost, lambda _: changes, weak)


class Compiler:
    """Says of each written text what it was told to say; of the others, that they break."""

    def __init__(
        self, verdicts: Mapping[str, VerdictKind | None], *, left: Mapping[str, int] | None = None, **search: object
    ) -> None:
        self.left = left or {}
        self.settings = Settings().with_changes({"search": {"parallel": 2, "rated": True, **search}})
        self.verdicts = verdicts
        self.compiled: list[str] = []
        self.ended: list[str] = []
        self.running = self.most = 0
        self.pause = 0.01
        self.pauses: dict[str, float] = {}

    async def screen(self, patch: Patch, error: Diagnostic) -> Verdict | None:
        text = patch.files[0].edits[0].text
        self.compiled.append(text)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(self.pauses.get(text, self.pause))
        finally:
            self.running -= 1
        self.ended.append(text)
        kind = self.verdicts.get(text, BREAKS)
        new = (Identity("E0308", "later", FILE),) if kind is UNMASKS else ()
        return None if kind is None else Verdict(kind, self.left.get(text, 0), new)


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> list[Kind]:
    rows: list[Kind] = []
    monkeypatch.setattr(edits, "TABLE", rows)
    return rows


async def proposed(
    compiler: Compiler,
    *,
    habits: Mapping[str, float] | None = None,
    rating: Rating | None = None,
    most: int = 99,
    errors: int = 1,
) -> list[Proposal]:
    async def known(repo: str, family: str) -> Mapping[str, float]:
        return habits or {}

    found: list[Proposal] = []
    case = replace(here().case, errors=here().case.errors * errors)
    async with aclosing(SearchProposer(compiler, known, rating).propose(case, ())) as stream:  # type: ignore[type-var]
        async for proposal in stream:
            found.append(proposal)
            if len(found) == most:
                break
    return found


def texts(found: Sequence[Proposal]) -> list[str]:
    return [p.patch.files[0].edits[0].text for p in found]


async def test_what_passes_is_proposed_in_the_order_of_cost(table: list[Kind]) -> None:
    table += [row("dear", 2.5, writes("c")), row("cheap", 2.0, writes("a"), writes("b", 0.2))]
    assert texts(await proposed(Compiler({"a": BETTER, "b": CLEAN, "c": CLEAN}))) == ["a", "b", "c"]


async def test_what_does_not_compile_is_not_proposed(table: list[Kind]) -> None:
    table += [row("one", 1.0, writes("a"), writes("b"))]
    compiler = Compiler({"b": CLEAN})
    assert texts(await proposed(compiler)) == ["b"]
    assert compiler.compiled == ["a", "b"]


async def test_a_proposal_says_how_many_were_compiled_for_it(table: list[Kind]) -> None:
    table += [row("one", 1.0, *(writes(c, n / 10) for n, c in enumerate("abcdef")))]
    (found,) = await proposed(Compiler({"d": CLEAN}, parallel=1))
    assert (found.kind, found.screened) == ("one", 4)


async def test_as_many_are_asked_about_as_can_share_a_compiler(table: list[Kind]) -> None:
    table += [row("one", 1.0, *(writes(c) for c in "abcdef"))]
    compiler = Compiler({}, parallel=1)
    await proposed(compiler)
    assert compiler.most == 4


async def test_when_one_is_found_the_much_dearer_ones_are_left_alone(table: list[Kind]) -> None:
    table += [row("cheap", 1.0, writes("a")), row("near", 1.9, writes("b")), row("far", 4.0, writes("c"), writes("d"))]
    compiler = Compiler(dict.fromkeys("abcd", BETTER), parallel=1)
    compiler.pauses = {"b": 0.02, "c": 60.0, "d": 60.0}
    assert texts(await proposed(compiler)) == ["a", "b"]
    assert compiler.ended == ["a", "b"]


async def test_answers_that_come_all_at_once_lose_nothing(table: list[Kind]) -> None:
    """A compiler that answers from memory is done with the dear ones when the cheap one makes them needless."""
    table += [row("cheap", 1.0, writes("a")), row("far", 4.0, writes("b"), writes("c"))]
    compiler = Compiler(dict.fromkeys("abc", BETTER))
    compiler.pause = 0.0
    assert texts(await proposed(compiler)) == ["a"]


async def test_weak_edits_come_last_and_only_where_nothing_else_passed(table: list[Kind]) -> None:
    table += [row("weak", 0.5, writes("w"), weak=True), row("proper", 3.0, writes("a"))]
    weak_last = await proposed(Compiler({"w": CLEAN}))
    assert [(p.weak, p.patch.files[0].edits[0].text) for p in weak_last] == [(True, "w")]


async def test_an_edit_that_unmasks_other_errors_comes_after_one_that_does_not(table: list[Kind]) -> None:
    table += [row("one", 1.0, writes("a")), row("two", 1.5, writes("b"))]
    assert texts(await proposed(Compiler({"a": UNMASKS, "b": BETTER}))) == ["b", "a"]


async def test_what_cannot_be_screened_is_proposed_for_the_real_check(table: list[Kind]) -> None:
    table += [row("one", 1.0, writes("a"))]
    assert texts(await proposed(Compiler({"a": None}))) == ["a"]


async def test_one_kind_does_not_fill_the_list_with_variations(table: list[Kind]) -> None:
    table += [row("one", 1.0, *(writes(c) for c in "abcdef"))]
    assert len(await proposed(Compiler(dict.fromkeys("abcdef", BETTER), parallel=1))) == 2


async def test_the_candidates_are_bounded(table: list[Kind]) -> None:
    table += [row("one", 1.0, *(writes(c) for c in "abcdefghij"))]
    compiler = Compiler({}, candidates=3)
    await proposed(compiler)
    assert len(compiler.compiled) == 3


async def test_who_stops_listening_stops_the_compilers(table: list[Kind]) -> None:
    table += [row("one", 1.0, *(writes(c) for c in "abcdef"))]
    compiler = Compiler({"a": BETTER}, parallel=1)
    compiler.pause, compiler.pauses = 60.0, {"a": 0.001}
    await proposed(compiler, most=1)
    assert compiler.running == 0
    assert compiler.ended == ["a"]


async def test_it_can_be_switched_off(table: list[Kind]) -> None:
    table += [row("one", 1.0, writes("a"))]
    assert await proposed(Compiler({"a": BETTER}, enabled=False)) == []


async def test_what_this_repository_likes_is_tried_earlier(table: list[Kind]) -> None:
    table += [row("one", 1.0, writes("a")), row("two", 1.5, writes("b"))]
    compiler = Compiler(dict.fromkeys("ab", BETTER))
    assert texts(await proposed(compiler, habits={"two": adjustment(1, 0)})) == ["b", "a"]
    assert texts(await proposed(compiler, habits={"one": adjustment(0, 3)})) == ["b", "a"]


async def test_of_several_errors_the_edit_that_repairs_more_comes_first(table: list[Kind]) -> None:
    table += [row("use", 1.0, writes("a")), row("definition", 1.6, writes("b"))]
    compiler = Compiler(dict.fromkeys("ab", BETTER), left={"a": 3, "b": 0}, parallel=1)
    compiler.pauses = {"b": 0.03}
    assert texts(await proposed(compiler)) == ["a", "b"]
    assert texts(await proposed(compiler, errors=4)) == ["b", "a"]


async def test_a_models_opinion_decides_between_edits_of_about_the_same_cost(table: list[Kind]) -> None:
    table += [row("one", 1.0, writes("a")), row("two", 1.2, writes("b"))]

    async def prefers_b(_: object, patches: Sequence[Patch]) -> Sequence[float]:
        await asyncio.sleep(0.1)  # later than the compiler
        return [0.0 if patch.files[0].edits[0].text == "b" else 0.5 for patch in patches]

    assert texts(await proposed(Compiler(dict.fromkeys("ab", BETTER)), rating=prefers_b)) == ["b", "a"]


async def test_no_model_is_asked_unless_the_settings_say_so(table: list[Kind]) -> None:
    table += [row("one", 1.0, writes("a"), writes("b", 0.1))]

    async def never(*_: object) -> Sequence[float]:
        raise AssertionError

    assert texts(await proposed(Compiler({"a": BETTER}, rated=False), rating=never)) == ["a"]


async def test_nobody_waits_long_for_a_models_opinion(table: list[Kind], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.1)
    table += [row("one", 1.0, writes("a")), row("two", 1.2, writes("b"))]
    cancelled = asyncio.Event()

    async def thinks(_: object, patches: Sequence[Patch]) -> Sequence[float]:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return [0.0] * len(patches)

    async with asyncio.timeout(5):
        assert texts(await proposed(Compiler(dict.fromkeys("ab", BETTER)), rating=thinks)) == ["a", "b"]
    assert cancelled.is_set()


async def test_the_search_ends_in_time(table: list[Kind]) -> None:
    table += [row("one", 1.0, *(writes(c) for c in "abcdefghijklmnopqrstuvw"))]
    compiler = Compiler({}, milliseconds=100, parallel=1)
    compiler.pause = 0.06
    await proposed(compiler)
    assert 1 <= len(compiler.compiled) <= 12


async def test_what_has_passed_is_proposed_when_the_time_ends(table: list[Kind]) -> None:
    table += [row("slow", 1.0, writes("a")), row("quick", 1.5, writes("b"))]
    compiler = Compiler({"b": BETTER}, milliseconds=300)
    compiler.pauses = {"a": 60.0}
    assert texts(await proposed(compiler)) == ["b"]


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_habits_move_a_kind_by_no_more_than_a_class(kept: int, refused: int) -> None:
    assert abs(adjustment(kept, refused)) < 1.5
    assert (adjustment(kept + 1, refused) < adjustment(kept, refused)) or kept + refused > 900


def test_the_same_text_is_compiled_once() -> None:
    rows = [row("one", 1.0, writes("a")), row("two", 2.0, writes("a"))]
    assert [c.kind.name for c in candidates(here(), rows)] == ["one"]


def test_a_kind_that_fails_does_not_cost_the_others() -> None:
    def fails(_: Site) -> Sequence[Change]:
        raise IndexError

    rows = [Kind("bad", frozenset({"E0425"}), 1.0, fails), row("good", 2.0, writes("a"))]
    assert [c.kind.name for c in candidates(here(), rows)] == ["good"]


# --- What is never tried ----------------------------------------------------------------------------


def replaced(source: str, old: str, new: str) -> bool:
    at_site = site(source, "E0425", "cannot find value `x` in this scope")
    start = at_site.text.index(old)
    return allowed(Change("", ((FILE, Edit(start, start + len(old), new)),)), at_site)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("let a = x;", ""),  # a whole statement
        ("fn g() {}", ""),  # a whole item
        ("let a = x;\n    g();", ""),
        ("x", "todo!()"),
        ("hint", "word"),  # a comment
        ("$v + 1", "$v"),  # a macro's own text
    ],
)
def test_it_is_never_tried(old: str, new: str) -> None:
    source = (
        "fn g() {}\nmacro_rules! add { ($v:expr) => { $v + 1 } }\nfn f() -> u8 {\n    // a hint\n"
        "    let a = «x»;\n    g();\n    a\n}\n"
    )
    assert not replaced(source, old, new)


def test_part_of_a_statement_may_go() -> None:
    assert replaced("fn f() { let a = «x».clone(); }\n", ".clone()", "")


def test_an_import_may_go() -> None:
    assert replaced("use std::fmt;\nfn f() { «x» }\n", "use std::fmt;", "")


def test_what_would_be_refused_is_not_even_a_candidate() -> None:
    generated = site("// @generated by bindgen\nfn f() { «x» }\n", "E0425", "cannot find value `x` in this scope")
    kinds = [Kind("one", frozenset({"E0425"}), 1.0, lambda at: (Change("", (at.put(at.start, at.end, "y"),)),))]
    assert candidates(generated, kinds) == []
    assert len(candidates(here(), kinds)) == 1


def test_code_goes_with_a_comment_only_when_the_comment_is_kept() -> None:
    source = "fn f() { g(«x» /* why */); }\n"
    assert not replaced(source, "(x /* why */)", "(x)")
    assert replaced(source, "(x /* why */)", "(&x /* why */)")


def test_the_name_of_a_macro_is_not_what_is_wrong_in_its_expansion() -> None:
    at = site("fn f() -> u8 { «add!(2)» }\n", "E0425", "cannot find function `one` in this scope")
    inside = replace(at.diagnostic, span=replace(at.diagnostic.span, macro="add!"))
    expanded = Site(replace(at.case, diagnostic=inside), at.crate)
    start = at.text.index("add")
    renamed, borrowed = (Change("", (at.put(start, start + n, t),)) for n, t in ((3, "crate::add"), (0, "&")))
    assert allowed(renamed, at)
    assert not allowed(renamed, expanded)
    assert allowed(borrowed, expanded)


def test_a_file_keeps_its_line_ends() -> None:
    at = site("fn f() {\r\n    «x»\r\n}\r\n", "E0425", "cannot find value `x` in this scope")
    made = patch_of(Change("", ((FILE, Edit(14, 15, "a\n    b\r\n")),)), at.case.texts)
    assert made is not None
    assert made.files[0].edits[0].text == "a\r\n    b\r\n"


def test_overlapping_edits_are_no_patch() -> None:
    at = here()
    clash = Change("", ((FILE, Edit(0, 5, "a")), (FILE, Edit(3, 6, "b"))))
    assert patch_of(clash, at.case.texts) is None
