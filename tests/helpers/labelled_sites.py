"""The site of an error whose other spans are labelled, as those of the borrow checker are.

`error("fn f(v: V) { g(v); h(«v»); }", "use of moved value: `v`", ("value moved here", "g(|v"))`: each label is
followed by what it stands at, the first such place in the source; what is in front of a `|` only finds the place.
"""

from collections.abc import Sequence

from helpers.diagnostics import span
from helpers.edit_kinds import site
from sleepy_core.model import Level, Note, Span
from sleepy_core.propose.search.site import Site
from sleepy_core.text import LineIndex


def error(source: str, message: str, *others: tuple[str, str], code: str = "E0382", notes: Sequence[str] = ()) -> Site:
    """The site of an error; `others` are labels and what they stand at."""
    plain = source.replace("«", "").replace("»", "")
    return site(
        source,
        code,
        message,
        spans=[_labelled(plain, label, words) for label, words in others],
        notes=[Note(Level.NOTE, note) for note in notes],
    )


def _labelled(text: str, label: str, words: str) -> Span:
    before, cut, at = words.partition("|")
    if not cut:
        before, at = "", words
    start = text.index(before + at) + len(before)
    index = LineIndex(text)
    end = start + len(at)
    return span(index.position(start), index.position(end), label=label, primary=False)
