"""What every model server can be asked, whoever made it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

# Between the embedded engine and its child process; here, since what the child imports is heavy.
TOKEN_HEADER = "X-Sleepy-Token"  # noqa: S105 - the header's name
# Answers that are decoded together. Four cost 1.3 times what one costs, and each slot a little memory.
SLOTS = 4


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Tool:
    """Something that the model may ask for."""

    name: str
    description: str
    parameters: Mapping[str, Any] = field(hash=False)  # JSON schema of the arguments, an object's


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What it asks for, as it said it: nobody has compared the arguments with the schema."""

    name: str
    arguments: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Request:
    """One question, to be answered `n` times."""

    messages: tuple[Message, ...]
    n: int = 1
    temperature: float = 0.0
    seed: int = 0  # the i-th answer uses seed + i
    max_tokens: int = 256
    stop: tuple[str, ...] = ()
    schema: dict[str, Any] | None = field(default=None, hash=False)  # JSON schema of the answer, where offered
    tools: tuple[Tool, ...] = ()  # where offered
    coefficients: str = ""  # name of the coefficient set; "" for the bare model
    deadline: float = 60.0  # seconds for the whole request
    # Nothing of earlier requests is reused: the embedded engine then answers the same again. llama.cpp's sums depend
    # on how much of a prompt was evaluated before, and a small model's choices on the last digits.
    reproducible: bool = False
    # Of a reproducible request: it comes right after another of the same work. Then what both begin with is not read
    # again, and the answer is the same wherever the work is done so, from its first request on.
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """One complete answer, with the server's exact token counts."""

    text: str
    prompt_tokens: int
    answer_tokens: int
    seconds: float
    finish: Literal["stop", "length"] = "stop"
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this server and model can do beyond plain answers."""

    context: int  # tokens of prompt and answer together
    schema: bool = False
    coefficients: bool = False  # requests may name sets that `serve` was told of
    scores: bool = False  # it can say how likely a given answer is
    gguf: Path | None = None  # the model's file, where it lies on this machine: what coefficients are made for
    tools: bool = False  # it knows what a tool call is; others write one as text, if they are told how


@dataclass(frozen=True, slots=True)
class Health:
    """Can the engine answer now? `problem` is one sentence that says what to do."""

    ok: bool
    problem: str = ""
    version: str = ""


class Engine(Protocol):
    """A model behind some server. Use as `async with`; closing stops what it started."""

    @property
    def name(self) -> str:
        """`ollama`, `openai` or `embedded`."""
        ...

    @property
    def model(self) -> str:
        """The model's name, as the server knows it."""
        ...

    async def health(self) -> Health:
        """Ask the server, within two seconds. Never raises."""
        ...

    async def capabilities(self) -> Capabilities:
        """Ask once, then remember."""
        ...

    def serve(self, sets: Mapping[str, Path]) -> None:
        """From now on requests may name these coefficient sets, each a GGUF adapter for this model, and no others.

        Requests in flight go on. What it takes to serve them is done with the next request.
        """
        ...

    def generate(self, request: Request) -> AsyncIterator[Answer]:
        """The answers, each as soon as it is whole.

        Closing the iterator, or cancelling the task, stops generation on the server. Raises the
        subclasses of `EngineError`; `CoefficientsMissing` before the first answer.
        """
        ...

    async def score(self, messages: Sequence[Message], texts: Sequence[str], coefficients: str = "") -> Sequence[float]:
        """The log-likelihood (natural) of each text as the answer; only with the capability `scores`.

        Cancelling the task stops the server. Raises the subclasses of `EngineError`.
        """
        ...

    async def aclose(self) -> None:
        """Close connections; end the child process, if this engine has one."""
        ...
