"""Koans as examples: the question is the daemon's own, and the answer leads to the solution."""

from dataclasses import replace

import pytest

from helpers.koans import MODELLED, with_files
from sleepy_core.evaluate.koan_bench import REPO
from sleepy_core.ledger import Origin
from sleepy_core.model import Outcome, Source
from sleepy_core.night.curate import curate
from sleepy_core.night.lessons import by_hand, lesson, lessons
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


def test_a_koan_that_is_repaired_by_hand_leaves_an_episode_that_teaches_its_solution(checker):
    episode = by_hand(MODELLED, checker, Origin(REPO, "x-1-day", "fake", "fake-1"))
    assert episode is not None
    assert (episode.repo, episode.run, episode.note) == ("koans", "x-1-day", MODELLED.id)
    assert (episode.outcome, episode.source, episode.model) == (Outcome.HUMAN, Source.HUMAN, "")
    (example,) = curate([episode]).train
    asked = lesson(MODELLED, checker)
    assert asked is not None
    assert (example.messages, example.answer) == (asked.messages, asked.answer) == (asked.messages, "    a + b")
    assert (example.weight, example.source) == (1.0, "human")


def test_without_an_error_there_is_nothing_to_repair_by_hand(checker):
    fine = with_files(MODELLED, MODELLED.solution["src/lib.rs"])
    assert by_hand(fine, checker, Origin(REPO, "r", "", "")) is None
