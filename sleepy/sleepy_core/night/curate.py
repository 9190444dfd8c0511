"""What is learned from a repository's episodes, and what its learning is measured with. Pure.

Only what the compiler has verified and nobody took back becomes an example. What was taken or made by hand counts in
full, what was merely found and verified counts little, what was refused or undone is kept apart. Of what differs only
in names there is one. The newest of each kind is held out, so that it asks for a kind of repair that was trained on a
text that was not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from sleepy_core.model import Episode, Outcome, Source, VerdictKind
from sleepy_core.night.example import Example, span_example
from sleepy_core.night.masking import mask
from sleepy_core.propose.replay import hunks
from sleepy_koans.normal import normal

TAKEN, VERIFIED, REFUSED = 1.0, 0.25, 0.0
"""Weights: what somebody decided for, what only the compiler did, what somebody decided against."""

MOST_EPISODES = 5_000
"""Of a repository: the newest. More would not be learned in a night."""

LEAST = 3  # of a kind: one of fewer is needed for training
SHARE = 5  # one in so many is held out

NOT_KEPT = "its episode is older than what examples are made of"
SEVERAL_FILES = "it changes several files"
WEAK = "it compiles too easily to mean much, and nobody took it"
NO_SPAN = "it changes other lines than those that a model would be asked for"
TAKEN_OTHERWISE = "another fix of the error was taken"
LESS_SURE = "another fix of the error is surer"
WAS_REFUSED = "the same was refused or undone"
THE_SAME = "another example asks the same, but for names"
SHOWS_HELD_OUT = "it shows an answer that is held out"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An episode that nothing is learned from, and why."""

    episode: str
    family: str
    reason: str


@dataclass(frozen=True, slots=True)
class Curated:
    """Everything that a sleep learns from, the oldest first, and what it does not learn from."""

    train: tuple[Example, ...]
    held_out: tuple[Example, ...]
    refused: tuple[Example, ...]  # what was dismissed or undone: never trained on
    left_out: tuple[LeftOut, ...]
    masked: int  # examples in which a secret was masked


@dataclass(frozen=True, slots=True)
class _Lesson:
    episode: Episode
    example: Example
    question: str  # the lines to rewrite, without names
    masked: bool

    @property
    def whole(self) -> tuple[str, str]:
        return self.question, normal({"": self.example.answer})


def curate(episodes: Iterable[Episode]) -> Curated:
    """Curate the episodes of one repository; the same for every order that they come in."""
    left_out: list[LeftOut] = []

    def leave(episode: Episode, reason: str) -> None:
        left_out.append(LeftOut(episode.id, episode.family, reason))

    lessons: list[_Lesson] = []
    for episode in sorted(episodes, key=lambda e: (e.created, e.id)):
        lesson = episode.unfit or _lesson(episode)
        if isinstance(lesson, str):
            leave(episode, lesson)
        else:
            lessons.append(lesson)
    refused = [one for one in lessons if one.example.weight == REFUSED]
    wanted = [one for one in lessons if one.example.weight != REFUSED]
    never = {one.whole for one in refused}
    taken = {_error(one.episode) for one in wanted if one.example.weight == TAKEN}
    kept: dict[str, _Lesson] = {}
    surest: dict[tuple[str, ...], _Lesson] = {}
    # The surest come first: whatever says the same afterwards is left out.
    for one in sorted(wanted, key=_surest_first):
        error = _error(one.episode)
        if one.example.weight < TAKEN and error in taken:
            leave(one.episode, TAKEN_OTHERWISE)
        elif one.example.weight < TAKEN and surest.setdefault(error, one) is not one:
            leave(one.episode, LESS_SURE)
        elif one.example.weight < TAKEN and one.whole in never:
            leave(one.episode, WAS_REFUSED)
        elif kept.setdefault(one.question, one) is not one:
            leave(one.episode, THE_SAME)
    train, held_out = _split(list(kept.values()))
    shown = _shown(train, held_out)
    for one in shown:
        leave(one.episode, SHOWS_HELD_OUT)
    hidden = {one.episode.id for one in shown}
    return Curated(
        train=tuple(one.example for one in train if one.episode.id not in hidden),
        held_out=tuple(one.example for one in held_out),
        refused=tuple(one.example for one in refused),
        left_out=tuple(sorted(left_out, key=lambda each: each.episode)),
        masked=sum(one.masked for one in (*kept.values(), *refused)),
    )


