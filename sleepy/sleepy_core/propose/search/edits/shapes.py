"""Literals and patterns of the wrong shape: braces for parentheses, an enum for its variant."""

from __future__ import annotations

from collections.abc import Iterator

from sleepy_core.propose.search.edits.fields import entry_name, literal_at, quoted
from sleepy_core.propose.search.index import bare
from sleepy_core.propose.search.kinds import LIKELY, SURE, kind
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import enclosing


def literal_in_parentheses(site: Site) -> Iterator[Change]:
    """`T { 0: a, b }` → `T(a, b)` for what is defined with parentheses; patterns alike."""
    literal = literal_at(site) or enclosing(site.node, "struct_pattern")
    if literal is None:
        return
    name = literal.child_by_field_name("name") or literal.child_by_field_name("type")
    if name is None or not any(i.shape == "tuple" for i in site.crate.named(bare(site.of(name)), "struct", "variant")):
        return
    body = literal.child_by_field_name("body")
    entries = body.named_children if body is not None else literal.named_children[1:]
    values = []
    for entry in entries:
        value = entry.child_by_field_name("value") or entry.child_by_field_name("pattern")
        values.append(
            ".." if entry.type == "remaining_field_pattern" else site.of(value if value is not None else entry)
        )
    yield change(
        f"write `{site.of(name)}` with parentheses", site.replace(literal, f"{site.of(name)}({', '.join(values)})")
    )


def literal_in_braces(site: Site) -> Iterator[Change]:
    """`S(a, 1)` → `S { a, size: 1 }` for what is defined with braces; patterns alike."""
    call = enclosing(site.node, {"call_expression", "tuple_struct_pattern"})
    if call is None:
        return
    pattern = call.type == "tuple_struct_pattern"
    name = call.child_by_field_name("type" if pattern else "function")
    listed = call.child_by_field_name("arguments")
    arguments = call.named_children[1:] if pattern else listed.named_children if listed is not None else []
    if name is None or name.end_byte < site.node.start_byte:
        return
    fields = [f.name for f in site.crate.members(bare(site.of(name)), "field")]
    if not fields or not any(i.shape == "named" for i in site.crate.named(bare(site.of(name)), "struct", "variant")):
        return
    values = [site.of(argument) for argument in arguments]
    written = [v if v == f or v == ".." else f"{f}: {v}" for f, v in zip(fields, values, strict=False)]
    if len(values) == len(fields) or (pattern and values[-1:] == [".."]):
        text = f"{site.of(name)} {{ {', '.join(written)} }}"
        yield change(f"write `{site.of(name)}` with the names of its fields", site.replace(call, text))
    if pattern and sorted(values) == sorted(v for v in values if v in fields):
        rest = ", .." if len(values) < len(fields) else ""
        text = f"{site.of(name)} {{ {', '.join(values)}{rest} }}"
        yield change(f"match the fields {quoted(values)} by name", site.replace(call, text), cost=-0.5)


def variant_of_the_enum(site: Site) -> Iterator[Change]:
    """`E { a: 1 }` → `E::W { a: 1 }`: the variant that has such fields."""
    literal = literal_at(site) or enclosing(site.node, "struct_pattern")
    name = (literal.child_by_field_name("name") or literal.child_by_field_name("type")) if literal is not None else None
    if literal is None or name is None:
        return
    body = literal.child_by_field_name("body") or literal
    given = {entry_name(site.tree, e) for e in body.named_children} - {""}
    for variant in site.crate.members(bare(site.of(name)), "variant"):
        if given <= {f.name for f in site.crate.members(variant.name, "field")} and variant.shape == "named":
            yield change(f"use the variant `{variant.name}`", site.after(name, f"::{variant.name}"))


KINDS = (
    kind("literal-in-parentheses", "E0560 E0559 E0574 E0769 E0026", SURE, literal_in_parentheses),
    kind("literal-in-braces", "E0423 E0533 E0164 E0532 E0618", SURE, literal_in_braces),
    kind("variant-of-the-enum", "E0574", LIKELY, variant_of_the_enum),
)
