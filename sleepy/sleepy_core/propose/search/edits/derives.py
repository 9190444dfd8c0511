"""Derives: the trait that one of the crate's types lacks, and the one that it cannot have or has twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.search.declarations import DERIVABLE, derives, with_derive, without
from sleepy_core.propose.search.index import Item, bare
from sleepy_core.propose.search.kinds import FAR, LIKELY, POSSIBLE, SURE, kind
from sleepy_core.propose.search.missing import missing_traits
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, Tree, ancestors, descendants, enclosing, field


def derive_missing(site: Site) -> Iterator[Change]:
    """Derive what a type lacks, together with what that needs, for it and for the crate's types in its fields."""
    wanted: dict[str, list[str]] = {}
    for of, trait in missing_traits(site):
        if trait in DERIVABLE:
            for name in _crate_types(site, of):
                wanted.setdefault(name, []).append(trait)
    all_edits: list[tuple[RelPath, Edit]] = []
    for name, traits in list(wanted.items())[:4]:
        edits = derived(site, name, traits)
        if edits:
            yield change(f"derive {', '.join(f'`{t}`' for t in dict.fromkeys(traits))} for `{name}`", *edits)
            all_edits += [edit for edit in edits if edit not in all_edits]
    if len(wanted) > 1 and len({(file, edit.start) for file, edit in all_edits}) == len(all_edits) > 1:
        yield change(f"derive what {', '.join(f'`{n}`' for n in wanted)} lack", *all_edits, cost=0.5)


def derive_copy(site: Site) -> Iterator[Change]:
    """A small type that is moved and used again is made `Copy`, where all that it holds can be copied."""
    for of in dict.fromkeys(re.findall(r"type `([^`]+)`, which does not implement the `Copy` trait", site.said)):
        if of.startswith("&"):
            continue
        edits = derived(site, bare(of), ("Copy",))
        if edits:
            yield change(f"make `{bare(of)}` copied instead of moved", *edits)


def drop_duplicate_derive(site: Site) -> Iterator[Change]:
    """Of a derive and an impl by hand of the same trait, the derive goes; where `Copy` cannot be, it does."""
    wanted = bare(site.words[0]) if site.code == "E0119" and site.words else "Copy"
    for file, tree, declaration in _blamed(site):
        token = derives(tree, declaration).get(wanted)
        attribute = enclosing(token, "attribute_item") if token is not None else None
        if token is not None and attribute is not None:
            yield change(f"do not derive `{wanted}`", (file, _underived(tree, token, attribute)))
            return


def _blamed(site: Site) -> Iterator[tuple[RelPath, Tree, Node]]:
    """The types that an error is about: named by the message, or at the span, which may be the derive itself."""
    for word in site.words[1:2]:
        for item in site.crate.named(bare(word), "struct", "enum"):
            node, tree = site.definition(item), site.tree_of(item.file)
            if node is not None and tree is not None:
                yield item.file, tree, node
    for holder in ancestors(site.node):
        declaration = _declaration_of(holder)
        if declaration is not None:
            yield site.file, site.tree, declaration


def derive_copy_of_fields(site: Site) -> Iterator[Change]:
    """E0204: the crate's own types in the fields become `Copy` too."""
    edits: list[tuple[RelPath, Edit]] = []
    for place in site.places:
        if "does not implement `Copy`" not in place.label:
            continue
        tree = site.tree_of(place.file)
        node = tree.at(place.start, place.end) if tree is not None else None
        if tree is None or node is None:
            return
        member = enclosing(node, "field_declaration")
        of = field(member, "type") if member is not None else node
        found = derived(site, bare(tree.of(of)), ("Copy",)) if of is not None else []
        if not found:
            return
        edits += [edit for edit in found if edit not in edits]
    if edits:
        yield change("derive `Copy` for the types of its fields", *edits)


