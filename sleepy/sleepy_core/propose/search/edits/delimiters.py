"""Brackets that are missing, too many or of the wrong sort: one is put in, taken out or replaced, where the labels say
or where the indentation does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from sleepy_core.propose.search.kinds import LIKELY, SURE, kind
from sleepy_core.propose.search.site import Change, Place, Site, change

_CLOSING = {"(": ")", "[": "]", "{": "}"}
# Behind what an opening bracket is likely to stand.
_OPENED = {
    "[": (r"#!?(?=\w)", r"\w!(?=[^=(\[{])", r"&(?=[\w\"'])", r"=\s+(?=[\w\"'])", r"\w(?=\d)"),
    "(": (r"\bfn \w+(?=[&\w])", r"\w!(?=[^=(\[{])", r"#\[(?:derive|cfg|allow|warn|deny|cfg_attr|repr)(?=\w)",
          r"\w(?=[&\"'])", r"=\s+(?=\S)", r"\bfn \w+(?=\w)"),
}  # fmt: skip
_UNCLOSED = ("might not be properly closed", "unclosed delimiter", "possibly meant for this")
_PLAIN_TAIL = re.compile(r"(?:\s*[;,?{])*\s*$")
_TAIL = re.compile(r"(?:\s*(?:[;,]|\{|=>.*|\?))*\s*$")


def close(site: Site) -> Iterator[Change]:
    """Put in the closing bracket that is missing: where the indentation goes back, or a line ends."""
    if "delimiter" not in site.message:
        return
    for number, opening in enumerate(_places(site, *_UNCLOSED)):
        bracket = site.text[opening : opening + 1]
        if bracket not in _CLOSING:
            continue
        for extra, (at, text) in enumerate(islice(_closings(site, opening, _CLOSING[bracket]), 6)):
            label = f"close the `{bracket}` of line {_line(site, opening)} with `{_CLOSING[bracket]}`"
            yield change(label, site.insert(at, text), cost=0.3 * number + 0.2 * extra)


def match_closing(site: Site) -> Iterator[Change]:
    """`vec![1, 2)` → `vec![1, 2]`: the closing bracket becomes what the opening one wants, or one is put before it."""
    nearest = _places(site, "nearest open delimiter")
    for opened, missed in zip(nearest, _places(site, "missing open"), strict=False):
        wanted, bracket = _CLOSING.get(site.text[opened : opened + 1]), site.text[missed : missed + 1]
        if wanted is not None and bracket in _CLOSING.values() and wanted != bracket:
            yield change(f"replace `{bracket}` by `{wanted}`", site.put(missed, missed + 1, wanted))
    if not site.message.startswith("mismatched closing delimiter"):
        return
    opening = next(_places(site, "unclosed delimiter"), None)
    closing = _CLOSING.get(site.text[opening : opening + 1]) if opening is not None else None
    written = site.text[site.start : site.end]
    if opening is None or closing is None:
        return
    other = next(_places(site, "possibly meant for this"), None)
    fits_another = other is not None
    yield change(
        f"replace `{written}` by `{closing}`", site.put(site.start, site.end, closing), cost=0.3 if fits_another else 0
    )
    if site.text.count("\n", opening, site.start) == 0:
        yield change(
            f"put `{closing}` before `{written}`", site.insert(site.start, closing), cost=0 if fits_another else 0.3
        )
    yield change(f"take out the `{written}`", site.remove(site.start, site.end), cost=0.6)
    if closing != "}":
        yield change(f"take out the `{site.text[opening]}`", site.remove(opening, opening + 1), cost=0.7)


def take_out_closing(site: Site) -> Iterator[Change]:
    """A closing bracket too many: the one that is reported, or the one that closed too early."""
    if not site.message.startswith("unexpected closing delimiter"):
        return
    early = ("missing open", "matches this closing brace", "different indentation")
    for extra, at in enumerate(dict.fromkeys((*_places(site, early[0]), site.start, *_places(site, *early[1:])))):
        bracket = site.text[at : at + 1]
        if bracket not in _CLOSING.values():
            continue
        start, end = _alone(site, at)
        yield change(f"take out the `{bracket}` of line {_line(site, at)}", site.remove(start, end), cost=extra * 0.2)


def open_block(site: Site) -> Iterator[Change]:
    """`fn f()⏎    body⏎}` → `fn f() {…`: the head of the block that a closing brace ends has no opening one."""
    if not site.message.startswith("unexpected closing delimiter"):
        return
    lines = site.text.splitlines(keepends=True)
    for extra, closing in enumerate((*_places(site, "different indentation"), site.start)):
        indent = len(site.line_indent(closing))
        number = _line(site, closing) - 1
        for above in range(number - 1, -1, -1):
            line = lines[above].rstrip()
            if not line.strip():
                continue
            depth = len(line) - len(line.lstrip())
            if depth < indent:
                break
            if depth == indent and above < number - 1:
                if not line.endswith(("{", ";", ",", "}", ")]", "]")) and not line.lstrip().startswith(("//", "#")):
                    at = sum(map(len, lines[:above])) + len(line)
                    yield change(
                        f"open the block of line {above + 1} with `{{`", site.insert(at, " {"), cost=extra * 0.2
                    )
                break


def open_bracket(site: Site) -> Iterator[Change]:
    """`fn f&self)` → `fn f(&self)`, `#inline]` → `#[inline]`: the opening bracket of a line is missing."""
    if not site.message.startswith("unexpected closing delimiter"):
        return
    for missed in dict.fromkeys((*_places(site, "missing open"), site.start)):
        closing = site.text[missed : missed + 1]
        bracket = next((b for b, c in _CLOSING.items() if c == closing), "")
        begin = site.text.rfind("\n", 0, missed) + 1
        if bracket in ("(", "["):
            line = site.text[begin:missed]
            points = [m.end() for pattern in _OPENED[bracket] for m in re.finditer(pattern, line)]
            for extra, at in enumerate(list(dict.fromkeys(points))[:6]):
                yield change(f"put in `{bracket}`", site.insert(begin + at, bracket), cost=extra * 0.15)


def _places(site: Site, *labels: str) -> Iterator[int]:
    """Where the spans with these labels begin, in the order of the labels."""
    found: list[Place] = [p for label in labels for p in site.places if label in p.label and p.file == site.file]
    yield from dict.fromkeys(place.start for place in found)


def _line(site: Site, offset: int) -> int:
    """The number of an offset's line, from 1."""
    return site.text.count("\n", 0, offset) + 1


