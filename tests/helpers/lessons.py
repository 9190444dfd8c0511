"""Episodes that something can be learned from, for tests of the curator and of what shows its work."""

from __future__ import annotations

from dataclasses import replace

from helpers.diagnostics import FILE, diagnostic, insert, marked, suggestion
from sleepy_core.ledger import Origin, episode
from sleepy_core.model import (
    Edit,
    Episode,
    FilePatch,
    Offer,
    Outcome,
    Patch,
    Proposal,
    RepoIdentity,
    Source,
    Verdict,
    VerdictKind,
)
from sleepy_core.store.ids import id_at
from sleepy_core.text import digest

REPO = RepoIdentity("repo-1", "orchard", "c0ffee", "", None)
NIGHT = 1_700_000_000.0


def a_lesson(
    number: int = 0,
    *,
    call: str = "weigh(name)",
    wrong: str = "name",
    right: str = "&name",
    outcome: Outcome = Outcome.CONFIRMED,
    signature: str = "E0308:mismatched types",
    message: str = "mismatched types",
    **changes: object,
) -> Episode:
    """The `number`-th episode: in the line of `call`, `wrong` was repaired to `right`."""
    source = f"// {number}\n\nfn caller_{number}() {{\n    {call.replace(wrong, f'«{wrong}»', 1)};\n}}\n"
    text, start, end = marked(source)
    fault = diagnostic(
        message,
        start,
        end,
        suggestions=[suggestion("consider this", insert(text, wrong, "&"))],
        rendered=f"error[E0308]: {message}\n --> {FILE}:4:5\n4 |     {call};\n",
    )
    at = text.index(call) + call.index(wrong)
    patch = Patch((FilePatch(FILE, digest(text), (Edit(at, at + len(wrong), right),)),))
    by = Source.HUMAN if outcome is Outcome.HUMAN else Source.COMPILER
    id_ = id_at(int((NIGHT + number) * 1e9))
    offer = Offer(
        id_, fault, signature, "mismatched-types", Proposal(patch, by, "repair"), Verdict(VerdictKind.CLEAN, 0), 1, 9.0
    )
    made = replace(episode(offer, {FILE: text}, Origin(REPO, "run-1"), ""), created=NIGHT + number, outcome=outcome)
    return replace(made, **changes)  # type: ignore[arg-type]
