"""A trait and an impl that do not agree: the signature of the one goes to the other, or a member moves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.search.declarations import parameter_names, with_bound, with_parameter, without
from sleepy_core.propose.search.index import bare
from sleepy_core.propose.search.kinds import FAR, LIKELY, SURE, kind
from sleepy_core.propose.search.signatures import declared, head, member_at, patterns, signature_start
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, Tree, child, enclosing, field


def as_the_trait_says(site: Site) -> Iterator[Change]:
    """The impl's signature becomes the trait's; its parameters keep their names where they still are."""
    both = _both(site)
    if both is None:
        return
    mine, theirs, tree, _ = both
    body = field(mine, "body")
    name = field(mine, "name")
    if body is None or name is None:
        return
    text = head(tree, theirs, patterns(site.tree, mine), "impl")
    filled = _with_associated(site, text)
    for version in dict.fromkeys((filled, text)):
        edit = site.put(site.tree.start(signature_start(mine)), site.tree.start(body), f"{version} ")
        yield change(f"give `{site.of(name)}` the trait's signature", edit)


def as_the_impl_says(site: Site) -> Iterator[Change]:
    """The trait's signature becomes the impl's, where no other impl speaks against it."""
    both = _both(site)
    if both is None:
        return
    mine, theirs, tree, file = both
    name = field(mine, "name")
    trait = enclosing(theirs, "trait_item")
    if name is None or trait is None:
        return
    called = site.of(name)
    of = field(trait, "name")
    signature = _shape(site.tree, mine)
    others = [i for i in site.crate.named(called, "fn") if of is not None and i.implements == tree.of(of)]
    nodes = [(site.tree_of(i.file), site.definition(i)) for i in others]
    agreeing = all(_shape(t, n) == signature for t, n in nodes if t is not None and n is not None)
    text = head(site.tree, mine, patterns(tree, theirs), "trait")
    own = field(site.implementation, "type")
    if own is not None and site.of(own).isidentifier() and len(others) > 1:
        text = re.sub(rf"\b{re.escape(site.of(own))}\b", "Self", text)
    body = field(theirs, "body")
    end = tree.start(body) if body is not None else tree.end(theirs)
    edit = site.put(tree.start(signature_start(theirs)), end, text + (" " if body is not None else ";"), file)
    yield change(f"change `{called}` in the trait as it is in the impl", edit, cost=0.0 if agreeing else 2.0)


def receiver_as_other(site: Site) -> Iterator[Change]:
    """Add the `&self` that the trait has, or take out the one that it has not; or the same in the trait."""
    both = _both(site)
    if both is None:
        return
    mine, theirs, tree, file = both
    for from_tree, source, to_tree, target, at, where in (
        (tree, theirs, site.tree, mine, site.file, "impl"),
        (site.tree, mine, tree, theirs, file, "trait"),
    ):
        edit = _receiver_edit(from_tree, source, to_tree, target)
        if edit is not None:
            what = edit.text.removesuffix(", ")
            label = f"add `{what}` in the {where}" if what else f"take out the receiver in the {where}"
            yield change(label, (at, edit), cost=0.0 if where == "impl" else 1.0)


def parameters_as_told(site: Site) -> Iterator[Change]:
    """What a trait of another crate has, by the note: `next` from trait: `fn(&mut Self) -> …`."""
    mine = site.named_function
    listed = field(mine, "parameters")
    told = re.search(r"from trait: `fn\((.*)\)(?: -> .*)?`$", site.said, re.M)
    if listed is None or told is None:
        return
    types = _split(told[1])
    have = listed.named_children
    receiver = {"&Self": "&self", "&mut Self": "&mut self"}.get(types[0], "self" if types[0] == "Self" else "")
    texts = [site.of(parameter) for parameter in have]
    if site.code == "E0185" or (site.code == "E0186" and receiver):
        texts = [receiver, *texts] if site.code == "E0186" else texts[1:]
    elif len(types) < len(texts):
        texts = texts[: len(types)]
    else:
        texts += [f"{_parameter_name(of)}: {_with_path(of)}" for of in types[len(texts) :]]
    text = f"({', '.join(texts)})"
    if text != site.of(listed):
        yield change(f"take the parameters `{text}` of the trait", site.replace(listed, text))


def another_item_kind(site: Site) -> Iterator[Change]:
    """E0323-E0325: a `type` that the trait wants as a `const`, and the reverse: the trait follows the impl."""
    member = member_at(site.tree, site.start, site.end)
    if member is None:
        return
    for place in site.places[1:]:
        tree = site.tree_of(place.file)
        node = member_at(tree, place.start, place.end) if tree is not None else None
        if tree is None or node is None or enclosing(node, "trait_item") is None:
            continue
        declaration = declared(site.tree, member)
        if declaration and site.words:
            edit = site.put(tree.start(node), tree.end(node), declaration, place.file)
            yield change(f"declare `{site.words[0]}` in the trait as the impl has it", edit)
        return


def bound_in_trait(site: Site) -> Iterator[Change]:
    """E0276: the impl's extra requirement goes to the trait, where it may have been meant."""
    requirement = re.search(r"extra requirement `([^`:]+): ([^`]+)`", site.said)
    both = _both(site)
    if requirement is None or both is None:
        return
    _, theirs, tree, file = both
    edit = with_bound(tree, theirs, requirement[1], bare(requirement[2]))
    if edit is not None:
        yield change(f"require `{requirement[1]}: {bare(requirement[2])}` in the trait too", (file, edit))


