"""Training: what is learned, what is kept, and that a stop changes nothing."""

import errno
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from helpers.tiny_language_model import write_model
from sleepy_core.engines.protocol import Message
from sleepy_core.night.base import Tokens, tokenize
from sleepy_core.night.example import Example, write_examples
from sleepy_core.night.job import ADAPTER, CHECKPOINT, TRAINING, JobError, TrainJob, TrainResult
from sleepy_core.night.train import differentiate, loss_of, schedule, train
from sleepy_share.errors import SaveFailed
from sleepy_share.registration import register

pytestmark = pytest.mark.train


def example(number: int, answer: str = "", weight: float = 1.0) -> Example:
    asked = (Message("system", "Repair."), Message("user", f"take(v{number % 5});"))
    return Example(f"e{number}", "borrow", "E0382:x", asked, answer or f"take(&v{number % 5});", weight, "koan")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def job(model: Path, tmp_path: Path) -> TrainJob:
    write_examples(tmp_path / "train.jsonl", [example(n) for n in range(24)])
    return TrainJob(
        model, tmp_path / "train.jsonl", tmp_path / "out", learning_rate=0.02, steps=8, tokens=256, threads=1,
        device="cpu", dtype="float32", checkpoint_steps=2, held_out_steps=2,
    )  # fmt: skip


def held_out(job: TrainJob, tmp_path: Path, answer: str = "") -> TrainJob:
    write_examples(tmp_path / "held.jsonl", [example(n, answer) for n in range(3)])
    return replace(job, held_out=tmp_path / "held.jsonl")


def stop_after(steps: int) -> Callable[[], bool]:
    asked = iter(range(1, 10_000))
    return lambda: next(asked) >= steps


def numbers(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / ADAPTER)


@pytest.mark.parametrize("method", ["lora", "share"])
def test_what_is_trained_answers_the_held_out_examples_better(job: TrainJob, tmp_path: Path, method: str) -> None:
    result = train(replace(held_out(job, tmp_path), method=method))  # type: ignore[arg-type]
    assert result.held_out[-1][1] < result.held_out[0][1]
    assert result.trained == sum(tensor.numel() for tensor in numbers(job.out).values())
    assert TrainResult.from_json((job.out / TRAINING).read_text()) == result
    assert not (job.out / CHECKPOINT).exists()


@pytest.mark.parametrize(
    "change", [{"form": "core"}, {"form": "product", "p": 2, "phi": 1}, {"method": "lora"}], ids=str
)
def test_the_adapter_on_disk_is_what_was_best_at_the_held_out_examples(
    job: TrainJob, tmp_path: Path, change: dict[str, object]
) -> None:
    job = replace(held_out(job, tmp_path), **change)  # type: ignore[arg-type]
    result = train(job)
    register()
    loaded = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(job.model), str(job.out))
    examples, _ = tokenize([example(n) for n in range(3)], AutoTokenizer.from_pretrained(job.model), 512)
    assert loss_of(loaded, examples, 256) == pytest.approx(min(loss for _, loss in result.held_out), abs=1e-4)


@pytest.mark.parametrize("steps", [1, 3, 6])
def test_a_training_that_was_stopped_goes_on_to_the_very_same_numbers(
    job: TrainJob, tmp_path: Path, steps: int
) -> None:
    job = held_out(job, tmp_path)
    whole = train(replace(job, out=tmp_path / "whole"))
    first = train(job, stop=stop_after(steps))
    assert (first.ended, first.steps) == ("stopped", steps)
    assert not (job.out / ADAPTER).exists()
    second = train(job)
    assert second.held_out == whole.held_out
    for name, tensor in numbers(job.out).items():
        assert torch.equal(tensor, numbers(tmp_path / "whole")[name])


