"""The model is asked region by region; what it answers is proposed once; its failures stay with it."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing

import pytest
from structlog.testing import capture_logs

from helpers.diagnostics import FILE, case, diagnostic, span
from helpers.fake_engine import FakeEngine
from sleepy_core.engines.protocol import Answer, Engine
from sleepy_core.errors import CoefficientsMissing, EngineDown
from sleepy_core.model import Attempt, Position, Proposal, Source, Usage, Verdict, VerdictKind
from sleepy_core.propose.case import Case
from sleepy_core.propose.coefficients import Choice
from sleepy_core.propose.model import ModelProposer
from sleepy_core.settings import EngineSettings
from sleepy_core.text import apply_patch

TEXT = "fn f(name: String) {\n    let n = takes(name);\n    show(n);\n}\n"


def the_case() -> Case:
    moved = span(Position(2, 4), Position(2, 8), label="used here", primary=False)
    return case(diagnostic("mismatched types", Position(1, 18), Position(1, 22), spans=[moved]), TEXT)


def settings(**changes: object) -> EngineSettings:
    return EngineSettings.model_validate({"samples": 2, **changes})


async def ask(engine: FakeEngine, tried: tuple[Attempt, ...] = (), **changes: object) -> list[Proposal]:
    return [p async for p in ModelProposer(engine, settings(**changes)).propose(the_case(), tried)]


def line(proposal: Proposal) -> str:
    return apply_patch({FILE: TEXT}, proposal.patch)[FILE].split("\n")[1].strip()


async def test_an_answer_is_a_proposal_labelled_by_what_it_changes() -> None:
    found, *_ = await ask(FakeEngine("let n = takes(&name);"))
    assert found.source is Source.MODEL
    assert found.label == "rewrite line 2: `let n = takes(&name);`"
    assert found.why == "fake-1 on fake"
    assert found.usage == Usage(100, 5, 0.1)
    assert not found.weak
    assert line(found) == "let n = takes(&name);"


async def test_every_region_is_asked_once_without_chance_then_with_it() -> None:
    engine = FakeEngine(*["?"] * 20)
    await ask(engine, samples=4)
    assert [(r.n, r.temperature) for r in engine.requests] == [(1, 0.0)] * 4 + [(3, 0.7)] * 4
    ends = [r.messages[-1].content.split("Rewrite:\n")[1].strip() for r in engine.requests]
    assert ends == ["let n = takes(name);", "show(n);", "let n = takes(name);\n    show(n);", TEXT.strip()] * 2


async def test_one_sample_means_no_varied_ones() -> None:
    engine = FakeEngine(*["?"] * 20)
    await ask(engine, samples=1)
    assert {r.temperature for r in engine.requests} == {0.0}


async def test_the_same_text_is_proposed_once_and_never_again_after_it_was_tried() -> None:
    answers = ("let n = takes(&name);", "show(n);", "let n = takes(&name);\n    show(n);")
    (found,) = await ask(FakeEngine(*answers))
    tried = (Attempt(found, Verdict(VerdictKind.BREAKS, 1)),)
    assert await ask(FakeEngine(*answers), tried) == []


async def test_unreadable_answers_are_passed_over() -> None:
    found = await ask(FakeEngine("I cannot help.", "show(&n);", "todo!()", "../x.rs:\nf();"))
    assert len(found) == 1


async def test_a_small_model_rewrites_lines_even_where_a_schema_is_offered() -> None:
    engine = FakeEngine(name="embedded", schema=True)
    await ask(engine)
    assert engine.requests[0].schema is None


async def test_a_larger_model_is_asked_for_line_edits_with_a_schema() -> None:
    answer = json.dumps({"edits": [{"line": 2, "old": "    let n = takes(name);", "new": "    let n = takes(&name);"}]})
    engine = FakeEngine(answer, name="ollama", schema=True)
    (found,) = await ask(engine)
    assert line(found) == "let n = takes(&name);"
    assert engine.requests[0].schema is not None
    assert len(engine.requests) == 2  # one question with all regions, asked twice


async def test_code_that_mostly_vanishes_or_panics_is_weak() -> None:
    engine = FakeEngine('let n = panic!("no");', "show(unreachable!());")
    assert [p.weak for p in await ask(engine)] == [True, True]


async def test_the_settings_go_into_the_request() -> None:
    engine = FakeEngine()
    assert await ask(engine, deadline_seconds=7) == []
    assert engine.requests[0].deadline == 7
    assert engine.requests[0].coefficients == ""


async def test_the_set_that_is_chosen_for_a_case_answers_it_and_is_told_with_the_proposal() -> None:
    async def choose(_: Engine, case: Case) -> Choice:
        return Choice(f"for {case.family}")

    engine = FakeEngine("let n = one;", "let n = two;")
    proposals = [p async for p in ModelProposer(engine, settings(), choose).propose(the_case(), ())]
    name = f"for {the_case().family}"
    assert {request.coefficients for request in engine.requests} == {name}
    assert [p.coefficients for p in proposals] == [name, name]


async def test_a_set_that_the_engine_does_not_have_is_told_and_the_bare_model_answers_from_then_on() -> None:
    async def choose(_: Engine, __: Case) -> Choice:
        return Choice("damaged")

    said: list[str] = []
    engine = FakeEngine(CoefficientsMissing("It cannot be loaded."), "let n = one;", "let n = two;")
    proposer = ModelProposer(engine, settings(), choose, said.append)
    proposals = [p async for p in proposer.propose(the_case(), ())]
    assert [request.coefficients for request in engine.requests][:3] == ["damaged", "", ""]
    assert [p.coefficients for p in proposals] == ["", ""]
    assert said == ["It cannot be loaded."]


async def test_why_no_set_could_be_chosen_is_told() -> None:
    async def choose(_: Engine, __: Case) -> Choice:
        return Choice(problem="The files are gone.")

    said: list[str] = []
    proposer = ModelProposer(FakeEngine("let n = one;"), settings(), choose, said.append)
    assert [p.coefficients async for p in proposer.propose(the_case(), ())] == [""]
    assert said == ["The files are gone."]


async def test_a_context_too_small_for_the_barest_prompt_asks_nothing() -> None:
    engine = FakeEngine("let n = 1;", context=100)
    assert await ask(engine) == []
    assert engine.requests == []


async def test_an_engine_that_fails_is_logged_once_and_proposes_nothing() -> None:
    proposer = ModelProposer(FakeEngine(EngineDown("nothing answers"), EngineDown("nothing answers")), settings())
    with capture_logs() as logs:
        for _ in range(2):
            assert [p async for p in proposer.propose(the_case(), ())] == []
    assert [entry["problem"] for entry in logs if entry["log_level"] == "warning"] == ["nothing answers"]


async def test_a_problem_is_told_until_the_engine_answers_again() -> None:
    said: list[str] = []
    engine = FakeEngine(EngineDown("nobody is there"))
    proposer = ModelProposer(engine, settings(), on_problem=said.append)
    assert [p async for p in proposer.propose(the_case(), ())] == []
    engine.queue = ["let n = takes(&name);"]
    assert len([p async for p in proposer.propose(the_case(), ())]) == 1
    assert said == ["nobody is there", ""]


async def test_what_was_answered_before_the_failure_counts() -> None:
    assert len(await ask(FakeEngine("let n = takes(&name);", EngineDown("gone")))) == 1


@pytest.mark.parametrize(
    ("text", "proposals"), [("let n = takes(&na", 0), ("```\nlet n = takes(&name);\n```\nThis works since", 1)]
)
async def test_an_answer_that_was_cut_off_counts_only_if_its_code_is_whole(text: str, proposals: int) -> None:
    engine = FakeEngine(Answer(text, 100, 50, 0.1, finish="length"))
    assert len(await ask(engine)) == proposals


async def test_cancelling_stops_the_engines_stream() -> None:
    engine = FakeEngine(3600.0)
    task = asyncio.create_task(ask(engine))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert engine.closed == 1


async def test_closing_the_proposals_stops_the_engines_stream() -> None:
    engine = FakeEngine("let n = takes(&name);", 3600.0)
    async with aclosing(ModelProposer(engine, settings()).propose(the_case(), ())) as found:
        async for _ in found:
            break
    assert engine.closed == 1
