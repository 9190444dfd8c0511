"""Structs and variants in another form than the defined: `T { x: 1 }` for `T(1)`, `E(w)` for `E { width: w }`."""

from __future__ import annotations

from collections.abc import Iterator

from sleepy_core.propose.search.index import Item
from sleepy_core.propose.search.kinds import LIKELY, SURE, kind
from sleepy_core.propose.search.naming import wrong
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, ancestors, enclosing, field

_NAMED = frozenset({"struct_expression", "struct_pattern"})
_TUPLE = frozenset({"call_expression", "tuple_struct_pattern"})


def as_defined(site: Site) -> Iterator[Change]:
    """Write a struct's or variant's parts as its definition has them: by name, by place, or none."""
    for whole, name, parts in _written(site):
        for item in _defined(site, name):
            text = _rewritten(item, whole, parts)
            head = site.of(name)
            if text is not None and f"{head}{text}" != site.of(whole):
                form = {"named": "with named fields", "tuple": "in parentheses", "unit": "without fields"}[item.shape]
                yield change(f"write `{item.name}` {form}", site.replace(whole, f"{head}{text}"))


def construct(site: Site) -> Iterator[Change]:
    """`let c = Config;` → `Config::new()`: a type where a value is wanted has a function that makes one."""
    name, start = wrong(site)
    end = start + len(name)
    for item in site.crate.named(name, "struct", "enum"):
        makers = [f for f in site.crate.members(item.name, "fn") if not f.receiver and not f.parameters]
        makers = [f for f in makers if f.type in ("Self", item.name)]
        for extra, maker in enumerate(makers[:3]):
            called = "" if site.text[end : end + 1] == "(" else "()"
            text = f"::{maker.name}{called}"
            yield change(f"make the value by `{name}::{maker.name}()`", site.insert(end, text), cost=extra * 0.2)
        if "Default" in item.derives and site.text[end : end + 1] != "(":
            yield change(f"make the value by `{name}::default()`", site.insert(end, "::default()"), cost=0.5)


def choose_variant(site: Site) -> Iterator[Change]:
    """`E { x: 1 }` → `E::A { x: 1 }`: the enum was written for its variant; those that have these fields."""
    whole = enclosing(site.node, _NAMED)
    name = field(whole, "name") or field(whole, "type")
    if whole is None or name is None or site.tree.end(name) != site.end:
        return
    wanted = {member for member, _ in _parts(site, whole)}
    for item in site.crate.members(site.of(name).rpartition("::")[2], "variant"):
        if wanted <= {parameter.name for parameter in item.parameters} and item.shape == "named":
            yield change(f"use the variant `{item.name}`", site.after(name, f"::{item.name}"))


def _written(site: Site) -> Iterator[tuple[Node, Node, list[tuple[str, str]]]]:
    """The value or pattern around the span, the node of its name, and its parts as (name, text)."""
    for node in ancestors(site.node):
        if node.type in _NAMED:
            name = field(node, "name") or field(node, "type")
        elif node.type in _TUPLE:
            name = field(node, "function") or field(node, "type")
        elif (node.start_byte, node.end_byte) == (site.node.start_byte, site.node.end_byte) and node.type in (
            "scoped_identifier", "identifier",
        ):  # fmt: skip
            parent = node.parent
            if parent is not None and parent.type in (*_TUPLE, *_NAMED, "scoped_identifier", "scoped_type_identifier"):
                continue
            name = node
        else:
            continue
        if name is not None and site.tree.start(node) <= site.start <= site.tree.end(node):
            yield node, name, _parts(site, node) if node != name else []
        return


def _parts(site: Site, node: Node) -> list[tuple[str, str]]:
    found = []
    if node.type == "struct_expression":
        body = field(node, "body")
        for member in body.named_children if body is not None else ():
            name, value = field(member, "field"), field(member, "value")
            text = site.of(member)
            found.append((site.of(name), site.of(value)) if name is not None and value is not None else (text, text))
    elif node.type == "struct_pattern":
        for member in node.named_children:
            name, pattern = field(member, "name"), field(member, "pattern")
            if member.type == "field_pattern" and name is not None:
                found.append((site.of(name), site.of(pattern) if pattern is not None else site.of(name)))
    elif node.type == "call_expression":
        listed = field(node, "arguments")
        found = [("", site.of(argument)) for argument in (listed.named_children if listed is not None else ())]
    else:
        name = field(node, "type")
        found = [("", site.of(part)) for part in node.named_children if part != name]
    return found


def _defined(site: Site, name: Node) -> Iterator[Item]:
    path = site.of(name).split("::")
    for item in site.crate.named(path[-1], "struct", "variant"):
        if item.kind == "struct" or len(path) == 1 or path[-2] in (item.container, "Self"):
            yield item


def _rewritten(item: Item, whole: Node, parts: list[tuple[str, str]]) -> str | None:
    """The parts in the form of the definition; None where they do not fit."""
    pattern = whole.type.endswith("_pattern") or enclosing(whole, "match_pattern") is not None
    if item.shape == "unit":
        return "" if not parts else None
    if not parts:
        return (" { .. }" if item.shape == "named" else "(..)") if pattern else None
    if len(parts) != len(item.parameters):
        return None
    if item.shape == "tuple":
        return f"({', '.join(text for _, text in parts)})"
    names = [part or parameter.name for (part, _), parameter in zip(parts, item.parameters, strict=True)]
    pairs = zip(names, (text for _, text in parts), strict=True)
    return f" {{ {', '.join(name if name == text else f'{name}: {text}' for name, text in pairs)} }}"


KINDS = (
    kind("as-defined", "E0423 E0533 E0164 E0532 E0560 E0559 E0618 E0769 E0026 E0769", SURE + 0.5, as_defined),
    kind("construct", "E0423", LIKELY, construct),
    kind("choose-variant", "E0574", SURE + 0.5, choose_variant),
)
