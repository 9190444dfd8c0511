"""Raw results of comparisons that nobody has run, for tests of what is made of them."""

from __future__ import annotations

from collections.abc import Callable

from sleepy_core.compare.plan import Setup, Step, steps
from sleepy_core.compare.raw import Adapter, Answer, Began, Cell, Raw

SPLITS = ("validation", "frozen")


def raw_of(setup: Setup, loss: Callable[[Step], float], only: Callable[[Step], bool] = lambda _: True) -> Raw:
    """Results of all steps; each koan's loss is told by the step, and it is solved where that is below 0.5."""
    adapters: list[Adapter] = []
    cells: list[Cell] = []
    for step in filter(only, steps(setup)):
        if step.do in ("measure", "sample"):
            value = loss(step)
            answers = tuple(
                Answer(f"{step.family}/{split}-{n}", split, 9, value, "x", value < 0.2, value < 0.6, value < 0.5)
                for split in SPLITS
                for n in range(3)
            )
            cells.append(
                Cell(
                    step.id, step.ground, step.seed, step.method, step.family, step.stage, step.folder, step.trial,
                    answers,
                )
            )  # fmt: skip
        else:
            lora = step.do in ("train", "mean") and not step.basis and "random" not in step.method
            numbers = 1000 if lora else 10 if step.do == "train" else 200
            tasks = {part.rpartition("/")[2]: 10 for part in step.parts} if step.do == "merge" else {}
            trained = numbers if step.do == "train" else 0
            adapters.append(
                Adapter(
                    step.id, step.do, step.ground, step.seed, step.method, step.family, step.stage, step.trial,
                    0.01, setup.steps, trained, numbers, 4 * numbers, tasks, 0.5, 12.0, 10.0, 2 * 10**9,
                )
            )  # fmt: skip
    questions = dict.fromkeys(setup.families, (6, 8))
    below = (5000, 20_000) if setup.below else (0, 0)
    return Raw(Began(setup, questions, below, "0", "rustc 1", "here"), tuple(adapters), tuple(cells))
