"""Where an error is, as an edit kind sees it: the tree, the nodes around the span, the names in scope.

Everything here is read-only and computed once for an error; kinds only look.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sleepy_core.model import Diagnostic, Edit, RelPath, Span
from sleepy_core.propose.case import Case
from sleepy_core.propose.labels import shorten
from sleepy_core.propose.search.index import MOST_FILES, Crate, Item, files_of
from sleepy_core.propose.search.libraries import Libraries
from sleepy_core.propose.search.syntax import (
    FUNCTIONS,
    ITEMS,
    STATEMENTS,
    Node,
    Tree,
    ancestors,
    enclosing,
    field,
    hidden,
    is_expression,
    parse,
)
from sleepy_core.text import LineIndex

_QUOTED = re.compile(r"`([^`]+)`")
_EXPECTED = re.compile(r"expected (?:\w+ )*?`([^`]+)`(?: because of return type)?")
_FOUND = re.compile(r"found (?:\w+ )*?`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Change:
    """One candidate: edits of one or more files that belong together, and what they do, in a few plain words."""

    label: str
    edits: tuple[tuple[RelPath, Edit], ...]
    cost: float = 0.0  # on top of its kind's


@dataclass(frozen=True, slots=True)
class Local:
    """A variable that a place can see: a parameter, a `let`, a pattern's name."""

    name: str
    type: str  # as written; "" where it is inferred
    mutable: bool
    start: int  # of the name, in its definition


@dataclass(frozen=True, slots=True)
class Place:
    """One of a diagnostic's spans, as offsets."""

    file: RelPath
    start: int
    end: int
    label: str
    primary: bool


class Site:
    """One error and the code around it. `site.node` is the smallest node that holds the primary span."""

    def __init__(self, case: Case, crate: Crate) -> None:
        """Raises `KeyError` where the error's file is not there."""
        self.case = case
        self.crate = crate
        self.libraries = Libraries(case.externs)
        self.diagnostic: Diagnostic = case.diagnostic
        self.file: RelPath = case.diagnostic.file
        self.text: str = case.texts[self.file]
        self.tree: Tree = parse(self.text)
        self._indices: dict[RelPath, LineIndex] = {}
        place = self._place(case.diagnostic.span)
        self.start, self.end = place.start, place.end
        self.node: Node = self.tree.at(self.start, self.end)

    # --- What the compiler said -------------------------------------------------------------------

    @property
    def code(self) -> str:
        """The error's code."""
        return self.diagnostic.code

    @property
    def message(self) -> str:
        """The error's message."""
        return self.diagnostic.message

    @cached_property
    def words(self) -> tuple[str, ...]:
        """What stands in backticks in the message, in order."""
        return tuple(_QUOTED.findall(self.message))

    @cached_property
    def said(self) -> str:
        """All that was said: message, labels, notes; one a line."""
        labels = [span.label for span in self.diagnostic.spans if span.label]
        return "\n".join((self.message, *labels, *(note.message for note in self.diagnostic.notes)))

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """All spans in plain code whose files are there, the primary one first."""
        spans = [self.diagnostic.span, *(s for s in self.diagnostic.spans if s != self.diagnostic.span)]
        spans += [s for note in self.diagnostic.notes for s in note.spans]
        return tuple(self._place(s) for s in spans if s.macro is None and s.file in self.case.texts)

    @cached_property
    def expected(self) -> str:
        """The type that the compiler wanted ("" if it does not say)."""
        found = _EXPECTED.search(self.said)
        return found[1] if found else ""

    @cached_property
    def found(self) -> str:
        """The type that the compiler found ("" if it does not say)."""
        found = _FOUND.search(self.said)
        return found[1] if found else ""

    # --- The code around it -----------------------------------------------------------------------

    @cached_property
    def expression(self) -> Node | None:
        """The expression that the span is, or the smallest one around it."""
        exact = self.tree.exactly(self.start, self.end)
        if exact is not None and is_expression(exact):
            return exact
        return next((n for n in ancestors(self.node) if is_expression(n)), None)

    @cached_property
    def statement(self) -> Node | None:
        """The statement around the span."""
        return enclosing(self.node, STATEMENTS)

    @cached_property
    def function(self) -> Node | None:
        """The function or closure around the span."""
        return enclosing(self.node, FUNCTIONS)

    @cached_property
    def named_function(self) -> Node | None:
        """The `fn` around the span, closures passed over."""
        return enclosing(self.node, {"function_item", "function_signature_item"})

    @cached_property
    def item(self) -> Node | None:
        """The item around the span."""
        return enclosing(self.node, ITEMS)

    @cached_property
    def implementation(self) -> Node | None:
        """The `impl` or `trait` around the span."""
        return enclosing(self.node, {"impl_item", "trait_item"})

    @property
    def opaque(self) -> bool:
        """Does the span lie in a macro's tokens, a comment or a string, where there is no structure?"""
        return hidden(self.node)

    @cached_property
    def locals(self) -> tuple[Local, ...]:
        """The variables that the span can see, the nearest first; patterns of enclosing matches and loops included."""
        return tuple(locals_at(self.tree, self.node, self.start))

    @cached_property
    def sources(self) -> dict[RelPath, str]:
        """The Rust sources of the error's package and of those below it, by file."""
        files = files_of(self.case.texts, self.case.cargo, self.diagnostic.package)[:MOST_FILES]
        found = ((file, self.case.texts.get(file)) for file in files)
        return {file: text for file, text in found if text is not None}

    def trees(self, pattern: str) -> Iterator[tuple[RelPath, Tree]]:
        """The trees of the files in which a pattern is found, the error's own first: most need no parsing."""
        found = re.compile(pattern)
        for file, text in {self.file: self.text, **self.sources}.items():
            if found.search(text):
                yield file, parse(text)

    def tree_of(self, file: RelPath) -> Tree | None:
        """The tree of another file."""
        text = self.case.texts.get(file)
        return parse(text) if text is not None else None

    def definition(self, item: Item) -> Node | None:
        """The node that defines an item of the crate."""
        tree = self.tree_of(item.file)
        return tree.exactly(item.start, item.end) if tree else None

    def line_indent(self, offset: int) -> str:
        """The white space that the line of an offset begins with."""
        begin = self.text.rfind("\n", 0, offset) + 1
        line = self.text[begin:offset]
        return line[: len(line) - len(line.lstrip())]

    # --- Edits ------------------------------------------------------------------------------------

    def of(self, node: Node) -> str:
        """The text of a node of the error's file."""
        return self.tree.of(node)

    def put(self, start: int, end: int, text: str, file: RelPath = "") -> tuple[RelPath, Edit]:
        """Put a text in the place of what lies between two offsets."""
        return file or self.file, Edit(start, end, text)

    def replace(self, node: Node, text: str, file: RelPath = "") -> tuple[RelPath, Edit]:
        """Put a text in a node's place."""
        tree = self._tree(file)
        return self.put(tree.start(node), tree.end(node), text, file)

    def insert(self, offset: int, text: str, file: RelPath = "") -> tuple[RelPath, Edit]:
        """Put a text in at an offset."""
        return self.put(offset, offset, text, file)

    def before(self, node: Node, text: str, file: RelPath = "") -> tuple[RelPath, Edit]:
        """Put a text in front of a node."""
        return self.insert(self._tree(file).start(node), text, file)

    def after(self, node: Node, text: str, file: RelPath = "") -> tuple[RelPath, Edit]:
        """Put a text behind a node."""
        return self.insert(self._tree(file).end(node), text, file)

    def remove(self, start: int, end: int, file: RelPath = "") -> tuple[RelPath, Edit]:
        """Take out what lies between two offsets."""
        return self.put(start, end, "", file)

    def _tree(self, file: RelPath) -> Tree:
        if not file or file == self.file:
            return self.tree
        tree = self.tree_of(file)
        if tree is None:
            raise KeyError(file)
        return tree

    def _place(self, span: Span) -> Place:
        index = self._index(span.file)
        return Place(span.file, index.offset(span.start), index.offset(span.end), span.label or "", span.primary)

    def _index(self, file: RelPath) -> LineIndex:
        if file not in self._indices:
            self._indices[file] = LineIndex(self.case.texts[file])
        return self._indices[file]


