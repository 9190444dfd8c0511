"""Calls whose arguments are too few, too many, or in the wrong order; and the functions that they call."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from sleepy_core.propose.labels import brief
from sleepy_core.propose.search.calls import call_at, callees, last_name, receiver_of
from sleepy_core.propose.search.index import bare
from sleepy_core.propose.search.kinds import LIKELY, WEAK, kind
from sleepy_core.propose.search.mismatch import mismatches
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, enclosing, field
from sleepy_core.propose.search.types import FLOATS, INTEGERS, Type, read, same

_HOLE = re.compile(r"/\* (.+?) \*/")
_PRIMITIVES = INTEGERS | FLOATS | {"bool", "char", "str"}
_MOST = 8
_MOST_CALLS = 8


def supply_argument(site: Site) -> Iterator[Change]:
    """`f(a)` → `f(a, name)`: a variable or a field that fits, the one of the parameter's name first."""
    call, arguments, text = _suggested(site)
    if call is None or arguments is None:
        return
    holes = list(_HOLE.finditer(text))
    choices = [list(_values(site, read(hole[1]), _parameter(site, call, text, hole.start()))) for hole in holes]
    if not holes or len(holes) > 3 or not all(choices):
        return
    wide = _MOST if len(holes) == 1 else 3
    found = sorted(
        itertools.product(*(choice[:wide] for choice in choices)), key=lambda values: sum(cost for _, cost in values)
    )
    for values in found[:_MOST]:
        plain = [value for value, _ in values]
        if len(set(plain)) < len(plain):
            continue
        words = ", ".join(f"`{value}`" for value in plain)
        edit = site.replace(arguments, _put(text, plain))
        yield change(f"pass {words} as well", edit, cost=sum(cost for _, cost in values))


def supply_default(site: Site) -> Iterator[Change]:
    """`f(a)` → `f(a, None)`: a made-up value."""
    call, arguments, text = _suggested(site)
    if call is None or arguments is None:
        return
    values = [_default(read(hole[1])) for hole in _HOLE.finditer(text)]
    if values:
        words = ", ".join(f"`{value}`" for value in values)
        yield change(f"pass {words} as well", site.replace(arguments, _put(text, values)))


def spread_tuple(site: Site) -> Iterator[Change]:
    """`f((a, b))` → `f(a, b)` and back."""
    call = call_at(site)
    arguments = field(call, "arguments")
    if arguments is None:
        return
    given = arguments.named_children
    if len(given) == 1 and given[0].type == "tuple_expression":
        inside = site.of(given[0])[1:-1].rstrip().rstrip(",")
        yield change(f"pass `{brief(inside)}` one by one", site.replace(arguments, f"({inside})"))
    wanted = re.search(r"takes (\d+) arguments? but", site.message)
    if wanted is None:
        return
    if len(given) == 1 and given[0].type in ("identifier", "field_expression") and 1 < int(wanted[1]) < 6:
        name = site.of(given[0])
        parts = ", ".join(f"{name}.{number}" for number in range(int(wanted[1])))
        yield change(f"pass the parts of `{brief(name)}`", site.replace(arguments, f"({parts})"), cost=0.1)
    if wanted[1] == "1" and len(given) > 1:
        yield change("pass the arguments as one tuple", site.replace(arguments, f"({site.of(arguments)})"))


def reorder_arguments(site: Site) -> Iterator[Change]:
    """`f(b, a)` → `f(a, b)`: by the parameters' names; else the argument that does not fit is swapped."""
    call = call_at(site)
    arguments = field(call, "arguments")
    if call is None or arguments is None or arguments.named_child_count < 2:
        return
    given = [site.of(a) for a in arguments.named_children]
    for item in callees(site, call)[:2]:
        names = [p.name.removeprefix("mut ") for p in item.parameters]
        by_name = {last_name(a): a for a in given}
        if len(names) == len(given) and len(by_name) == len(given):
            fixed = {name: by_name[name] for name in names if name in by_name}
            others = [a for a in given if a not in fixed.values()]
            new = [fixed[name] if name in fixed else others.pop(0) for name in names]
            if new != given and len(fixed) > 1:
                edit = site.replace(arguments, f"({', '.join(new)})")
                yield change("order the arguments as the parameters are named", edit)
    wrong = {m.node.id for m in mismatches(site)}
    places = [i for i, a in enumerate(arguments.named_children) if a.id in wrong]
    for place in places[:2]:
        for other in range(len(given)):
            if other != place and (other not in places or other > place):
                new = list(given)
                new[place], new[other] = new[other], new[place]
                label = f"swap `{brief(given[place])}` and `{brief(given[other])}`"
                edit = site.replace(arguments, f"({', '.join(new)})")
                yield change(label, edit, cost=0.2 + 0.1 * abs(place - other))


