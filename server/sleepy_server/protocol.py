"""Our own part of the language server protocol: the single home of its names and its wire types.

The client's twin is `vscode-extension/src/protocol.ts`; a test compares `protocol_fingerprint()` with the
one that the twin names. Wire types are attrs classes: they travel as camelCase, and a field that equals
its default does not travel at all, so the twin declares such fields optional with the same default.

=============================  ======================  =================================================
name                           kind                    what for
=============================  ======================  =================================================
initializationOptions          `InitOptions`           trust, rust-analyzer, what the client shows itself
sleepy/status                  notification to client  the full state, each time
sleepy/trust                   notification to server  the user has granted (or withdrawn) trust
sleepy/rustAnalyzer            notification to server  rust-analyzer is, or is not, active
sleepy/offers                  request to server       the verified fixes of a file, for views
sleepy/promoted                notification to client  a sleep has made fixes better; once, in one window
sleepy/learned                 request to server       what a sleep has learned, for a view
sleepy.findFix … sleepy.rollBack workspace/executeCommand  what a user triggers; one object as argument
=============================  ======================  =================================================
"""

from __future__ import annotations

import enum
import hashlib
from typing import Any, Final

import attrs
from lsprotocol import types

SOURCE: Final = "sleepy"
FIX_ALL_KIND: Final = "source.fixAll.sleepy"

STATUS: Final = "sleepy/status"
TRUST: Final = "sleepy/trust"
RUST_ANALYZER: Final = "sleepy/rustAnalyzer"
OFFERS: Final = "sleepy/offers"
PROMOTED: Final = "sleepy/promoted"
LEARNED: Final = "sleepy/learned"

FIND_FIX: Final = "sleepy.findFix"
DISMISS_FIX: Final = "sleepy.dismissFix"
EXPLAIN_FIX: Final = "sleepy.explainFix"
RECHECK: Final = "sleepy.recheck"
FIX_ALL: Final = "sleepy.fixAll"
PAUSE: Final = "sleepy.pause"
RESUME: Final = "sleepy.resume"
SLEEP_NOW: Final = "sleepy.sleepNow"
ROLL_BACK: Final = "sleepy.rollBack"


@attrs.frozen
class InitOptions:
    """What a client may say in `initializationOptions`; every field may be missing."""

    trusted: bool = True  # clients without workspace trust are trusted; VS Code always says it
    rust_analyzer_active: bool = False
    # The client shows explanations, found fixes and the status by itself; else the server uses window/showMessage
    # and applies what `sleepy.findFix` found.
    views: bool = False
    settings: dict[str, dict[str, Any]] = attrs.Factory(dict)  # groups as in `sleepy_core.settings`, snake_case


class StatusPhase(enum.StrEnum):
    """What the daemon is doing for this client, in the words of the status item."""

    STARTING = "starting"
    WATCHING = "watching"
    CHECKING = "checking"
    THINKING = "thinking"
    READY = "ready"
    SLEEPING = "sleeping"
    TRAINED = "trained"
    PAUSED = "paused"
    UNTRUSTED = "untrusted"
    NO_MODEL = "noModel"
    PROBLEM = "problem"


@attrs.frozen
class ProjectStatus:
    """One cargo workspace."""

    root: str  # absolute path
    phase: str
    detail: str = ""
    errors: int = 0
    fixes: int = 0


@attrs.frozen
class StatusParams:
    """The full state; nothing has to be put together from earlier messages."""

    phase: str  # StatusPhase; the most telling one of all projects
    detail: str = ""  # one sentence, or the error that is thought about
    errors: int = 0
    fixes: int = 0
    engine_problem: str = ""  # one sentence; fixes from the compiler are still offered
    projects: list[ProjectStatus] = attrs.Factory(list)


@attrs.frozen
class TrustParams:
    """Is the workspace trusted? Nothing runs in one that is not."""

    trusted: bool


@attrs.frozen
class RustAnalyzerParams:
    """Does rust-analyzer show the compiler's errors already?"""

    active: bool


@attrs.frozen
class DiagnosticData:
    """Travels with our diagnostics and comes back with textDocument/codeAction."""

    key: str


@attrs.frozen
class OffersParams:
    """Which file's fixes?"""

    uri: str


@attrs.frozen
class OfferInfo:
    """One verified fix, for a view."""

    id: str
    title: str
    label: str
    message: str  # the compiler's, of the error that is repaired
    range: types.Range
    source: str  # compiler | recall | search | model
    verdict: str  # clean | better | unmasks
    remaining: int  # errors left
    diff: str  # unified, git style
    attempts: int
    ms: float
    edit: types.WorkspaceEdit
    code: str = ""
    preferred: bool = False
    weak: bool = False
    why: str = ""


@attrs.frozen
class OffersResult:
    """The fixes that stand for exactly the present text; best first for each error."""

    offers: list[OfferInfo]


@attrs.frozen
class PromotedParams:
    """A sleep was promoted: what it has learned answers from now on."""

    night: str  # its id, which is its coefficients'
    name: str  # of the repository
    told: str  # the gain in plain words


@attrs.frozen
class LearnedParams:
    """Which sleep? Neither: the latest one of what the client has open."""

    night: str = ""
    uri: str = ""  # a file of the repository whose latest sleep is meant


