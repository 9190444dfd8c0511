"""What is trained on: a question as a model gets it, and the lines that answer it.

One line of JSON each, that a person can read. The prompt is made by the code that asks the model (`propose.prompt`),
so training and asking cannot drift apart.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sleepy_core.engines.protocol import Message
from sleepy_core.model import Diagnostic
from sleepy_core.propose.prompt import REWRITE, Region, compiler_text, regions, render_span
from sleepy_core.text import LineIndex

PROMPT_TOKENS = 1024


@dataclass(frozen=True, slots=True)
class Example:
    """One repair to learn."""

    id: str
    family: str
    signature: str
    messages: tuple[Message, ...]
    answer: str  # the lines that replace those asked about
    weight: float
    source: str  # "koan", "accepted", "human" or "verified"

    @property
    def asked(self) -> str:
        """The lines that are to be rewritten."""
        return self.messages[-1].content.rsplit(f"\n\n{REWRITE}\n", 1)[-1]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about some lines of a file, and the lines that are right in their place."""

    region: Region
    messages: tuple[Message, ...]
    answer: str


def asked(diagnostic: Diagnostic, before: str, after: str, tokens: int = PROMPT_TOKENS) -> Asked | None:
    """The first of the prompt's regions that, rewritten alone, turns the text before into the one after.

    None where there is no such region, or the prompt would be longer than `tokens`.
    """
    old, new = LineIndex(before), LineIndex(after)
    for region in regions(diagnostic, {diagnostic.file: before}):
        answer = _rewritten(region, old, new)
        messages = render_span(compiler_text(diagnostic), before, region, tokens=tokens) if answer is not None else ()
        if answer is not None and messages:
            return Asked(region, messages, answer)
    return None


def span_example(
    diagnostic: Diagnostic,
    before: str,
    after: str,
    *,
    id: str,
    family: str,
    signature: str,
    weight: float,
    source: str,
    tokens: int = PROMPT_TOKENS,
) -> Example | None:
    """The example of a repair of the diagnostic's file, in the span format; None where nothing is `asked`."""
    found = asked(diagnostic, before, after, tokens)
    return None if found is None else Example(id, family, signature, found.messages, found.answer, weight, source)


def write_examples(path: Path, examples: Iterable[Example]) -> None:
    """Write examples, a line each."""
    lines = (json.dumps(dataclasses.asdict(example), ensure_ascii=False) + "\n" for example in examples)
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


def read_examples(path: Path) -> tuple[Example, ...]:
    """The examples of a file that `write_examples` wrote."""
    found = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line:
            data = json.loads(line)
            found.append(Example(**{**data, "messages": tuple(Message(**m) for m in data["messages"])}))
    return tuple(found)


def _rewritten(region: Region, old: LineIndex, new: LineIndex) -> str | None:
    """What stands in the region's place afterwards, if nothing else has changed."""
    below = old.line_count - 1 - region.last
    last = new.line_count - 1 - below
    same = last >= region.first - 1 and all(old.line(number) == new.line(number) for number in range(region.first))
    if same and all(old.line(region.last + n) == new.line(last + n) for n in range(1, below + 1)):
        return "\n".join(new.line(number) for number in range(region.first, last + 1))
    return None
