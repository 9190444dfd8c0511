"""From an error to the other places that its repair touches: the spans that its labels name, the variable at the root
of an expression, the arguments that a type is given, the statements around.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import RelPath
from sleepy_core.propose.search.index import Item
from sleepy_core.propose.search.site import Local, Place, Site, locals_at
from sleepy_core.propose.search.syntax import (
    STATEMENTS,
    Node,
    Tree,
    ancestors,
    field,
    hidden,
    is_expression,
    named,
)


def labelled(site: Site, *words: str) -> Iterator[Place]:
    """The spans whose labels hold one of the words, in the order of the words."""
    for word in words:
        yield from (place for place in site.places if word in place.label)


def node_at(site: Site, place: Place) -> Node | None:
    """The largest node that is exactly a span; None where there is no structure."""
    tree = site.tree_of(place.file)
    node = tree.exactly(place.start, place.end) if tree else None
    return node if node is not None and not hidden(node) else None


def expressions(site: Site, *words: str) -> Iterator[Node]:
    """The expressions of the error's own file that labels name, each once."""
    seen = set()
    for place in labelled(site, *words):
        node = node_at(site, place) if place.file == site.file else None
        if node is not None and is_expression(node) and node.id not in seen:
            seen.add(node.id)
            yield node


def root(node: Node) -> Node:
    """The name that an expression begins with: `self` of `self.items[0].next()`, `x` of `(&mut *x).y`."""
    current = node
    while True:
        inner = _inner(current)
        if inner is None:
            return current
        current = inner


def _inner(node: Node) -> Node | None:
    match node.type:
        case "call_expression" | "generic_function":
            return field(node, "function")
        case "field_expression" | "reference_expression":
            return field(node, "value")
        case (
            "index_expression"
            | "unary_expression"
            | "parenthesized_expression"
            | "try_expression"
            | "await_expression"
            | "expression_statement"
        ):
            return node.named_children[0] if node.named_children else None
        case "assignment_expression" | "compound_assignment_expr" | "binary_expression":
            return field(node, "left")
        case "method_call_expression":
            return field(node, "value")
    return None


def local_of(tree: Tree, name: Node) -> Local | None:
    """The variable that a name means where it stands."""
    text = tree.of(name)
    return next((one for one in locals_at(tree, name, tree.start(name)) if one.name == text), None)


def bound_by(tree: Tree, local: Local) -> Node | None:
    """What binds a variable: the `let`, parameter, loop, match arm, `if let` or closure's parameter list."""
    holders = {
        "let_declaration", "parameter", "self_parameter", "for_expression", "match_arm", "let_condition",
        "closure_parameters",
    }  # fmt: skip
    start = tree.at(local.start, local.start + len(local.name))
    return next((n for n in ancestors(start) if n.type in holders), None)


def applied(site: Site, name: str) -> Iterator[tuple[RelPath, Tree, Node]]:
    """The generic arguments that a type is given, wherever the crate names it: the `<'a, T>` of `Type<'a, T>`."""
    for file, tree in site.trees(rf"\b{re.escape(name)}\s*<") if name else ():
        for node in named(tree, name):
            parent = node.parent
            holder = parent.parent if parent is not None and parent.type == "scoped_type_identifier" else parent
            of, arguments = field(holder, "type"), field(holder, "type_arguments")
            if of is not None and arguments is not None and of.end_byte == node.end_byte:
                yield file, tree, arguments


def function_item(site: Site, file: RelPath, start: int, end: int) -> Item | None:
    """The innermost function of the crate that holds a stretch of a file."""
    holding = [i for i in site.crate.of_kind("fn") if i.file == file and i.start <= start and end <= i.end]
    return max(holding, key=lambda i: i.start, default=None)


# --- Statements -------------------------------------------------------------------------------------


def statement_of(node: Node) -> Node | None:
    """The statement or the tail expression of a block that a node belongs to."""
    inner: Node | None = None
    for current in ancestors(node):
        if current.type in STATEMENTS or (inner is not None and current.type == "block"):
            return current if current.type in STATEMENTS else inner
        inner = current
    return None


def inside(statement: Node, block: Node) -> Node | None:
    """The direct child of a block that holds a node, or is it."""
    return next((n for n in ancestors(statement) if n.parent is not None and n.parent.id == block.id), None)


# The labels of what is moved away.
MOVED = ("value moved here", "value partially moved here", "move out of", "cannot move out of here", "value used here")


def moving(site: Site) -> Iterator[Node]:
    """The expressions that are moved, in the error's own file."""
    if site.code == "E0507" or site.code in ("E0508", "E0509"):
        if site.expression is not None and not site.opaque:
            yield site.expression
        return
    seen = set()
    for node in expressions(site, *MOVED):
        seen.add(node.id)
        if not any("pattern" in n.type for n in ancestors(node)):
            yield node
    for place in labelled(site, *MOVED):
        found = node_at(site, place) if place.file == site.file else None
        if found is not None and found.id not in seen and found.type == "shorthand_field_initializer":
            yield found
