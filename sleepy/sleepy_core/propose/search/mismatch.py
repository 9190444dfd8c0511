"""Two types that differ, and the expression between them: what the labels of an error say, and how an expression is
written anew within its surroundings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.labels import brief
from sleepy_core.propose.search.converting import Conversion, conversions, hides, panics
from sleepy_core.propose.search.site import Site
from sleepy_core.propose.search.std_conversions import PATHS
from sleepy_core.propose.search.syntax import OPAQUE, Node, ancestors, field, is_expression
from sleepy_core.propose.search.types import Type, read, words

# "expected `u8`, found `&str`", "expected integer, found `u8`", "expected `u8`, found closure"
_PAIR = re.compile(r"expected (?:\w+ )*?(`[^`]+`|[a-z -]+), found (?:\w+ )*?(`[^`]+`|[a-z -]+)$")
_NOTE = re.compile(r"^ *expected [\w ]*?`([^`]+)`\n *found [\w ]*?`([^`]+)`", re.MULTILINE)

# What needs parentheses before `.method()` or `?`; before ` as T` and ` != 0`; behind `&` and `*`.
_LOOSE = words(
    """binary_expression range_expression closure_expression assignment_expression compound_assignment_expr
    return_expression break_expression yield_expression let_condition"""
)
_PREFIXED = words("unary_expression reference_expression type_cast_expression")
# `RefCell::new(` and `Reverse(`, without a path before them.
_CALLED = re.compile(r"(?<![\w:])([A-Z]\w*)(?=::|\()")
_BLOCKS = words(
    """if_expression match_expression block unsafe_block for_expression while_expression loop_expression
    const_block async_block"""
)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An expression of the error's file whose type is not what its place wants."""

    node: Node
    wanted: Type
    given: Type


def mismatches(site: Site) -> list[Mismatch]:
    """What the labels say of plain expressions, in the order of the text; several where arguments differ."""
    found: dict[int, Mismatch] = {}
    full = _NOTE.search("\n".join(note.message for note in site.diagnostic.notes))
    for place in site.places:
        pair = _PAIR.search(place.label)
        if (
            full
            and (place.start, place.end) == (site.start, site.end)
            and (pair is None or "..." in place.label or "…" in place.label)
        ):
            pair = full  # "types differ in mutability", or a type that is cut short
        if pair is None or place.file != site.file:
            continue
        wanted, given = pair[1], pair[2]
        node = expression_at(site, place.start, place.end)
        if node is not None:
            found.setdefault(node.id, Mismatch(node, read(wanted), read(given)))
    return sorted(found.values(), key=lambda m: m.node.start_byte)


def expression_at(site: Site, start: int, end: int) -> Node | None:
    """The expression that is exactly this place, outside of macros' tokens; parentheses around it left away."""
    node = site.tree.exactly(start, end)
    if node is not None and node.type == "expression_statement" and node.named_child_count:
        node = node.named_children[0]
    if node is not None and node.type in ("match_pattern", "shorthand_field_initializer") and node.named_child_count:
        node = node.named_children[0]
    if node is None or not is_expression(node) or any(n.type in OPAQUE for n in ancestors(node) if n != node):
        return None
    return node


def ways(site: Site, mismatch: Mismatch) -> Iterator[Conversion]:
    """The conversions of a mismatch that can stand where it is, without those that invent a value."""
    return (way for way in _standing(site, mismatch) if not hides(way.template))


def inventing_ways(site: Site, mismatch: Mismatch) -> Iterator[Conversion]:
    """Those that go on with a default where there is no value."""
    return (way for way in _standing(site, mismatch) if hides(way.template))


def _standing(site: Site, mismatch: Mismatch) -> Iterator[Conversion]:
    for way in conversions(mismatch.wanted, mismatch.given):
        if "{}?" in way.template or way.template.endswith("?") or ")?" in way.template:
            head = returns(site, mismatch.node).name
            if head not in ("Option", "Result"):
                continue
            if mismatch.given.name in ("Option", "Result") and mismatch.given.name != head:
                continue
        if ".await" in way.template and not in_async(site, mismatch.node):
            continue
        template = way.template.replace("{float}", "f64").replace("{integer}", "i32")
        yield Conversion(qualified(site, template), way.cost)


