"""Edits of declarations that several kinds share: type parameters, bounds, derives, members, list entries.

Each takes the tree that its node is of, so that it serves for other files than the error's as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sleepy_core.model import Edit
from sleepy_core.propose.search.syntax import Node, Tree, child, descendants, field

GENERIC = frozenset({"function_item", "function_signature_item", "struct_item", "enum_item", "union_item", "trait_item",
                     "impl_item", "type_item"})  # fmt: skip
# A derive of the first needs the others.
_TOGETHER = {
    "Eq": ("PartialEq",),
    "PartialOrd": ("PartialEq",),
    "Ord": ("PartialOrd", "Eq", "PartialEq"),
    "Copy": ("Clone",),
}
DERIVABLE = ("Debug", "Clone", "Copy", "PartialEq", "Eq", "PartialOrd", "Ord", "Hash", "Default")


def parameter_names(tree: Tree, declaration: Node) -> list[str]:
    """The names of a declaration's generic parameters: types, constants and lifetimes."""
    listed = field(declaration, "type_parameters")
    found = (field(p, "name") for p in (listed.named_children if listed else ()))
    return [tree.of(name) for name in found if name is not None]


def with_parameter(tree: Tree, declaration: Node, text: str) -> Edit | None:
    """`fn f()` → `fn f<T>()`; a lifetime goes first, a type before those with a default."""
    listed = field(declaration, "type_parameters")
    if listed is not None:
        if not listed.named_children:
            return Edit(tree.start(listed), tree.end(listed), f"<{text}>")
        if text.startswith("'"):
            return _insert(tree.start(listed.named_children[0]), f"{text}, ")
        defaulted = [p for p in listed.named_children if field(p, "default_type") is not None]
        if defaulted:
            return _insert(tree.start(defaulted[0]), f"{text}, ")
        return _insert(tree.end(listed.named_children[-1]), f", {text}")
    if declaration.type == "impl_item":
        return next((_insert(tree.end(c), f"<{text}>") for c in declaration.children if c.type == "impl"), None)
    name = field(declaration, "name")
    return _insert(tree.end(name), f"<{text}>") if name is not None else None


def with_bound(tree: Tree, declaration: Node, parameter: str, bound: str) -> Edit | None:
    """`<T>` → `<T: Bound>`, or `where T: A` → `where T: A + Bound` where the bounds stand there already.

    A declaration that has no such parameter gets a `where` clause: `where Self::Item: Bound`.
    """
    clause = child(declaration, "where_clause")
    for predicate in clause.named_children if clause is not None else ():
        left, bounds = field(predicate, "left"), field(predicate, "bounds")
        if left is not None and bounds is not None and tree.of(left) == parameter:
            return _joined(tree, bounds, bound)
    listed = field(declaration, "type_parameters")
    for candidate in listed.named_children if listed is not None else ():
        name = field(candidate, "name")
        if candidate.type != "type_parameter" or name is None or tree.of(name) != parameter:
            continue
        bounds = field(candidate, "bounds")
        return _joined(tree, bounds, bound) if bounds is not None else _insert(tree.end(name), f": {bound}")
    return with_predicate(tree, declaration, f"{parameter}: {bound}")


def with_predicate(tree: Tree, declaration: Node, predicate: str) -> Edit | None:
    """`fn f() {` → `fn f() where T: Bound {`."""
    clause = child(declaration, "where_clause")
    if clause is not None:
        last = clause.named_children[-1] if clause.named_children else None
        return _insert(tree.end(last), f", {predicate}") if last is not None else None
    body = field(declaration, "body")
    if declaration.type == "struct_item" and (body is None or body.type == "ordered_field_declaration_list"):
        return _insert(tree.end(declaration) - 1, f" where {predicate}")
    if body is not None:
        before = body.prev_sibling
        return _insert(tree.end(before), f" where {predicate}") if before is not None else None
    return _insert(tree.end(declaration) - 1, f" where {predicate}")


def derives(tree: Tree, declaration: Node) -> dict[str, Node]:
    """What a type derives, as last names, each with the identifier that says so."""
    found: dict[str, Node] = {}
    for attribute in attributes(declaration):
        inner = child(attribute, "attribute")
        name = inner.named_children[0] if inner is not None and inner.named_children else None
        tokens = field(inner, "arguments")
        if name is not None and tokens is not None and tree.of(name) == "derive":
            found |= {tree.of(token): token for token in tokens.named_children if token.type == "identifier"}
    return found


def attributes(declaration: Node) -> Iterator[Node]:
    """The attributes in front of an item, the nearest first."""
    before = declaration.prev_named_sibling
    while before is not None and before.type in ("attribute_item", "line_comment", "block_comment"):
        if before.type == "attribute_item":
            yield before
        before = before.prev_named_sibling


