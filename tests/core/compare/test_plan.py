"""Which trainings and measures a comparison needs, in which order."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepy_core.compare.methods import METHODS, methods_named
from sleepy_core.compare.plan import Setup, Step, families_for, rate_of, steps
from sleepy_core.errors import SleepyError

NAMES = tuple(method.name for method in METHODS)
SETUP = Setup("m.gguf", ("a", "b", "c"), ("x", "y"), ("r",), lora_rates=(1e-3,), share_rates=(1e-2, 3e-2))

setups = st.builds(
    Setup,
    model=st.just("m.gguf"),
    arriving=st.sampled_from([("a",), ("a", "b"), ("a", "b", "c")]),
    known=st.sampled_from([("x", "y"), ("x", "y", "z")]),
    choosing=st.sampled_from([("r",), ("r", "s")]),
    methods=st.lists(st.sampled_from(NAMES), unique=True).map(tuple),
    seeds=st.integers(1, 3),
    lora_rates=st.sampled_from([(1e-3,), (1e-3, 3e-3)]),
    share_rates=st.sampled_from([(1e-2,), (1e-2, 3e-2)]),
    below=st.sampled_from(["", "general"]),
)


def needs(step: Step, families: set[str]) -> set[str]:
    """Folders that have to be there before a step is done."""
    basis = {step.basis} if step.do == "train" and step.basis else set()
    start = {step.start} if step.start else set()
    worn = {step.folder} if step.do == "measure" and not step.folder.endswith("/bare") else set()
    return {*step.parts, *basis, *start, *worn}


@given(setups)
def test_every_step_has_a_name_of_its_own_and_needs_only_what_earlier_ones_have_made(setup: Setup) -> None:
    planned = steps(setup)
    assert max(Counter(step.id for step in planned).values(), default=1) == 1
    made: set[str] = set()
    for step in planned:
        for folder in needs(step, set(setup.families)):
            # A merge and an extraction make a folder of tasks.
            assert folder in made or folder.rpartition("/")[0] in made, (step, folder)
        if step.do not in ("measure", "sample"):
            made.add(step.folder)


@given(setups)
def test_no_rate_is_chosen_on_a_family_that_arrives_and_no_basis_is_learned_from_one(setup: Setup) -> None:
    for step in steps(setup):
        if step.trial:
            assert step.family in setup.choosing
            assert step.seed == 1
        elif step.do == "train":
            assert step.family in (setup.known if step.method == "known" else setup.arriving)


@given(setups)
def test_the_whole_matrix_of_each_way_to_learn_is_measured(setup: Setup) -> None:
    planned = steps(setup)
    for ground in setup.grounds:
        for seed in range(1, setup.seeds + 1):
            for method in setup.chosen:
                cells = {
                    (step.stage, step.family)
                    for step in planned
                    if step.do == "measure" and not step.trial
                    if (step.ground, step.seed, step.method) == (ground, seed, method.name)
                }
                order = setup.order(seed)
                every = {(stage, f) for stage in range(1, len(order) + 1) for f in order}
                if method.kind == "merged":
                    every = {(stage, f) for stage in range(1, len(order) + 1) for f in order[:stage]}
                if method.trains:
                    assert cells == every


def test_a_sequence_goes_on_from_the_family_before_and_others_begin_anew() -> None:
    planned = [s for s in steps(SETUP) if s.do == "train" and not s.trial and s.stage]
    starts = {(s.method, s.stage): s.start for s in planned if s.start}
    assert starts == {
        ("naive-lora", 2): "base/seed-1/naive-lora/a", ("naive-lora", 3): "base/seed-1/naive-lora/b",
        ("replay-lora", 2): "base/seed-1/replay-lora/a", ("replay-lora", 3): "base/seed-1/replay-lora/b",
    }  # fmt: skip


def test_what_is_merged_is_learned_above_what_the_last_merge_made() -> None:
    planned = [s for s in steps(replace(SETUP, methods=("merged",))) if s.stage == 2 and s.do != "measure"]
    train, merge = planned
    measured = [s.folder for s in steps(replace(SETUP, methods=("merged",))) if s.stage == 2 and s.do == "measure"]
    assert measured == ["base/seed-1/merged/after-2/b", "base/seed-1/merged/after-2/a"]
    assert train.basis == "base/seed-1/merged/after-1"
    assert merge.parts == (
        "base/seed-1/merged/after-1/x", "base/seed-1/merged/after-1/y", "base/seed-1/merged/after-1/a",
        "base/seed-1/merged/new/b",
    )  # fmt: skip


def test_over_as_many_seeds_as_families_each_is_once_the_first() -> None:
    assert [replace(SETUP, seeds=3).order(seed)[0] for seed in (1, 2, 3)] == ["a", "b", "c"]


def test_the_rate_is_the_one_with_the_least_loss_and_what_failed_is_not_taken() -> None:
    (core,) = methods_named(["random-core"])
    losses = {"base/rates/random-core/0.01/r": 0.4, "base/rates/random-core/0.03/r": 0.3}
    assert rate_of(SETUP, core, "base", losses) == 0.03
    del losses["base/rates/random-core/0.03/r"]
    assert rate_of(SETUP, core, "base", losses) == 0.01


def test_one_rate_needs_no_trial() -> None:
    one = replace(SETUP, share_rates=(1e-2,), choosing=())
    assert not any(step.trial for step in steps(one))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"arriving": ()}, "no family arrives"),
        ({"arriving": ("a", "x")}, "x is named twice"),
        ({"known": ("x",)}, "learned from LoRAs of known families"),
        ({"choosing": ()}, "several learning rates"),
        ({"methods": ("magic",)}, "there is no method magic"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_sentence(change: dict[str, object], words: str) -> None:
    with pytest.raises(SleepyError, match=words):
        replace(SETUP, **change)  # type: ignore[arg-type]


GROUPS = {"a1": "A", "a2": "A", "b1": "B", "b2": "B", "c1": "C"}


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (("2", "2", "1"), (("a1", "b1"), ("c1", "a2"), ("b2",))),
        (("b1,a2", "2", "0"), (("b1", "a2"), ("a1", "c1"), ())),
        (("1", "a1, b1", ""), (("c1",), ("a1", "b1"), ())),
    ],
)
def test_families_are_named_or_counted_out_over_the_groups(told: tuple[str, str, str], found: object) -> None:
    assert families_for(GROUPS, *told) == found


@pytest.mark.parametrize("told", [("no_such", "1", "1"), ("3", "3", "1")])
def test_families_that_there_are_not_are_refused(told: tuple[str, str, str]) -> None:
    with pytest.raises(SleepyError, match=r"no_such|only 2 are left"):
        families_for(GROUPS, *told)
