"""Lifetimes that are missing, declared twice, not declared, or of no use."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.search.declarations import orphaned, without_parameter
from sleepy_core.propose.search.index import Item
from sleepy_core.propose.search.kinds import FAR, LIKELY, POSSIBLE, kind
from sleepy_core.propose.search.lifetime_names import declared_around, lifetimes_of
from sleepy_core.propose.search.reach import applied
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, Tree, ancestors, child, descendants, enclosing, field, named

_MOST_TYPES = 4


def lifetime_of_one(site: Site) -> Iterator[Change]:
    """`fn f(a: &str, b: &str) -> &str` → the result borrows from one of them; rustc's own way is: from all."""
    function = site.named_function
    name = field(function, "name")
    listed, of = field(function, "parameters"), field(function, "return_type")
    if function is None or name is None or listed is None or of is None or not _covers(of, site):
        return
    fresh = next(n for n in ("'a", "'b", "'c", "'d", "'e") if n not in declared_around(site.tree, function))
    generics = field(function, "type_parameters")
    declare = site.insert(site.tree.start(generics) + 1, f"{fresh}, ") if generics else site.after(name, f"<{fresh}>")
    result = _given(site, site.tree, of, fresh)
    for extra, parameter in enumerate([p for p in listed.named_children if p.type == "parameter"][:6]):
        of_one = field(parameter, "type")
        edits = _given(site, site.tree, of_one, fresh) if of_one is not None else []
        pattern = field(parameter, "pattern")
        if edits and pattern is not None:
            yield change(
                f"say that the result borrows from `{site.of(pattern)}`", declare, *edits, *result, cost=extra * 0.1
            )


def lifetime_of_type(site: Site) -> Iterator[Change]:
    """A field that borrows: its type gets `<'a>`, and so do its impls and the types that hold it."""
    holder = enclosing(site.node, {"struct_item", "enum_item"})
    name = field(holder, "name")
    if holder is None or name is None or field(holder, "type_parameters") is not None:
        return
    edits: dict[tuple[RelPath, int], Edit] = {}
    waiting = [site.of(name)]
    seen: set[str] = set()
    while waiting:
        called = waiting.pop()
        if called in seen or len(seen) == _MOST_TYPES:
            continue
        seen.add(called)
        for item in site.crate.named(called, "struct", "enum"):
            for file, edit in _generic(site, item):
                edits[file, edit.start] = edit
        for file, edit, user in _uses(site, called):
            edits.setdefault((file, edit.start), edit)
            waiting += [user] if user else []
    found = [(file, edit) for (file, _), edit in edits.items()]
    if found:
        yield change(f"give `{site.of(name)}` a lifetime for what it borrows", *found, cost=0.1 * len(seen))


def _generic(site: Site, item: Item) -> Iterator[tuple[RelPath, Edit]]:
    """A type's own definition, with `<'a>` and its elided borrows named."""
    tree, node = site.tree_of(item.file), site.definition(item)
    name, body = field(node, "name"), field(node, "body")
    if tree is None or node is None or name is None or body is None or field(node, "type_parameters") is not None:
        return
    yield item.file, Edit(tree.end(name), tree.end(name), "<'a>")
    for inner in descendants(body):
        if inner.type == "reference_type" and child(inner, "lifetime") is None:
            at = tree.start(inner) + 1
            yield item.file, Edit(at, at, "'a ")


def _uses(site: Site, called: str) -> Iterator[tuple[RelPath, Edit, str]]:
    """`Parser` in impls' headers and in fields → `Parser<'a>`; the last is the type whose field it is."""
    for file, tree in site.trees(re.escape(called)):
        for node in named(tree, called):
            parent = node.parent
            if (
                node.type != "type_identifier"
                or parent is None
                or parent.type in ("generic_type", "scoped_type_identifier")
            ):
                continue
            end = tree.end(node)
            applied = Edit(end, end, "<'a>")
            if parent.type == "impl_item":
                yield file, applied, ""
                if field(parent, "type_parameters") is None:
                    at = tree.start(parent) + tree.of(parent).index("impl") + len("impl")
                    yield file, Edit(at, at, "<'a>"), ""
            holder = enclosing(node, {"struct_item", "enum_item"})
            owner = field(holder, "name")
            if holder is not None and owner is not None and owner.id != node.id:
                yield file, applied, tree.of(owner)


def lifetime_of_impl(site: Site) -> Iterator[Change]:
    """A type without its lifetime in an impl's header, or in an associated type: the impl's own, or a new one."""
    holder = site.implementation
    if holder is None or holder.type != "impl_item" or site.opaque:
        return
    if not site.code and "without lifetime parameters" not in site.message:
        return
    names = lifetimes_of(site.tree, holder)
    whole = site.text[site.start : site.end]
    for extra, name in enumerate(names[:2]):
        edit = site.insert(site.end, f"{name} ") if whole == "&" else site.insert(site.end, f"<{name}>")
        yield change(f"use the impl's `{name}`", edit, cost=extra * 0.3)
    if not names and whole != "&" and field(holder, "type_parameters") is None:
        at = site.tree.start(holder) + site.of(holder).index("impl") + len("impl")
        yield change("declare `'a` for the impl", site.insert(at, "<'a>"), site.insert(site.end, "<'a>"))


