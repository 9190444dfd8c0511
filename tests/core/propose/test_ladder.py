"""The ladder compiles little, offers the best, and leaves nothing running."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from helpers.diagnostics import case, diagnostic
from helpers.fake_proposers import FakeProposer, FakeVerifier, proposal
from sleepy_core.errors import PatchError, ShadowError
from sleepy_core.model import Attempt, Offer, Position, Proposal, Source, Verdict, VerdictKind
from sleepy_core.propose.case import Case, Proposer
from sleepy_core.propose.ladder import Ladder, best_first
from sleepy_core.settings import FixSettings

OLD = "fn f() { wrong }\n"
CLEAN, BETTER, UNMASKS, BREAKS = VerdictKind.CLEAN, VerdictKind.BETTER, VerdictKind.UNMASKS, VerdictKind.BREAKS


def the_case() -> Case:
    return case(diagnostic("mismatched types", Position(0, 9), Position(0, 14)), OLD)


def settings(**changes: float) -> FixSettings:
    return FixSettings.model_validate(changes)


async def climb(
    verifier: FakeVerifier, *proposers: Proposer, attempts: list[Attempt] | None = None, **changes: float
) -> list[Offer]:
    ladder = Ladder(proposers, verifier, settings(**changes))
    noted = attempts.append if attempts is not None else None
    return [offer async for offer in ladder.climb(the_case(), noted)]


def says(**verdicts: VerdictKind) -> FakeVerifier:
    return FakeVerifier(OLD, lambda text: verdicts.get(text, BREAKS))


async def test_a_rung_that_repairs_the_error_keeps_the_costlier_ones_from_being_asked() -> None:
    cheap, dear = FakeProposer(proposal(OLD, "a"), proposal(OLD, "b")), FakeProposer(proposal(OLD, "c"))
    offers = await climb(says(a=CLEAN, b=BETTER, c=CLEAN), cheap, dear)
    assert [offer.proposal.label for offer in offers] == ["a", "b"]
    assert dear.asked == 0


@pytest.mark.parametrize("verdicts", [{"a": BREAKS}, {"a": UNMASKS}])
async def test_a_rung_that_does_not_repair_the_error_hands_it_on(verdicts: dict[str, VerdictKind]) -> None:
    offers = await climb(says(c=CLEAN, **verdicts), FakeProposer(proposal(OLD, "a")), FakeProposer(proposal(OLD, "c")))
    assert offers[-1].proposal.label == "c"


async def test_a_weak_repair_is_offered_but_the_search_goes_on() -> None:
    weak = FakeProposer(proposal(OLD, "a", weak=True))
    offers = await climb(says(a=CLEAN, c=BETTER), weak, FakeProposer(proposal(OLD, "c")))
    assert [offer.proposal.label for offer in offers] == ["a", "c"]
    assert [offer.proposal.label for offer in best_first(offers)] == ["c", "a"]


async def test_a_repair_that_fails_the_tests_is_offered_but_the_search_goes_on() -> None:
    fails = Verdict(BETTER, 0, reason="1 tests fail: t")
    verifier = FakeVerifier(OLD, lambda text: fails if text == "a" else CLEAN)
    offers = await climb(verifier, FakeProposer(proposal(OLD, "a")), FakeProposer(proposal(OLD, "c")))
    assert [offer.proposal.label for offer in best_first(offers)] == ["c", "a"]


async def test_the_same_text_is_never_compiled_twice_whoever_proposes_it() -> None:
    verifier = says()
    await climb(verifier, FakeProposer(proposal(OLD, "a"), proposal(OLD, "a")), FakeProposer(proposal(OLD, "a")))
    assert verifier.compiled == ["a"]


async def test_what_changes_nothing_or_does_not_apply_is_not_compiled() -> None:
    verifier = says()
    await climb(verifier, FakeProposer(proposal(OLD, OLD), proposal("another text", "a")))
    assert verifier.compiled == []


async def test_every_attempt_is_told_and_later_proposers_know_them() -> None:
    attempts: list[Attempt] = []
    later = FakeProposer()
    await climb(says(), FakeProposer(proposal(OLD, "a"), proposal(OLD, "b")), later, attempts=attempts)
    assert [attempt.proposal.label for attempt in attempts] == ["a", "b"]
    assert list(later.tried) == attempts


async def test_offers_tell_how_many_candidates_and_milliseconds_they_took() -> None:
    verifier = FakeVerifier(OLD, lambda text: CLEAN if text == "b" else BREAKS, seconds=0.01)
    (offer,) = await climb(verifier, FakeProposer(proposal(OLD, "a"), proposal(OLD, "b")))
    assert offer.attempts == 2
    assert offer.ms >= 20


async def test_the_candidates_are_counted() -> None:
    verifier = says()
    await climb(verifier, FakeProposer(*(proposal(OLD, str(i)) for i in range(9))), FakeProposer(), candidates=4)
    assert len(verifier.compiled) == 4


async def test_enough_offers_end_the_climb_and_weak_ones_do_not_count() -> None:
    rung = FakeProposer(
        proposal(OLD, "w", weak=True), proposal(OLD, "a"), proposal(OLD, "b"), proposal(OLD, "c"), proposal(OLD, "d")
    )
    offers = await climb(FakeVerifier(OLD, lambda _: CLEAN), rung, offers=2)
    assert [offer.proposal.label for offer in offers] == ["w", "a", "b"]


async def test_no_more_weak_offers_are_made_than_offers_are_wanted() -> None:
    rung = FakeProposer(*(proposal(OLD, str(i), weak=True) for i in range(9)))
    assert len(await climb(FakeVerifier(OLD, lambda _: CLEAN), rung, offers=2)) == 2


async def test_the_budget_ends_a_proposer_that_never_answers() -> None:
    never = FakeProposer(3600.0)
    later = FakeProposer(proposal(OLD, "a"))
    assert await climb(says(a=CLEAN), never, later, budget_seconds=0.05) == []
    assert never.closed == 1
    assert later.asked == 0


async def test_the_budget_ends_a_verification_that_never_ends() -> None:
    rung = FakeProposer(proposal(OLD, "a"), proposal(OLD, "b"))
    assert await climb(FakeVerifier(OLD, lambda _: CLEAN, seconds=3600), rung, budget_seconds=0.05) == []
    assert rung.closed == 1


async def test_a_proposer_that_fails_does_not_stop_the_others() -> None:
    broken = FakeProposer(proposal(OLD, "a"), ZeroDivisionError("a bug"))
    offers = await climb(says(c=CLEAN), broken, FakeProposer(proposal(OLD, "c")))
    assert [offer.proposal.label for offer in offers] == ["c"]


async def test_a_patch_that_stopped_fitting_is_an_attempt_that_breaks() -> None:
    attempts: list[Attempt] = []
    verifier = FakeVerifier(OLD, lambda text: PatchError("changed since") if text == "a" else CLEAN)
    offers = await climb(verifier, FakeProposer(proposal(OLD, "a"), proposal(OLD, "b")), attempts=attempts)
    assert attempts[0].verdict.reason == "changed since"
    assert [offer.proposal.label for offer in offers] == ["b"]


async def test_a_verifier_that_cannot_work_is_heard_and_the_proposer_is_closed() -> None:
    rung = FakeProposer(proposal(OLD, "a"), proposal(OLD, "b"))
    with pytest.raises(ShadowError):
        await climb(FakeVerifier(OLD, lambda _: ShadowError("disk full")), rung)
    assert rung.closed == 1


async def test_cancelling_closes_the_proposer_that_is_thinking_ahead() -> None:
    rung = FakeProposer(proposal(OLD, "a"), 3600.0)
    task = asyncio.create_task(climb(FakeVerifier(OLD, lambda _: CLEAN, seconds=3600), rung))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert rung.closed == 1


async def test_closing_the_climb_after_the_first_offer_closes_the_proposer() -> None:
    rung = FakeProposer(proposal(OLD, "a"), 3600.0)
    ladder = Ladder([rung], FakeVerifier(OLD, lambda _: CLEAN), settings())
    async with aclosing(ladder.climb(the_case())) as offers:
        async for _ in offers:
            break
    assert rung.closed == 1


async def test_the_next_candidate_is_thought_of_while_the_last_is_compiled() -> None:
    rung = FakeProposer(proposal(OLD, "a"), 0.1, proposal(OLD, "b"))
    offers = await climb(FakeVerifier(OLD, lambda text: BETTER, seconds=0.1), rung)
    assert offers[1].ms < 290  # one after the other would be 0.1 + 0.1 + 0.1


def an_offer(verdict: VerdictKind, *, remaining: int = 0, new: str = "x", of: Proposal | None = None) -> Offer:
    error = the_case().diagnostic
    return Offer("id", error, "", "", of or proposal(OLD, new), Verdict(verdict, remaining), 1, 0.0)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (an_offer(UNMASKS, remaining=9), an_offer(CLEAN, of=proposal(OLD, "x", weak=True))),
        (an_offer(CLEAN), an_offer(BETTER)),
        (an_offer(BETTER, remaining=9), an_offer(UNMASKS)),
        (an_offer(BETTER, remaining=1), an_offer(BETTER, remaining=2)),
        (an_offer(CLEAN, of=proposal(OLD, "longer")), an_offer(CLEAN, of=proposal(OLD, "x", Source.MODEL))),
        (
            an_offer(CLEAN, of=proposal(OLD, "x", Source.RECALL, cost=9)),
            an_offer(CLEAN, of=proposal(OLD, "x", Source.MODEL)),
        ),
        (an_offer(CLEAN, of=proposal(OLD, "longer")), an_offer(CLEAN, of=proposal(OLD, "x", cost=0.5))),
        (an_offer(CLEAN, new="x"), an_offer(CLEAN, new="longer")),
    ],
)
def test_the_better_offer_comes_first(better: Offer, worse: Offer) -> None:
    assert best_first([worse, better]) == [better, worse]
    assert best_first([better, worse]) == [better, worse]
