"""Where a `use` or a `mod` line belongs, and how it is put there. Pure."""

from __future__ import annotations

from collections.abc import Callable

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.search.syntax import Node, Tree, ancestors, field

_ABOVE = frozenset({"inner_attribute_item", "shebang"})
_COMMENTS = frozenset({"line_comment", "block_comment", "attribute_item"})


def add_use(tree: Tree, around: Node, path: str, file: RelPath) -> tuple[RelPath, Edit]:
    """Bring a path into the module around a node: in a group of `use`, behind the others, or on top."""
    holder = _module(around)
    prefix, _, name = path.rpartition("::")
    uses = [c for c in holder.named_children if c.type == "use_declaration"]
    for use in uses:
        listed = _group(tree, use, prefix)
        if listed is not None and listed.named_children:
            last = listed.named_children[-1]
            return file, Edit(tree.end(last), tree.end(last), f", {name.strip('{}')}")
    if uses:
        root = path.partition("::")[0]
        alike = [use for use in uses if _argument(tree, use).partition("::")[0] == root]
        return file, _sorted_in(tree, alike or uses[-1:], f"use {path};", path, _argument)
    return _on_top(tree, holder, f"use {path};", file)


def add_module(tree: Tree, name: str, file: RelPath, visibility: str = "") -> tuple[RelPath, Edit]:
    """Declare a module that is a file: behind the other `mod` lines, or on top."""
    line = f"{visibility} mod {name};".lstrip()
    modules = [c for c in tree.root.named_children if c.type == "mod_item" and field(c, "body") is None]
    if modules:
        return file, _sorted_in(tree, modules, line, name, _name)
    return _on_top(tree, tree.root, line, file)


def _sorted_in(tree: Tree, lines: list[Node], line: str, key: str, of: Callable[[Tree, Node], str]) -> Edit:
    """Put a line among others as rustfmt would: behind the last one that comes before it, else behind all of them."""
    before = [node for node in lines if of(tree, node) < key]
    if not before and len(lines) > 1:
        first = lines[0]
        while first.prev_named_sibling is not None and first.prev_named_sibling.type == "attribute_item":
            first = first.prev_named_sibling  # `#[cfg(test)]` stays with what it was written for
        start = tree.start(first)
        return Edit(start, start, f"{line}{_newline(tree, first)}")
    last = before[-1] if before else lines[-1]
    return Edit(tree.end(last), tree.end(last), f"{_newline(tree, last)}{line}")


def _argument(tree: Tree, use: Node) -> str:
    argument = field(use, "argument")
    return tree.of(argument) if argument is not None else ""


def _name(tree: Tree, module: Node) -> str:
    name = field(module, "name")
    return tree.of(name) if name is not None else ""


def _module(node: Node) -> Node:
    """What holds the items of the module around a node: the file, or the body of an inline `mod`."""
    found = node
    for found in ancestors(node):
        if found.type == "declaration_list" and found.parent is not None and found.parent.type == "mod_item":
            break
    return found


def _group(tree: Tree, use: Node, prefix: str) -> Node | None:
    argument = field(use, "argument")
    if argument is None or argument.type != "scoped_use_list":
        return None
    path, listed = field(argument, "path"), field(argument, "list")
    same = (
        path is not None and tree.of(path) == prefix and not any(c.type == "visibility_modifier" for c in use.children)
    )
    return listed if same else None


def _on_top(tree: Tree, holder: Node, line: str, file: RelPath) -> tuple[RelPath, Edit]:
    """In front of the first item and of what belongs to it, behind what belongs to the module."""
    end = "\r\n" if "\r\n" in tree.text else "\n"
    first: Node | None = None
    for node in holder.named_children:
        if node.type in _ABOVE or (node.type in _COMMENTS and tree.of(node).startswith(("//!", "/*!"))):
            first = None
        elif first is None:
            first = node
    if first is None:
        at = tree.end(holder) - (holder.type == "declaration_list")
        return file, Edit(at, at, f"{line}{end}")
    at = tree.start(first)
    line_start = tree.text.rfind("\n", 0, at) + 1
    indent = tree.text[line_start:at]
    if indent.strip():  # `mod a { fn f() {} }` on one line
        return file, Edit(at, at, f"{line} ")
    blank = "" if first.type == "use_declaration" else end
    return file, Edit(at, at, f"{line}{end}{blank}{indent}")


def _newline(tree: Tree, node: Node) -> str:
    """The line end and the indentation that a line behind a node has; a space where all is on one line."""
    start = tree.start(node)
    line_start = tree.text.rfind("\n", 0, start) + 1
    indent = tree.text[line_start:start]
    if indent.strip() and indent.strip() not in ("pub", "pub(crate)"):
        return " "
    indent = indent[: len(indent) - len(indent.lstrip())]
    return ("\r\n" if "\r\n" in tree.text else "\n") + indent
