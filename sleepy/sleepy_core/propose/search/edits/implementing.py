"""Items that an impl lacks, or has and its trait does not know."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import Edit
from sleepy_core.propose.search.declarations import with_member
from sleepy_core.propose.search.index import Item, bare
from sleepy_core.propose.search.kinds import FAR, LIKELY, POSSIBLE, WEAK, kind
from sleepy_core.propose.search.signatures import declared, head, member_at
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, Tree, child, field


def declare_in_trait(site: Site) -> Iterator[Change]:
    """What the impl has and the trait has not is added to the trait: its signature, type or constant."""
    member = member_at(site.tree, site.start, site.end)
    declaration = declared(site.tree, member) if member is not None else ""
    if not declaration or len(site.words) < 2:
        return
    for trait in site.crate.named(bare(site.words[1]), "trait"):
        node, tree = site.definition(trait), site.tree_of(trait.file)
        if node is None or tree is None:
            continue
        edit = with_member(tree, node, declaration)
        if edit is not None:
            yield change(f"declare `{site.words[0]}` in `{trait.name}`", (trait.file, edit))


def move_to_inherent(site: Site) -> Iterator[Change]:
    """A method that the trait has not moves into the type's own `impl`, or into a new one."""
    member, around = member_at(site.tree, site.start, site.end), site.implementation
    if member is None or around is None or member.type == "type_item":
        return
    of = field(around, "type")
    if of is None:
        return
    tree, text = site.tree, site.of(member)
    label = f"move `{site.words[0] if site.words else 'it'}` to an `impl {site.of(of)}` of its own"
    out = _cut(tree, member)
    for word in re.finditer(r"\bimpl\b", site.text):  # in the text, since to walk over all nodes is slow
        holder = tree.at(*word.span())
        same = field(holder, "type") if holder.type == "impl_item" and field(holder, "trait") is None else None
        if same is not None and site.of(same) == site.of(of):
            edit = with_member(tree, holder, text)
            if edit is not None:
                yield change(label, (site.file, out), (site.file, edit))
                return
    generics = field(around, "type_parameters")
    clause = child(around, "where_clause")
    indent = site.line_indent(tree.start(around))
    signature = f"impl{site.of(generics) if generics else ''} {site.of(of)}{' ' + site.of(clause) if clause else ''}"
    block = f"\n\n{indent}{signature} {{\n{indent}    {text}\n{indent}}}"
    yield change(label, (site.file, out), site.after(around, block))


def implement_missing(site: Site) -> Iterator[Change]:
    """The missing items that follow from what is there: an inherent method of the same name, a field, a type used."""
    around = site.implementation
    of = field(around, "type")
    if around is None or of is None or around.type != "impl_item":
        return
    written = [(name, _made(site, around, bare(site.of(of)), name)) for name in site.words]
    made = [(name, text) for name, text in written if text]
    if not made or len(made) < len(written):
        return  # the others would have to be invented
    edit = with_member(site.tree, around, f"\n{site.line_indent(site.start)}    ".join(text for _, text in made))
    if edit is not None:
        yield change(f"implement {', '.join(f'`{name}`' for name, _ in made)} by what the type has", (site.file, edit))


def default_in_trait(site: Site) -> Iterator[Change]:
    """A missing constant or type is taken from the only other impl."""
    around = site.implementation
    trait = field(around, "trait")
    if around is None or trait is None:
        return
    for name in site.words:
        others = [i for i in site.crate.named(name) if i.implements == bare(site.of(trait)) and i.kind != "fn"]
        texts = {t.text[i.start : i.end] for i in others if (t := site.tree_of(i.file)) is not None}
        for text in sorted(texts)[:3]:
            edit = with_member(site.tree, around, text)
            if edit is not None:
                yield change(f"add `{text.rstrip(';')}`", (site.file, edit))


def _cut(tree: Tree, member: Node) -> Edit:
    """A member with its comments and attributes, and the line break in front of them."""
    start, end = tree.start(member), tree.end(member)
    while start > 0 and tree.text[start - 1] in " \t\r\n":
        start -= 1
    return Edit(start, end, "")


