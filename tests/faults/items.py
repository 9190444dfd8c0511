"""Faults of declarations: signatures, types, generics, lifetimes, and what a type, a trait or a match has to have."""

from __future__ import annotations

import re
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
    cut_listed,
    cut_word,
    elements,
    field,
    has,
    indent,
    put,
    swapped,
)
from sleepy_core.model import Edit
from sleepy_core.propose.search.syntax import Node, Tree, child, enclosing

_OTHER_TYPE = {
    "usize": ("u32", "i32"), "u32": ("usize", "u64"), "u64": ("u32", "i64"), "i32": ("i64", "usize"), "i64": ("i32",),
    "u8": ("char", "u32"), "char": ("u8", "&str"), "u16": ("u8",), "bool": ("Option<bool>", "u8"), "f64": ("f32",),
    "isize": ("usize",), "&str": ("String", "&[u8]"), "&'a str": ("String",), "String": ("&str",), "Self": ("&Self",),
}  # fmt: skip
_FUNCTIONS = ("function_item", "function_signature_item")


def change_a_type(tree: Tree) -> Iterator[Fault]:
    """A parameter, a field, a result or a constant of a neighbouring type."""
    for owner in code(
        tree, "parameter", "field_declaration", "const_item", "static_item", "let_declaration", "type_item"
    ):
        kind = field(owner, "type")
        if kind is not None:
            yield from ((put(tree, kind, other),) for other in _others(tree.of(kind)))
    for function in code(tree, *_FUNCTIONS):
        kind = field(function, "return_type")
        if kind is not None:
            yield from ((put(tree, kind, other),) for other in _others(tree.of(kind)))


def take_self_otherwise(tree: Tree) -> Iterator[Fault]:
    """`&mut self` as `&self`, `&self` as `self`, `self` as `&self`, or no `self` at all."""
    other = {"&mut self": "&self", "&self": "self", "self": "&self", "mut self": "&mut self"}
    for parameter in code(tree, "self_parameter"):
        if (written := tree.of(parameter)) in other:
            yield (put(tree, parameter, other[written]),)
        yield (cut_listed(tree, parameter),)


def add_a_parameter(tree: Tree) -> Iterator[Fault]:
    """A function that wants more than its callers give."""
    for function in code(tree, "function_item"):
        parameters = field(function, "parameters")
        if parameters is not None and not _in_trait_impl(function):
            last = elements(parameters)[-1:]
            added = "limit: usize"
            yield (behind(tree, last[0], f", {added}"),) if last else (put(tree, parameters, f"({added})"),)


def remove_a_parameter(tree: Tree) -> Iterator[Fault]:
    """A function that its callers give more than it wants."""
    for parameter in code(tree, "parameter"):
        yield (cut_listed(tree, parameter),)


def swap_parameters(tree: Tree) -> Iterator[Fault]:
    """Two parameters in another order than the callers know."""
    for parameters in code(tree, "parameters"):
        for one, other in pairwise(n for n in elements(parameters) if n.type == "parameter"):
            yield swapped(tree, one, other)


def drop_a_result_type(tree: Tree) -> Iterator[Fault]:
    """A function that says no more what it gives."""
    for function in code(tree, *_FUNCTIONS):
        parameters, kind = field(function, "parameters"), field(function, "return_type")
        if parameters is not None and kind is not None:
            yield (cut_between(tree, tree.end(parameters), tree.end(kind)),)


def make_a_function_async(tree: Tree) -> Iterator[Fault]:
    """A function that has to be waited for, and nobody does."""
    for function in code(tree, "function_item"):
        word = child(function, "fn")
        if word is not None and not has(function, "function_modifiers"):
            yield (before(tree, word, "async "),)


def make_a_function_unsafe(tree: Tree) -> Iterator[Fault]:
    """A function that may only be called in `unsafe` from now on."""
    for function in code(tree, "function_item"):
        word = child(function, "fn")
        if word is not None and not has(function, "function_modifiers"):
            yield (before(tree, word, "unsafe "),)


