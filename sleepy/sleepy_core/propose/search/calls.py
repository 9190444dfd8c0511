"""The call that an error is about, what it calls, and who else does."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sleepy_core.model import RelPath
from sleepy_core.propose.search.index import Item
from sleepy_core.propose.search.site import Site
from sleepy_core.propose.search.syntax import Node, Tree, ancestors, field, named

# A function with more calls than this is not changed together with its callers.
_MOST_CALLS = 12


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a function of the crate, by path or as a method."""

    file: RelPath
    tree: Tree
    node: Node
    receiver: Node | None
    arguments: tuple[Node, ...]  # without the receiver

    @property
    def closing(self) -> int:
        """Where the bracket stands that ends its arguments."""
        return self.tree.end(self.node) - 1


def call_at(site: Site) -> Node | None:
    """The call whose function (or whose own place) is the error's span; none in macros' tokens."""
    if site.opaque:
        return None
    for node in ancestors(site.node):
        function = field(node, "function") if node.type == "call_expression" else None
        if function is not None and site.tree.start(function) <= site.start <= site.end <= site.tree.end(node):
            return node
        if node.type in ("block", "function_item"):
            return None
    return None


def callees(site: Site, call: Node) -> list[Item]:
    """The crate's functions (and tuple structs and variants) that a call may mean, by its last name."""
    found = site.crate.named(called_name(site.tree, call), "fn", "struct", "variant")
    pointed = {(p.file, p.start) for p in site.places if not p.primary}
    found = [item for item in found if (item.file, item.name_start) in pointed] or found
    return [item for item in found if item.kind == "fn" or item.shape == "tuple"]


def called_functions(site: Site, call: Node) -> list[Item]:
    """The crate's functions that a call may mean."""
    return [item for item in callees(site, call) if item.kind == "fn"]


def last_name(text: str) -> str:
    """`&self.name` → `name`; `name.clone()` → `name`."""
    plain = re.sub(
        r"\.(?:clone|to_string|to_owned|as_str|as_ref|into)\(\)$", "", text.lstrip("&*").removeprefix("mut ")
    )
    return plain.rpartition(".")[2]


def receiver_of(call: Node) -> Node | None:
    """The `x` of a method call `x.f(…)`."""
    function = _function(call)
    return field(function, "value") if function is not None and function.type == "field_expression" else None


def method_of(tree: Tree, call: Node) -> str:
    """The `f` of a method call `x.f(…)`; "" for other nodes."""
    return called_name(tree, call) if receiver_of(call) is not None else ""


def called_name(tree: Tree, call: Node) -> str:
    """The `f` of `f(…)`, `a::f::<T>(…)` and `x.f(…)`; "" for what is no call."""
    function = _function(call)
    if function is None:
        return ""
    method = field(function, "field") if function.type == "field_expression" else None
    return tree.of(method if method is not None else function).rpartition("::")[2]


def arguments_of(node: Node) -> tuple[Node, ...]:
    """The arguments of a call, comments left out."""
    listed = field(node, "arguments")
    return tuple(a for a in listed.named_children if not a.type.endswith("comment")) if listed is not None else ()


def calls_of(site: Site, item: Item) -> list[Call] | None:
    """The calls of a function within the crate, by its name; None where they are too many to change together."""
    found: list[Call] = []
    for file, tree in site.trees(rf"\b{re.escape(item.name)}\s*(?:\(|::)"):
        for name in named(tree, item.name):
            node = _call_by(name)
            if node is not None and (call := _call(file, tree, node, item)) is not None:
                found.append(call)
                if len(found) > _MOST_CALLS:
                    return None
    return found


def _call_by(name: Node) -> Node | None:
    """The call whose function ends with a name."""
    for node in ancestors(name):
        if node.type == "call_expression":
            function = _function(node)
            return node if function is not None and function.end_byte == name.end_byte else None
        if node.id != name.id and node.type not in ("scoped_identifier", "field_expression", "generic_function"):
            return None
    return None


def _call(file: RelPath, tree: Tree, node: Node, item: Item) -> Call | None:
    if item.receiver and method_of(tree, node) == item.name:
        return Call(file, tree, node, receiver_of(node), arguments_of(node))
    function = _function(node)
    if function is None or function.type not in ("identifier", "scoped_identifier"):
        return None
    *path, name = tree.of(function).split("::")
    if name != item.name or (item.container and (not path or path[-1] not in (item.container, "Self"))):
        return None
    arguments = arguments_of(node)
    if item.receiver:
        return Call(file, tree, node, arguments[0], arguments[1:]) if arguments else None
    return Call(file, tree, node, None, arguments)


def _function(call: Node) -> Node | None:
    """What a call calls, without the `::<T>` behind it."""
    function = field(call, "function") if call.type == "call_expression" else None
    return field(function, "function") if function is not None and function.type == "generic_function" else function
