"""The special risk of this method: one basis for all adapters.

Copied per adapter it would cost more than it saves; swapped for another one the coefficients would mean something
else, without an error anywhere. So: it is there once, it is not saved with a task, and its id is compared.
"""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from torch import nn

from helpers.share_models import adapted, answer, configured, llama, loss, perceptron, train
from sleepy_share import basis as bases
from sleepy_share.errors import AdapterError, BasisError, BasisMismatch, DamagedFile

pytestmark = pytest.mark.train


def size(model: nn.Module) -> int:
    """Bytes of everything that the model holds, each storage once."""
    tensors = [*model.parameters(), *model.buffers()]
    return sum({t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in tensors}.values())


def learned(model: nn.Module, path: Path, k: int = 3, seed: int = 5) -> str:
    """A specification of a basis in a file; of a random one's matrices, since how they came to be does not matter."""
    drawn = bases.random(seed, k)
    modules = {n: m for n, m in model.named_modules() if isinstance(m, nn.Linear) and n != "lm_head"}
    file = bases.learned({n: drawn.factors(n, *m.weight.shape) for n, m in modules.items()}, {}).save(path)
    return f"learned:{file}"


def test_the_basis_is_not_copied_for_further_adapters() -> None:
    model = adapted(llama(), basis="random:seed=1,k=8")
    before = size(model)
    for name in ("b", "c", "d"):
        model.add_adapter(name, configured())
    coefficients = sum(p.nbytes for name, p in model.named_parameters() if name.endswith(".b"))
    assert size(model) - before == 3 * coefficients
    assert coefficients == 14 * 8 * 8 * 4


def test_the_basis_is_saved_once_and_not_with_any_task(tmp_path: Path) -> None:
    model = adapted(llama(), basis="svd:k=4")
    model.add_adapter("other", configured(basis="svd:k=4"))
    model.save_pretrained(tmp_path)
    model.save_basis(tmp_path)
    assert [str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*basis*")] == ["basis.safetensors"]
    for folder in (tmp_path, tmp_path / "other"):
        saved = load_file(folder / "adapter_model.safetensors")
        assert len(saved) == 14
        assert {value.shape for value in saved.values()} == {(4, 4)}


@pytest.mark.parametrize("basis", ["random:seed=1,k=4", "svd:k=4", "learned"])
def test_all_adapters_of_a_folder_find_its_basis_wherever_it_is_moved(basis: str, tmp_path: Path) -> None:
    here = tmp_path / "here"
    spec = learned(perceptron(), tmp_path / "basis.safetensors") if basis == "learned" else basis
    model = adapted(perceptron(), basis=spec)
    model.add_adapter("other", configured(basis=spec))
    expected = {}
    for name in ("default", "other"):
        model.set_adapter(name)
        train(model)
        expected[name] = answer(model)
    model.save_pretrained(here)
    model.save_basis(here)
    (tmp_path / "basis.safetensors").unlink(missing_ok=True)
    there = Path(shutil.move(here, tmp_path / "there"))
    loaded = PeftModel.from_pretrained(perceptron(), there)
    loaded.load_adapter(there / "other", "other")
    for name, value in expected.items():
        loaded.set_adapter(name)
        assert torch.equal(answer(loaded), value)


def test_a_saved_basis_of_singular_vectors_is_read_and_not_computed_anew(tmp_path: Path) -> None:
    model = adapted(perceptron(), basis="svd:k=2")
    train(model)
    model.save_pretrained(tmp_path / "task")
    file = model.save_basis(tmp_path)
    stored = bases.load_basis(file)
    turned = {
        n: (b @ np.float32([[0, 1], [1, 0]]), a @ np.float32([[0, 1], [1, 0]])) for n, (b, a) in stored.matrices.items()
    }
    bases.StoredBasis("svd", stored.id, turned, stored.about).save(tmp_path)
    loaded = PeftModel.from_pretrained(perceptron(), tmp_path / "task").base_model.model.first
    first = model.base_model.model.first
    assert torch.equal(loaded.share_basis_b, first.share_basis_b.flip(1))


def test_the_id_of_a_basis_of_singular_vectors_is_the_same_in_half_precision() -> None:
    half = perceptron(torch.bfloat16)
    whole = perceptron(torch.bfloat16).float()
    assert adapted(half, basis="svd:k=2").basis.id == adapted(whole, basis="svd:k=2").basis.id
    assert adapted(perceptron(), basis="svd:k=2").basis.id != adapted(whole_again(), basis="svd:k=2").basis.id


def whole_again() -> nn.Module:
    model = perceptron()
    with torch.no_grad():
        model.first.weight[0, 0] += 1
    return model


def test_coefficients_of_another_basis_are_refused_by_name(tmp_path: Path) -> None:
    adapted(perceptron(), basis="random:seed=1,k=4").save_pretrained(tmp_path / "one")
    adapted(perceptron(), basis="random:seed=2,k=4").save_pretrained(tmp_path / "two")
    one, two = (bases.random(seed, 4).id for seed in (1, 2))
    model = PeftModel.from_pretrained(perceptron(), tmp_path / "one")
    with pytest.raises(BasisMismatch, match=f"made for the basis {two}, but this is {one}"):
        model.load_adapter(tmp_path / "two", "two")
    assert list(model.peft_config) == ["default"]
    assert torch.equal(answer(model), answer(perceptron()))


def test_a_basis_that_took_the_place_of_the_right_one_is_refused(tmp_path: Path) -> None:
    spec = learned(perceptron(), tmp_path)
    model = adapted(perceptron(), basis=spec)
    model.save_pretrained(tmp_path / "task")
    learned(perceptron(), tmp_path, seed=6)
    plain = perceptron()
    with pytest.raises(BasisMismatch, match=model.basis.id):
        PeftModel.from_pretrained(plain, tmp_path / "task")
    assert type(plain.first) is nn.Linear


def test_an_adapter_of_another_specification_cannot_be_added() -> None:
    model = adapted(perceptron(), basis="random:seed=1,k=4")
    with pytest.raises(BasisMismatch):
        model.add_adapter("other", configured(basis="random:seed=1,k=5"))
    assert list(model.peft_config) == ["default"]


def test_the_same_basis_may_be_named_differently(tmp_path: Path) -> None:
    model = adapted(perceptron(), basis="svd:k=3")
    file = model.save_basis(tmp_path)
    model.add_adapter("other", configured(basis=f"learned:{file}"))
    assert model.peft_config["other"].basis_id == model.peft_config["default"].basis_id


def test_forms_may_be_mixed_above_one_basis(tmp_path: Path) -> None:
    model = adapted(perceptron())
    model.add_adapter("other", configured(form="product", p=2, phi=1))
    model.set_adapter("other")
    train(model)
    expected = answer(model)
    model.save_pretrained(tmp_path)
    assert torch.equal(answer(PeftModel.from_pretrained(perceptron(), tmp_path / "other")), expected)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda tensors: tensors.popitem(), "lacks 1 coefficients"),
        (
            lambda tensors: tensors.update({"base_model.model.third.share_eps_core": torch.zeros(6, 6)}),
            "fits another model",
        ),
        (lambda tensors: next(iter(tensors.values()))[0].fill_(torch.nan), "NaN"),
    ],
    ids=["one missing", "one too many", "not a number"],
)
def test_damaged_coefficients_are_refused(damage, told: str, tmp_path: Path) -> None:
    adapted(perceptron()).save_pretrained(tmp_path)
    file = tmp_path / "adapter_model.safetensors"
    tensors = load_file(file)
    damage(tensors)
    save_file(tensors, file)
    with pytest.raises(AdapterError, match=told):
        PeftModel.from_pretrained(perceptron(), tmp_path)


