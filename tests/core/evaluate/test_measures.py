"""What results say."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.task_results import result, results
from sleepy_core.evaluate.measures import Share, by_family, compare, left_by, measures, on_parts, signatures
from sleepy_koans.frozen import read_frozen

some = st.lists(
    st.builds(
        result,
        st.from_regex(r"(moves|traits)/[a-z]{3}", fullmatch=True),
        st.booleans(),
        signature=st.sampled_from(["E0382:_", "E0277:_", "E0308:_", ""]),
        skipped=st.sampled_from(["", "", "", "it needs m68k"]),
    ),
    unique_by=lambda r: r.task,
    max_size=12,
)


def test_what_passes_is_counted_among_what_was_asked() -> None:
    told = measures([*results(a=True, b=False, c=True), replace(result("family/d"), skipped="it needs m68k")])
    assert (told.passed, told.skipped) == (Share(2, 3), 1)
    assert told.passed.rate == pytest.approx(2 / 3)


def test_what_compiles_and_fails_its_test_has_compiled_only() -> None:
    told = measures([result("f/a", compiled=True, steps=1, first_compiled=True), result("f/b", True)])
    assert (told.compiled, told.passed, told.first_right) == (Share(2, 2), Share(1, 2), Share(1, 2))


def test_medians_are_of_the_tasks_that_passed() -> None:
    many = [result(f"f/{n}", True, steps=n, attempts=10 * n) for n in (1, 2, 5, 6)]
    wrong = result("f/wrong", compiled=True, steps=9, attempts=99)
    told = measures([*many, wrong])
    assert (told.median_steps, told.median_attempts) == (3.5, 35.0)
    assert measures([wrong]).median_steps is None


@pytest.mark.parametrize(
    ("told", "met", "repeated"),
    [
        ([("s", True), ("s", True)], (), Share(0, 1)),
        ([("s", False), ("s", False), ("s", True)], (), Share(1, 2)),
        ([("s", False), ("t", False)], (), Share(0, 0)),
        ([("s", False), ("t", False)], ("s",), Share(1, 1)),
        ([("", False), ("", False)], (), Share(0, 0)),  # nobody knows what was met there
    ],
)
def test_a_repeated_error_is_one_of_a_kind_that_was_met_and_not_repaired_at_once(
    told: list[tuple[str, bool]], met: tuple[str, ...], repeated: Share
) -> None:
    made = [result(f"f/{n}", right, signature=signature) for n, (signature, right) in enumerate(told)]
    assert measures(made, met).repeated == repeated


def test_a_repair_that_was_not_the_first_offer_is_a_repeated_error_all_the_same() -> None:
    late = result("f/a", True, first_right=False, attempts=5)
    assert measures([late], [late.signature]).repeated == Share(1, 1)


@given(some, st.randoms())
def test_the_order_in_which_tasks_ended_changes_nothing(made: list, random) -> None:
    other = list(made)
    random.shuffle(other)
    assert measures(other) == measures(made)


@given(some)
def test_families_add_up(made: list) -> None:
    told = by_family(made)
    whole = measures(made)
    assert sum(one.passed.hits for one in told.values()) == whole.passed.hits
    assert sum(one.passed.of for one in told.values()) == whole.passed.of


@given(some)
def test_nobody_wins_or_loses_against_himself(made: list) -> None:
    told = compare(made, made)
    assert (told.won, told.lost, told.missing, told.chance) == ((), (), (), 1.0)


@given(some, st.sets(st.integers(0, 11)))
def test_who_wins_one_way_loses_the_other(made: list, changed: set[int]) -> None:
    other = [replace(r, passed=not r.passed) if n in changed else r for n, r in enumerate(made)]
    one, two = compare(made, other), compare(other, made)
    assert (one.won, one.lost, one.chance) == (two.lost, two.won, two.chance)
    assert len(one.won) + len(one.lost) + one.unchanged == sum(not r.skipped for r in made)


def test_pairs_are_told_task_by_task() -> None:
    before = results(a=True, b=False, c=True, d=True)
    now = [result("family/a", False), result("family/b", True), result("family/c", True, steps=3)]
    told = compare(now, before)
    assert (told.won, told.lost, told.missing) == (("family/b",), ("family/a",), ("family/d",))
    assert (told.unchanged, told.chance, told.steps_chance) == (1, 1.0, 1.0)


def test_the_part_that_suggestions_leave_is_asked_of_the_tasks_themselves() -> None:
    yes, no, no_and_searched = (replace(koan, suggestion_repairs=False) for koan in read_frozen("simd")[:3])
    yes = replace(yes, suggestion_repairs=True, search_repairs=False)
    no = replace(no, search_repairs=False)
    no_and_searched = replace(no_and_searched, search_repairs=True)
    unknown = replace(read_frozen("simd")[3], suggestion_repairs=None)
    left = left_by([yes, no, no_and_searched, unknown])
    assert left == {"suggestions": {no.id, no_and_searched.id}, "search": {no.id}}
    told = on_parts([result(no.id, True), result(no_and_searched.id)], {**left, "nothing": frozenset()})
    assert {name: part.passed for name, part in told.items()} == {"suggestions": Share(1, 2), "search": Share(1, 1)}


def test_signatures_are_those_that_were_met() -> None:
    assert signatures([result("f/a", signature="s"), result("f/b", signature="")]) == {"s"}
