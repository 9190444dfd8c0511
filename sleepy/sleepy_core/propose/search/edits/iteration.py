"""Loops and iterators: what is walked that cannot be, and items of another type than what is collected."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.propose.labels import brief
from sleepy_core.propose.search.converting import conversions, hides, panics
from sleepy_core.propose.search.edits.propagation import error_mappers
from sleepy_core.propose.search.kinds import LIKELY, WEAK, kind
from sleepy_core.propose.search.mismatch import expression_at, returns, rewritten, told
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import enclosing, field
from sleepy_core.propose.search.types import INTEGERS, Type, read, same

_MOST = 6
_WALKED = {
    "str": ("{}.chars()", "{}.bytes()", "{}.lines()", "{}.split_whitespace()"),
    "String": ("{}.chars()", "{}.bytes()", "{}.lines()", "{}.split_whitespace()"),
    "RefCell": ("{}.borrow().iter()", "{}.borrow_mut().iter_mut()", "{}.into_inner()"),
    "Mutex": ("{}.lock().unwrap().iter()", "{}.lock().unwrap().iter_mut()", "{}.into_inner().unwrap()"),
    "RwLock": ("{}.read().unwrap().iter()", "{}.write().unwrap().iter_mut()"),
    "Rc": ("{}.iter()", "{}.borrow().iter()"),
    "Arc": ("{}.iter()", "{}.lock().unwrap().iter()"),
    "Box": ("{}.iter()",),
}


def iterate(site: Site) -> Iterator[Change]:
    """`for i in count` → `0..count`, `for c in text` → `text.chars()`, `for x in list` → `list.items.iter()`."""
    node = expression_at(site, site.start, site.end)
    if node is None or "is not an iterator" not in site.message or not site.words:
        return
    given = read(site.words[0])
    plain = given.args[0] if given.name in ("&", "&mut") and given.args else given
    if plain.name in INTEGERS:
        ways = ["0..{}", "0..={}", "1..={}"]
    elif plain.name == "()" and plain.args:
        ways = [f"[{', '.join(f'{site.of(node)}.{number}' for number in range(len(plain.args)))}]"]
    else:
        ways = list(_WALKED.get(plain.name, ()))
    held = [
        f for f in site.crate.members(plain.name, "field") if read(f.type).name in ("Vec", "HashMap", "[;]", "VecDeque")
    ]
    ways += [f"{{}}.{member.name}.iter()" for member in held[:2]]
    ways += ["{}.iter()"] * any(m.receiver for m in site.crate.members(plain.name, "fn") if m.name == "iter")
    for number, template in enumerate(ways):
        yield change(told(site, node, template), rewritten(site, node, template), cost=number * 0.1)


def enumerate_items(site: Site) -> Iterator[Change]:
    """`for (i, x) in list` → `list.iter().enumerate()`."""
    place = next((p for p in site.places if p.label.startswith("this is an iterator with items of type")), None)
    walked = expression_at(site, place.start, place.end) if place is not None else None
    pattern = site.tree.exactly(site.start, site.end)
    if walked is None or pattern is None or pattern.type != "tuple_pattern" or pattern.named_child_count != 2:
        return
    called = (walked.type == "call_expression" and ".iter" in site.of(walked)) or ".into_iter" in site.of(walked)
    for number, tail in enumerate(
        (".enumerate()", ".iter().enumerate()")
        if called
        else (".iter().enumerate()", ".into_iter().enumerate()", ".enumerate()")
    ):
        template = f"{{}}{tail}"
        yield change(told(site, walked, template), rewritten(site, walked, template), cost=number * 0.1)


def convert_items(site: Site) -> Iterator[Change]:
    """`.collect()` of items of another type: they are converted on the way, `.map(|x| x.to_string())`."""
    said = re.search(r"expected `([^`]+)`, found `([^`]+)`", "\n".join(n.message for n in site.diagnostic.notes))
    elements = re.search(
        r"value of type `(.+)` cannot be built from an iterator over elements of type `(.+)`", site.message
    )
    access = enclosing(site.node, "field_expression")
    value = field(access, "value")
    if elements is None or value is None or site.opaque:
        return
    given, whole = read(elements[2]), read(elements[1])
    wanted = read(said[1]) if said and same(read(said[2]), given) else whole.args[0] if whole.args else Type("_")
    if wanted.name == "str" or (wanted.name == "Result" and given.name != "Result"):
        wanted = whole.args[0] if whole.args else wanted
    if given.name == "&" and same(given.args[0], wanted):
        yield change("clone the items", site.after(value, ".cloned()"))
        yield change("copy the items", site.after(value, ".copied()"), cost=0.1)
    if given.name == "Result" and whole.name != "Result":
        call, name = (access.parent, field(access, "field")) if access is not None else (None, None)
        plain = call is not None and site.of(call).endswith("collect()")
        if call is not None and name is not None and plain and returns(site, call).name == "Result":
            every = f"{site.of(value)}.collect::<Result<{whole.name}<_>, _>>()?"
            yield change("hand the first item's failure on with `?`", site.replace(call, every))
    if given.name == whole.name == "Result" and len(given.args) == len(whole.args) == 2:
        for number, mapper in enumerate(error_mappers(site, whole.args[1], given.args[1])):
            step = f".map(|x| x.map_err({mapper}))"
            yield change(f"call `{step}` on the items", site.after(value, step), cost=number * 0.1)
        return
    if given.name == "Option" and whole.name != "Option":
        yield change("drop the items that are `None`", site.after(value, ".flatten()"), cost=0.4)
    for way in list(conversions(wanted, given))[:_MOST]:
        if "?" in way.template or hides(way.template):
            continue
        body = way.template.replace("{}", "x")
        label = f"map the items to `{brief(body, 40)}`" + (": panics if one fails" if panics(body) else "")
        yield change(label, site.after(value, f".map(|x| {body})"), cost=way.cost + 0.1)


def drop_failed_items(site: Site) -> Iterator[Change]:
    """Results are collected as if they were values: the failures are passed over in silence."""
    elements = re.search(r"cannot be built from an iterator over elements of type `Result<", site.message)
    access = enclosing(site.node, "field_expression")
    value = field(access, "value")
    if elements is not None and value is not None and not site.opaque:
        yield change("pass over the items that failed", site.after(value, ".filter_map(Result::ok)"))


KINDS = (
    kind("iterate", "E0277", LIKELY, iterate),
    kind("enumerate-items", "E0308", LIKELY, enumerate_items),
    kind("convert-items", "E0277", LIKELY, convert_items),
    kind("drop-failed-items", "E0277", WEAK, drop_failed_items, weak=True),
)
