"""Borrows that leave the function whose value they borrow: the value itself is returned or handed on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.search.calls import arguments_of, method_of, receiver_of
from sleepy_core.propose.search.edits.borrows import owned_type
from sleepy_core.propose.search.hoist import nodes_said, on_own_line, whole
from sleepy_core.propose.search.kinds import LIKELY, POSSIBLE, kind
from sleepy_core.propose.search.reach import statement_of
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, ancestors, child, descendants, enclosing, field, hidden

_VIEWS = frozenset({"as_str", "as_slice", "as_ref", "as_bytes", "borrow", "as_path", "as_deref", "as_mut", "deref"})
_WRAPPERS = frozenset({"Some", "Ok", "Err", "Box::new", "Rc::new", "Arc::new"})


def return_owned(site: Site) -> Iterator[Change]:
    """`fn f() -> &str { … &text }` → `-> String { … text }`, and likewise for slices, options and references."""
    node = site.expression
    if node is None or site.opaque:
        return
    holder, inner = site.function, _innermost(site, node)
    if holder is not None and holder.type == "closure_expression":
        for extra, text in enumerate(_owned(site, inner)):
            yield change("return the value itself", site.replace(inner, text), cost=extra * 0.3)
        return
    of = field(holder, "return_type")
    if of is None or holder is None or "&" not in site.of(of):
        return
    owned = owned_type(site.of(of))
    others = list(_other_results(site, holder, inner)) if "String" in owned else []
    header = _without_unused_lifetime(site, holder, of)
    for extra, text in enumerate(_owned(site, inner)):
        edits = (site.replace(of, owned), site.replace(inner, text), *others)
        yield change(f"return an owned `{owned}`", *edits, cost=extra * 0.3)
        if header is not None:
            yield change(f"return an owned `{owned}`", *edits, header, cost=extra * 0.3 + 0.1)


def _innermost(site: Site, node: Node) -> Node:
    """The borrow in `Some(&x)`, `Ok((&x))`, `return &x`."""
    current = node
    while True:
        function, arguments = field(current, "function"), arguments_of(current)
        if function is not None and site.of(function) in _WRAPPERS and len(arguments) == 1:
            current = arguments[0]
        elif current.type in ("parenthesized_expression", "return_expression") and current.named_children:
            current = current.named_children[0]
        else:
            return current


def _owned(site: Site, node: Node) -> Iterator[str]:
    """The value behind a borrow: `&x` → `x`, `x.as_str()` → `x`, else a copy by `to_string` and its like."""
    if node.type == "reference_expression":
        value = field(node, "value")
        if value is not None and value.type == "index_expression":
            yield f"{site.of(value)}.to_vec()"
            yield f"{site.of(value)}.clone()"
            yield f"{site.of(value)}.to_string()"
        elif value is not None:
            yield site.of(value)
            yield f"{site.of(value)}.clone()"
        return
    receiver = receiver_of(node)
    if receiver is not None and method_of(site.tree, node) in _VIEWS:
        yield site.of(receiver)
    for method in ("to_string", "to_owned", "to_vec", "clone", "cloned"):
        yield f"{site.of(node)}.{method}()"


def _other_results(site: Site, function: Node, done: Node) -> Iterator[tuple[RelPath, Edit]]:
    """String literals that are returned elsewhere in the function become owned, too."""
    body = field(function, "body")
    for node in descendants(body) if body is not None else ():
        if node.type != "string_literal" or done.start_byte <= node.start_byte < done.end_byte:
            continue
        current, parent = node, node.parent
        while parent is not None and parent.type in ("arguments", "call_expression"):
            function_name = field(parent, "function")
            if parent.type == "call_expression" and (function_name is None or site.of(function_name) not in _WRAPPERS):
                break
            current, parent = parent, parent.parent
        if parent is not None and (parent.type == "return_expression" or _is_result(current)):
            yield site.after(node, ".to_string()")


def _is_result(node: Node) -> bool:
    """Is a node what its function returns: the tail of a block, a match arm, a branch?"""
    for current in ancestors(node):
        parent = current.parent
        if parent is None or parent.type == "function_item":
            return True
        if parent.type == "block":
            if not parent.named_children or parent.named_children[-1].id != current.id:
                return False
        elif parent.type == "match_arm":
            value = field(parent, "value")
            if value is None or value.id != current.id:
                return False
        elif parent.type == "if_expression":
            condition = field(parent, "condition")
            if condition is not None and condition.id == current.id:
                return False
        elif parent.type not in ("else_clause", "match_block", "match_expression", "expression_statement"):
            return False
        if parent.type == "expression_statement" and child(parent, ";") is not None:
            return False
    return False


def _without_unused_lifetime(site: Site, function: Node, of: Node) -> tuple[RelPath, Edit] | None:
    """`<'a>` goes where only the return type said `'a`."""
    generics = field(function, "type_parameters")
    if generics is None or re.fullmatch(r"<\s*'\w+\s*>", site.of(generics)) is None:
        return None
    name = site.of(generics).strip("<> ")
    text = site.of(function).replace(site.of(of), "", 1).replace(site.of(generics), "", 1)
    return site.replace(generics, "") if name not in text else None


def iterate_owned(site: Site) -> Iterator[Change]:
    """`list.iter().map(…)` that is returned, of a local list → `list.into_iter().map(…)`; or collected first."""
    for node in (*nodes_said(site, "is borrowed here", "does not live long enough", "owned by the current function"),):
        for current in ancestors(node):
            if current.type not in ("call_expression", "field_expression", "identifier", "self", "block"):
                break
            if method_of(site.tree, current) == "iter":
                name = field(current, "function", "field")
                receiver = receiver_of(current)
                if name is not None and receiver is not None and not hidden(current):
                    label = f"give `{site.of(receiver)}` to the iterator"
                    yield change(label, site.replace(name, "into_iter"))
                widest = whole(current)
                if widest.id != current.id:
                    tail = ".collect::<Vec<_>>().into_iter()"
                    yield change("collect before returning", site.after(widest, tail), cost=0.5)
                return


def own_before_escape(site: Site) -> Iterator[Change]:
    """What a spawned closure borrows from a parameter is cloned before it, and moved in."""
    closure = next((n for n in descendants(site.node) if n.type == "closure_expression"), None)
    closure = closure or enclosing(site.node, "closure_expression")
    statement = statement_of(site.node)
    names = re.findall(r"`(\w+)` is a reference that is only valid in the (?:function|method) body", site.said)
    if closure is None or statement is None or not names or hidden(closure):
        return
    start = site.tree.start(closure)
    move = [] if "move" in site.of(closure).partition("|")[0] else [site.insert(start, "move ")]
    if names[0] != "self":
        for extra, method in enumerate(("to_owned", "clone")):
            copy = on_own_line(site, statement, f"let {names[0]} = {names[0]}.{method}();")
            yield change(f"hand on a copy of `{names[0]}`", copy, *move, cost=extra * 0.3)
        return
    fields = [
        n for n in descendants(closure)
        if n.type == "field_expression" and (value := field(n, "value")) is not None and value.type == "self"
        and not (n.parent is not None and n.parent.type == "call_expression" and field(n.parent, "function") == n)
    ]  # fmt: skip
    used = dict.fromkeys(site.of(n).removeprefix("self.") for n in fields)
    if used and len(used) <= 3 and all(name.isidentifier() for name in used):
        copies = " ".join(f"let {name} = self.{name}.clone();" for name in used)
        edits = [on_own_line(site, statement, copies), *(site.replace(n, site.of(n)[len("self.") :]) for n in fields)]
        yield change(f"hand on a clone of `{'`, `'.join(used)}`", *edits, *move)


KINDS = (
    kind("return-owned", "E0515", LIKELY, return_owned),
    kind("iterate-owned", "E0515 E0597 E0505", LIKELY, iterate_owned),
    kind("own-before-escape", "E0521", POSSIBLE, own_before_escape),
)