def closure_arity(site: Site) -> Iterator[Change]:
    """`|a, b|` → `|(a, b)|`, `|a|` → `|a, _|`: as many parameters as the closure is called with."""
    wanted = re.search(r"expected to take (\d+) arguments?, but it takes (\d+)", site.message)
    closures = [n for n in (_closure_at(site, p.start, p.end) for p in site.places) if n is not None]
    if wanted is None or not closures:
        return
    listed = field(closures[0], "parameters")
    if listed is None:
        return
    names = [site.of(n) for n in listed.named_children]
    count = int(wanted[1])
    if count == 1 and len(names) > 1:
        yield change("take the parameters as one tuple", site.replace(listed, f"|({', '.join(names)})|"))
    if count > len(names):
        new = ", ".join([*names, *["_"] * (count - len(names))])
        yield change(f"let the closure take {count} parameters", site.replace(listed, f"|{new}|"))
        front = ", ".join([*["_"] * (count - len(names)), *names])
        if names:
            yield change(f"let the closure take {count} parameters", site.replace(listed, f"|{front}|"), cost=0.1)
    elif count < len(names):
        for kept in itertools.combinations(names, count):
            label = f"let the closure take `{brief(', '.join(kept))}`"
            yield change(label, site.replace(listed, f"|{', '.join(kept)}|"), cost=0.2)


def call_on_self(site: Site) -> Iterator[Change]:
    """`Self::name(1)` of a method → `self.name(1)`."""
    call = call_at(site)
    function = field(call, "function")
    if function is None or function.type != "scoped_identifier" or "argument #1" not in site.said:
        return
    name = field(function, "name")
    owner = field(function, "path")
    container = field(site.implementation, "type")
    own = {"Self"} | ({bare(site.of(container))} if container is not None else set())
    known = any(local.name == "self" for local in site.locals)
    if name is not None and owner is not None and known and bare(site.of(owner)) in own:
        yield change(f"call `{site.of(name)}` on `self`", site.replace(function, f"self.{site.of(name)}"))


def not_a_call(site: Site) -> Iterator[Change]:
    """`count()` → `count`, `list(0)` → `list[0]`, `f(a)(b)` → `f(a, b)`; a forgotten `;` or `,` before `(`."""
    call = enclosing(site.node, "call_expression")
    while call is not None and site.tree.end(call) <= site.end:
        call = enclosing(call.parent, "call_expression") if call.parent is not None else None
    function = field(call, "function")
    arguments = field(call, "arguments")
    if call is None or function is None or arguments is None or site.opaque:
        return
    what, given = site.of(function), site.of(arguments)[1:-1].strip()
    between = site.text[site.tree.end(function) : site.tree.start(arguments)]
    listed = call.parent is not None and call.parent.type in ("array_expression", "tuple_expression", "arguments")
    if "\n" in between or (listed and function.type == "tuple_expression"):
        mark = "," if listed else ";"
        yield change(f"put `{mark}` behind `{brief(what)}`", site.after(function, mark), cost=0.0)
    if arguments.named_child_count == 0:
        yield change(f"take `{brief(what)}` as it is", site.remove(site.tree.end(function), site.tree.end(call)))
    elif arguments.named_child_count == 1 and site.words and read(site.words[-1]).name not in INTEGERS:
        yield change(f"index: `{brief(f'{what}[{given}]', 40)}`", site.replace(call, f"{what}[{given}]"), cost=0.1)
    if function.type == "call_expression":
        inner = field(function, "arguments")
        if inner is not None and "\n" not in between:
            first = site.of(inner)[1:-1].strip()
            merged = f"({first}, {given})" if first and given else f"({first or given})"
            yield change("pass all arguments at once", site.put(site.tree.start(inner), site.tree.end(call), merged))
    if function.type == "identifier" and site.crate.named(what, "fn"):
        yield change(f"call the function `{what}`, not the variable", site.before(function, "self::"), cost=0.1)
    if site.words and read(site.words[-1]).name in INTEGERS and arguments.named_child_count == 1:
        yield change(f"multiply by `{brief(given)}`", site.replace(call, f"{what} * ({given})"), cost=0.3)


def _suggested(site: Site) -> tuple[Node | None, Node | None, str]:
    """The call, its arguments, and the compiler's text for them with holes (`/* &str */`) for what is missing."""
    call = call_at(site)
    arguments = field(call, "arguments")
    for suggestion in site.diagnostic.suggestions:
        for edit in suggestion.edits:
            given = [site.of(a) for a in arguments.named_children] if arguments is not None else []
            whole = _HOLE.search(edit.text) and edit.text.startswith("(") and len(suggestion.edits) == 1
            if whole and all(text in edit.text for text in given):  # none may get lost
                return call, arguments, edit.text
    return None, None, ""


