"""A value of one type where another is wanted: the value is converted, or a conversion too many taken away."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from sleepy_core.propose.labels import brief
from sleepy_core.propose.search.converting import Conversion
from sleepy_core.propose.search.index import Item
from sleepy_core.propose.search.kinds import LIKELY, POSSIBLE, SURE, WEAK, kind
from sleepy_core.propose.search.mismatch import (
    Mismatch,
    expression_at,
    inventing_ways,
    mismatches,
    rewritten,
    told,
    ways,
)
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, enclosing, field
from sleepy_core.propose.search.types import FLOATS, INTEGERS, Type, read, same, words

_MOST = 12
_MOST_OWN = 4
_PARTS = 3  # ways of each, where several arguments must be converted at once

# Methods that are taken for one another, by name.
_SIBLINGS = {
    "iter": ("into_iter", "iter_mut"),
    "into_iter": ("iter",),
    "iter_mut": ("iter",),
    "as_ref": ("as_mut", "as_deref"),
    "as_mut": ("as_ref", "as_deref_mut"),
    "borrow": ("borrow_mut",),
    "borrow_mut": ("borrow",),
    "get": ("get_mut", "remove"),
    "get_mut": ("get",),
    "first": ("first_mut",),
    "last": ("last_mut",),
    "map": ("and_then", "filter_map", "flat_map"),
    "and_then": ("map",),
    "filter_map": ("map", "flat_map"),
    "flat_map": ("map",),
    "find": ("any", "position", "filter"),
    "any": ("find", "position"),
    "position": ("find", "any"),
    "filter": ("find", "any"),
    "unwrap_or": ("or", "unwrap_or_else", "map_or"),
    "unwrap_or_else": ("unwrap_or", "or_else"),
    "or": ("unwrap_or", "or_else"),
    "or_else": ("unwrap_or_else", "or"),
    "ok_or": ("ok_or_else",),
    "ok_or_else": ("ok_or",),
    "ok": ("err",),
    "chars": ("bytes", "char_indices"),
    "bytes": ("chars",),
    "copied": ("cloned",),
    "cloned": ("copied",),
    "to_string": ("as_str",),
    "as_str": ("to_string", "as_bytes"),
    "as_bytes": ("as_str",),
    "push": ("push_str", "extend"),
    "push_str": ("push",),
    "push_back": ("extend",),
    "insert": ("extend",),
    "extend": ("push",),
    "split_at": ("split_first",),
    "max_by": ("max_by_key",),
    "min_by": ("min_by_key",),
    "sort_by": ("sort_by_key",),
    "sort_by_key": ("sort_by",),
    "powi": ("powf",),
    "powf": ("powi",),
    "is_some": ("is_some_and",),
    "keys": ("into_keys",),
    "values": ("values_mut", "into_values"),
    "lines": ("split",),
    "trim": ("split_whitespace",),
}
_STRIPPED_METHODS = words(
    """clone cloned copied to_string to_owned to_vec as_str as_ref as_mut as_deref as_bytes as_slice into
    into_iter iter iter_mut borrow borrow_mut lock unwrap expect unwrap_or_default ok collect len is_some
    is_none is_ok is_err into_boxed_str into_boxed_slice into_string into_inner into_owned as_path"""
)


def convert(site: Site) -> Iterator[Change]:
    """`f(text)` → `f(&text)`: by the table of std's conversions; several arguments at once."""
    found = [m for m in mismatches(site) if not _in_pattern(m.node)]
    if len(found) == 1:
        yield from _converted(site, found[0], ways(site, found[0]))
    elif found:
        choices = [list(itertools.islice(ways(site, m), _PARTS)) for m in found[:4]]
        together = sorted(itertools.product(*choices), key=lambda chosen: sum(w.cost for w in chosen))
        for chosen in together[:_MOST]:
            pairs = list(zip(found, chosen, strict=False))
            label = "; ".join(told(site, m.node, w.template) for m, w in pairs)
            edits = [rewritten(site, m.node, w.template) for m, w in pairs]
            yield change(label, *edits, cost=sum(w.cost for w in chosen))


