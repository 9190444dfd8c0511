"""A model as the plan: it chooses the tools, and hears what came of it."""

from __future__ import annotations

import json
import time
from dataclasses import replace

from sleepy_core.agent.actions import Action, ApplyPatch, Misread, Turn
from sleepy_core.agent.calls import read_call
from sleepy_core.agent.desk import Desk
from sleepy_core.agent.tools import TOOLS, read_action
from sleepy_core.engines.protocol import Answer, Engine, Message, Request
from sleepy_core.engines.tokens import estimate_messages
from sleepy_core.errors import EngineError
from sleepy_core.model import Offer, Usage
from sleepy_core.propose.case import Case
from sleepy_core.propose.prompt import trim_middle
from sleepy_core.propose.streams import closing
from sleepy_core.settings import EngineSettings
from sleepy_core.store.ids import new_id

_SYSTEM = (
    "You repair Rust code with tools. Change as little as possible, and delete nothing that is meant. "
    "Answer with one tool call at a time."
)
_AS_TEXT = 'Write it as JSON: {"tool": "name", "arguments": {…}}. The tools:\n'
_NO_CALL = "there was no tool call in it"
_ANSWER_TOKENS = 768
_SHOWN = 4000  # characters of what a tool says
_TURNS = 4  # turns for each patch that may be tried: models look around
_TEMPERATURE = 0.7  # after an answer that was the same as the last one
_SEED = 1


class ModelPlan:
    """One conversation about one task."""

    def __init__(self, engine: Engine, settings: EngineSettings, coefficients: str, attempts: int) -> None:
        """It gives up after so many patches (`attempts`), or four times as many turns."""
        self._engine = engine
        self._settings = settings
        self._coefficients = coefficients
        self._patches = attempts
        self._turns = attempts * _TURNS
        self._said: list[Message] = []
        self._last = ""
        self._repeats = False  # it said the same again, and would do so for ever
        self._case: Case | None = None
        self._started = time.monotonic()
        self._tried = 0

    async def next(self, desk: Desk) -> Action | None:
        """What the model asks for; None where it may not go on, or its engine fails."""
        if self._patches <= 0 or self._turns <= 0:
            return None
        self._turns -= 1
        if not self._said:
            self._said = [Message("user", trim_middle(desk.state(), _SHOWN) + "\n\n" + _files(desk))]
        self._case = desk.bench.case(desk.errors[0])
        try:
            answer = await self._ask()
        except EngineError:
            return None
        if answer is None:
            return None
        call = answer.calls[0] if answer.calls else read_call(answer.text)
        # Native calls go back as text, too: every server takes that, and the model knows what it has asked for.
        self._repeats = (said := _as_text(answer)) == self._last
        self._last = said
        self._said.append(Message("assistant", said))
        if call is None:
            return Misread("your answer", _NO_CALL)
        action = read_action(call, desk.bench.texts, self._case.diagnostic)
        if isinstance(action, ApplyPatch):
            usage = Usage(answer.prompt_tokens, answer.answer_tokens, answer.seconds)
            action = replace(action, proposal=replace(action.proposal, usage=usage, why=self._engine.model))
        return action

    def told(self, turn: Turn) -> Offer | None:
        """Note what came of it for the model; a patch that the compiler takes is an offer."""
        self._said.append(Message("user", trim_middle(turn.answer, _SHOWN)))
        if not isinstance(turn.action, ApplyPatch) or turn.verdict is None or self._case is None:
            return None
        self._patches -= 1
        self._tried += 1
        if not turn.verdict.kind.offered:
            return None
        self._said.clear()  # the code is another one now: what was said about the old one only misleads
        return Offer(
            id=new_id(),
            diagnostic=self._case.diagnostic,
            signature=self._case.signature,
            family=self._case.family,
            proposal=turn.action.proposal,
            verdict=turn.verdict,
            attempts=self._tried,
            ms=(time.monotonic() - self._started) * 1000,
        )

    async def aclose(self) -> None:
        """Nothing is open between two answers."""

    async def _ask(self) -> Answer | None:
        able = await self._engine.capabilities()
        system = _SYSTEM if able.tools else _SYSTEM + "\n" + _AS_TEXT + _descriptions()
        room = able.context - _ANSWER_TOKENS
        messages = [Message("system", system), *self._said]
        while estimate_messages(messages) > room and len(messages) > 3:
            del messages[2:4]  # the oldest turn after the task itself
        request = Request(
            messages=tuple(messages),
            temperature=_TEMPERATURE if self._repeats else 0.0,
            seed=_SEED + self._turns,
            max_tokens=_ANSWER_TOKENS,
            tools=TOOLS if able.tools else (),
            coefficients=self._coefficients,
            deadline=self._settings.deadline_seconds,
        )
        async with closing(self._engine.generate(request)) as answers:
            async for answer in answers:
                return answer
        return None


def _as_text(answer: Answer) -> str:
    if not answer.calls:
        return answer.text
    (call, *_) = answer.calls
    return json.dumps({"tool": call.name, "arguments": dict(call.arguments)})


def _files(desk: Desk) -> str:
    names = sorted(file for file in {error.file for error in desk.errors} if file in desk.bench.texts)
    parts = []
    for name in names:
        lines = desk.bench.texts[name].split("\n")
        parts.append(f"{name}:\n" + "\n".join(f"{number}| {line}" for number, line in enumerate(lines, 1)))
    return trim_middle("\n\n".join(parts), 3 * _SHOWN)


def _descriptions() -> str:
    return "\n".join(f"{tool.name}({', '.join(tool.parameters['properties'])}): {tool.description}" for tool in TOOLS)
