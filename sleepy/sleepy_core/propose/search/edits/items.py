"""Items: parameters that a function lacks, representations, attributes out of place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.search.calls import calls_of
from sleepy_core.propose.search.declarations import attributes
from sleepy_core.propose.search.kinds import FAR, LIKELY, POSSIBLE, SURE, WEAK, kind
from sleepy_core.propose.search.reach import function_item
from sleepy_core.propose.search.site import Change, Site, change, locals_at
from sleepy_core.propose.search.syntax import Node, Tree, descendants, enclosing, field


def parameter_from_callers(site: Site) -> Iterator[Change]:
    """A name that a function lacks and all of its callers have becomes a parameter, and they pass it."""
    function, name = site.named_function, site.of(site.node)
    listed = field(function, "parameters")
    if function is None or listed is None or not re.fullmatch(r"[a-z_]\w*", name):
        return
    item = function_item(site, site.file, site.tree.start(function), site.tree.end(function))
    types: list[str] = []
    edits: list[tuple[RelPath, Edit]] = []
    for call in (calls_of(site, item) or ()) if item is not None else ():
        local = next((v for v in locals_at(call.tree, call.node, call.tree.start(call.node)) if v.name == name), None)
        if local is None:
            return
        types.append(local.type or _literal_type(call.tree, local.start))
        edits.append(site.insert(call.closing, f", {name}" if call.arguments else name, call.file))
    of = next((t for t in types if t), "")
    if item is None or not of:
        return
    at = site.tree.end(listed) - 1
    own = site.insert(at, f", {name}: {of}" if listed.named_children else f"{name}: {of}")
    yield change(f"pass `{name}: {of}` to `{item.name}`", own, *edits)


def represented(site: Site) -> Iterator[Change]:
    """E0732: an enum whose variants hold something and have numbers says of which type these are."""
    enum = enclosing(site.node, "enum_item")
    if enum is not None:
        indent = site.line_indent(site.tree.start(enum))
        for of in ("u8", "isize"):
            yield change(f"represent it as `{of}`", site.before(enum, f"#[repr({of})]\n{indent}"))


def next_number(site: Site) -> Iterator[Change]:
    """E0081: the second variant of a number gets the next free one."""
    second = next((p for p in reversed(site.places) if "assigned here" in p.label and p.file == site.file), None)
    enum = enclosing(site.node, "enum_item")
    if second is None or enum is None or not site.text[second.start : second.end].isdecimal():
        return
    numbers = [int(site.of(n)) for n in descendants(enum) if n.type == "integer_literal" and site.of(n).isdecimal()]
    new = str(max(numbers, default=0) + 1)
    yield change(f"number it {new}", site.put(second.start, second.end, new))


def drop_attribute(site: Site) -> Iterator[Change]:
    """An attribute that does nothing where it stands: an unknown or unstable feature, a derive of a function."""
    attribute = enclosing(site.node, {"inner_attribute_item", "attribute_item"})
    if attribute is None:
        return
    start, end = site.tree.start(attribute), site.tree.end(attribute)
    line = site.text.rfind("\n", 0, start) + 1
    rest = re.match(r"[ \t]*\r?\n", site.text[end:])
    if not site.text[line:start].strip() and rest is not None:
        start, end = line, end + rest.end()
    yield change(f"take `{site.of(attribute)}` away", site.remove(start, end))


def derive_by_name(site: Site) -> Iterator[Change]:
    """`#[derive("Clone")]` → `#[derive(Clone)]`."""
    text = site.text[site.start : site.end]
    if len(text) > 2 and text[0] == text[-1] == '"' and text[1:-1].replace("::", "").isidentifier():
        yield change(f"derive `{text[1:-1]}` by its name", site.put(site.start, site.end, text[1:-1]))


def drop_representation(site: Site) -> Iterator[Change]:
    """A `repr` that the type cannot have is taken out: the part at the span, or the attribute if that is all."""
    attribute = enclosing(site.node, "attribute_item")
    if attribute is None and site.item is not None:
        yield from _without_parts(site, next((a for a in attributes(site.item) if "repr(" in site.of(a)), None))
        return
    tokens = (
        next((n for n in descendants(attribute) if n.type == "token_tree"), None) if attribute is not None else None
    )
    if tokens is None:
        return
    parts = [(site.tree.start(t), site.tree.end(t)) for t in tokens.named_children]
    if len(parts) <= 1 or (site.start, site.end) not in parts:
        yield from drop_attribute(site)
        return
    number = parts.index((site.start, site.end))
    start, end = (parts[number - 1][1], site.end) if number else (site.start, parts[1][0])
    yield change(f"take `{site.text[site.start : site.end]}` out of the attribute", site.remove(start, end))


def _without_parts(site: Site, attribute: Node | None) -> Iterator[Change]:
    """Each part of a `repr` taken out by itself."""
    inside = re.fullmatch(r"#\[repr\((.*)\)\]", site.of(attribute), re.DOTALL) if attribute is not None else None
    if attribute is None or inside is None:
        return
    parts = re.findall(r"\w+(?:\([^)]*\))?", inside[1])
    for number, part in enumerate(parts if len(parts) > 1 else ()):
        left = ", ".join(other for place, other in enumerate(parts) if place != number)
        yield change(f"take `{part}` out of the attribute", site.replace(attribute, f"#[repr({left})]"))


def plain_parameter(site: Site) -> Iterator[Change]:
    """`fn f(mut x: u8);` → `fn f(x: u8);` where there is no body, and `_` for any other pattern."""
    parameter = enclosing(site.node, "parameter")
    of = field(parameter, "type")
    start = site.start
    if parameter is None or of is None or not site.tree.start(parameter) <= start:
        return
    text = site.text[site.tree.start(parameter) : site.tree.start(of)].rstrip().removesuffix(":").rstrip()
    name = text.removeprefix("mut ").lstrip("&").strip()
    new = name if name.isidentifier() else "_"
    yield change(
        f"write `{new}` for the pattern",
        site.put(site.tree.start(parameter), site.tree.start(parameter) + len(text), new),
    )


def closure_instead(site: Site) -> Iterator[Change]:
    """E0434: an inner `fn` that uses a variable around it becomes a closure."""
    function = site.named_function
    name = field(function, "name")
    listed = field(function, "parameters")
    body = field(function, "body")
    if function is None or name is None or listed is None or body is None:
        return
    if field(function, "type_parameters") is not None:
        return
    inside = site.of(listed)[1:-1]
    back = site.text[site.tree.end(listed) : site.tree.start(body)].strip()
    head = f"let {site.of(name)} = |{inside}| {back + ' ' if back else ''}"
    edits = (site.put(site.tree.start(function), site.tree.start(body), head), site.after(body, ";"))
    yield change(f"make `{site.of(name)}` a closure", *edits)


def leave_closure(site: Site) -> Iterator[Change]:
    """E0267: `break` or `continue` in a closure leaves the closure instead."""
    if site.node.type in ("break_expression", "continue_expression"):
        yield change("leave the closure with `return`", site.replace(site.node, "return"))


def _literal_type(tree: Tree, name_start: int) -> str:
    """The type of a `let` by its literal, "" where it is none."""
    let = enclosing(tree.at(name_start, name_start), "let_declaration")
    value = field(let, "value")
    if value is None:
        return ""
    suffix = re.search(r"[iuf](?:\d+|size)$", tree.of(value)) if value.type.endswith("_literal") else None
    plain = {"integer_literal": "i32", "float_literal": "f64", "boolean_literal": "bool", "string_literal": "&str"}
    return suffix[0] if suffix and value.type in ("integer_literal", "float_literal") else plain.get(value.type, "")


KINDS = (
    kind("parameter-from-callers", "E0425", FAR, parameter_from_callers),
    kind("represent-enum", "E0732", POSSIBLE, represented),
    kind("next-discriminant", "E0081", POSSIBLE, next_number),
    kind("drop-attribute", "E0554 E0557 E0635 E0636 E0774", LIKELY, drop_attribute),
    kind("derive-by-name", "E0777", SURE, derive_by_name),
    kind("drop-representation", "E0084 E0517 E0566 E0587 E0634 E0692", WEAK, drop_representation, weak=True),
    kind("plain-parameter", "E0130 E0561", SURE, plain_parameter),
    kind("fn-to-closure", "E0434", SURE, closure_instead),
    kind("leave-closure", "E0267", POSSIBLE, leave_closure),
)