def type_parameter_as_trait(site: Site) -> Iterator[Change]:
    """E0049: the type parameters that the trait's function has are added to the impl's."""
    both = _both(site)
    if both is None:
        return
    mine, theirs, tree, _ = both
    listed = field(theirs, "type_parameters")
    if listed is None or parameter_names(site.tree, mine):
        return
    edit = with_parameter(site.tree, mine, tree.of(listed)[1:-1])
    if edit is not None:
        yield change(f"add the trait's type parameters `{tree.of(listed)}`", (site.file, edit))


def constant_as_trait(site: Site) -> Iterator[Change]:
    """E0326: a constant of another type than in the trait."""
    name, around = site.words[0] if site.words else "", site.implementation
    trait = field(around, "trait")
    mine = enclosing(site.node, "const_item")
    of = field(mine, "type")
    for item in site.crate.members(bare(site.of(trait)), "const") if trait is not None and of is not None else ():
        if item.name == name and not item.implements and item.type and of is not None:
            yield change(f"make `{name}` a `{item.type}`, as in the trait", site.replace(of, item.type))


def _both(site: Site) -> tuple[Node, Node, Tree, RelPath] | None:
    """The function of the impl and the one of the trait, with the trait's tree and file."""
    mine = site.named_function
    around = enclosing(mine, "impl_item") if mine is not None else None
    name = field(mine, "name")
    trait = field(around, "trait")
    if mine is None or name is None or trait is None:
        return None
    for item in site.crate.members(bare(site.of(trait)), "fn"):
        if item.name != site.of(name) or item.implements:
            continue
        node, tree = site.definition(item), site.tree_of(item.file)
        if node is not None and tree is not None and enclosing(node, "trait_item") is not None:
            return mine, node, tree, item.file
    return None


def _with_associated(site: Site, text: str) -> str:
    """A trait's own type parameters stand for the arguments that the impl gives them."""
    around = site.implementation
    trait = field(around, "trait")
    given = field(trait, "type_arguments")
    if trait is None or given is None:
        return text
    for item in site.crate.named(bare(site.of(trait)), "trait"):
        node, tree = site.definition(item), site.tree_of(item.file)
        if node is None or tree is None:
            continue
        for name, argument in zip(parameter_names(tree, node), given.named_children, strict=False):
            text = re.sub(rf"\b{re.escape(name)}\b", site.of(argument).replace("\\", ""), text)
    return text


def _split(types: str) -> list[str]:
    """The types of a list, parted at the commas that are not within brackets."""
    parts, depth = [""], 0
    for letter in types:
        depth += (letter in "<([") - (letter in ">)]")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()] or [""]


def _parameter_name(of: str) -> str:
    return {"Formatter": "f", "Context": "cx", "Hasher": "state"}.get(bare(of), "_")


def _with_path(of: str) -> str:
    """A type of the standard library's, which notes name without its path."""
    return of.replace("Formatter<", "std::fmt::Formatter<").replace("Context<", "std::task::Context<")


def _shape(tree: Tree, function: Node) -> tuple[str, ...]:
    """What two signatures must have in common, white space and names aside."""
    listed = field(function, "parameters")
    types = [
        tree.of(of) if (of := field(p, "type")) is not None else tree.of(p)
        for p in (listed.named_children if listed else ())
    ]
    back = field(function, "return_type")
    return (*types, "->", tree.of(back) if back is not None else "")


def _receiver_edit(from_tree: Tree, source: Node, tree: Tree, target: Node) -> Edit | None:
    listed, theirs = field(target, "parameters"), field(source, "parameters")
    if listed is None or theirs is None:
        return None
    receiver, wanted = child(listed, "self_parameter"), child(theirs, "self_parameter")
    if receiver is None and wanted is not None:
        at = tree.start(listed) + 1
        return Edit(at, at, from_tree.of(wanted) + (", " if listed.named_children else ""))
    if receiver is not None and wanted is None:
        return without(tree, receiver)
    return None


KINDS = (
    kind("trait-signature", "E0050 E0053 E0186 E0185 E0195 E0049 E0643 E0276", LIKELY, as_the_trait_says),
    kind("trait-type-parameter", "E0049", LIKELY, type_parameter_as_trait),
    kind("impl-signature", "E0050 E0053 E0195 E0049 E0643", FAR, as_the_impl_says),
    kind("receiver-as-other", "E0185 E0186", SURE, receiver_as_other),
    kind("parameters-as-told", "E0050 E0185 E0186", LIKELY, parameters_as_told),
    kind("trait-item-kind", "E0323 E0324 E0325", FAR, another_item_kind),
    kind("bound-in-trait", "E0276", FAR, bound_in_trait),
    kind("constant-as-trait", "E0326", SURE, constant_as_trait),
)
