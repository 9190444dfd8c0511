"""Values that are moved though a loan would do: they are lent, here or by what takes them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.labels import brief
from sleepy_core.propose.search.calls import (
    Call,
    arguments_of,
    called_functions,
    called_name,
    calls_of,
    method_of,
    receiver_of,
)
from sleepy_core.propose.search.hoist import nodes_said
from sleepy_core.propose.search.index import Item
from sleepy_core.propose.search.kinds import FAR, LIKELY, kind
from sleepy_core.propose.search.reach import moving, root
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, ancestors, child, enclosing, field, hidden
from sleepy_core.propose.search.writable import writable

_CONSUMES = re.compile(r"`(?:\w+::)*(\w+)(?:::<[^`]*>)?::(\w+)` takes ownership of the receiver")
# Methods that take the value, and those that do the same by a loan.
_LENDING = {
    "into_iter": ("iter", "iter().cloned", "drain(..)"), "into_bytes": ("as_bytes",), "into_string": ("to_string",),
    "into_boxed_str": ("as_str",), "into_keys": ("keys",), "into_values": ("values",), "into_inner": ("get_ref",),
}  # fmt: skip
_LENT_TYPES = {"String": ("&str", "&String"), "PathBuf": ("&Path", "&PathBuf"), "OsString": ("&OsStr", "&OsString")}


# Methods that keep what they are given.
_STORES = frozenset({"push", "push_back", "push_front", "insert", "entry", "replace", "set", "send", "extend"})


def lend_to_function(site: Site) -> Iterator[Change]:
    """`total(list)` and `list` after it → `total(&list)`, `fn total(list: &[T])`, all other calls likewise."""
    seen = set()
    for node in moving(site):
        call = node.parent.parent if node.parent is not None and node.parent.type == "arguments" else None
        if call is None or call.type != "call_expression":
            continue
        number = next((i for i, a in enumerate(arguments_of(call)) if a.id == node.id), -1)
        for item in called_functions(site, call):
            position = number - (1 if item.receiver and receiver_of(call) is None else 0)
            if (item, position) not in seen:
                seen.add((item, position))
                yield from _lend_parameter(site, item, position)


def _lend_parameter(site: Site, item: Item, number: int) -> Iterator[Change]:
    tree, definition = site.tree_of(item.file), site.definition(item)
    listed = field(definition, "parameters")
    calls = calls_of(site, item)
    if tree is None or listed is None or not calls or not 0 <= number < len(item.parameters) or item.implements:
        return
    of = field([p for p in listed.named_children if p.type == "parameter"][number], "type")
    if of is None or of.type in ("reference_type", "abstract_type", "pointer_type"):
        return
    arguments = [(call, call.arguments[number]) for call in calls if number < len(call.arguments)]
    if any(hidden(argument) for _, argument in arguments):
        return
    lent = [_lend(call, argument) for call, argument in arguments]
    for extra, text in enumerate(lent_types(tree.of(of))):
        label = f"let `{item.name}` borrow `{item.parameters[number].name.removeprefix('mut ')}`"
        yield change(label, site.replace(of, text, item.file), *lent, cost=extra * 0.5)


def _lend(call: Call, argument: Node) -> tuple[RelPath, Edit]:
    """`x` → `&x`; a clone is no more needed."""
    tree = call.tree
    start, end = tree.start(argument), tree.end(argument)
    words = tree.of(argument).removesuffix(".clone()")
    if argument.type in ("binary_expression", "range_expression", "closure_expression"):
        words = f"({words})"
    return call.file, Edit(start, end, f"&{words}")


def lent_types(of: str) -> tuple[str, ...]:
    """How a parameter borrows what it took: `Vec<T>` → `&[T]`, then `&Vec<T>`."""
    if of in _LENT_TYPES:
        return _LENT_TYPES[of]
    inside = re.fullmatch(r"Vec<(.+)>", of, re.DOTALL)
    return (f"&[{inside[1]}]", f"&{of}") if inside else (f"&{of}",)


def lend_self(site: Site) -> Iterator[Change]:
    """`fn len(self)` that is called on what is used again → `fn len(&self)`."""
    for owner, name in _CONSUMES.findall(site.said):
        for item in site.crate.named(name, "fn"):
            if item.container != owner:
                continue
            tree, definition = site.tree_of(item.file), site.definition(item)
            listed = field(definition, "parameters")
            parameter = child(listed, "self_parameter") if listed is not None else None
            if tree is None or parameter is None or item.receiver not in ("self", "mut self") or item.implements:
                continue
            for extra, text in enumerate(("&self", "&mut self") if item.receiver == "mut self" else ("&self",)):
                label = f"let `{item.container}::{name}` take `{text}`"
                yield change(label, site.replace(parameter, text, item.file), cost=extra * 0.5)


def borrow_moved(site: Site) -> Iterator[Change]:
    """`let w = v` → `let w = &v`; `other(v)` → `other(&v)`, where the other side takes both."""
    for node in moving(site):
        parent = node.parent
        if parent is None or parent.type not in ("let_declaration", "arguments", "match_expression", "let_condition",
                                                 "field_initializer", "for_expression"):  # fmt: skip
            continue
        called = called_name(site.tree, parent.parent) if parent.type == "arguments" and parent.parent else ""
        if called in ("drop", "forget"):
            continue  # of a borrow, it does nothing
        if called in _STORES:  # a collection of any type takes borrows as well, and is another one then
            yield change(f"`{called}` a borrow of `{brief(site.of(node))}`", site.before(node, "&"), cost=FAR - LIKELY)
        else:
            yield change(f"borrow `{brief(site.of(node))}` instead of moving it", site.before(node, "&"))


def borrow_matched(site: Site) -> Iterator[Change]:
    """`match option { Some(s) => … }` that takes `s` out of it → `match &option`."""
    for node in nodes_said(site, "value partially moved here", "data moved here", "value moved here"):
        pattern = next((n for n in ancestors(node) if "pattern" in n.type), None)
        holder = enclosing(pattern, {"match_expression", "let_condition"}) if pattern is not None else None
        value = field(holder, "value")
        if pattern is None or value is None or hidden(value):
            continue
        if value.type in ("identifier", "field_expression", "self", "index_expression"):
            yield change(f"borrow `{brief(site.of(value))}` for the match", site.before(value, "&"))
            return


def borrow_before_call(site: Site) -> Iterator[Change]:
    """`option.unwrap()` → `option.as_ref().unwrap()`; `list.into_iter()` → `list.iter()`."""
    for node in nodes_said(site, "moved due to this method call"):
        call = enclosing(node, "call_expression")
        receiver = receiver_of(call) if call is not None else None
        if call is None or receiver is None or hidden(receiver):
            continue
        method, what = method_of(site.tree, call), brief(site.of(receiver))
        function = field(call, "function")
        name = field(function, "field")
        for extra, twin in enumerate(_LENDING.get(method, ())):
            if name is not None and twin == "drain(..)":
                edits = [site.put(site.tree.start(name), site.tree.end(call), twin), *writable(site, root(receiver))]
                yield change(f"drain `{what}` instead of moving it", *edits, cost=extra * 0.5)
            elif name is not None:
                label = f"take `{what}.{twin.replace('().', '()')}()` instead of moving it"
                yield change(label.replace("()cloned", "().cloned"), site.replace(name, twin), cost=extra * 0.5)
        if ("Option<" in site.said or "Result<" in site.said) and method not in _LENDING:
            for extra, lend in enumerate(("as_ref", "as_deref", "as_mut", "clone")):
                if lend == "as_mut" and "mutable reference" not in site.said:
                    continue
                label = f"call `{lend}` on `{what}` first" if lend != "clone" else f"clone `{what}` first"
                yield change(label, site.after(receiver, f".{lend}()"), cost=extra * 0.5)


def reborrow(site: Site) -> Iterator[Change]:
    """A `&mut` that is moved and used again → `&mut *it`."""
    if "has type `&mut " not in site.said:
        return
    for node in moving(site):
        yield change(f"reborrow `{brief(site.of(node))}` instead of moving it", site.before(node, "&mut *"))


KINDS = (
    kind("reborrow", "E0382", LIKELY, reborrow),
    kind("lend-to-function", "E0382 E0505 E0507", LIKELY, lend_to_function),
    kind("lend-self", "E0382 E0505 E0507", LIKELY, lend_self),
    kind("borrow-moved", "E0382 E0505 E0507 E0508 E0509", LIKELY, borrow_moved),
    kind("borrow-matched", "E0382", LIKELY, borrow_matched),
    kind("borrow-before-call", "E0382 E0505 E0507", LIKELY, borrow_before_call),
)
