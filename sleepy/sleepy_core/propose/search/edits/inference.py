"""Types that the compiler cannot guess, and generic types without (or with too many) arguments."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.labels import brief
from sleepy_core.propose.search.index import bare
from sleepy_core.propose.search.kinds import LIKELY, POSSIBLE, WEAK, kind
from sleepy_core.propose.search.mismatch import returns
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, ancestors, child, enclosing, field
from sleepy_core.propose.search.types import FLOATS, INTEGERS, Type, read, same

_NUMBERS = INTEGERS | FLOATS
_GENERIC_METHODS = ("collect", "sum", "product", "parse", "into_iter")
_MOST = 6


def annotate_from_scope(site: Site) -> Iterator[Change]:
    """`let n = s.parse()…` → `let n: u8 = …`, `.sum()` → `.sum::<f64>()`: by types that the function names."""
    path = enclosing(site.node, "scoped_identifier")
    owner = field(path, "path")
    own = field(site.implementation, "type")
    if owner is not None and own is not None and bare(site.of(own)) == site.of(owner) and not site.opaque:
        yield change(f"write `Self` for `{site.of(owner)}`", site.replace(owner, "Self"))
    yield from _annotations(site, _types_nearby(site))


def annotate_by_guess(site: Site) -> Iterator[Change]:
    """The same with the types that such calls have most."""
    last = _method(site)
    guesses = {
        "collect": ("Vec<_>", "String", "HashMap<_, _>", "Result<Vec<_>, _>"),
        "sum": ("i32", "u32", "f64", "usize"),
        "product": ("i32", "u32", "f64"),
        "parse": ("i32", "u32", "usize", "f64"),
        "into": ("String", "i64"),
    }.get(last, ("i32", "String", "u32", "f64"))
    yield from _annotations(site, [read(guess) for guess in guesses])


def number_kind(site: Site) -> Iterator[Change]:
    """`2.pow(2)` → `2_i32.pow(2)`, `2.0.sqrt()` → `2.0_f64.sqrt()`: by the types that the function names."""
    access = enclosing(site.node, "field_expression")
    value = field(access, "value")
    if value is None or value.type not in ("integer_literal", "float_literal"):
        return
    fitting = FLOATS if value.type == "float_literal" else _NUMBERS
    for number, type_ in enumerate(t for t in _types_nearby(site) if t.name in fitting):
        text = site.of(value)
        written = f"{text}_{type_}" if type_.name in INTEGERS or "." in text else f"{text}.0_{type_}"
        yield change(f"write `{written}`", site.replace(value, written), cost=number * 0.1)


def generic_arguments(site: Site) -> Iterator[Change]:
    """`fn f(list: List)` → `List<T>`, `Result<u8>` → `Result<u8, Error>`: as the rest of the file writes it."""
    node = site.node
    name = site.of(node)
    generic = next((n for n in list(ancestors(node))[1:3] if n.type.startswith("generic_type")), None)
    if site.opaque or (
        "missing generics" not in site.message
        and "were supplied" not in site.message
        and "was supplied" not in site.message
    ):
        return
    wanted = re.search(
        r"takes (?:at (?:least|most) )?(\d+) generic|expected (?:at (?:least|most) )?(\d+) generic", site.said
    )
    count = int(wanted[1] or wanted[2]) if wanted else 0
    number = 0
    for written in _written_elsewhere(site, name, count):
        target = generic if generic is not None else node
        if written != site.of(target):
            yield change(f"write `{written}`", site.replace(target, written), cost=0.1 + number * 0.15)
            number += 1
    arguments = child(generic, "type_arguments") if generic is not None else None
    if name == "Result" and arguments is not None and arguments.named_child_count == 1:
        for error in _errors(site):
            edit = site.insert(site.tree.end(arguments) - 1, f", {error}")
            yield change(f"write `{error}` as the error", edit, cost=0.1 + number * 0.1)
            number += 1
    if (
        arguments is not None
        and 0 < arguments.named_child_count < count
        and enclosing(node, "let_declaration") is not None
    ):
        more = ", _" * (count - arguments.named_child_count)
        edit = site.insert(site.tree.end(arguments) - 1, more)
        yield change(f"leave the other arguments of `{name}` open", edit, cost=0.3)
    if generic is None and enclosing(node, {"let_declaration", "call_expression"}) is not None and count:
        holes = ", ".join(["_"] * count)
        turbofish = node.parent is not None and node.parent.type == "scoped_identifier"
        text = f"::<{holes}>" if turbofish else f"<{holes}>"
        yield change(f"write `{name}{text}`", site.after(node, text), cost=0.3)
    yield from _generic_holder(site, node, name)


def _annotations(site: Site, types: list[Type]) -> Iterator[Change]:
    """A type for the variable, or for the call that the error is about."""
    if site.opaque:
        return
    let = enclosing(site.node, "let_declaration")
    pattern = field(let, "pattern")
    inside = pattern is not None and site.tree.start(pattern) - 4 <= site.start <= site.tree.end(pattern)
    head = re.search(r"type annotations needed for `([^`]+)`", site.message)
    for number, type_ in enumerate(types[:_MOST]):
        if head and head[1] != "_" and not same(read(head[1]), type_):
            continue
        text = str(type_)
        if let is not None and pattern is not None and inside and field(let, "type") is None:
            if _method(site) == "collect" and type_.name in _NUMBERS:
                continue
            label = f"declare `{brief(site.of(pattern))}` as `{text}`"
            yield change(label, site.after(pattern, f": {text}"), cost=number * 0.1)
        elif site.node.type == "field_identifier" and site.of(site.node) in _GENERIC_METHODS:
            if site.of(site.node) == "collect" and type_.name in _NUMBERS:
                continue
            label = f"call `{site.of(site.node)}::<{text}>`"
            yield change(label, site.after(site.node, f"::<{text}>"), cost=number * 0.1)
        elif site.node.type == "field_identifier" and site.of(site.node) == "into":
            yield from _from_instead(site, type_, number)
        else:
            closure = enclosing(site.node, "closure_parameters")
            if closure is not None and site.node.type == "identifier" and site.node.parent == closure:
                label = f"declare `{site.of(site.node)}` as `{text}`"
                yield change(label, site.after(site.node, f": {text}"), cost=number * 0.1)


def _from_instead(site: Site, type_: Type, number: int) -> Iterator[Change]:
    """`x.into()` → `String::from(x)`."""
    call = enclosing(site.node, "call_expression")
    access = field(call, "function")
    value = field(access, "value")
    if call is not None and value is not None and type_.writable and not type_.name.startswith(("&", "[", "(")):
        new = f"{str(type_).replace('<', '::<', 1)}::from({site.of(value)})"
        yield change(f"write `{brief(new, 48)}`", site.replace(call, new), cost=number * 0.1)


def _method(site: Site) -> str:
    """The last method of the expression that has no known type."""
    if site.node.type == "field_identifier":
        return site.of(site.node)
    let = enclosing(site.node, "let_declaration")
    value = field(let, "value")
    text = site.of(value) if value is not None else ""
    calls = re.findall(r"\.(\w+)(?:::<[^(]*>)?\(", text)
    return next((name for name in reversed(calls) if name in (*_GENERIC_METHODS, "into")), calls[-1] if calls else "")


def _types_nearby(site: Site) -> list[Type]:
    """The types that the function names: what it returns, and those of its variables; numbers in them, too."""
    found: list[Type] = []
    returned = returns(site, site.node)
    parts = list(returned.parts()) if str(returned) != "()" else []
    for local in site.locals:
        parts += read(local.type).parts() if local.type and local.name != "self" else []
    for type_ in parts:
        plain = type_.args[0] if type_.name == "&" and type_.args else type_
        if plain.writable and not plain.name.endswith("=") and plain.name not in ("[]", "str", "dyn", "()"):
            found.append(plain)
    return list(dict.fromkeys(found))[:_MOST]


def _written_elsewhere(site: Site, name: str, count: int) -> list[str]:
    """How the file writes a generic type, the most often first."""
    found = Counter(
        text
        for text in re.findall(rf"(?<![\w:]){re.escape(name)}<[\w\s,:&'<>()\[\]]*?>(?!>)", site.text)
        if len(read(text).args) == count or (count == 0 and text)
    )
    return [text for text, _ in found.most_common(3)]


def _errors(site: Site) -> list[str]:
    own = Counter(
        str(read(item.type).args[1])
        for item in site.crate.of_kind("fn")
        if item.type and read(item.type).name == "Result" and len(read(item.type).args) == 2
    )
    found = [error for error, _ in own.most_common(2)]
    found += [i.name for i in site.crate.of_kind("enum", "struct") if i.name.endswith("Error") and i.name not in found]
    return [*found[:3], "Box<dyn std::error::Error>", "String"]


def _generic_holder(site: Site, node: Node, name: str) -> Iterator[Change]:
    """`impl List {` → `impl<T> List<T> {`, `fn f(l: List)` → `fn f<T>(l: List<T>)`: with the definition's bounds."""
    implementation = node.parent if node.parent is not None and node.parent.type == "impl_item" else None
    holder = implementation or enclosing(node, {"function_item", "struct_item", "enum_item"})
    before = child(implementation, "impl") if implementation is not None else None
    if implementation is None and holder is not None:
        before = field(holder, "name")
    if holder is None or before is None or child(holder, "type_parameters") is not None:
        return
    for item in site.crate.named(name, "struct", "enum", "trait")[:1]:
        generics = re.sub(r"\s*=\s*[^,>]+", "", item.generics)
        names = re.sub(r"const (\w+)\s*:[^,>]*", r"\1", generics)
        names = re.sub(r":[^,]*(?=,|>$)", "", names)
        if generics:
            edits: tuple[tuple[RelPath, Edit], ...] = (site.after(before, generics), site.after(node, names))
            label = f"write `{name}{names}`, for all `{generics[1:-1]}`"
            yield change(label, *edits, cost=0.0 if implementation is not None else 0.2)


KINDS = (
    kind("annotate-from-scope", "E0282 E0283 E0284", POSSIBLE, annotate_from_scope),
    kind("annotate-by-guess", "E0282 E0283 E0284", WEAK, annotate_by_guess, weak=True),
    kind("suffix-number", "E0689", POSSIBLE, number_kind),
    kind("generic-arguments", "E0107", LIKELY, generic_arguments),
)
