"""Generic parameters and arguments: undeclared, unused, declared twice, too many, too few."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.search.declarations import (
    GENERIC,
    mentions,
    orphaned,
    parameter_names,
    with_member,
    with_parameter,
    without_parameter,
)
from sleepy_core.propose.search.index import bare
from sleepy_core.propose.search.kinds import FAR, LIKELY, POSSIBLE, SURE, kind
from sleepy_core.propose.search.reach import applied
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, Tree, ancestors, descendants, enclosing, field


def declare_parameter(site: Site) -> Iterator[Change]:
    """A type that is called like a parameter and declared nowhere: `fn f(x: T)` → `fn f<T>(x: T)`, or on the `impl`."""
    name = site.of(site.node)
    if site.code == "E0425" and "cannot find type" not in site.message and not name.isupper():
        return
    if not re.fullmatch(r"[A-Z][A-Z0-9]?|'[a-z]\w*", name):
        return
    value = "cannot find value" in site.message
    text = f"const {name}: usize" if value else name
    for cost, node in enumerate(n for n in ancestors(site.node) if n.type in GENERIC):
        if name in parameter_names(site.tree, node):
            return
        edit = with_parameter(site.tree, node, text)
        if edit is None:
            continue
        yield change(f"declare `{text}` for {_called(site.tree, node)}", (site.file, edit), cost=cost * 0.5)
        of = field(node, "type")
        if node.type == "impl_item" and of is not None and of.type == "type_identifier":
            both = ((site.file, edit), site.after(of, f"<{name}>"))
            yield change(f"declare `{text}` for {_called(site.tree, node)} and its type", *both, cost=1.0)
        elif node.type in ("struct_item", "enum_item"):
            uses = _uses_with(site, node, name)
            if uses:
                label = f"declare `{name}` for {_called(site.tree, node)} and its impls"
                yield change(label, (site.file, edit), *uses, cost=-0.5)


def inner_parameter(site: Site) -> Iterator[Change]:
    """E0401: the inner function or type declares the outer one's parameter itself, with its bounds."""
    name = site.of(site.node)
    inner = next((n for n in ancestors(site.node) if n.type in GENERIC), None)
    outer = next((p for p in site.places if not p.primary and "from outer" in p.label), None)
    if inner is None or outer is None or outer.file != site.file:
        return
    declared = enclosing(site.tree.at(outer.start, outer.end), {"type_parameter", "const_parameter"})
    text = site.of(declared) if declared is not None else name
    edit = with_parameter(site.tree, inner, text)
    if edit is not None:
        yield change(f"declare `{text}` for {_called(site.tree, inner)}", (site.file, edit))


def use_parameter(site: Site) -> Iterator[Change]:
    """E0392: a type or lifetime parameter that is not used is marked with `PhantomData`."""
    parameter = enclosing(site.node, {"type_parameter", "lifetime_parameter", "const_parameter"})
    holder = enclosing(site.node, {"struct_item", "enum_item"})
    name = site.of(site.node)
    if parameter is None or holder is None:
        return
    marker = f"std::marker::PhantomData<{f'&{name} ()' if name.startswith(chr(39)) else name}>"
    body = field(holder, "body")
    edit: Edit | None
    if body is None:
        edit = Edit(site.tree.end(holder) - 1, site.tree.end(holder) - 1, f"({marker})")
    elif body.type == "ordered_field_declaration_list":
        at = site.tree.end(body) - 1
        edit = Edit(at, at, f", {marker}" if body.named_children else marker)
    elif holder.type == "struct_item":
        edit = with_member(site.tree, holder, f"marker: {marker}")
    else:
        return
    if edit is not None:
        yield change(f"mark `{name}` as used with `PhantomData`", (site.file, edit))


def drop_parameter(site: Site) -> Iterator[Change]:
    """A type or constant that nothing uses, or that is declared twice, goes; with its arguments all over the crate."""
    parameter = enclosing(site.node, {"type_parameter", "const_parameter"})
    listed = parameter.parent if parameter is not None else None
    holder = listed.parent if listed is not None else None
    if parameter is None or listed is None or holder is None:
        return
    edits: list[tuple[RelPath, Edit]] = [(site.file, without_parameter(site.tree, parameter))]
    number = listed.named_children.index(parameter)
    called = field(holder, "name")
    if holder.type in ("struct_item", "enum_item", "type_item") and called is not None:
        for file, tree, arguments in applied(site, site.of(called)):
            given = arguments.named_children
            if number < len(given):
                edits.append((file, without_parameter(tree, given[number])))
                impl = enclosing(arguments, "impl_item")
                edits += [(file, e) for e in orphaned(tree, impl, tree.of(given[number]))] if impl is not None else []
    yield change(f"take the parameter `{site.of(site.node)}` out", *dict.fromkeys(edits))


