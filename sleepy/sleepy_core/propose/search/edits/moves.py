"""Values used after they were moved, or moved from where they must stay: lend them, move them later, copy them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.search.hoist import moved_behind, named, nodes_said, whole
from sleepy_core.propose.search.index import Item
from sleepy_core.propose.search.kinds import FAR, LIKELY, POSSIBLE, kind
from sleepy_core.propose.search.reach import (
    Call,
    arguments_of,
    calls_of,
    expressions,
    field,
    hidden,
    labelled,
    method_of,
    node_at,
    receiver_of,
    root,
    statement_of,
)
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, ancestors, child, enclosing, is_expression
from sleepy_core.propose.search.writable import writable

_MOVED = ("value moved here", "value partially moved here", "move out of", "cannot move out of here", "value used here")
_TYPE = re.compile(r"has type `([^`]+)`")
_CONSUMES = re.compile(r"`(?:\w+::)*(\w+)(?:::<[^`]*>)?::(\w+)` takes ownership of the receiver")
# Methods that take the value, and those that do the same by a loan.
_LENDING = {
    "into_iter": ("iter", "iter().cloned", "drain(..)"), "into_bytes": ("as_bytes",), "into_string": ("to_string",),
    "into_boxed_str": ("as_str",), "into_keys": ("keys",), "into_values": ("values",), "into_inner": ("get_ref",),
}  # fmt: skip
_LENT_TYPES = {"String": ("&str", "&String"), "PathBuf": ("&Path", "&PathBuf"), "OsString": ("&OsStr", "&OsString")}


def lend_to_function(site: Site) -> Iterator[Change]:
    """`total(list)` and `list` after it → `total(&list)`, `fn total(list: &[T])`, all other calls likewise."""
    seen = set()
    for node in _moving(site):
        call = node.parent.parent if node.parent is not None and node.parent.type == "arguments" else None
        if call is None or call.type != "call_expression":
            continue
        number = next((i for i, a in enumerate(arguments_of(call)) if a.id == node.id), -1)
        for item in _called(site, call):
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
    for extra, text in enumerate(_lent_types(tree.of(of))):
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


def _lent_types(of: str) -> tuple[str, ...]:
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
    for node in _moving(site):
        parent = node.parent
        if parent is None or parent.type not in ("let_declaration", "arguments", "match_expression", "let_condition",
                                                 "field_initializer", "for_expression"):  # fmt: skip
            continue
        called = field(parent.parent, "function")
        if called is not None and site.of(called).rpartition("::")[2] in ("drop", "forget"):
            continue  # of a borrow, it does nothing
        yield change(f"borrow `{_short(site, node)}` instead of moving it", site.before(node, "&"))


def borrow_matched(site: Site) -> Iterator[Change]:
    """`match option { Some(s) => … }` that takes `s` out of it → `match &option`."""
    for node in nodes_said(site, "value partially moved here", "data moved here", "value moved here"):
        pattern = next((n for n in ancestors(node) if "pattern" in n.type), None)
        holder = enclosing(pattern, {"match_expression", "let_condition"}) if pattern is not None else None
        value = field(holder, "value")
        if pattern is None or value is None or hidden(value):
            continue
        if value.type in ("identifier", "field_expression", "self", "index_expression"):
            yield change(f"borrow `{_short(site, value)}` for the match", site.before(value, "&"))
            return


def borrow_before_call(site: Site) -> Iterator[Change]:
    """`option.unwrap()` → `option.as_ref().unwrap()`; `list.into_iter()` → `list.iter()`."""
    for node in nodes_said(site, "moved due to this method call"):
        call = enclosing(node, "call_expression")
        receiver = receiver_of(call) if call is not None else None
        if call is None or receiver is None or hidden(receiver):
            continue
        method, what = method_of(site.tree, call), _short(site, receiver)
        function = field(call, "function")
        name = field(function, "field")
        for extra, twin in enumerate(_LENDING.get(method, ())):
            if name is not None and twin == "drain(..)":
                edits = [site.put(site.tree.start(name), site.tree.end(call), twin), *_mutable(site, receiver)]
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
    for node in _moving(site):
        yield change(f"reborrow `{_short(site, node)}` instead of moving it", site.before(node, "&mut *"))


def move_later(site: Site) -> Iterator[Change]:
    """The move goes behind the last use: statements, or what is written side by side in one."""
    uses = list(nodes_said(site, "after move", "after partial move", "later used here", "later used by call"))
    moving = list(_moving(site)) or list(nodes_said(site, *_MOVED))
    for node in moving[:2]:
        statement = statement_of(node)
        for use in uses[-1:]:
            if statement is None:
                continue
            edits = moved_behind(site, statement, use)
            if edits:
                yield change(f"move `{_short(site, node)}` after its last use", *edits)


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
        moving = next(iter(_moving(site)), None)
        own = enclosing(expression, "field_initializer")
        other = moving.parent if moving is not None else None
        if moving is not None and moving.type == "shorthand_field_initializer":
            other = moving
        if own is not None and other is not None and other.parent is not None and own.parent == other.parent:
            swap = (site.replace(own, site.of(other)), site.replace(other, site.of(own)))
            yield change(f"write `{_short(site, own)}` before `{_short(site, other)}` is moved", *swap)
        if expression.type != "identifier":
            label = f"take `{_short(site, expression)}` before the move"
            yield change(label, *named(site, expression, statement), cost=0.5)


def clone_moved(site: Site) -> Iterator[Change]:
    """`.clone()` where it is moved; the crate's own type derives `Clone` for it."""
    nodes = list(_moving(site))
    if not nodes and "captured variable" in site.message and site.expression is not None and not site.opaque:
        nodes = [site.expression]
    of = next(iter(_TYPE.findall(site.said)), "")
    for node in nodes[:2]:
        items = site.crate.named(of.partition("<")[0].rpartition("::")[2], "struct", "enum")
        derive = [edit for item in items if "Clone" not in item.derives and (edit := _derive(site, item, ["Clone"]))]
        words = f"({site.of(node)}).clone()" if node.type == "unary_expression" else f"{site.of(node)}.clone()"
        if node.type == "shorthand_field_initializer":
            words = f"{site.of(node)}: {words}"
        label = f"clone `{_short(site, node)}`" + (f" and derive `Clone` for `{items[0].name}`" if derive else "")
        yield change(label, site.replace(node, words), *derive)


