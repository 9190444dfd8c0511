"""Names that nothing defines: the nearest one in scope, the definition that was misspelt, std's word for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.propose.search.kinds import LIKELY, POSSIBLE, SURE, kind
from sleepy_core.propose.search.naming import definitions, pool, wrong
from sleepy_core.propose.search.nearness import FOREIGN, apart, idioms, nearest, words
from sleepy_core.propose.search.scope import NAME, here, owner, uses
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import enclosing, field

_STD_METHODS = frozenset(
    {"len", "to_string", "iter", "clone", "abs", "sqrt", "pow", "min", "max", "sum", "push", "unwrap"}
)


def rename_use(site: Site) -> Iterator[Change]:
    """`countr` → `counter`: the names that may stand here and are nearest."""
    name, start = wrong(site)
    near = nearest(name, pool(site), most=5)
    if re.search(r"\b(?:function|method|field)\b", site.message) and re.search(r"[a-z][A-Z]", name):
        # Another crate's names are not known here, but how they are written is.
        near.append(("_".join(words(name)), 0.4))
    for other, far in near:
        yield change(f"use `{other}` for `{name}`", site.put(start, start + len(name), other), cost=far)


def rename_definition(site: Site) -> Iterator[Change]:
    """`fn laod()` → `fn load()` where only the definition says it so: the name that is used is the right one."""
    name, _ = wrong(site)
    if not NAME.fullmatch(name):
        return
    for local in site.locals:
        if local.name != name and apart(name, local.name) < 0.5 and uses(site.text, local.name) == 1:
            edit = site.put(local.start, local.start + len(local.name), name)
            yield change(f"rename the variable `{local.name}` to `{name}`", edit, cost=apart(name, local.name))
    # Where many places say the one name and only the definition another, it is the definition that is wrong.
    several = sum(f"`{name}`" in error.message for error in site.case.errors) > 1
    for item in definitions(site):
        far = apart(name, item.name)
        text = site.case.texts.get(item.file, "")
        if 0 < far < (0.9 if several else 0.6) and uses(text, item.name) == 1:
            edit = site.put(item.name_start, item.name_start + len(item.name), name, item.file)
            sooner = 0.5 if several else 0.0
            yield change(f"rename `{item.name}` to `{name}` where it is defined", edit, cost=far - sooner)


def std_word(site: Site) -> Iterator[Change]:
    """`v.length` → `v.len()`: other languages' words for what std has."""
    name, start = wrong(site)
    called = site.text[start + len(name) :].lstrip()[:1] in ("(", ":")
    for extra, other in enumerate(idioms(name)):
        yield change(
            f"use `{other}` for `{name}`",
            site.put(start, start + len(name), other if called else f"{other}()"),
            cost=extra * 0.3,
        )


def foreign_word(site: Site) -> Iterator[Change]:
    """`null` → `None`, `int` → `i32`, `this` → `self`: other languages' values and types."""
    name, start = wrong(site)
    for extra, other in enumerate(FOREIGN.get(name, ())):
        yield change(f"use `{other}` for `{name}`", site.put(start, start + len(name), other), cost=extra * 0.3)


def qualify(site: Site) -> Iterator[Change]:
    """`Beta(1)` → `Shape::Beta(1)`, `grow()` → `self.grow()`: the type that has it is put in front."""
    name, start = wrong(site)
    if not NAME.fullmatch(name) or site.text[:start].endswith(("::", ".")):
        return
    mine = owner(site)
    for item in site.crate.named(name)[:20]:
        if not item.container or item.kind not in ("fn", "const", "variant", "field"):
            continue
        own = item.container == mine
        if item.kind == "field" or item.receiver:
            if own and any(local.name == "self" for local in site.locals):
                yield change(f"use `self.{name}`", site.insert(start, "self."))
            continue
        yield change(
            f"use `{item.container}::{name}`", site.insert(start, f"{item.container}::"), cost=0 if own else 0.3
        )


def call_as_method(site: Site) -> Iterator[Change]:
    """`grow(&s, 1)` → `s.grow(1)`: a method that was called like a function."""
    call = enclosing(site.node, "call_expression")
    listed = field(call, "arguments")
    name, start = wrong(site)
    if call is None or listed is None or not listed.named_children or site.tree.start(call) != start:
        return
    if name not in _STD_METHODS and not any(item.receiver for item in site.crate.named(name, "fn")):
        return
    first, *rest = listed.named_children
    receiver = re.sub(r"^&\s*(?:mut\s+)?", "", site.of(first))
    if first.type in ("binary_expression", "closure_expression", "range_expression", "type_cast_expression"):
        receiver = f"({receiver})"
    text = f"{receiver}.{name}({', '.join(site.of(argument) for argument in rest)})"
    yield change(f"call `{name}` as a method", site.replace(call, text))


def add_receiver(site: Site) -> Iterator[Change]:
    """`fn a()` → `fn a(&mut self)`: `self` was used, or a field of it, in a function without a receiver."""
    function = site.named_function
    listed = field(function, "parameters")
    if function is None or listed is None or site.implementation is None:
        return
    if any(c.type == "self_parameter" for c in listed.named_children):
        return
    edits = []
    if site.code == "E0425":
        if "a field by that name exists in `Self`" not in site.said:
            return
        edits = [site.insert(site.start, "self.")]
    comma = ", " if listed.named_children else ""
    for extra, receiver in enumerate(("&self", "&mut self", "self")):
        edit = site.insert(site.tree.start(listed) + 1, f"{receiver}{comma}")
        yield change(f"add `{receiver}` to the function", edit, *edits, cost=extra * 0.3)


def name_the_type(site: Site) -> Iterator[Change]:
    """`fn make() -> Self` outside of an `impl` → `-> Config`: the types of the file."""
    if site.implementation is None and site.text[site.start : site.end] == "Self":
        for extra, item in enumerate([*here(site, "struct", "enum")][:4]):
            yield change(f"use `{item.name}` for `Self`", site.put(site.start, site.end, item.name), cost=extra * 0.2)


_MISSING = (
    "E0425 E0412 E0433 E0432 E0405 E0404 E0599 E0609 E0610 E0560 E0559 E0026 E0531 E0532 E0573 E0574 E0423 E0422 E0576"
)
_DEFINED = "- E0425 E0412 E0433 E0432 E0405 E0422 E0531 E0599 E0609 E0560 E0559 E0026 E0407 E0437 E0438"

KINDS = (
    kind("rename-use", f"{_MISSING} E0407 E0437 E0438 E0426 E0261 -", SURE, rename_use),
    kind("rename-definition", _DEFINED, SURE + 0.3, rename_definition),
    kind("std-word", "E0599 E0609 E0610 E0615", LIKELY, std_word),
    kind("foreign-word", "E0425 E0412 E0433", SURE + 0.2, foreign_word),
    kind("qualify", "E0425 E0531 E0422 E0423 E0412", LIKELY - 0.5, qualify),
    kind("call-as-method", "E0425", LIKELY, call_as_method),
    kind("add-receiver", "E0424 E0425", LIKELY, add_receiver),
    kind("name-the-type", "E0411 E0433", POSSIBLE, name_the_type),
)
