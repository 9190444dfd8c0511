"""The crates that come of the compiler's own suggestions: the line that every model is held against."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from sleepy_koans.check import Checked
from sleepy_koans.koan import Files

Edit = tuple[int, int, str]  # from byte, to byte, the new text


def suggested(files: Files, checked: Checked) -> tuple[Files, ...]:
    """The crate with each suggestion alone, and with the first one of every error together."""
    made: list[Files] = []
    first: list[dict[str, list[Edit]]] = []
    for message in checked.messages:
        edits = [edit for told in _alternatives(message.raw) if (edit := _edits(told))]
        first += edits[:1]
        made += [new for edit in edits if (new := _applied(files, [edit])) is not None]
    if len(first) > 1 and (new := _applied(files, first)) is not None:
        made.append(new)
    return tuple(new for at, new in enumerate(made) if new != files and new not in made[:at])


def _alternatives(raw: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """The spans with replacements of each suggestion; alternatives of one span come one by one."""
    for child in raw.get("children", ()):
        spans = [span for span in child["spans"] if span.get("suggested_replacement") is not None]
        if not spans:
            continue
        places = {(span["file_name"], span["byte_start"], span["byte_end"]) for span in spans}
        if len(places) == 1:
            yield from ([span] for span in spans)
        else:
            yield spans


def _edits(spans: Iterable[dict[str, Any]]) -> dict[str, list[Edit]]:
    """The edits by file."""
    edits: dict[str, list[Edit]] = defaultdict(list)
    for span in spans:
        edits[span["file_name"].replace("\\", "/")].append(
            (span["byte_start"], span["byte_end"], span["suggested_replacement"])
        )
    return dict(edits)


def _applied(files: Files, several: list[dict[str, list[Edit]]]) -> Files | None:
    """The files with all edits made, or None where some overlap or lie in a file that is not ours."""
    texts = {path: text.encode() for path, text in files.items()}
    for path in {path for edits in several for path in edits}:
        if path not in texts:
            return None
        chosen = sorted({edit for edits in several for edit in edits.get(path, ())}, reverse=True)
        if any(later[0] < earlier[1] for later, earlier in pairwise(chosen)):
            return None
        for start, end, new in chosen:
            texts[path] = texts[path][:start] + new.encode() + texts[path][end:]
    return {path: text.decode(errors="replace") for path, text in texts.items()}
