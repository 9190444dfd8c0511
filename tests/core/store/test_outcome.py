from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepy_core.errors import StoreError
from sleepy_core.model import Outcome, Source
from sleepy_core.store.outcome import KEPT, check_move, is_closed, next_outcomes, outcomes_of

F, A, C, R, D, H = (
    Outcome.OFFERED,
    Outcome.ACCEPTED,
    Outcome.CONFIRMED,
    Outcome.REVERTED,
    Outcome.DISMISSED,
    Outcome.HUMAN,
)
OFFER_MOVES = {(F, A), (F, D), (A, C), (A, R), (C, R), (R, A), (D, A)}
HAND_MOVES = {(H, R), (R, H)}
PROPOSERS = [s for s in Source if s is not Source.HUMAN]


@pytest.mark.parametrize("source", PROPOSERS)
@pytest.mark.parametrize(("now", "then"), list(product(Outcome, Outcome)))
def test_an_offer_makes_these_moves_and_no_others(source: Source, now: Outcome, then: Outcome) -> None:
    if (now, then) in OFFER_MOVES:
        check_move(source, now, then)
    else:
        with pytest.raises(StoreError, match=f"an offer that was {now} cannot become {then}"):
            check_move(source, now, then)


@pytest.mark.parametrize(("now", "then"), list(product(Outcome, Outcome)))
def test_a_fix_made_by_hand_can_only_be_undone_and_redone(now: Outcome, then: Outcome) -> None:
    if (now, then) in HAND_MOVES:
        check_move(Source.HUMAN, now, then)
    else:
        with pytest.raises(StoreError, match="a fix made by hand"):
            check_move(Source.HUMAN, now, then)


@given(st.sampled_from(Source), st.lists(st.sampled_from(Outcome), max_size=30))
def test_no_path_leaves_the_outcomes_of_its_source(source: Source, wishes: list[Outcome]) -> None:
    now = H if source is Source.HUMAN else F
    seen = [now]
    for wish in wishes:
        try:
            check_move(source, now, wish)
        except StoreError:
            continue
        now = wish
        seen.append(now)
    assert set(seen) <= outcomes_of(source)
    assert next_outcomes(source, now), "there is always a way on: text can be undone and redone for ever"
    for before, after in pairwise(seen):
        assert after is not C or before is A, "only what was accepted is confirmed"


def test_offers_and_fixes_by_hand_are_told_apart() -> None:
    assert all(H not in outcomes_of(s) for s in PROPOSERS)
    assert outcomes_of(Source.HUMAN) == {H, R}
    assert next_outcomes(Source.HUMAN, A) == frozenset()


def test_an_offer_stays_open_until_it_is_refused_confirmed_or_undone() -> None:
    assert {o for o in Outcome if not is_closed(o)} == {F, A}
    assert {A, C, H} == KEPT
