"""Values used after they were moved, or moved from where they must stay: moved later, taken, copied."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.labels import brief
from sleepy_core.propose.search.declarations import with_derive
from sleepy_core.propose.search.edits.lending import lent_types
from sleepy_core.propose.search.hoist import moved_behind, named, nodes_said, on_own_line, whole
from sleepy_core.propose.search.index import Item
from sleepy_core.propose.search.kinds import FAR, LIKELY, POSSIBLE, kind
from sleepy_core.propose.search.reach import MOVED, labelled, moving, node_at, root, statement_of
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import enclosing, field, hidden, is_expression
from sleepy_core.propose.search.writable import writable

_TYPE = re.compile(r"has type `([^`]+)`")


def move_later(site: Site) -> Iterator[Change]:
    """The move goes behind the last use: statements, or what is written side by side in one."""
    uses = list(nodes_said(site, "after move", "after partial move", "later used here", "later used by call"))
    moved = list(moving(site)) or list(nodes_said(site, *MOVED))
    for node in moved[:2]:
        statement = statement_of(node)
        for use in uses[-1:]:
            if statement is None:
                continue
            edits = moved_behind(site, statement, use)
            if edits:
                yield change(f"move `{brief(site.of(node))}` after its last use", *edits)


def use_earlier(site: Site) -> Iterator[Change]:
    """`User { name, len: name.len() }` → the length is taken before the name is moved."""
    for use in nodes_said(site, "after move", "after partial move"):
        expression = whole(use)
        statement = statement_of(expression)
        if (
            expression.type == "reference_expression"
            or statement is None
            or hidden(expression)
            or not is_expression(expression)
            or expression.id == statement.id
        ):
            continue
        mover = next(iter(moving(site)), None)
        own = enclosing(expression, "field_initializer")
        other = mover.parent if mover is not None else None
        if mover is not None and mover.type == "shorthand_field_initializer":
            other = mover
        if own is not None and other is not None and other.parent is not None and own.parent == other.parent:
            swap = (site.replace(own, site.of(other)), site.replace(other, site.of(own)))
            yield change(f"write `{brief(site.of(own))}` before `{brief(site.of(other))}` is moved", *swap)
        if expression.type != "identifier":
            label = f"take `{brief(site.of(expression))}` before the move"
            yield change(label, *named(site, expression, statement), cost=0.5)


def clone_moved(site: Site) -> Iterator[Change]:
    """`.clone()` where it is moved; the crate's own type derives `Clone` for it."""
    nodes = list(moving(site))
    if not nodes and "captured variable" in site.message and site.expression is not None and not site.opaque:
        nodes = [site.expression]
    of = next(iter(_TYPE.findall(site.said)), "")
    for node in nodes[:2]:
        items = site.crate.named(of.partition("<")[0].rpartition("::")[2], "struct", "enum")
        derive = [edit for item in items for edit in _deriving_clone(site, item)]
        words = f"({site.of(node)}).clone()" if node.type == "unary_expression" else f"{site.of(node)}.clone()"
        if node.type == "shorthand_field_initializer":
            words = f"{site.of(node)}: {words}"
        label = f"clone `{brief(site.of(node))}`" + (f" and derive `Clone` for `{items[0].name}`" if derive else "")
        yield change(label, site.replace(node, words), *derive)


def _deriving_clone(site: Site, item: Item) -> list[tuple[RelPath, Edit]]:
    tree, node = site.tree_of(item.file), site.definition(item)
    edit = with_derive(tree, node, ("Clone",)) if tree is not None and node is not None else None
    return [(item.file, edit)] if edit is not None else []


def take_moved(site: Site) -> Iterator[Change]:
    """What must not be moved out is taken, an empty value left: `.take()`, `std::mem::take`."""
    node = site.expression
    if node is None or site.opaque or node.type not in ("field_expression", "unary_expression", "identifier"):
        return
    what = brief(site.of(node))
    source = _TYPE.findall(site.said)
    optional = any(of.startswith("Option<") for of in source) or "enum variant `Some`" in site.message
    mutable = [] if "behind a mutable reference" in site.message else writable(site, root(node))
    # What must become writable for it was only read so far: a getter that empties its field is hardly meant.
    extra, but = (2.5, ", now writable") if mutable else (0.0, "")
    if optional:
        yield change(f"take the value out of `{what}`{but}", site.after(node, ".take()"), *mutable, cost=extra)
    words = site.of(node)
    inner = words[1:] if words.startswith("*") else words
    text = f"std::mem::take(&mut {'*' if words.startswith('*') else ''}{inner})"
    yield change(f"take `{what}`{but}, and leave an empty one", site.replace(node, text), *mutable, cost=extra + 0.5)
    for variant in re.findall(r"as enum variant `(\w+)`", site.message):
        for owner in {item.container for item in site.crate.named(variant, "variant")}:
            empty = next((v.name for v in site.crate.members(owner, "variant") if v.shape == "unit"), "")
            if empty:
                text = f"std::mem::replace(&mut {words}, {owner}::{empty})"
                label = f"take `{what}`{but}, and leave `{owner}::{empty}`"
                yield change(label, site.replace(node, text), *mutable, cost=extra + 1.0)


