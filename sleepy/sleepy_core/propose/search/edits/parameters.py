"""Functions that take other arguments than a call passes: the definition is changed, with its other calls."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.propose.search.calls import call_at, callees, calls_of, last_name, receiver_of
from sleepy_core.propose.search.declarations import without
from sleepy_core.propose.search.kinds import FAR, kind
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import field
from sleepy_core.propose.search.types import defaulted, read


def add_parameter(site: Site) -> Iterator[Change]:
    """`f(a, b)` of `fn f(a: u8)` → `fn f(a: u8, b: u8)`: the function takes what it is given."""
    call = call_at(site)
    extra = re.search(r"unexpected argument(?: #(\d+))? of type `([^`]+)`", site.said)
    arguments = field(call, "arguments")
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
        listed = field(node, "parameters")
        if listed is None or tree is None or item.implements or any(p.name == name for p in item.parameters):
            continue
        # A method's receiver is a parameter here, and an argument where the method is called by its path.
        own = [p for p in listed.named_children if p.type in ("parameter", "self_parameter")]
        place = number + (1 if item.receiver and receiver_of(call) is not None else 0)
        written = f"{name}: {type_}"
        if place < len(own):
            edit = site.before(own[place], f"{written}, ", item.file)
        elif own:
            edit = site.after(own[-1], f", {written}", item.file)
        else:
            edit = site.insert(tree.start(listed) + 1, written, item.file)
        yield change(f"let `{item.name}` take `{written}`", edit)


def drop_parameter(site: Site) -> Iterator[Change]:
    """A parameter that its function does not use, and that this call does not pass, is dropped everywhere."""
    call = call_at(site)
    missing = re.search(r"argument #(\d+)(?: of type `[^`]+`)? is missing", site.said)
    if call is None or missing is None:
        return
    for item in callees(site, call)[:1]:
        place = int(missing[1]) - 1 - (1 if item.receiver and receiver_of(call) is None else 0)
        node, tree = site.definition(item), site.tree_of(item.file)
        body = field(node, "body")
        listed = field(node, "parameters")
        if tree is None or body is None or listed is None or item.implements or not 0 <= place < len(item.parameters):
            return
        name = item.parameters[place].name.removeprefix("mut ")
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", tree.of(body)):
            return
        calls = calls_of(site, item)
        if calls is None:
            return
        own = [p for p in listed.named_children if p.type == "parameter"]
        edits = [(item.file, without(tree, own[place]))]
        passing = [other for other in calls if len(other.arguments) == len(item.parameters)]
        edits += [(other.file, without(other.tree, other.arguments[place])) for other in passing]
        yield change(f"drop the unused parameter `{name}` of `{item.name}`", *edits)


KINDS = (
    kind("add-parameter", "E0061", FAR, add_parameter),
    kind("drop-parameter", "E0061", FAR, drop_parameter),
)