def _made(site: Site, around: Node, of: str, name: str) -> str:
    """The text of one missing item, "" where it would have to be invented."""
    trait = field(around, "trait")
    found = [i for i in site.crate.members(bare(site.of(trait)), "fn") if i.name == name] if trait else []
    if found:
        wanted = found[0]
        node, tree = site.definition(wanted), site.tree_of(wanted.file)
        if node is None or tree is None or not wanted.receiver:
            return ""
        return _forwarded(site, wanted, of, head(tree, node, [], "trait"))
    return _used_type(site, around, name)


def _forwarded(site: Site, wanted: Item, of: str, signature: str) -> str:
    own = [i for i in site.crate.members(of, "fn") if i.name == wanted.name and not i.implements]
    arguments = ", ".join(p.name.removeprefix("mut ") for p in wanted.parameters)
    for method in own:
        if method.receiver and len(method.parameters) == len(wanted.parameters):
            first = f"self, {arguments}" if arguments else "self"
            return f"{signature} {{ {of}::{wanted.name}({first}) }}"
    for member in site.crate.members(of, "field"):
        if member.name == wanted.name.removeprefix("get_") and not wanted.parameters and wanted.type:
            return f"{signature} {{ {_field_as(member.name, member.type, wanted.type)} }}"
    return ""


def _field_as(name: str, has: str, wants: str) -> str:
    if wants.startswith("&"):
        return f"&mut self.{name}" if wants.startswith("&mut") else f"&self.{name}"
    copied = has in _COPIED
    return f"self.{name}" if copied or has != wants else f"self.{name}.clone()"


def _used_type(site: Site, around: Node, name: str) -> str:
    """`type Item = u8;` from a `next` that returns `Option<u8>`; `type Output = …;`, `type Err = …;` alike."""
    body = field(around, "body")
    for function in body.named_children if body is not None else ():
        back = field(function, "return_type")
        called = field(function, "name")
        if function.type != "function_item" or back is None or called is None:
            continue
        inside = field(back, "type_arguments")
        arguments = inside.named_children if inside is not None else []
        place = _IN_RETURN.get((name, site.of(called)))
        if place == "itself":
            return f"type {name} = {site.of(back)};"
        if place == "target" and back.type == "reference_type" and back.named_children:
            return f"type {name} = {site.of(back.named_children[-1])};"
        if isinstance(place, int) and place < len(arguments):
            return f"type {name} = {site.of(arguments[place])};"
    return ""


_COPIED = frozenset(
    {"u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64", "bool",
     "char"}
)  # fmt: skip


_OPERATORS = ("add", "sub", "mul", "div", "rem", "neg", "not", "bitand", "bitor", "bitxor", "shl", "shr")
# Where the standard library's traits use their associated types: a type argument's number, or the whole.
_IN_RETURN: dict[tuple[str, str], int | str] = {
    ("Item", "next"): 0,
    ("Item", "next_back"): 0,
    ("Err", "from_str"): 1,
    ("Error", "try_from"): 1,
    ("Error", "try_into"): 1,
    ("Target", "deref"): "target",
    ("Owned", "to_owned"): "itself",
    ("IntoIter", "into_iter"): "itself",
    ("Output", "index"): "target",
    ("Output", "poll"): 0,
    **{
        ("Output", name): "itself"
        for name in ["add", "sub", "mul", "div", "rem", "neg", "not", "bitand", "bitor", "bitxor", "shl", "shr"]
    },
}


KINDS = (
    kind("implement-by-forwarding", "E0046", LIKELY, implement_missing),
    kind("item-of-another-impl", "E0046", WEAK, default_in_trait, weak=True),
    kind("move-to-inherent", "E0407 E0438", POSSIBLE, move_to_inherent),
    kind("declare-in-trait", "E0407 E0437 E0438", FAR, declare_in_trait),
)