def with_derive(tree: Tree, declaration: Node, wanted: Iterable[str], given: Iterable[str] = ()) -> Edit | None:
    """Derive what is wanted and what that needs, in the usual order; `given` is implemented by hand already."""
    there = derives(tree, declaration)
    needed = {other for trait in wanted for other in (trait, *_TOGETHER.get(trait, ()))} - set(there) - set(given)
    new = [trait for trait in DERIVABLE if trait in needed]
    if not new:
        return None
    last = max(there.values(), key=lambda n: n.start_byte, default=None)
    if last is not None:
        return _insert(tree.end(last), "".join(f", {trait}" for trait in new))
    start = tree.start(declaration)
    line = tree.text.rfind("\n", 0, start) + 1
    indent = tree.text[line:start]
    between = f"\n{indent}" if not indent.strip() else " "
    return _insert(start, f"#[derive({', '.join(new)})]{between}")


def without(tree: Tree, entry: Node) -> Edit:
    """Take an entry of a comma-separated list out, with one of its commas; its lines, where they are its own."""
    after, before = entry.next_sibling, entry.prev_sibling
    if after is None or after.type != ",":
        start = tree.start(before) if before is not None and before.type == "," else tree.start(entry)
        return Edit(start, tree.end(entry), "")
    first = entry
    while (earlier := first.prev_named_sibling) is not None and earlier.type in ("attribute_item", "line_comment"):
        if tree.text[tree.text.rfind("\n", 0, tree.start(earlier)) + 1 : tree.start(earlier)].strip():
            break  # behind another entry, and about that one
        first = earlier
    start, end, text = tree.start(first), tree.end(after), tree.text
    line, rest = text.rfind("\n", 0, start) + 1, text[end:].partition("\n")[0]
    if line > 0 and not text[line:start].strip() and (not rest.strip() or rest.lstrip().startswith("//")):
        return Edit(line, end + len(rest) + 1, "")
    following = after.next_sibling
    return Edit(start, tree.start(following) if following is not None and following.is_named else end, "")


def without_parameter(tree: Tree, parameter: Node) -> Edit:
    """Take a generic parameter or argument out, with the brackets if it is the only one."""
    listed = parameter.parent
    if listed is not None and len(listed.named_children) == 1:
        return Edit(tree.start(listed), tree.end(listed), "")
    return without(tree, parameter)


def orphaned(tree: Tree, impl: Node, argument: str) -> list[Edit]:
    """The declaration of an impl's parameter that only the arguments of its type named goes with those."""
    listed = field(impl, "type_parameters")
    if listed is None or len(re.findall(rf"(?<!\w){re.escape(argument)}\b", tree.of(impl))) > 2:
        return []
    named = ((parameter, field(parameter, "name")) for parameter in listed.named_children)
    return [without_parameter(tree, p) for p, name in named if name is not None and tree.of(name) == argument]


def with_member(tree: Tree, holder: Node, text: str) -> Edit | None:
    """Put a member at the end of an `impl`, `trait`, `struct` or `enum` body, one indentation further in."""
    body = field(holder, "body")
    if body is None or body.type == "ordered_field_declaration_list":
        return None
    line = tree.text.rfind("\n", 0, tree.start(holder)) + 1
    indent = tree.text[line : line + len(tree.text[line:]) - len(tree.text[line:].lstrip(" \t"))]
    members = [c for c in body.named_children if c.type not in ("line_comment", "block_comment")]
    listed = body.type != "declaration_list"
    if not members:
        return Edit(tree.start(body) + 1, tree.end(body) - 1, f"\n{indent}    {text}{',' if listed else ''}\n{indent}")
    last = members[-1]
    comma = last.next_sibling is not None and last.next_sibling.type == ","
    if "\n" not in tree.of(body):
        if not listed:
            return _insert(tree.end(last), f" {text}")
        return _insert(tree.end(last), f", {text}")
    end = tree.end(last.next_sibling) if comma and last.next_sibling is not None else tree.end(last)
    opening = "," if listed and not comma else ""
    blank = "\n" if last.type == "function_item" else ""
    return _insert(end, f"{opening}{blank}\n{indent}    {text}{',' if listed else ''}")


def mentions(tree: Tree, node: Node, name: str) -> Iterator[Node]:
    """The identifiers of a name below a node, whatever they mean there."""
    return (n for n in descendants(node) if n.type in _NAMES and tree.of(n) == name)


_NAMES = frozenset({"identifier", "type_identifier", "field_identifier", "shorthand_field_identifier"})


def _joined(tree: Tree, bounds: Node, bound: str) -> Edit:
    return _insert(tree.end(bounds), f" + {bound}")


def _insert(at: int, text: str) -> Edit:
    return Edit(at, at, text)
