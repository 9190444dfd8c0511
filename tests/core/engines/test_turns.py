"""Requests for one model go together; those for another wait for their turn."""

from __future__ import annotations

import asyncio

import pytest

from sleepy_core.engines.turns import Turns


class Visits:
    """Who was inside, in order, and whether two kinds ever were at the same time."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.entered: list[str] = []
        self.inside: list[str] = []

    async def visit(self, key: str, until: asyncio.Event | None = None) -> None:
        """Stays until something has happened, or for a moment."""
        async with self.turns.turn(key):
            self.entered.append(key)
            self.inside.append(key)
            assert set(self.inside) == {key}
            await (asyncio.sleep(0.01) if until is None else until.wait())
            self.inside.remove(key)


async def test_mixed_requests_are_batched_by_kind() -> None:
    visits = Visits(Turns())
    await asyncio.gather(*(visits.visit(key) for key in "abcabcab"))
    assert visits.entered == list("aaabbbcc")


async def test_who_comes_while_another_kind_waits_joins_the_present_turn_for_a_while_only() -> None:
    for patience, order in ((60.0, "aab"), (0.0, "aba")):
        visits, end = Visits(Turns(patience)), asyncio.Event()
        first = asyncio.create_task(visits.visit("a", end))
        await asyncio.sleep(0)
        other = asyncio.create_task(visits.visit("b"))
        await asyncio.sleep(0)
        late = asyncio.create_task(visits.visit("a"))
        await asyncio.sleep(0)
        end.set()
        await asyncio.gather(first, other, late)
        assert visits.entered == list(order)


async def test_who_gives_up_waiting_holds_nobody_up() -> None:
    visits, end = Visits(Turns()), asyncio.Event()
    first = asyncio.create_task(visits.visit("a", end))
    await asyncio.sleep(0)
    impatient = asyncio.create_task(visits.visit("b"))
    last = asyncio.create_task(visits.visit("c"))
    await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    end.set()
    await asyncio.gather(first, last)
    assert visits.entered == ["a", "c"]


async def test_who_gives_up_in_the_moment_of_being_let_in_leaves_again() -> None:
    turns = Turns()
    visits = Visits(turns)
    async with turns.turn("a"):
        waiting = asyncio.create_task(visits.visit("b"))
        await asyncio.sleep(0)
    waiting.cancel()  # it has been let in, and has not run since
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.wait_for(visits.visit("c"), 1)


async def test_an_error_inside_ends_the_turn() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="inside"):
        async with turns.turn("a"):
            raise ValueError("inside")
    await asyncio.wait_for(Visits(turns).visit("b"), 1)
