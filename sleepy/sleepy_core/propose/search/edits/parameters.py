"""Functions that take other arguments than a call passes: the definition is changed, with its other calls."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import Edit
from sleepy_core.propose.labels import shorten
from sleepy_core.propose.search.calls import call_at, callees, is_method_call, last_name, other_calls
from sleepy_core.propose.search.kinds import FAR, kind
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, Tree
from sleepy_core.propose.search.types import defaulted, read

_MOST_CALLS = 8


def add_parameter(site: Site) -> Iterator[Change]:
    """`f(a, b)` of `fn f(a: u8)` → `fn f(a: u8, b: u8)`: the function takes what it is given."""
    call = call_at(site)
    extra = re.search(r"unexpected argument(?: #(\d+))? of type `([^`]+)`", site.said)
    arguments = call.child_by_field_name("arguments") if call is not None else None
    if call is None or arguments is None or extra is None or site.said.count("unexpected argument") != 1:
        return
    number = int(extra[1] or 1) - 1
    type_ = defaulted(read(extra[2]))
    if not type_.writable or number >= arguments.named_child_count:
        return
    name = last_name(site.of(arguments.named_children[number]))
    name = name if re.fullmatch(r"[a-z_]\w*", name) and name != "self" else "value"
    for item in callees(site, call)[:2]:
        node, tree = site.definition(item), site.tree_of(item.file)
        listed = node.child_by_field_name("parameters") if node is not None else None
        if listed is None or tree is None or item.implements or any(p.name == name for p in item.parameters):
            continue
        # A method's receiver is a parameter here, and an argument where the method is called by its path.
        own = [p for p in listed.named_children if p.type in ("parameter", "self_parameter")]
        place = number + (1 if item.receiver and is_method_call(call) else 0)
        written = f"{name}: {type_}"
        if place < len(own):
            edit = site.before(own[place], f"{written}, ", item.file)
        elif own:
            edit = site.after(own[-1], f", {written}", item.file)
        else:
            edit = site.insert(tree.start(listed) + 1, written, item.file)
        yield change(shorten(f"let `{item.name}` take `{written}`"), edit)


def drop_parameter(site: Site) -> Iterator[Change]:
    """A parameter that its function does not use, and that this call does not pass, is dropped everywhere."""
    call = call_at(site)
    missing = re.search(r"argument #(\d+)(?: of type `[^`]+`)? is missing", site.said)
    if call is None or missing is None:
        return
    for item in callees(site, call)[:1]:
        place = int(missing[1]) - 1 - (1 if item.receiver and not is_method_call(call) else 0)
        node, tree = site.definition(item), site.tree_of(item.file)
        body = node.child_by_field_name("body") if node is not None else None
        listed = node.child_by_field_name("parameters") if node is not None else None
        if tree is None or body is None or listed is None or item.implements or not 0 <= place < len(item.parameters):
            return
        name = item.parameters[place].name.removeprefix("mut ")
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", tree.of(body)):
            return
        own = [p for p in listed.named_children if p.type == "parameter"]
        edits = [(item.file, _taken_out(tree, listed, own[place]))]
        calls = list(other_calls(site, item, call))
        if len(calls) > _MOST_CALLS:
            return
        for file, other, passed in calls:
            if place < len(passed.named_children) and len(passed.named_children) == len(item.parameters):
                edits.append((file, _taken_out(other, passed, passed.named_children[place])))
        yield change(f"drop the unused parameter `{name}` of `{item.name}`", *edits)


def _taken_out(tree: Tree, listed: Node, part: Node) -> Edit:
    """The edit that takes one of a list's parts out, with its comma."""
    parts = listed.named_children
    number = next((i for i, p in enumerate(parts) if p == part), 0)
    if number + 1 < len(parts):
        return Edit(tree.start(part), tree.start(parts[number + 1]), "")
    if number:
        return Edit(tree.end(parts[number - 1]), tree.end(part), "")
    return Edit(tree.start(part), tree.end(part), "")


KINDS = (
    kind("add-parameter", "E0061", FAR, add_parameter),
    kind("drop-parameter", "E0061", FAR, drop_parameter),
)
