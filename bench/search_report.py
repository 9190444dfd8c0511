"""What the results of `bench/search.py` say together. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from figures import Figure

FIRST_OFFER_MS = 1500


@dataclass(frozen=True)
class Result:
    """What became of one case with one configuration."""

    case: str
    crate: str
    held_out: bool
    mutations: list[str]
    codes: list[str]  # as the case was made
    configuration: str
    errors: int
    left: list[str]  # codes of the errors that are left
    green: bool
    testable: bool  # do the tests of the untouched crate pass?
    tests: bool | None  # do they pass now? None where it does not compile, or they say nothing
    first_equal: bool  # the first offer alone is the original, token for token
    equal: bool  # the text in the end is
    compiled: int  # candidates and compositions, whether rustc was asked directly or by cargo
    first_ms: float | None  # from the start of the search for its error to the first offer
    first_source: str
    first_kind: str
    seconds: float  # all of it: checks, search, rounds
    out_of_time: bool


def tables(results: Sequence[Result]) -> dict[str, Any]:
    """Per split and configuration; of the development crates also per mutation, per code, per kind of edit."""
    development = [r for r in results if not r.held_out]
    return {
        "splits": {
            split: {name: _summary(group) for name, group in _by(chosen, lambda r: [r.configuration]).items()}
            for split, chosen in (("dev", development), ("held-out", [r for r in results if r.held_out]))
            if chosen
        },
        "crates": _green_by(results, lambda r: [r.crate]),
        "codes": _green_by(development, lambda r: [code or "syntax" for code in r.codes]),
        "mutations": _green_by(development, lambda r: r.mutations),
        "left": {
            name: dict(Counter(code or "syntax" for r in group for code in r.left).most_common())
            for name, group in _by(development, lambda r: [r.configuration]).items()
        },
        "kinds": {
            kind: {"first offers": len(group), "equal": sum(r.first_equal for r in group)}
            for kind, group in _by(development, lambda r: [r.first_kind] if r.first_kind else []).items()
        },
    }


def figures(results: Sequence[Result]) -> list[Figure]:
    """The figures of `make bench`: shares of the cases, and the times that have a bound."""
    found = []
    for split, configurations in tables(results)["splits"].items():
        for name, said in configurations.items():
            note = f"{said['cases']} cases of {split} crates"
            where = f"{split}_{name}".replace("-", "_")
            found.append(Figure(f"{where}_green", said["green"] / said["cases"], "of the cases", None, note))
            found.append(
                Figure(f"{where}_first_equal", said["first_equal"] / said["cases"], "of the cases", None, note)
            )
            if said["testable"]:
                share = said["tests"] / said["testable"]
                found.append(Figure(f"{where}_tests", share, "of the cases with tests", None, note))
            if said["first_ms"] is not None:
                bound = FIRST_OFFER_MS if name != "model" else None
                found.append(Figure(f"{where}_first_offer", said["first_ms"], "ms, median", bound, note))
    return [Figure(f.figure, round(f.value, 3), f.unit, f.bound, f.note) for f in found]


def markdown(told: Mapping[str, Any], whats: Mapping[str, str]) -> str:
    """The tables, to be read."""
    lines = ["# Edit search on real crates", ""]
    for split, configurations in told["splits"].items():
        lines += [
            f"## {split}",
            "",
            "| | cases | green | tests pass | first offer equal | equal | compiled | ms to first offer | seconds |",
        ]
        lines += ["|---|---|---|---|---|---|---|---|---|"]
        for name, said in configurations.items():
            cells = [
                whats.get(name, name), said["cases"], said["green"], f"{said['tests']} of {said['testable']}",
                said["first_equal"], said["equal"],
                *(_pair(said, name) for name in ("compiled", "first_ms", "seconds")),
            ]  # fmt: skip
            lines.append("| " + " | ".join(map(str, cells)) + " |")
        lines.append("")
    lines += [
        "Pairs are median and p90. Green: no error left. The tables below say how many cases are green, of how many.",
        "",
    ]
    for title in (title for title in ("crates", "codes", "mutations") if told[title]):
        names = [name for name in whats if any(name in said for said in told[title].values())]
        lines += [f"## {title}", "", "| | cases | " + " | ".join(names) + " |", "|---|---|" + "---|" * len(names)]
        for row, said in told[title].items():
            cells = [said.get(name, {}).get("green", "-") for name in names]
            most = max(group["cases"] for group in said.values())
            lines.append(f"| {row} | {most} | " + " | ".join(map(str, cells)) + " |")
        lines.append("")
    for name, left in told["left"].items():
        lines += [f"Errors left with {name}: " + (", ".join(f"{code} {n}" for code, n in left.items()) or "none"), ""]
    return "\n".join(lines)


def _summary(group: Sequence[Result]) -> dict[str, Any]:
    offers = [r.first_ms for r in group if r.first_ms is not None]
    return {
        "cases": len(group),
        "green": sum(r.green for r in group),
        "testable": sum(r.testable for r in group),
        "tests": sum(r.tests is True for r in group),
        "first_equal": sum(r.first_equal for r in group),
        "equal": sum(r.equal for r in group),
        "offers": len(offers),
        "out_of_time": sum(r.out_of_time for r in group),
        **_spread("compiled", [r.compiled for r in group]),
        **_spread("first_ms", offers),
        **_spread("seconds", [r.seconds for r in group]),
    }


def _spread(name: str, values: Sequence[float]) -> dict[str, float | None]:
    return {name: percentile(values, 0.5), f"{name}_p90": percentile(values, 0.9)}


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that so many are not above."""
    if not values:
        return None
    return round(sorted(values)[max(0, math.ceil(share * len(values)) - 1)], 1)


def _pair(said: Mapping[str, Any], name: str) -> str:
    return "-" if said[name] is None else f"{said[name]:g}, {said[f'{name}_p90']:g}"


def _by(results: Iterable[Result], keys: Callable[[Result], Iterable[str]]) -> dict[str, list[Result]]:
    groups: dict[str, list[Result]] = {}
    for result in results:
        for key in keys(result):
            groups.setdefault(key, []).append(result)
    return dict(sorted(groups.items()))


def _green_by(results: Iterable[Result], keys: Callable[[Result], Iterable[str]]) -> dict[str, dict[str, Any]]:
    return {
        key: {
            name: {"cases": len(of), "green": sum(r.green for r in of), "first_equal": sum(r.first_equal for r in of)}
            for name, of in _by(group, lambda r: [r.configuration]).items()
        }
        for key, group in _by(results, keys).items()
    }