def own_field(site: Site) -> Iterator[Change]:
    """`name: &str` in a type without lifetimes → `name: String`: who makes one must give its own."""
    declared = enclosing(site.node, "field_declaration")
    of = field(declared, "type")
    if of is not None and of.type == "reference_type":
        inner = field(of, "type")
        words = {"str": "String", "Path": "PathBuf"}.get(site.of(inner), site.of(inner)) if inner is not None else ""
        slice_of = re.fullmatch(r"\[([^;\]]+)\]", words)
        yield change("own the field's value", site.replace(of, f"Vec<{slice_of[1]}>" if slice_of else words))


def undeclare(site: Site) -> Iterator[Change]:
    """A lifetime that is declared twice, hides an outer one, is `'static` or of no use: its declaration goes."""
    parameter = enclosing(site.node, "lifetime_parameter")
    name = field(parameter, "name")
    if parameter is None or name is None or parameter.parent is None:
        return
    holder, called = parameter.parent.parent, site.of(name)
    if holder is None or called == "'_":
        return
    edits = [(site.file, without_parameter(site.tree, parameter))]
    if site.code == "E0392":
        edits += _arguments_gone(site, holder, called)
    if site.code == "E0207":
        edits += [site.replace(n, "'static") for n in _named(site.tree, holder, called, parameter)]
    yield change(f"do not declare `{called}` here", *dict.fromkeys(edits))


def _arguments_gone(site: Site, holder: Node, lifetime: str) -> Iterator[tuple[RelPath, Edit]]:
    """`Type<'a, T>` → `Type<T>`, all over the crate, and `impl<'a, T>` → `impl<T>` where nothing else needs it."""
    name = field(holder, "name")
    number = lifetimes_of(site.tree, holder).index(lifetime)
    for file, tree, arguments in applied(site, site.of(name) if name is not None else ""):
        given = [a for a in arguments.named_children if a.type == "lifetime"][number : number + 1]
        impl = enclosing(arguments, "impl_item")
        for argument in given:  # none where it is elided
            yield file, without_parameter(tree, argument)
            for edit in orphaned(tree, impl, tree.of(argument)) if impl is not None else ():
                yield file, edit


def another_name(site: Site) -> Iterator[Change]:
    """A lifetime that is declared under a name that it cannot have gets another one, wherever it is used."""
    parameter = enclosing(site.node, "lifetime_parameter")
    name = field(parameter, "name")
    holder = parameter.parent.parent if parameter is not None and parameter.parent is not None else None
    if parameter is None or name is None or holder is None:
        return
    called = site.of(name)
    fresh = next(n for n in ("'a", "'b", "'c", "'d", "'e", "'f") if n not in declared_around(site.tree, parameter))
    uses = [n for n in _named(site.tree, holder, called, parameter) if site.code != "E0403"]
    edits = [site.replace(name, fresh), *(site.replace(n, fresh) for n in uses)]
    yield change(f"call `{called}` `{fresh}`", *edits)


def _named(tree: Tree, holder: Node, name: str, parameter: Node) -> Iterator[Node]:
    """The uses of a lifetime within what declares it."""
    for node in descendants(holder):
        declared = parameter.start_byte <= node.start_byte < parameter.end_byte
        if node.type == "lifetime" and tree.of(node) == name and not declared:
            yield node


def drop_arguments(site: Site) -> Iterator[Change]:
    """`impl<'a> P<'a>` of a type without lifetimes → `impl P`: what is declared for it goes, too."""
    if "takes 0 lifetime arguments" not in site.message:
        return
    applied = enclosing(site.node, "generic_type")
    arguments = field(applied, "type_arguments")
    if applied is None or arguments is None:
        return
    gone = [site.of(a) for a in arguments.named_children if a.type == "lifetime"]
    edits = [site.replace(arguments, "")]
    for holder in ancestors(applied):
        generics = field(holder, "type_parameters")
        for parameter in generics.named_children if generics is not None else ():
            name = field(parameter, "name") if parameter.type == "lifetime_parameter" else None
            called = site.of(name) if name is not None else ""
            if called in gone:
                gone.remove(called)
                uses = [n for n in _named(site.tree, holder, called, parameter) if n.parent != arguments]
                if not uses:
                    edits.append((site.file, without_parameter(site.tree, parameter)))
    if len(edits) > 1:
        yield change("take the lifetime out of the impl", *edits)


