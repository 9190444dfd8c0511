"""Errors of the parser, which have no code: a token too few, too many, or another language's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.propose.search.kinds import LIKELY, POSSIBLE, SURE, WEAK, kind
from sleepy_core.propose.search.nearness import nearest
from sleepy_core.propose.search.site import Change, Site, change

_FOUND = re.compile(r"(?:found|expected) (?:(?:reserved )?keyword )?`([^`]+)`(?: statement)?$")
_BEFORE_FOUND = re.compile(r", found .*$")
# What may be put in where it is expected, with the space that it needs before it.
_INSERTED = {";": ";", ",": ",", ":": ":", "=>": " =>", "->": " ->", "=": " =", ")": ")", "]": "]", ">": ">", "|": "|",
             "where": " where", "in": " in", "for": " for"}  # fmt: skip
# What is written for what is meant.
_CONFUSED = {
    "=": (":", "=>", "==", "in"),
    ":": ("=", "=>", "::", ";", ",", "->"),
    "->": ("=>", ":", "."),
    "=>": ("->", ":", "="),
    ";": (",", ":"),
    ",": (";", ":"),
    ".": ("::", ",", ";"),
    "==": ("=", "=>"),
    ":=": ("=",),
    "&": ("&&",),
}
_KEYWORDS = ("fn", "let", "struct", "enum", "impl", "trait", "mod", "use", "pub", "const", "static", "type", "return",
             "match", "while", "for", "if", "else", "loop", "break", "continue", "unsafe", "async", "mut", "where",
             "extern", "union", "move")  # fmt: skip
_FOREIGN = {
    "auto": ("let",), "begin": ("{",), "case": ("match",), "class": ("struct", "impl"), "def": ("fn", "let"),
    "elif": ("else if",), "elseif": ("else if",), "elsif": ("else if",), "export": ("pub",), "final": ("let", "const"),
    "foreach": ("for",), "fun": ("fn",), "func": ("fn",), "function": ("fn",), "import": ("use",), "include": ("use",),
    "int": ("let",), "interface": ("trait",), "internal": ("pub(crate)",), "method": ("fn",), "module": ("mod",),
    "namespace": ("mod",), "of": ("for", "in"), "package": ("mod",), "private": ("",), "proc": ("fn",),
    "protected": ("pub(super)", "pub(crate)"), "protocol": ("trait",), "public": ("pub",), "record": ("struct",),
    "sub": ("fn",), "switch": ("match",), "throw": ("return",), "typedef": ("type",), "unless": ("if !",),
    "until": ("while !",), "using": ("use",), "val": ("let",), "var": ("let", "let mut"), "void": ("fn",),
    "when": ("match", "if"),
}  # fmt: skip
_SEPARATORS = (";", ",", ":")
_STRAY = (*_SEPARATORS, "do", "then", "not", "of")
_OPERATORS = (".", "::", ">", "+", "=", "|")
_OPERATOR = re.compile(r"(?:[-+*/%&|^=<>!]=?|->|=>|:|,|;)$")


def insert_expected(site: Site) -> Iterator[Change]:
    """`let x u8` → `let x: u8`: a token that the parser expected is put in behind the last one that it understood."""
    at = _behind_previous(site)
    if site.message.startswith("no rules expected"):
        yield change("put in `,`", site.insert(at, ","))
    if "an operator" in site.message:
        yield change("put in `=`", site.insert(at, " ="), cost=0.4)
    if re.search(r"<[^<>(){};]*\w$", site.text[max(0, at - 80) : at]):  # `<T Copy>`
        yield change("put in `:`", site.insert(at, ":"), cost=0.5)
    wanted = [word for word in _expected(site) if word in _INSERTED]
    for extra, token in enumerate(sorted(wanted, key=list(_INSERTED).index)):
        yield change(f"put in `{token}`", site.insert(at, _INSERTED[token]), cost=extra * 0.15)


def replace_found(site: Site) -> Iterator[Change]:
    """`1 -> 2` in a `match` → `1 => 2`: the token that was found is taken for what it is confused with."""
    word = _found(site)
    at = _found_at(site, word)
    if at is None:
        return
    expected = _expected(site)
    meant = list(_CONFUSED.get(word, ()))
    if meant and len(expected) < 4:
        meant += [other for other in expected if other in _INSERTED and other not in (*meant, word)]
    meant.sort(key=lambda other: other not in expected)
    if word == "." and (line := _use_line(site, at)) is not None:
        start, text = line
        yield change("write `::` for `.` in the path", site.put(start, start + len(text), text.replace(".", "::")))
    if word == ":" and re.compile(r":[^=;{}\n]*[^=;{}<>!\s]\s*=(?!=)").match(site.text, at):
        meant = [other for other in meant if other != "="]  # `x: u8 = 1` lacks a `let`
    for extra, other in enumerate(meant):
        space = " " if other in ("=>", "->", "=", "in") and site.text[at - 1 : at].strip() else ""
        edit = site.put(at, at + len(word), f"{space}{other}")
        yield change(f"write `{other}` for `{word}`", edit, cost=extra * 0.2)


def join_operator(site: Site) -> Iterator[Change]:
    """`- >` → `->`, `+ =` → `+=`: an operator that a space tears apart."""
    begin = max(0, site.start - 4)
    for found in re.finditer(r"([-=:<>!&|+*/%.])[ \t]+([>=&|:.])", site.text[begin : site.end + 3]):
        start, end = begin + found.start(), begin + found.end()
        if start <= site.end and site.start <= end:
            joined = found[1] + found[2]
            yield change(f"write `{joined}` in one", site.put(start, end, joined))


def take_out_found(site: Site) -> Iterator[Change]:
    """A stray `;`, `,` or `do`: the token that nobody expected goes, or the one before it."""
    yield from _taken_out(site, operators=False)


def take_out_operator(site: Site) -> Iterator[Change]:
    """`a + ;` → `a;`: an operator that lacks its operand, which may be what is missing."""
    yield from _taken_out(site, operators=True)


def _taken_out(site: Site, *, operators: bool) -> Iterator[Change]:
    word = _found(site)
    at = _found_at(site, word)
    if at is None:
        return
    behind = _behind_previous(site, at)
    before = _OPERATOR.search(site.text[:behind])
    if before is not None and "expected" in site.message:
        stray = before[0]
        start = before.start()
        if site.text[behind : behind + 1].isspace():  # one space is left of two
            start = len(site.text[:start].rstrip())
        if (stray in _SEPARATORS) != operators:
            yield change(f"take out the `{stray}` before `{word}`", site.remove(start, behind))
    if word in (_OPERATORS if operators else _STRAY):
        end = at + len(word)
        end += len(site.text[end:]) - len(site.text[end:].lstrip(" ")) if word.isalpha() else 0
        yield change(f"take out the `{word}`", site.remove(at, end), cost=0.2)


def keyword(site: Site) -> Iterator[Change]:
    """`fucntion f()` → `fn f()`, `elif` → `else if`: a keyword was misspelt, or is another language's."""
    if "expected" not in site.message and "followed by an item" not in site.message:
        return
    for start, word in _words(site):
        meant = [(other, 0.05 * extra) for extra, other in enumerate(_FOREIGN.get(word, ()))]
        if not meant and word not in _KEYWORDS:
            meant = nearest(word, _KEYWORDS, most=3)
            meant += [(other, far + 0.1) for near, far in nearest(word, _FOREIGN, most=1) for other in _FOREIGN[near]]
        for other, far in meant:
            end = start + len(word)
            glued = other.endswith("!") or not other
            end += len(site.text[end:]) - len(site.text[end:].lstrip(" ")) if glued else 0
            yield change(f"write `{other}` for `{word}`", site.put(start, end, other), cost=far)


