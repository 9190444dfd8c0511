"""Where a value comes from: the `let` that bound it, or the one that is missing."""

from __future__ import annotations

from collections.abc import Iterator

from sleepy_core.propose.labels import brief
from sleepy_core.propose.search.kinds import LIKELY, SURE, kind
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, descendants, enclosing, field

_BINDS = frozenset({"let_declaration", "let_condition"})
_WRAPPERS = ("Result<", "Option<")


def pass_on_at_binding(site: Site) -> Iterator[Change]:
    """`let quote = parse();` → `let quote = parse()?;` where what was bound is used as if it were the value inside."""
    if not any(wrapper in site.said for wrapper in _WRAPPERS):
        return
    for value in _bound_values(site):
        if value.type in ("call_expression", "await_expression", "field_expression"):
            yield change(f"pass the failure of `{brief(site.of(value))}` on with `?`", site.after(value, "?"))


def bind_first(site: Site) -> Iterator[Change]:
    """`total = 0;` → `let total = 0;`: what is written to was never declared."""
    statement = enclosing(site.node, "expression_statement")
    assignment = statement.named_children[0] if statement is not None and statement.named_children else None
    if assignment is None or assignment.type != "assignment_expression":
        return
    left = field(assignment, "left")
    if left is not None and left.type == "identifier" and site.tree.start(left) == site.start:
        for extra, word in enumerate(("let", "let mut")):
            yield change(f"declare `{site.of(left)}` with `{word}`", site.before(left, f"{word} "), cost=extra * 0.3)


def _bound_values(site: Site) -> Iterator[Node]:
    """The values of the `let`s that bound the variables that the offending expression is made of."""
    expression = site.expression
    names = {site.of(n) for n in descendants(expression) if n.type == "identifier"} if expression is not None else set()
    for local in site.locals:
        if local.name not in names:
            continue
        let = enclosing(site.tree.at(local.start, local.start + len(local.name)), _BINDS)
        value = field(let, "value") if let is not None and let.type == "let_declaration" else None
        if value is not None and value.type != "try_expression" and not site.opaque:
            yield value


KINDS = (
    kind("pass-on-at-binding", "E0308 E0599 E0605 E0606 E0609 E0614 E0277 E0369", LIKELY - 0.2, pass_on_at_binding),
    kind("bind-first", "E0425", SURE, bind_first),
)
