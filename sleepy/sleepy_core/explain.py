"""Why this fix? In Markdown, for a hover or a panel."""

from __future__ import annotations

from collections.abc import Mapping

from sleepy_core.ledger import Origin
from sleepy_core.model import Offer, RelPath, Source, Verdict, VerdictKind
from sleepy_core.text import apply_patch, unified_diff

_WHO = {
    Source.COMPILER: "The compiler suggested it",
    Source.RECALL: "Recalled from an earlier fix in your episodes",
    Source.SEARCH: "Found by trying small edits at the compiler's spans",
    Source.MODEL: "Written by the local model",
}


def explain(offer: Offer, texts: Mapping[RelPath, str], origin: Origin) -> str:
    """Who proposed a fix, what the compiler said of it, and what exactly changes."""
    proposal, diagnostic = offer.proposal, offer.diagnostic
    who = _WHO[proposal.source]
    if proposal.source is Source.MODEL:
        who += f" {origin.model} ({origin.engine}"
        who += f", coefficients {proposal.coefficients})" if proposal.coefficients else ")"
    after = apply_patch(texts, proposal.patch)
    parts = [
        f"### {proposal.label}",
        f"{who}. {sentence(offer.verdict)}",
    ]
    if proposal.why:
        parts.append(f"> {proposal.why}")
    if proposal.recalled:
        parts.append("Episodes recalled: " + ", ".join(f"`{e}`" for e in proposal.recalled))
    if proposal.weak:
        parts.append("It compiles too easily to mean much: read it before you take it.")
    parts += [
        f"```diff\n{unified_diff({f: texts[f] for f in after}, after)}```",
        f"```text\n{diagnostic.rendered.rstrip() or diagnostic.message}\n```",
        f"Candidates compiled for this error: {offer.attempts}; {offer.ms:.0f} ms; family `{offer.family}`.",
    ]
    return "\n\n".join(parts)


def sentence(verdict: Verdict) -> str:
    """A verdict in plain words."""
    left = f"{verdict.remaining} other error{'s' if verdict.remaining != 1 else ''}"
    match verdict.kind:
        case VerdictKind.CLEAN:
            return "Compiled before it was offered: no error is left."
        case VerdictKind.BETTER:
            return f"Compiled before it was offered: this error is gone, nothing new; {left} left."
        case VerdictKind.UNMASKS:
            return f"Compiled before it was offered: this error is gone; {len(verdict.new)} that it hid appear."
        case VerdictKind.BREAKS:
            return f"Does not compile: {verdict.reason}"
