"""Borrows that stand in each other's way, and borrows of what ends too early: other orders, names and copies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.labels import brief
from sleepy_core.propose.search.calls import method_of, receiver_of
from sleepy_core.propose.search.hoist import moved_before, moved_behind, named, nodes_said, on_own_line, whole
from sleepy_core.propose.search.kinds import FAR, LIKELY, POSSIBLE, kind
from sleepy_core.propose.search.reach import bound_by, statement_of
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import (
    Node,
    ancestors,
    descendants,
    enclosing,
    field,
    hidden,
    is_expression,
    lies_in,
)

_CONFLICTS = "E0499 E0502 E0503 E0506 E0501 E0500 E0524"
_BORROWS = (
    "borrow occurs here",
    "is borrowed here",
    "borrow occurs due to",
    "closure construction occurs",
    "is constructed here",
)
_LATER = ("later used here", "later used by call", "later captured", "borrow later stored")
# Where an expression stands by itself: naming it would change nothing.
_OUTER = frozenset(
    {"expression_statement", "block", "let_declaration", "match_arm", "for_expression", "if_expression",
     "while_expression", "match_expression", "let_condition", "else_clause", "try_expression", "await_expression"}
)  # fmt: skip


def name_first(site: Site) -> Iterator[Change]:
    """`list.push(list.len())` and its like: the inner expression gets a `let` of its own before the borrow begins."""
    borrows = [*nodes_said(site, *_BORROWS)]
    primary = [] if site.expression is None else [site.tree.at(site.start, site.end)]
    starts = [s for n in (*borrows, *primary) if (s := statement_of(n)) is not None]
    if not starts:
        return
    seen: set[int] = set()
    for node in (*primary, *borrows):
        expression = _nested(node)
        if expression is None or expression.id in seen or hidden(expression):
            continue
        seen.add(expression.id)
        for before in _earliest(starts, expression):
            yield from _named(site, expression, before)


def _named(site: Site, expression: Node, before: Node) -> Iterator[Change]:
    inner = field(expression, "value") if expression.type == "reference_expression" else None
    label = f"take `{brief(site.of(expression))}` in a `let` before"
    if inner is not None and inner.type not in ("identifier", "self"):
        yield change(label, *named(site, inner, before))
        yield change(f"{label}, cloned", *named(site, inner, before, tail=".clone()"), cost=0.5)
    if inner is not None or expression.type in ("identifier", "self"):
        return
    yield change(label, *named(site, expression, before))
    yield change(f"{label}, cloned", *named(site, expression, before, tail=".clone()"), cost=0.5)
    yield change(f"{label}, owned", *named(site, expression, before, tail=".to_owned()", head="&"), cost=0.6)


def _nested(node: Node) -> Node | None:
    """What a borrowed name begins, where that is part of a larger expression: an argument, an index, an operand."""
    expression = whole(node)
    if not is_expression(expression):
        return None
    parent = expression.parent
    if parent is not None and parent.type in ("reference_expression", "unary_expression"):
        expression, parent = parent, parent.parent
    if parent is None or parent.type in _OUTER:
        inside_closure = enclosing(expression, "closure_expression")
        return expression if inside_closure is not None and inside_closure.id != expression.id else None
    if parent.type == "index_expression" and parent.named_children[0].id == expression.id:
        return None
    if parent.type in ("assignment_expression", "compound_assignment_expr"):
        left = field(parent, "left")
        return None if left is not None and left.id == expression.id else expression
    return expression


def _earliest(starts: list[Node], expression: Node) -> Iterator[Node]:
    """The first of the statements, then that of the expression: each in front of which a `let` can stand."""
    holders = {n.id for n in ancestors(expression)}
    ordered = sorted(starts, key=lambda s: s.start_byte)
    own = statement_of(expression)
    closure = enclosing(expression, "closure_expression")
    if closure is not None and own is not None and closure.start_byte < own.start_byte:
        own = statement_of(closure)
    seen = set()
    for statement in (own, ordered[0]):
        if statement is None or statement.id in seen or statement.start_byte > expression.start_byte:
            continue
        if statement.parent is not None and statement.parent.id in holders:
            seen.add(statement.id)
            yield statement


def own_borrowed(site: Site) -> Iterator[Change]:
    """`let first = &list[0]` that is in the way → a copy or a clone, which borrows nothing."""
    seen = set()
    shared = [] if site.code in ("E0499", "E0503") else [*nodes_said(site, "immutable borrow occurs here")]
    if not shared and site.code in ("E0505", "E0506", "E0500", "E0597"):
        shared = [*nodes_said(site, *_BORROWS), site.tree.at(site.start, site.end)]
    for node in shared:
        let = enclosing(node, {"let_declaration", "let_condition", "match_expression"})
        value = field(let, "value")
        if let is None or value is None or let.id in seen or hidden(value) or not lies_in(node, value):
            continue
        seen.add(let.id)
        what = brief(site.of(value))
        if let.type != "let_declaration":
            for extra, method in enumerate(("cloned", "copied")):
                yield change(f"look at a copy of `{what}`", site.after(value, f".{method}()"), cost=extra * 0.5)
            continue
        inner = field(value, "value") if value.type == "reference_expression" else None
        if inner is not None and not site.of(value).startswith("&mut"):
            yield change(f"copy `{brief(site.of(inner))}` instead of borrowing it", site.replace(value, site.of(inner)))
            yield change(f"clone `{brief(site.of(inner))}`", site.replace(value, f"{site.of(inner)}.clone()"), cost=0.3)
            continue
        if inner is not None or value.type in ("closure_expression", "block"):
            continue
        uses = list(_argument_uses(site, let))
        for extra, method in enumerate(("clone", "to_owned", "cloned")):
            edit = site.after(value, f".{method}()")
            yield change(f"keep an owned copy of `{what}`", edit, cost=0.5 + extra * 0.2)
            if uses:
                yield change(f"keep an owned copy of `{what}`, and lend it", edit, *uses, cost=0.6 + extra * 0.2)


def _argument_uses(site: Site, let: Node) -> Iterator[tuple[RelPath, Edit]]:
    """`&` in front of a variable, wherever it is handed on as it is."""
    pattern, block = field(let, "pattern"), let.parent
    if pattern is None or block is None or pattern.type != "identifier":
        return
    name = site.of(pattern)
    for node in descendants(block):
        handed_on = node.type == "identifier" and node.parent is not None and node.parent.type == "arguments"
        if handed_on and node.start_byte > let.end_byte and site.of(node) == name:
            yield site.before(node, "&")


def other_order(site: Site) -> Iterator[Change]:
    """Statements that touch the same thing change places, so that one borrow ends before the other begins.

    First what leaves the borrow the value that it had: the other orders let it see what is changed.
    """
    primary = statement_of(site.node)
    if primary is None:
        return
    label = f"do `{brief(site.of(primary))}` "
    borrows = [s for n in nodes_said(site, *_BORROWS) if (s := statement_of(n)) is not None and s.id != primary.id]
    for borrow in borrows[:1]:
        edits = moved_before(site, primary, borrow)
        if edits:
            yield change(f"{label}before the borrow", *edits, cost=0.4)
        edits = moved_behind(site, borrow, primary)
        if edits:
            yield change(f"borrow after `{brief(site.of(primary))}`", *edits, cost=0.6)
    for use in list(nodes_said(site, *_LATER))[-1:]:
        edits = moved_behind(site, primary, use)
        if edits:
            yield change(f"{label}after the borrow's last use", *edits)


def loop_over_copy(site: Site) -> Iterator[Change]:
    """`for x in list.iter() { list.push(…) }` → the loop goes over a copy of the list."""
    for node in nodes_said(site, *_BORROWS):
        loop = enclosing(node, "for_expression")
        value = field(loop, "value")
        if value is None or hidden(value) or not lies_in(node, value):
            continue
        owner = field(value, "value") if value.type == "reference_expression" else value
        while owner is not None and (receiver := receiver_of(owner)) is not None:
            if method_of(site.tree, owner) in ("iter", "keys", "values", "chars", "drain", "into_iter"):
                owner = receiver
                break
            owner = receiver
        if owner is None or not is_expression(owner):
            continue
        yield change(f"loop over a clone of `{brief(site.of(owner))}`", site.after(owner, ".clone()"))
        return


def drop_first(site: Site) -> Iterator[Change]:
    """A guard that borrows until its scope ends is dropped where the other borrow begins."""
    statement = statement_of(site.node)
    found = re.findall(r"borrow might be used here, when `(\w+)` is dropped", site.said)
    if statement is None or not found or (statement.type == "let_declaration" and found[0] in site.of(statement)[:20]):
        return
    yield change(f"drop `{found[0]}` first", on_own_line(site, statement, f"drop({found[0]});"))


def declare_earlier(site: Site) -> Iterator[Change]:
    """What is borrowed longer than its block lasts is declared before the block, or before what borrows it."""
    for node in nodes_said(site, "declared here"):
        name = site.of(node).removeprefix("mut ").strip()
        if f"`{name}` " not in site.message:
            continue
        let = enclosing(node, "let_declaration")
        if let is None or hidden(let):
            continue
        targets = []
        for holder in re.findall(r"when `(\w+)` is dropped|variable `(\w+)` declared here", site.said):
            user = _declaration(site, let, holder[0] or holder[1])
            targets += [user] if user is not None else []
        around = let.parent
        for _ in range(3):
            outer = statement_of(around) if around is not None else None
            if outer is None or outer.type == "function_item":
                break
            targets.append(outer)
            around = outer.parent
        for extra, target in enumerate(targets):
            edits = moved_before(site, let, target)
            if edits:
                yield change(f"declare `{name}` earlier", *edits, cost=extra * 0.3)


def _declaration(site: Site, let: Node, name: str) -> Node | None:
    """The `let` of a variable that is visible where another one ends."""
    block = let.parent
    for node in descendants(block) if block is not None else ():
        pattern = field(node, "pattern") if node.type == "let_declaration" else None
        if pattern is not None and site.of(pattern) == name:
            return node
    return None


def store_owned(site: Site) -> Iterator[Change]:
    """`names.push(&name)` of a name that ends before the list → the list holds the names themselves."""
    borrowed = site.expression
    if borrowed is None or site.opaque:
        return
    inner = field(borrowed, "value") if borrowed.type == "reference_expression" else None
    if borrowed.type != "reference_expression":
        outer = whole(borrowed)
        inner = borrowed if method_of(site.tree, outer) in ("as_str", "as_slice", "as_ref", "as_path") else None
        borrowed = outer
    parent = borrowed.parent
    if inner is None or parent is None or parent.type not in ("arguments", "assignment_expression"):
        return
    edits = [site.replace(borrowed, site.of(inner))]
    for name in re.findall(r"variable `(\w+)` declared here", site.said):
        holder = _declared_around(site, name)
        of = field(holder, "type")
        if of is not None:
            edits.append(site.replace(of, owned_type(site.of(of))))
    yield change(f"store `{brief(site.of(inner))}` itself instead of a borrow", *edits)
    yield change(
        f"store a clone of `{brief(site.of(inner))}`",
        site.replace(borrowed, f"{site.of(inner)}.clone()"),
        *edits[1:],
        cost=0.5,
    )


def _declared_around(site: Site, name: str) -> Node | None:
    local = next((one for one in site.locals if one.name == name), None)
    return bound_by(site.tree, local) if local is not None else None


def owned_type(of: str) -> str:
    """A type with its borrows owned: `Option<&'a str>` → `Option<String>`, `&[T]` → `Vec<T>`, `&T` → `T`."""
    text = re.sub(r"&\s*(?:'\w+\s+)?(?:mut\s+)?str\b", "String", of)
    text = re.sub(r"&\s*(?:'\w+\s+)?(?:mut\s+)?Path\b", "PathBuf", text)
    text = re.sub(r"&\s*(?:'\w+\s+)?(?:mut\s+)?\[([^\[\];]+)\]", r"Vec<\1>", text)
    return re.sub(r"&\s*(?:'\w+\s+)?(?:mut\s+)?(?=[A-Za-z(])(?!dyn\b)", "", text)


def keep_temporary(site: Site) -> Iterator[Change]:
    """A temporary that is borrowed too long gets a `let` of its own; rustc finds most places itself."""
    node = site.expression
    if node is None or site.opaque or site.code != "E0716":
        return
    around: Node | None = node
    for extra in range(2):
        statement = statement_of(around) if around is not None else None
        if statement is None:
            return
        yield change(f"keep `{brief(site.of(node))}` in a `let`", *named(site, node, statement), cost=extra * 0.5)
        around = statement.parent


KINDS = (
    kind("name-first", _CONFLICTS, LIKELY, name_first),
    kind("own-borrowed", "E0502 E0505 E0506 E0500 E0597", POSSIBLE, own_borrowed),
    kind("other-order", _CONFLICTS, FAR, other_order),
    kind("drop-first", f"{_CONFLICTS} E0505", POSSIBLE, drop_first),
    kind("declare-earlier", "E0597", LIKELY, declare_earlier),
    kind("store-owned", "E0597 E0716", POSSIBLE, store_owned),
    kind("keep-temporary", "E0716", LIKELY, keep_temporary),
    kind("loop-over-copy", _CONFLICTS, FAR, loop_over_copy),
)
