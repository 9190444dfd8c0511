"""Faults of names and paths: half a rename, a slip of the fingers, an import or a module that is gone."""

from __future__ import annotations

from collections.abc import Iterator

from faults.shapes import Fault, before, code, cut, cut_line, cut_listed, cut_word, elements, field, has, put
from sleepy_core.propose.search.syntax import Node, Tree, ancestors, child

_DEFINED = ("function_item", "struct_item", "enum_item", "trait_item", "const_item", "static_item", "type_item")
_USED = ("identifier", "type_identifier", "field_identifier")
# What the same method is called elsewhere: other languages, other crates, earlier versions.
_ELSEWHERE = {
    "len": "length", "push": "append", "is_empty": "empty", "unwrap": "get", "contains": "includes", "trim": "strip",
    "push_str": "append", "insert": "put", "to_string": "to_str", "iter": "iterator", "as_str": "to_str",
    "chars": "characters", "map_err": "map_error", "extend": "push_all", "pop": "remove_last", "next": "advance",
    "unwrap_or": "or", "ok_or": "or_error", "filter": "where_", "find": "index_of", "position": "index_of",
}  # fmt: skip


def rename_a_definition(tree: Tree) -> Iterator[Fault]:
    """An item has a new name, and nobody who uses it was told."""
    for item in code(tree, *_DEFINED):
        name = field(item, "name")
        if name is not None and tree.of(name) != "_":
            yield (put(tree, name, _renamed(tree.of(name))),)


def rename_all_but_one_use(tree: Tree) -> Iterator[Fault]:
    """A rename that forgot the last use in the file."""
    places: dict[str, list[Node]] = {}
    for name in code(tree, *_USED):
        places.setdefault(tree.of(name), []).append(name)
    for item in code(tree, "function_item", "struct_item", "enum_item", "const_item", "field_declaration"):
        declared = field(item, "name")
        found = places.get(tree.of(declared), []) if declared is not None else []
        if len(found) > 2 and found[-1] != declared:
            yield tuple(put(tree, name, _renamed(tree.of(name))) for name in found[:-1])


def rename_a_field(tree: Tree) -> Iterator[Fault]:
    """A field, or a variant, has a new name where it is declared."""
    for item in code(tree, "field_declaration", "enum_variant"):
        name = field(item, "name")
        if name is not None:
            yield (put(tree, name, _renamed(tree.of(name))),)


def rename_a_variable(tree: Tree) -> Iterator[Fault]:
    """A variable or a parameter has a new name where it is declared."""
    for item in code(tree, "let_declaration", "parameter"):
        name = field(item, "pattern")
        if name is not None and name.type == "identifier":
            yield (put(tree, name, _renamed(tree.of(name))),)


def mistype_a_name(tree: Tree) -> Iterator[Fault]:
    """Two letters swapped, or one lost, where a name is used."""
    for name in code(tree, *_USED):
        text = tree.of(name)
        if len(text) > 3 and not _declares(name) and text[1] != text[2]:
            yield (put(tree, name, text[0] + text[2] + text[1] + text[3:]),)
            yield (put(tree, name, text[:-2] + text[-1]),)


def call_by_another_name(tree: Tree) -> Iterator[Fault]:
    """A method as it is called in another language."""
    for call in code(tree, "call_expression"):
        function = field(call, "function")
        name = field(function, "field") if function is not None else None
        if name is not None and tree.of(name) in _ELSEWHERE:
            yield (put(tree, name, _ELSEWHERE[tree.of(name)]),)


def drop_an_import(tree: Tree) -> Iterator[Fault]:
    """A `use` is gone, or one name of its list."""
    for use in code(tree, "use_declaration"):
        yield (cut_line(tree, use),)
    for listed in code(tree, "use_list"):
        if len(elements(listed)) > 1:
            for name in elements(listed):
                yield (cut_listed(tree, name),)


def import_from_the_wrong_place(tree: Tree) -> Iterator[Fault]:
    """A path with a wrong root, or with one step too few."""
    other = {"crate": "super", "super": "crate", "self": "super", "std": "crate", "core": "std::core", "alloc": "crate"}
    for path in code(tree, "scoped_identifier", "scoped_use_list", "scoped_type_identifier"):
        root = field(path, "path")
        if root is None:
            continue
        if (name := tree.of(root)) in other:
            yield (put(tree, root, other[name]),)
        elif root.type == "scoped_identifier" and (parent := field(root, "path")) is not None:
            yield (put(tree, root, tree.of(parent)),)


def drop_a_path(tree: Tree) -> Iterator[Fault]:
    """`Self::X`, `Kind::X` or `self.x` as only `X`."""
    for path in code(tree, "scoped_identifier"):
        name = field(path, "name")
        if name is not None and not any(a.type == "use_declaration" for a in ancestors(path)):
            yield (put(tree, path, tree.of(name)),)
    for access in code(tree, "field_expression"):
        value, name = field(access, "value"), field(access, "field")
        if value is not None and name is not None and value.type == "self":
            yield (put(tree, access, tree.of(name)),)


def drop_a_module(tree: Tree) -> Iterator[Fault]:
    """A file that no `mod` names any more."""
    for module in code(tree, "mod_item"):
        if not has(module, "declaration_list"):
            yield (cut_line(tree, module),)


def misname_a_module(tree: Tree) -> Iterator[Fault]:
    """A `mod` that names no file."""
    for module in code(tree, "mod_item"):
        name = field(module, "name")
        if name is not None and not has(module, "declaration_list"):
            yield (put(tree, name, _renamed(tree.of(name))),)


def hide_an_item(tree: Tree) -> Iterator[Fault]:
    """A `pub` is gone: of an item, a method, a field, a module."""
    for word in code(tree, "visibility_modifier"):
        yield (cut_word(tree, word),)


def hide_a_module(tree: Tree) -> Iterator[Fault]:
    """Everything of a module is only its own: `pub(self)`."""
    for module in code(tree, "mod_item"):
        word = child(module, "visibility_modifier")
        yield (put(tree, word, "pub(self)"),) if word is not None else (before(tree, module, "pub(self) "),)
    for use in code(tree, "use_declaration"):
        word = child(use, "visibility_modifier")
        if word is not None:
            yield (cut_word(tree, word),)


def drop_a_macro_name(tree: Tree) -> Iterator[Fault]:
    """A macro called like a function."""
    for call in code(tree, "macro_invocation"):
        bang = child(call, "!")
        if bang is not None:
            yield (cut(tree, bang),)


def _renamed(name: str) -> str:
    """A name that somebody may have found better."""
    if name.isupper():
        return f"{name}_VALUE" if "_" not in name else name.rpartition("_")[0]
    if name[:1].isupper():
        return f"{name}Info" if len(name) < 8 else name[:-3]
    return name.rpartition("_")[0] if name.strip("_").count("_") else f"{name}_value"


def _declares(name: Node) -> bool:
    parent = name.parent
    if parent is None or parent.type in ("use_declaration", "attribute", "macro_invocation"):
        return True
    declared = parent.child_by_field_name("name") or parent.child_by_field_name("pattern")
    return declared == name and parent.type not in ("scoped_identifier", "scoped_type_identifier", "struct_expression")


MUTATIONS = (
    rename_a_definition, rename_all_but_one_use, rename_a_field, rename_a_variable, mistype_a_name,
    call_by_another_name, drop_an_import, import_from_the_wrong_place, drop_a_path, drop_a_module, misname_a_module,
    hide_an_item, hide_a_module, drop_a_macro_name,
)  # fmt: skip
