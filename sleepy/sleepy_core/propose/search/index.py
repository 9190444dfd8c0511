"""What a crate defines: items with their names, members, signatures and places, read from syntax trees.

One file's items are read once for each text (cached by content); a `Crate` is the items of many files and
answers by name. Nothing here resolves types: the compiler does that, for every candidate.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from sleepy_core.model import CargoProject, Package, RelPath
from sleepy_core.propose.search.syntax import Node, Tree, child, field

# A repository with more Rust than this is indexed only around the package of the error.
MOST_FILES = 1500
_LONGEST_FILE = 1_000_000

_KINDS = {
    "function_item": "fn",
    "function_signature_item": "fn",
    "struct_item": "struct",
    "union_item": "struct",
    "enum_item": "enum",
    "trait_item": "trait",
    "const_item": "const",
    "static_item": "static",
    "type_item": "type",
    "associated_type": "type",
    "mod_item": "mod",
    "macro_definition": "macro",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function, or one field of a tuple-like thing (its name is its number then)."""

    name: str  # the pattern as written: `mut a`, `(x, y)`
    type: str


@dataclass(frozen=True, slots=True)
class Item:
    """One definition. Offsets are code points of its file's text."""

    kind: str  # fn, struct, enum, trait, const, static, type, mod, macro, field, variant
    name: str
    start: int  # attributes and doc comments not included
    name_start: int
    end: int
    visibility: str = ""  # as written: `pub`, `pub(crate)`; what a trait or an enum holds has none
    # What holds it: the type of an impl, the trait, the struct or enum; "" for items of a module.
    container: str = ""
    implements: str = ""  # in `impl Trait for Type`: the trait, without its path and arguments
    module: tuple[str, ...] = ()  # inline modules around it, outermost first
    file: RelPath = ""
    type: str = ""  # of fields, consts and statics; what a function returns ("" for nothing)
    generics: str = ""  # as written, with brackets
    receiver: str = ""  # of methods: `self`, `&self`, `&mut self`
    parameters: tuple[Parameter, ...] = ()  # without the receiver; fields of tuple-like structs and variants
    shape: str = ""  # of structs and variants: `named`, `tuple`, `unit`
    derives: tuple[str, ...] = ()

    @property
    def public(self) -> bool:
        """Is it visible outside of its module, as written?"""
        return bool(self.visibility)


@functools.lru_cache(maxsize=4096)
def items_of(text: str) -> tuple[Item, ...]:
    """The definitions of one text, in their order; each member follows what holds it. `file` is left empty."""
    return tuple(items_in(Tree(text)))


def items_in(tree: Tree) -> Iterator[Item]:
    """The definitions of a text that has been parsed."""
    return _items(tree, tree.root, (), "", "")


class Crate:
    """The definitions of the package of an error and of the project's packages that it depends on."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.items = tuple(items)
        self._by_name: dict[str, list[Item]] = defaultdict(list)
        self._by_container: dict[str, list[Item]] = defaultdict(list)
        for item in self.items:
            self._by_name[item.name].append(item)
            if item.container:
                self._by_container[item.container].append(item)

    @classmethod
    def read(cls, texts: Mapping[RelPath, str], project: CargoProject, package: str) -> Crate:
        """Index a package, then what it depends on within the project. Reads files: call it in a thread."""
        found: list[Item] = []
        for file in files_of(texts, project, package)[:MOST_FILES]:
            text = texts.get(file)
            if text is not None and len(text) <= _LONGEST_FILE:
                found += (_placed(item, file) for item in items_of(text))
        return cls(found)

    def named(self, name: str, *kinds: str) -> list[Item]:
        """All definitions of a name, of some kinds or of all."""
        return [i for i in self._by_name.get(name, ()) if not kinds or i.kind in kinds]

    def members(self, container: str, *kinds: str) -> list[Item]:
        """What a type, trait, struct or enum holds: fields, variants, methods, associated items."""
        return [i for i in self._by_container.get(container, ()) if not kinds or i.kind in kinds]

    def of_kind(self, *kinds: str) -> Iterator[Item]:
        """All definitions of some kinds."""
        return (i for i in self.items if i.kind in kinds)


def files_of(texts: Mapping[RelPath, str], project: CargoProject, package: str) -> list[RelPath]:
    """The Rust files of a package, then those of the project's packages below it, by name within each."""
    order = _downwards(project, package)
    folders = [(_relative(p, project), number) for number, p in enumerate(order)]
    if not folders:
        return sorted(f for f in texts if f.endswith(".rs"))
    found: list[tuple[int, RelPath]] = []
    others = {_relative(p, project) for p in project.packages} - {folder for folder, _ in folders}
    for file in texts:
        if not file.endswith(".rs"):
            continue
        holders = [(len(folder), number) for folder, number in folders if _below(file, folder)]
        if not holders:
            continue
        depth, number = max(holders)
        if not any(len(other) > depth and _below(file, other) for other in others):
            found.append((number, file))
    return [file for _, file in sorted(found)]