def convert_by_own_function(site: Site) -> Iterator[Change]:
    """`f(uri)` → `f(uri.as_str())`, `f(path)` → `f(Key::new(path))`: what the two types themselves have for it."""
    found = [m for m in mismatches(site) if not _in_pattern(m.node)]
    if len(found) == 1 and found[0].wanted.name != "_":
        for extra, template in enumerate(_own_ways(site, found[0].wanted, found[0].given)[:_MOST_OWN]):
            edit = rewritten(site, found[0].node, template)
            yield change(told(site, found[0].node, template), edit, cost=extra * 0.1)


def _own_ways(site: Site, wanted: Type, given: Type) -> list[str]:
    """The given type's methods that return what is wanted, then makers that take what is given; libraries' as well."""
    plain = given.args[0] if given.name in ("&", "&mut") and given.args else given

    def functions(of: Type) -> list[Item]:
        return [*site.crate.members(of.name, "fn"), *site.libraries.members(of.name, "fn")]

    def returns(item: Item, holder: Type, what: Type) -> bool:
        returned = read(item.type)
        return same(holder if returned.name == "Self" else returned, what)

    readers = [m.name for m in functions(plain) if m.receiver and not m.parameters and returns(m, plain, wanted)]
    makers = [
        m.name
        for m in functions(wanted)
        if not m.receiver
        and len(m.parameters) == 1
        and same(read(m.parameters[0].type), given)
        and returns(m, wanted, wanted)
    ]
    readers.sort(key=lambda name: not name.startswith(("as_", "to_", "into_", "get")))
    found = [f"{{}}.{name}()" for name in readers] + [f"{wanted.name}::{name}({{}})" for name in makers]
    return list(dict.fromkeys(found))


def default_instead(site: Site) -> Iterator[Change]:
    """`f(option)` → `f(option.unwrap_or_default())`: a value is invented where there is none, in silence."""
    found = [m for m in mismatches(site) if not _in_pattern(m.node)]
    if len(found) == 1:
        yield from _converted(site, found[0], inventing_ways(site, found[0]))


def _converted(site: Site, mismatch: Mismatch, found: Iterator[Conversion]) -> Iterator[Change]:
    for way in itertools.islice(found, _MOST):
        if mismatch.node.type == "reference_expression" and way.template in ("*{}", "{}.clone()"):
            continue  # `*&x`: `unwrap` takes the borrow away
        edit = rewritten(site, mismatch.node, way.template)
        yield change(told(site, mismatch.node, way.template), edit, cost=way.cost)


def convert_other_side(site: Site) -> Iterator[Change]:
    """What the expectation comes from is converted: the other operand, the other branch, what is matched."""
    for mismatch in mismatches(site)[:1]:
        for node, wanted, given in _other_sides(site, mismatch):
            other = Mismatch(node, wanted, given)
            for way in itertools.islice(ways(site, other), 5):
                yield change(told(site, node, way.template), rewritten(site, node, way.template), cost=way.cost)


def unwrap(site: Site) -> Iterator[Change]:
    """`Some(x)` → `x`, `x.clone()` → `x`, where the types say that just this is too much."""
    for mismatch in mismatches(site):
        for inner, cost in _stripped(site, mismatch):
            label = f"take `{brief(site.of(inner))}` as it is"
            yield change(label, rewritten(site, mismatch.node, "{}", site.of(inner)), cost=cost)
        call = mismatch.node.parent.parent if mismatch.node.parent is not None else None
        if call is not None and _wrapper(site, call) == mismatch.given.name:
            label = f"take `{brief(site.of(mismatch.node))}` as it is"
            yield change(label, rewritten(site, call, "{}", site.of(mismatch.node)))


