"""Strings, characters, comments and numbers that are not closed or not well formed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.propose.search.kinds import LIKELY, SURE, kind
from sleepy_core.propose.search.site import Change, Site, change

_END = re.compile(r"[)\]};,\s]*$")
_QUOTE = re.compile(r"""(?<!\\)(?<!')"(?!')""")
# Where a string may end: before these.
_COMMA = re.compile(r", ")
_BEHIND_WORD = re.compile(r"(?<=\w)(?= =>|[,)\]] | \|)")
_BRACKET = re.compile(r"[)\]]")
_CALL = re.compile(r"\.(?=\w+(?:::<[^>]*>)?\()")
_TORN = ("prefix `", "unknown start of token", "underscore literal suffix", "suffixes on string literals")
_SUFFIXES = {"u": ("u32", "usize"), "i": ("i32",), "f": ("f64", "f32"), "l": ("i64",), "L": ("i64",), "d": ("f64",),
             "ul": ("u64",), "F": ("f32",)}  # fmt: skip


def close_string(site: Site) -> Iterator[Change]:
    """`println!("a);` → `println!("a");`: the line that has an odd number of quotes, where a string begins or ends."""
    if site.code == "" and not site.message.startswith(_TORN):
        return
    lines = site.text[: max(site.end, site.start + 1)].splitlines(keepends=True)
    number = site.text.count("\n", 0, site.start)
    full = site.text.splitlines(keepends=True)
    odd = [n for n in range(min(number + 1, len(lines))) if len(_QUOTE.findall(_code(full[n]))) % 2]
    # The parser notices it at the last quote of the file at times: the first odd line is the likeliest.
    for extra, n in enumerate(dict.fromkeys((*odd[:1], *odd[-1:], *odd[1:2], *odd[-2:]))):
        begin = sum(map(len, full[:n]))
        for more, (at, what) in enumerate(_missing_quotes(_code(full[n]))):
            edit = site.insert(begin + at, '"')
            yield change(f"{what} the string of line {n + 1}", edit, cost=0.4 * extra + 0.1 * more)


def _missing_quotes(line: str) -> Iterator[tuple[int, str]]:
    """Where a line with an odd number of quotes lacks one, the likeliest first."""
    quotes = [m.start() for m in _QUOTE.finditer(line)]
    for opening, closing in zip(quotes[::2], quotes[1::2], strict=False):
        # What lies between two strings looks like `, ` or ` | `: then the first of the two ends a string.
        between = line[opening + 1 : closing]
        if re.fullmatch(r"(?:\s*(?:[,|+:)\]]|=>)\s*)+.{0,3}", between) or re.match(r"[)\]][.,;)]", between):
            yield from ((at, "open") for at in _openings(line, opening))
            return
    last = quotes[-1]
    rest = line[last + 1 :]
    patterns = (_END, _COMMA, _BEHIND_WORD, _BRACKET, _CALL)
    ends = [found.start() for pattern in patterns if (found := pattern.search(rest)) is not None]
    closings = [(last + 1 + at, "close") for at in dict.fromkeys(ends)]
    openings = [(at, "open") for at in _openings(line, last)]
    # A quote behind a word and before a comma ends a string.
    ends_one = (
        line[last - 1 : last] not in ("", *" \t([{=,&|") and re.match(r"\s*(?:[,)\];.?|:]|=>|$)", rest) is not None
    )
    yield from (*openings, *closings) if ends_one else (*closings, *openings)


def _openings(line: str, quote: int) -> Iterator[int]:
    """Where the string may begin that a quote ends: at its last word, behind the bracket before it."""
    for pattern in (
        r"(?:^|(?<=[\s(\[,=|&!]))[^\s(\[,=|&\"]+$",
        r"(?<=[(\[=,])\s*[^(\[=,\"]*$",
        r"(?<=[(\[])[^(\[\"]*$",
    ):
        found = re.search(pattern, line[:quote])
        if found is not None and found[0].strip():
            yield found.start() + len(found[0]) - len(found[0].lstrip())


def close_character(site: Site) -> Iterator[Change]:
    """`'a;` → `'a';`, `'abc;` → `"abc";`."""
    label = re.search(r"b?'(\w+)\s*$", site.text[: site.start])
    if label is not None and "after a label" in site.message:
        start, word = label.start(), label[1]
    elif site.code in ("E0762", "E0763"):
        found = re.compile(r"'(\w+|\\?.)").match(site.text, site.start)
        if found is None:
            return
        start, word = site.start, found[1]
    else:
        return
    end = start + site.text[start:].index(word) + len(word)
    if len(word.lstrip("\\")) == 1:
        yield change("close the character with `'`", site.insert(end, "'"))
    else:
        yield change('write the string in `"`', site.put(start, end, f'"{word}"'))


def close_raw_string(site: Site) -> Iterator[Change]:
    """`r#"abc"` → `r#"abc"#`: as many `#` behind as before."""
    opened = re.compile(r'b?r(#+)"').match(site.text, site.start)
    if opened is None:
        return
    closing = re.compile(r'"(#*)').search(site.text, opened.end())
    if closing is not None:
        missing = opened[1][len(closing[1]) :]
        yield change(f'close the raw string with `"{opened[1]}`', site.insert(closing.end(), missing))
    else:
        line_end = site.text.find("\n", site.start)
        rest = site.text[opened.end() : line_end if line_end >= 0 else len(site.text)]
        end = _END.search(rest)
        at = opened.end() + (end.start() if end is not None else len(rest))
        yield change("close the raw string", site.insert(at, f'"{opened[1]}'))


def close_comment(site: Site) -> Iterator[Change]:
    """`/* note` → `/* note */`, or `// note`."""
    line_end = site.text.find("\n", site.start)
    line = site.text[site.start : line_end if line_end >= 0 else len(site.text)].rstrip()
    yield change("close the comment", site.insert(site.start + len(line), " */"))
    marker = re.compile(r"/\*+").match(site.text, site.start)
    if marker is not None:
        yield change("make it a comment of one line", site.put(site.start, marker.end(), "//"), cost=0.3)


def escape_backslash(site: Site) -> Iterator[Change]:
    """`"\\d"` → `"\\\\d"`: the backslash itself was meant."""
    if site.message.startswith("unknown character escape") and site.text[site.start - 1 : site.start] == "\\":
        yield change("escape the backslash", site.insert(site.start, "\\"))


def number_suffix(site: Site) -> Iterator[Change]:
    """`5f` → `5f64`, `1_u9` → `1_u8`: a suffix that Rust does not have."""
    written = site.text[site.start : site.end]
    suffix = site.words[0] if site.words else ""
    if "suffix" in site.message and written.endswith(suffix):
        at = site.end - len(suffix)
        for extra, other in enumerate(_SUFFIXES.get(suffix, ())):
            yield change(f"write the suffix `{other}`", site.put(at, site.end, other), cost=extra * 0.2)
    if "invalid width" in site.message and written.endswith(suffix):
        at = site.end - len(suffix)
        for extra, width in enumerate(
            sorted(("8", "16", "32", "64", "128"), key=lambda w: abs(int(w) - int(suffix or 0)))[:2]
        ):
            yield change(f"write the width {width}", site.put(at, site.end, width), cost=extra * 0.2)


def _code(line: str) -> str:
    """A line without the comment at its end, if no quote is near it."""
    before, comment, after = line.partition("//")
    return before if comment and '"' not in after and not before.endswith(":") else line


KINDS = (
    kind("close-string", "- E0765 E0766 E0767", SURE, close_string),
    kind("close-character", "- E0762 E0763", SURE, close_character),
    kind("close-raw-string", "E0748", SURE, close_raw_string),
    kind("close-comment", "E0758", SURE, close_comment),
    kind("escape-backslash", "-", SURE, escape_backslash),
    kind("number-suffix", "-", LIKELY, number_suffix),
)