def path_of(item: Item, project: CargoProject, package: str) -> str:
    """Where the item's module is, as a `use` of the named package would say it: `crate::a::b`, `other::a`.

    By the file's place, as modules are laid out by default (`src/a/b.rs`, `src/a/mod.rs`): a `#[path]` misleads it.
    """
    owner = max(
        (p for p in project.packages if _below(item.file, _relative(p, project))),
        key=lambda p: len(p.root.parts),
        default=None,
    )
    inside = PurePosixPath(item.file)
    root = _relative(owner, project) if owner else ""
    parts = list(inside.relative_to(root).parts if root else inside.parts)
    if parts and parts[0] == "src":
        parts = parts[1:]
    if parts:
        stem = parts.pop().removesuffix(".rs")
        if stem not in ("lib", "main", "mod"):
            parts.append(stem)
    first = "crate" if owner is None or owner.name == package else owner.name.replace("-", "_")
    return "::".join((first, *parts, *item.module))


def bare(type_text: str) -> str:
    """The last name of a path, without arguments: `a::B<T>` → `B`; `&mut B` → `B`."""
    text = type_text.strip().lstrip("&*").strip()
    for word in ("mut ", "dyn ", "const "):
        text = text.removeprefix(word)
    if text.startswith("'"):
        text = text.partition(" ")[2]
        text = text.removeprefix("mut ").removeprefix("dyn ")
    return text.partition("<")[0].rpartition("::")[2].strip()


def _downwards(project: CargoProject, package: str) -> list[Package]:
    by_name = {p.name: p for p in project.packages}
    order: list[str] = [package] if package in by_name else []
    for name in order:  # grows while it is walked
        order += [d for d in by_name[name].dependencies if d in by_name and d not in order]
    return [by_name[name] for name in order]


def _relative(package: Package, project: CargoProject) -> str:
    try:
        folder = package.root.relative_to(project.root).as_posix()
    except ValueError:
        return f"../{package.root.name}"  # a path dependency elsewhere: never patched, roughly placed
    return "" if folder == "." else folder


def _below(file: RelPath, folder: str) -> bool:
    return not folder or file.startswith(f"{folder}/")


def _placed(item: Item, file: RelPath) -> Item:
    return Item(
        item.kind, item.name, item.start, item.name_start, item.end, item.visibility, item.container, item.implements,
        item.module, file, item.type, item.generics, item.receiver, item.parameters, item.shape, item.derives,
    )  # fmt: skip


def _items(tree: Tree, holder: Node, module: tuple[str, ...], container: str, implements: str) -> Iterator[Item]:
    derives: tuple[str, ...] = ()
    for node in holder.named_children:
        if node.type == "attribute_item":
            derives += _derives(tree.of(node))
            continue
        if node.type in ("line_comment", "block_comment"):
            continue
        yield from _item(tree, node, module, container, implements, derives)
        derives = ()


