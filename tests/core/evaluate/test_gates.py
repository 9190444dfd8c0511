"""Which candidate may take the place of what is in use."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.task_results import result, results, run
from sleepy_core.evaluate.gates import incomparable, judge
from sleepy_core.evaluate.results import TaskResult


def broken(*arguments, **more) -> list[str]:
    return [check.rule for check in judge(*arguments, **more).checks if not check.kept]


BASE = results(a=True, b=False, c=True)


@pytest.mark.parametrize(
    ("candidate", "rules"),
    [
        (BASE, []),
        (results(a=True, b=True, c=True), []),
        (results(a=True, b=True, c=False), ["no frozen task lost"]),  # as many as before, and not the same ones
        (results(a=True, b=False, c=False), ["no frozen task lost", "pass rate not worse"]),
        (results(a=True, b=True), ["all frozen tasks were asked"]),
        ([], ["all frozen tasks were asked"]),
        ([replace(BASE[0], skipped="the engine died"), *BASE[1:]], ["all frozen tasks were asked"]),
    ],
)  # fmt: skip
def test_no_task_may_be_lost_and_all_must_have_been_asked(candidate: list[TaskResult], rules: list[str]) -> None:
    told = judge(candidate, BASE)
    assert [check.rule for check in told.checks if not check.kept] == rules
    assert (told.passed, told.exit_code) == (not rules, 1 if rules else 0)


def test_two_runs_that_measured_nothing_show_nothing() -> None:
    assert not judge([], []).passed


def test_a_repair_that_comes_later_than_before_is_a_repeated_error() -> None:
    late = [replace(BASE[0], first_right=False, attempts=4), *BASE[1:]]
    assert broken(late, BASE) == []
    assert broken(late, BASE, met=[BASE[0].signature]) == ["repeat-error rate not worse"]


def test_what_was_kept_back_from_training_counts_where_it_was_asked() -> None:
    held = results(x=True, y=False)
    assert broken(BASE, BASE, held_out=(held, held)) == []
    assert broken(BASE, BASE, held_out=(results(x=False, y=True), held)) == []  # others, but no fewer
    assert broken(BASE, BASE, held_out=(results(x=False, y=False), held)) == ["held-out pass rate not worse"]
    assert broken(BASE, BASE, held_out=([], held)) == ["all held-out tasks were asked"]


def test_reasons_have_the_figures_and_name_the_tasks() -> None:
    told = judge(results(a=True, b=False, c=False), BASE)
    assert told.reason == "frozen tasks that passed and do not: family/c"
    assert "pass rate 2/3 before, 1/3 now" in [check.told for check in told.checks]
    many = {f"t{n}": True for n in range(9)}
    assert "family/t4 and 4 more" in judge(results(**dict.fromkeys(many, False)), results(**many)).reason
    assert judge(BASE, BASE).reason == "every rule was kept"


def test_runs_over_other_tasks_are_not_held_against_each_other() -> None:
    assert incomparable(run("a"), run("b", seed=2, cycle=4)) == ""
    assert incomparable(run("a"), run("b", digest="other")).startswith("a and b are over different tasks")


runs = st.lists(st.booleans(), min_size=1, max_size=10)


@given(runs, st.data())
def test_who_only_wins_passes_and_who_loses_anything_does_not(before: list[bool], data: st.DataObject) -> None:
    now = data.draw(st.lists(st.booleans(), min_size=len(before), max_size=len(before)))
    told = judge(
        [result(f"f/{n}", passed) for n, passed in enumerate(now)],
        [result(f"f/{n}", passed) for n, passed in enumerate(before)],
    )
    assert told.passed == all(new or not old for old, new in zip(before, now, strict=True))
