"""Code that needs `unsafe`, or has too much of it."""

from __future__ import annotations

from collections.abc import Iterator

from sleepy_core.propose.search.kinds import FAR, LIKELY, POSSIBLE, WEAK, kind
from sleepy_core.propose.search.reach import labelled, node_at, statement_of
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, ancestors, child, enclosing, field, hidden, is_expression

_PLACES = frozenset({"field_expression", "index_expression", "parenthesized_expression", "reference_expression"})
_ASSIGNMENTS = frozenset({"assignment_expression", "compound_assignment_expr"})


def unsafe_block(site: Site) -> Iterator[Change]:
    """`danger(x) + 1` → `unsafe { danger(x) } + 1`: the smallest expression that can be wrapped, then wider ones."""
    smallest = _wrappable(site)
    if smallest is None:
        return
    tried: list[Node] = [smallest]
    statement = statement_of(smallest)
    if statement is not None:
        whole = _inner(statement)
        if whole is not None and whole.id not in {n.id for n in tried}:
            tried.append(whole)
    for extra, node in enumerate(tried):
        words = " ".join(site.of(node).split())
        shown = f"`{words}`" if len(words) <= 40 else "the expression"
        edits = (site.before(node, "unsafe { "), site.after(node, " }"))
        yield change(f"wrap {shown} in `unsafe`", *edits, cost=extra * 0.5)


def unsafe_function(site: Site) -> Iterator[Change]:
    """`fn f` → `unsafe fn f` around the call: its callers must know then."""
    function = site.named_function
    name = field(function, "name")
    if function is None or name is None or site.of(name) == "main" or hidden(function):
        return
    if site.implementation is not None and field(site.implementation, "trait") is not None:
        return  # the trait says whether its methods are unsafe
    keyword = next((c for c in function.children if c.type == "fn"), None)
    if keyword is not None and "unsafe" not in site.text[site.tree.start(function) : site.tree.start(keyword)]:
        modifiers = child(function, "function_modifiers")
        extern = child(modifiers, "extern_modifier") if modifiers is not None else None
        yield change(f"make `{site.of(name)}` an `unsafe fn`", site.before(extern or keyword, "unsafe "))


def remove_unsafe(site: Site) -> Iterator[Change]:
    """`unsafe impl Type`, `unsafe impl !Send`: the word goes. An `unsafe fn` where the trait's is safe, too."""
    holder = site.function if site.code == "E0053" else site.implementation
    if site.code == "E0053" and "expected safe fn, found unsafe fn" not in site.said:
        return
    if holder is None:
        return
    start, end = site.tree.start(holder), site.tree.end(holder)
    body = field(holder, "body")
    at = site.text.find("unsafe ", start, site.tree.start(body) if body is not None else end)
    if at >= 0:
        yield change("remove `unsafe`", site.remove(at, at + len("unsafe ")))


def safe_function(site: Site) -> Iterator[Change]:
    """`unsafe fn last` → `fn last` where it is defined: what its callers must see to is not said any more."""
    if site.code == "unsafe_code":
        function = site.named_function
        items = [site.of(name)] if (name := field(function, "name")) is not None else []
    else:
        items = [word.rpartition("::")[2] for word in site.words]
        items += [site.text[site.start : site.end].rpartition("::")[2]] if site.code == "E0308" else []
        if site.code == "E0308" and "expected safe fn, found unsafe fn" not in site.said:
            return
    for item in (found for name in dict.fromkeys(items) for found in site.crate.named(name, "fn")):
        tree, node = site.tree_of(item.file), site.definition(item)
        modifiers = child(node, "function_modifiers") if node is not None else None
        word = child(modifiers, "unsafe") if modifiers is not None else None
        if tree is not None and word is not None:
            start = tree.start(word)
            yield change(
                f"let anyone call `{item.name}`: not `unsafe` any more",
                site.remove(start, start + len("unsafe "), item.file),
            )


def unsafe_pointer(site: Site) -> Iterator[Change]:
    """`let f: fn() = danger` → `let f: unsafe fn() = danger`."""
    if "expected safe fn, found unsafe fn" not in site.said:
        return
    for place in labelled(site, "expected due to this"):
        node = node_at(site, place)
        if node is not None and node.type == "function_type":
            yield change("make the function pointer's type `unsafe`", site.before(node, "unsafe ", place.file))


def _wrappable(site: Site) -> Node | None:
    """The smallest expression around the span that keeps its meaning, and its place in the grammar, in a block."""
    if site.opaque:
        node = enclosing(site.node, "macro_invocation")
        return node if node is not None and not hidden(node.parent or node) else None
    node = site.expression
    if node is None or not is_expression(node):
        return None
    for current in ancestors(node):
        parent = current.parent
        if parent is None or not is_expression(parent):
            break
        # A block makes a temporary of a place: whoever borrows it or writes to it comes inside, too.
        if (
            (parent.type in _PLACES and _is_first(parent, current))
            or (parent.type in _ASSIGNMENTS and _is_first(parent, current))
            or (parent.type == "call_expression" and current.type == "field_expression" and _is_first(parent, current))
        ):
            node = parent
        elif current is not node:
            break
    return _not_leftmost(node)


def _not_leftmost(node: Node) -> Node:
    """A statement that begins with `unsafe { … }` ends with it: what goes on behind comes inside."""
    widest = node
    for current in ancestors(node):
        parent = current.parent
        if parent is None or parent.type in ("expression_statement", "block", "match_arm"):
            return current if is_expression(current) else widest
        if not is_expression(parent) or parent.start_byte != node.start_byte:
            return widest
    return widest


def _is_first(parent: Node, node: Node) -> bool:
    if parent.type == "reference_expression":
        return True
    return bool(parent.named_children) and parent.named_children[0].id == node.id


def _inner(statement: Node) -> Node | None:
    """What a statement holds that can be wrapped: the value of a `let`, the expression before `;`, a tail."""
    if statement.type == "let_declaration":
        return field(statement, "value")
    if statement.type == "expression_statement":
        return statement.named_children[0] if statement.named_children else None
    return statement if is_expression(statement) and statement.type != "unsafe_block" else None


KINDS = (
    kind("unsafe-block", "E0133", LIKELY, unsafe_block),
    kind("unsafe-function", "E0133", FAR, unsafe_function),
    kind("remove-unsafe", "E0197 E0198 E0053", LIKELY, remove_unsafe),
    kind("safe-function", "E0133 E0308 unsafe_code", WEAK, safe_function, weak=True),
    kind("unsafe-pointer", "E0308", POSSIBLE, unsafe_pointer),
)
