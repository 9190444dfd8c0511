"""Which koans are asked: samples that are even over the families, the same for the same seed, and named."""

from dataclasses import replace

from helpers.koans import MODELLED
from sleepy_core.evaluate.tasks import Tasks, load_tasks, of_the_day, sampled


def tasks(**families: int) -> Tasks:
    koans = (
        replace(MODELLED, id=f"{family}/{number}", family=family)
        for family, count in families.items()
        for number in range(count)
    )
    return Tasks(tuple(koans), ("line 3 is none",), "frozen")


def test_a_sample_is_even_over_the_families_and_says_what_it_is() -> None:
    made = sampled(tasks(a=4, b=4, c=2), 7)
    counts = [sum(koan.family == family for koan in made.koans) for family in "abc"]
    assert sorted(counts) == [2, 2, 3]
    assert counts[2] == 2
    assert (made.name, made.problems) == ("frozen: 7 of 10, seed 1", ("line 3 is none",))
    assert [koan.id for koan in made.koans] == sorted(koan.id for koan in made.koans)  # in their order


def test_another_seed_chooses_others_and_a_smaller_sample_is_part_of_a_greater() -> None:
    every = tasks(a=20, b=20)
    assert sampled(every, 10) == sampled(every, 10)
    assert sampled(every, 10).koans != sampled(every, 10, seed=2).koans
    assert {koan.id for koan in sampled(every, 6).koans} < {koan.id for koan in sampled(every, 10).koans}


def test_where_there_are_no_more_it_is_all_of_them_under_their_own_name() -> None:
    assert sampled(tasks(a=2), 2) == tasks(a=2)


def test_each_frozen_family_is_asked_once_by_fifty_tasks() -> None:
    every = load_tasks("frozen")
    assert every.name == "frozen"
    assert {koan.family for koan in sampled(every, 50).koans} == {koan.family for koan in every.koans}
    assert load_tasks("frozen", family="question_mark").name == "frozen: question_mark"


def test_a_day_has_the_tasks_that_come_next() -> None:
    every = tasks(a=2, b=2)
    assert [[koan.id for koan in of_the_day(every, 2, day).koans] for day in (0, 1, 2)] == [
        ["a/0", "b/0"],
        ["a/1", "b/1"],
        ["a/0", "b/0"],
    ]