def take_element(site: Site) -> Iterator[Change]:
    """`list[0]` that is moved → `list.swap_remove(0)`, `list.remove(0)`: the list must be writable."""
    node = site.expression
    if node is None or site.opaque or node.type != "index_expression" or len(node.named_children) != 2:
        return
    owner, index = node.named_children
    for extra, method in enumerate(("remove", "swap_remove")):
        text = f"{site.of(owner)}.{method}({site.of(index)})"
        yield change(
            f"take the element out by `{method}`", site.replace(node, text), *writable(site, root(owner)), cost=extra
        )


def return_borrowed(site: Site) -> Iterator[Change]:
    """`fn name(&self) -> String { self.name }` → `-> &str { &self.name }`."""
    node, function = site.expression, site.named_function
    of = field(function, "return_type")
    if node is None or of is None or function is None or site.opaque:
        return
    body = field(function, "body")
    if body is None or not body.named_children or body.named_children[-1].id != node.id:
        return
    for extra, text in enumerate(lent_types(site.of(of))):
        yield change("return a borrow", site.replace(of, text), site.before(node, "&"), cost=extra * 0.5)


def call_more_than_once(site: Site) -> Iterator[Change]:
    """A closure parameter that is called again: `FnOnce` → `Fn`, `FnMut`. One that is moved from: `Fn` → `FnOnce`."""
    for place in labelled(site, "is made to be an `FnOnce` closure here"):
        tree, node = site.tree_of(place.file), node_at(site, place)
        if tree is None or node is None or not tree.of(node).startswith("FnOnce"):
            continue
        yield change("ask for an `Fn`", site.put(place.start, place.start + 6, "Fn", place.file))
    if "captured variable in an `Fn" in site.message:
        for place in site.places:
            text = site.case.texts[place.file][place.start : place.end]
            found = re.match(r"Fn(Mut)?\(", text)
            if found:
                edit = site.put(place.start, place.start + len(found[0]) - 1, "FnOnce", place.file)
                yield change("ask for an `FnOnce`", edit)


def closure_without_move(site: Site) -> Iterator[Change]:
    """A `move` closure took what is used again: it borrows, or it takes a clone of its own."""
    for node in nodes_said(site, "moved into closure here"):
        closure = enclosing(node, "closure_expression")
        captured = next(iter(nodes_said(site, "due to use in closure")), None)
        if closure is None or hidden(closure):
            continue
        start = site.tree.start(closure)
        if site.text.startswith("move ", start):
            yield change("let the closure borrow", site.remove(start, start + len("move ")))
        statement = statement_of(closure)
        name = site.of(captured) if captured is not None else ""
        if statement is None or not name.isidentifier() or name == "self":
            continue
        pointer = next((p for p in ("Arc", "Rc") if f"has type `{p}<" in site.said), "")
        copy = f"let {name} = {pointer}::clone(&{name});" if pointer else f"let {name} = {name}.clone();"
        indent = site.line_indent(start)
        body = "\n".join((f"{indent}    {copy}", *_deeper(f"{indent}    {site.of(closure)}")))
        text = f"{{\n{body}\n{indent}}}"
        loop = "previous iteration of loop" in site.said
        if loop:
            yield change(f"clone `{name}` for each closure", on_own_line(site, statement, copy))
        yield change(f"clone `{name}` for the closure", site.replace(closure, text), cost=0.5)


def _deeper(text: str) -> list[str]:
    first, *rest = text.split("\n")
    return [first, *(f"    {line}" if line.strip() else line for line in rest)]


KINDS = (
    kind("closure-without-move", "E0382", LIKELY, closure_without_move),
    kind("use-earlier", "E0382", POSSIBLE, use_earlier),
    kind("move-later", "E0382 E0505", POSSIBLE, move_later),
    kind("call-more-than-once", "E0382 E0507", POSSIBLE, call_more_than_once),
    kind("take-moved", "E0507 E0509", POSSIBLE, take_moved),
    kind("clone-moved", "E0382 E0505 E0507 E0508 E0509", POSSIBLE, clone_moved),
    kind("return-borrowed", "E0507", FAR, return_borrowed),
    kind("take-element", "E0507 E0508", FAR, take_element),
)