def take_moved(site: Site) -> Iterator[Change]:
    """What must not be moved out is taken, an empty value left: `.take()`, `std::mem::take`."""
    node = site.expression
    if node is None or site.opaque or node.type not in ("field_expression", "unary_expression", "identifier"):
        return
    what = _short(site, node)
    source = _TYPE.findall(site.said)
    optional = any(of.startswith("Option<") for of in source) or "enum variant `Some`" in site.message
    mutable = [] if "behind a mutable reference" in site.message else _mutable(site, node)
    extra = 1.0 if mutable else 0.0
    if optional:
        yield change(f"take the value out of `{what}`", site.after(node, ".take()"), *mutable, cost=extra)
    words = site.of(node)
    inner = words[1:] if words.startswith("*") else words
    text = f"std::mem::take(&mut {'*' if words.startswith('*') else ''}{inner})"
    yield change(f"take `{what}` and leave an empty one", site.replace(node, text), *mutable, cost=extra + 0.5)
    for variant in re.findall(r"as enum variant `(\w+)`", site.message):
        for owner in {item.container for item in site.crate.named(variant, "variant")}:
            empty = next((v.name for v in site.crate.members(owner, "variant") if v.shape == "unit"), "")
            if empty:
                text = f"std::mem::replace(&mut {words}, {owner}::{empty})"
                label = f"take `{what}` and leave `{owner}::{empty}`"
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
            f"take the element out by `{method}`", site.replace(node, text), *_mutable(site, owner), cost=extra
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
    for extra, text in enumerate(_lent_types(site.of(of))):
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
            yield change(f"clone `{name}` for each closure", site.insert(*_line_before(site, statement, copy)))
        yield change(f"clone `{name}` for the closure", site.replace(closure, text), cost=0.5)