def test_a_basis_of_another_model_is_refused(tmp_path: Path) -> None:
    spec = learned(llama(), tmp_path)
    with pytest.raises(BasisError, match="knows no module first"):
        adapted(perceptron(), basis=spec)


def test_a_learned_basis_may_have_more_columns_for_some_modules(tmp_path: Path) -> None:
    matrices = {
        name: bases.random(0, k).factors(name, n, d) for name, k, n, d in (("first", 5, 20, 12), ("second", 2, 6, 20))
    }
    file = bases.learned(matrices, {}).save(tmp_path)
    model = adapted(perceptron(), basis=f"learned:{file}", phi=1)
    assert train(model, steps=4)[-1] < loss(adapted(perceptron())).item()
    shapes = [tuple(p.shape) for name, p in model.named_parameters() if "share_eps_core" in name]
    assert shapes == [(6, 6), (3, 3)]
    model.save_pretrained(tmp_path)
    assert torch.equal(answer(PeftModel.from_pretrained(perceptron(), tmp_path)), answer(model))


def test_a_basis_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(DamagedFile, match=r"basis\.safetensors cannot be read"):
        adapted(perceptron(), basis=f"learned:{tmp_path}/basis.safetensors")


def test_adapters_are_loaded_without_a_second_copy_in_memory(tmp_path: Path) -> None:
    model = adapted(perceptron(torch.bfloat16), phi=1)
    train(model)
    model.save_pretrained(tmp_path)
    loaded = PeftModel.from_pretrained(perceptron(torch.bfloat16), tmp_path, low_cpu_mem_usage=True)
    assert torch.equal(answer(loaded), answer(model))
    assert {p.dtype for name, p in loaded.named_parameters() if "share_eps" in name} == {torch.float32}
    assert not any(p.requires_grad for p in loaded.parameters())
