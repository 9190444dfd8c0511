"""A candidate and what is in use are asked the same, and nothing is asked twice."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from helpers.fake_engine import FakeEngine
from helpers.koans import MODELLED, SUGGESTED
from helpers.task_results import result
from sleepy_core.engines.protocol import Answer, Message, Request
from sleepy_core.errors import CoefficientsMissing
from sleepy_core.evaluate.results import TaskResult
from sleepy_core.evaluate.run import Parts, settings_for
from sleepy_core.night.example import Example
from sleepy_core.night.judging import Bench, Frozen, judge, of_the_night, same_code
from sleepy_core.night.learned import Answered
from sleepy_core.settings import Settings
from sleepy_koans.check import Checker
from sleepy_koans.koan import Koan

RIGHT, SOLVED = "take(&v);", "    a.wrapping_add(b)"
KOANS = (MODELLED, SUGGESTED)


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checker]:
    with Checker(tmp_path_factory.mktemp("cache") / "koans.sqlite") as made:
        yield made


def held_out(count: int = 1) -> list[Example]:
    return [Example(f"e{n}", "f", "s", (Message("user", "take(v);"),), RIGHT, 1.0, "human") for n in range(count)]


class Knowing(FakeEngine):
    """Each set knows the repair of the held-out errors ("held"), of the first koan ("koan"), of both, or of none."""

    def __init__(self, **sets: str) -> None:
        super().__init__()
        self._sets = sets

    async def generate(self, request: Request) -> AsyncIterator[Answer]:
        self.requests.append(request)
        knows, asked = self._sets.get(request.coefficients, ""), request.messages[-1].content
        right = RIGHT if "take" in asked else SOLVED if "a.plus(b)" in asked else ""
        yield Answer(right if ("held" if "take" in asked else "koan") in knows else "wrong!", 1, 1, 0.0)


def bench(tmp_path: Path, checker: Checker, **sets: str) -> Bench:
    engine = Knowing(**sets)
    return Bench(engine, Parts(checker, settings_for(1, Settings()), (engine,)), tmp_path, "d1", "rustc 1.90")


def asked(bench: Bench) -> list[str]:
    assert isinstance(bench.engine, FakeEngine)
    return [request.coefficients for request in bench.engine.requests]


@pytest.mark.parametrize(
    ("answer", "same"),
    [
        ("    take( &v );", True),
        ("```rust\ntake(&v); // now\n```", True),
        ("take(v);", False),
        ("take(&v); take(&v);", False),
        ("", False),
    ],
)
def test_an_answer_is_exact_when_it_differs_in_layout_alone(answer: str, same: bool) -> None:
    assert same_code(answer, RIGHT) is same


async def judged(bench: Bench, examples: int = 1):  # type: ignore[no-untyped-def]
    return (await judge(bench, "old", "new", held_out(examples), KOANS, lambda *_: None)).settled


async def test_what_gains_and_loses_nothing_passes(tmp_path: Path, checker: Checker) -> None:
    made = bench(tmp_path, checker, old="koan", new="held, koan")
    settled = await judged(made)
    assert settled.passed
    assert (settled.gain["frozen_before"], settled.gain["frozen_kept"]) == (1, 1)


async def test_the_answers_that_it_was_judged_by_are_kept_before_and_after(tmp_path: Path, checker: Checker) -> None:
    made = bench(tmp_path, checker, old="koan", new="held, koan")
    judged = await judge(made, "old", "new", held_out(2), KOANS, lambda *_: None)
    assert judged.answers == tuple(
        Answered(f"e{n}", "wrong!", RIGHT, exact_before=False, exact_now=True) for n in range(2)
    )


async def test_the_candidate_is_asked_only_what_passes_now(tmp_path: Path, checker: Checker) -> None:
    made = bench(tmp_path, checker, old="koan", new="held, koan")
    await judged(made)
    assert isinstance(made.engine, Knowing)
    shown = {
        name: [r.messages[-1].content for r in made.engine.requests if r.coefficients == name]
        for name in ("old", "new")
    }
    assert any("name.len" in prompt for prompt in shown["old"])
    assert not any("name.len" in prompt for prompt in shown["new"])


async def test_a_frozen_task_that_it_loses_rejects_it(tmp_path: Path, checker: Checker) -> None:
    settled = await judged(bench(tmp_path, checker, old="koan", new="held"))
    assert not settled.passed
    assert MODELLED.id in settled.reason


async def test_what_fails_on_held_out_errors_is_not_asked_any_frozen_task(tmp_path: Path, checker: Checker) -> None:
    made = bench(tmp_path, checker, old="koan", new="koan")
    assert not (await judged(made)).passed
    assert asked(made) == ["new", "old"]


async def test_an_adapter_that_the_engine_cannot_load_is_rejected_with_its_words(
    tmp_path: Path, checker: Checker
) -> None:
    engine = FakeEngine(CoefficientsMissing("the file is damaged"))
    made = Bench(engine, Parts(checker, settings_for(1, Settings()), (engine,)), tmp_path, "d1")
    settled = await judged(made)
    assert (settled.passed, settled.reason) == (False, "the file is damaged")


async def test_the_first_frozen_task_that_is_lost_ends_it(tmp_path: Path, checker: Checker) -> None:
    another = dataclasses.replace(MODELLED, id="others/frozen-total", family="others")
    made = bench(tmp_path, checker, old="koan", new="held")
    settled = (await judge(made, "old", "new", held_out(), (MODELLED, another), lambda *_: None)).settled
    assert not settled.passed
    assert asked(made).count("old") == 2  # what was held out, and one of the two
    assert settled.gain["frozen_before"] == 1


async def results_of(bench: Bench, name: str, *koans: Koan) -> list[TaskResult]:
    frozen = Frozen(bench, name, KOANS)
    return [await frozen.ask(koan) for koan in koans]


async def test_what_was_asked_of_a_set_is_not_asked_again_on_another_night(tmp_path: Path, checker: Checker) -> None:
    results = await results_of(bench(tmp_path, checker, old="koan"), "old", *KOANS)
    assert [result.passed for result in results] == [True, False]
    again = bench(tmp_path, checker)
    assert await results_of(again, "old", *KOANS) == results
    assert asked(again) == []


async def test_what_was_asked_only_in_part_is_asked_the_rest_another_night(tmp_path: Path, checker: Checker) -> None:
    await results_of(bench(tmp_path, checker, new="koan"), "new", MODELLED)
    rest = bench(tmp_path, checker)  # it would fail on the first one now, if it were asked
    assert [result.passed for result in await results_of(rest, "new", *KOANS)] == [True, False]
    assert asked(rest)


async def test_another_compiler_or_model_measures_anew(tmp_path: Path, checker: Checker) -> None:
    await results_of(bench(tmp_path, checker), "", MODELLED)
    for change in ({"model": "d2"}, {"rustc": "rustc 1.91"}):
        other = dataclasses.replace(bench(tmp_path, checker), **change)
        await results_of(other, "", MODELLED)
        assert asked(other)


def koans(**families: int) -> list[Koan]:
    return [
        dataclasses.replace(MODELLED, id=f"{family}/{number}", family=family)
        for family, count in families.items()
        for number in range(count)
    ]


def test_a_night_asks_one_task_of_each_family_and_the_next_night_the_next_ones() -> None:
    every, known = koans(a=3, b=2, c=1), dict[str, TaskResult]()
    nights = []
    while asked := of_the_night(every, known):
        nights.append("".join(sorted(koan.family for koan in asked)))
        known |= {koan.id: result(koan.id) for koan in asked}
    assert nights == ["abc", "ab", "a"]
    assert known.keys() == {koan.id for koan in every}


def test_what_is_known_to_pass_is_asked_every_night_and_first() -> None:
    every = koans(a=2, b=2)
    known = {"a/1": result("a/1", passed=True), "b/0": result("b/0")}
    asked = [koan.id for koan in of_the_night(every, known)]
    assert asked[0] == "a/1"
    assert set(asked) & known.keys() == {"a/1"}
    assert of_the_night(every, {koan.id: result(koan.id, passed=True) for koan in every}) == every


def test_a_night_that_was_left_within_a_part_goes_on_with_that_part() -> None:
    every = koans(a=2, b=2, c=2)
    first = of_the_night(every, {})
    known = {first[0].id: result(first[0].id)}
    assert of_the_night(every, known) == first[1:]


async def test_where_the_engine_can_say_likelihoods_count_too(tmp_path: Path, checker: Checker) -> None:
    engine = FakeEngine(RIGHT, RIGHT, scores=True)
    made = Bench(engine, Parts(checker, settings_for(1, Settings()), (engine,)), tmp_path, "d1")
    settled = await judged(made)
    assert settled.gain["likelihood_now"] == settled.gain["likelihood_before"] == -float(len(RIGHT))
    assert not settled.passed  # nothing has changed