def declare_outside(site: Site) -> Iterator[Change]:
    """`for<'a> Fn(i32) -> &'a T` → `'a` is the function's own, or `'static`: no argument says it."""
    found = re.search(r"lifetime `('\w+)`", site.message)
    if found is None or site.opaque:
        return
    name = found[1]
    if any(child(n, "for_lifetimes") is not None for n in descendants(site.node)):
        return
    static = [site.replace(n, "'static") for n in descendants(site.node) if n.type == "lifetime" and site.of(n) == name]
    function = site.named_function
    called = field(function, "name")
    gone = [edit for n in ancestors(site.node) for edit in _unquantified(site, n)][:1]
    static = [(file, edit) for file, edit in static if not any(edit.start < other.end for _, other in gone)]
    if gone and function is not None and called is not None and site.code == "E0582":
        generics = field(function, "type_parameters")
        at = site.tree.start(generics) + 1 if generics is not None else site.tree.end(called)
        text = f"{name}, " if generics is not None else f"<{name}>"
        yield change(f"declare `{name}` for the function", site.insert(at, text), *gone)
    if static:
        yield change(f"return `'static` instead of `{name}`", *static, *gone, cost=0.5)


def _unquantified(site: Site, node: Node) -> Iterator[tuple[RelPath, Edit]]:
    """`for<'a> Fn(…)` without `for<'a>`, where that is all it declares."""
    quantified = field(node, "type_parameters") if node.type == "higher_ranked_trait_bound" else None
    quantified = quantified or child(node, "for_lifetimes")
    bound = quantified.next_named_sibling if quantified is not None else None
    if quantified is not None and len(quantified.named_children) == 1:
        start = site.tree.start(node if node.type == "higher_ranked_trait_bound" else quantified)
        end = site.tree.start(bound) if bound is not None else site.tree.end(quantified)
        after = site.text[site.tree.end(quantified) : end]
        yield site.remove(start, end if not after.strip() else site.tree.end(quantified) + 1)


def bound_dyn(site: Site) -> Iterator[Change]:
    """`dyn Trait` whose lifetime nothing tells → `dyn Trait + 'a`, `+ 'static`."""
    node = site.node
    if site.opaque or not site.of(node).startswith("dyn "):
        return
    for extra, name in enumerate((*declared_around(site.tree, node)[:3], "'static")):
        yield change(f"bound the trait object by `{name}`", site.after(node, f" + {name}"), cost=extra * 0.2)


def signature_of_trait(site: Site) -> Iterator[Change]:
    """An impl's method whose lifetimes differ from the trait's → the trait's signature, if the names agree."""
    if "signature doesn't match `trait`" not in site.message:
        return
    function = enclosing(site.tree.at(site.start, site.start), "function_item")
    name, body = field(function, "name"), field(function, "body")
    for place in site.places[1:]:
        tree = site.tree_of(place.file)
        declared = (
            enclosing(tree.at(place.start, place.end), {"function_signature_item", "function_item"}) if tree else None
        )
        theirs = field(declared, "name")
        if tree is None or declared is None or theirs is None or name is None or body is None:
            continue
        end = field(declared, "body")
        text = tree.text[tree.end(theirs) : tree.start(end) if end is not None else tree.end(declared)]
        start, stop = site.tree.end(name), site.tree.start(body)
        text = text.rstrip().removesuffix(";") + " "
        if re.findall(r"(\w+):", text) == re.findall(r"(\w+):", site.text[start:stop]):
            yield change(f"give `{site.of(name)}` the trait's signature", site.put(start, stop, text))


def _covers(holder: Node, site: Site) -> bool:
    return site.tree.start(holder) <= site.start and site.end <= site.tree.end(holder)


def _given(site: Site, tree: Tree, of: Node, name: str) -> list[tuple[RelPath, Edit]]:
    """Name the elided borrows of a type, and apply it to the crate's types that have a lifetime."""
    edits = []
    for node in descendants(of):
        if node.type == "reference_type" and child(node, "lifetime") is None:
            edits.append(site.insert(tree.start(node) + 1, f"{name} "))
        elif node.type == "type_identifier" and (node.parent is None or node.parent.type != "generic_type"):
            items = site.crate.named(tree.of(node), "struct", "enum")
            if any(re.fullmatch(r"<\s*'\w+\s*>", item.generics) for item in items):
                edits.append(site.after(node, f"<{name}>"))
    return edits


KINDS = (
    kind("lifetime-of-one", "E0106", LIKELY, lifetime_of_one),
    kind("lifetime-of-type", "E0106", LIKELY, lifetime_of_type),
    kind("lifetime-of-impl", "E0726 E0106 E0637 -", LIKELY, lifetime_of_impl),
    kind("own-field", "E0106", FAR, own_field),
    kind("undeclare", "E0262 E0403 E0496 E0207 E0392", LIKELY, undeclare),
    kind("another-name", "E0262 E0403 E0496 E0637", POSSIBLE, another_name),
    kind("drop-arguments", "E0107", LIKELY, drop_arguments),
    kind("declare-outside", "E0582 E0581", POSSIBLE, declare_outside),
    kind("bound-dyn", "E0228", LIKELY, bound_dyn),
    kind("signature-of-trait", "-", LIKELY, signature_of_trait),
)
