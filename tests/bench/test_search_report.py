"""What the results of the search bench say together."""

from __future__ import annotations

import dataclasses

import pytest

from search_report import FIRST_OFFER_MS, Result, figures, markdown, percentile, tables

GREEN = Result(
    case="a", crate="json", held_out=False, mutations=["drop_mut"], codes=["E0596"], configuration="suggestions",
    errors=1, left=[], green=True, testable=True, tests=True, first_equal=True, equal=True, compiled=1, first_ms=200.0,
    first_source="compiler", first_kind="", seconds=1.0, out_of_time=False,
)  # fmt: skip
LEFT = dataclasses.replace(
    GREEN, case="b", mutations=["drop_a_comma", "drop_mut"], codes=["", "E0596"], left=["", ""], green=False,
    tests=None, first_equal=False, equal=False, compiled=9, first_ms=None, first_source="",
)  # fmt: skip
SEARCHED = [
    dataclasses.replace(r, configuration="search", green=True, tests=False, left=[], first_ms=1800.0, first_kind="x")
    for r in (GREEN, LEFT)
]
HELD_OUT = dataclasses.replace(GREEN, case="c", crate="semver", held_out=True, codes=["E0004"], mutations=["secret"])


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.5, None), ([3], 0.9, 3), ([1, 2, 3, 4], 0.5, 2), (list(range(1, 11)), 0.9, 9), ([5, 1], 1.0, 5)],
)
def test_a_percentile_is_a_value_that_was_measured(values: list[float], share: float, expected: float | None) -> None:
    assert percentile(values, share) == expected


def test_each_configuration_is_summed_up_for_each_split() -> None:
    told = tables([GREEN, LEFT, *SEARCHED, HELD_OUT])
    said = told["splits"]["dev"]["suggestions"]
    assert (said["cases"], said["green"], said["tests"], said["testable"], said["first_equal"]) == (2, 1, 1, 2, 1)
    assert (said["compiled"], said["compiled_p90"], said["first_ms"]) == (1, 9, 200.0)
    assert told["splits"]["dev"]["search"]["green"] == 2
    assert told["splits"]["held-out"]["suggestions"]["cases"] == 1


def test_codes_and_mutations_are_told_of_the_development_crates_only() -> None:
    told = tables([GREEN, LEFT, HELD_OUT])
    assert told["codes"]["E0596"]["suggestions"] == {"cases": 2, "green": 1, "first_equal": 1}
    assert told["codes"]["syntax"]["suggestions"]["green"] == 0
    assert told["left"] == {"suggestions": {"syntax": 2}}
    assert "E0004" not in told["codes"]
    assert "secret" not in told["mutations"]
    assert set(told["crates"]) == {"json", "semver"}


def test_only_the_time_to_the_first_offer_has_a_bound() -> None:
    found = {figure.figure: figure for figure in figures([GREEN, LEFT, *SEARCHED])}
    assert found["dev_suggestions_green"].value == 0.5
    assert found["dev_suggestions_green"].ok
    assert found["dev_suggestions_first_offer"].ok
    assert found["dev_search_first_offer"].bound == FIRST_OFFER_MS
    assert not found["dev_search_first_offer"].ok


def test_nothing_that_was_never_offered_has_a_time() -> None:
    assert not [figure for figure in figures([LEFT]) if figure.figure.endswith("first_offer")]


def test_the_summary_can_be_read() -> None:
    whats = {"suggestions": "the compiler's suggestions", "search": "+ edit search", "model": "+ a model"}
    text = markdown(tables([GREEN, LEFT, *SEARCHED]), whats)
    assert "| the compiler's suggestions | 2 | 1 | 1 of 2 | 1 | 1 | 1, 9 | 200, 200 | 1, 1 |" in text
    assert "| | cases | suggestions | search |" in text
    assert "| E0596 | 2 | 1 | 2 |" in text
    assert "Errors left with suggestions: syntax 2" in text


def test_a_table_without_rows_is_left_out() -> None:
    text = markdown(tables([HELD_OUT]), {"suggestions": "the compiler's suggestions"})
    assert "## crates" in text
    assert "## codes" not in text
