"""Where lifetimes are declared, and how a declaration goes away."""

from __future__ import annotations

from sleepy_core.propose.search.syntax import Node, Tree, ancestors, field


def declared_around(tree: Tree, node: Node) -> list[str]:
    """The lifetimes that are declared around a node, the innermost first."""
    return [name for holder in ancestors(node) for name in lifetimes_of(tree, holder)]


def lifetimes_of(tree: Tree, holder: Node) -> list[str]:
    """The lifetimes that an item or impl declares, in order."""
    generics = field(holder, "type_parameters")
    found = (field(p, "name") for p in generics.named_children if p.type == "lifetime_parameter") if generics else ()
    return [tree.of(name) for name in found if name is not None]


def declaration_of(tree: Tree, node: Node, name: str, *, within: Node | None = None) -> Node | None:
    """Where a lifetime is declared that a node can use."""
    for holder in ancestors(node):
        generics = field(holder, "type_parameters")
        for parameter in generics.named_children if generics is not None else ():
            called = field(parameter, "name") if parameter.type == "lifetime_parameter" else None
            if called is not None and tree.of(called) == name:
                return parameter
        if within is not None and holder.id == within.id:
            return None
    return None
