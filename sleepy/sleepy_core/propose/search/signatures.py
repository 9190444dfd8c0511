"""The signatures of functions and the declarations of members, as text: what a trait says of what an impl has."""

from __future__ import annotations

from sleepy_core.propose.search.syntax import Node, Tree, ancestors, field

_FUNCTIONS = frozenset({"function_item", "function_signature_item"})


def head(tree: Tree, function: Node, names: list[str], side: str) -> str:
    """The signature of a function, up to its body, with the patterns that another one gives its parameters."""
    body = field(function, "body")
    start = tree.start(signature_start(function))
    end = tree.start(body) if body is not None else tree.end(function)
    text = tree.text[start:end]
    listed = field(function, "parameters")
    parameters = [p for p in (listed.named_children if listed else ()) if p.type == "parameter"]
    for number, parameter in reversed(list(enumerate(parameters))):
        of = field(parameter, "type")
        if of is None:
            continue
        own = tree.text[tree.start(parameter) : tree.start(of)]
        name = names[number] if number < len(names) else own
        if side == "trait" and name.removesuffix(": ").strip().startswith(("mut ", "(", "&")):
            name = own.removeprefix("mut ")  # a trait's method takes no patterns
        if side == "impl" and number >= len(names) and not own.startswith("_"):
            name = f"_{own}" if own.rstrip(": ").isidentifier() else own
        text = text[: tree.start(parameter) - start] + name + text[tree.start(of) - start :]
    return text.rstrip().rstrip(";").rstrip()


def declared(tree: Tree, member: Node) -> str:
    """A member of an impl as its trait declares it."""
    name = field(member, "name")
    if name is None:
        return ""
    if member.type in _FUNCTIONS:
        return f"{head(tree, member, [], 'trait')};"
    if member.type in ("type_item", "associated_type"):
        return f"type {tree.of(name)};"
    of = field(member, "type")
    return f"const {tree.of(name)}: {tree.of(of)};" if member.type == "const_item" and of is not None else ""


def member_at(tree: Tree, start: int, end: int) -> Node | None:
    """The member of an impl or a trait that lies at a place."""
    found = None
    for node in ancestors(tree.at(start, end)):
        if node.type == "declaration_list":
            return found
        found = node
    return None


def signature_start(function: Node) -> Node:
    """Where a signature begins, the visibility left out."""
    return next((c for c in function.children if c.type in ("function_modifiers", "fn")), function)


def patterns(tree: Tree, function: Node) -> list[str]:
    """How a function writes its parameters, each with the colon behind it."""
    listed = field(function, "parameters")
    parameters = [p for p in (listed.named_children if listed else ()) if p.type == "parameter"]
    return [tree.text[tree.start(p) : tree.start(of)] for p in parameters if (of := field(p, "type"))]
