"""Faults of values: ownership, references, conversions, wrappers, and the order of things."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from faults.shapes import (
    Fault,
    before,
    behind,
    code,
    cut,
    cut_between,
    cut_line,
    cut_word,
    elements,
    field,
    has,
    put,
    swapped,
)
from sleepy_core.propose.search.syntax import STATEMENTS, Node, Tree, child, is_expression

_CONVERSIONS = frozenset(
    {
        "clone", "cloned", "copied", "iter", "iter_mut", "into_iter", "to_string", "to_owned", "to_vec", "into",
        "as_ref", "as_mut", "as_str", "as_bytes", "as_slice", "as_deref", "collect", "unwrap", "unwrap_or", "expect",
        "unwrap_or_default", "unwrap_or_else", "ok", "map_err", "take", "borrow", "deref", "chars", "bytes", "rev",
        "len", "get",
    }
)  # fmt: skip


def drop_mut(tree: Tree) -> Iterator[Fault]:
    """A `mut` is gone: of a variable, a borrow, a parameter, a type."""
    for word in code(tree, "mutable_specifier"):
        yield (cut_word(tree, word),)


def drop_a_borrow(tree: Tree) -> Iterator[Fault]:
    """`&x` as `x`."""
    for borrow in code(tree, "reference_expression"):
        value = field(borrow, "value")
        if value is not None:
            yield (put(tree, borrow, tree.of(value)),)


def add_a_borrow(tree: Tree) -> Iterator[Fault]:
    """`x` as `&x`, where it is handed on or compared."""
    for arguments in code(tree, "arguments"):
        for value in elements(arguments):
            if value.type in ("identifier", "field_expression", "call_expression"):
                yield (before(tree, value, "&"),)
    for compared in code(tree, "binary_expression"):
        right = field(compared, "right")
        if right is not None and right.type in ("identifier", "integer_literal", "field_expression"):
            yield (before(tree, right, "&"),)


def drop_a_dereference(tree: Tree) -> Iterator[Fault]:
    """`*x` as `x`."""
    for dereference in code(tree, "unary_expression"):
        star = child(dereference, "*")
        if star is not None:
            yield (cut(tree, star),)


def drop_a_conversion(tree: Tree) -> Iterator[Fault]:
    """`x.clone()`, `x.iter()`, `x.unwrap()` … as `x`."""
    for call in code(tree, "call_expression"):
        function = field(call, "function")
        if function is not None and function.type == "generic_function":
            function = field(function, "function")
        if function is None or function.type != "field_expression":
            continue
        value, name = field(function, "value"), field(function, "field")
        if value is not None and name is not None and tree.of(name) in _CONVERSIONS:
            yield (cut_between(tree, tree.end(value), tree.end(call)),)


def drop_a_question_mark(tree: Tree) -> Iterator[Fault]:
    """`f()?` as `f()`."""
    for tried in code(tree, "try_expression"):
        mark = child(tried, "?")
        if mark is not None:
            yield (cut(tree, mark),)


def drop_a_cast(tree: Tree) -> Iterator[Fault]:
    """`x as usize` as `x`."""
    for cast in code(tree, "type_cast_expression"):
        value = field(cast, "value")
        if value is not None:
            yield (put(tree, cast, tree.of(value)),)


def drop_move(tree: Tree) -> Iterator[Fault]:
    """A closure that only borrows what it should own; a pattern without its `ref`."""
    for word in code(tree, "move", "ref"):
        yield (cut_word(tree, word),)


def drop_a_wrapper(tree: Tree) -> Iterator[Fault]:
    """`Some(x)`, `Ok(x)`, `Box::new(x)`, `String::from(x)` as `x`."""
    wrappers = ("Some", "Ok", "Err", "Box::new", "Rc::new", "String::from", "Cow::Borrowed", "Cow::Owned", "Ordering")
    for call in code(tree, "call_expression"):
        function, arguments = field(call, "function"), field(call, "arguments")
        if function is not None and arguments is not None and tree.of(function) in wrappers:
            values = elements(arguments)
            if len(values) == 1:
                yield (put(tree, call, tree.of(values[0])),)


def add_a_wrapper(tree: Tree) -> Iterator[Fault]:
    """A value that was to be optional at first: `Some(x)` where `x` is returned."""
    for function in code(tree, "function_item"):
        value = _tail(function)
        if value is not None and value.type in (
            "identifier",
            "field_expression",
            "call_expression",
            "struct_expression",
        ):
            yield before(tree, value, "Some("), behind(tree, value, ")")


def end_a_value_with_a_semicolon(tree: Tree) -> Iterator[Fault]:
    """The last expression of a function is a statement."""
    for function in code(tree, "function_item"):
        value = _tail(function)
        if value is not None and has(function, "->"):
            yield (behind(tree, value, ";"),)


def drop_return(tree: Tree) -> Iterator[Fault]:
    """`return x` as `x`, in the middle of a function."""
    for returned in code(tree, "return_expression"):
        word = child(returned, "return")
        if word is not None and elements(returned):
            yield (cut_word(tree, word),)


def return_nothing(tree: Tree) -> Iterator[Fault]:
    """`return x` as `return`; `break x` as `break`."""
    for returned in code(tree, "return_expression", "break_expression"):
        values = [node for node in elements(returned) if node.type not in ("label", "lifetime")]
        if values:
            yield (put(tree, returned, tree.of(returned.children[0])),)


def write_another_literal(tree: Tree) -> Iterator[Fault]:
    """`0` as `0.0`, `"x"` as `'x'`, `'x'` as `"x"`, `true` as `1`."""
    for literal in code(tree, "integer_literal", "char_literal", "string_literal", "boolean_literal"):
        text = tree.of(literal)
        if literal.type == "integer_literal" and text.isdigit():
            yield (put(tree, literal, f"{text}.0"),)
        elif literal.type == "char_literal" and text.startswith("'") and text not in ("'\"'",):
            yield (put(tree, literal, f'"{text[1:-1]}"'),)
        elif literal.type == "string_literal" and len(text) == 3:
            yield (put(tree, literal, f"'{text[1:-1]}'"),)
        elif literal.type == "boolean_literal":
            yield (put(tree, literal, str(int(text == "true"))),)


def swap_arguments(tree: Tree) -> Iterator[Fault]:
    """Two arguments of a call in the wrong order."""
    for arguments in code(tree, "arguments"):
        for one, other in pairwise(elements(arguments)):
            if tree.of(one) != tree.of(other):
                yield swapped(tree, one, other)


def forget_an_argument(tree: Tree) -> Iterator[Fault]:
    """A call with one argument too few."""
    for arguments in code(tree, "arguments"):
        values = elements(arguments)
        if len(values) > 1:
            yield (cut_between(tree, tree.end(values[-2]), tree.end(values[-1])),)
        elif values:
            yield (cut(tree, values[0]),)


def repeat_an_argument(tree: Tree) -> Iterator[Fault]:
    """A call with one argument too many."""
    for arguments in code(tree, "arguments"):
        values = elements(arguments)
        if values and values[-1].type in ("identifier", "integer_literal", "self", "field_expression"):
            yield (behind(tree, values[-1], f", {tree.of(values[-1])}"),)


def swap_statements(tree: Tree) -> Iterator[Fault]:
    """Two neighbouring statements in the wrong order."""
    for block in code(tree, "block"):
        statements = [node for node in elements(block) if node.type in STATEMENTS]
        for one, other in pairwise(statements):
            if "let_declaration" in (one.type, other.type) and tree.of(one) != tree.of(other):
                yield swapped(tree, one, other)


def lose_a_declaration(tree: Tree) -> Iterator[Fault]:
    """A `let` that a refactoring took away with its neighbours."""
    for declaration in code(tree, "let_declaration"):
        pattern = field(declaration, "pattern")
        if pattern is not None and pattern.type == "identifier":
            yield (cut_line(tree, declaration),)


def loop_over_the_value(tree: Tree) -> Iterator[Fault]:
    """A loop that eats the list: `for x in &list` as `for x in list`."""
    for loop in code(tree, "for_expression"):
        value = field(loop, "value")
        if value is None or value.type not in ("reference_expression", "call_expression"):
            continue
        inner = field(value, "value")
        if inner is None and (function := field(value, "function")) is not None:
            name = field(function, "field")
            inner = field(function, "value") if name is not None and tree.of(name) in ("iter", "iter_mut") else None
        if inner is not None and is_expression(inner):
            yield (put(tree, value, tree.of(inner)),)


def _tail(function: Node) -> Node | None:
    """The expression that a function ends with."""
    body = field(function, "body")
    last = elements(body)[-1:] if body is not None else []
    return last[0] if last and is_expression(last[0]) else None


MUTATIONS = (
    drop_mut, drop_a_borrow, add_a_borrow, drop_a_dereference, drop_a_conversion, drop_a_question_mark, drop_a_cast,
    drop_move, drop_a_wrapper, add_a_wrapper, end_a_value_with_a_semicolon, drop_return, return_nothing,
    write_another_literal, swap_arguments, forget_an_argument, repeat_an_argument, swap_statements, lose_a_declaration,
    loop_over_the_value,
)  # fmt: skip
