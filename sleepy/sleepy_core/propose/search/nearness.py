"""How near two names are: by letters, by words, by what other languages call the same thing. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")

# What other languages call it, and what Rust's std does: tried where nothing near is in scope.
IDIOMS: dict[str, tuple[str, ...]] = {
    "add": ("push", "insert"),
    "add_all": ("extend",),
    "append": ("push", "push_str", "extend"),
    "at": ("get",),
    "char_at": ("chars().nth",),
    "compare_to": ("cmp",),
    "concat": ("extend", "push_str"),
    "contains": ("contains_key",),
    "contains_key": ("contains",),
    "copy": ("clone",),
    "count": ("len",),
    "delete": ("remove",),
    "empty": ("is_empty", "clear"),
    "each": ("for_each",),
    "entries": ("iter",),
    "equals": ("eq",),
    "erase": ("remove",),
    "exists": ("any", "contains"),
    "expect_err": ("unwrap_err",),
    "find_index": ("position",),
    "flatmap": ("flat_map",),
    "for_all": ("all",),
    "front": ("first",),
    "back": ("last",),
    "get_or_default": ("unwrap_or_default",),
    "get_or_else": ("unwrap_or_else",),
    "has": ("contains", "contains_key"),
    "has_key": ("contains_key",),
    "includes": ("contains",),
    "index_of": ("find", "position"),
    "is_blank": ("is_empty",),
    "is_null": ("is_none",),
    "items": ("iter",),
    "length": ("len",),
    "lower": ("to_lowercase",),
    "map_error": ("map_err",),
    "or_default": ("unwrap_or_default",),
    "pop_back": ("pop",),
    "pop_front": ("remove",),
    "prepend": ("push_front",),
    "push": ("push_str", "insert", "push_back"),
    "push_back": ("push",),
    "put": ("insert",),
    "reduce": ("fold",),
    "remove_all": ("clear", "retain"),
    "replace_all": ("replace",),
    "reverse": ("rev",),
    "rev": ("reverse",),
    "select": ("map",),
    "set": ("insert",),
    "size": ("len",),
    "some": ("any",),
    "sorted": ("sort",),
    "string": ("to_string",),
    "strip": ("trim",),
    "substr": ("get",),
    "to_array": ("to_vec",),
    "to_list": ("to_vec", "collect::<Vec<_>>"),
    "to_lower": ("to_lowercase",),
    "to_lower_case": ("to_lowercase",),
    "to_str": ("as_str", "to_string"),
    "to_upper": ("to_uppercase",),
    "to_upper_case": ("to_uppercase",),
    "upper": ("to_uppercase",),
    "where": ("filter",),
}


# Values and types of other languages.
FOREIGN: dict[str, tuple[str, ...]] = {
    "False": ("false",), "NULL": ("None",), "True": ("true",), "boolean": ("bool",),
    "byte": ("u8",), "double": ("f64",), "float": ("f64", "f32"), "int": ("i32", "usize"), "long": ("i64",),
    "nil": ("None",), "null": ("None",), "nullptr": ("None",), "string": ("String", "&str"), "this": ("self",),
    "uint": ("u32", "usize"), "undefined": ("None",), "void": ("()",),
}  # fmt: skip


def words(name: str) -> list[str]:
    """The words of a name in lower case: `toUpperCase`, `to_upper_case` → to, upper, case."""
    return [word.lower() for word in _WORD.findall(name)]


def idioms(name: str) -> tuple[str, ...]:
    """What std calls the thing that another language calls `name`."""
    return tuple(other for other in IDIOMS.get("_".join(words(name)), ()) if other != name)


def nearest(name: str, pool: Iterable[str], most: int = 4) -> list[tuple[str, float]]:
    """The names that may be meant, with how far they are (0 to 1), the nearest first; not `name` itself."""
    near = ((other, apart(name, other)) for other in dict.fromkeys(pool) if other != name)
    found = [(other, far) for other, far in near if far < 1.0]
    return sorted(found, key=lambda pair: (pair[1], pair[0]))[:most]


def apart(name: str, other: str) -> float:
    """How far two names are from each other: 0 for the same words, 1 where nothing speaks for a mistake."""
    ours, theirs = words(name), words(other)
    if sorted(ours) == sorted(theirs) or "".join(ours) == "".join(theirs):
        return 0.05 if ours == theirs else 0.1
    if [_singular(w) for w in ours] == [_singular(w) for w in theirs]:
        return 0.15
    steps = distance(name.lower(), other.lower())
    if steps <= 2 and sorted(name) == sorted(other):
        return 0.2
    longer = max(len(name), len(other))
    if steps <= max(1, longer // 3) and longer > 1:
        return 0.2 + 0.5 * steps / longer
    if min(len(name), len(other)) > 2 and (name.startswith(other) or other.startswith(name)):
        return 0.6
    shorter, longer_words = sorted((ours, theirs), key=len)
    if shorter and _within(shorter, longer_words):
        return 0.5 + 0.3 * (1 - len(shorter) / len(longer_words))
    return 1.0


def distance(a: str, b: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours that lead from one text to another."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        two_before, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            steps = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                steps = min(steps, two_before[j - 2] + 1)
            row.append(steps)
    return row[-1]


def _singular(word: str) -> str:
    for ending, singular in (("ies", "y"), ("ses", "s"), ("s", "")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word.removesuffix(ending) + singular
    return word


def _within(shorter: list[str], longer: list[str]) -> bool:
    """Are all words of the one in the other, in their order?"""
    rest = iter(longer)
    return all(word in rest for word in shorter) and len("".join(shorter)) > 2
