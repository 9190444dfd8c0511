"""A model rates candidates as answers to the question that it would be asked itself."""

from __future__ import annotations

from helpers.diagnostics import FILE
from helpers.edit_kinds import site
from helpers.fake_engine import FakeEngine
from sleepy_core.engines.protocol import Engine
from sleepy_core.errors import EngineDown
from sleepy_core.model import Edit, FilePatch, Patch
from sleepy_core.propose.prompt import Region
from sleepy_core.propose.search.likelihood import Likelihood, added, rewritten
from sleepy_core.settings import EngineSettings
from sleepy_core.text import digest

HERE = site("fn f() {\n    g(«name»);\n    h();\n}\n", "E0382", "use of moved value: `name`")
LINE = Region(FILE, 1, 1)


def writes(old: str, new: str) -> Patch:
    at = HERE.text.index(old)
    return Patch((FilePatch(FILE, digest(HERE.text), (Edit(at, at + len(old), new),)),))


def test_the_answer_is_the_line_as_the_candidate_leaves_it() -> None:
    assert rewritten(LINE, HERE.case.texts, writes("name", "&name")) == "    g(&name);"


def test_a_line_may_become_two() -> None:
    assert rewritten(LINE, HERE.case.texts, writes("g(", "let x = 1;\n    g(")) == "    let x = 1;\n    g(name);"


def test_a_candidate_that_changes_another_line_is_no_answer() -> None:
    assert rewritten(LINE, HERE.case.texts, writes("h();", "i();")) is None


def test_the_likeliest_costs_nothing_and_an_unrated_one_the_mean() -> None:
    assert added(3, {0: -10.0, 1: -12.0}) == [0.0, 0.3, 0.15]


def test_an_opinion_never_counts_for_more_than_two_classes() -> None:
    assert added(2, {0: -1.0, 1: -500.0}) == [0.0, 2.0]


def test_without_any_rating_nothing_changes() -> None:
    assert added(2, {}) == [0.0, 0.0]


class Rates(FakeEngine):
    """Can score: the shorter, the likelier."""

    def __init__(self) -> None:
        super().__init__(scores=True)


async def costs(engine: Engine | None) -> list[float]:
    async def find() -> Engine | None:
        return engine

    patches = [writes("name", "name.clone()"), writes("name", "&name"), writes("h();", "i();")]
    return await Likelihood(find, EngineSettings()).costs(HERE.case, patches)


async def test_the_likelier_is_cheaper() -> None:
    clone, borrow, elsewhere = await costs(Rates())
    # All three lie in the function around the error, so one question is enough for them.
    assert 0.0 == elsewhere < borrow < clone


async def test_without_a_model_that_can_say_there_is_no_opinion() -> None:
    assert await costs(None) == [0.0, 0.0, 0.0]
    assert await costs(FakeEngine()) == [0.0, 0.0, 0.0]


async def test_an_engine_that_fails_has_no_opinion() -> None:
    class Fails(Rates):
        async def score(self, *_: object) -> list[float]:  # type: ignore[override]
            raise EngineDown("gone")

    assert await costs(Fails()) == [0.0, 0.0, 0.0]
