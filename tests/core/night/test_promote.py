from __future__ import annotations

import pytest

from helpers.task_results import results
from sleepy_core.night.promote import Acceptance, HeldOut, settle, takes_back

SAME = results(a=True, b=True)


def held(exact: str, likelihood: float | None = None) -> HeldOut:
    """`+-`: repaired, not repaired."""
    return HeldOut(tuple(mark == "+" for mark in exact), () if likelihood is None else (likelihood,) * len(exact))


@pytest.mark.parametrize(
    ("now", "before", "passes", "says"),
    [
        (held("++-"), held("+--"), True, "it repairs 2 of 3 errors"),
        (held("+--"), held("++-"), False, "2 were repaired as it was done before, 1 now"),
        (held("+--"), held("+--"), False, "it is no better"),
        (held("-", -3.0), held("-", -9.0), True, "have become likelier to it"),
        (held("-", -3.0), held("-", -3.04), False, "it is no better"),
        (held("+", -9.0), held("-", -3.0), False, "log-likelihood of a held-out repair -3.00 before, -9.00 now"),
        (held("-+"), held("+-"), False, "it is no better"),  # one won and one lost
        (held("+", -3.005), held("-", -3.0), True, "it repairs 1 of 1"),  # no more than sums differ by
    ],
)
def test_it_has_to_be_better_at_what_was_held_out_and_worse_at_nothing(
    now: HeldOut, before: HeldOut, passes: bool, says: str
) -> None:
    settled = settle((now, before), (SAME, SAME))
    assert settled.passed is passes
    assert says in settled.reason
    assert settled.gain["told"]


def test_one_lost_frozen_task_is_enough_to_reject_it_and_the_reason_names_it() -> None:
    settled = settle((held("+"), held("-")), (results(a=True, b=False), SAME))
    assert not settled.passed
    assert "family/b" in settled.reason


def test_a_frozen_task_that_the_candidate_was_not_asked_does_not_count_as_kept() -> None:
    assert not settle((held("+"), held("-")), (results(a=True), SAME)).passed


def test_where_no_frozen_task_passed_none_can_be_lost() -> None:
    settled = settle((held("+"), held("-")), ((), ()), frozen_tasks=(49, 245))
    assert settled.passed
    told = "none of the 49 frozen tasks passed before that were asked, of 245"
    assert {"rule": "no frozen task lost", "kept": True, "told": told} in settled.gain["rules"]
    assert (settled.gain["frozen_asked"], settled.gain["frozen_tasks"]) == (49, 245)


@pytest.mark.parametrize(
    ("before", "since", "back"),
    [
        ((18, 2), (1, 5), True),
        ((18, 2), (0, 4), False),  # four answers are too few
        ((18, 2), (5, 1), False),  # less, and well within chance
        ((2, 8), (1, 5), False),  # it was never better
        ((0, 0), (0, 9), False),  # nothing to compare with
        ((90, 10), (12, 12), True),
        ((9, 1), (0, 5), True),
    ],
)
def test_what_is_taken_clearly_less_often_than_before_is_taken_back(
    before: tuple[int, int], since: tuple[int, int], back: bool
) -> None:
    told = takes_back(Acceptance(*before), Acceptance(*since))
    assert bool(told) is back
    if back:
        assert f"{since[0]} of {sum(since)}, and {before[0]} of {sum(before)} before it" in told
