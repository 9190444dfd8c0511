"""What edition 2024 asks for where earlier editions took less."""

from __future__ import annotations

from collections.abc import Iterator

from sleepy_core.propose.search.kinds import LIKELY, SURE, kind
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, child, descendants, enclosing, field, hidden

_WORDS = frozenset({"string_literal", "raw_string_literal", "line_comment", "block_comment"})


def unsafe_extern(site: Site) -> Iterator[Change]:
    """`extern "C" { … }` → `unsafe extern "C" { … }`, as edition 2024 wants it."""
    if site.message == "extern blocks must be unsafe":
        yield change("mark the extern block `unsafe`", site.insert(site.start, "unsafe "))


def raw_static(site: Site) -> Iterator[Change]:
    """`&COUNTER` → `&*&raw const COUNTER`; `LIST.push(1)` → `(*&raw mut LIST).push(1)`, as edition 2024 wants it."""
    node = site.expression
    if node is None or site.opaque or hidden(node):
        return
    words = "mut" if site.message.startswith("creating a mutable reference") else "const"
    if node.type == "reference_expression":
        value = field(node, "value")
        if value is not None:
            shape = "&mut *&raw mut " if words == "mut" else "&*&raw const "
            yield change(f"go through a raw pointer to `{site.of(value)}`", site.replace(node, shape + site.of(value)))
        return
    name = next((n for n in descendants(node) if n.type in ("identifier", "scoped_identifier")), None)
    if name is not None and site.tree.start(name) == site.start:
        edit = site.replace(name, f"(*&raw {words} {site.of(name)})")
        yield change(f"go through a raw pointer to `{site.of(name)}`", edit)


def raw_identifier(site: Site) -> Iterator[Change]:
    """A name that a newer edition keeps for itself: `gen` → `r#gen`, wherever the file says it."""
    if "reserved keyword" not in site.message or not site.words:
        return
    word = site.words[-1]
    names = [n for n in _leaves(site.tree.root) if site.of(n) == word]
    if any(site.tree.start(n) == site.start for n in names):
        yield change(f"write `r#{word}`, since `{word}` is a keyword now", *(site.before(n, "r#") for n in names))
        return
    if site.text[site.start : site.end] == word:
        yield change(f"write `r#{word}`, since `{word}` is a keyword now", site.insert(site.start, "r#"))


def unit_fallback(site: Site) -> Iterator[Change]:
    """`parse()?;` whose value nothing names → `let () = parse()?;`: it is `()` no more by itself, but `!`."""
    statement = enclosing(site.node, "expression_statement")
    if "for `!`" not in site.said and "`!: " not in site.said:
        return
    if statement is not None and not site.opaque and child(statement, ";") is not None:
        yield change("say that the value is `()`", site.before(statement, "let () = "))


def _leaves(node: Node) -> Iterator[Node]:
    """All tokens, those of macros' arguments included: a keyword is one there, too."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if current.type in _WORDS:
            continue
        waiting.extend(reversed(current.children))
        if not current.children:
            yield current


KINDS = (
    kind("unsafe-extern", "-", SURE, unsafe_extern),
    kind("raw-static", "static_mut_refs", LIKELY, raw_static),
    kind("raw-identifier", "-", SURE, raw_identifier),
    kind("unit-fallback", "E0277", LIKELY, unit_fallback),
)
