"""Koans as examples: the question is the daemon's own, and the answer leads to the solution."""

from dataclasses import replace

import pytest

from sleepy_core.night.lessons import lesson, lessons
from sleepy_koans.check import Checker
from sleepy_koans.deck import deck
from sleepy_koans.family import family_named


@pytest.fixture(scope="module")
def checker():
    with Checker() as made:
        yield made


@pytest.mark.slow
def test_an_example_asks_what_the_daemon_asks_and_answers_with_the_solution(checker):
    koans = deck(family_named("use_after_move"), "validation")
    found = lessons(koans, checker)
    assert len(found.examples) + sum(found.without.values()) == len(koans)
    assert len(found.examples) >= len(koans) // 2
    by_id = {koan.id: koan for koan in koans}
    for example in found.examples:
        koan, said = by_id[example.id], example.messages[-1].content
        old = said.split("Rewrite:\n")[1]
        assert any(code in said for code in koan.codes)
        file = next(name for name in koan.files if f"\n{name}:\n" in said)
        assert old in koan.files[file]
        assert koan.files[file].replace(old, example.answer) == koan.solution[file]
        assert (example.family, example.source, example.weight) == (koan.family, "koan", 1.0)
        assert example.signature.split(":")[0] in koan.codes


@pytest.mark.slow
def test_a_solution_in_another_file_than_the_error_makes_no_example(checker):
    (koan, *_) = deck(family_named("use_after_move"), "validation")
    files = {**koan.files, "src/other.rs": "pub fn old() {}\n"}
    solution = {**koan.solution, "src/other.rs": "pub fn new() {}\n"}
    assert lesson(replace(koan, files=files, solution=solution), checker) is None
