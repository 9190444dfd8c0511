"""Which type lacks which trait, as the compiler's many ways to say it come down to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.propose.search.index import bare
from sleepy_core.propose.search.site import Site

_SAID = (
    re.compile(r"trait bound `(?P<type>[^`]+?): (?P<trait>[^`]+)` (?:is|was) not satisfied"),
    re.compile(r"^`(?P<type>[^`]+)` doesn't implement `(?P<trait>[^`]+)`", re.M),
    re.compile(r"the trait `(?P<trait>[^`]+)` is not implemented for `(?P<type>[^`]+)`"),
    re.compile(r"implementation of `(?P<trait>[^`]+)` might be missing for `(?P<type>[^`]+)`"),
    re.compile(r"doesn't satisfy [^\n]*?`(?P<type>[^`]+?): (?P<trait>[^`]+)`"),
    re.compile(r" or `(?P<type>[^`]+?): (?P<trait>[^`]+)`"),
    re.compile(r"^`(?P<type>[^`]+?): (?P<trait>[^`]+)`$", re.M),
)
_OPERATORS = {"==": "PartialEq", "!=": "PartialEq", "<": "PartialOrd", ">": "PartialOrd", "<=": "PartialOrd",
              ">=": "PartialOrd"}  # fmt: skip
_ARITHMETIC = {
    "add": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div",
    "calculate the remainder of": "Rem",
}  # fmt: skip
_METHODS = {
    "clone": "Clone", "to_owned": "Clone", "default": "Default", "cmp": "Ord", "max": "Ord", "min": "Ord",
    "clamp": "Ord", "partial_cmp": "PartialOrd", "lt": "PartialOrd", "le": "PartialOrd", "gt": "PartialOrd",
    "ge": "PartialOrd", "eq": "PartialEq", "ne": "PartialEq", "hash": "Hash",
}  # fmt: skip


def missing_traits(site: Site) -> list[tuple[str, str]]:
    """Pairs of a type as written and a trait's last name, without what is said twice."""
    return list(dict.fromkeys(_pairs(site)))


def _pairs(site: Site) -> Iterator[tuple[str, str]]:
    for pattern in _SAID:
        for found in pattern.finditer(site.said):
            # The type of a closure has no name that a bound could be written for; and it has a colon of its own.
            if "{" not in found["type"]:
                yield found["type"], bare(found["trait"])
    compared = re.search(r"binary operation `(\S+)` cannot be applied to type `([^`]+)`", site.message)
    if compared and compared[1] in _OPERATORS:
        yield compared[2], _OPERATORS[compared[1]]
    compared = re.search(r"can't compare `([^`]+)` with `([^`]+)`", site.message)
    if compared and compared[1].lstrip("&") == compared[2].lstrip("&"):
        yield compared[1], "PartialEq"
    computed = re.match(r"cannot (.+?) `([^`]+)`", site.message)
    if computed and computed[1] in _ARITHMETIC:
        yield computed[2], _ARITHMETIC[computed[1]]
    signed = re.match(r"cannot apply unary operator `([-!])` to type `([^`]+)`", site.message)
    if signed:
        yield signed[2], {"-": "Neg", "!": "Not"}[signed[1]]
    absent = re.match(r"no (?:method|function or associated item|associated function or constant|variant[^`]*)"
                      r" named `(\w+)` found for [^`]*`([^`]+)`", site.message)  # fmt: skip
    if absent and absent[1] in _METHODS:
        yield absent[2], _METHODS[absent[1]]
