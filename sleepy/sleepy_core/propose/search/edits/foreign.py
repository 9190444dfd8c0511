"""Whole phrases of other languages: C's parameters and ternaries, arrow functions, attributes without brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.propose.search.kinds import SURE, kind
from sleepy_core.propose.search.site import Change, Site, change

_TYPES = {"int": "i32", "uint": "u32", "long": "i64", "float": "f32", "double": "f64", "boolean": "bool", "byte": "u8",
          "string": "String", "void": "()"}  # fmt: skip


def type_behind_name(site: Site) -> Iterator[Change]:
    """`fn f(u8 x)` → `fn f(x: u8)`, `int x = 1` → `let x = 1`: the type comes behind the name."""
    name = re.compile(r"\w+").match(site.text, site.start)
    before = re.search(r"(?<![\w>])(&?(?:mut\s+)?\w+(?:<[^<>()]*>)?)\s+$", site.text[: site.start])
    if name is None or before is None or "expected" not in site.message:
        return
    of = _TYPES.get(before[1], before[1])
    if of in ("let", "mut", "fn", "pub", "use", "struct", "enum"):
        return
    start, end = before.start(1), name.end()
    if re.search(r"\n\s*$|[;{}]\s*$", site.text[:start]) and site.text[end:].lstrip().startswith("="):
        yield change(f"declare `{name[0]}` with `let`", site.put(start, end, f"let {name[0]}: {of}"))
        yield change(f"declare `{name[0]}` with `let`", site.put(start, end, f"let {name[0]}"), cost=0.2)
    else:
        yield change(f"write `{name[0]}: {of}`", site.put(start, end, f"{name[0]}: {of}"))


def mut_before_name(site: Site) -> Iterator[Change]:
    """`let x mut = 1` → `let mut x = 1`, `x: mut u8` → `mut x: u8`."""
    if "found keyword `mut`" not in site.message:
        return
    before = re.search(r"(\w+)(\s*:)?\s*$", site.text[: site.start])
    after = re.compile(r"mut\s*").match(site.text, site.start)
    if before is not None and after is not None:
        colon = f"{before[2]} " if before[2] else " "
        text = f"mut {before[1]}{colon}"
        yield change(f"write `mut {before[1]}`", site.put(before.start(), after.end(), text))


def closure(site: Site) -> Iterator[Change]:
    """`x => x + 1`, `(a, b) -> a + b` → `|x| x + 1`, `|a, b| a + b`."""
    arrow = site.text[site.start : site.end]
    before = re.search(r"(?:\(([\w\s,:&]*)\)|(?<!\w)(\w+))\s*$", site.text[: site.start])
    if arrow in ("=>", "->") and before is not None:
        parameters = before[1] if before[1] is not None else before[2]
        yield change(f"write the closure as `|{parameters}|`", site.put(before.start(), site.end, f"|{parameters}|"))


def ternary(site: Site) -> Iterator[Change]:
    """`let a = c ? 1 : 2` → `let a = if c { 1 } else { 2 }`."""
    if "no ternary operator" not in site.message:
        return
    parts = re.fullmatch(r"\?\s*(.*?)\s*:\s*(.*)", site.text[site.start : site.end], re.DOTALL)
    condition = re.search(r"(?:(?<![=!<>])=(?!=)|return|[;{}])\s*((?:[=!<>]=|[^;{}=])*?)\s*$", site.text[: site.start])
    if parts is not None and condition is not None and condition[1]:
        text = f"if {condition[1]} {{ {parts[1]} }} else {{ {parts[2]} }}"
        yield change("write it as `if … else`", site.put(condition.start(1), site.end, text))


def attribute(site: Site) -> Iterator[Change]:
    """`[derive(Debug)]`, `#derive(Debug)`, `@derive(Debug)` → `#[derive(Debug)]`."""
    begin = site.text.rfind("\n", 0, site.start) + 1
    written = re.compile(r"[ \t]*([#@]?\[?)(\w+(?:\([^()\n]*\))?)(\]?)").match(site.text, begin)
    if written is None or not written[1] or (written[1] == "#[" and written[3]):
        return
    if "expected item, found" in site.message or "expected one of `!` or `[`" in site.message:
        text = f"#[{written[2]}]"
        yield change(f"write the attribute as `{text}`", site.put(written.start(1), written.end(), text))


KINDS = (
    kind("type-behind-name", "-", SURE, type_behind_name),
    kind("mut-before-name", "-", SURE, mut_before_name),
    kind("closure", "-", SURE + 0.5, closure),
    kind("ternary", "-", SURE, ternary),
    kind("attribute", "-", SURE, attribute),
)