def missing_keyword(site: Site) -> Iterator[Change]:
    """`value {` with arms in it → `match value {`, with statements → `if value {`; `<T> From<T> for S` → `impl<T>`."""
    if site.text[site.start : site.end] == "<" and re.match(
        r"<[^{};]*> [^{};]* for [^{};]*\{", site.text[site.start :]
    ):
        yield change("put in `impl`", site.insert(site.start, "impl"))
    if _found(site) != "{":
        return
    line = site.text.rfind("\n", 0, site.start) + 1
    begin = line + len(site.text[line : site.start]) - len(site.text[line : site.start].lstrip())
    before = site.text[begin : site.start]
    # Behind `let x =` and the like; of a statement its first word.
    begin += max((m.end() for m in re.finditer(r"(?:=|=>|return)\s+", before)), default=0)
    first = site.text[site.start : site.start + 400].partition("}")[0]
    words = ("match", "if") if "=>" in first else ("if", "while", "match")
    for extra, word in enumerate(words):
        yield change(f"put in `{word}`", site.insert(begin, f"{word} "), cost=extra * 0.4)


def _expected(site: Site) -> list[str]:
    """The tokens that the parser would have taken, without the one that it found."""
    return re.findall(r"`([^`]+)`", _BEFORE_FOUND.sub("", site.message)) if "expected" in site.message else []


