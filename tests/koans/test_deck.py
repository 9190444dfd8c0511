"""How tasks are made from templates, read and frozen."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sleepy_koans.deck import deck, make, read_deck, write_deck
from sleepy_koans.family import Family, Template
from sleepy_koans.frozen import digest, read_frozen, write_frozen
from sleepy_koans.koan import KoanError

PROGRAM = """
pub fn @add(@item: String) -> usize {
    let kept = «@item»«@item.clone()»;
    ⟦kept.len()¦kept.len() + 1¦kept.capacity()⟧ + @item.len()
}
"""
FAMILY = Family(
    "moved",
    "Used after a move",
    ("E0382",),
    (Template("one", PROGRAM), Template("two", "pub struct @Item;" + PROGRAM)),
    (Template("never", "pub enum @Kind {}" + PROGRAM, test="assert_eq!(@add(String::new()), 0);"),),
)


def test_a_task_has_its_words_and_its_repair() -> None:
    koan = make(FAMILY, FAMILY.frozen[0], "frozen", "moved/frozen-never", "seed")
    assert "clone" not in koan.files["src/lib.rs"]
    assert ".clone()" in koan.solution["src/lib.rs"]
    assert koan.test is not None
    assert "@" not in koan.files["src/lib.rs"] + koan.test


def test_what_is_wrong_with_a_template_is_told_with_its_name() -> None:
    with pytest.raises(KoanError, match="moved, template broken: there is no word @nothing"):
        make(FAMILY, Template("broken", "@nothing «a»«b»"), "train", "id", "seed")


def test_a_family_that_is_too_uniform_is_told_so() -> None:
    uniform = replace(FAMILY, templates=(Template("only", "pub fn f() { «a»«b» }", bare=True),))
    with pytest.raises(KoanError, match="moved has only 1 different train tasks"):
        deck(uniform, "train", train=2, validation=0)


def test_half_of_validation_is_of_unseen_templates_where_a_family_has_some() -> None:
    family = replace(FAMILY, validation=(Template("unseen", "pub trait @Able {}" + PROGRAM),))
    made = [koan.template for koan in deck(family, "validation", validation=8)]
    assert made.count("unseen") == 4
    assert "unseen" not in {koan.template for koan in deck(family, "train", train=8, validation=8)}


def test_a_written_deck_is_read_as_it_was(tmp_path: Path) -> None:
    made = deck(FAMILY, "train", train=4, validation=1)
    assert write_deck(tmp_path / "train.jsonl", made) == 4
    assert read_deck(tmp_path / "train.jsonl") == made


@pytest.mark.parametrize(
    "line",
    ["{", "[]", "{}", '{"id": 1, "surprise": 2}', '"text"', json.dumps({"files": {}})],
)
def test_a_line_that_is_no_koan_is_told_with_its_file_and_number(tmp_path: Path, line: str) -> None:
    file = tmp_path / "deck.jsonl"
    good = deck(FAMILY, "train", train=1, validation=0)[0].to_json()
    file.write_text(f"{good}\n{line}\n", encoding="utf-8")
    with pytest.raises(KoanError, match=r"deck\.jsonl, line 2 is no koan"):
        read_deck(file)


def test_a_frozen_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    koans = deck(FAMILY, "frozen")
    file = write_frozen(koans, tmp_path)
    assert read_frozen("moved", tmp_path) == koans
    file.write_text(file.read_text(encoding="utf-8").replace("capacity", "len"), encoding="utf-8")
    file.write_text(file.read_text(encoding="utf-8").replace(".clone()", ".to_owned()"), encoding="utf-8")
    with pytest.raises(KoanError, match=r"moved\.jsonl was changed after it was frozen"):
        read_frozen("moved", tmp_path)


def test_a_frozen_file_that_lost_a_task_is_refused(tmp_path: Path) -> None:
    file = write_frozen(deck(FAMILY, "frozen"), tmp_path)
    file.write_text(file.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    with pytest.raises(KoanError, match="was changed"):
        read_frozen("moved", tmp_path)


def test_what_was_measured_may_be_added_to_frozen_tasks(tmp_path: Path) -> None:
    koans = tuple(replace(koan, suggestion_repairs=True, search_repairs=False) for koan in deck(FAMILY, "frozen"))
    write_frozen(koans, tmp_path)
    assert read_frozen("moved", tmp_path) == koans
    assert digest(koans) == digest(deck(FAMILY, "frozen"))


def test_a_task_for_one_processor_says_so_and_others_keep_their_hash(tmp_path: Path) -> None:
    koans = deck(FAMILY, "frozen")
    assert '"arch"' not in koans[0].to_json()
    marked = (replace(koans[0], arch="x86_64"),)
    write_frozen(marked, tmp_path)
    assert read_frozen("moved", tmp_path) == marked
    assert digest(marked) != digest(koans)


@pytest.mark.parametrize("text", ["", "{}\n", "nonsense\n"])
def test_a_frozen_file_that_does_not_parse_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "moved.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(KoanError, match=r"moved\.jsonl is no file of frozen tasks"):
        read_frozen("moved", tmp_path)


def test_a_family_without_frozen_tasks_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(KoanError, match="generate --freeze moved"):
        read_frozen("moved", tmp_path)
