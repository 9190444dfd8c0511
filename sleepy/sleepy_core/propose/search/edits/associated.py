"""Associated types that are not named, not there or of another type; traits where types must be, and the reverse."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.search.declarations import parameter_names, with_member, with_parameter, with_predicate
from sleepy_core.propose.search.index import bare
from sleepy_core.propose.search.kinds import LIKELY, POSSIBLE, kind
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import ancestors, child, descendants, enclosing, field


def name_associated(site: Site) -> Iterator[Change]:
    """`dyn Trait` → `dyn Trait<Item = u8>`: the type that an impl in the crate has, or an expected type names."""
    missing = re.findall(r"`([^`]+)`", site.message.partition(" in `")[0])
    name = bare(site.words[-1]) if site.words else ""
    found: list[list[str]] = [_of_impls(site, name, each) for each in missing]
    if not missing or not all(found):
        return
    trait = enclosing(site.node, "generic_type")
    own = trait is not None and site.tree.start(trait) == site.start
    arguments = field(trait, "type_arguments") if trait is not None and own else None
    for number in range(min(3, *map(len, found)) if len(found) > 1 else min(3, len(found[0]))):
        bindings = [f"{each} = {types[number]}" for each, types in zip(missing, found, strict=True)]
        if arguments is None:
            edit = site.insert(site.end, f"<{', '.join(bindings)}>")
        else:
            edit = site.insert(site.tree.end(arguments) - 1, f", {', '.join(bindings)}")
        yield change(f"name {', '.join(f'`{b}`' for b in bindings)}", edit)


def declare_associated(site: Site) -> Iterator[Change]:
    """E0220: `Self::Item` in a trait that has none, or `T::Item` of a bound that has none: the trait declares it."""
    name = site.words[0] if site.words else ""
    around = site.implementation
    if len(site.words) < 2 or not name:
        return
    if site.words[1] == "Self" and around is not None and around.type == "trait_item":
        body = field(around, "body")
        first = body.named_children[0] if body is not None and body.named_children else None
        if first is not None:
            indent = site.line_indent(site.tree.start(first))
            line = "\n" in site.of(around)
            yield change(
                f"declare `type {name};`", site.before(first, f"type {name};{chr(10) + indent if line else ' '}")
            )
    for bound in _bounds_of(site, site.words[1]):
        for item in site.crate.named(bound, "trait"):
            node, tree = site.definition(item), site.tree_of(item.file)
            edit = with_member(tree, node, f"type {name};") if node is not None and tree is not None else None
            if edit is not None:
                yield change(f"declare `type {name};` in `{bound}`", (item.file, edit), cost=0.5)
    if name in ("Item", "IntoIter") and site.words[1] != "Self":
        from_trait = "IntoIterator" if name == "IntoIter" else "Iterator"
        holder = next((n for n in ancestors(site.node) if site.words[1] in parameter_names(site.tree, n)), None)
        parameters = field(holder, "type_parameters")
        for parameter in parameters.named_children if parameters is not None else ():
            called = field(parameter, "name")
            if called is not None and site.of(called) == site.words[1] and field(parameter, "bounds") is None:
                yield change(f"require `{site.words[1]}: {from_trait}`", site.after(called, f": {from_trait}"))


def associated_as_found(site: Site) -> Iterator[Change]:
    """E0271: the bound or the impl's associated type says what the other has."""
    expected = re.search(r"expected `([^`]+)`, found `([^`]+)`", site.said)
    yields = re.search(r"yields `([^`]+)`, but it yields `([^`]+)`", site.message)
    resolved = re.search(r"to be `([^`]+)`, but .*`([^`]+)`", site.message)
    pair = yields or expected or resolved
    if pair is None:
        return
    wanted, found = pair[1], pair[2]
    for place in site.places:
        tree = site.tree_of(place.file)
        node = tree.at(place.start, place.end) if tree is not None else None
        if tree is None or node is None:
            continue
        for binding in (n for n in descendants(node) if n.type == "type_binding"):
            of = field(binding, "type")
            if of is not None and tree.of(of) == wanted:
                yield change(f"ask for `{found}` instead of `{wanted}`", site.replace(of, found, place.file))
        alias = enclosing(node, "type_item")
        of = field(alias, "type")
        if of is not None and tree.of(of) == found:
            yield change(f"make the associated type `{wanted}`", site.replace(of, wanted, place.file), cost=0.5)


def boxed_field(site: Site) -> Iterator[Change]:
    """E0072: the field that holds its own type holds it in a `Box`, or in an `Option<Box<…>>` or `Vec`."""
    for place in site.places:
        if "recursive without" not in place.label:
            continue
        tree = site.tree_of(place.file)
        node = tree.exactly(place.start, place.end) if tree is not None else None
        if tree is None or node is None:
            continue
        text = tree.of(node)
        optional = node.parent is not None and node.parent.type == "type_arguments"
        texts = (
            [f"Box<{text}>", f"Vec<{text}>"] if optional else [f"Box<{text}>", f"Option<Box<{text}>>", f"Vec<{text}>"]
        )
        for cost, new in enumerate(texts):
            yield change(f"hold it as `{new}`", site.replace(node, new, place.file), cost=float(cost))


