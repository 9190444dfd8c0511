"""A run asks every koan once, whoever kills it; a failing engine spoils nothing."""

import dataclasses

import pytest

from helpers.fake_engine import FakeEngine
from helpers.koans import MODELLED, SUGGESTED, with_files
from sleepy_core.errors import EngineDown
from sleepy_core.evaluate.results import Run, RunError, RunFolder, read_results
from sleepy_core.evaluate.run import Parts, engines_beside, run_tasks, settings_for
from sleepy_core.model import Source
from sleepy_core.settings import Settings
from sleepy_koans.check import Checker

SOLVED = "    a.wrapping_add(b)"
COMPILES = "    a.wrapping_mul(b)"
BAD = "    a.minus_what(b)"


@pytest.fixture(scope="module")
def checker(tmp_path_factory):
    with Checker(tmp_path_factory.mktemp("cache") / "koans.sqlite") as made:
        yield made


def parts(checker, *answers, samples: int = 1) -> Parts:
    engine = FakeEngine(*answers) if answers else None
    return Parts(checker, settings_for(samples, Settings()), (engine,) if engine is not None else ())


def run(*rungs: Source, engine: str = "", samples: int = 1) -> Run:
    return Run("r", "frozen", "d", 1, rungs, samples=samples, engine=engine)


async def asked(folder, koans, how: Run, with_: Parts):
    files = RunFolder(folder)
    files.begin(how)
    summary = await run_tasks(koans, how, files, with_)
    return summary, {result.task: result for result in read_results(folder)}


async def test_a_suggestion_that_is_right_is_found_without_a_model(tmp_path, checker):
    summary, results = await asked(tmp_path, [SUGGESTED, MODELLED], run(Source.COMPILER), parts(checker))
    assert (summary.asked, summary.passed) == (2, 1)
    right, left = results[SUGGESTED.id], results[MODELLED.id]
    assert (right.passed, right.first_right, right.source, right.steps, right.attempts) == (
        True,
        True,
        Source.COMPILER,
        1,
        1,
    )
    assert (left.passed, left.compiled, left.steps, left.attempts, left.source) == (False, False, None, None, None)
    assert left.signature.startswith("E0599:")


async def test_the_model_is_asked_only_for_what_the_rungs_before_it_leave(tmp_path, checker):
    with_ = parts(checker, SOLVED)
    how = run(Source.COMPILER, Source.MODEL, engine="fake")
    summary, results = await asked(tmp_path, [SUGGESTED, MODELLED], how, with_)
    assert summary.passed == 2
    assert all("E0599" in request.messages[-1].content for request in with_.engines[0].requests)
    assert (results[MODELLED.id].source, results[MODELLED.id].prompt_tokens) == (Source.MODEL, 100)


async def test_a_repair_that_only_compiles_is_told_from_one_that_is_right(tmp_path, checker):
    _, results = await asked(tmp_path, [MODELLED], run(Source.MODEL, engine="fake"), parts(checker, COMPILES))
    (result,) = results.values()
    assert (result.compiled, result.passed, result.only_compiled) == (True, False, True)
    assert (result.first_compiled, result.first_right) == (True, False)


async def test_of_several_answers_the_compiler_chooses(tmp_path, checker):
    # Each region once without chance (the line, and the function around it), then the line's other samples.
    with_ = parts(checker, BAD, "No idea, sorry.", COMPILES, SOLVED, samples=3)
    _, results = await asked(tmp_path, [MODELLED], run(Source.MODEL, engine="fake", samples=3), with_)
    (result,) = results.values()
    assert (result.compiled, result.steps, result.attempts) == (True, 2, 2)
    assert [request.temperature for request in with_.engines[0].requests] == [0.0, 0.0, 0.7]


async def test_a_koan_that_is_none_any_more_is_named_and_the_others_go_on(tmp_path, checker):
    fine = with_files(dataclasses.replace(SUGGESTED, id="names/fine"), SUGGESTED.solution["src/lib.rs"])
    summary, results = await asked(tmp_path, [fine, SUGGESTED], run(Source.COMPILER), parts(checker))
    assert (summary.asked, summary.skipped, summary.passed) == (1, 1, 1)
    assert "compiles with this rustc" in results["names/fine"].skipped


async def test_an_engine_that_failed_once_is_asked_again(tmp_path, checker):
    with_ = parts(checker, EngineDown("it died"), SOLVED)
    summary, _ = await asked(tmp_path, [MODELLED], run(Source.MODEL, engine="fake"), with_)
    assert summary.passed == 1


async def test_an_engine_that_dies_half_way_leaves_a_run_that_goes_on(tmp_path, checker):
    tasks = [dataclasses.replace(MODELLED, id=f"sums/{number}") for number in range(6)]
    how = run(Source.MODEL, engine="fake")
    with pytest.raises(RunError, match="failed on 3 tasks, first on sums/1: it died"):
        await asked(tmp_path, tasks, how, parts(checker, SOLVED, "", *[EngineDown("it died")] * 99))
    assert [result.task for result in read_results(tmp_path)] == ["sums/0"]
    with_ = parts(checker, *[SOLVED] * 10)
    summary, results = await asked(tmp_path, tasks, how, with_)
    assert (summary.passed, len(results)) == (6, 6)
    assert len(with_.engines[0].requests) <= 5 * 2  # at most two regions each, and the first task is not asked again


@pytest.mark.parametrize(("rungs", "busy"), [((Source.MODEL,), 2), ((Source.RECALL, Source.MODEL), 1)])
async def test_several_engines_have_a_task_each_but_where_one_task_recalls_what_another_left(
    tmp_path, checker, rungs, busy
):
    async def nothing(signature, repo):
        return ()

    engines = (FakeEngine(*[0.2, SOLVED] * 4), FakeEngine(*[0.2, SOLVED] * 4))
    tasks = [dataclasses.replace(MODELLED, id=f"sums/{number}") for number in range(4)]
    with_ = Parts(checker, settings_for(1, Settings()), engines, nothing)
    summary, _ = await asked(tmp_path, tasks, run(*rungs, engine="fake"), with_)
    assert summary.passed == 4
    assert sum(bool(engine.requests) for engine in engines) == busy


def test_the_cores_are_shared_by_several_engines_unless_the_user_gives_them_all_to_one(monkeypatch):
    monkeypatch.setattr("sleepy_core.evaluate.run.cores", lambda: 8)
    shared = settings_for(1, Settings(), several=True)
    assert (shared.engine.threads, engines_beside(shared)) == (2, 3)
    given = settings_for(1, Settings().with_changes({"engine": {"threads": 8}}), several=True)
    assert (given.engine.threads, engines_beside(given)) == (8, 0)
    assert engines_beside(settings_for(1, Settings())) == 0