def borrow_mutably(site: Site) -> Iterator[Change]:
    """`&x` → `&mut x` and back, at a mismatch of mutability."""
    for mismatch in mismatches(site):
        node, inner = mismatch.node, mismatch.node.named_children[-1:]
        if node.type != "reference_expression" or not inner:
            continue
        what = brief(site.of(inner[0]))
        if mismatch.wanted.name == "&mut" and mismatch.given.name == "&":
            yield change(f"borrow `{what}` mutably", site.replace(node, f"&mut {site.of(inner[0])}"))
        if mismatch.wanted.name == "*mut" and mismatch.given.name == "&":
            yield change(f"borrow `{what}` mutably", site.replace(node, f"&mut {site.of(inner[0])}"))


def sibling_method(site: Site) -> Iterator[Change]:
    """`.iter()` → `.into_iter()`: methods that are taken for one another."""
    node = (
        expression_at(site, site.start, site.end) if site.code == "E0308" else enclosing(site.node, "call_expression")
    )
    if site.code != "E0308" and (site.node.parent is None or site.node.parent.type != "field_expression"):
        return  # not about a method
    around = node.parent if node is not None and node.type != "call_expression" else None
    if around is not None and around.type == "arguments":
        node = around.parent  # `option.as_ref().unwrap_or("x")`: the receiver says what is wanted
    seen = 0
    while node is not None and node.type in ("call_expression", "try_expression", "await_expression") and seen < 4:
        function = field(node, "function")
        if function is None:
            node = node.named_children[0] if node.named_children else None
            continue
        access = field(function, "field") if function.type == "field_expression" else None
        if access is None:
            return
        name = site.of(access)
        for number, other in enumerate(_SIBLINGS.get(name, ())):
            label = f"call `{other}` instead of `{name}`"
            yield change(label, site.replace(access, other), cost=seen * 0.3 + number * 0.1)
        if name in ("get", "get_mut") and site.code == "E0308":
            yield from _indexed(site, node, function)
        seen += 1
        node = field(function, "value")


def change_cast(site: Site) -> Iterator[Change]:
    """`x as u64` → `x as u32`."""
    for mismatch in mismatches(site):
        written = field(mismatch.node, "type") if mismatch.node.type == "type_cast_expression" else None
        if written is not None and mismatch.wanted.name in INTEGERS | FLOATS and mismatch.wanted.writable:
            label = f"cast to `{mismatch.wanted}` instead of `{brief(site.of(written))}`"
            yield change(label, site.replace(written, str(mismatch.wanted)))


def change_literal(site: Site) -> Iterator[Change]:
    """`1u64` → `1u32`, `"5"` → `5`, `'a'` → `"a"`: a literal of the kind that is wanted."""
    for mismatch in mismatches(site):
        text = site.of(mismatch.node)
        for number, new in enumerate(dict.fromkeys(_literals(mismatch.wanted, text, mismatch.node))):
            label = f"write `{brief(new)}` instead of `{brief(text)}`"
            yield change(label, rewritten(site, mismatch.node, "{}", new), cost=number * 0.2)


def _in_pattern(node: Node) -> bool:
    return _pattern_holder(node) is not None


def _pattern_holder(node: Node) -> Node | None:
    """The `match` or `if let` whose pattern a node is part of."""
    inner, holder = node, node.parent
    while holder is not None and holder.type not in ("block", "function_item"):
        if holder.type == "match_arm":
            return enclosing(holder, "match_expression") if inner.type == "match_pattern" else None
        if holder.type == "match_pattern" and inner == field(holder, "condition"):
            return None
        if holder.type in ("let_condition", "let_declaration"):
            return holder if inner == field(holder, "pattern") else None
        inner, holder = holder, holder.parent
    return None


