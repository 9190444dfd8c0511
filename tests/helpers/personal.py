"""Has each of two repositories learned its own house style? Real nights, real routes, the engine's own words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from helpers import house_styles
from helpers.house_styles import REPOS, STYLES
from helpers.nights import Event, Home
from sleepy_core.engines.digest import model_digest
from sleepy_core.engines.embedded import Embedded
from sleepy_core.engines.protocol import Request
from sleepy_core.night.example import Example, read_examples
from sleepy_core.night.judging import same_code
from sleepy_core.night.night import folder_of, nights
from sleepy_core.night.route import route
from sleepy_core.night.serving import adapter_files
from sleepy_core.propose.prompt import REWRITE, span_room
from sleepy_core.settings import EngineSettings
from sleepy_core.store import shelf
from sleepy_core.store.coefficients import Status
from sleepy_koans.check import Checker


@dataclass(frozen=True, slots=True)
class Asked:
    """One held-out error: how likely each style's repair is, and which of them is written without chance."""

    likelihood: dict[str, float]  # natural logarithm, by style
    written: str  # a style, or "" for something else


@dataclass(frozen=True, slots=True)
class Told:
    """What one set says of the held-out errors."""

    asked: tuple[Asked, ...]

    def mean(self, style: str) -> float:
        """How likely this style's repairs are, in the mean."""
        return sum(one.likelihood[style] for one in self.asked) / len(self.asked)

    def margin(self, style: str) -> float:
        """By how many nats an answer of this style is likelier than the other's, in the mean."""
        return self.mean(style) - self.mean(house_styles.other(style))

    def preferred(self, style: str) -> int:
        """Of how many errors this style's repair is the likelier one."""
        return sum(one.likelihood[style] > one.likelihood[house_styles.other(style)] for one in self.asked)

    def written(self, style: str) -> int:
        """Of how many errors this style's repair is what is written."""
        return sum(one.written == style for one in self.asked)


async def sleep_both(home: Home, told: Callable[[Event], None] = lambda _: None) -> dict[str, str]:
    """Fill the database, and sleep for one repository after the other; the set that answers each.

    The second night leaves the first's files and route as they were.
    """
    with Checker(home.folder / "checker.sqlite") as checker:
        for style in STYLES:
            made = await asyncio.to_thread(house_styles.episodes, style, checker)
            await home.remember(REPOS[style], made)
    sets: dict[str, str] = {}
    files: dict[str, bytes] = {}
    for style in STYLES:
        last = (await home.sleep(REPOS[style].id))[-1]
        told(last)
        assert last.get("promoted"), last
        sets[style] = last["id"]
        files[style] = _bytes(shelf.folder_of(last["id"]))
    async with home.database() as database:
        current = await database.coefficient_sets(status=Status.CURRENT)
    digest = model_digest(home.model)
    for style in STYLES:
        assert route(current, digest, REPOS[style].id, "mismatched-types") == sets[style]
        assert _bytes(shelf.folder_of(sets[style])) == files[style]
    return sets


async def preferences(home: Home, sets: dict[str, str]) -> dict[str, Told]:
    """What each repository's set, and what answered before ("before"), say of the errors that were held out of both."""
    held = {style: _held_out(home, sets[style]) for style in STYLES}
    pairs = list(zip(*(held[style] for style in STYLES), strict=True))
    assert pairs
    assert all(one.messages == two.messages and one.answer != two.answer for one, two in pairs)
    before = nights(home.data)[0].current
    named = [set_ for set_ in (before, *sets.values()) if set_]
    files, problems = await adapter_files(named, home.model, model_digest(home.model))
    assert not problems, problems
    settings = EngineSettings(embedded_model=str(home.model), context_tokens=2048, threads=1)
    found = {}
    async with Embedded(settings, files) as engine:
        for name, set_ in {"before": before, **sets}.items():
            found[name] = Told(tuple([await _ask(engine, set_, pair) for pair in pairs]))
    return found


async def _ask(engine: Embedded, set_: str, pair: Sequence[Example]) -> Asked:
    first, answers = pair[0], [one.answer for one in pair]
    scores = await engine.score(first.messages, answers, set_)
    request = Request(
        first.messages, max_tokens=max(map(span_room, answers)), stop=("\n" + REWRITE,), coefficients=set_,
        reproducible=True, deadline=3600,
    )  # fmt: skip
    async with aclosing(engine.generate(request)) as stream:
        (answer,) = [answer async for answer in stream]
    written = next((style for style, right in zip(STYLES, answers, strict=True) if same_code(answer.text, right)), "")
    return Asked(dict(zip(STYLES, scores, strict=True)), written)


def _held_out(home: Home, set_: str) -> tuple[Example, ...]:
    (night,) = [night for night in nights(home.data) if night.id == set_]
    return read_examples(folder_of(home.data, night.id) / "held_out.jsonl")


def _bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())