def _item(
    tree: Tree, node: Node, module: tuple[str, ...], container: str, implements: str, derives: tuple[str, ...]
) -> Iterator[Item]:
    body = field(node, "body")
    if node.type == "impl_item":
        of = field(node, "type")
        trait = field(node, "trait")
        if of is not None and body is not None:
            yield from _items(tree, body, module, bare(tree.of(of)), bare(tree.of(trait)) if trait else "")
        return
    if node.type == "foreign_mod_item" and body is not None:
        yield from _items(tree, body, module, container, implements)
        return
    kind = _KINDS.get(node.type)
    name = field(node, "name")
    if kind is None or name is None:
        return
    yield _made(tree, node, name, kind, module, container, implements, derives)
    if body is None:
        return
    if kind == "mod":
        yield from _items(tree, body, (*module, tree.of(name)), "", "")
    elif kind == "trait":
        yield from _items(tree, body, module, tree.of(name), "")
    elif kind == "struct":
        yield from _fields(tree, body, module, tree.of(name))
    elif kind == "enum":
        for variant in body.named_children:
            called = field(variant, "name")
            if variant.type == "enum_variant" and called is not None:
                yield _made(tree, variant, called, "variant", module, tree.of(name), "", ())
                inner = field(variant, "body")
                if inner is not None:
                    yield from _fields(tree, inner, module, tree.of(called))


def _fields(tree: Tree, body: Node, module: tuple[str, ...], container: str) -> Iterator[Item]:
    for member in body.named_children:
        name = field(member, "name")
        if member.type == "field_declaration" and name is not None:
            yield _made(tree, member, name, "field", module, container, "", ())


def _made(
    tree: Tree,
    node: Node,
    name: Node,
    kind: str,
    module: tuple[str, ...],
    container: str,
    implements: str,
    derives: tuple[str, ...],
) -> Item:
    visibility = child(node, "visibility_modifier")
    type_node = field(node, "return_type" if kind == "fn" else "type")
    generics = field(node, "type_parameters")
    receiver, parameters = _parameters(tree, node)
    return Item(
        kind=kind,
        name=tree.of(name),
        start=tree.start(node),
        name_start=tree.start(name),
        end=tree.end(node),
        visibility=tree.of(visibility) if visibility else "",
        container=container,
        implements=implements,
        module=module,
        type=tree.of(type_node) if type_node else "",
        generics=tree.of(generics) if generics else "",
        receiver=receiver,
        parameters=parameters,
        shape=_shape(node) if kind in ("struct", "variant") else "",
        derives=derives,
    )


def _parameters(tree: Tree, node: Node) -> tuple[str, tuple[Parameter, ...]]:
    listed = field(node, "parameters")
    if listed is not None:
        receiver = ""
        found = []
        for parameter in listed.named_children:
            if parameter.type == "self_parameter":
                receiver = tree.of(parameter)
            elif parameter.type == "parameter":
                pattern, of = field(parameter, "pattern"), field(parameter, "type")
                if pattern is not None and of is not None:
                    found.append(Parameter(tree.of(pattern), tree.of(of)))
        return receiver, tuple(found)
    body = field(node, "body")
    if body is None:
        return "", ()
    if body.type == "ordered_field_declaration_list":
        types = body.children_by_field_name("type")
        return "", tuple(Parameter(str(number), tree.of(of)) for number, of in enumerate(types))
    if body.type == "field_declaration_list":
        pairs = [(field(f, "name"), field(f, "type")) for f in body.named_children]
        return "", tuple(Parameter(tree.of(n), tree.of(t)) for n, t in pairs if n is not None and t is not None)
    return "", ()


def _shape(node: Node) -> str:
    body = field(node, "body")
    if body is None:
        return "unit"
    return "named" if body.type == "field_declaration_list" else "tuple"


def _derives(attribute: str) -> tuple[str, ...]:
    inside = "".join(attribute.split()).removeprefix("#[derive(")
    if inside == "".join(attribute.split()):
        return ()
    return tuple(bare(name) for name in inside.rstrip("])").split(",") if name)
