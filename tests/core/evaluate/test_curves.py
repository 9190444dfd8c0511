"""What is to be seen in plots."""

import pytest

from helpers.task_results import result, run
from sleepy_core.evaluate.curves import (
    Curve,
    Grid,
    baselines,
    chosen,
    curves,
    forgetting,
    heat,
    median_steps,
    pass_rate,
    repeat_error_rate,
)
from sleepy_core.evaluate.metrics import Metrics, metrics
from sleepy_core.model import Source


def line(
    label: str, cycle: int | None, passed: int, *, seed: int = 1, learned: tuple[str, ...] = (), **more
) -> Metrics:
    """A run in which so many of ten tasks passed: the first five of use_after_move, the others of pin."""
    told = [result(f"{'use_after_move' if n < 5 else 'pin'}/{n}", n < passed) for n in range(10)]
    of = run(f"{label}-{cycle}-{seed}-{passed}", cycle=cycle, seed=seed, **more)
    return metrics(of, told, label=label, learned=learned)


def test_a_curve_is_the_mean_of_its_seeds_with_the_least_and_the_most() -> None:
    told = curves([line("share", c, p, seed=s) for c, s, p in ((0, 1, 2), (0, 2, 4), (1, 1, 6), (1, 2, 6))], pass_rate)
    assert told == (Curve("share", (0, 1), (pytest.approx(0.3), 0.6), (0.2, 0.6), (0.4, 0.6), 2),)


def test_cycles_come_in_their_order_and_labels_as_they_appear() -> None:
    told = curves([line("b", 2, 1), line("a", 0, 1), line("b", 0, 1)], pass_rate)
    assert [(curve.label, curve.cycles) for curve in told] == [("b", (0, 2)), ("a", (0,))]


def test_what_was_not_measured_has_no_point() -> None:
    nothing = line("a", 0, 0)
    assert curves([nothing], median_steps) == ()
    assert curves([nothing], repeat_error_rate) == ()  # no kind of error was met twice
    assert len(curves([nothing], pass_rate)) == 1


def test_baselines_are_the_runs_of_no_cycle() -> None:
    told = [line("search", None, 2), line("search", None, 4, seed=2), line("share", 1, 9)]
    assert baselines(told, pass_rate) == (("search", pytest.approx(0.3)),)


def test_families_stand_in_their_group_and_baselines_come_first() -> None:
    told = heat([line("share", 1, 10), line("search", None, 3), line("share", 0, 5)])
    columns = ("search", "cycle 0", "cycle 1")
    assert told == {
        "borrow_checker": Grid(("use_after_move",), columns, ((0.6, 1.0, 1.0),)),
        "advanced": Grid(("pin",), columns, ((0.0, 0.0, 1.0),)),
    }


def test_of_several_labels_the_first_and_the_last_cycle_are_shown() -> None:
    told = heat([line(label, cycle, 5) for cycle in range(4) for label in ("share", "lora")])
    assert told["advanced"].columns == ("share, cycle 0", "share, cycle 3", "lora, cycle 0", "lora, cycle 3")


def test_families_that_are_not_planned_are_shown_as_others() -> None:
    told = heat([metrics(run(rungs=(Source.MODEL,)), [result("mine/1", True)])])
    assert told == {"other": Grid(("mine",), ("base model",), ((1.0,),))}


def test_what_is_forgotten_stands_below_the_diagonal() -> None:
    told = forgetting(
        [
            line("lora", 0, 0),
            line("lora", 1, 5, learned=("use_after_move",)),
            line("lora", 2, 8, learned=("use_after_move", "pin")),
            line("share", 1, 5, learned=("pin",)),
            line("search", None, 3),
        ]
    )
    rows, columns = ("after 0", "after 1", "after 2"), ("taught in 1", "taught in 2")
    assert told == {"lora": Grid(rows, columns, ((0.0, 0.0), (1.0, 0.0), (1.0, 0.6)))}


def test_only_runs_over_the_same_tasks_stand_in_one_picture() -> None:
    old, new = line("a", None, 1, digest="old"), line("a", None, 2, digest="new")
    day = line("a", None, 3, digest="day", tasks="train")
    assert chosen([old, new, day]) == (new,)
    assert chosen([day]) == (day,)
    assert chosen([]) == ()
