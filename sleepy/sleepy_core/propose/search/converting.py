"""How a value of one type becomes one of another, by the shapes of the two types. Pure.

`conversions(read("&str"), read("String"))` yields templates, the likeliest first; `{}` stands for the expression.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sleepy_core.propose.search.std_conversions import TABLE
from sleepy_core.propose.search.types import Type, match, read, same, words

# Types whose values are walked by an adapter, or lazily: they become collections by `collect`.
_ITERATORS = words(
    """Map Filter FilterMap FlatMap Flatten Enumerate Zip Rev Take Skip TakeWhile SkipWhile StepBy Chain Cycle
    Peekable Cloned Copied Iter IntoIter IterMut Chars CharIndices Bytes Lines Split SplitWhitespace Windows
    Chunks Keys Values IntoKeys IntoValues Drain Scan Inspect MapWhile Range RangeInclusive Repeat Successors
    FromFn Args Matches"""
)
_COLLECTIONS = words("Vec String HashMap HashSet BTreeMap BTreeSet VecDeque BinaryHeap LinkedList")
_WRAPPERS = {
    "Option": "Some({})",
    "Result": "Ok({})",
    "Box": "Box::new({})",
    "Rc": "Rc::new({})",
    "Arc": "Arc::new({})",
    "RefCell": "RefCell::new({})",
    "Cell": "Cell::new({})",
    "Mutex": "Mutex::new({})",
    "RwLock": "RwLock::new({})",
    "Poll": "Poll::Ready({})",
}
_WIDTHS = {"u8": 8, "u16": 16, "u32": 32, "u64": 64, "u128": 128, "i8": 8, "i16": 16, "i32": 32, "i64": 64, "i128": 128}

_DOUBTFUL = 1.0  # of the ways that the table marks with `~`
PANICS = 2.0  # on top, so that whatever does not panic is compiled before
_COMPOSED = 0.4
_STEP = 0.1


@dataclass(frozen=True, slots=True)
class Conversion:
    """One way: a template with `{}` for the expression, and how much less likely than the first it is."""

    template: str
    cost: float


@dataclass(frozen=True, slots=True)
class _Row:
    wanted: Type
    given: Type
    ways: tuple[tuple[str, float], ...]
    general: int  # how much of the row is variables: rows that name their types come first


def conversions(wanted: Type, given: Type, depth: int = 2) -> Iterator[Conversion]:
    """Ways to make what is wanted from what is given, the likeliest first; composed up to a depth."""
    best: dict[str, float] = {}
    for template, cost in _ways(wanted, given, depth):
        whole = cost + PANICS * panics(template)
        best[template] = min(whole, best.get(template, whole))
    for template, cost in sorted(best.items(), key=lambda way: way[1]):
        yield Conversion(template, cost)


def panics(template: str) -> bool:
    """Does it end the program where there is no value? (A lock does so only after another panic.)"""
    return _UNWRAPS.search(template) is not None


def hides(template: str) -> bool:
    """Does it go on with an invented value where there is none?"""
    return "unwrap_or_default()" in template


_UNWRAPS = re.compile(r"(?<!\.lock\(\))(?<!\.read\(\))(?<!\.write\(\))\.unwrap\(\)")


def _ways(wanted: Type, given: Type, depth: int) -> Iterator[tuple[str, float]]:
    for number, row in enumerate(_fitting(wanted, given)):
        for template, cost in row:
            yield template, cost + number * _STEP
    yield from _numbers(wanted, given)
    if given.name in _ITERATORS and wanted.name in _COLLECTIONS:
        if wanted.name == "Vec" and wanted.args and given.args[:1] and wanted.args[0] == given.args[-1]:
            yield from (("{}.cloned().collect()", _STEP), ("{}.copied().collect()", 2 * _STEP))
        yield "{}.collect()", 0.0
    if (given.name in _ITERATORS and wanted.name in _WIDTHS) or (wanted.name == "usize" and given.name in _ITERATORS):
        yield from (("{}.count()", 0.0), ("{}.sum()", _STEP))
    if wanted.name == given.name == "()" and len(wanted.args) == len(given.args):
        return
    if depth:
        yield from _wrapped(wanted, given, depth)
        yield from _mapped(wanted, given, depth)
        yield from _through_reference(wanted, given)


def _fitting(wanted: Type, given: Type) -> Iterator[tuple[tuple[str, float], ...]]:
    for row in _rows():
        bound: dict[str, Type] = {}
        if match(row.wanted, wanted, bound) and match(row.given, given, bound):
            yield tuple((_filled(template, bound), cost) for template, cost in row.ways)


def _numbers(wanted: Type, given: Type) -> Iterator[tuple[str, float]]:
    """Between integers, and between floats: a cast, or the conversion that cannot lose anything."""
    plain = given.args[0] if given.name in ("&", "&mut") and given.args else given
    if not (wanted.name in _WIDTHS | {"usize": 64, "isize": 64, "f32": 32, "f64": 64} and not plain.args):
        return
    star = "" if plain is given else "*"
    if {wanted.name, plain.name} == {"f32", "f64"}:
        yield f"{star}{{}} as {wanted.name}", 0.0
        if wanted.name == "f64":
            yield f"f64::from({star}{{}})", _STEP
    integers = {*_WIDTHS, "usize", "isize"}
    if wanted.name in integers and plain.name in integers and wanted.name != plain.name:
        yield f"{star}{{}} as {wanted.name}", 0.0
        if _fits(plain.name, wanted.name):
            yield f"{wanted.name}::from({star}{{}})", _STEP
        else:
            yield f"{wanted.name}::try_from({star}{{}})?", 2 * _STEP
            yield f"{wanted.name}::try_from({star}{{}}).unwrap()", _DOUBTFUL


def _fits(given: str, wanted: str) -> bool:
    if wanted not in _WIDTHS or given not in _WIDTHS:
        return (given, wanted) in {
            ("u8", "usize"),
            ("u16", "usize"),
            ("u8", "isize"),
            ("i8", "isize"),
            ("i16", "isize"),
        }
    wider = _WIDTHS[wanted] > _WIDTHS[given]
    return wider and (wanted[0] == "i" or given[0] == "u")


def _wrapped(wanted: Type, given: Type, depth: int) -> Iterator[tuple[str, float]]:
    """`Some({}.to_string())`: what the wrapper holds is converted first."""
    template = _WRAPPERS.get(wanted.name)
    if template is None or not wanted.args or given.name == wanted.name:
        return
    inner = wanted.args[0]
    if same(inner, given):
        yield template, 0.0
    elif depth > 1:
        for way in _plain(inner, given, depth - 1):
            yield template.format(way.template), _COMPOSED + way.cost
    if wanted.name == "Result" and len(wanted.args) > 1:
        failure = wanted.args[1]
        if same(failure, given) and not same(inner, given):
            yield "Err({})", 0.0
        elif not same(inner, given) and (failure.name == "String" and given.name == "&"):
            yield "Err({}.to_string())", _COMPOSED


def _mapped(wanted: Type, given: Type, depth: int) -> Iterator[tuple[str, float]]:
    """`{}.map(|x| x.to_string())`: both are the same wrapper of different things."""
    if wanted.name != given.name or not wanted.args or len(wanted.args) != len(given.args):
        return
    alike = [same(w, g) for w, g in zip(wanted.args, given.args, strict=True)]
    if wanted.name in ("Option", "Result") and not alike[0] and all(alike[1:]):
        for way in _plain(wanted.args[0], given.args[0], depth - 1):
            yield f"{{}}.map(|x| {expression(way.template, 'x')})", _COMPOSED + way.cost
    if wanted.name == "Result" and alike == [True, False]:
        for way in _plain(wanted.args[1], given.args[1], depth - 1):
            yield f"{{}}.map_err(|e| {expression(way.template, 'e')})", _COMPOSED + way.cost
        yield "{}.map_err(Into::into)", _COMPOSED
        yield "Ok({}?)", _COMPOSED
    if wanted.name == "Vec" and not alike[0]:
        for way in _plain(wanted.args[0], given.args[0], depth - 1):
            mapped = f"{{}}.into_iter().map(|x| {expression(way.template, 'x')}).collect()"
            yield mapped, _COMPOSED + way.cost


def _plain(wanted: Type, given: Type, depth: int) -> list[Conversion]:
    """The first ways that may stand in a closure: a `?` would leave that."""
    return [way for way in conversions(wanted, given, depth) if "?" not in way.template][:3]


def _through_reference(wanted: Type, given: Type) -> Iterator[tuple[str, float]]:
    """`&{}.to_string()` where a `&String` is wanted: make the value, lend it."""
    if wanted.name == "&" and wanted.args and wanted.args[0].name in ("String", "Vec") and given.name != "&mut":
        for way in _plain(wanted.args[0], given, 0):
            yield f"&{way.template}", _COMPOSED + way.cost


def expression(template: str, text: str) -> str:
    """A template filled with a text that needs no parentheses."""
    return template.replace("{}", text)


def _filled(template: str, bound: dict[str, Type]) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: str(bound.get(name[1], name[0])), template)


@functools.lru_cache(maxsize=1)
def _rows() -> tuple[_Row, ...]:
    rows = []
    for line in TABLE.strip().splitlines():
        types, _, ways = line.partition(" : ")
        wanted, _, given = types.partition("<-")
        listed = []
        for number, way in enumerate(ways.split(" | ")):
            plain = way.strip()
            cost = number * _STEP + (_DOUBTFUL if plain.startswith("~") else 0.0)
            listed.append((plain.removeprefix("~"), cost))
        pair = read(wanted), read(given)
        general = sum(len(part.name) == 1 and part.name.isupper() for type_ in pair for part in type_.parts())
        rows.append(_Row(*pair, tuple(listed), general))
    return tuple(sorted(rows, key=lambda row: row.general))