def qualified(site: Site, template: str) -> str:
    """The template with the full paths of what the file does not import."""
    for name in set(_CALLED.findall(template)) & PATHS.keys():
        if not re.search(rf"\buse\b[^;]*\b{name}\b", site.text):
            template = re.sub(rf"(?<![\w:]){name}(?=::|\()", PATHS[name], template)
    return template


def returns(site: Site, node: Node) -> Type:
    """What the function or closure around a node returns, as written; `()` where nothing is."""
    for holder in ancestors(node):
        if holder.type in ("function_item", "closure_expression"):
            written = field(holder, "return_type")
            return read(site.of(written)) if written is not None else Type("()")
        if holder.type == "async_block":
            break
    return Type("()")


def in_async(site: Site, node: Node) -> bool:
    """May `.await` stand here?"""
    for holder in ancestors(node):
        if holder.type == "async_block":
            return True
        if holder.type in ("function_item", "closure_expression"):
            head = site.of(holder).partition("fn " if holder.type == "function_item" else "|")[0]
            return "async" in head.split()
    return False


def rewritten(site: Site, node: Node, template: str, text: str = "") -> tuple[RelPath, Edit]:
    """The edit that writes an expression anew: `{}` in the template is the expression (or another text)."""
    body = text or site.of(node)
    if "({})" in template and not text and node.type == "parenthesized_expression":
        body = body[1:-1].strip()
    new = template.replace("{}", _inside(template, body, node))
    if _needs_parentheses(node, new):
        new = f"({new})"
    parent = node.parent
    if parent is not None and parent.type == "shorthand_field_initializer":
        new = f"{site.of(node)}: {new}"
    return site.replace(node, new)


def told(site: Site, node: Node, template: str) -> str:
    """What a template does to an expression, as a label; that it panics or invents a value is said."""
    but = ": panics if it fails" if panics(template) else ": a default if it fails" if hides(template) else ""
    return f"{_told(site, node, template)}{but}"


def _told(site: Site, node: Node, template: str) -> str:
    what = f"`{brief(site.of(node))}`"
    called = re.fullmatch(r"\{\}(\..+)", template)
    cast = re.fullmatch(r"\*?\{\} as (.+)", template)
    wrapped = re.fullmatch(r"([A-Z]\w*(?:::\w+)?)\(\{\}\)", template)
    simple = {
        "&{}": f"borrow {what}",
        "&mut {}": f"borrow {what} mutably",
        "*{}": f"dereference {what}",
        "{}?": f"hand the failure of {what} on with `?`",
        "{}.await": f"await {what}",
        "{}.clone()": f"clone {what}",
        "{}()": f"call {what}",
    }
    if template in simple:
        return simple[template]
    if wrapped:
        return f"wrap {what} in `{wrapped[1]}`"
    if cast:
        return f"cast {what} to `{cast[1]}`"
    if called:
        return f"call `{called[1]}` on {what}"
    return f"write `{brief(template.replace('{}', site.of(node)), 48)}`"


def _inside(template: str, body: str, node: Node) -> str:
    behind = template.partition("{}")[2][:1]
    before = template.partition("{}")[0]
    if behind in (".", "?") or (behind == "(" and not before):
        loose = node.type in _LOOSE | _PREFIXED | _BLOCKS
    elif behind == " " and before in ("", "*"):
        loose = node.type in _LOOSE | _BLOCKS
    elif before.endswith(("&", "*", "!", "&mut ", "-")):
        loose = node.type in _LOOSE or node.type == "type_cast_expression"
    else:
        loose = False
    return f"({body})" if loose else body


def _needs_parentheses(node: Node, new: str) -> bool:
    """Would what surrounds the node take the new text apart?"""
    parent = node.parent
    if parent is None:
        return False
    cast = re.search(r" as [\w:<>&]+$", new) is not None
    infix = cast or re.search(r" (?:!=|>|==) \S+$", new) is not None
    tight = parent.type in ("try_expression", "await_expression") or (
        (parent.type == "field_expression" and field(parent, "value") == node)
        or (parent.type == "index_expression" and parent.named_children[0] == node)
        or (parent.type == "call_expression" and field(parent, "function") == node)
    )
    if tight:
        return infix or new.startswith(("&", "*", "!", "-"))
    if parent.type == "binary_expression" and infix:
        operator = field(parent, "operator")
        shift = operator is not None and operator.type in ("<", "<<") and field(parent, "left") == node
        return shift if cast else operator is None or operator.type not in ("&&", "||")
    return infix and parent.type in ("unary_expression", "reference_expression")