def test_killed_between_its_last_checkpoint_and_the_adapter_it_has_nothing_left_to_learn(
    job: TrainJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(replace(job, out=tmp_path / "whole"))
    with monkeypatch.context() as patch:
        patch.setattr("sleepy_core.night.train._save_adapter", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            train(job)
    assert train(job).steps == job.steps
    for name, tensor in numbers(job.out).items():
        assert torch.equal(tensor, numbers(tmp_path / "whole")[name])


def test_a_checkpoint_of_another_training_is_refused(job: TrainJob) -> None:
    train(job, stop=stop_after(2))
    with pytest.raises(JobError, match="another training"):
        train(replace(job, seed=7))


def test_it_ends_when_the_held_out_examples_get_worse_and_keeps_what_was_before(job: TrainJob, tmp_path: Path) -> None:
    job = replace(held_out(job, tmp_path, "something else entirely"), steps=60, patience=2)
    result = train(job)
    assert result.ended == "held out"
    assert result.steps < 60
    assert result.best_step == result.steps - 2 * job.held_out_steps


def test_examples_of_more_weight_are_learned_first(job: TrainJob, tmp_path: Path) -> None:
    def after(weight: float) -> float:
        mixed = [example(n) for n in range(6)] + [example(n, "drop(x);", weight) for n in range(6)]
        write_examples(job.examples, mixed)
        out = tmp_path / f"out-{weight}"
        write_examples(tmp_path / "held.jsonl", [example(n, "drop(x);") for n in range(3)])
        return train(replace(job, out=out, held_out=tmp_path / "held.jsonl")).held_out[-1][1]

    assert after(4.0) < after(0.25)


def test_replay_trains_on_as_many_earlier_examples_as_new_ones(job: TrainJob, tmp_path: Path) -> None:
    write_examples(tmp_path / "old.jsonl", [example(n, "old(x);") for n in range(50)])
    write_examples(tmp_path / "held.jsonl", [example(n, "old(x);") for n in range(3)])
    both = replace(job, method="replay", replay=tmp_path / "old.jsonl", held_out=tmp_path / "held.jsonl")
    alone = replace(job, method="lora", held_out=tmp_path / "held.jsonl", out=tmp_path / "alone")
    assert train(both).held_out[-1][1] < train(alone).held_out[-1][1]


def test_layers_below_the_first_one_get_no_adapter(job: TrainJob) -> None:
    train(replace(job, first_layer=1, steps=1))
    assert {name.split("layers.")[1][0] for name in numbers(job.out)} == {"1"}


def test_a_general_adapter_lies_below(job: TrainJob, tmp_path: Path) -> None:
    general = replace(job, method="lora", out=tmp_path / "general")
    train(general)
    job = held_out(job, tmp_path)
    without, above = train(job), train(replace(job, below=general.out, out=tmp_path / "above"))
    assert above.held_out[0][1] < without.held_out[0][1]


@pytest.mark.parametrize("change", [{}, {"form": "product", "p": 2}, {"method": "lora"}], ids=str)
def test_what_was_trained_before_is_trained_further(job: TrainJob, tmp_path: Path, change: dict[str, object]) -> None:
    job = replace(held_out(job, tmp_path), **change)  # type: ignore[arg-type]
    before = train(job)
    after = train(replace(job, start=job.out, out=tmp_path / "further"))
    assert after.held_out[0][1] == pytest.approx(min(loss for _, loss in before.held_out), abs=1e-4)
    assert after.held_out[-1][1] < after.held_out[0][1]
    assert after.trained == before.trained


def test_numbers_to_go_on_from_that_are_not_there_are_told(job: TrainJob, tmp_path: Path) -> None:
    with pytest.raises(JobError, match="no adapter of this model"):
        train(replace(job, start=tmp_path / "nowhere"))


def test_examples_that_are_too_long_are_counted_and_left_out(job: TrainJob) -> None:
    write_examples(job.examples, [example(1), example(2, "x" * 900)])
    result = train(replace(job, longest=200, steps=1))
    assert (result.examples, result.too_long) == (1, 1)
    write_examples(job.examples, [example(2, "x" * 900)])
    with pytest.raises(JobError, match="nothing to learn"):
        train(replace(job, longest=200, out=job.out / "again"))


def test_a_full_disk_keeps_the_last_checkpoint(job: TrainJob, monkeypatch: pytest.MonkeyPatch) -> None:
    train(job, stop=stop_after(2))
    before = (job.out / CHECKPOINT).read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(SaveFailed, match="No space left"):
        train(job)
    assert (job.out / CHECKPOINT).read_bytes() == before


def test_a_batch_that_does_not_fit_into_the_gpu_is_done_in_parts_and_an_example_that_does_not_is_told(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the error is made up: there may be no GPU here."""
    from sleepy_core.night import train as module

    whole = AutoModelForCausalLM.from_pretrained(model)
    examples, _ = tokenize([example(n) for n in range(4)], AutoTokenizer.from_pretrained(model), 512)
    expected = differentiate(whole, examples, 1)
    gradients = {name: p.grad.clone() for name, p in whole.named_parameters() if p.grad is not None}
    parts: list[int] = []
    room = 1

    def small(model: torch.nn.Module, batch: Sequence[Tokens]) -> torch.Tensor:
        parts.append(len(batch))
        if len(batch) > room:
            raise torch.OutOfMemoryError
        return answers_loss(model, batch)

    answers_loss = module._answers_loss
    monkeypatch.setattr(module, "_answers_loss", small)
    assert differentiate(whole, examples, 1) == pytest.approx(expected)
    assert parts == [4, 2, 1, 1, 1, 1]
    for name, p in whole.named_parameters():
        if p.grad is not None:
            torch.testing.assert_close(p.grad, gradients[name])
    room = 0
    with pytest.raises(JobError, match="does not fit into the GPU's memory"):
        differentiate(whole, examples, 1)


def test_more_memory_than_allowed_ends_it_with_what_to_do(job: TrainJob) -> None:
    with pytest.raises(JobError, match="lower the tokens of a step"):
        train(replace(job, gigabytes=0.01))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"model": Path("/nowhere/model.gguf")}, "there is no model"),
        ({"below": Path("/nowhere")}, "does not fit"),
        ({"first_layer": 9}, "the model has 2"),
    ],
)
def test_a_job_that_cannot_be_done_says_why(job: TrainJob, change: dict[str, object], says: str) -> None:
    with pytest.raises(JobError, match=says):
        train(replace(job, **change))  # type: ignore[arg-type]


def test_the_rate_rises_then_falls_along_a_cosine() -> None:
    rates = [schedule(step, 40) for step in range(40)]
    assert rates[0] == 0.25
    assert rates[3] == 1.0
    assert rates[4:] == sorted(rates[4:], reverse=True)
    assert rates[-1] == pytest.approx(0.1, abs=0.01)


def test_a_job_survives_the_way_through_a_file(job: TrainJob) -> None:
    assert TrainJob.from_json(job.to_json()) == job
    assert json.loads(job.to_json())["held_out"] is None


@pytest.mark.parametrize("text", ["", "[]", '{"model": 1}', '{"unknown": 1}'])
def test_what_is_no_job_is_refused(text: str) -> None:
    with pytest.raises(JobError, match="no job"):
        TrainJob.from_json(text)


@pytest.mark.parametrize(
    ("change", "rate"),
    [
        ({"method": "lora"}, 1e-3),
        ({}, 3e-2),
        ({"basis": "random:seed=1,k=32"}, 1e-2),
        ({"basis": "svd:k=32", "form": "product"}, 3e-2),
        ({"basis": "learned:/a/b"}, 3e-2),
        ({"learning_rate": 0.5}, 0.5),
    ],
)
def test_each_method_has_a_learning_rate_of_its_own(change: dict[str, object], rate: float) -> None:
    assert replace(TrainJob(Path("m"), Path("e"), Path("o")), **change).rate == rate  # type: ignore[arg-type]
