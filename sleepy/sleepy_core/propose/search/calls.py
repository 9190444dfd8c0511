"""The call that an error is about, what it calls, and who else does."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import RelPath
from sleepy_core.propose.search.index import Item
from sleepy_core.propose.search.site import Site
from sleepy_core.propose.search.syntax import Node, Tree, ancestors, descendants, parse


def call_at(site: Site) -> Node | None:
    """The call whose function (or whose own place) is the error's span; none in macros' tokens."""
    if site.opaque:
        return None
    for node in ancestors(site.node):
        function = node.child_by_field_name("function") if node.type == "call_expression" else None
        if function is not None and site.tree.start(function) <= site.start <= site.end <= site.tree.end(node):
            return node
        if node.type in ("block", "function_item"):
            return None
    return None


def callees(site: Site, call: Node) -> list[Item]:
    """The crate's functions (and tuple structs and variants) that a call may mean, by its last name."""
    function = call.child_by_field_name("function")
    if function is None:
        return []
    if function.type == "generic_function":
        function = function.child_by_field_name("function") or function
    field = function.child_by_field_name("field") if function.type == "field_expression" else None
    name = site.of(field if field is not None else function).rpartition("::")[2]
    found = site.crate.named(name, "fn", "struct", "variant")
    pointed = {(p.file, p.start) for p in site.places if not p.primary}
    found = [item for item in found if (item.file, item.name_start) in pointed] or found
    return [item for item in found if item.kind == "fn" or item.shape == "tuple"]


def is_method_call(call: Node) -> bool:
    """Is it `value.method(…)`?"""
    function = call.child_by_field_name("function")
    return function is not None and function.type == "field_expression"


def last_name(text: str) -> str:
    """`&self.name` → `name`; `name.clone()` → `name`."""
    plain = re.sub(
        r"\.(?:clone|to_string|to_owned|as_str|as_ref|into)\(\)$", "", text.lstrip("&*").removeprefix("mut ")
    )
    return plain.rpartition(".")[2]


def other_calls(site: Site, item: Item, but: Node) -> Iterator[tuple[RelPath, Tree, Node]]:
    """All calls of a name in the crate, except this one: the file, its tree, the arguments."""
    for file in dict.fromkeys(i.file for i in site.crate.items):
        text = site.case.texts.get(file)
        if text is None or item.name not in text:
            continue
        tree = parse(text)
        for node in descendants(tree.root):
            function = node.child_by_field_name("function") if node.type == "call_expression" else None
            passed = node.child_by_field_name("arguments")
            if function is None or passed is None or re.split(r"\.|::", tree.of(function))[-1].strip() != item.name:
                continue
            if file != site.file or node.start_byte != but.start_byte:
                yield file, tree, passed
