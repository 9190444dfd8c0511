"""The costliest rung: ask a model, several times, and let the compiler choose."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import structlog

from sleepy_core.engines.protocol import Answer, Capabilities, Engine, Message, Request
from sleepy_core.errors import CoefficientsMissing, EngineError, PatchError
from sleepy_core.model import Attempt, Patch, Proposal, Source, Usage
from sleepy_core.propose.answer import Rejection, read_edits, read_span
from sleepy_core.propose.case import Case
from sleepy_core.propose.coefficients import Choice, Choose, bare
from sleepy_core.propose.labels import patch_label
from sleepy_core.propose.lexer import code_texts
from sleepy_core.propose.prompt import (
    EDITS_SCHEMA,
    REWRITE,
    Region,
    Style,
    answer_room,
    compiler_text,
    regions,
    render_edits,
    render_span,
    style_for,
)
from sleepy_core.propose.streams import closing
from sleepy_core.settings import EngineSettings
from sleepy_core.text import apply_patch, digest

log = structlog.get_logger()

_COST = 3.0
_TEMPERATURE = 0.7  # of all samples but the first
_SEED = 1
_MARGIN = 32  # tokens between the estimated prompt, the answer and the context


@dataclass(frozen=True, slots=True)
class Question:
    """What the model is asked about one region."""

    region: Region
    text: str
    style: Style
    messages: tuple[Message, ...]
    room: int  # tokens of the answer


class ModelProposer:
    """Proposes what a model writes: first its surest answer for each region, then varied ones."""

    def __init__(
        self,
        engine: Engine,
        settings: EngineSettings,
        choose: Choose = bare,
        on_problem: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`choose` says which coefficient set answers a case.

        `on_problem` hears after each case why the engine, or the set, could not answer, `""` when it could.
        """
        self._engine = engine
        self._settings = settings
        self._choose = choose
        self._on_problem = on_problem
        self._told = ""  # the last problem that was logged

    @property
    def source(self) -> Source:
        """The model."""
        return Source.MODEL

    async def propose(self, case: Case, tried: Sequence[Attempt]) -> AsyncIterator[Proposal]:
        """Each different, readable answer as soon as it is there. An engine that fails ends the stream, and
        is told of, and logged once.
        """
        seen = {_leads_to(case, attempt.proposal.patch) for attempt in tried}
        speaker, problem = _Speaker(self._engine), ""
        try:
            asked = questions(case, self._engine.name, await self._engine.capabilities(), self._settings)
            if asked:
                speaker.choice = await self._choose(self._engine, case)
            for question, request in self._requests(asked):
                async with closing(speaker.answers(request)) as answers:
                    async for answer in answers:
                        patch = _read(question, answer)
                        if isinstance(patch, Rejection):
                            log.debug("answer-rejected", reason=patch.reason, model=self._engine.model)
                            continue
                        leads_to = _leads_to(case, patch)
                        if leads_to not in seen:
                            seen.add(leads_to)
                            yield self._proposal(case, patch, answer, len(seen), speaker.choice.name)
        except EngineError as error:
            problem = str(error)
        problem = problem or speaker.choice.problem
        if problem and problem != self._told:
            log.warning("model-failed", engine=self._engine.name, model=self._engine.model, problem=problem)
        self._told = problem
        self._on_problem(problem)

    def _requests(self, asked: Sequence[Question]) -> Iterator[tuple[Question, Request]]:
        """All regions once without chance, then all regions for the remaining samples."""
        rest = self._settings.samples - 1
        for question in asked:
            yield question, self._request(question, 1, 0.0)
        for question in asked if rest else ():
            yield question, self._request(question, rest, _TEMPERATURE)

    def _request(self, question: Question, n: int, temperature: float) -> Request:
        return Request(
            messages=question.messages,
            n=n,
            temperature=temperature,
            seed=_SEED,
            max_tokens=question.room,
            stop=("\n" + REWRITE,) if question.style == "span" else (),
            schema=EDITS_SCHEMA if question.style == "edits" else None,
            deadline=self._settings.deadline_seconds,
        )

    def _proposal(self, case: Case, patch: Patch, answer: Answer, number: int, coefficients: str) -> Proposal:
        return Proposal(
            patch=patch,
            source=Source.MODEL,
            label=patch_label(case.texts, patch),
            cost=_COST + number / 1000,
            why=f"{self._engine.model} on {self._engine.name}",
            weak=_is_weak(case, patch),
            usage=Usage(answer.prompt_tokens, answer.answer_tokens, answer.seconds),
            coefficients=coefficients,
        )


class _Speaker:
    """Who answers a case: a coefficient set, or the bare model from when the engine turns out not to have the set."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.choice = Choice()

    async def answers(self, request: Request) -> AsyncGenerator[Answer, None]:
        try:
            async with closing(self._engine.generate(replace(request, coefficients=self.choice.name))) as answers:
                async for answer in answers:
                    yield answer
            return
        except CoefficientsMissing as error:
            if not self.choice.name:
                raise
            self.choice = Choice(problem=str(error))
        async with closing(self._engine.generate(request)) as answers:
            async for answer in answers:
                yield answer


def questions(case: Case, engine: str, capabilities: Capabilities, settings: EngineSettings) -> list[Question]:
    """What to ask about a case: one question for each region in the span format; in the line edits format one
    that shows all regions of the likeliest file. Regions whose prompt is too long are left out.
    """
    style = style_for(engine, capabilities)
    found = regions(case.diagnostic, case.texts)
    said = compiler_text(case.diagnostic)
    asked: list[Question] = []
    for region in found if style == "span" else found[:1]:
        text = case.texts[region.file]
        room = answer_room(style, text, region)
        tokens = min(capabilities.context, settings.context_tokens) - room - _MARGIN
        if style == "span":
            messages = render_span(said, text, region, tokens=tokens)
        else:
            messages = render_edits(said, text, region, tokens=tokens, also=found[1:])
        if messages:
            asked.append(Question(region, text, style, messages, room))
    return asked


def _read(question: Question, answer: Answer) -> Patch | Rejection:
    if question.style == "edits":
        return read_edits(answer.text, question.region, question.text)
    if answer.finish == "length" and answer.text.count("```") < 2:
        return Rejection("the answer was cut off")
    return read_span(answer.text, question.region, question.text)


def _leads_to(case: Case, patch: Patch) -> tuple[tuple[str, str], ...]:
    """A name for the texts that a patch leads to; `()` where it does not apply any more."""
    try:
        return tuple(sorted((file, digest(text)) for file, text in apply_patch(case.texts, patch).items()))
    except PatchError:
        return ()


_ABRUPT = ("panic", "unreachable")


def _is_weak(case: Case, patch: Patch) -> bool:
    """Does it compile too easily to mean much: half of the code gone, or a new way to crash?"""
    for part in patch.files:
        text = case.texts[part.file]
        was = code_texts("\n".join(text[e.start : e.end] for e in part.edits))
        now = code_texts("\n".join(e.text for e in part.edits))
        if 2 * len(now) < len(was) or any(now.count(name) > was.count(name) for name in _ABRUPT):
            return True
    return False
