"""What the raw results of a comparison say."""

from dataclasses import replace

import pytest

from helpers.comparisons import raw_of
from sleepy_core.compare.figures import Row, Told, matrices, pairs, rows
from sleepy_core.compare.plan import Setup, Step
from sleepy_core.compare.raw import Answer, Raw

SETUP = Setup("m.gguf", ("a", "b", "c"), ("x", "y"), lora_rates=(1e-3,), share_rates=(1e-2,))


def loss(step: Step) -> float:
    """One LoRA in sequence forgets 0.1 with each family; numbers of one's own know their own family alone."""
    taught = SETUP.order(1).index(step.family) + 1 if step.family in SETUP.arriving else 0
    match step.method:
        case "base" | "samples":
            return 1.0
        case "mean":
            return 0.9
        case "naive-lora" | "replay-lora":
            return 0.3 + 0.1 * (step.stage - taught) if taught <= step.stage else 1.0
        case "own-lora":
            return 0.2 if step.stage == taught else 1.1
        case "merged":
            return 0.4 + 0.01 * (step.stage - taught)
        case _:
            return 0.4 if step.stage == taught else 1.2


@pytest.fixture(scope="module")
def raw() -> Raw:
    return raw_of(SETUP, loss)


@pytest.fixture(scope="module")
def told(raw: Raw) -> dict[str, Row]:
    return {row.method.name: row for row in rows(raw)}


def test_every_way_to_learn_has_a_row(told: dict[str, Row]) -> None:
    assert list(told) == [method.name for method in SETUP.chosen]
    assert all(row.families == 3 for row in told.values())


def test_own_is_what_holds_right_after_a_family_was_learned(told: dict[str, Row]) -> None:
    assert told["naive-lora"].own.loss("validation") == pytest.approx(0.3)
    assert told["random-core"].own.loss("frozen") == pytest.approx(0.4)
    assert told["own-lora"].own.passed("validation").hits == told["own-lora"].own.passed("validation").of == 9


def test_the_gain_that_is_kept_is_of_what_a_lora_of_its_own_has(told: dict[str, Row]) -> None:
    assert told["base"].kept == 0
    assert told["own-lora"].kept == 1
    assert told["random-core"].kept == pytest.approx(0.6 / 0.8)


def test_forgetting_is_counted_with_and_without_somebody_who_knows_the_family(told: dict[str, Row]) -> None:
    assert told["naive-lora"].forgotten == pytest.approx((0.2 + 0.1) / 2)
    assert told["naive-lora"].forgotten_routed is None
    assert told["random-core"].forgotten == pytest.approx(0.8)
    assert told["random-core"].forgotten_routed == 0
    assert told["merged"].forgotten_routed == pytest.approx((0.02 + 0.01) / 2)
    assert told["merged"].forgotten is None
    assert told["base"].forgotten is None
    assert told["random-core"].routed.loss("validation") == pytest.approx(0.4)
    assert told["random-core"].newest.loss("validation") == pytest.approx((0.4 + 1.2 + 1.2) / 3)
    assert told["merged"].routed.loss("validation") == pytest.approx(0.41)


@pytest.mark.parametrize(
    ("method", "trained", "per_task", "once", "in_all"),
    [
        ("own-lora", 1000, 1000, 0, 3000),
        ("naive-lora", 1000, 0, 1000, 1000),
        ("random-core", 10, 10, 0, 30),
        ("learned-core", 10, 10, 200, 230),
        ("svd-core", 10, 10, 200, 230),
        ("merged", 10, 10, 200, 230),
        ("mean", 0, 0, 1000, 1000),
    ],
)
def test_numbers_are_counted_by_what_is_trained_and_where_they_are_stored(
    told: dict[str, Row], method: str, trained: int, per_task: int, once: int, in_all: int
) -> None:
    cost = told[method].cost
    assert cost is not None
    assert (cost.trained, cost.per_task, cost.once, cost.in_all) == (trained, per_task, once, in_all)


def test_above_a_general_lora_its_numbers_are_stored_once() -> None:
    setup = replace(SETUP, below="general", methods=("base", "own-lora", "random-core"), known=())
    found = {(row.ground, row.method.name): row for row in rows(raw_of(setup, loss))}
    cost = found["general", "random-core"].cost
    assert cost is not None
    assert (cost.once, cost.in_all) == (5000, 5030)
    bare = found["base", "random-core"].cost
    assert bare is not None
    assert bare.once == 0


def test_pairs_are_koans_and_several_seeds_of_one_count_once() -> None:
    def of(*losses: tuple[int, str, float]) -> Told:
        return Told(tuple((s, Answer(koan, "frozen", 3, loss, passed=loss < 0.5)) for s, koan, loss in losses))

    one = of((1, "k", 0.1), (2, "k", 0.3), (1, "l", 0.9), (1, "only here", 0.1))
    other = of((1, "k", 0.8), (2, "k", 0.9), (1, "l", 0.7))
    found = pairs(one, other)
    assert (found.better, found.worse, found.chance) == (1, 1, 1.0)
    assert (found.won, found.lost, found.solved_chance) == (1, 0, 1.0)


def test_the_matrix_has_a_row_for_each_family_that_has_arrived(raw: Raw) -> None:
    grid = matrices(raw, "base")["one LoRA in sequence"]
    assert grid.rows == ("after a", "after b", "after c")
    assert [round(cell or 0, 2) for cell in grid.cells[2]] == [0.5, 0.4, 0.3]
    assert matrices(raw, "base")["Share, merged after each family"].cells[0][1] is None


def test_a_comparison_that_goes_on_has_the_figures_of_what_is_there() -> None:
    part = raw_of(SETUP, loss, lambda step: step.stage < 2 or (step.stage, step.family) == (2, "b"))
    found = {row.method.name: row for row in rows(part)}
    assert found["random-core"].families == 1
    assert found["random-core"].forgotten_routed is None
    assert found["random-core"].own.loss("validation") == pytest.approx(0.4)


def test_a_loss_that_is_no_number_is_told_as_none() -> None:
    broken = Told(((1, Answer("k", "frozen", 3, None)), (1, Answer("l", "frozen", 3, 0.5))))
    assert broken.loss("frozen") is None