def _alone(site: Site, at: int) -> tuple[int, int]:
    """A bracket, with its whole line where nothing else is on it."""
    begin = site.text.rfind("\n", 0, at) + 1
    end = site.text.find("\n", at) + 1 or len(site.text)
    return (begin, end) if site.text[begin:end].strip() == site.text[at] else (at, at + 1)


def _closings(site: Site, opening: int, closing: str) -> Iterator[tuple[int, str]]:
    """Where a closing bracket may be missing, the likeliest first."""
    text = site.text
    line_end = text.find("\n", opening)
    line_end = len(text) if line_end < 0 else line_end
    line = text[opening:line_end].rstrip("\r")
    tail = _TAIL.search(line)
    at_end = opening + (tail.start() if tail is not None else len(line))
    if closing != "}":
        if line.rstrip().endswith("{") and (block := _block_end(site, opening)) is not None:
            yield block, closing
        for match in (_PLAIN_TAIL.search(line), re.search(r"\s*->", line)):
            if match is not None:
                yield opening + match.start(), closing
        yield at_end, closing
        yield opening + 1, closing
        for inner in re.finditer(r"[)\]}]", line):
            yield opening + inner.start(), closing
            yield opening + inner.end(), closing
        return
    plain = _PLAIN_TAIL.search(line)
    if plain is not None and line[1:].strip() and re.search(r"\buse\b[^;{]*$", text[max(0, opening - 200) : opening]):
        yield opening + plain.start(), closing
    indent = site.line_indent(opening)
    end = "\r\n" if "\r\n" in text else "\n"
    last = line_end
    position = line_end + 1
    for following in text[line_end + 1 :].splitlines(keepends=True):
        stripped = following.strip()
        depth = len(following) - len(following.lstrip())
        if stripped and depth <= len(indent):
            if stripped.startswith("}") and depth == len(indent):
                last = position + len(following.rstrip())
                position += len(following)
                continue
            yield last, f"{end}{indent}}}"
        if stripped:
            last = position + len(following.rstrip())
        position += len(following)
    yield last, f"{end}{indent}}}"
    if "{" not in line[1:] and line[1:].strip():
        yield opening + len(line.rstrip()), " }"


def _block_end(site: Site, opening: int) -> int | None:
    """Behind the `}` of the block that begins on the line of a bracket, by its indentation."""
    indent = site.line_indent(opening)
    found = re.compile(rf"^{indent}\}}", re.MULTILINE).search(site.text, site.text.find("\n", opening))
    return found.end() if found else None


KINDS = (
    kind("match-closing", "-", SURE, match_closing),
    kind("close", "-", SURE + 0.2, close),
    kind("open-block", "-", SURE + 0.2, open_block),
    kind("open-bracket", "-", LIKELY, open_bracket),
    kind("take-out-closing", "-", LIKELY - 0.5, take_out_closing),
)