def drop_unsafe(tree: Tree) -> Iterator[Fault]:
    """A block, a function or an impl without its `unsafe`; a constant function that is none."""
    for word in code(tree, "unsafe", "const"):
        if word.parent is not None and word.parent.type in (
            "unsafe_block",
            "function_modifiers",
            "impl_item",
            "trait_item",
        ):
            yield (cut_word(tree, word),)


def drop_a_lifetime(tree: Tree) -> Iterator[Fault]:
    """`&'a T` as `&T`, `Text<'a>` as `Text`, `impl<'a>` as `impl`."""
    for lifetime in code(tree, "lifetime", "lifetime_parameter"):
        parent = lifetime.parent
        if parent is None or parent.type == "lifetime_parameter":
            continue
        if parent.type in ("type_arguments", "type_parameters"):
            yield (cut_listed(tree, lifetime) if len(elements(parent)) > 1 else cut(tree, parent),)
        elif parent.type in ("reference_type", "self_parameter"):
            yield (cut_word(tree, lifetime),)


def confuse_lifetimes(tree: Tree) -> Iterator[Fault]:
    """Another lifetime than the declared one, or one for ever."""
    for lifetime in code(tree, "lifetime"):
        if lifetime.parent is not None and lifetime.parent.type in ("reference_type", "type_arguments"):
            written = tree.of(lifetime)
            yield (put(tree, lifetime, "'static" if written != "'static" else "'a"),)
            yield (put(tree, lifetime, "'b" if written != "'b" else "'a"),)


def drop_a_bound(tree: Tree) -> Iterator[Fault]:
    """`T: A + B` as `T: A`, or as `T`."""
    for bounds in code(tree, "trait_bounds"):
        if bounds.parent is not None and bounds.parent.type == "where_predicate":
            continue
        named = elements(bounds)
        if len(named) > 1:
            yield (cut_between(tree, tree.end(named[-2]), tree.end(named[-1])),)
            yield (cut_between(tree, tree.start(named[0]), tree.start(named[1])),)
        yield (cut(tree, bounds),)


def drop_a_where_clause(tree: Tree) -> Iterator[Fault]:
    """Without its `where`, or without one of its conditions."""
    for clause in code(tree, "where_clause"):
        predicates = elements(clause)
        yield (cut(tree, clause),)
        if len(predicates) > 1:
            yield from ((cut_listed(tree, predicate),) for predicate in predicates)


def drop_a_generic_parameter(tree: Tree) -> Iterator[Fault]:
    """`impl<T> Stack<T>` as `impl Stack<T>`, or as `impl<T> Stack`."""
    for listed in code(tree, "type_parameters", "type_arguments"):
        named = elements(listed)
        if listed.parent is None or listed.parent.type == "generic_function":
            continue
        if len(named) == 1:
            yield (cut(tree, listed),)
        else:
            yield from ((cut_listed(tree, parameter),) for parameter in named)


def add_a_field(tree: Tree) -> Iterator[Fault]:
    """A struct with one more field than those who make it know."""
    for fields in code(tree, "field_declaration_list"):
        last = [n for n in elements(fields) if n.type == "field_declaration"][-1:]
        if last:
            yield (behind(tree, last[0], f",\n{indent(tree, last[0])}label: Option<&'static str>"),)


def add_a_variant(tree: Tree) -> Iterator[Fault]:
    """An enum with one more variant than the matches over it know."""
    for variants in code(tree, "enum_variant_list"):
        last = elements(variants)[-1:]
        if last:
            yield (behind(tree, last[0], f",\n{indent(tree, last[0])}Other(usize)"),)


def remove_a_field(tree: Tree) -> Iterator[Fault]:
    """A field or variant that others still speak of."""
    for declared in code(tree, "field_declaration", "enum_variant"):
        yield (cut_listed(tree, declared),)


def forget_a_field(tree: Tree) -> Iterator[Fault]:
    """A value made without one of its fields."""
    for given in code(tree, "field_initializer", "shorthand_field_initializer"):
        yield (cut_listed(tree, given),)


