"""A declaration says another type than the code: the declaration is changed, the most local one first."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import RelPath
from sleepy_core.propose.labels import brief
from sleepy_core.propose.search.index import Item, bare
from sleepy_core.propose.search.kinds import POSSIBLE, kind
from sleepy_core.propose.search.mismatch import Mismatch, mismatches
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.std_conversions import PATHS
from sleepy_core.propose.search.syntax import Node, Tree, child, field
from sleepy_core.propose.search.types import UNIT, Type, defaulted, read, same, words

# How far a declaration is from the error: what depends on it is not seen from here.
_LET, _LOCAL_PARAMETER, _CONSTANT, _OWN_RETURN, _FIELD, _PARAMETER, _OTHER_RETURN = 0.0, 0.3, 0.4, 0.5, 0.8, 0.9, 1.2

_LAZY = words(
    "Map Filter FilterMap FlatMap Flatten Enumerate Zip Rev Take Skip Chain Cloned Copied TakeWhile SkipWhile"
)


def declare_found(site: Site) -> Iterator[Change]:
    """`let n: u8 = s.len();` → `let n: usize = s.len();`: what is wanted is written here, and wrong."""
    found = mismatches(site)
    if len(found) == 1:
        for place, cost in _wanting(site, found[0]):
            yield from _retype(site, place, found[0].given, found[0].wanted, cost)
    yield from _returns_nothing(site)


def declare_expected(site: Site) -> Iterator[Change]:
    """`fn f(n: u32) { g(n) }` → `fn f(n: usize) { g(n) }`: what is found is declared here, and could be another."""
    found = mismatches(site)
    if len(found) != 1:
        return
    mismatch = found[0]
    for place, cost in _giving(site, mismatch.node, mismatch.given):
        yield from _retype(site, place, mismatch.wanted, mismatch.given, cost)


class _Declared:
    """A type as it is written, in some file, and what it is the type of."""

    def __init__(self, file: RelPath, tree: Tree, node: Node, of: str, *, owned: bool) -> None:
        self.file = file
        self.tree = tree
        self.node = node
        self.of = of
        self.owned = owned  # nothing can be borrowed there but what lives for ever

    @property
    def type(self) -> Type:
        """The type."""
        return read(self.tree.of(self.node))


def _retype(site: Site, place: _Declared, new: Type, old: Type, cost: float) -> Iterator[Change]:
    """The declared type becomes `new`, or what is `old` in it does."""
    written = _spelled(place, defaulted(new))
    if new.name in _LAZY and old.name == "Vec" and old.args and place.of.startswith("fn "):
        item = str(old.args[0])
        function = place.node.parent
        borrowed = " + '_" if function and "&" in place.tree.of(function).partition("->")[0] else ""
        written = f"impl Iterator<Item = {item}>{borrowed}"
    elif not new.writable or new == UNIT:
        return
    if written != place.tree.of(place.node) and same(place.type, old):
        short = brief(written, 30)
        returned = place.of.startswith("fn ")
        label = f"let {place.of[3:]} return `{short}`" if returned else f"declare {place.of} as `{short}`"
        yield change(label, site.replace(place.node, written, place.file), cost=cost)


def _spelled(place: _Declared, type_: Type) -> str:
    text = str(type_)
    for name in {part.name for part in type_.parts()} & PATHS.keys():
        if not re.search(rf"\buse\b[^;]*\b{name}\b", place.tree.text):
            text = re.sub(rf"(?<![\w:]){name}\b", PATHS[name], text)
    return text.replace("&", "&'static ") if place.owned else text


def _wanting(site: Site, mismatch: Mismatch) -> Iterator[tuple[_Declared, float]]:
    """The declarations that the expectation may come from."""
    node = mismatch.node
    for place in site.places:
        told = re.match(r"expected (?:due to this$|(?:`.*` )?because of (?:this )?return type)", place.label)
        tree = site.tree_of(place.file)
        exact = tree.exactly(place.start, place.end) if tree is not None else None
        parent = exact.parent if exact is not None else None
        if tree is None or exact is None or parent is None:
            continue
        if told and parent.type == "let_declaration" and exact == field(parent, "type"):
            name = field(parent, "pattern")
            yield _Declared(place.file, tree, exact, f"`{tree.of(name) if name else '_'}`", owned=False), _LET
        elif told and parent.type == "function_item":
            yield _Declared(place.file, tree, exact, f"fn `{_name(tree, parent)}`", owned=False), _OWN_RETURN
        elif exact.type == "parameter" and not place.label:  # "function defined here"
            of, name = field(exact, "type"), field(exact, "pattern")
            if of is not None and name is not None and same(read(tree.of(of)), mismatch.wanted):
                yield _Declared(place.file, tree, of, f"parameter `{tree.of(name)}`", owned=False), _PARAMETER
    around = node.parent
    if around is not None and around.type in ("const_item", "static_item"):
        of = field(around, "type")
        if of is not None:
            yield _Declared(site.file, site.tree, of, f"`{_name(site.tree, around)}`", owned=True), _CONSTANT
    if around is not None and around.type in ("field_initializer", "shorthand_field_initializer"):
        yield from _fields(site, site.of(around).partition(":")[0].strip(), mismatch.wanted, _struct(site, around))
    if around is not None and around.type == "assignment_expression":
        left = field(around, "left")
        if left is not None and left != node:
            yield from _giving(site, left, mismatch.wanted)


def _giving(site: Site, node: Node, given: Type) -> Iterator[tuple[_Declared, float]]:
    """The declarations that say what type an expression has."""
    if node.type == "identifier":
        name = site.of(node)
        local = next((known for known in site.locals if known.name == name), None)
        if local is not None:
            named = site.tree.at(local.start, local.start + len(name))
            holder = named.parent
            of = field(holder, "type")
            if of is not None and local.type:
                yield _Declared(site.file, site.tree, of, f"`{name}`", owned=False), _LOCAL_PARAMETER
            return
        for item in site.crate.named(name, "const", "static")[:2]:
            yield from _declared(site, item, "type", f"`{name}`", _CONSTANT + 0.4, owned=True)
    elif node.type == "field_expression":
        part = field(node, "field")
        if part is not None:
            yield from _fields(site, site.of(part), given, "")
    elif node.type == "call_expression":
        function = field(node, "function")
        inner = field(function, "field")
        called = site.of(inner or function).rpartition("::")[2] if function is not None else ""
        for item in site.crate.named(called, "fn")[:3]:
            if item.type and same(read(item.type), given):
                yield from _declared(site, item, "return_type", f"fn `{called}`", _OTHER_RETURN, owned=False)
    elif node.type in ("try_expression", "await_expression", "parenthesized_expression") and node.named_children:
        yield from _giving(site, node.named_children[0], given)


def _fields(site: Site, name: str, type_: Type, struct: str) -> Iterator[tuple[_Declared, float]]:
    for item in site.crate.named(name, "field")[:4]:
        if same(read(item.type), type_) and (not struct or item.container == struct):
            yield from _declared(site, item, "type", f"field `{name}`", _FIELD, owned=True)


def _declared(
    site: Site, item: Item, part: str, of: str, cost: float, *, owned: bool
) -> Iterator[tuple[_Declared, float]]:
    node, tree = site.definition(item), site.tree_of(item.file)
    written = field(node, part)
    if tree is not None and written is not None:
        yield _Declared(item.file, tree, written, of, owned=owned), cost


def _struct(site: Site, initializer: Node) -> str:
    literal = initializer.parent.parent if initializer.parent is not None else None
    name = field(literal, "name")
    if name is None:
        return ""
    written = bare(site.of(name))
    container = field(site.implementation, "type")
    return bare(site.of(container)) if written == "Self" and container is not None else written


def _returns_nothing(site: Site) -> Iterator[Change]:
    """`fn f() -> u8 { g(); }` → `fn f() { g(); }`."""
    pair = re.search(r"expected `[^`]*`, found `\(\)`", site.diagnostic.span.label or "")
    function = site.named_function
    if pair is None or function is None:
        return
    returned, parameters = field(function, "return_type"), field(function, "parameters")
    if returned is not None and parameters is not None:
        label = f"let `{_name(site.tree, function)}` return nothing"
        yield change(label, site.remove(site.tree.end(parameters), site.tree.end(returned)), cost=_OWN_RETURN + 0.3)


def _name(tree: Tree, node: Node) -> str:
    name = field(node, "name") or child(node, "identifier")
    return tree.of(name) if name is not None else "_"


KINDS = (
    kind("declare-found-type", "E0308", POSSIBLE, declare_found),
    kind("declare-expected-type", "E0308", POSSIBLE + 0.1, declare_expected),
)
