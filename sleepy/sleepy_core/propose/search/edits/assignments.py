"""Assignments to what is no place, and values where a constant is wanted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.propose.search.kinds import LIKELY, SURE, kind
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, ancestors, descendants, enclosing, field

_ASSIGNMENTS = frozenset({"assignment_expression", "compound_assignment_expr"})
_PLACES = frozenset({"identifier", "field_expression", "index_expression"})


def swap_sides(site: Site) -> Iterator[Change]:
    """`1 = x` → `x = 1`: the place is on the right."""
    left, right = _sides(site)
    if left is not None and right is not None and right.type in _PLACES:
        edits = (site.replace(left, site.of(right)), site.replace(right, site.of(left)))
        yield change("swap the sides of the assignment", *edits)


def assign_through(site: Site) -> Iterator[Change]:
    """`f() = 3` → `*f() = 3`: what the reference points at is meant."""
    left, _ = _sides(site)
    if left is not None and left.type in (*_PLACES, "call_expression"):
        yield change(f"assign to what `{site.of(left)[:50]}` points at", site.before(left, "*"))


def compare(site: Site) -> Iterator[Change]:
    """`a + 1 = 2` → `a + 1 == 2`."""
    operator = site.text[site.start : site.end]
    if operator == "=":
        yield change("compare with `==`", site.put(site.start, site.end, "=="))


def let_to_const(site: Site) -> Iterator[Change]:
    """`let n = 3; [0; n]` → `const n: usize = 3;`: an array's length must be known."""
    name = site.text[site.start : site.end]
    local = next((found for found in site.locals if found.name == name), None)
    if local is None:
        return
    let = enclosing(site.tree.at(local.start, local.start + len(name)), "let_declaration")
    value = field(let, "value")
    if let is None or value is None or local.mutable:
        return
    of = local.type or next(_constant_types(site), "usize")
    if value.type in ("integer_literal", "binary_expression", "float_literal", "char_literal", "boolean_literal"):
        const = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()
        whole = site.text[site.tree.start(let) : site.tree.end(let)]
        text = f"const {const}: {of} = {site.of(value)};"
        edits = [site.replace(let, text)]
        edits += [site.replace(node, const) for node in _uses(site, let, name)]
        if whole.endswith(";"):
            yield change(f"make `{name}` the constant `{const}`", *edits)


def array_to_vec(site: Site) -> Iterator[Change]:
    """`[0; n]` → `vec![0; n]`, and its `[u8; n]` → `Vec<u8>`: a length that is only known when the program runs."""
    let = enclosing(site.node, "let_declaration")
    of, value = field(let, "type"), field(let, "value")
    array = enclosing(site.node, "array_expression") or value
    if array is None or array.type != "array_expression" or ";" not in site.of(array):
        return
    if array.parent is not None and array.parent.type != "reference_expression":
        element = field(of, "element") if of is not None and of.type == "array_type" else None
        typed = [site.replace(of, f"Vec<{site.of(element)}>")] if of is not None and element is not None else []
        yield change("make the array a `Vec`", site.before(array, "vec!"), *typed)


def _sides(site: Site) -> tuple[Node | None, Node | None]:
    for node in ancestors(site.tree.at(site.start, site.end)):
        if node.type in _ASSIGNMENTS:
            return field(node, "left"), field(node, "right")
    return None, None


def _constant_types(site: Site) -> Iterator[str]:
    """The type of the constant or static that the name is used in."""
    holder = enclosing(site.node, {"const_item", "static_item", "array_expression", "array_type", "function_item"})
    if holder is not None and holder.type in ("const_item", "static_item"):
        of = field(holder, "type")
        if of is not None:
            yield site.of(of)


def _uses(site: Site, let: Node, name: str) -> Iterator[Node]:
    """The places behind a `let`, in its block, that say its name."""
    block = let.parent
    for node in descendants(block) if block is not None else ():
        if node.type == "identifier" and node.start_byte > let.end_byte and site.of(node) == name:
            yield node


KINDS = (
    kind("swap-sides", "E0070 E0067", SURE, swap_sides),
    kind("assign-through", "E0070 E0067", LIKELY, assign_through),
    kind("compare", "E0070", LIKELY + 0.5, compare),
    kind("let-to-const", "E0435", SURE, let_to_const),
    kind("array-to-vec", "E0435", LIKELY, array_to_vec),
)
