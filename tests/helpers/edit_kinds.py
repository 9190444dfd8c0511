"""What an edit kind makes of an error, without a compiler.

`results("make-public", site("fn f() { g(«name») }", "E0603", "function `name` is private"))` are the texts that
the kind proposes, cheapest first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from helpers.diagnostics import FILE, case, diagnostic, marked
from sleepy_core.model import Note, RelPath, Span
from sleepy_core.propose.search.edits import TABLE
from sleepy_core.propose.search.index import Crate, items_of
from sleepy_core.propose.search.site import Change, Site
from sleepy_core.text import apply_edits


def site(
    source: str,
    code: str,
    message: str,
    *,
    label: str | None = None,
    notes: Sequence[Note] = (),
    spans: Sequence[Span] = (),
    others: Mapping[RelPath, str] | None = None,
) -> Site:
    """The site of an error whose primary span is marked by `«…»`."""
    text, start, end = marked(source)
    texts = {FILE: text, **(others or {})}
    error = diagnostic(message, start, end, code=code, label=label, notes=notes, spans=spans)
    items = [replace(item, file=file) for file, content in texts.items() for item in items_of(content)]
    return Site(case(error, texts), Crate(items))


def candidates(kind: str, at: Site) -> list[tuple[Change, dict[RelPath, str]]]:
    """The changes that a kind proposes, cheapest first, with the texts that they lead to."""
    row = next(k for k in TABLE if k.name == kind)
    assert at.code in row.codes, f"{kind} does not answer {at.code}"
    found = []
    for change in sorted(row.find(at), key=lambda c: c.cost):
        texts: dict[RelPath, str] = {}
        for file in dict.fromkeys(f for f, _ in change.edits):
            texts[file] = apply_edits(at.case.texts[file], [e for f, e in change.edits if f == file])
        found.append((change, texts))
    return found


def results(kind: str, at: Site, file: RelPath = FILE) -> list[str]:
    """The new texts of one file, cheapest first."""
    return [texts[file] for _, texts in candidates(kind, at) if file in texts]
