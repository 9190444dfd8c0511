"""What an edit kind makes of an error, without a compiler.

`results("make-public", site("fn f() { g(«name») }", "E0603", "function `name` is private"))` are the texts that
the kind proposes, cheapest first.

`labelled_site("fn f(v: V) { g(v); h(«v»); }", "use of moved value: `v`", ("value moved here", "g(|v"))` has other
spans as well, as errors of the borrow checker do: each label is followed by what it stands at, the first such place
in the source; what is in front of a `|` only finds the place. `rustc_cases.site_of` asks the real compiler.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from helpers.diagnostics import FILE, case, diagnostic, marked, span
from sleepy_core.model import Diagnostic, Level, Note, RelPath, Span
from sleepy_core.propose.externs import Externs
from sleepy_core.propose.search.edits import TABLE
from sleepy_core.propose.search.index import Crate, items_of
from sleepy_core.propose.search.site import Change, Site
from sleepy_core.text import LineIndex, apply_edits


def site(
    source: str,
    code: str,
    message: str,
    *,
    label: str | None = None,
    notes: Sequence[Note] = (),
    spans: Sequence[Span] = (),
    others: Mapping[RelPath, str] | None = None,
    externs: Externs | None = None,
) -> Site:
    """The site of an error whose primary span is marked by `«…»`."""
    text, start, end = marked(source)
    error = diagnostic(message, start, end, code=code, label=label, notes=notes, spans=spans)
    return site_at(error, {FILE: text, **(others or {})}, externs=externs)


def labelled_site(
    source: str, message: str, *others: tuple[str, str], code: str = "E0382", notes: Sequence[str] = ()
) -> Site:
    """The site of an error; `others` are labels and what they stand at."""
    text, _, _ = marked(source)
    return site(
        source,
        code,
        message,
        spans=[_labelled(text, label, words) for label, words in others],
        notes=[Note(Level.NOTE, note) for note in notes],
    )


def site_at(
    error: Diagnostic,
    texts: Mapping[RelPath, str],
    errors: Sequence[Diagnostic] = (),
    externs: Externs | None = None,
) -> Site:
    """The site of an error of a crate that is these texts."""
    items = [replace(item, file=file) for file, text in texts.items() for item in items_of(text)]
    return Site(replace(case(error, texts, errors=errors), externs=externs), Crate(items))


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


def _labelled(text: str, label: str, words: str) -> Span:
    before, cut, at = words.partition("|")
    if not cut:
        before, at = "", words
    start = text.index(before + at) + len(before)
    index = LineIndex(text)
    end = start + len(at)
    return span(index.position(start), index.position(end), label=label, primary=False)
