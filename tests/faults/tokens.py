"""Faults of tokens: what a half-finished edit or a bad merge leaves behind."""

from __future__ import annotations

from collections.abc import Iterator

from faults.shapes import Fault, behind, code, cut, cut_between, cut_word, elements, field, put
from sleepy_core.propose.search.syntax import Tree, child


def drop_a_semicolon(tree: Tree) -> Iterator[Fault]:
    """A statement, a declaration or an import that does not end."""
    for statement in code(tree, "let_declaration", "expression_statement", "use_declaration", "const_item", "mod_item"):
        last = child(statement, ";")
        if last is not None:
            yield (cut(tree, last),)


def drop_a_bracket(tree: Tree) -> Iterator[Fault]:
    """One of a pair is gone."""
    for bracket in code(tree, "(", ")", "[", "]", "{", "}", "|"):
        yield (cut(tree, bracket),)


def repeat_a_bracket(tree: Tree) -> Iterator[Fault]:
    """One of a pair is there twice."""
    for bracket in code(tree, ")", "]", "}"):
        yield (behind(tree, bracket, tree.of(bracket)),)


def drop_a_comma(tree: Tree) -> Iterator[Fault]:
    """Two elements, parameters, fields or arms run into each other."""
    for comma in code(tree, ","):
        yield (cut(tree, comma),)


def drop_a_keyword(tree: Tree) -> Iterator[Fault]:
    """A declaration without its first word."""
    for word in code(tree, "fn", "let", "struct", "enum", "in", "for", "impl", "else", "as", "match"):
        yield (cut_word(tree, word),)


def write_another_sign(tree: Tree) -> Iterator[Fault]:
    """A sign as another language has it, or half of it."""
    other = {"=>": "->", "==": "=", "::": ":", "->": "=>", "&&": "and", "||": "or", "!": "not ", "+=": "=+", "!=": "<>"}
    for sign in code(tree, *other):
        yield (put(tree, sign, other[tree.of(sign)]),)


def drop_a_type(tree: Tree) -> Iterator[Fault]:
    """A parameter or a constant without its type."""
    for owner in code(tree, "parameter", "const_item", "static_item", "let_declaration"):
        colon, kind = child(owner, ":"), field(owner, "type")
        if colon is not None and kind is not None:
            yield (cut_between(tree, tree.start(colon), tree.end(kind)),)


def drop_a_colon_pair(tree: Tree) -> Iterator[Fault]:
    """`collect::<T>()` as `collect<T>()`, or with no type at all."""
    for generic in code(tree, "generic_function"):
        pair, types = child(generic, "::"), field(generic, "type_arguments")
        if pair is not None and types is not None:
            yield (cut(tree, pair),)
            yield cut(tree, pair), cut(tree, types)


def unfinished_expression(tree: Tree) -> Iterator[Fault]:
    """An operator whose right side is not written yet; a block whose first line is not."""
    for operation in code(tree, "binary_expression", "assignment_expression"):
        right = field(operation, "right")
        if right is not None and not elements(right):
            yield (cut(tree, right),)


MUTATIONS = (
    drop_a_semicolon, drop_a_bracket, repeat_a_bracket, drop_a_comma, drop_a_keyword, write_another_sign, drop_a_type,
    drop_a_colon_pair, unfinished_expression,
)  # fmt: skip
