"""Every family that is written, and what each of them promises."""

import functools

import pytest

from sleepy_koans.batch import compile_all
from sleepy_koans.check import Checker, Crate
from sleepy_koans.deck import TRAIN, VALIDATION, deck
from sleepy_koans.family import Family, families, groups
from sleepy_koans.frozen import frozen_families, read_frozen
from sleepy_koans.koan import Koan
from sleepy_koans.normal import normal
from sleepy_koans.plan import PLAN
from sleepy_koans.verify import verify

SAMPLE = (
    6  # training tasks of each family that are compiled here; `sleepy koans check` asks more, and about all of them
)

every_family = pytest.mark.parametrize("family", families().values(), ids=lambda family: family.name)


@functools.cache
def training(family: Family) -> tuple[Koan, ...]:
    return deck(family, "train")


@functools.cache
def validation(family: Family) -> tuple[Koan, ...]:
    return deck(family, "validation")


@every_family
def test_a_family_stands_where_it_is_planned(family: Family) -> None:
    assert family.name in PLAN[groups()[family.name]]


def test_fifty_are_planned_ten_a_group() -> None:
    assert [len(planned) for planned in PLAN.values()] == [10] * 5


@every_family
def test_it_has_enough_templates_and_tasks(family: Family) -> None:
    assert (len(family.templates) >= 6, len(family.frozen) >= 4) == (True, True)
    assert (len(training(family)), len(validation(family))) == (TRAIN, VALIDATION)
    assert {koan.template for koan in training(family)} == {template.name for template in family.templates}


@every_family
def test_its_templates_have_codes_of_its_own(family: Family) -> None:
    assert {code for t in (*family.templates, *family.validation, *family.frozen) for code in t.codes} <= set(
        family.codes
    )


@every_family
def test_a_template_for_one_processor_is_marked(family: Family) -> None:
    for template in (*family.templates, *family.validation, *family.frozen):
        assert template.arch == ("x86_64" if "x86_64" in template.source else ""), template.name
    about = {template.name: template.arch for template in family.frozen}
    assert all(koan.arch == about[koan.template] for koan in read_frozen(family.name))


@every_family
def test_its_splits_share_no_program_and_no_frozen_template(family: Family) -> None:
    splits = {"train": training(family), "validation": validation(family), "frozen": read_frozen(family.name)}
    texts = [normal(koan.files) for koans in splits.values() for koan in koans]
    assert len(texts) == len(set(texts))
    met = {koan.template for name in ("train", "validation") for koan in splits[name]}
    assert not met & {koan.template for koan in splits["frozen"]}


@every_family
def test_its_decks_are_the_same_each_time_and_others_for_another_seed(family: Family) -> None:
    assert [k.to_json() for k in deck(family, "train")] == [k.to_json() for k in training(family)]
    assert [k.files for k in deck(family, "train", seed=2)] != [k.files for k in training(family)]


def test_no_two_families_have_the_same_frozen_program() -> None:
    texts = [normal(koan.files) for name in frozen_families() for koan in read_frozen(name)]
    assert len(texts) == len(set(texts)) >= 4


@pytest.mark.slow
def test_broken_programs_do_not_compile_and_their_solutions_do() -> None:
    checker = Checker()
    koans = [koan for family in families().values() for koan in (*training(family)[:SAMPLE], *validation(family)[:2])]
    koans = [koan for koan in koans if not checker.skips(koan)]
    crates = [Crate.of(koan, files) for koan in koans for files in (koan.files, koan.solution)]
    answers = compile_all(checker, crates)
    assert [k.id for k, compiles in zip(koans, answers[::2], strict=True) if compiles] == []
    assert [k.id for k, compiles in zip(koans, answers[1::2], strict=True) if not compiles] == []


@pytest.mark.slow
@every_family
def test_the_compiler_agrees_with_all_that_its_frozen_tasks_say(family: Family) -> None:
    checker = Checker()
    done = list(checker.each(lambda koan: verify(koan, checker), read_frozen(family.name)))
    assert {one.koan.id: one.problems for one in done if one.problems} == {}
