"""From an error to the other places that a change of ownership touches: the spans that its labels name, the
variable at the root of an expression, the calls of a function, the statements around.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sleepy_core.model import RelPath
from sleepy_core.propose.search.index import Item
from sleepy_core.propose.search.site import Local, Place, Site, locals_at
from sleepy_core.propose.search.syntax import OPAQUE, STATEMENTS, Node, Tree, ancestors, descendants, is_expression

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


def hidden(node: Node) -> bool:
    """Does a node lie in a macro's tokens, a comment or a string?"""
    return any(n.type in OPAQUE for n in ancestors(node))


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
            return node.child_by_field_name("function")
        case "field_expression" | "reference_expression":
            return node.child_by_field_name("value")
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
            return node.child_by_field_name("left")
        case "method_call_expression":
            return node.child_by_field_name("value")
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


def field(node: Node | None, *names: str) -> Node | None:
    """Follow named fields of the grammar from a node; None as soon as one is missing."""
    for name in names:
        node = node.child_by_field_name(name) if node is not None else None
    return node


def receiver_of(node: Node) -> Node | None:
    """The `x` of a method call `x.f(…)`."""
    function = field(node, "function")
    if function is not None and function.type == "generic_function":
        function = field(function, "function")
    return field(function, "value") if function is not None and function.type == "field_expression" else None


def method_of(tree: Tree, node: Node) -> str:
    """The `f` of a method call `x.f(…)`; "" for other nodes."""
    function = field(node, "function") if node.type == "call_expression" else None
    if function is not None and function.type == "generic_function":
        function = field(function, "function")
    name = field(function, "field") if function is not None and function.type == "field_expression" else None
    return tree.of(name) if name is not None else ""


def arguments_of(node: Node) -> tuple[Node, ...]:
    """The arguments of a call, comments left out."""
    listed = field(node, "arguments")
    return tuple(a for a in listed.named_children if not a.type.endswith("comment")) if listed is not None else ()


def calls_of(site: Site, item: Item) -> list[Call] | None:
    """The calls of a function within the crate, by its name; None where they are too many to change together."""
    found: list[Call] = []
    # Parsing is what costs here: most files of a crate do not call the function.
    called = re.compile(rf"\b{re.escape(item.name)}\s*(?:\(|::)")
    for file in dict.fromkeys((item.file, site.file, *(i.file for i in site.crate.items))):
        text = site.case.texts.get(file, "")
        tree = site.tree_of(file) if called.search(text) else None
        if tree is None:
            continue
        for node in descendants(tree.root):
            if node.type == "call_expression" and (call := _call(file, tree, node, item)) is not None:
                found.append(call)
                if len(found) > _MOST_CALLS:
                    return None
    return found


def _call(file: RelPath, tree: Tree, node: Node, item: Item) -> Call | None:
    if item.receiver and method_of(tree, node) == item.name:
        return Call(file, tree, node, receiver_of(node), arguments_of(node))
    function = field(node, "function")
    if function is not None and function.type == "generic_function":
        function = field(function, "function")
    if function is None or function.type not in ("identifier", "scoped_identifier"):
        return None
    *path, name = tree.of(function).split("::")
    if name != item.name or (item.container and (not path or path[-1] not in (item.container, "Self"))):
        return None
    arguments = arguments_of(node)
    if item.receiver:
        return Call(file, tree, node, arguments[0], arguments[1:]) if arguments else None
    return Call(file, tree, node, None, arguments)


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


def short(site: Site, node: Node) -> str:
    """The words of a node, as far as a label has room for them."""
    words = " ".join(site.of(node).split())
    return words if len(words) <= 30 else f"{words[:28]}…"


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
