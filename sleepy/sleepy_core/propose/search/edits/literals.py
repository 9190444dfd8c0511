"""Strings, characters, comments and numbers that are not closed or not well formed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.propose.search.kinds import LIKELY, SURE, kind
from sleepy_core.propose.search.site import Change, Site, change

_END = re.compile(r"[)\]};,\s]*$")
_QUOTE = re.compile(r"""(?<!\\)(?<!')"(?!')""")
_SUFFIXES = {"u": ("u32", "usize"), "i": ("i32",), "f": ("f64", "f32"), "l": ("i64",), "L": ("i64",), "d": ("f64",),
             "ul": ("u64",), "F": ("f32",)}  # fmt: skip


def close_string(site: Site) -> Iterator[Change]:
    """`println!("a);` → `println!("a");`: the line that has an odd number of quotes, before what ends the statement."""
    lines = site.text[: site.end].splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    number = site.text.count("\n", 0, site.start)
    odd = [n for n in range(number, -1, -1) if n < len(lines) and len(_QUOTE.findall(_code(lines[n]))) % 2][:3]
    for extra, n in enumerate(sorted(odd)):
        code = _code(lines[n])
        last = list(_QUOTE.finditer(code))[-1].end()
        rest = code[last:]
        end = _END.search(rest)
        ends = [last + (end.start() if end is not None else len(rest))]
        comma = rest.find(", ")
        if comma > 0:
            ends.append(last + comma)
        for more, at in enumerate(dict.fromkeys(ends)):
            yield change(
                f"close the string of line {n + 1}", site.insert(starts[n] + at, '"'), cost=0.4 * extra + 0.2 * more
            )
        opened = re.search(r"[(,=]\s*(?=[^(,=]*\"[^\"]*$)", code)
        if opened is not None:
            yield change(
                f"open the string of line {n + 1}", site.insert(starts[n] + opened.end(), '"'), cost=0.4 * extra + 0.4
            )


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
    kind("close-string", "E0765 E0766 E0767", SURE, close_string),
    kind("close-character", "- E0762 E0763", SURE, close_character),
    kind("close-raw-string", "E0748", SURE, close_raw_string),
    kind("close-comment", "E0758", SURE, close_comment),
    kind("escape-backslash", "-", SURE, escape_backslash),
    kind("number-suffix", "-", LIKELY, number_suffix),
)