def _other_sides(site: Site, mismatch: Mismatch) -> Iterator[tuple[Node, Type, Type]]:
    node, wanted, given = mismatch.node, mismatch.wanted, mismatch.given
    holder = _pattern_holder(node)
    value = field(holder, "value")
    if value is not None:
        whole = next((p for p in site.places if "has type `" in p.label), None)
        said = re.search(r"has type `([^`]+)`", whole.label) if whole else None
        if said:
            yield value, _swapped(read(said[1]), wanted, given), read(said[1])
        return
    parent = node.parent
    if parent is not None and parent.type == "binary_expression":
        left, right = field(parent, "left"), field(parent, "right")
        if left is not None and right == node:
            yield left, given, wanted
    for place in site.places:
        if place.primary or place.file != site.file:
            continue
        if re.match(r"expected because (?:of this|this is)|expected due to this value", place.label):
            other = expression_at(site, place.start, place.end)
            if other is not None and other != node and (parent is None or parent.type != "binary_expression"):
                yield other, given, wanted


def _swapped(whole: Type, old: Type, new: Type) -> Type:
    if whole == old:
        return new
    return Type(whole.name, tuple(_swapped(a, old, new) for a in whole.args))


def _stripped(site: Site, mismatch: Mismatch) -> Iterator[tuple[Node, float]]:
    """What is left of an expression without its outermost wrapping, the well-founded first."""
    node, wanted, given = mismatch.node, mismatch.wanted, mismatch.given
    if node.type in ("try_expression", "await_expression") and node.named_children:
        founded = wanted.name in ("Result", "Option", "impl", "Pin")
        yield node.named_children[0], 0.0 if founded else 1.0
    if node.type in ("unary_expression", "reference_expression") and node.named_children:
        operator = site.of(node)[:1]
        if operator == "*" and wanted.name.startswith("&") and same(wanted.args[0], given):
            yield node.named_children[-1], 0.0
        elif operator == "!" and wanted.name != "bool":
            yield node.named_children[-1], 1.0
        elif operator == "&" and given.args and same(wanted, given.args[0]):
            yield node.named_children[-1], 0.0
    if node.type == "type_cast_expression":
        cast = field(node, "value")
        if cast is not None:
            yield cast, 0.5
    if node.type == "array_expression" and node.named_child_count == 1 and given.args and same(given.args[0], wanted):
        yield node.named_children[0], 0.0
    if node.type != "call_expression":
        return
    function, arguments = field(node, "function"), field(node, "arguments")
    if function is None or arguments is None:
        return
    if function.type in ("identifier", "scoped_identifier") and arguments.named_child_count == 1:
        outer = site.of(function).removesuffix("::new").removesuffix("::from").rpartition("::")[2]
        if outer in ("Some", "Ok", "Err") or outer == given.name:
            held = any(same(wanted, argument) for argument in given.args)
            yield arguments.named_children[0], 0.0 if held else 0.5
    elif function.type == "field_expression" and arguments.named_child_count <= 1:
        access, value = field(function, "field"), field(function, "value")
        if access is not None and value is not None and site.of(access) in _STRIPPED_METHODS:
            yield value, 0.3


def _wrapper(site: Site, call: Node) -> str:
    """The type that a call of one argument wraps it in: `Some(x)` → `Option`."""
    function, arguments = field(call, "function"), field(call, "arguments")
    if call.type != "call_expression" or function is None or arguments is None or arguments.named_child_count != 1:
        return ""
    name = site.of(function).removesuffix("::new").rpartition("::")[2]
    return {"Some": "Option", "Ok": "Result", "Err": "Result"}.get(name, name)


def _indexed(site: Site, call: Node, function: Node) -> Iterator[Change]:
    """`v.get(0)` → `v[0]`."""
    value, arguments = field(function, "value"), field(call, "arguments")
    if value is None or arguments is None or arguments.named_child_count != 1:
        return
    index = f"{site.of(value)}[{site.of(arguments.named_children[0])}]"
    yield change(f"index `{brief(index)}` instead of `get`", site.replace(call, index), cost=0.2)


