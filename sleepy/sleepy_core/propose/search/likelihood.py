"""What a model thinks of candidates: how likely each would be as its own answer.

The question is the one that the model would be asked for a repair (the span format of `propose.prompt`), so that what
it learns from a repository's episodes counts here, too. A candidate that changes other lines than those that the
question is about has no such answer, and is not rated.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from sleepy_core.engines.protocol import Engine
from sleepy_core.errors import EngineError, PatchError
from sleepy_core.model import Patch, RelPath
from sleepy_core.propose.case import Case
from sleepy_core.propose.coefficients import Choose, bare
from sleepy_core.propose.prompt import Region, compiler_text, regions, render_span
from sleepy_core.settings import EngineSettings
from sleepy_core.text import LineIndex, apply_edits

log = structlog.get_logger()

# Rating takes as long as writing: more than these would come too late.
_MOST = 12
_LONGEST = 400  # characters of an answer
_NATS = 0.15  # of cost for each nat that a candidate is less likely than the likeliest
_MOST_ADDED = 2.0

FindEngine = Callable[[], Awaitable[Engine | None]]


class Likelihood:
    """Asks a model for the likelihood of candidates; without one that can say, there is no answer."""

    def __init__(self, find_engine: FindEngine, settings: EngineSettings, choose: Choose = bare) -> None:
        self._find_engine = find_engine
        self._settings = settings
        self._choose = choose

    async def costs(self, case: Case, patches: Sequence[Patch]) -> list[float]:
        """What to add to each candidate's cost, by its likelihood; all zero where nothing is known. Never raises
        `EngineError`.
        """
        engine = await self._find_engine()
        if engine is None:
            return [0.0] * len(patches)
        try:
            capabilities = await engine.capabilities()
            asked = _question(case, patches) if capabilities.scores else None
            if asked is None:
                return [0.0] * len(patches)
            region, answers = asked
            room = min(capabilities.context, self._settings.context_tokens) - _LONGEST
            messages = render_span(compiler_text(case.diagnostic), case.texts[region.file], region, tokens=room)
            if not messages:
                return [0.0] * len(patches)
            chosen = await self._choose(engine, case)
            rated = await engine.score(messages, list(answers.values()), chosen.name)
        except EngineError as error:
            log.warning("candidates-not-rated", engine=engine.name, problem=str(error))
            return [0.0] * len(patches)
        return added(len(patches), dict(zip(answers, rated, strict=True)))


def added(count: int, rated: Mapping[int, float]) -> list[float]:
    """Costs from log-likelihoods (nats): none for the likeliest, up to two for the others; unrated ones get the mean.

    So a candidate is neither helped nor hurt by being one that cannot be rated. Pure.
    """
    best = max(rated.values(), default=0.0)
    costs = {number: min(_MOST_ADDED, _NATS * (best - nats)) for number, nats in rated.items()}
    mean = sum(costs.values()) / len(costs) if costs else 0.0
    return [costs.get(number, mean) for number in range(count)]


def _question(case: Case, patches: Sequence[Patch]) -> tuple[Region, dict[int, str]] | None:
    """The lines to ask about, and the answer that each candidate is, by its number: the lines most are about."""
    best: tuple[Region, dict[int, str]] | None = None
    for region in regions(case.diagnostic, case.texts):
        answers: dict[int, str] = {}
        for number, patch in enumerate(patches):
            written = rewritten(region, case.texts, patch)
            if written is not None and len(written) <= _LONGEST and len(answers) < _MOST:
                answers[number] = written
        if len(answers) > (len(best[1]) if best else 1):
            best = region, answers
    return best


def rewritten(region: Region, texts: Mapping[RelPath, str], patch: Patch) -> str | None:
    """The region's lines after a patch; None where the patch changes anything else. Pure."""
    if len(patch.files) != 1 or patch.files[0].file != region.file:
        return None
    text = texts[region.file]
    index = LineIndex(text)
    start = index.starts[region.first]
    end = index.starts[region.last + 1] if region.last + 1 < index.line_count else len(text)
    edits = patch.files[0].edits
    if any(edit.start < start or edit.end > end or edit.start == end for edit in edits):
        return None
    try:
        after = apply_edits(text, edits)
    except PatchError:
        return None
    return after[start : len(after) - (len(text) - end)].rstrip("\r\n")
