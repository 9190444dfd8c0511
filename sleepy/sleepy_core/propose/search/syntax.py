"""The syntax tree of a Rust text, by tree-sitter: nodes in code points, and the few walks that edits need.

The tree of a text with errors has holes (`ERROR` and missing nodes) but is always there.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

import tree_sitter_rust
from tree_sitter import Language, Node, Parser
from tree_sitter import Tree as Parsed

__all__ = ["Node", "Tree", "parse"]

# Nodes that hold tokens and no structure, or no code at all: nothing in them is edited by shape.
OPAQUE = frozenset({"token_tree", "line_comment", "block_comment", "string_literal", "raw_string_literal"})
STATEMENTS = frozenset({"let_declaration", "expression_statement", "empty_statement", "macro_definition"})
FUNCTIONS = frozenset({"function_item", "function_signature_item", "closure_expression"})
ITEMS = frozenset(
    {
        "function_item", "function_signature_item", "struct_item", "enum_item", "union_item", "trait_item", "impl_item",
        "mod_item", "const_item", "static_item", "type_item", "use_declaration", "macro_definition", "associated_type",
        "extern_crate_declaration", "foreign_mod_item",
    }
)  # fmt: skip


@functools.lru_cache(maxsize=1)
def _language() -> Language:
    return Language(tree_sitter_rust.language())


_CONTINUATION = re.compile(rb"[\x80-\xbf]")


class Tree:
    """A parsed text. Offsets that go in and come out are code points, as everywhere in this project."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._data = text.encode("utf-8", "surrogatepass")
        self._parsed: Parsed = Parser(_language()).parse(self._data)
        # Byte offsets of continuation bytes: how many lie before a byte is what it differs from its code point.
        self._continuations = [] if text.isascii() else [m.start() for m in _CONTINUATION.finditer(self._data)]
        # The same as code points: how many are not behind a code point is what it differs from its byte.
        self._shifts = [byte - number for number, byte in enumerate(self._continuations)]

    @property
    def root(self) -> Node:
        """The node of the whole file."""
        return self._parsed.root_node

    def start(self, node: Node) -> int:
        """Where a node begins."""
        return self._point(node.start_byte)

    def end(self, node: Node) -> int:
        """Where a node ends."""
        return self._point(node.end_byte)

    def of(self, node: Node) -> str:
        """The text of a node."""
        return self._data[node.start_byte : node.end_byte].decode("utf-8", "surrogatepass")

    def at(self, start: int, end: int) -> Node:
        """The smallest named node that holds `start:end`; the root at worst."""
        found = self.root.named_descendant_for_byte_range(self._byte(start), self._byte(max(start, end)))
        return found if found is not None else self.root

    def exactly(self, start: int, end: int) -> Node | None:
        """The largest named node that is `start:end`, if there is one."""
        node: Node | None = self.at(start, end)
        first, last = self._byte(start), self._byte(end)
        found = None
        while node is not None and (node.start_byte, node.end_byte) == (first, last):
            found, node = node, node.parent
        return found

    def _point(self, byte: int) -> int:
        return byte - bisect_left(self._continuations, byte) if self._continuations else byte

    def _byte(self, point: int) -> int:
        return point + bisect_right(self._shifts, point) if self._shifts else point


@functools.lru_cache(maxsize=256)
def parse(text: str) -> Tree:
    """The tree of a text; the last ones are kept, since every candidate of an error asks for the same."""
    return Tree(text)


def ancestors(node: Node) -> Iterator[Node]:
    """The node itself, then its parents up to the root."""
    current: Node | None = node
    while current is not None:
        yield current
        current = current.parent


def enclosing(node: Node, kinds: frozenset[str] | set[str] | str) -> Node | None:
    """The nearest of the node and its parents that is of one of these kinds."""
    wanted = {kinds} if isinstance(kinds, str) else kinds
    return next((n for n in ancestors(node) if n.type in wanted), None)


def descendants(node: Node) -> Iterator[Node]:
    """The node and all named nodes below it, in the order of the text; nothing inside of macros' tokens."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        if current.type not in OPAQUE:
            waiting.extend(reversed(current.named_children))


def named(tree: Tree, *words: str) -> Iterator[Node]:
    """The identifiers of a file that are one of these words, whatever they mean there; none in macros' tokens.

    They are looked for in the text: to walk over all nodes of a large file is slow.
    """
    for found in re.finditer(rf"\b(?:{'|'.join(map(re.escape, words))})\b", tree.text):
        node = tree.at(*found.span())
        if node.type.endswith("identifier") and tree.of(node) == found[0] and not hidden(node):
            yield node


def child(node: Node, kind: str) -> Node | None:
    """The first direct child of a kind, named or not."""
    return next((c for c in node.children if c.type == kind), None)


def field(node: Node | None, *names: str) -> Node | None:
    """Follow named fields of the grammar from a node; None as soon as one is missing."""
    for name in names:
        node = node.child_by_field_name(name) if node is not None else None
    return node


def hidden(node: Node) -> bool:
    """Does a node lie in a macro's tokens, a comment or a string?"""
    return any(n.type in OPAQUE for n in ancestors(node))


def lies_in(node: Node, holder: Node) -> bool:
    """Is the node the holder, or a part of it?"""
    return holder.start_byte <= node.start_byte and node.end_byte <= holder.end_byte


def is_expression(node: Node) -> bool:
    """Can the node stand where a value is wanted? (Paths and names can; whether they are values is not asked.)"""
    return node.type.endswith(("_expression", "_literal")) or node.type in _VALUES


_VALUES = frozenset(
    {"identifier", "scoped_identifier", "self", "macro_invocation", "block", "unsafe_block", "async_block",
     "const_block", "generic_function", "boolean_literal", "compound_assignment_expr"}
)  # fmt: skip