def derived(site: Site, name: str, traits: Iterable[str]) -> list[tuple[RelPath, Edit]]:
    """The edits that derive traits for a type of the crate and for those in its fields; none where one cannot."""
    waiting: list[tuple[str, tuple[str, ...]]] = [(name, tuple(dict.fromkeys(traits)))]
    seen = set()
    edits: list[tuple[RelPath, Edit]] = []
    while waiting:
        called, wanted = waiting.pop(0)
        if called in seen:
            continue
        seen.add(called)
        definitions = site.crate.named(called, "struct", "enum")
        if len(definitions) != 1:
            return [] if called == name else edits
        item = definitions[0]
        node, tree = site.definition(item), site.tree_of(item.file)
        if node is None or tree is None or ("Default" in wanted and item.kind == "enum" and not _unit_variants(node)):
            return []
        by_hand = _by_hand(tree, called)
        lacking = [trait for trait in wanted if trait not in by_hand]
        if "Copy" in lacking and ("Drop" in by_hand or _HEAP & set(_type_names(tree, node))):
            return []
        edit = with_derive(tree, node, lacking, by_hand)
        if edit is None:
            continue
        edits.append((item.file, edit))
        if "Default" in lacking and item.kind == "enum":
            edits += _default_variant(tree, node, item)
            lacking.remove("Default")
        waiting += [(inner, tuple(lacking)) for inner in dict.fromkeys(_type_names(tree, node)) if _own(site, inner)]
    return edits


def _crate_types(site: Site, of: str) -> list[str]:
    return [name for name in dict.fromkeys(re.findall(r"\w+", of)) if _own(site, name)]


def _own(site: Site, name: str) -> bool:
    return bool(site.crate.named(name, "struct", "enum"))


_HEAP = frozenset({"String", "Vec", "Box", "Rc", "Arc", "HashMap", "BTreeMap", "HashSet", "BTreeSet", "PathBuf"})


def _type_names(tree: Tree, definition: Node) -> list[str]:
    """The types that a definition's fields name."""
    body = field(definition, "body")
    return [tree.of(n) for n in descendants(body) if n.type == "type_identifier"] if body is not None else []


def _by_hand(tree: Tree, of: str) -> set[str]:
    """The traits that impls in the type's own file give it."""
    found = set()
    for node in descendants(tree.root):
        trait, target = field(node, "trait"), field(node, "type")
        if node.type == "impl_item" and trait is not None and target is not None and bare(tree.of(target)) == of:
            found.add(bare(tree.of(trait)))
    return found


def _unit_variants(node: Node) -> list[Node]:
    body = field(node, "body")
    variants = [v for v in (body.named_children if body is not None else ()) if v.type == "enum_variant"]
    return [v for v in variants if field(v, "body") is None]


def _default_variant(tree: Tree, node: Node, item: Item) -> list[tuple[RelPath, Edit]]:
    """`#[default]` for the variant that is called so, or the first one that holds nothing."""
    if "#[default]" in tree.of(node):
        return []
    units = _unit_variants(node)
    chosen = min(units, key=lambda v: tree.of(v) not in ("None", "Default", "Unknown", "Empty", "Unset"))
    start = tree.start(chosen)
    line = tree.text.rfind("\n", 0, start) + 1
    between = f"\n{tree.text[line:start]}" if not tree.text[line:start].strip() else " "
    return [(item.file, Edit(start, start, f"#[default]{between}"))]


def _declaration_of(node: Node) -> Node | None:
    """The struct or enum that a node is, or that the attribute around it stands before."""
    if node.type in ("struct_item", "enum_item", "union_item"):
        return node
    if node.type != "attribute_item":
        return None
    after = node.next_named_sibling
    while after is not None and after.type in ("attribute_item", "line_comment", "block_comment"):
        after = after.next_named_sibling
    return after


def _underived(tree: Tree, token: Node, attribute: Node) -> Edit:
    """Take a name out of a derive, or the whole attribute with its line where it was the only one."""
    tokens = token.parent
    if tokens is not None and len(tokens.named_children) > 1:
        # A token tree has its commas without names; a path's `serde::` in front is part of the entry.
        return without(tree, token)
    end = tree.end(attribute)
    while end < len(tree.text) and tree.text[end] in " \t\r\n":
        end += 1
    return Edit(tree.start(attribute), end, "")


KINDS = (
    kind("derive-missing", "E0277 E0369 E0599", SURE, derive_missing),
    kind("drop-duplicate-derive", "E0119 E0184", LIKELY, drop_duplicate_derive),
    kind("derive-copy-of-fields", "E0204", LIKELY, derive_copy_of_fields),
    kind("do-not-derive-copy", "E0204", POSSIBLE, drop_duplicate_derive),
    kind("derive-copy", "E0382 E0505 E0507 E0508 E0509", FAR, derive_copy),
)
