"""Statements that change places: an expression named by a `let` of its own before it is used, a statement earlier
or later in its block. What lies between is not asked whether it minds: the compiler is, of borrows and moves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.search.calls import method_of
from sleepy_core.propose.search.reach import inside, root, statement_of
from sleepy_core.propose.search.site import Site
from sleepy_core.propose.search.syntax import Node, ancestors, field, is_expression
from sleepy_core.text import LineIndex

_DULL = frozenset({"clone", "unwrap", "expect", "to_string", "to_owned", "get", "borrow", "as_ref", "as_str", "iter"})

_MAKERS = frozenset({"new", "from", "default", "with_capacity", "from_str"})


def nodes_said(site: Site, *words: str) -> Iterator[Node]:
    """The smallest nodes at spans whose labels hold a word, those in the arguments of macros included."""
    index = LineIndex(site.text)
    for word in words:
        for span in site.diagnostic.spans:
            if span.file == site.file and word in (span.label or ""):
                yield site.tree.at(index.offset(span.start), index.offset(span.end))


def named(
    site: Site, expression: Node, before: Node, *, tail: str = "", head: str = ""
) -> tuple[tuple[RelPath, Edit], ...]:
    """Give an expression a `let` in front of a statement; `tail` follows its text there, `head` its name's use."""
    name = name_for(site, expression)
    place: Node = expression
    text = head + name
    parent = expression.parent
    if (
        not head
        and parent is not None
        and parent.type == "field_initializer"
        and _text(site, field(parent, "field")) == name
    ):
        place = parent  # `len: s.len()` becomes `len`
    return (on_own_line(site, before, f"let {name} = {site.of(expression)}{tail};"), site.replace(place, text))


def name_for(site: Site, expression: Node) -> str:
    """A name for the value of an expression: its method's, its field's or its variable's; none that is taken."""
    method = method_of(site.tree, expression)
    last = field(expression, "field") if expression.type == "field_expression" else None
    function = field(expression, "function") if expression.type == "call_expression" and not method else None
    name = method if method not in _DULL else ""
    path = _text(site, function).split("::")
    if len(path) > 1 and path[-1] in _MAKERS:
        path = [path[-2].partition("<")[0].lower()]  # `String::from(…)` is called `string`
    name = name or _text(site, last) or path[-1]
    if not name.isidentifier():
        owner = _text(site, root(expression))
        name = owner if owner.isidentifier() and owner != "self" and expression.type != "identifier" else "value"
    name = name.removeprefix("get_").removesuffix("_mut") or "value"
    taken = {local.name for local in site.locals}
    return f"{name}_value" if name in taken else name


def _text(site: Site, node: Node | None) -> str:
    return site.of(node) if node is not None else ""


def on_own_line(site: Site, statement: Node, text: str) -> tuple[RelPath, Edit]:
    """Put a statement in front of another, on a line of its own where that one has a line of its own."""
    start = site.tree.start(statement)
    begin = site.text.rfind("\n", 0, start) + 1
    alone = not site.text[begin:start].strip()
    newline = "\r\n" if site.text[:begin].endswith("\r\n") else "\n"
    return site.insert(start, f"{text}{newline}{site.line_indent(start)}" if alone else f"{text} ")


def whole(node: Node) -> Node:
    """The expression that an expression begins: `x.len()` of `x`, as far as methods and fields go."""
    widest = node
    for current in ancestors(node):
        parent = current.parent
        if parent is None or parent.type not in (
            "call_expression", "field_expression", "try_expression", "index_expression", "generic_function",
        ):  # fmt: skip
            break
        if parent.named_children[0].id != current.id:
            break
        if parent.type in ("call_expression", "try_expression", "index_expression") or is_expression(parent):
            widest = parent
    return widest


def moved_behind(site: Site, statement: Node, other: Node) -> tuple[tuple[RelPath, Edit], ...]:
    """A statement, put behind a later one of its block; nothing where they are not of one block."""
    block = statement.parent
    last = inside(other, block) if block is not None else None
    if last is None or last.start_byte <= statement.start_byte or not _whole_statement(site, statement):
        return ()
    if site.of(last)[-1:] not in ("}", ";") or _is_tail(last) or _needs(site, statement, site.tree.end(last)):
        return ()
    return _relocate(site, statement, site.tree.end(last), after=True)


def moved_before(site: Site, statement: Node, other: Node) -> tuple[tuple[RelPath, Edit], ...]:
    """A statement, put in front of an earlier one of its block or of a block around it; else nothing."""
    if other.parent is None or other.parent.type != "block" or other.start_byte >= statement.start_byte:
        return ()
    if inside(statement, other.parent) is None or not _whole_statement(site, statement):
        return ()
    if _needs(site, other, site.tree.end(statement), since=site.tree.start(statement)):
        return ()
    return _relocate(site, statement, site.tree.start(other), after=False)


def _needs(site: Site, statement: Node, until: int, *, since: int = 0) -> bool:
    """Is what a `let` declares used before an offset behind it?"""
    pattern = field(statement, "pattern") if statement.type == "let_declaration" else None
    if pattern is None:
        return False
    between = site.text[max(since, site.tree.end(statement)) : until]
    return any(re.search(rf"\b{re.escape(name)}\b", between) for name in re.findall(r"\w+", site.of(pattern)))


def _whole_statement(site: Site, statement: Node) -> bool:
    return statement_of(statement) is not None and site.of(statement).endswith((";", "}")) and not _is_tail(statement)


def _is_tail(node: Node) -> bool:
    """The last expression of a block is its value, even where it looks like a statement."""
    block = node.parent
    rest = [n for n in block.named_children if not n.type.endswith("comment")] if block is not None else []
    last = bool(rest) and rest[-1].id == node.id
    ends = node.children[-1].type if node.children else ""
    return last and node.type != "let_declaration" and ends != ";"


def _relocate(site: Site, statement: Node, offset: int, *, after: bool) -> tuple[tuple[RelPath, Edit], ...]:
    text = site.text
    start, end = site.tree.start(statement), site.tree.end(statement)
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", end)
    words = text[start:end]
    if text[begin:start].strip() or stop < 0 or text[end:stop].strip():
        # It shares its line with others.
        if text[end : end + 1] == " ":
            end += 1
        return (site.remove(start, end), site.insert(offset, f" {words}" if after else f"{words} "))
    newline = "\r\n" if text[:stop].endswith("\r") else "\n"
    indent = site.line_indent(offset)
    placed = f"{newline}{indent}{words}" if after else f"{words}{newline}{indent}"
    return (site.remove(begin, stop + 1), site.insert(offset, placed))
