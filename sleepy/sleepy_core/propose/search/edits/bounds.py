"""Type parameters whose bounds say too little, and types that may not go to another thread."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.search.declarations import GENERIC, parameter_names, with_bound
from sleepy_core.propose.search.index import bare
from sleepy_core.propose.search.kinds import FAR, LIKELY, POSSIBLE, kind
from sleepy_core.propose.search.missing import missing_traits
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, Tree, ancestors, descendants, field, named

# The traits that are in scope without an import; what a bound names otherwise is the path.
_PRELUDE = frozenset(
    {"Clone", "Copy", "Send", "Sync", "Sized", "Fn", "FnMut", "FnOnce", "AsRef", "AsMut", "Into", "From", "Default",
     "Iterator", "Extend", "IntoIterator", "DoubleEndedIterator", "ExactSizeIterator", "Eq", "PartialEq", "Ord",
     "PartialOrd", "ToOwned", "ToString", "TryFrom", "TryInto"}
)  # fmt: skip
_PATHS = {
    "Debug": "std::fmt::Debug",
    "Display": "std::fmt::Display",
    "Hash": "std::hash::Hash",
    "FromStr": "std::str::FromStr",
    "Error": "std::error::Error",
    **{name: f"std::ops::{name}<Output = {{0}}>" for name in ("Add", "Sub", "Mul", "Div", "Rem", "Neg", "Not")},
}


def bound_here(site: Site) -> Iterator[Change]:
    """`<T>` → `<T: Clone>` on the function, or on the `impl` or `trait` around it, whichever has the parameter."""
    for declaration, parameter, bounds in _lacking(site):
        edit = with_bound(site.tree, declaration, parameter, " + ".join(bounds))
        if edit is not None:
            yield change(f"require `{parameter}: {' + '.join(bounds)}`", (site.file, edit))


def bound_of_copies(site: Site) -> Iterator[Change]:
    """The bound and `Copy`, for what arithmetic takes by value and is used again."""
    for declaration, parameter, bounds in _lacking(site):
        if any("std::ops::" in bound for bound in bounds):
            edit = with_bound(site.tree, declaration, parameter, " + ".join((*bounds, "Copy")))
            if edit is not None:
                yield change(f"require `{parameter}: {' + '.join(bounds)} + Copy`", (site.file, edit))


def bound_everywhere(site: Site) -> Iterator[Change]:
    """The bound on the type's definition and on all its impls in this file, which must agree with it."""
    around = site.implementation
    of = field(around, "type")
    if around is None or of is None:
        return
    for declaration, parameter, bounds in _lacking(site):
        if declaration != around:
            continue
        bound = " + ".join(bounds)
        edits: list[tuple[RelPath, Edit]] = []
        for node in descendants(site.tree.root):
            target = field(node, "type" if node.type == "impl_item" else "name")
            named = node.type in ("impl_item", "struct_item", "enum_item") and target is not None
            if named and target is not None and bare(site.of(target)) == bare(site.of(of)):
                for name in parameter_names(site.tree, node)[:1] if node.type != "impl_item" else [parameter]:
                    edit = with_bound(site.tree, node, name, bound) if _has(site.tree, node, name) else None
                    edits += [(site.file, edit)] if edit is not None else []
        if len(edits) > 1:
            yield change(f"require `{parameter}: {bound}` of `{bare(site.of(of))}` everywhere", *edits)


def bound_of_associated(site: Site) -> Iterator[Change]:
    """`type Item;` → `type Item: Write;` in the trait, for a value whose type is only known by that name."""
    for of, trait in missing_traits(site):
        named = re.search(r"::(\w+)$", of)
        for item in site.crate.named(named[1], "type") if named is not None else ():
            owners = site.crate.named(item.container, "trait")
            tree, node = site.tree_of(item.file), site.definition(item)
            if not owners or tree is None or node is None or node.type != "associated_type":
                continue
            bounds = field(node, "bounds")
            bound = trait if trait in _PRELUDE else _PATHS.get(trait, trait).format(of)
            end = tree.end(bounds) if bounds is not None else item.name_start + len(item.name)
            edit = site.insert(end, f" + {bound}" if bounds is not None else f": {bound}", item.file)
            yield change(f"require `{item.container}::{item.name}: {bound}`", edit)


def unsized(site: Site) -> Iterator[Change]:
    """`<T>` → `<T: ?Sized>` on what the note points at, where the value is only ever referred to."""
    for place in site.places:
        if "Sized" not in site.said or ("required by" not in place.label and "could be changed" not in place.label):
            continue
        tree = site.tree_of(place.file)
        if tree is None:
            continue
        name = tree.text[place.start : place.end]
        for node in ancestors(tree.at(place.start, place.end)):
            if node.type in GENERIC and _has(tree, node, name):
                edit = with_bound(tree, node, name, "?Sized")
                if edit is not None:
                    yield change(f"allow `{name}` to be unsized", (place.file, edit))
                break


def bound_of_drop(site: Site) -> Iterator[Change]:
    """E0367: what a `Drop` impl requires is required of the type itself."""
    required = re.search(r"requires `([^`:]+): ([^`]+)` but the", site.message)
    of = field(site.implementation, "type")
    for item in (
        site.crate.named(bare(site.of(of)), "struct", "enum") if required is not None and of is not None else ()
    ):
        node, tree = site.definition(item), site.tree_of(item.file)
        if node is None or tree is None or required is None or required[1] not in parameter_names(tree, node):
            continue
        edit = with_bound(tree, node, required[1], required[2])
        if edit is not None:
            yield change(f"require `{required[1]}: {required[2]}` of `{item.name}` too", (item.file, edit))


