"""Borrows that are not known to last long enough: lifetimes are made the same, bounded, or named where elided."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.search.calls import method_of
from sleepy_core.propose.search.declarations import without_parameter
from sleepy_core.propose.search.index import Item
from sleepy_core.propose.search.kinds import LIKELY, POSSIBLE, WEAK, kind
from sleepy_core.propose.search.lifetime_names import declaration_of, declared_around, lifetimes_of
from sleepy_core.propose.search.reach import labelled
from sleepy_core.propose.search.site import Change, Place, Site, change
from sleepy_core.propose.search.syntax import Node, ancestors, child, descendants, enclosing, field, lies_in

_BOUND = re.compile(r"following bound: `('\w+): ('\w+)`")
_DEFINED = re.compile(r"lifetime `('\w+)` (?:as )?defined here")
_CONFLICTS = "E0499 E0502 E0505 E0506 E0597 E0716"


def outlives(site: Site) -> Iterator[Change]:
    """`<'a, 'b>` → `<'a, 'b: 'a>`, as the note says."""
    for longer, shorter in dict.fromkeys(_BOUND.findall(site.said) or _reference_bounds(site)):
        parameter = declaration_of(site.tree, site.node, longer)
        if parameter is not None:
            yield change(f"let `{longer}` outlive `{shorter}`", _bounded(site, parameter, shorter))


def _reference_bounds(site: Site) -> list[tuple[str, str]]:
    """Of E0491 and E0478: what the second note names must outlive what the first names."""
    if site.code not in ("E0491", "E0478"):
        return []
    names = re.findall(r"lifetime `('\w+)` as defined here", site.said)
    if len(names) < 2 and site.code == "E0478":
        return []
    texts = [site.case.texts[p.file][p.start : p.end] for p in site.places[1:]]
    names = names if len(set(names)) > 1 else [text for text in texts if re.fullmatch(r"'\w+", text)]
    return [(names[1], names[0]), (names[0], names[1])] if len(names) > 1 else []


def _bounded(site: Site, parameter: Node, bound: str) -> tuple[RelPath, Edit]:
    bounds = field(parameter, "bounds") or child(parameter, "trait_bounds")
    return site.after(parameter, f" + {bound}" if bounds is not None else f": {bound}")


def same_lifetime(site: Site) -> Iterator[Change]:
    """One lifetime for both borrows: an elided one gets the other's name, or one name replaces the other."""
    function = site.named_function
    if function is None:
        return
    elided = [p for p in labelled(site, "let's call the lifetime of this reference") if p.file == site.file]
    named = list(dict.fromkeys(_DEFINED.findall(site.said)))
    known = named or declared_around(site.tree, function)
    if elided:
        for extra, name in enumerate(known[:2]):
            edits = [edit for place in elided if (edit := _named(site, place, name)) is not None]
            mutable_self = any(_is_mutable_self(site, place) for place in elided)
            others = _result_named(site, function, elided, name)
            if others:
                yield change(f"borrow for `{name}` and return that", *others, cost=extra * 0.3 - 0.1)
            if edits:
                yield change(f"borrow for `{name}`", *edits, cost=extra * 0.3 + (2.0 if mutable_self else 0.0))
        return
    for longer, shorter in dict.fromkeys(_BOUND.findall(site.said)):
        yield from _unified(site, function, longer, shorter)


def _result_named(site: Site, function: Node, elided: list[Place], name: str) -> list[tuple[RelPath, Edit]]:
    """Where `self` is one of the borrows, it stays as it is: the other and the result get the name."""
    others = [p for p in elided if enclosing(site.tree.at(p.start, p.end), "self_parameter") is None]
    of = field(function, "return_type")
    if of is None or len(others) == len(elided) or not others:
        return []
    elided_results = [n for n in descendants(of) if n.type == "reference_type" and child(n, "lifetime") is None]
    edits = [edit for place in others if (edit := _named(site, place, name)) is not None]
    return (
        [*edits, *(site.insert(site.tree.start(n) + 1, f"{name} ") for n in elided_results)] if elided_results else []
    )


