"""The words of the domain, as frozen values.

Nothing here does I/O and nothing here knows a framework. Paths of source files are `RelPath`s:
POSIX-style strings relative to the *project root* (the folder of the cargo workspace's top manifest),
so that the user's tree, its shadow and every slot speak of the same file by the same name. A path
dependency outside of that folder is named with leading `../` segments.

Offsets are counted in Unicode code points of the file's exact text (line ends and a byte-order mark
included); lines and columns are zero-based code points. UTF-16 exists only at the editor's edge
(`sleepy_core.text`).
"""

from __future__ import annotations

import enum
import functools
import re
from dataclasses import dataclass, field
from pathlib import Path

RelPath = str


class Level(enum.StrEnum):
    """How bad the compiler thinks it is. `FAILURE_NOTE` and the like are dropped while reading."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    HELP = "help"


class Applicability(enum.StrEnum):
    """How sure the compiler is of its own suggestion (rustc's `Applicability`)."""

    MACHINE = "MachineApplicable"
    MAYBE = "MaybeIncorrect"
    PLACEHOLDERS = "HasPlaceholders"
    UNSPECIFIED = "Unspecified"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a text: zero-based line, zero-based column in code points."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one file that a message speaks of, end-exclusive."""

    file: RelPath
    start: Position
    end: Position
    primary: bool = True
    label: str | None = None
    # The macro whose expansion this span lies in, e.g. "println!" or "#[derive(Debug)]"; None in plain code.
    # The span is then the user's own words within the outermost call, or, for the macro's words, the whole call.
    macro: str | None = None


@dataclass(frozen=True, slots=True)
class SpanEdit:
    """Replace what lies between two positions of one file."""

    file: RelPath
    start: Position
    end: Position
    text: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One repair that the compiler itself proposes: all of its edits belong together."""

    message: str
    edits: tuple[SpanEdit, ...]
    applicability: Applicability


@dataclass(frozen=True, slots=True)
class Note:
    """A child of a diagnostic: a note or a help, with the places it names."""

    level: Level
    message: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes two errors "the same" across edits: no line numbers (RustAssistant, section 4).

    The message is `unqualified`, since which target of a package tells an error first is up to chance.
    """

    code: str
    message: str
    file: RelPath


_QUALIFIERS = re.compile(r"\b(?:\w+::)+(?=\w)")


@functools.lru_cache(maxsize=2**13)  # asked again and again for the same messages
def unqualified(message: str) -> str:
    """The message with every path cut to its last name: a package's tests write `lot::Lot` for its library's `Lot`."""
    return _QUALIFIERS.sub("", message)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One message of cargo, with every span, note and suggestion kept.

    `file` and the primary span are the user's own: a message whose primary span lies in a macro of
    another crate is placed at the call. `code` is `""` where the compiler gives none (syntax errors).
    `target` is in cargo's words, unique within the package: `lib`, `bin app`, `test it`, `build script`.
    `rendered` is the compiler's own text, without colours.
    """

    code: str
    level: Level
    message: str
    file: RelPath
    span: Span
    package: str
    target: str
    spans: tuple[Span, ...] = ()
    notes: tuple[Note, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    rendered: str = ""

    @property
    def identity(self) -> Identity:
        """The diagnostic's name across edits, and in every target of its package."""
        return Identity(self.code, unqualified(self.message), self.file)

    @property
    def is_error(self) -> bool:
        """Does it stop the build?"""
        return self.level is Level.ERROR


@dataclass(frozen=True, slots=True)
class Package:
    """One cargo package of a project."""

    id: str
    name: str
    version: str
    edition: str
    manifest: Path
    root: Path
    targets: tuple[Target, ...]
    # Names of packages of the same project (or path dependencies) that it depends on.
    dependencies: tuple[str, ...] = ()
    member: bool = True

    @property
    def has_build_script(self) -> bool:
        """Does building it run a `build.rs`?"""
        return any("custom-build" in target.kind for target in self.targets)

    @property
    def is_proc_macro(self) -> bool:
        """Does it run inside of the compiler?"""
        return any("proc-macro" in target.kind for target in self.targets)


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that cargo builds of a package."""

    name: str
    kind: tuple[str, ...]
    source: Path


@dataclass(frozen=True, slots=True)
class CargoProject:
    """One cargo workspace (or single package) as `cargo metadata` tells it; all paths absolute."""

    root: Path
    packages: tuple[Package, ...]
    target_directory: Path

    @property
    def names(self) -> frozenset[str]:
        """The names of all packages."""
        return frozenset(p.name for p in self.packages)

    @property
    def members(self) -> frozenset[str]:
        """The names of the workspace's own packages: those that cargo can be asked for."""
        return frozenset(p.name for p in self.packages if p.member)

    @property
    def outside(self) -> tuple[Path, ...]:
        """Folders of path dependencies that do not lie below the root."""
        return tuple(p.root for p in self.packages if not p.root.is_relative_to(self.root))


# --- Patches -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace the code points `start:end` of a text by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class FilePatch:
    """Edits of one file: sorted, not overlapping, made against the text with this digest."""

    file: RelPath
    base: str  # sleepy_core.text.digest of the text that the offsets refer to
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Patch:
    """A change of one or more files, applied as a whole or not at all."""

    files: tuple[FilePatch, ...]

    @property
    def paths(self) -> tuple[RelPath, ...]:
        """The files that it changes."""
        return tuple(f.file for f in self.files)

    @property
    def size(self) -> int:
        """Code points removed and written: the measure of "smallest diff"."""
        return sum(e.end - e.start + len(e.text) for f in self.files for e in f.edits)


class Source(enum.StrEnum):
    """Who thought of a patch. `HUMAN` never proposes, but its fixes are episodes too."""

    COMPILER = "compiler"
    RECALL = "recall"
    SEARCH = "search"
    MODEL = "model"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Usage:
    """What a model spent on an answer."""

    prompt_tokens: int = 0
    answer_tokens: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """A patch that somebody thinks repairs an error; not compiled yet.

    `label` says what changes, in a few plain words ("borrow `name`"). `why` is for the curious: the
    compiler's sentence, the recalled episode, the model's name. Lower `cost` is tried first.
    """

    patch: Patch
    source: Source
    label: str
    cost: float = 0.0
    why: str = ""
    # Never preferred: it compiles too easily to mean much (todo!(), dropped code, invented literals).
    weak: bool = False
    recalled: tuple[str, ...] = ()  # ids of the episodes that it repeats
    usage: Usage = Usage()
    kind: str = ""  # of an edit that was searched for: the name of its kind
    screened: int = 0  # candidates that the proposer compiled by itself until it found this one
    coefficients: str = ""  # the set that the model wrote it with; not kept with attempts, but with episodes


class VerdictKind(enum.StrEnum):
    """What the compiler said of a patched tree."""

    CLEAN = "clean"  # no error left in what was checked
    BETTER = "better"  # the error is gone, nothing new
    UNMASKS = "unmasks"  # the error is gone; new ones only of a later phase, that it hid
    BREAKS = "breaks"  # the error is still there, or there are new ones

    @property
    def offered(self) -> bool:
        """May a patch with this verdict be shown to the user?"""
        return self is not VerdictKind.BREAKS


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verifier's answer about one proposal."""

    kind: VerdictKind
    remaining: int  # errors left in what was checked
    new: tuple[Identity, ...] = ()
    fixed: tuple[Identity, ...] = ()
    reason: str = ""  # for BREAKS and refusals: one sentence
    ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One proposal and what became of it."""

    proposal: Proposal
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Offer:
    """A verified repair of one diagnostic, ready to be shown."""

    id: str
    diagnostic: Diagnostic
    signature: str
    family: str
    proposal: Proposal
    verdict: Verdict
    attempts: int  # candidates compiled for this diagnostic until this one was found, itself included
    ms: float  # from the start of the search for this diagnostic to this offer


# --- Checks --------------------------------------------------------------------------------------


class CheckEnd(enum.StrEnum):
    """How a check ended."""

    DONE = "done"  # cargo finished; errors or none
    FAILED = "failed"  # cargo could not do its work (manifest, crash, missing); see `problem`
    TIMEOUT = "timeout"
    KILLED = "killed"  # a newer version of the sources made it pointless


@dataclass(frozen=True, slots=True)
class CheckResult:
    """All that one run of cargo said."""

    end: CheckEnd
    diagnostics: tuple[Diagnostic, ...]
    packages: frozenset[str]  # the packages that were asked for
    built: frozenset[str]  # the packages whose compilation was reached (finished or failed)
    seconds: float
    problem: str = ""  # one sentence for the user, when `end` is FAILED or TIMEOUT
    # The (package, target) pairs that were reached: an error in a library hides all those of its tests.
    reached: frozenset[tuple[str, str]] = frozenset()

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Only what stops the build."""
        return tuple(d for d in self.diagnostics if d.is_error)


# --- Repositories and episodes -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RepoIdentity:
    """Who a repository is, wherever it lies.

    `id` is a hash of the root commit and the project's path inside of the repository, so a moved folder
    and a second clone have the same; without commits it is a hash of the absolute path.
    """

    id: str
    name: str
    root_commit: str | None
    path_in_repo: str
    toplevel: Path | None


class Outcome(enum.StrEnum):
    """What became of an episode; see `sleepy_core.store.outcome` for the moves between them."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    REVERTED = "reverted"
    DISMISSED = "dismissed"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Episode:
    """One fix of one error: offered, taken, refused, or made by hand."""

    id: str
    repo: str  # RepoIdentity.id
    run: str
    created: float  # seconds since the epoch
    file: RelPath
    code: str
    message: str
    signature: str
    family: str
    source: Source
    label: str
    verdict: VerdictKind | None
    outcome: Outcome
    diff: str  # unified, git style
    before: str  # the lines around the fault, as they were
    after: str  # the same lines, repaired
    rendered: str  # the compiler's message
    attempts: int = 0
    steps: int = 0  # rounds until green
    prompt_tokens: int = 0
    answer_tokens: int = 0
    ms: float = 0.0
    engine: str = ""
    model: str = ""
    coefficients: str = ""
    head: str = ""  # commit that the tree stood on
    closed: float | None = None
    note: str = ""  # reason of a dismissal, and the like
    result_digests: tuple[tuple[RelPath, str], ...] = field(default=())  # the texts that the fix leads to
    edit_kind: str = ""  # as `Proposal.kind`
    weak: bool = False  # as `Proposal.weak`
    # What a model would be asked: the diagnostic, where `before` begins, and the lines above and below it.
    fault: Diagnostic | None = None
    line: int = 0
    above: str = ""
    below: str = ""
    unfit: str = ""  # of a fix made by hand: why there is nothing to learn from it; "" where there is
