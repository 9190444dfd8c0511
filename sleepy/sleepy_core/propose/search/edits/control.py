"""Jumps, closures and receivers that stand where the language does not take them as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.propose.search.declarations import without
from sleepy_core.propose.search.kinds import LIKELY, POSSIBLE, SURE, kind
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import enclosing, field


def boxed_recursion(site: Site) -> Iterator[Change]:
    """E0733: `f(n).await` in `async fn f` → `Box::pin(f(n)).await`."""
    edits = []
    for place in site.places:
        if "recursive call" in place.label and place.file == site.file:
            awaited = enclosing(site.tree.at(place.start, place.end), "await_expression")
            call = awaited.named_children[0] if awaited is not None and awaited.named_children else None
            if call is not None:
                edits += [site.before(call, "Box::pin("), site.after(call, ")")]
    if edits:
        yield change("box the recursive call", *edits)


def copied_field(site: Site) -> Iterator[Change]:
    """E0793: `&packed.field` → `&{ packed.field }`, a reference to a copy."""
    reference = enclosing(site.node, "reference_expression")
    value = field(reference, "value")
    if value is not None and not site.opaque:
        yield change(f"refer to a copy of `{site.of(value)}`", site.replace(value, f"{{ {site.of(value)} }}"))


def closure_parameters(site: Site) -> Iterator[Change]:
    """E0631: a closure's parameters get the types that are expected, or leave them to be inferred."""
    wanted = re.search(r"expected closure signature `fn\(([^()]*)\)", site.said)
    place = next((p for p in site.places if "found signature" in p.label and p.file == site.file), None)
    closure = enclosing(site.tree.at(place.start, place.end), "closure_expression") if place is not None else None
    listed = field(closure, "parameters")
    parameters = [p for p in (listed.named_children if listed is not None else ()) if p.type == "parameter"]
    types = [of.strip() for of in wanted[1].split(",")] if wanted is not None else []
    written = [(field(p, "pattern"), field(p, "type")) for p in parameters]
    pairs = [(pattern, of) for pattern, of in written if pattern is not None and of is not None]
    if not pairs:
        return
    inferred = [site.remove(site.tree.end(pattern), site.tree.end(of)) for pattern, of in pairs]
    yield change("let the closure's parameters be inferred", *inferred)
    if len(pairs) == len(types):
        edits = [site.replace(of, new) for (_, of), new in zip(pairs, types, strict=True) if site.of(of) != new]
        if edits:
            yield change(f"take `{', '.join(types)}` in the closure", *edits)


def usual_receiver(site: Site) -> Iterator[Change]:
    """E0307: `self: &String` → `&self`."""
    receiver = enclosing(site.node, {"self_parameter", "parameter"})
    if receiver is not None and re.match(r"(mut )?self\b", site.of(receiver)):
        mutable = "&mut" in site.of(receiver)
        for cost, new in enumerate(("&mut self", "&self", "self") if mutable else ("&self", "&mut self", "self")):
            yield change(f"take `{new}`", site.replace(receiver, new), cost=cost * 0.5)


def jump_of_block(site: Site) -> Iterator[Change]:
    """E0696: `continue 'block` → `break 'block`, or `continue` of the loop around it."""
    jump = enclosing(site.node, "continue_expression")
    if jump is not None:
        yield change("leave the block instead", site.put(site.start, site.start + len("continue"), "break"))
        if enclosing(jump, {"loop_expression", "while_expression", "for_expression"}) is not None:
            yield change("continue with the loop", site.replace(jump, "continue"), cost=0.5)


def value_of_constant(site: Site) -> Iterator[Change]:
    """E0572: `const N: u32 = return 0;` → `= 0`."""
    jump = enclosing(site.node, "return_expression")
    if jump is not None and jump.named_children:
        yield change("give the value without `return`", site.replace(jump, site.of(jump.named_children[0])))


def second_binding(site: Site) -> Iterator[Change]:
    """E0719: an associated type that is named twice, and the same both times, is named once."""
    binding = enclosing(site.node, "type_binding")
    first = [p for p in site.places if "bound here first" in p.label and p.file == site.file]
    if binding is not None and any(site.text[p.start : p.end] == site.of(binding) for p in first):
        yield change(f"name `{site.of(binding)}` once", (site.file, without(site.tree, binding)))


KINDS = (
    kind("box-recursion", "E0733", SURE, boxed_recursion),
    kind("copy-packed-field", "E0793", LIKELY, copied_field),
    kind("closure-parameters", "E0631", LIKELY, closure_parameters),
    kind("usual-receiver", "E0307", LIKELY, usual_receiver),
    kind("jump-of-block", "E0696", POSSIBLE, jump_of_block),
    kind("value-without-return", "E0572", SURE, value_of_constant),
    kind("bind-once", "E0719", SURE, second_binding),
)
