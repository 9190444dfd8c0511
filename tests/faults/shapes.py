"""What mutations are made of: walks over the code of a file, and edits of single nodes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sleepy_core.model import Edit
from sleepy_core.propose.search.syntax import OPAQUE, Node, Tree, child

# One way to break a text: everything that it changes at once.
Fault = tuple[Edit, ...]
# All the ways in which one kind of mistake can be made in a file. Which of them do not compile is not its business.
Mutation = Callable[[Tree], Iterator[Fault]]


def code(tree: Tree, *kinds: str) -> Iterator[Node]:
    """The nodes of these kinds, in the order of the text; none in unit tests, in comments or in macros' tokens."""
    waiting = [tree.root]
    while waiting:
        node = waiting.pop()
        if _is_test(tree, node):
            continue
        if node.type in kinds:
            yield node
        if node.type not in OPAQUE:
            waiting.extend(reversed(node.children))


def _is_test(tree: Tree, node: Node) -> bool:
    before = node.prev_named_sibling
    while before is not None and before.type in ("attribute_item", "line_comment", "block_comment"):
        if before.type == "attribute_item" and "test" in tree.of(before):
            return True
        before = before.prev_named_sibling
    return False


def field(node: Node, name: str) -> Node | None:
    """A child by its role."""
    return node.child_by_field_name(name)


def cut(tree: Tree, node: Node) -> Edit:
    """Without the node."""
    return Edit(tree.start(node), tree.end(node), "")


def cut_word(tree: Tree, node: Node) -> Edit:
    """Without the node and the blanks behind it."""
    end = tree.end(node)
    return Edit(tree.start(node), end + _blanks(tree.text, end), "")


def cut_between(tree: Tree, start: int, end: int) -> Edit:
    """Without what lies between two offsets."""
    return Edit(start, end, "")


def cut_line(tree: Tree, node: Node) -> Edit:
    """Without the node, its indentation, and the line end behind it."""
    start, end = tree.start(node), tree.end(node)
    text = tree.text
    line = text.rfind("\n", 0, start) + 1
    if text[line:start].strip():
        return Edit(start, end, "")
    end += _blanks(text, end)
    return Edit(line, end + 1 if text[end : end + 1] == "\n" else end, "")


def cut_listed(tree: Tree, node: Node) -> Edit:
    """Without the node and one of the commas around it, as one removes an element of a list."""
    start, end, text = tree.start(node), tree.end(node), tree.text
    rest = text[end:]
    after = len(rest) - len(rest.lstrip())
    if rest[after : after + 1] == ",":
        end += after + 1
        line = text.rfind("\n", 0, start) + 1
        if not text[line:start].strip() and text[end : end + 1] == "\n":
            return Edit(line, end + 1, "")
        return Edit(start, end + _blanks(text, end), "")
    before = text[:start].rstrip()
    return Edit(len(before) - 1, end, "") if before.endswith(",") else Edit(start, end, "")


def put(tree: Tree, node: Node, text: str) -> Edit:
    """Something else in place of the node."""
    return Edit(tree.start(node), tree.end(node), text)


def before(tree: Tree, node: Node, text: str) -> Edit:
    """Something in front of the node."""
    return Edit(tree.start(node), tree.start(node), text)


def behind(tree: Tree, node: Node, text: str) -> Edit:
    """Something right after the node."""
    return Edit(tree.end(node), tree.end(node), text)


def swapped(tree: Tree, one: Node, other: Node) -> Fault:
    """Two nodes that changed their places."""
    return put(tree, one, tree.of(other)), put(tree, other, tree.of(one))


def indent(tree: Tree, node: Node) -> str:
    """The blanks at the beginning of a node's line."""
    start = tree.text.rfind("\n", 0, tree.start(node)) + 1
    return tree.text[start : start + _blanks(tree.text, start)]


def has(node: Node, kind: str) -> bool:
    """Is there a direct child of a kind?"""
    return child(node, kind) is not None


def elements(node: Node) -> list[Node]:
    """The named children that are code."""
    return [n for n in node.named_children if n.type not in ("line_comment", "block_comment", "attribute_item")]


def _blanks(text: str, at: int) -> int:
    rest = text[at : at + 200]
    return len(rest) - len(rest.lstrip(" \t"))