def _split(lessons: Sequence[_Lesson]) -> tuple[list[_Lesson], list[_Lesson]]:
    """What is trained on, and what is held out: of each kind that there is enough of, the newest.

    A kind is a signature; signatures that are rare make one kind with others of their family, and families that are
    rare with those of the same head (`mismatched-types/…`). What nobody has decided for is no measure.
    """
    ordered = sorted(lessons, key=_age)
    rest = [one for one in ordered if one.example.weight == TAKEN]
    held: set[str] = set()
    for kind in _KINDS:
        groups: dict[str, list[_Lesson]] = defaultdict(list)
        for one in rest:
            groups[kind(one.example)].append(one)
        rest = [one for one in rest if len(groups[kind(one.example)]) < LEAST]
        for group in groups.values():
            if len(group) >= LEAST:
                held |= {one.episode.id for one in group[-max(1, len(group) // SHARE) :]}
    return [o for o in ordered if o.episode.id not in held], [o for o in ordered if o.episode.id in held]


# From the closest kinship to the widest.
_KINDS: tuple[Callable[[Example], str], ...] = (
    lambda example: f"{example.family} {example.signature}",
    lambda example: example.family,
    lambda example: example.family.split("/")[0],
)


def _shown(train: Sequence[_Lesson], held_out: Sequence[_Lesson]) -> list[_Lesson]:
    """What has all lines in it that a held-out answer adds, in the code around or as its own answer."""
    having: dict[str, set[int]] = defaultdict(set)
    for number, one in enumerate(train):
        for line in _bare(_prompt(one.example)) | _bare(one.example.answer):
            having[line].add(number)
    shown: set[int] = set()
    for one in held_out:
        if added := _bare(one.example.answer) - _bare(one.example.asked):
            shown |= set.intersection(*(having[line] for line in added))
    return [train[number] for number in sorted(shown)]


def _bare(text: str) -> set[str]:
    """The lines without indentation and without the mark of those that are to be rewritten."""
    return {line.strip(" >\t") for line in text.splitlines()} - {""}


def kept_texts(episode: Episode) -> tuple[str, str]:
    """The file of an episode before and after, as far as it was kept; the lines above that are empty."""
    head = "\n" * (episode.line - episode.above.count("\n")) + episode.above
    return head + episode.before + episode.below, head + episode.after + episode.below


def _lesson(episode: Episode) -> _Lesson | str:
    """What an episode teaches, or why it does not."""
    if episode.fault is None:
        return NOT_KEPT
    if {hunk.file for hunk in hunks(episode.diff)} != {episode.fault.file}:
        return SEVERAL_FILES
    weight, source = _worth(episode)
    if weight == VERIFIED and episode.weak:
        return WEAK
    before, after = kept_texts(episode)
    made = span_example(
        episode.fault,
        before,
        after,
        id=episode.id,
        family=episode.family,
        signature=episode.signature,
        weight=weight,
        source=source,
    )
    if made is None:
        return NO_SPAN
    example = replace(
        made,
        messages=tuple(replace(message, content=mask(message.content)) for message in made.messages),
        answer=mask(made.answer),
    )
    return _Lesson(episode, example, f"{episode.signature} {normal({'': made.asked})}", example != made)


def _worth(episode: Episode) -> tuple[float, str]:
    """An episode's weight, and where its fix comes from in the words of an example."""
    source = "human" if episode.source is Source.HUMAN else "accepted"
    match episode.outcome:
        case Outcome.CONFIRMED | Outcome.HUMAN:
            return TAKEN, source
        case Outcome.DISMISSED | Outcome.REVERTED:
            return REFUSED, source
    return VERIFIED, "verified"  # offered, or taken but for the next check: the compiler has seen it in a slot


def _prompt(example: Example) -> str:
    return example.messages[-1].content


def _error(episode: Episode) -> tuple[str, ...]:
    return episode.file, episode.code, episode.message


def _age(lesson: _Lesson) -> tuple[float, str]:
    return lesson.episode.created, lesson.episode.id


def _surest_first(lesson: _Lesson) -> tuple[float, bool, int, float, str]:
    """What was decided for, then what leaves no error, what was found sooner, and the newest."""
    episode = lesson.episode
    clean = episode.verdict is VerdictKind.CLEAN
    effort = episode.attempts if lesson.example.weight == VERIFIED else 0
    return -lesson.example.weight, not clean, effort, -episode.created, episode.id