def _found(site: Site) -> str:
    if ", found" not in site.message and site.message.startswith(("expected `", "unexpected `")):
        return site.text[site.start : site.end]
    found = _FOUND.search(site.message)
    return found[1] if found else ""


def _found_at(site: Site, token: str) -> int | None:
    """Where the token is that was found: at the primary span or at the one called unexpected."""
    if not token:
        return None
    starts = (p.start for p in site.places if p.file == site.file)
    return next((at for at in starts if site.text.startswith(token, at)), None)


def _behind_previous(site: Site, at: int | None = None) -> int:
    """Behind the last token before the span, white space and comments passed over."""
    text = site.text[: site.start if at is None else at]
    while True:
        shorter = re.sub(r"(?:\s+|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)$", "", text)
        line = shorter[shorter.rfind("\n") + 1 :]
        if (comment := re.match(r"\s*//", line)) is not None:
            shorter = shorter[: len(shorter) - len(line) + comment.start()]
        if shorter == text:
            return len(text)
        text = shorter


def _words(site: Site) -> Iterator[tuple[int, str]]:
    """The words that may be a wrong keyword: the one before the place, then the one at it."""
    if "is not followed by an item" in site.message:
        after = re.compile(r"\s+([^\W\d]\w*)").match(site.text, site.end)
        if after is not None:
            yield after.start(1), after[1]
        return
    before = re.search(r"(?<!\w)([^\W\d]\w*)[ \t]+$", site.text[: site.start])
    here = re.compile(r"[^\W\d]\w*").match(site.text, site.start)
    if before is not None and "expected item" not in site.message:
        yield before.start(1), before[1]
    elif here is not None:
        yield site.start, here[0]


def _use_line(site: Site, at: int) -> tuple[int, str] | None:
    begin = site.text.rfind("\n", 0, at) + 1
    found = re.compile(r"\s*(?:pub\s+)?use\s+([\w.:]+)").match(site.text, begin)
    return (found.start(1), found[1]) if found is not None else None


KINDS = (
    kind("join-operator", "-", SURE, join_operator),
    kind("keyword", "-", SURE, keyword),
    kind("missing-keyword", "-", LIKELY - 0.4, missing_keyword),
    kind("replace-found", "-", LIKELY - 0.5, replace_found),
    kind("insert-expected", "-", LIKELY - 0.3, insert_expected),
    kind("take-out-found", "-", POSSIBLE - 0.5, take_out_found),
    kind("take-out-operator", "-", WEAK, take_out_operator, weak=True),
)