def bound_as_type(site: Site) -> Iterator[Change]:
    """E0404: a type where a trait must be: `impl S for T` → `impl S`, `dyn S` and `impl S` → `S`."""
    name = site.of(site.node)
    around = site.node.parent
    if around is not None and around.type in ("dynamic_type", "abstract_type"):
        yield change(f"use the type `{name}` itself", site.replace(around, name))
    impl = enclosing(site.node, "impl_item")
    trait = field(impl, "trait")
    of = field(impl, "type")
    if trait is None or of is None or trait.start_byte > site.node.start_byte or trait.end_byte < site.node.end_byte:
        return
    if site.crate.named(bare(site.of(of)), "trait"):
        edits = (site.replace(trait, site.of(of)), site.replace(of, site.of(trait)))
        yield change(f"implement `{site.of(of)}` for `{site.of(trait)}`", *edits, cost=-1.0)


def methods_for_sized(site: Site) -> Iterator[Change]:
    """E0038: the methods that keep a trait from being a `dyn` are left to sized types."""
    edits: list[tuple[RelPath, Edit]] = []
    for place in site.places:
        tree = site.tree_of(place.file)
        if not place.label.startswith("...because") or tree is None:
            continue
        function = enclosing(tree.at(place.start, place.end), {"function_item", "function_signature_item"})
        edit = with_predicate(tree, function, "Self: Sized") if function is not None else None
        if edit is None:
            return  # a constant, a supertrait: nothing of a method's
        if (place.file, edit) not in edits:
            edits.append((place.file, edit))
    if edits:
        yield change("leave what a `dyn` cannot have to sized types", *edits)


def opaque_instead(site: Site) -> Iterator[Change]:
    """`Box<dyn A + B>` → `Box<impl A + B>` in a signature, where one trait object cannot be of both."""
    dynamic = enclosing(site.node, "dynamic_type")
    bounded = enclosing(site.node, "bounded_type")
    holder = dynamic if dynamic is not None else bounded
    if holder is None or enclosing(holder, "block") is not None:
        return
    if enclosing(holder, {"function_item", "function_signature_item"}) is None or not site.of(holder).startswith(
        "dyn "
    ):
        return
    at = site.tree.start(holder)
    yield change("take any one type of both traits instead of a `dyn`", site.put(at, at + 3, "impl"))


def boxed_dyn(site: Site) -> Iterator[Change]:
    """`impl Trait` where it may not stand: `Box<dyn Trait>`, or a type parameter of the function."""
    opaque = enclosing(site.node, "abstract_type")
    if opaque is None:
        return
    trait = site.of(opaque).removeprefix("impl ").strip()
    let = enclosing(opaque, "let_declaration")
    if let is not None and field(let, "type") == opaque and field(let, "value") is not None:
        pattern = field(let, "pattern")
        if pattern is not None:
            yield change(
                "let the type be inferred", site.remove(site.tree.end(pattern), site.tree.end(opaque)), cost=-0.5
            )
    function = enclosing(opaque, {"function_item", "function_signature_item"})
    if function is not None and enclosing(opaque, "parameters") is not None:
        name = next(c for c in "TUVW" if c not in parameter_names(site.tree, function))
        edit = with_parameter(site.tree, function, f"{name}: {trait}")
        if edit is not None:
            yield change(f"declare `{name}: {trait}`", (site.file, edit), site.replace(opaque, name))
    yield change(f"box it as `dyn {trait}`", site.replace(opaque, f"Box<dyn {trait}>"), cost=0.5)


def _of_impls(site: Site, trait: str, associated: str) -> list[str]:
    """The types that impls in the crate give an associated type of a trait."""
    found = [i.type for i in site.crate.named(associated, "type") if i.implements == trait]
    return list(dict.fromkeys(found))


def _bounds_of(site: Site, parameter: str) -> list[str]:
    """The traits that a parameter is bounded by, in the declarations around the error."""
    for node in ancestors(site.node):
        listed = field(node, "type_parameters")
        clause = child(node, "where_clause")
        for entry in [*(listed.named_children if listed else ()), *(clause.named_children if clause else ())]:
            name = field(entry, "name") or field(entry, "left")
            bounds = field(entry, "bounds")
            if name is not None and bounds is not None and site.of(name) == parameter:
                return [bare(site.of(b)) for b in bounds.named_children]
    return []


KINDS = (
    kind("name-associated-type", "E0191", LIKELY, name_associated),
    kind("declare-associated-type", "E0220", LIKELY, declare_associated),
    kind("associated-type-as-found", "E0271", LIKELY, associated_as_found),
    kind("box-recursive-field", "E0072", LIKELY, boxed_field),
    kind("trait-is-a-type", "E0404", LIKELY, bound_as_type),
    kind("methods-for-sized-types", "E0038", LIKELY, methods_for_sized),
    kind("impl-instead-of-dyn", "E0225", POSSIBLE, opaque_instead),
    kind("box-or-parameter", "E0562 E0666", LIKELY, boxed_dyn),
)