def _literals(wanted: Type, text: str, node: Node) -> Iterator[str]:
    inner = text[1:-1]
    written = str(wanted)
    if node.type in ("integer_literal", "float_literal"):
        digits = re.sub(r"_?(?:[iu](?:8|16|32|64|128|size)|f32|f64)$", "", text)
        whole = re.fullmatch(r"[\d_]+(?:\.0*)?", digits)
        if wanted.name in INTEGERS and whole:
            plain = digits.partition(".")[0]
            yield plain + wanted.name if digits != text and wanted.writable else plain
        if wanted.name in FLOATS and re.fullmatch(r"[\d_]+", digits):
            yield f"{digits}.0"
        if written == "&str":
            yield f'"{text}"'
        if wanted.name == "String":
            yield f'"{text}".to_string()'
        if wanted.name == "bool" and text in ("0", "1"):
            yield "true" if text == "1" else "false"
        if wanted.name == "char" and len(text) == 1:
            yield f"'{text}'"
    if node.type == "string_literal" and text.startswith('"'):
        if wanted.name in INTEGERS and re.fullmatch(r"\d[\d_]*", inner):
            yield inner
        if wanted.name in FLOATS and re.fullmatch(r"\d+(\.\d+)?", inner):
            yield inner if "." in inner else f"{inner}.0"
        if wanted.name == "bool" and inner in ("true", "false"):
            yield inner
        if wanted.name == "char" and len(inner) == 1 and inner != "'":
            yield f"'{inner}'"
        if wanted.name == "u8" and len(inner) == 1 and inner.isascii() and inner != "'":
            yield f"b'{inner}'"
        if written in ("&[u8]", "&[u8; _]") or (wanted.name == "&" and wanted.args[0].name == "[;]"):
            yield f"b{text}"
    if node.type == "char_literal":
        plain = text.removeprefix("b")[1:-1]
        if wanted.name == "u8" and not text.startswith("b") and plain.isascii():
            yield f"b{text}"
        if wanted.name == "char" and text.startswith("b"):
            yield text[1:]
        quoted = '\\"' if plain == '"' else plain.replace("\\'", "'")
        if written == "&str":
            yield f'"{quoted}"'
        if wanted.name == "String":
            yield f'"{quoted}".to_string()'
    if node.type == "boolean_literal":
        if wanted.name in INTEGERS:
            yield "1" if text == "true" else "0"
        if wanted.name == "String":
            yield f'"{text}".to_string()'


def strip(site: Site) -> Iterator[Change]:
    """What `unwrap` would not dare: a method's or a function's only argument instead of the call."""
    for mismatch in mismatches(site):
        node = mismatch.node
        function, arguments = field(node, "function"), field(node, "arguments")
        if node.type != "call_expression" or function is None or arguments is None:
            continue
        value = field(function, "value") if function.type == "field_expression" else None
        inner = value if value is not None else next(iter(arguments.named_children), None)
        if inner is not None and (value is not None or arguments.named_child_count == 1):
            label = f"leave the call away: `{brief(site.of(inner))}`"
            yield change(label, rewritten(site, node, "{}", site.of(inner)))


KINDS = (
    kind("convert", "E0308", LIKELY, convert),
    kind("convert-by-own-function", "E0308", LIKELY + 0.4, convert_by_own_function),
    kind("convert-other-side", "E0308", LIKELY + 0.5, convert_other_side),
    kind("borrow-mutably", "E0308", LIKELY, borrow_mutably),
    kind("change-cast", "E0308", SURE + 0.5, change_cast),
    kind("change-literal", "E0308", LIKELY - 0.2, change_literal),
    kind("unwrap", "E0308", LIKELY + 0.5, unwrap),
    kind("sibling-method", "E0308 E0277 E0599 E0271", POSSIBLE, sibling_method),
    kind("strip-call", "E0308", WEAK, strip, weak=True),
    kind("default-instead", "E0308", WEAK, default_instead, weak=True),
)