def _unified(site: Site, function: Node, gone: str, kept: str) -> Iterator[Change]:
    """Every `'b` of a function becomes `'a`; its own declaration goes."""
    if declaration_of(site.tree, function, gone, within=function) is None:
        gone, kept = kept, gone
    parameter = declaration_of(site.tree, function, gone, within=function)
    body = field(function, "body")
    if parameter is None:
        return
    edits = [(site.file, without_parameter(site.tree, parameter))]
    for node in descendants(function):
        if body is not None and node.start_byte >= body.start_byte:
            break
        if node.type == "lifetime" and site.of(node) == gone and not lies_in(node, parameter):
            edits.append(site.replace(node, kept))
    yield change(f"use `{kept}` for `{gone}`", *edits, cost=0.3)


def static_parameter(site: Site) -> Iterator[Change]:
    """A borrow that must be `'static` is asked for as such: what is wrong is left to the callers."""
    if "must outlive `'static`" not in site.said:
        return
    for place in labelled(site, "let's call the lifetime of this reference"):
        edit = _named(site, place, "'static") if place.file == site.file else None
        if edit is not None:
            yield change("ask the callers for a `'static` borrow", edit)


def shorter_self(site: Site) -> Iterator[Change]:
    """`fn set(&'a mut self)` borrows for as long as the value's own borrows: without `'a`, only for the call."""
    for item in _called(site):
        tree, definition = site.tree_of(item.file), site.definition(item)
        listed = field(definition, "parameters")
        parameter = child(listed, "self_parameter") if listed is not None else None
        lifetime = child(parameter, "lifetime") if parameter is not None else None
        if tree is not None and lifetime is not None:
            start = tree.start(lifetime)
            edit = site.remove(start, tree.end(lifetime) + 1, item.file)
            yield change(f"let `{item.name}` borrow `self` for the call only", edit)


def longer_return(site: Site) -> Iterator[Change]:
    """`fn first(&self) -> &T` of a type that itself borrows for `'a` → `-> &'a T`: it does not borrow the value."""
    for item in _called(site):
        tree, definition = site.tree_of(item.file), site.definition(item)
        of = field(definition, "return_type")
        if tree is None or definition is None or of is None or not item.receiver.startswith("&"):
            continue
        holder = enclosing(definition, "impl_item")
        for name in lifetimes_of(tree, holder)[:2] if holder is not None else ():
            edits = [
                (item.file, Edit(tree.start(n) + 1, tree.start(n) + 1, f"{name} "))
                for n in descendants(of)
                if n.type == "reference_type" and child(n, "lifetime") is None
            ]
            if edits:
                yield change(f"let `{item.name}` return what lives for `{name}`", *edits)


def _called(site: Site) -> Iterator[Item]:
    """The crate's methods that are called at the places that an error names."""
    seen = set()
    nodes = [site.node] if not site.opaque else []
    nodes += [site.tree.at(p.start, p.end) for p in site.places if p.file == site.file]
    for node in nodes:
        for call in ancestors(node):
            name = method_of(site.tree, call)
            if call.type in ("expression_statement", "let_declaration", "block"):
                break
            if name and name not in seen:
                seen.add(name)
                yield from site.crate.named(name, "fn")


def _named(site: Site, place: Place, name: str) -> tuple[RelPath, Edit] | None:
    """Name the lifetime of the `&` at a place."""
    text = site.text[place.start : place.end]
    if not text.startswith("&"):
        return site.put(place.start, place.end, name) if text == "'_" else None
    return site.insert(place.start + 1, f"{name} ")


def _is_mutable_self(site: Site, place: Place) -> bool:
    node = enclosing(site.tree.at(place.start, place.end), "self_parameter")
    return node is not None and child(node, "mutable_specifier") is not None


KINDS = (
    kind("outlives", "- E0491 E0478", LIKELY, outlives),
    kind("same-lifetime", "-", LIKELY, same_lifetime),
    kind("shorter-self", f"- {_CONFLICTS}", LIKELY, shorter_self),
    kind("longer-return", f"{_CONFLICTS} E0515", POSSIBLE, longer_return),
    kind("static-parameter", "- E0521", WEAK, static_parameter, weak=True),
)