def change(label: str, *edits: tuple[RelPath, Edit], cost: float = 0.0) -> Change:
    """A candidate; a label that is too long is cut."""
    return Change(shorten(label), edits, cost)


def locals_at(tree: Tree, node: Node, offset: int) -> Iterator[Local]:
    """The variables that are in scope at an offset, innermost first. A name that is shadowed comes again, later."""
    inner: Node | None = None
    for holder in ancestors(node):
        match holder.type:
            case "block":
                earlier = [c for c in holder.named_children if tree.end(c) <= offset and c.type == "let_declaration"]
                for let in reversed(earlier):
                    yield from _pattern(tree, field(let, "pattern"), field(let, "type"))
            case "for_expression" | "match_arm" if inner is None or inner.type != "match_pattern":
                yield from _pattern(tree, field(holder, "pattern"), None)
            case "if_expression" | "while_expression":
                condition = field(holder, "condition")
                if condition is not None and inner == field(holder, "consequence"):
                    for let in _let_conditions(condition):
                        yield from _pattern(tree, field(let, "pattern"), None)
            case "closure_expression" | "function_item":
                listed = field(holder, "parameters")
                for parameter in listed.named_children if listed else ():
                    if parameter.type == "parameter":
                        yield from _pattern(tree, field(parameter, "pattern"), field(parameter, "type"))
                    elif parameter.type == "self_parameter":
                        yield Local("self", tree.of(parameter), "mut" in tree.of(parameter), tree.start(parameter))
                    else:
                        yield from _pattern(tree, parameter, None)
                if holder.type == "function_item":
                    return
        inner = holder


def _let_conditions(node: Node) -> Iterator[Node]:
    if node.type == "let_condition":
        yield node
    else:
        for part in node.named_children:
            if part.type in ("let_condition", "let_chain"):
                yield from _let_conditions(part)


def _pattern(tree: Tree, pattern: Node | None, of: Node | None) -> Iterator[Local]:
    """The names that a pattern binds; the type is known where the pattern is one name."""
    if pattern is None:
        return
    if pattern.type == "identifier":
        name = tree.of(pattern)
        # In a pattern a capital letter means a constant or a variant.
        if not name[:1].isupper():
            mutable = pattern.parent is not None and any(c.type == "mutable_specifier" for c in pattern.parent.children)
            yield Local(name, tree.of(of) if of is not None else "", mutable, tree.start(pattern))
        return
    if pattern.type == "shorthand_field_identifier":
        yield Local(tree.of(pattern), "", False, tree.start(pattern))
        return
    skipped = {n.id for n in (field(pattern, "type"), field(pattern, "name")) if n is not None}
    for part in pattern.named_children:
        if part.id in skipped and part.type != "shorthand_field_identifier":
            continue
        if pattern.type == "match_pattern" and part == field(pattern, "condition"):
            continue
        yield from _pattern(tree, part, of if pattern.type == "mut_pattern" else None)
