"""Lints that a crate denies, by their names, where the compiler's own suggestion does not do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.search.declarations import with_derive
from sleepy_core.propose.search.kinds import LIKELY, POSSIBLE, SURE, WEAK, kind
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, Tree, enclosing, field

_IDENTIFIERS = frozenset({"identifier", "type_identifier", "field_identifier", "shorthand_field_identifier"})


def rename_everywhere(site: Site) -> Iterator[Change]:
    """The name that the lint asks for, at the definition and at all uses; a variable within its function only."""
    name = site.text[site.start : site.end]
    new = next((e.text for s in site.diagnostic.suggestions for e in s.edits if e.text.isidentifier()), "")
    if not new:
        new = f"_{name}" if "never used" in site.message and name.isidentifier() else ""
    if not new:
        return
    function = site.named_function
    local = site.code == "unused_variables" or site.message.startswith("variable")
    edits: list[tuple[RelPath, Edit]] = []
    if local and function is not None:
        edits = [(site.file, edit) for edit in _renamed(site.tree, function, name, new)]
    else:
        for file, tree in site.trees(re.escape(name)):
            edits += [(file, edit) for edit in _renamed(tree, tree.root, name, new)]
    if edits:
        yield change(f"rename `{name}` to `{new}` everywhere", *edits)


def handle_result(site: Site) -> Iterator[Change]:
    """A result that must be used is passed on, where the function returns one."""
    function = site.function
    back = field(function, "return_type")
    of = site.of(back) if back is not None else ""
    wanted = "Option" if "`Option`" in site.message else "Result"
    if wanted in site.message and wanted in of and site.expression is not None and not site.opaque:
        yield change("pass an error on with `?`", site.after(site.expression, "?"))


def unwrap_result(site: Site) -> Iterator[Change]:
    """A result that must be used, where a failure is not expected."""
    if "`Result`" in site.message and site.expression is not None and not site.opaque:
        yield change("panic on an error with `.unwrap()`", site.after(site.expression, ".unwrap()"))


def ignore_value(site: Site) -> Iterator[Change]:
    """`f();` → `let _ = f();`."""
    statement = enclosing(site.node, "expression_statement")
    if statement is not None and not site.opaque:
        yield change("say that the value is not needed", site.before(statement, "let _ = "))


def derive_asked_for(site: Site) -> Iterator[Change]:
    """The trait that the crate wants all its public types to have."""
    trait = "Debug" if site.code == "missing_debug_implementations" else "Copy"
    item = enclosing(site.node, {"struct_item", "enum_item", "union_item"})
    edit = with_derive(site.tree, item, (trait,)) if item is not None else None
    if edit is not None:
        yield change(f"derive `{trait}`", (site.file, edit))


def drop_label(site: Site) -> Iterator[Change]:
    """A loop's label that nothing names."""
    behind = re.match(r"\s*:\s*", site.text[site.end :])
    if behind is not None:
        yield change(f"take the label `{site.text[site.start : site.end]}` away",
                     site.remove(site.start, site.end + behind.end()))  # fmt: skip


def drop_cast(site: Site) -> Iterator[Change]:
    """`n as u8` → `n`, for what is one already."""
    cast = enclosing(site.node, "type_cast_expression")
    value = field(cast, "value")
    if cast is not None and value is not None and not site.opaque:
        yield change("take the cast away", site.replace(cast, site.of(value)))


def deprecated_successor(site: Site) -> Iterator[Change]:
    """What the deprecation says to use instead, if it is one name."""
    note = site.message.partition(": ")[2]
    found = re.search(r"(?:use|favou?r of|replaced by|renamed to) (?:the )?`?([A-Za-z_][\w:]*)(?:\(\))?`?", note)
    if found is not None and site.node.type in _IDENTIFIERS:
        new = found[1] if site.node.type in ("identifier", "type_identifier") else found[1].rpartition("::")[2]
        yield change(f"use `{new}` instead", site.replace(site.node, new))


def _renamed(tree: Tree, root: Node, name: str, new: str) -> Iterator[Edit]:
    """A name's tokens below a node, those in macros included."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        waiting.extend(reversed(node.named_children))
        if node.type in _IDENTIFIERS and tree.of(node) == name:
            yield Edit(tree.start(node), tree.end(node), new)


KINDS = (
    kind("rename-everywhere", "non_snake_case non_camel_case_types non_upper_case_globals", SURE, rename_everywhere),
    kind("rename-unused", "unused_variables", LIKELY, rename_everywhere),
    kind("pass-result-on", "unused_must_use", SURE, handle_result),
    kind("unwrap-result", "unused_must_use", WEAK, unwrap_result, weak=True),
    kind("ignore-value", "unused_results unused_must_use", POSSIBLE, ignore_value),
    kind("derive-asked-for", "missing_debug_implementations missing_copy_implementations", SURE, derive_asked_for),
    kind("drop-label", "unused_labels", SURE, drop_label),
    kind("drop-cast", "trivial_casts trivial_numeric_casts", SURE, drop_cast),
    kind("deprecated-successor", "deprecated", LIKELY, deprecated_successor),
)