def _line_before(site: Site, statement: Node, text: str) -> tuple[int, str]:
    start = site.tree.start(statement)
    begin = site.text.rfind("\n", 0, start) + 1
    alone = not site.text[begin:start].strip()
    return start, f"{text}\n{site.line_indent(start)}" if alone else f"{text} "


def _deeper(text: str) -> list[str]:
    first, *rest = text.split("\n")
    return [first, *(f"    {line}" if line.strip() else line for line in rest)]


def _moving(site: Site) -> Iterator[Node]:
    """The expressions that are moved, in the error's own file."""
    if site.code == "E0507" or site.code in ("E0508", "E0509"):
        if site.expression is not None and not site.opaque:
            yield site.expression
        return
    seen = set()
    for node in expressions(site, *_MOVED):
        seen.add(node.id)
        if not any("pattern" in n.type for n in ancestors(node)):
            yield node
    for place in labelled(site, *_MOVED):
        found = node_at(site, place) if place.file == site.file else None
        if found is not None and found.id not in seen and found.type == "shorthand_field_initializer":
            yield found


def _called(site: Site, call: Node) -> list[Item]:
    function = field(call, "function")
    name = method_of(site.tree, call) or (site.of(function).rpartition("::")[2] if function is not None else "")
    return [item for item in site.crate.named(name, "fn") if item.parameters]


def _mutable(site: Site, node: Node) -> list[tuple[RelPath, Edit]]:
    return writable(site, root(node))


def _derive(site: Site, item: Item, traits: list[str]) -> tuple[RelPath, Edit] | None:
    """Add traits to a type's `derive`, or give it one."""
    tree, node = site.tree_of(item.file), site.definition(item)
    if tree is None or node is None or not traits:
        return None
    previous = node.prev_named_sibling
    while previous is not None and previous.type in ("attribute_item", "line_comment"):
        text = tree.of(previous)
        if text.startswith("#[derive(") and text.endswith(")]"):
            end = tree.end(previous) - 2
            comma = "" if text[: -len(")]")].rstrip().endswith(("(", ",")) else ", "
            return site.insert(end, comma + ", ".join(traits), item.file)
        previous = previous.prev_named_sibling
    start = tree.start(node)
    begin = tree.text.rfind("\n", 0, start) + 1
    indent = tree.text[begin:start] if not tree.text[begin:start].strip() else ""
    return site.insert(start, f"#[derive({', '.join(traits)})]\n{indent}", item.file)


def _short(site: Site, node: Node) -> str:
    words = " ".join(site.of(node).split())
    return words if len(words) <= 30 else f"{words[:28]}…"


KINDS = (
    kind("reborrow", "E0382", LIKELY, reborrow),
    kind("lend-to-function", "E0382 E0505 E0507", LIKELY, lend_to_function),
    kind("lend-self", "E0382 E0505 E0507", LIKELY, lend_self),
    kind("borrow-moved", "E0382 E0505 E0507 E0508 E0509", LIKELY, borrow_moved),
    kind("borrow-matched", "E0382", LIKELY, borrow_matched),
    kind("borrow-before-call", "E0382 E0505 E0507", LIKELY, borrow_before_call),
    kind("closure-without-move", "E0382", LIKELY, closure_without_move),
    kind("use-earlier", "E0382", POSSIBLE, use_earlier),
    kind("move-later", "E0382 E0505", POSSIBLE, move_later),
    kind("call-more-than-once", "E0382 E0507", POSSIBLE, call_more_than_once),
    kind("take-moved", "E0507 E0509", POSSIBLE, take_moved),
    kind("clone-moved", "E0382 E0505 E0507 E0508 E0509", POSSIBLE, clone_moved),
    kind("return-borrowed", "E0507", FAR, return_borrowed),
    kind("take-element", "E0507 E0508", FAR, take_element),
)
