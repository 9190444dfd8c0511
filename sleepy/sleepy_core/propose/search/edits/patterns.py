"""Patterns that have too many names, fields or elements, or too few."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.propose.labels import brief
from sleepy_core.propose.search.declarations import without
from sleepy_core.propose.search.index import bare
from sleepy_core.propose.search.kinds import LIKELY, POSSIBLE, SURE, WEAK, kind
from sleepy_core.propose.search.scope import fields_of
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, Tree, child, descendants, enclosing, field


def pattern_arity(site: Site) -> Iterator[Change]:
    """A tuple pattern with too few parts gets `..`; one with too many loses the last ones."""
    pattern = enclosing(site.node, {"tuple_struct_pattern", "tuple_pattern"})
    counts = re.search(r"has (\d+) fields?, but .* has (\d+) fields?", site.message)
    if pattern is None or counts is None:
        return
    have, want = int(counts[1]), int(counts[2])
    parts = pattern.named_children[1 if pattern.type == "tuple_struct_pattern" else 0 :]
    if have > want and len(parts) == have:
        if want == 0:
            edit = site.put(site.tree.start(parts[0]), site.tree.end(parts[-1]), "..")
            yield change("ignore what it holds", edit)
        else:
            for keep in dict.fromkeys((tuple(parts[:want]), tuple(parts[-want:]))):
                text = ", ".join(site.of(part) for part in keep)
                edit = site.put(site.tree.start(parts[0]), site.tree.end(parts[-1]), text)
                yield change(f"match {text} only", edit)
        together = ", ".join(site.of(part) for part in parts)
        if want == 1:
            edit = site.put(site.tree.start(parts[0]), site.tree.end(parts[-1]), f"({together})")
            yield change("match a tuple inside", edit, cost=-0.5)
    elif have < want and parts:
        yield change("ignore the other fields", site.after(parts[-1], ", .."))
        yield change("ignore the fields before", site.before(parts[0], ".., "), cost=0.5)
    elif have < want:
        yield change("ignore what it holds", site.put(site.tree.end(pattern) - 1, site.tree.end(pattern) - 1, ".."))


def pattern_field(site: Site) -> Iterator[Change]:
    """A field that the struct has not: the one that the pattern does not name yet, or `..` in its place."""
    member = enclosing(site.node, "field_pattern")
    holder = member.parent if member is not None else None
    if member is None or holder is None:
        return
    name = field(member, "name")
    of = field(holder, "type")
    if name is None or of is None:
        return
    have = [n for f in holder.named_children if (n := field(f, "name")) is not None]
    taken = {site.of(n) for n in have}
    struct = _self_type(site) if site.of(of) == "Self" else bare(site.of(of))
    for other in [f.name for f in fields_of(site, struct) if f.name not in taken][:3]:
        if name.type == "shorthand_field_identifier":
            yield change(f"match the field `{other}` instead", site.replace(name, f"{other}: {site.of(name)}"))
        else:
            yield change(f"match the field `{other}` instead", site.replace(name, other))


def drop_pattern_field(site: Site) -> Iterator[Change]:
    """Take the unknown or repeated field out of the pattern; `..` stands for the rest."""
    member = enclosing(site.node, "field_pattern")
    holder = member.parent if member is not None else None
    if member is None or holder is None:
        return
    rest = child(holder, "remaining_field_pattern") is not None
    edit = without(site.tree, member) if rest or site.code == "E0025" else None
    label = f"do not match `{site.of(member)}`"
    yield change(label, (site.file, edit) if edit is not None else site.replace(member, ".."))


def bound_in_all(site: Site) -> Iterator[Change]:
    """E0408: the alternatives bind the same names: one is renamed, or what is not bound everywhere is ignored."""
    name = site.words[0] if site.words else ""
    whole = enclosing(site.node, "or_pattern")
    if whole is None or not name:
        return
    everything = list(_alternatives(whole))
    single = {site.of(names[0]) for a in everything if len(names := list(bindings(site.tree, a))) == 1} - {name}
    for alternative in everything:
        bound = [n for n in bindings(site.tree, alternative) if site.of(n) == name]
        for node in bound:
            text = f"{name}: _" if node.type == "shorthand_field_identifier" else "_"
            yield change(f"ignore `{name}` in `{brief(site.of(alternative))}`", site.replace(node, text), cost=1.0)
            for other in sorted(single)[:1]:
                text = f"{name}: {other}" if node.type == "shorthand_field_identifier" else other
                yield change(f"call `{name}` `{other}` here too", site.replace(node, text), cost=0.2)
        others = [n for n in bindings(site.tree, alternative) if site.of(n) != name]
        if not bound and len(others) == 1:
            node = others[0]
            text = f"{site.of(node)}: {name}" if node.type == "shorthand_field_identifier" else name
            yield change(f"call `{site.of(node)}` `{name}` here too", site.replace(node, text))


def pattern_to_guard(site: Site) -> Iterator[Change]:
    """A pattern that is a call or a constant expression: compared in a guard instead."""
    arm = enclosing(site.node, "match_arm")
    pattern = field(arm, "pattern")
    if pattern is None or child(pattern, "if") is not None:
        return
    call = enclosing(site.node, "tuple_struct_pattern")
    if call is not None and call.parent == pattern:
        yield change(
            f"compare with `{brief(site.of(call))}` in a guard",
            site.replace(pattern, f"value if value == {site.of(call)}"),
        )


def range_ends(site: Site) -> Iterator[Change]:
    """`9..=1` → `1..=9`."""
    pattern = enclosing(site.node, "range_pattern")
    ends = pattern.named_children if pattern is not None else []
    if len(ends) == 2:
        edits = (site.replace(ends[0], site.of(ends[1])), site.replace(ends[1], site.of(ends[0])))
        yield change("change the ends of the range", *edits)


def slice_length(site: Site) -> Iterator[Change]:
    """An array pattern of another length ignores the rest with `..`."""
    pattern = enclosing(site.node, "slice_pattern")
    counts = re.search(r"requires (?:at least )?(\d+) elements? but array has (\d+)", site.message)
    if pattern is None or counts is None or not pattern.named_children:
        return
    have, want = int(counts[1]), int(counts[2])
    parts = [p for p in pattern.named_children if p.type != "remaining_field_pattern"]
    if have < want:
        yield change("ignore the elements behind", site.after(parts[-1], ", .."))
        yield change("ignore the elements before", site.before(parts[0], ".., "), cost=0.5)
    elif want and len(parts) == have:
        edit = site.remove(site.tree.end(parts[want - 1]), site.tree.end(parts[-1]))
        yield change(f"match {want} elements", edit)


def bindings(tree: Tree, pattern: Node) -> Iterator[Node]:
    """The names that a pattern binds, as nodes; what a guard uses is not among them."""
    for node in descendants(pattern):
        if node.type == "shorthand_field_identifier":
            yield node
        elif node.type == "identifier" and tree.of(node)[:1].islower() | (tree.of(node)[:1] == "_"):
            parent = node.parent
            if parent is None or parent.type in ("scoped_identifier", "scoped_type_identifier", "macro_invocation"):
                continue
            of = field(parent, "type")
            if of is None or of != node:
                yield node


def _alternatives(node: Node) -> Iterator[Node]:
    for part in node.named_children:
        if part.type == "or_pattern":
            yield from _alternatives(part)
        else:
            yield part


def _self_type(site: Site) -> str:
    of = field(site.implementation, "type")
    return bare(site.of(of)) if of is not None else ""


KINDS = (
    kind("pattern-arity", "E0023", LIKELY, pattern_arity),
    kind("pattern-field", "E0026", LIKELY, pattern_field),
    kind("drop-pattern-field", "E0026 E0025", WEAK, drop_pattern_field, weak=True),
    kind("bind-in-all-alternatives", "E0408", LIKELY, bound_in_all),
    kind("pattern-to-guard", "E0164 E0532", POSSIBLE, pattern_to_guard),
    kind("slice-pattern-length", "E0527 E0528", LIKELY, slice_length),
    kind("swap-range-ends", "E0030 E0579", SURE, range_ends),
)