def rename_parameter(site: Site) -> Iterator[Change]:
    """E0403: the second parameter of a name gets another letter, in its own declaration and all that is below it."""
    name = site.of(site.node)
    holder = next((n for n in ancestors(site.node) if n.type in GENERIC), None)
    if holder is None or not name.isidentifier():
        return
    new = next((letter for letter in "UVWXYZ" if not re.search(rf"\b{letter}\b", site.text)), "")
    if not new:
        return
    parameters = field(holder, "type_parameters")
    same = parameters is not None and sum(n == name for n in parameter_names(site.tree, holder)) > 1
    nodes = [site.node] if same else list(mentions(site.tree, holder, name))
    if nodes:
        yield change(f"call the second `{name}` `{new}`", *(site.replace(n, new) for n in nodes))


def add_to_definition(site: Site) -> Iterator[Change]:
    """Too many generic arguments: the definition gets a parameter, where one of its fields can use it."""
    counts = re.search(r"takes (?:at most )?(\d+) .* but (\d+) ", site.message)
    if counts is None or int(counts[1]) >= int(counts[2]):
        return
    lifetime = "lifetime argument" in site.message
    for item in site.crate.named(bare(site.of(site.node)), "struct", "enum", "fn", "trait", "type"):
        node, tree = site.definition(item), site.tree_of(item.file)
        if node is None or tree is None:
            continue
        text = "'a" if lifetime else next(c for c in "TUVW" if c not in parameter_names(tree, node))
        edit = with_parameter(tree, node, text)
        if edit is not None:
            yield change(f"declare `{text}` for `{item.name}`", (item.file, edit))


def order_parameters(site: Site) -> Iterator[Change]:
    """A default that names a later parameter: the two change places; lifetimes go before types."""
    listed = enclosing(site.node, {"type_parameters", "type_arguments"})
    if listed is None:
        return
    parts = listed.named_children
    if site.code == "E0128":
        later = site.of(site.node)
        index = next((i for i, p in enumerate(parts) if p.start_byte <= site.node.start_byte < p.end_byte), None)
        target = next((i for i, p in enumerate(parts) if _name(site.tree, p) == later), None)
        if index is None or target is None or target == index:
            return
        order = [*parts]
        order.insert(index, order.pop(target))
    else:
        order = sorted(parts, key=lambda p: not site.of(p).startswith("'"))
    text = f"<{', '.join(site.of(p) for p in order)}>"
    if text != site.of(listed):
        yield change("change the order of the generic parameters", site.replace(listed, text))


def _called(tree: Tree, node: Node) -> str:
    name = field(node, "name") or field(node, "type")
    return f"`{'impl ' if node.type == 'impl_item' else ''}{tree.of(name)}`" if name is not None else "it"


def _name(tree: Tree, parameter: Node) -> str:
    name = field(parameter, "name")
    return tree.of(name) if name is not None else tree.of(parameter)


def _uses_with(site: Site, holder: Node, parameter: str) -> list[tuple[RelPath, Edit]]:
    """A new parameter's places in the impls of a type in this file."""
    name = field(holder, "name")
    edits = []
    for node in descendants(site.tree.root):
        of = field(node, "type") if node.type == "impl_item" else None
        if of is not None and name is not None and site.of(of) == site.of(name):
            declared = with_parameter(site.tree, node, parameter)
            if declared is not None:
                edits += [(site.file, declared), site.after(of, f"<{parameter}>")]
    return edits


KINDS = (
    kind("declare-type-parameter", "E0412 E0425", LIKELY, declare_parameter),
    kind("declare-inner-parameter", "E0401", SURE, inner_parameter),
    kind("mark-parameter-used", "E0392", LIKELY, use_parameter),
    kind("drop-type-parameter", "E0392 E0403 E0091 E0207 E0131", POSSIBLE, drop_parameter),
    kind("rename-parameter", "E0403", LIKELY, rename_parameter),
    kind("add-parameter-to-definition", "E0107", FAR, add_to_definition),
    kind("order-parameters", "E0128 E0747", SURE, order_parameters),
)
