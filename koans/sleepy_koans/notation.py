"""How a template is written: a Rust program with a few marks in it.

@Item @items @add @n1        words of a domain, numbers, types (`words.py` has the list); `@@` is an `@`
⟦a¦b¦c⟧                      one of them, by chance; `⟦1:a¦b⟧` and `⟦1:c¦d⟧` choose alike, in the test too
«broken»«fixed»              the fault and its repair, at as many places as it has
«broken»«fixed»«wrong»       also repairs that compile and do the wrong thing, for the test to catch
//- src/shelf.rs             a line of its own: what follows is another file; the first is src/lib.rs
"""

from __future__ import annotations

import re
from textwrap import dedent

from sleepy_koans.koan import ROOT_FILE, Files, KoanError
from sleepy_koans.words import Words

_CHOICE = re.compile(r"⟦(?:(\d):)?([^⟦⟧]*)⟧")
_WORD = re.compile(r"@(@|[A-Za-z][A-Za-z0-9]*)")
_FAULT = re.compile(r"«[^«»]*»(?:«[^«»]*»)+")
_FILE = re.compile(r"^//- (\S+)\n", re.MULTILINE)
_MARKS = re.compile(r"[⟦⟧¦«»]")


def fill(text: str, words: Words) -> str:
    """The text with its choices made and its words put in; the faults are still marked."""

    def choose(match: re.Match[str]) -> str:
        label, options = match[1], match[2].split("¦")
        return options[words.number(len(options)) if label is None else words.choice(label, len(options))]

    text = dedent(text).strip("\n") + "\n"
    while _CHOICE.search(text):
        text = _CHOICE.sub(choose, text)
    return _WORD.sub(lambda match: "@" if match[1] == "@" else words[match[1]], text)


def versions(text: str) -> tuple[str, ...]:
    """The broken text, the fixed one, and wrong ones. Where a place has no wrong repair the right one stands."""
    places = [len(re.findall("«", match[0])) for match in _FAULT.finditer(text)]
    if not places:
        raise KoanError("no fault is marked; write «broken»«fixed»")

    def take(which: int) -> str:
        def one(match: re.Match[str]) -> str:
            parts = match[0][1:-1].split("»«")
            return parts[which] if which < len(parts) else parts[1]

        return _tidy(_FAULT.sub(one, text))

    made = tuple(take(which) for which in range(max(places)))
    if left := _MARKS.search(made[0]) or _MARKS.search(made[1]):
        raise KoanError(f"a mark is left over: {left.string[max(0, left.start() - 30) : left.end() + 30]!r}")
    return made


def split_files(text: str) -> Files:
    """The files of a program whose further files begin with `//- path`."""
    first, *rest = _FILE.split(text)
    files = {ROOT_FILE: first, **dict(zip(rest[::2], rest[1::2], strict=True))}
    return {path: body.strip("\n") + "\n" for path, body in files.items()}


def _tidy(text: str) -> str:
    """Without what an empty alternative on a line of its own leaves behind."""
    return re.sub(r"\n[ \t]+(?=\n)", "\n", text).replace("\n\n\n", "\n\n")
