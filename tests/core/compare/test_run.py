"""A whole comparison with the real process, a tiny model and real koans."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.tiny_language_model import write_model
from sleepy_core.compare.figures import rows
from sleepy_core.compare.plan import Setup, steps
from sleepy_core.compare.questions import Lesson, judged
from sleepy_core.compare.raw import FILE, Raw, read_raw
from sleepy_core.compare.run import Comparison, prepare
from sleepy_core.errors import SleepyError
from sleepy_koans.check import Checker

pytestmark = [pytest.mark.train, pytest.mark.slow, pytest.mark.timeout(1200)]

# One of each kind; the others differ from them in a number.
METHODS_TRIED = (
    "base", "samples", "own-lora", "naive-lora", "replay-lora", "mean", "random-core", "svd-core", "merged",
)  # fmt: skip


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checker]:
    with Checker(tmp_path_factory.mktemp("checked") / "koans.sqlite") as made:
        yield made


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    return Setup(
        str(write_model(tmp_path_factory.mktemp("model"))), ("use_after_move", "question_mark"),
        ("trait_bound", "let_else"), ("option_handling",), METHODS_TRIED, steps=2, tokens=4096, longest=4096, rank=2,
        k=4, phi=1, samples=2, per_family=1, lora_rates=(1e-3,), share_rates=(1e-2,),
    )  # fmt: skip


@pytest.fixture(scope="module")
def whole(setup: Setup, checker: Checker, tmp_path_factory: pytest.TempPathFactory) -> tuple[Raw, Path]:
    """Every way to learn, from the first step to the last."""
    folder = tmp_path_factory.mktemp("whole")
    return compared(setup, folder, checker), folder


def compared(setup: Setup, folder: Path, checker: Checker) -> Raw:
    ready, lessons = prepare(setup, folder, checker, lambda: None)
    return asyncio.run(Comparison(ready, folder, lessons, checker, threads=1, device="cpu").run())


def test_every_step_leaves_a_record_and_every_way_to_learn_a_row(setup: Setup, whole: tuple[Raw, Path]) -> None:
    raw, folder = whole
    assert raw.done == {step.id for step in steps(setup)}
    assert read_raw(folder) == raw
    assert not [cell.problem for cell in raw.cells if cell.problem]
    found = {row.method.name: row for row in rows(raw)}
    assert set(found) == set(METHODS_TRIED)
    for row in found.values():
        assert row.own.loss("validation") is not None
        assert row.own.exact("validation").of == 2
    assert found["own-lora"].own.loss("validation") < found["base"].own.loss("validation")  # type: ignore[operator]


def test_what_is_trained_and_stored_is_counted(whole: tuple[Raw, Path]) -> None:
    cost = {row.method.name: row.cost for row in rows(whole[0]) if row.cost is not None}
    modules = 14  # of the tiny model: two layers of seven linear maps
    assert cost["random-core"].trained == cost["random-core"].per_task == 4 * 4 * modules
    assert cost["random-core"].once == 0
    assert cost["svd-core"].once > 0
    assert cost["merged"].once > 0
    assert cost["own-lora"].in_all == 2 * cost["naive-lora"].in_all == 2 * cost["own-lora"].trained
    assert all(one.peak_bytes > 0 and one.seconds > 0 for name, one in cost.items() if name != "mean")


def test_an_adapter_in_a_model_that_stays_loaded_is_the_one_that_a_process_of_its_own_makes(
    whole: tuple[Raw, Path], tmp_path: Path
) -> None:
    from safetensors.numpy import load_file

    folder = whole[1]
    made = folder / "base/seed-1/random-core/question_mark"
    told = json.loads((made / "training.json").read_text())
    job = {
        "model": whole[0].began.setup.model, "examples": str(folder / "data/question_mark.train.jsonl"),
        "out": str(tmp_path / "alone"), "basis": "random:seed=1,k=4", "learning_rate": told["learning_rate"],
        "steps": 2, "tokens": 4096, "longest": 4096, "rank": 2, "device": "cpu", "threads": 1,
    }  # fmt: skip
    (tmp_path / "job.json").write_text(json.dumps(job))
    command = [sys.executable, "-m", "sleepy_core.night.worker", str(tmp_path / "job.json")]
    # Its standard input stays open: at its end it would leave.
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as one:
        assert one.wait(300) == 0
    alone, together = (load_file(f / "adapter_model.safetensors") for f in (tmp_path / "alone", made))
    assert all((alone[name] == together[name]).all() for name in together)


def test_killed_at_any_moment_it_goes_on_to_the_very_same_figures(
    setup: Setup, whole: tuple[Raw, Path], tmp_path: Path
) -> None:
    program = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from sleepy_core.compare.plan import Setup\n"
        "from sleepy_core.compare.run import Comparison, prepare\n"
        "from sleepy_koans.check import Checker\n"
        "setup = eval(sys.argv[1]); folder = Path(sys.argv[2])\n"
        "with Checker(folder / 'koans.sqlite') as checker:\n"
        "    ready, lessons = prepare(setup, folder, checker, lambda: None)\n"
        "    one = Comparison(ready, folder, lessons, checker, threads=1, device='cpu')\n"
        "    asyncio.run(one.run(lambda done, of, words: print(words, flush=True)))\n"
    )
    few = replace(setup, methods=("naive-lora", "random-core"), known=(), share_rates=(1e-2, 3e-2))
    argv = [sys.executable, "-c", program, repr(few), str(tmp_path)]
    for number in (3, 9):  # in its first training; in its second one
        with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as run:
            assert run.stdout is not None
            for _ in zip(range(number), run.stdout, strict=False):
                pass
            os.kill(run.pid, signal.SIGKILL)
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert "train base/rates/random-core/0.01/option_handling" not in done.stdout
    lines = (tmp_path / FILE).read_text().splitlines()
    assert len(lines) == 1 + len(steps(few))
    before = {cell.id: cell for cell in whole[0].cells}
    for cell in read_raw(tmp_path).cells:
        if cell.method == "naive-lora":  # of the other one the rate is chosen here
            assert cell.answers == before[cell.id].answers


def test_what_was_made_right_before_a_kill_is_taken_as_it_is(
    setup: Setup, whole: tuple[Raw, Path], checker: Checker
) -> None:
    raw, folder = whole
    lines = (folder / FILE).read_text().splitlines(keepends=True)
    kept = [line for line in lines if '"do":"extract"' not in line and '"do":"merge"' not in line]
    (folder / FILE).write_text("".join(kept))
    again = compared(setup, folder, checker)
    assert len(kept) < len(lines)
    assert {one.id: (one.numbers, one.tasks) for one in again.adapters} == {
        one.id: (one.numbers, one.tasks) for one in raw.adapters
    }


def test_without_its_model_nothing_begins(setup: Setup, checker: Checker, tmp_path: Path) -> None:
    with pytest.raises(SleepyError, match="there is no /nowhere"):
        prepare(replace(setup, model="/nowhere"), tmp_path, checker, lambda: None)


def test_answers_are_judged_by_the_compiler_and_the_koans_test(setup: Setup, checker: Checker, tmp_path: Path) -> None:
    _, lessons = prepare(setup, tmp_path, checker, lambda: None)
    lesson: Lesson = lessons["use_after_move"]
    for asked in lesson.asked:
        right = asked.example.answer
        assert judged(asked, 5, 0.1, [right], checker).passed
        assert judged(asked, 5, 0.1, [right + " // well"], checker).exact
        wrong = judged(asked, 5, 0.1, ["this is no Rust at all {", right], checker)
        assert (wrong.answer, wrong.exact, wrong.passed) == (right, True, True)
        broken = judged(asked, 5, 0.1, ["let nonsense = ;"], checker)
        assert (broken.compiled, broken.passed, broken.answer) == (False, False, "let nonsense = ;")
        assert judged(asked, 5, 0.1, [], checker).answer is None
