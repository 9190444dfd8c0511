"""The loop works with any plan, and whatever a model asks for is answered."""

import json

import pytest

from helpers.fake_engine import FakeEngine
from helpers.fake_proposers import FakeProposer, proposal
from helpers.koans import MODELLED
from sleepy_core.agent.actions import ApplyPatch, Misread
from sleepy_core.agent.fixed import FixedPlan
from sleepy_core.agent.model import ModelPlan
from sleepy_core.agent.plan import Plan
from sleepy_core.day import Work, work
from sleepy_core.engines.protocol import Answer, ToolCall
from sleepy_core.errors import EngineDown
from sleepy_core.evaluate.koan_bench import KoanBench
from sleepy_core.evaluate.transcript import transcript
from sleepy_core.model import Source
from sleepy_core.settings import EngineSettings, FixSettings, Settings
from sleepy_koans.check import Checker

OLD = MODELLED.files["src/lib.rs"]
RIGHT, WRONG = OLD.replace("a.plus(b)", "a.wrapping_add(b)"), OLD.replace("a.plus(b)", "a.wrapping_mul(b)")
DIFF = "@@ -3 +3 @@\n-    a.plus(b)\n+    a.wrapping_add(b)\n"


@pytest.fixture(scope="module")
def checker(tmp_path_factory):
    with Checker(tmp_path_factory.mktemp("cache") / "koans.sqlite") as made:
        yield made


async def done(checker: Checker, plan: Plan) -> Work:
    return await work(KoanBench(MODELLED, checker, Settings()), plan)


def modelled(*answers: str | Answer | Exception, attempts: int = 3) -> tuple[ModelPlan, FakeEngine]:
    engine = FakeEngine(*answers)
    return ModelPlan(engine, EngineSettings(), "", attempts), engine


def call(tool: str, **arguments: object) -> str:
    return json.dumps({"tool": tool, "arguments": arguments})


def ladder(*proposers: FakeProposer, rounds: int = 3) -> FixedPlan:
    return FixedPlan((proposers[:1], proposers[1:]), FixSettings(), rounds)


async def test_the_ladder_is_a_plan_that_goes_from_rung_to_rung(checker):
    cheap = FakeProposer(proposal(OLD, OLD.replace("plus", "minus")))
    dear = FakeProposer(proposal(OLD, RIGHT, Source.MODEL), source=Source.MODEL)
    did = await done(checker, ladder(cheap, dear))
    assert (did.passed, did.patches, len(did.kept)) == (True, 2, 1)
    assert did.kept[0].offer.proposal.source is Source.MODEL
    assert (cheap.closed, dear.closed) == (1, 1)


async def test_a_weak_repair_is_not_kept(checker):
    did = await done(checker, ladder(FakeProposer(proposal(OLD, RIGHT, weak=True)), FakeProposer()))
    assert (did.green, did.patches, did.kept) == (False, 1, ())


async def test_a_model_that_writes_a_diff_is_done_in_one_step(checker):
    plan, engine = modelled(f"```diff\n{DIFF}```")
    did = await done(checker, plan)
    assert (did.passed, did.patches) == (True, 1)
    (request,) = engine.requests
    assert "no method named `plus`" in request.messages[-1].content
    assert "3|     a.plus(b)" in request.messages[-1].content


async def test_a_model_hears_what_its_tools_say_and_may_try_again(checker):
    plan, engine = modelled(
        call("search", text="plus"),
        call("open_file", file="src/lib.rs", first=2, last=3),
        call("apply_patch", diff=DIFF.replace("wrapping_add", "minus")),
        call("apply_patch", file="src/lib.rs", edits=[{"line": 3, "old": "a.plus(b)", "new": "a.wrapping_add(b)"}]),
    )
    did = await done(checker, plan)
    assert (did.passed, did.patches) == (True, 2)
    said = [message.content for message in engine.requests[-1].messages if message.role == "user"][1:]
    assert said[0] == "src/lib.rs:3: a.plus(b)"
    assert said[1].startswith("2| pub fn total")
    assert said[2].startswith("Not kept, the code is as it was: it brings a new error: no method named `minus`")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("I am not sure.", "your answer: there was no tool call in it"),
        (call("delete_file", file="x"), "delete_file: there is no such tool; there are apply_patch, run_check"),
        (call("apply_patch"), "apply_patch: give `diff`, or `file` and `edits`"),
        (call("apply_patch", file="/etc/passwd", edits=[]), "apply_patch: there is no file /etc/passwd"),
        (call("apply_patch", diff=DIFF.replace("plus", "pus")), "are not in the file"),
        (call("apply_patch", edits=[{"line": 3, "old": "x", "new": "y"}]), "line 3 is not what the answer says it is"),
        (call("open_file", file="no.rs"), "There is no file no.rs"),
        (call("open_file", file="src/lib.rs", first="two"), "open_file: `first` and `last` are numbers"),
        (call("search"), "search: `text` is missing"),
    ],
)
async def test_a_failed_call_is_an_answer_and_no_exception(checker, answer, told):
    plan, engine = modelled(answer, call("apply_patch", diff=DIFF))
    did = await done(checker, plan)
    assert did.passed
    assert told in engine.requests[1].messages[-1].content


async def test_a_native_call_is_taken_from_servers_that_have_them(checker):
    native = Answer("", 10, 5, 0.1, calls=(ToolCall("apply_patch", {"diff": DIFF}),))
    did = await done(checker, modelled(native)[0])
    assert did.passed
    assert did.kept[0].offer.proposal.usage.prompt_tokens == 10


async def test_a_model_that_never_repairs_is_stopped(checker):
    plan, engine = modelled(*[call("apply_patch", diff=DIFF.replace("wrapping_add", "minus"))] * 99, attempts=3)
    did = await done(checker, plan)
    assert (did.green, did.patches) == (False, 3)
    # It says the same again: then it is asked with a little chance.
    assert [request.temperature for request in engine.requests] == [0.0, 0.0, 0.7]
    talker, engine = modelled(*["Hm."] * 99, attempts=2)
    assert not (await done(checker, talker)).green
    assert len(engine.requests) == 8


async def test_an_engine_that_fails_ends_the_work_with_what_there_is(checker):
    did = await done(checker, modelled(call("run_check"), EngineDown("it died"))[0])
    assert (did.green, len(did.turns)) == (False, 2)


async def test_the_transcript_has_every_action_with_its_answer(checker):
    did = await done(checker, modelled("Hm.", call("run_test"), call("apply_patch", diff=DIFF))[0])
    told = json.loads(json.dumps(transcript(MODELLED.id, did)))
    assert [turn["tool"] for turn in told["turns"]] == ["run_check", "your answer", "run_test", "apply_patch"]
    assert told["turns"][3]["verdict"] == "clean"
    assert told["turns"][3]["edits"][0]["text"]
    assert "does not compile" in told["turns"][2]["answer"]
    assert isinstance(did.turns[1].action, Misread)
    assert isinstance(did.turns[3].action, ApplyPatch)


async def test_what_only_compiles_is_told_by_the_test(checker):
    did = await done(checker, ladder(FakeProposer(proposal(OLD, WRONG)), FakeProposer()))
    assert (did.green, did.passed) == (True, False)
    assert did.test == did.first_test == "the test failed: assertion `left == right` failed"