def forget_a_match_arm(tree: Tree) -> Iterator[Fault]:
    """A match without one of its arms."""
    for arm in code(tree, "match_arm"):
        yield (cut_line(tree, arm),)


def forget_else(tree: Tree) -> Iterator[Fault]:
    """An `if` without its `else`."""
    for branch in code(tree, "else_clause"):
        start = len(tree.text[: tree.start(branch)].rstrip())
        yield (cut_between(tree, start, tree.end(branch)),)


def drop_a_derive(tree: Tree) -> Iterator[Fault]:
    """One trait of `#[derive(…)]`, or all of them."""
    for attribute in code(tree, "attribute_item"):
        text, start = tree.of(attribute), tree.start(attribute)
        if not text.startswith("#[derive("):
            continue
        yield (cut_line(tree, attribute),)
        for name in re.finditer(r"[\w:]+(?:, )?", text[9:]):
            yield (Edit(start + 9 + name.start(), start + 9 + name.end(), ""),)


def forget_an_implementation(tree: Tree) -> Iterator[Fault]:
    """A method, constant or type that an impl has to have, or the impl altogether."""
    for impl in code(tree, "impl_item"):
        body = field(impl, "body")
        if field(impl, "trait") is not None:
            yield (cut_line(tree, impl),)
            yield from ((cut_line(tree, item),) for item in (elements(body) if body is not None else ()))


def require_one_more_method(tree: Tree) -> Iterator[Fault]:
    """A trait that wants more than its implementations have."""
    for trait in code(tree, "trait_item"):
        methods = [n for n in elements(body) if n.type in _FUNCTIONS] if (body := field(trait, "body")) else []
        if methods:
            yield (behind(tree, methods[-1], f"\n\n{indent(tree, methods[-1])}fn is_ready(&self) -> bool;"),)
    for function in code(tree, "function_item"):
        body = field(function, "body")
        if body is not None and enclosing(function, "trait_item") is not None:
            yield (put(tree, body, ";"),)


def lose_a_method(tree: Tree) -> Iterator[Fault]:
    """A function that others still call."""
    for function in code(tree, "function_item"):
        if not _in_trait_impl(function):
            yield (cut_line(tree, function),)


def _others(kind: str) -> Iterator[str]:
    yield from _OTHER_TYPE.get(kind, ())
    inner = re.fullmatch(r"(?:Option|Box|Rc|Arc)<(.+)>", kind, re.DOTALL)
    if inner:
        yield inner[1]
    elif kind.startswith("&mut "):
        yield kind.removeprefix("&mut ")
        yield kind.replace("&mut ", "&", 1)
    elif kind.startswith("&") and not kind.startswith("&'"):
        yield kind.removeprefix("&")
    elif not kind.startswith("impl"):
        yield f"&{kind}"
        yield f"Option<{kind}>"
    if inner := re.fullmatch(r"Vec<(.+)>", kind, re.DOTALL):
        yield f"&[{inner[1]}]"
    if inner := re.fullmatch(r"Result<(.+), *\w+>", kind, re.DOTALL):
        yield inner[1]
        yield f"Option<{inner[1]}>"


def _in_trait_impl(node: Node) -> bool:
    impl = enclosing(node, {"impl_item", "trait_item"})
    return impl is not None and (impl.type == "trait_item" or field(impl, "trait") is not None)


MUTATIONS = (
    change_a_type, take_self_otherwise, add_a_parameter, remove_a_parameter, swap_parameters, drop_a_result_type,
    make_a_function_async, make_a_function_unsafe, drop_unsafe, drop_a_lifetime, confuse_lifetimes, drop_a_bound,
    drop_a_where_clause, drop_a_generic_parameter, add_a_field, add_a_variant, remove_a_field, forget_a_field,
    forget_a_match_arm, forget_else, drop_a_derive, forget_an_implementation, require_one_more_method, lose_a_method,
)  # fmt: skip
