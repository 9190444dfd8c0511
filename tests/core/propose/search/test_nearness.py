"""Names are near that differ by a slip of the hand, by case, by order, by number, or by a word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepy_core.propose.search.nearness import apart, distance, idioms, nearest, words


@pytest.mark.parametrize(
    ("name", "pool", "expected"),
    [
        ("countr", ["total", "counter"], "counter"),
        ("toUpperCase", ["to_upper_case", "to_lower_case"], "to_upper_case"),
        ("total_compute", ["compute_totals", "compute_total"], "compute_total"),
        ("users", ["uses", "user"], "user"),
        ("entry", ["entries", "empty"], "entries"),
        ("laod", ["land", "load"], "load"),
        ("name", ["file_name", "age"], "file_name"),
        ("Größe", ["Grösse", "Groß"], "Grösse"),
    ],
)
def test_the_nearest_name_comes_first(name: str, pool: list[str], expected: str) -> None:
    assert nearest(name, pool)[0][0] == expected


def test_names_that_share_nothing_are_not_near() -> None:
    assert nearest("parse", ["width", "render", "x"]) == []


def test_a_name_is_not_near_to_itself() -> None:
    assert nearest("load", ["load"]) == []


def test_words_are_told_by_case_and_underscores() -> None:
    assert words("HTTPServer_idOf2") == ["http", "server", "id", "of", "2"]


def test_other_languages_words_are_known_in_any_case() -> None:
    assert idioms("indexOf") == ("find", "position")


def test_neighbours_that_changed_places_are_one_step_apart() -> None:
    assert distance("laod", "load") == 1


@given(st.text(max_size=12), st.text(max_size=12))
def test_nearness_is_the_same_from_both_sides(a: str, b: str) -> None:
    assert apart(a, b) == apart(b, a)
    assert distance(a, b) == distance(b, a)