def _parameter(site: Site, call: Node, text: str, at: int) -> str:
    """The name of the parameter that a hole of the suggested text stands for."""
    number = len(_split(text[1:at])) - 1
    for item in callees(site, call)[:1]:
        place = number - (1 if item.receiver and receiver_of(call) is None else 0)
        if 0 <= place < len(item.parameters):
            return item.parameters[place].name.removeprefix("mut ")
    return ""


def _split(text: str) -> list[str]:
    """What commas of the outermost level part."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _values(site: Site, wanted: Type, name: str) -> Iterator[tuple[str, float]]:
    """Expressions of the scope that may be what is missing, with costs, each once."""
    found: dict[str, float] = {}
    # For generic parameters of std the compiler says their names: anything may fit, also where its type is unknown.
    any_type = not wanted.args and re.fullmatch(r"[a-z_]+", wanted.name) is not None and wanted.name not in _PRIMITIVES
    for local in site.locals:
        if local.name in ("self", site.of(site.node)):
            continue
        if any_type:
            found.setdefault(local.name, 0.4 + 0.05 * len(found))
            continue
        named = 0.0 if name and local.name == name else 0.3
        written = read(local.type) if local.type else None
        if written is None:
            if named == 0.0:
                found.setdefault(f"&{local.name}" if wanted.name == "&" else local.name, 0.1)
                found.setdefault(local.name, 0.2)
            continue
        for text, cost in _fitted(local.name, written, wanted):
            found.setdefault(text, named + cost)
        for member in site.crate.members(bare(local.type), "field"):
            if member.name == name or same(read(member.type), wanted):
                for text, cost in _fitted(f"{local.name}.{member.name}", read(member.type), wanted):
                    found.setdefault(text, cost + (0.2 if member.name == name else 0.5))
    own = field(site.implementation, "type")
    if own is not None and any(local.name == "self" for local in site.locals):
        for member in site.crate.members(bare(site.of(own)), "field"):
            for text, cost in _fitted(f"self.{member.name}", read(member.type), wanted):
                found.setdefault(text, cost + (0.1 if member.name == name else 0.4))
        if bare(str(wanted)) == bare(site.of(own)):
            found.setdefault("self", 0.1)
    for item in site.crate.of_kind("const", "static"):
        if same(read(item.type), wanted):
            found.setdefault(item.name, 0.2 if item.name.lower() == name else 0.6)
    yield from sorted(found.items(), key=lambda pair: pair[1])


def _fitted(text: str, given: Type, wanted: Type) -> Iterator[tuple[str, float]]:
    """A value as what is wanted: as it is, borrowed, cloned, wrapped."""
    if same(given, wanted):
        yield text, 0.0
    elif wanted.name == "&" and _lent(given, wanted.args[0]):
        yield f"&{text}", 0.05
    elif wanted.name == "&mut" and same(wanted.args[0], given):
        yield f"&mut {text}", 0.05
    elif given.name == "&" and same(given.args[0], wanted):
        yield f"{text}.clone()", 0.15
    elif str(wanted) == "String" and str(given) == "&str":
        yield f"{text}.to_string()", 0.1
    elif wanted.name == "Option" and wanted.args and same(wanted.args[0], given):
        yield f"Some({text})", 0.1


def _lent(given: Type, inner: Type) -> bool:
    """Is `&given` a `&inner`, by itself or by coercion?"""
    return same(inner, given) or (given.name, inner.name) in (("String", "str"), ("Vec", "[]"))


def _put(text: str, values: list[str]) -> str:
    waiting = iter(values)
    return _HOLE.sub(lambda _: next(waiting), text)


def _default(wanted: Type) -> str:
    match wanted.name:
        case "Option":
            return "None"
        case "bool":
            return "false"
        case "String":
            return "String::new()"
        case "&" if str(wanted) == "&str":
            return '""'
        case "&" if wanted.args[0].name == "[]":
            return "&[]"
        case name if name in INTEGERS:
            return "0"
        case "&" | "&mut":
            return f"{wanted.name}{' ' if wanted.name == '&mut' else ''}Default::default()"
        case "()":
            return "()"
    return "Default::default()"


def _closure_at(site: Site, start: int, end: int) -> Node | None:
    node = site.tree.at(start, end)
    closure = enclosing(node, "closure_expression")
    return closure if closure is not None and site.tree.start(closure) == start else None


KINDS = (
    kind("supply-argument", "E0061 E0057 E0060", LIKELY, supply_argument),
    kind("supply-default", "E0061 E0057 E0060", WEAK, supply_default, weak=True),
    kind("spread-tuple", "E0061 E0057", LIKELY, spread_tuple),
    kind("reorder-arguments", "E0308 E0061", LIKELY, reorder_arguments),
    kind("closure-arity", "E0593", LIKELY, closure_arity),
    kind("call-on-self", "E0061", LIKELY, call_on_self),
    kind("not-a-call", "E0618", LIKELY, not_a_call),
)
