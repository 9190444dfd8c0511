"""What a night has learned, for a person: its lessons, its answers before and after, and each rule of the gate."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sleepy_core.model import Episode
from sleepy_core.night.example import Example, read_examples
from sleepy_core.night.night import ANSWERS, HELD_OUT, TRAIN, Night, NightError, folder_of, read_night
from sleepy_core.store.coefficients import Move, Status
from sleepy_core.store.database import Database

MOST_LESSONS = 50
"""The newest; the others are counted."""

_WHOSE = {"human": "made by hand", "accepted": "taken", "verified": "found and compiled, taken by nobody"}


@dataclass(frozen=True, slots=True)
class Answered:
    """How one held-out error was answered."""

    example: str  # its id, which is its episode's
    before: str
    now: str
    exact_before: bool  # the very repair that was made, but for layout
    exact_now: bool


@dataclass(frozen=True, slots=True)
class Lesson:
    """One repair that was trained on, or that was held out."""

    episode: str
    family: str
    source: str  # as in `Example`
    asked: str  # the lines to rewrite
    repair: str  # the lines in their place
    code: str = ""  # "" where the episode was forgotten since
    message: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Learned:
    """All that there is to be shown of one night that is over."""

    night: str
    repo: str
    name: str
    began: float  # seconds since the epoch
    told: str  # the gain, or why there is none, in one sentence
    promoted: bool
    answers: bool  # it is what answers now
    lessons: tuple[Lesson, ...]  # the newest first
    lessons_in_all: int
    rules: tuple[Mapping[str, Any], ...]  # `rule`, `kept`, `told`
    held_out: tuple[tuple[Lesson, Answered], ...]
    history: tuple[Move, ...]


def write_answers(path: Path, answers: Iterable[Answered]) -> None:
    """Write answers, a line of JSON each."""
    lines = (json.dumps(dataclasses.asdict(answer), ensure_ascii=False) + "\n" for answer in answers)
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


def read_answers(path: Path) -> tuple[Answered, ...]:
    """The answers of a file that `write_answers` wrote; none where the night kept none."""
    if not path.is_file():
        return ()
    return tuple(Answered(**json.loads(line)) for line in path.read_text(encoding="utf-8").split("\n") if line)


async def learned(data: Path, database: Database, id_: str) -> Learned:
    """What a night has learned. Raises `NightError` where there is no such night, or it cannot be read."""
    night, train, held_out, answers = await asyncio.to_thread(_read, data, id_)
    set_, history = await database.coefficient_set(id_), await database.coefficient_moves(id_)
    by_id = {example.id: example for example in held_out}

    async def lesson(example: Example) -> Lesson:
        return _lesson(example, await database.episode(example.id))

    settled = night.settled
    return Learned(
        night.id,
        night.repo,
        night.name,
        night.began,
        told=night.ended or (settled.reason if settled else "it is not over"),
        promoted=settled is not None and settled.passed,
        answers=set_ is not None and set_.status is Status.CURRENT,
        lessons=tuple([await lesson(example) for example in train[: -MOST_LESSONS - 1 : -1]]),
        lessons_in_all=len(train),
        rules=tuple(settled.gain.get("rules", ())) if settled else (),
        held_out=tuple([(await lesson(by_id[one.example]), one) for one in answers if one.example in by_id]),
        history=history,
    )


def as_markdown(learned: Learned) -> str:
    """The same as a page."""
    when = datetime.fromtimestamp(learned.began).isoformat(" ", "minutes")
    return "\n\n".join(
        [
            f"# What {_inline(learned.name or learned.repo)} has learned",
            f"The sleep of {when}: **{_inline(learned.told)}**. {_standing(learned)}",
            *_answers(learned.held_out),
            *_rules(learned.rules),
            *_lessons(learned),
            *_history(learned.history),
            f"Coefficients `{learned.night}`.",
        ]
    )


def _read(data: Path, id_: str) -> tuple[Night, tuple[Example, ...], tuple[Example, ...], tuple[Answered, ...]]:
    night, folder = read_night(data, id_), folder_of(data, id_)
    try:
        lists = [read_examples(path) if path.is_file() else () for path in (folder / TRAIN, folder / HELD_OUT)]
        return night, lists[0], lists[1], read_answers(folder / ANSWERS)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise NightError(f"{folder} cannot be read: {error}") from error


def _lesson(example: Example, episode: Episode | None) -> Lesson:
    said = (episode.code, episode.message, episode.file) if episode is not None else ("", "", "")
    return Lesson(example.id, example.family, example.source, example.asked, example.answer, *said)


def _standing(learned: Learned) -> str:
    if learned.answers:
        return "It answers in this repository."
    if learned.promoted and learned.history:
        last = learned.history[-1]
        return f"It answers no more ({last.status}: {_inline(last.reason)})."
    return "It was not put in use."


def _answers(held_out: Sequence[tuple[Lesson, Answered]]) -> Iterator[str]:
    if not held_out:
        return
    yield "## Errors that it had not seen, before and now"
    # What has changed comes first.
    for lesson, answered in sorted(held_out, key=lambda one: one[1].exact_before == one[1].exact_now):
        yield f"### {_error(lesson)}"
        yield f"You repaired\n\n{_fence(lesson.asked)}\n\nas\n\n{_fence(lesson.repair)}"
        if answered.before == answered.now:
            yield f"Before and now, {_as_you_did(answered.exact_now)}:\n\n{_fence(answered.now)}"
        else:
            yield f"Before, {_as_you_did(answered.exact_before)}:\n\n{_fence(answered.before)}"
            yield f"Now, {_as_you_did(answered.exact_now)}:\n\n{_fence(answered.now)}"


def _rules(rules: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if rules:
        yield "## What the gate asked"
        yield "\n".join(
            f"- {'kept' if rule['kept'] else '**broken**'}: {_inline(str(rule['rule']))} ({_inline(str(rule['told']))})"
            for rule in rules
        )


def _lessons(learned: Learned) -> Iterator[str]:
    if not learned.lessons:
        return
    yield f"## What it learned from: {_fixes(learned.lessons_in_all)}"
    lines = [
        f"- {_error(one)}, {_WHOSE.get(one.source, one.source)}; episode `{one.episode}`" for one in learned.lessons
    ]
    if more := learned.lessons_in_all - len(learned.lessons):
        lines.append(f"- and {more} older")
    yield "\n".join(lines)


def _history(moves: Sequence[Move]) -> Iterator[str]:
    if moves:
        yield "## What became of it"
        yield "\n".join(
            f"- {datetime.fromtimestamp(move.moved).isoformat(' ', 'minutes')}: {move.status}, {_inline(move.reason)}"
            for move in moves
        )


def _error(lesson: Lesson) -> str:
    if not lesson.code:
        return f"{_inline(lesson.family)} (its episode was forgotten since)"
    return f"{lesson.code}: {_inline(lesson.message)}, in {_inline(lesson.file)}"


def _fixes(count: int) -> str:
    return f"{count} fix{'' if count == 1 else 'es'}"


def _as_you_did(exact: bool) -> str:
    return "as you did" if exact else "otherwise than you"


def _fence(text: str) -> str:
    """Code as it is, whatever backticks it has."""
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", text))])
    return f"{fence}rust\n{text.rstrip()}\n{fence}"


def _inline(text: str) -> str:
    """One line of plain text; what stands in single backticks, as the compiler writes it, is code."""
    words, *rest = re.split(r"(`[^`]+`)", " ".join(text.split()))
    return _plain(words) + "".join(code + _plain(words) for code, words in zip(rest[::2], rest[1::2], strict=True))


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", text)
