"""Errors that stand open, and the texts they stand in, from check to check. Pure.

An error's *base* is the last completed check that showed it, with the texts of that moment. An error that a later
check does not show is either hidden by others (then its base stays) or gone: `sleepy_core.verify.verdict` tells the
two apart, as it does for patches.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import TypeAdapter, ValidationError

from sleepy_core.human.changes import FAR, changes, distance, named_places
from sleepy_core.model import CheckResult, Diagnostic, Identity, RelPath
from sleepy_core.text import LineIndex
from sleepy_core.verify import verdict

READ_SECONDS = 3.0
"""What is gone sooner, and was never in a saved file, was a word half typed and no error that anybody read."""

MOST_ERRORS = 100  # of a check; what is gone of more was hardly repaired by hand, and each would be compared
_MOST_BASES = 4
_MOST_FILES = 20


@dataclass(frozen=True, slots=True)
class Sighting:
    """An open error as it was last shown."""

    error: Diagnostic
    since: float  # when it was first shown, in seconds since the epoch
    saved: bool  # was it ever shown in a saved file?

    def read(self, now: float) -> bool:
        """Has it stood long enough for somebody to have read it?

        An editor that saves by itself saves half a statement, too: a syntax error has to have stood in any case.
        """
        return (self.saved and self.error.code != "") or now - self.since >= READ_SECONDS


@dataclass(slots=True)
class Base:
    """A check that showed errors which are open still."""

    result: CheckResult
    head: str  # the commit that the tree stood on
    texts: dict[RelPath, str]  # as they were: of the files that errors name, and of those that changed since
    open: list[Sighting]
    # Do the texts here still have the errors, as the check said? Not when others have changed that nobody saw
    # (the daemon was away), or when they were replaced by what is not the user's doing.
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Gone:
    """Errors that are gone, and what changed meanwhile: the texts of the changed files, before and after."""

    base: Base
    after: Mapping[RelPath, str]
    result: CheckResult  # the check that does not show them any more
    head: str
    when: float

    @property
    def before(self) -> dict[RelPath, str]:
        """The changed files as they were when the errors were last shown."""
        return {file: self.base.texts[file] for file in self.after}


@dataclass(slots=True)
class Memory:
    """What is open in one project; the oldest base first."""

    bases: list[Base] = field(default_factory=list)

    @property
    def files(self) -> frozenset[RelPath]:
        """The files whose texts are remembered."""
        return frozenset(file for base in self.bases for file in base.texts)

    def rewritten(self, file: RelPath, old: str | None) -> None:
        """A file has another text now; `old` is the one that the last check spoke of, None if nobody knows it."""
        for base in self.bases:
            if old is not None:
                base.texts.setdefault(file, old)
            elif file not in base.texts:
                base.certain = False

    def taken(self, texts: Mapping[RelPath, str]) -> None:
        """These texts were made by a patch of ours: what it repairs is nobody's handiwork."""
        for base in self.bases:
            base.texts.update(texts)
            base.certain = False

    def checked(
        self,
        result: CheckResult,
        head: str,
        texts: Mapping[RelPath, str],
        saved: Callable[[RelPath], bool],
        now: float,
    ) -> list[Gone]:
        """A check was completed: which errors are gone since? Those that it shows have it for their base from now on.

        `texts` are those that it spoke of: of all `files`, and of all that its errors name.
        """
        if len(result.errors) > MOST_ERRORS:
            return []
        shown = Counter(error.identity for error in result.errors)
        known: dict[Identity, list[Sighting]] = defaultdict(list)
        gone: list[Gone] = []
        for base in reversed(self.bases):
            after = {f: texts[f] for f, old in base.texts.items() if f in texts and texts[f] != old}
            absent: list[Sighting] = []
            for identity, group in _grouped(base.open).items():
                stay = min(shown[identity], len(group))
                shown[identity] -= stay
                group = _nearest_last(group, base.texts, after) if 0 < stay < len(group) else group
                known[identity] += group[:stay]
                absent += group[stay:]
            judged = {s.error.identity: verdict(base.result, result, s.error.identity) for s in absent}
            base.open = [s for s in absent if not judged[s.error.identity].kind.offered]
            if read := [s for s in absent if judged[s.error.identity].kind.offered and s.read(now)]:
                was = dataclasses.replace(base, texts=dict(base.texts), open=_told_once(read))
                gone.append(Gone(was, after, result, head, now))
        self.bases = [base for base in self.bases if base.open][-_MOST_BASES:]
        if result.errors:
            on_disk = {file: saved(file) for file in {error.file for error in result.errors}}
            seen = [_sighting(error, known[error.identity], on_disk[error.file], now) for error in result.errors]
            errors = dataclasses.replace(result, diagnostics=result.errors)
            self.bases.append(Base(errors, head, {f: texts[f] for f in named_files(result.errors) if f in texts}, seen))
        return gone


_BASES = TypeAdapter(list[Base])


def to_json(bases: list[Base]) -> str:
    """Bases as the database keeps them."""
    return _BASES.dump_json(bases).decode()


def from_json(text: str) -> list[Base]:
    """Bases of an earlier run: nobody saw what has changed since. What cannot be read is forgotten."""
    try:
        bases = _BASES.validate_json(text)
    except ValidationError:
        return []
    return [dataclasses.replace(base, certain=False) for base in bases]


def named_files(errors: Iterable[Diagnostic]) -> tuple[RelPath, ...]:
    """The files that errors speak of, in which most repairs are made; not all of very many."""
    found = dict.fromkeys(file for error in errors for file, _, _ in named_places(error))
    return tuple(found)[:_MOST_FILES]


def _grouped(open_: Iterable[Sighting]) -> dict[Identity, list[Sighting]]:
    groups: dict[Identity, list[Sighting]] = defaultdict(list)
    for sighting in open_:
        groups[sighting.error.identity].append(sighting)
    return groups


def _nearest_last(group: list[Sighting], before: Mapping[RelPath, str], after: Mapping[RelPath, str]) -> list[Sighting]:
    """Of errors with one name, of which some are gone: it will be those next to what has changed."""
    made = changes({file: before[file] for file in after}, after)
    indexes = {file: LineIndex(before[file]) for file in after}
    return sorted(group, key=lambda s: -min((distance(s.error, c, indexes[c[0]]) for c in made), default=FAR))


def _told_once(group: list[Sighting]) -> list[Sighting]:
    """A library and its tests have the same error at the same place."""
    return list({(s.error.identity, s.error.span.start): s for s in group}.values())


def _sighting(error: Diagnostic, known: list[Sighting], saved: bool, now: float) -> Sighting:
    before = known.pop(0) if known else None
    if before is None:
        return Sighting(error, now, saved)
    return Sighting(error, before.since, saved or before.saved)
