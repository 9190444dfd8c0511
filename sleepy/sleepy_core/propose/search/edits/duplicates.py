"""Names that are defined twice: one is given the name that is missing elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.propose.search.index import bare
from sleepy_core.propose.search.kinds import LIKELY, SURE, WEAK, kind
from sleepy_core.propose.search.nearness import apart
from sleepy_core.propose.search.scope import missing_names
from sleepy_core.propose.search.site import Change, Place, Site, change
from sleepy_core.propose.search.syntax import field

_NAMED_TWICE = "E0428 E0124 E0415 E0416 E0592 E0201 E0403 E0062 E0025"


def rename_to_missing(site: Site) -> Iterator[Change]:
    """The definition that came twice gets the name that other errors do not find, or that the trait still wants."""
    name = _name(site)
    wanted = dict.fromkeys((*_unwritten(site, name), *missing_names(site), *_fields(site)))
    for place, where in _places(site, name):
        for other in list(wanted)[:4]:
            if other == name or not re.fullmatch(r"'?\w+", other) or other.startswith("'") != name.startswith("'"):
                continue
            edit = site.put(place, place + len(name), other)
            cost = 0.3 * (where == "first") + 0.5 * apart(name, other)
            yield change(f"rename the {where} `{name}` to `{other}`", edit, cost=cost)


def ignore_second(site: Site) -> Iterator[Change]:
    """`(a, a)` → `(a, _)`: one of two equal names of a pattern binds nothing."""
    name = _name(site)
    for place, where in _places(site, name):
        edit = site.put(place, place + len(name), "_")
        yield change(f"ignore the {where} `{name}`", edit, cost=0.2 * (where == "second"))


def number_second(site: Site) -> Iterator[Change]:
    """`struct A; struct A;` → `struct A; struct A2;`: an invented name, for what nobody uses yet."""
    name = _name(site)
    if not name:
        return
    bare_name = name.rstrip("0123456789")
    number = 2
    while re.search(rf"(?<!\w){re.escape(bare_name)}{number}(?!\w)", site.text):
        number += 1
    other = f"{bare_name}_{number}" if bare_name[:1].islower() else f"{bare_name}{number}"
    for place, where in _places(site, name):
        edit = site.put(place, place + len(name), other)
        yield change(f"rename the {where} `{name}` to `{other}`", edit, cost=0.5 * (where == "first"))


def alias_import(site: Site) -> Iterator[Change]:
    """`use std::io::Result;` → `as IoResult`: named by the module that it comes from."""
    path = site.text[site.start : site.end]
    parts = [part for part in re.split(r"\s*::\s*", path) if part]
    name = _name(site)
    if not re.fullmatch(r"[\w:]+", path) or not name or parts[-1:] != [name]:
        return
    whole = site.text[site.text.rfind("use ", 0, site.start) : site.start]
    modules = [part for part in re.findall(r"\w+", whole) if part not in ("use", "self", "crate", "super")] + parts[:-1]
    if modules:
        module = modules[-1]
        other = f"{module[:1].upper()}{module[1:]}{name}" if name[:1].isupper() else f"{module}_{name}"
        yield change(f"import `{name}` as `{other}`", site.insert(site.end, f" as {other}"))


def _name(site: Site) -> str:
    return site.words[0] if site.words else ""


def _places(site: Site, name: str) -> Iterator[tuple[int, str]]:
    """Where the two definitions have their name: the later one in the text first."""
    if not name:
        return
    found = sorted({at for place in site.places if (at := _within(site, place, name)) is not None}, reverse=True)
    for at in found[:1]:
        yield at, "second"
    for at in found[1:2]:
        yield at, "first"


def _within(site: Site, place: Place, name: str) -> int | None:
    if place.file != site.file or "item in trait" in place.label:
        return None
    found = re.search(rf"(?<![\w']){re.escape(name)}(?!\w)", site.text[place.start : place.end])
    return place.start + found.start() if found else None


def _unwritten(site: Site, name: str) -> Iterator[str]:
    """The items of the trait that the `impl` around the place does not have yet."""
    holder = site.implementation
    trait = field(holder, "trait")
    body = field(holder, "body")
    if trait is None or body is None or site.code != "E0201":
        return
    written = {site.of(n) for c in body.named_children if (n := field(c, "name")) is not None}
    yield from (i.name for i in site.crate.members(bare(site.of(trait))) if i.name not in written | {name})


def _fields(site: Site) -> Iterator[str]:
    """The fields that a struct's literal or pattern leaves out, when it names one twice."""
    if site.code not in ("E0062", "E0025"):
        return
    body = site.node
    while body.parent is not None and body.type not in ("struct_expression", "struct_pattern"):
        body = body.parent
    named = field(body, "name") or field(body, "type")
    if named is not None:
        yield from (i.name for i in site.crate.members(bare(site.of(named)), "field") if i.name not in site.of(body))


KINDS = (
    kind("rename-to-missing", _NAMED_TWICE, SURE, rename_to_missing),
    kind("ignore-second", "E0415 E0416", LIKELY + 0.5, ignore_second),
    kind("alias-import", "E0252 E0255 E0254 E0260", LIKELY, alias_import),
    kind("number-second", "E0428 E0124 E0415 E0592", WEAK, number_second, weak=True),
)
