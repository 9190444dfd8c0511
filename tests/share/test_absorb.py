"""Adapters on disk become a learned basis and tasks above it, for the tuner; what cannot be merged is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="MERGING IS NOT TRIED: no torch (make trainer)")

import numpy as np  # noqa: E402
from peft import LoraConfig, PeftModel, get_peft_model  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402
from tests.helpers.share_models import Perceptron, adapted, answer, train  # noqa: E402
from tests.helpers.small_disk import disk, fill  # noqa: E402
from torch import Tensor  # noqa: E402

from sleepy_share import absorb  # noqa: E402
from sleepy_share.absorb import Plan, extract, merge  # noqa: E402
from sleepy_share.basis import load_basis, open_basis  # noqa: E402
from sleepy_share.errors import AdapterError, BasisMismatch, DamagedFile, SaveFailed, ShareError  # noqa: E402
from sleepy_share.export import read_adapter  # noqa: E402
from sleepy_share.lora import Lora, write_lora  # noqa: E402
from sleepy_share.registration import register  # noqa: E402
from sleepy_share.saved import adapters_in  # noqa: E402
from sleepy_share.subspace import Recipe  # noqa: E402

pytestmark = pytest.mark.train

ALL = Plan(Recipe(explained=1.0))


def perceptron(dtype: torch.dtype = torch.float32) -> Perceptron:
    """With room for the directions of all adapters of a test: no module has more than its smaller side."""
    torch.manual_seed(0)
    return Perceptron(n=16).eval().to(dtype)


def lora(folder: Path, seed: int, model: Perceptron | None = None, **config: object) -> Path:
    """A LoRA as stock peft saves it, as if it had been trained."""
    wanted = {"r": 2, "lora_alpha": 4, "target_modules": ["first", "second"]} | config
    made = get_peft_model(model or perceptron(), LoraConfig(**wanted))
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in made.named_parameters():
        if "lora_" in name:
            parameter.data = torch.randn(parameter.shape, generator=generator).to(parameter.dtype) / 3
    made.save_pretrained(folder)
    return folder


def task(folder: Path, seed: int, **config: object) -> Path:
    """Coefficients that the tuner has trained a little."""
    model = adapted(perceptron(), **config)
    torch.manual_seed(seed)
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data += torch.randn(parameter.shape) / 10
    train(model)
    model.save_pretrained(folder)
    return folder


@pytest.fixture
def loras(tmp_path: Path) -> list[Path]:
    return [lora(tmp_path / "loras" / name, seed) for seed, name in enumerate(("borrow", "cast", "match"))]


def deltas(folder: Path) -> dict[str, Tensor]:
    found = read_adapter(folder, None)
    return {module: torch.from_numpy(found.delta(module)) for module in found.factors}


def said(folder: Path) -> Tensor:
    """What the model says with an adapter."""
    register()
    return answer(PeftModel.from_pretrained(perceptron(), folder))


def kept(before: dict[str, Tensor], after: dict[str, Tensor]) -> float:
    lost = sum(float((after[module] - delta).square().sum()) for module, delta in before.items())
    return 1 - lost / sum(float(delta.square().sum()) for delta in before.values())


# --- Phase 1 ---


@pytest.mark.parametrize("form", ["product", "core"])
def test_loras_become_tasks_that_the_tuner_loads_and_that_say_the_same(
    form: str, loras: list[Path], tmp_path: Path
) -> None:
    report = extract(loras, tmp_path / "out", Plan(Recipe(explained=1.0), form))
    assert report.tasks == ["borrow", "cast", "match"]
    for folder in loras:
        assert torch.allclose(said(tmp_path / "out" / folder.name), said(folder), atol=1e-5)
        assert not torch.allclose(said(folder), answer(perceptron()), atol=1e-2)


def test_the_result_may_be_moved_and_all_tasks_lie_above_one_basis(loras: list[Path], tmp_path: Path) -> None:
    report = extract(loras, tmp_path / "out", ALL)
    moved = shutil.move(tmp_path / "out", tmp_path / "elsewhere")
    basis = load_basis(moved)
    assert basis.id == report.basis
    register()
    model = PeftModel.from_pretrained(perceptron(), moved / "borrow", adapter_name="borrow")
    model.load_adapter(moved / "cast", adapter_name="cast")
    model.set_adapter("cast")
    assert torch.allclose(answer(model), said(loras[1]), atol=1e-5)


def test_ranks_dtypes_and_scales_may_differ(tmp_path: Path) -> None:
    given = [
        lora(tmp_path / "one", 1, r=1),
        lora(tmp_path / "three", 2, r=3, use_rslora=True),
        lora(tmp_path / "pattern", 3, rank_pattern={"second": 4}, alpha_pattern={"second": 9}),
        lora(tmp_path / "half", 4, perceptron(torch.bfloat16)),
    ]
    extract(given, tmp_path / "out", ALL)
    for folder in given:
        assert kept(deltas(folder), deltas(tmp_path / "out" / folder.name)) > 1 - 1e-8
        assert torch.allclose(said(tmp_path / "out" / folder.name), said(folder), atol=1e-4)


def test_the_subspace_is_as_large_as_was_asked_for(loras: list[Path], tmp_path: Path) -> None:
    report = extract(loras, tmp_path / "k", Plan(Recipe(k=3), p=1))
    assert report.k == (3, 3)
    assert load_basis(tmp_path / "k").factors("first", 20, 12)[0].shape == (20, 3)
    assert load_file(tmp_path / "k/cast/adapter_model.safetensors")["base_model.model.first.share_eps_b"].shape == (
        3,
        1,
    )
    said(tmp_path / "k" / "cast")
    found = extract(loras, tmp_path / "explained", Plan(Recipe(explained=0.6)))
    assert all(0.6 <= part < 1 for part in found.explained)


def test_modules_are_read_a_few_at_a_time_with_the_same_result(
    loras: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[tuple[int, int]] = []
    whole = extract(loras, tmp_path / "whole", progress=lambda done, of: steps.append((done, of)))
    monkeypatch.setattr(absorb, "_BATCH_BYTES", 1)
    assert extract(loras, tmp_path / "parts").basis == whole.basis
    assert steps == [(1, 2), (2, 2)]


# --- Phase 3 ---


def test_new_adapters_are_merged_with_saved_tasks_from_basis_and_coefficients_alone(
    loras: list[Path], tmp_path: Path
) -> None:
    extract(loras[:2], tmp_path / "before", ALL)
    wanted = {folder.name: deltas(folder) for folder in loras}
    for folder in loras[:2]:
        shutil.rmtree(folder)
    report = merge(adapters_in([tmp_path / "before"]), loras[2:], tmp_path / "after", ALL)
    assert report.tasks == ["borrow", "cast", "match"]
    for name, delta in wanted.items():
        assert kept(delta, deltas(tmp_path / "after" / name)) > 1 - 1e-8
    assert deltas(tmp_path / "before" / "cast"), "what was merged is still there"


def test_nights_above_a_random_basis_become_a_learned_one_with_their_temporary_factors(
    loras: list[Path], tmp_path: Path
) -> None:
    """Trap 4: also those of the oldest task, in both forms."""
    nights = [
        task(tmp_path / "nights" / "core", 1, basis="random:seed=1,k=3", phi=2),
        task(tmp_path / "nights" / "product", 2, basis="random:seed=1,k=3", form="product", p=2, phi=1),
        task(tmp_path / "nights" / "plain", 3, basis="random:seed=1,k=3"),
    ]
    report = merge(nights, loras[:1], tmp_path / "out", ALL)
    assert load_basis(tmp_path / "out").kind == "learned"
    assert report.tasks == ["core", "product", "plain", "borrow"]
    for folder in (*nights, loras[0]):
        after = tmp_path / "out" / folder.name
        assert torch.allclose(said(after), said(folder), atol=1e-4)
        assert json.loads((after / "adapter_config.json").read_text())["phi"] == 0
        assert not any("temporary" in key for key in load_file(after / "adapter_model.safetensors"))


def test_tasks_above_a_random_basis_need_a_model_where_no_lora_says_how_large_it_is(tmp_path: Path) -> None:
    nights = [task(tmp_path / "nights" / str(seed), seed, basis="random:seed=1,k=3") for seed in (1, 2)]
    with pytest.raises(ShareError, match="say which model it is for"):
        merge(nights, [], tmp_path / "out", ALL)
    save_file(dict(perceptron().state_dict()), tmp_path / "model.safetensors")
    merge(nights, [], tmp_path / "out", ALL, base=tmp_path)
    assert torch.allclose(said(tmp_path / "out" / "1"), said(nights[0]), atol=1e-5)


def test_merging_night_after_night_keeps_the_variance_that_is_to_be_kept_of_the_first_too(tmp_path: Path) -> None:
    """What earlier merges have lost counts: 90 % of 90 % of … of the first task would be nothing."""
    given = [lora(tmp_path / "loras" / f"{seed}", seed, r=1) for seed in range(8)]
    plan = Plan(Recipe(explained=0.9))
    extract(given[:2], tmp_path / "2", plan)
    for at in range(2, 8):
        report = merge(adapters_in([tmp_path / f"{at}"]), [given[at]], tmp_path / f"{at + 1}", plan)
    assert all(part >= 0.9 - 1e-6 for part in report.explained)
    parts = [kept(deltas(folder), deltas(tmp_path / "8" / folder.name)) for folder in given]
    assert sum(parts) / len(parts) > 0.8, "a tenth is lost on each side at most"
    assert min(parts[:2]) > 0.6


# --- Refusals ---


def rewritten(folder: Path, **config: object) -> Path:
    file = folder / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | config))
    return folder


def refused(error: type[ShareError], match: str, given: list[Path], out: Path) -> None:
    with pytest.raises(error, match=match) as caught:
        extract(given, out)
    assert "\n" not in str(caught.value)
    assert not out.exists()
    assert not list(out.parent.glob(".*.new"))


def test_no_adapter_and_a_single_one_are_refused(loras: list[Path], tmp_path: Path) -> None:
    refused(AdapterError, "no adapter was given", [], tmp_path / "out")
    refused(AdapterError, "borrow is the only one", loras[:1], tmp_path / "out")
    with pytest.raises(AdapterError, match="nothing to merge into"):
        merge([], loras, tmp_path / "out")


def test_adapters_of_different_models_are_refused(loras: list[Path], tmp_path: Path) -> None:
    rewritten(loras[0], base_model_name_or_path="qwen")
    rewritten(loras[2], base_model_name_or_path="smol")
    refused(AdapterError, "borrow is of qwen, match of smol", loras, tmp_path / "out")
    wide = lora(tmp_path / "wide", 1, Perceptron(middle=30, n=16))
    refused(AdapterError, "first is 20 × 12 in cast, 30 × 12 in wide", [loras[1], wide], tmp_path / "out")


def test_different_sets_of_modules_are_refused_with_the_difference(loras: list[Path], tmp_path: Path) -> None:
    other = lora(tmp_path / "other", 1, target_modules=["second"])
    refused(AdapterError, "different modules: first only borrow", [*loras, other], tmp_path / "out")


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(broken: float, loras: list[Path], tmp_path: Path) -> None:
    file = loras[1] / "adapter_model.safetensors"
    tensors = load_file(file)
    tensors["base_model.model.second.lora_A.weight"][0, 0] = broken
    save_file(tensors, file)
    refused(AdapterError, "cast holds NaN or infinite numbers in second", loras, tmp_path / "out")


def damages(content: bytes) -> Iterator[bytes]:
    yield b""
    yield content[:4]
    yield content[:200]
    yield content[:-1]
    yield b"\xff" * 8 + content[8:]
    yield content.replace(b'"F32"', b'"F64"', 1)
    yield content.replace(b'"F32"', b'"I32"', 1)
    yield content.replace(b"lora_A", b"lora_X", 1)


@pytest.mark.parametrize("number", range(8))
def test_files_that_are_cut_off_or_tampered_with_are_refused(number: int, loras: list[Path], tmp_path: Path) -> None:
    file = loras[0] / "adapter_model.safetensors"
    file.write_bytes(list(damages(file.read_bytes()))[number])
    refused(ShareError, "adapter_model.safetensors", loras, tmp_path / "out")


def test_a_saved_basis_that_was_tampered_with_is_refused(loras: list[Path], tmp_path: Path) -> None:
    extract(loras[:2], tmp_path / "before")
    file = tmp_path / "before" / "basis.safetensors"
    content = bytearray(file.read_bytes())
    content[-2] ^= 1
    file.write_bytes(content)
    with pytest.raises(DamagedFile, match="not as it was saved"):
        merge(adapters_in([tmp_path / "before"]), loras[2:], tmp_path / "out")


def test_tasks_above_different_bases_are_refused(tmp_path: Path) -> None:
    given = [task(tmp_path / f"k{k}", k, basis=f"random:seed=1,k={k}") for k in (2, 3)]
    with pytest.raises(BasisMismatch, match="different bases"):
        merge(given, [], tmp_path / "out")


def test_coefficients_that_do_not_fit_their_basis_are_refused(loras: list[Path], tmp_path: Path) -> None:
    extract(loras[:2], tmp_path / "before")
    file = tmp_path / "before" / "cast" / "adapter_model.safetensors"
    save_file({name: tensor[:-1].clone() for name, tensor in load_file(file).items()}, file)
    with pytest.raises(AdapterError, match="cast does not fit its basis"):
        merge(adapters_in([tmp_path / "before"]), loras[2:], tmp_path / "out")


def test_kinds_of_adapters_are_not_mixed_up(loras: list[Path], tmp_path: Path) -> None:
    night = task(tmp_path / "night", 1, basis="random:seed=1,k=3")
    refused(AdapterError, "holds coefficients, not a LoRA", [*loras, night], tmp_path / "out")
    with pytest.raises(AdapterError, match="borrow is a LoRA, not a task"):
        merge([night, loras[0]], loras[1:], tmp_path / "out")
    with pytest.raises(AdapterError, match="would both become the task borrow"):
        merge([shutil.copytree(night, tmp_path / "other" / "borrow")], loras, tmp_path / "out")


def test_a_folder_that_holds_something_is_never_written_over(loras: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    extract(loras, out)
    with pytest.raises(SaveFailed, match="is there already"):
        extract(loras, out)


def test_nothing_is_left_where_saving_fails(loras: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("safetensors.numpy.save_file", full)
    refused(SaveFailed, "No space left", loras, tmp_path / "out")


@pytest.mark.parametrize("free", [0, 20_000, 300_000])
def test_a_disk_that_is_really_full_keeps_the_old_folder_and_nothing_else(
    free: int, loras: list[Path], tmp_path: Path
) -> None:
    generator = np.random.default_rng(0)
    big = []
    for name in ("one", "two"):
        factors = {"first": tuple(generator.standard_normal(shape, np.float32) for shape in ((2000, 40), (40, 2000)))}
        write_lora(Lora(factors), tmp_path / name)
        big.append(tmp_path / name)
    with disk(tmp_path / "disk", "size=4m") as small:
        report = extract(loras, small / "old")
        fill(small, free)
        with pytest.raises(SaveFailed, match="cannot be written"):
            extract(big, small / "new", ALL)
        assert sorted(path.name for path in small.iterdir()) == ["ballast", "old"]
        assert load_basis(small / "old").id == report.basis


def test_nights_above_singular_vectors_become_a_learned_basis_whose_tasks_train_on(tmp_path: Path) -> None:
    nights = []
    for seed in (1, 2):
        model = adapted(perceptron(), basis="svd:k=3")
        train(model, steps=seed)
        model.save_pretrained(tmp_path / "nights" / str(seed))
        model.save_basis(tmp_path / "nights")
        nights.append(tmp_path / "nights" / str(seed))
    merge(nights, [], tmp_path / "out", ALL)
    assert torch.allclose(said(tmp_path / "out" / "2"), said(nights[1]), atol=1e-5)
    losses = train(PeftModel.from_pretrained(perceptron(), tmp_path / "out" / "2", is_trainable=True), steps=4)
    assert losses[-1] < losses[0]


def test_a_basis_remembers_how_much_it_keeps(loras: list[Path], tmp_path: Path) -> None:
    report = extract(loras, tmp_path / "out", Plan(Recipe(k=2)))
    basis = open_basis(f"learned:{tmp_path / 'out'}")
    assert basis.about["explained"] == list(report.explained)
    assert basis.about["tasks"] == 3
    assert np.isfinite(list(basis.about["lost"].values())).all()
