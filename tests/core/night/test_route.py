"""Which coefficient set answers."""

from __future__ import annotations

import pytest

from sleepy_core.night.route import BARE, route
from sleepy_core.store.coefficients import CoefficientSet, Status


def a_set(name: str, repo: str | None, family: str | None, **changes: object) -> CoefficientSet:
    values: dict[str, object] = {"model": "m", "status": Status.CURRENT} | changes
    return CoefficientSet(name, basis="b", created=0, repo=repo, family=family, **values)  # type: ignore[arg-type]


ALL = [
    a_set("general", None, None),
    a_set("moves", None, "moves"),
    a_set("orchard", "orchard", None),
    a_set("orchard moves", "orchard", "moves"),
]


@pytest.mark.parametrize(
    ("repo", "family", "wanted"),
    [
        ("orchard", "moves", "orchard moves"),
        ("orchard", "traits", "orchard"),  # the repository goes before the family
        ("other", "moves", "moves"),
        ("other", "traits", "general"),
    ],
)
def test_the_most_alike_goes_first(repo: str, family: str, wanted: str) -> None:
    assert route(ALL, "m", repo, family) == wanted
    assert route(reversed(ALL), "m", repo, family) == wanted


def test_without_any_set_the_bare_model_answers() -> None:
    assert route([], "m", "orchard", "moves") == BARE == ""


@pytest.mark.parametrize("status", [Status.CANDIDATE, Status.RETIRED, Status.REJECTED])
def test_what_is_not_current_does_not_answer(status: Status) -> None:
    sets = [a_set("new", "orchard", "moves", status=status), a_set("old", None, None)]
    assert route(sets, "m", "orchard", "moves") == "old"


def test_coefficients_of_another_model_do_not_fit() -> None:
    assert route(ALL, "another", "orchard", "moves") == BARE
