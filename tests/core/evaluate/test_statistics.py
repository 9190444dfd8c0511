"""Intervals and tests, against values from textbooks and against what must always hold."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepy_core.evaluate.statistics import mcnemar, sign_test, wilson

counts = st.integers(0, 300)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        # R: prop.test(hits, of, correct = FALSE)
        (10, 20, 0.2993, 0.7007),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilsons_interval_is_the_textbooks(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


@given(counts, counts)
def test_an_interval_holds_its_share_and_is_mirrored_by_the_failures(hits: int, misses: int) -> None:
    of = hits + misses
    low, high = wilson(hits, of)
    assert 0 <= low <= (hits / of if of else low) <= high <= 1
    assert wilson(misses, of) == (pytest.approx(1 - high), pytest.approx(1 - low))


@given(st.integers(1, 100), st.integers(2, 5))
def test_more_tasks_make_it_narrower(hits: int, times: int) -> None:
    narrow, wide = wilson(hits * times, 200 * times), wilson(hits, 200)
    assert narrow[1] - narrow[0] < wide[1] - wide[0]


@pytest.mark.parametrize(
    ("won", "lost", "chance"),
    [(0, 0, 1.0), (1, 0, 1.0), (5, 0, 0.0625), (6, 0, 0.03125), (9, 1, 0.021484375), (8, 2, 0.109375), (3, 3, 1.0)],
)
def test_mcnemars_test_is_the_exact_binomial_one(won: int, lost: int, chance: float) -> None:
    assert mcnemar(won, lost) == pytest.approx(chance)


@given(counts, counts)
def test_winning_as_much_as_losing_is_as_unlikely(won: int, lost: int) -> None:
    assert 0 < mcnemar(won, lost) == mcnemar(lost, won) <= 1


@given(st.integers(0, 60))
def test_chances_of_all_splits_are_those_of_a_fair_coin(n: int) -> None:
    """How often a chance below 5 % comes up where nothing has changed: at most as often as it says."""
    false_alarms = sum(comb(n, won) for won in range(n + 1) if mcnemar(won, n - won) < 0.05)
    assert false_alarms / 2**n < 0.05


def test_the_sign_test_counts_directions_and_drops_ties() -> None:
    assert sign_test([(1, 2), (5, 5), (3, 9), (2, 2.5), (0, 1), (4, 8), (1, 7)]) == mcnemar(6, 0)
    assert sign_test([]) == 1