@attrs.frozen
class LearnedResult:
    """What a sleep has learned from, its answers before and after, what the gate said."""

    markdown: str
    night: str = ""  # "" where there was none
    answers: bool = False  # it is what answers now, so it can be rolled back


@attrs.frozen
class FindFixArgs:
    """Search a fix of the error at a place, before all others."""

    uri: str
    position: types.Position
    apply: bool = False  # apply what was found by workspace/applyEdit


@attrs.frozen
class FindFixResult:
    """What the search brought; no offer means that nothing was found, or that it was cancelled."""

    message: str  # one sentence
    applied: bool = False
    cancelled: bool = False
    offer: OfferInfo | None = None


@attrs.frozen
class OfferArgs:
    """Which fix?"""

    offer_id: str
    reason: str = ""  # why it is dismissed, in the user's words


@attrs.frozen
class UriArgs:
    """Which file? Empty: all that the client has open."""

    uri: str = ""


@attrs.frozen
class RollBackArgs:
    """What is taken back? Neither: what answers in all that the client has open."""

    uri: str = ""  # a file of the repository
    night: str = ""  # nothing but what this sleep has learned, if it answers


@attrs.frozen
class NoArgs:
    """There is nothing to be said: an empty object."""


@attrs.frozen
class Explanation:
    """Who proposed a fix, what the compiler said of it, what it recalls."""

    markdown: str


@attrs.frozen
class Done:
    """Did a command do something, and what, in one sentence."""

    done: bool
    message: str


# Commands take one object; this says which.
COMMANDS: Final[dict[str, type]] = {
    FIND_FIX: FindFixArgs,
    DISMISS_FIX: OfferArgs,
    EXPLAIN_FIX: OfferArgs,
    RECHECK: UriArgs,
    FIX_ALL: UriArgs,
    PAUSE: NoArgs,
    RESUME: NoArgs,
    SLEEP_NOW: NoArgs,
    ROLL_BACK: RollBackArgs,
}


@attrs.frozen
class OffersRequest:
    """`sleepy/offers` on the wire. No field has a default: it would not travel."""

    id: int | str
    method: str
    params: OffersParams
    jsonrpc: str


@attrs.frozen
class LearnedRequest:
    """`sleepy/learned` on the wire."""

    id: int | str
    method: str
    params: LearnedParams
    jsonrpc: str


@attrs.frozen
class PromotedNotification:
    """`sleepy/promoted` on the wire."""

    method: str
    params: PromotedParams
    jsonrpc: str


@attrs.frozen
class StatusNotification:
    """`sleepy/status` on the wire."""

    method: str
    params: StatusParams
    jsonrpc: str


@attrs.frozen
class TrustNotification:
    """`sleepy/trust` on the wire."""

    method: str
    params: TrustParams
    jsonrpc: str


@attrs.frozen
class RustAnalyzerNotification:
    """`sleepy/rustAnalyzer` on the wire."""

    method: str
    params: RustAnalyzerParams
    jsonrpc: str


MESSAGE_TYPES: Final[dict[str, type]] = {
    STATUS: StatusNotification,
    TRUST: TrustNotification,
    RUST_ANALYZER: RustAnalyzerNotification,
    OFFERS: OffersRequest,
    PROMOTED: PromotedNotification,
    LEARNED: LearnedRequest,
}

_RESULTS: Final[dict[str, type]] = {
    OFFERS: OffersResult,
    LEARNED: LearnedResult,
    FIND_FIX: FindFixResult,
    DISMISS_FIX: Done,
    EXPLAIN_FIX: Explanation,
    RECHECK: Done,
    FIX_ALL: Done,
    PAUSE: Done,
    RESUME: Done,
    SLEEP_NOW: Done,
    ROLL_BACK: Done,
}


def protocol_fingerprint() -> str:
    """Changes exactly when a name, a field, a type or a default of this protocol does."""
    lines = [f"phase {phase.value}" for phase in StatusPhase]
    lines += [f"{name} -> {kind.__name__}" for name, kind in (MESSAGE_TYPES | COMMANDS).items()]
    lines += [f"{name} => {kind.__name__}" for name, kind in _RESULTS.items()]
    kinds = {
        InitOptions,
        DiagnosticData,
        OfferInfo,
        ProjectStatus,
        *MESSAGE_TYPES.values(),
        *COMMANDS.values(),
        *_RESULTS.values(),
        *(attrs.fields_dict(kind)["params"].type for kind in _resolved(MESSAGE_TYPES.values())),
    }
    for kind in sorted(_resolved(kinds), key=lambda k: k.__name__):
        for field in attrs.fields(kind):
            default = "" if field.default is attrs.NOTHING else f" = {_default(field.default)}"
            lines.append(f"{kind.__name__}.{field.name}: {_type_name(field.type)}{default}")
    return hashlib.blake2b("\n".join(sorted(lines)).encode(), digest_size=8).hexdigest()


def _resolved(kinds: Any) -> list[Any]:
    return [attrs.resolve_types(kind) for kind in kinds]


def _type_name(kind: Any) -> str:
    # `typing` writes the same type differently from one Python version to the next.
    return (
        kind.__name__ if isinstance(kind, type) and not hasattr(kind, "__args__") else str(kind).replace("typing.", "")
    )


def _default(value: Any) -> str:
    return f"{value.factory.__name__}()" if hasattr(value, "factory") else repr(value)