def drop_for_all(site: Site) -> Iterator[Change]:
    """E0366: `impl Drop for F<u32>` → `impl<T> Drop for F<T>`, with the bounds of the type itself."""
    around = site.implementation
    of = field(around, "type")
    arguments = field(of, "type_arguments")
    if around is None or of is None or arguments is None:
        return
    for item in site.crate.named(bare(site.of(of)), "struct", "enum"):
        node, tree = site.definition(item), site.tree_of(item.file)
        names = parameter_names(tree, node) if node is not None and tree is not None else []
        if not names or field(around, "type_parameters") is not None:
            return
        keyword = next((c for c in around.children if c.type == "impl"), None)
        if keyword is not None:
            edits = (site.after(keyword, item.generics), site.replace(arguments, f"<{', '.join(names)}>"))
            yield change(f"drop any `{item.name}` so", *edits)


# What may not go to another thread, and what stands for it there: type, module, methods and what they become.
_THREADS: dict[str, tuple[str, dict[str, str]]] = {
    "Rc": ("Arc", {}),
    "RefCell": ("Mutex", {"borrow": "lock().unwrap", "borrow_mut": "lock().unwrap"}),
}


def shared_between_threads(site: Site) -> Iterator[Change]:
    """`Rc` → `Arc`, `RefCell` → `Mutex`, with their imports and their uses, in every file that names them."""
    if "threads safely" not in site.said:
        return
    named = set(re.findall(r"\w+", site.said))
    chosen = [old for old in _THREADS if old in named]
    if not chosen:
        return
    # A cell in a counted pointer must change with it, or the next error is about that one.
    for olds in dict.fromkeys((tuple(chosen), tuple(_THREADS))):
        edits = [edit for file, tree in site.trees("|".join(olds)) for edit in _exchanged(file, tree, olds)]
        there = [old for old in olds if any(edit.text in (_THREADS[old][0],) for _, edit in edits)]
        if edits and there:
            what = ", ".join(f"`{_THREADS[old][0]}` instead of `{old}`" for old in there)
            yield change(f"use {what}", *edits, cost=0.0 if olds == tuple(chosen) else 0.5)


def _exchanged(file: RelPath, tree: Tree, olds: tuple[str, ...]) -> Iterator[tuple[RelPath, Edit]]:
    methods = {method: new for old in olds for method, new in _THREADS[old][1].items()}
    for node in named(tree, *olds, *methods):
        called = tree.of(node)
        if called in olds:
            yield file, Edit(tree.start(node), tree.end(node), _THREADS[called][0])
            path = field(node.parent, "path")
            if path is not None and path != node and tree.of(path) in ("std::rc", "std::cell"):
                yield file, Edit(tree.start(path), tree.end(path), "std::sync")
        elif node.type == "field_identifier" and _called_without_arguments(node):
            yield file, Edit(tree.start(node), tree.end(node), methods[called])


def _called_without_arguments(name: Node) -> bool:
    call = name.parent.parent if name.parent is not None else None
    listed = field(call, "arguments")
    return listed is not None and not listed.named_children


def _lacking(site: Site) -> Iterator[tuple[Node, str, list[str]]]:
    """The declarations around the error whose parameter lacks bounds, the innermost first."""
    wanted: dict[str, list[str]] = {}
    for of, trait in [*missing_traits(site), *_by_method(site)]:
        bound = trait if trait in _PRELUDE else _PATHS.get(trait, trait).format(of)
        bounds = wanted.setdefault(of.lstrip("&"), [])
        if bound not in bounds:
            bounds.append(bound)
    for of, bounds in wanted.items():
        parameter = of if of.isidentifier() else ""
        base = of.partition("::")[0].removeprefix("<").partition(" as ")[0]
        for node in ancestors(site.node):
            if node.type in GENERIC and _has(site.tree, node, parameter or base):
                yield node, of, bounds
                break


def _by_method(site: Site) -> Iterator[tuple[str, str]]:
    """`no method named `area` found for type parameter `T``: the crate's traits that have one."""
    found = re.match(r"no (?:method|function or associated item|associated function) named `(\w+)` found for "
                     r"(?:reference `&(?:mut )?|type parameter `|associated type `)([^`]+)`", site.message)  # fmt: skip
    if found:
        for item in site.crate.named(found[1], "fn"):
            if not item.implements and site.crate.named(item.container, "trait"):
                yield found[2], item.container


def _has(tree: Tree, declaration: Node, parameter: str) -> bool:
    return parameter in parameter_names(tree, declaration)


KINDS = (
    kind("add-bound", "E0277 E0369 E0599 E0600", LIKELY, bound_here),
    kind("add-bound-and-copy", "E0369 E0600", POSSIBLE, bound_of_copies),
    kind("add-bound-everywhere", "E0277 E0369 E0599", FAR, bound_everywhere),
    kind("bound-of-associated-type", "E0277 E0369 E0599", LIKELY, bound_of_associated),
    kind("allow-unsized", "E0277", LIKELY, unsized),
    kind("bound-of-drop", "E0367", LIKELY, bound_of_drop),
    kind("share-between-threads", "E0277", FAR, shared_between_threads),
    kind("drop-for-all-arguments", "E0366", LIKELY, drop_for_all),
)
