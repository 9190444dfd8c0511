"""What every Share adapter does, whatever it is on: rows of models and configurations, against behaviours."""

from pathlib import Path

import pytest
import torch
from peft import PeftModel
from torch import Tensor, nn

from helpers.share_models import adapted, answer, configured, llama, loss, perceptron, train
from sleepy_share.layer import ShareLayer

pytestmark = pytest.mark.train

ROWS = [
    pytest.param(perceptron, {"target_modules": ["first"]}, id="one module"),
    pytest.param(perceptron, {"target_modules": ["first", "second"], "form": "product"}, id="product"),
    pytest.param(perceptron, {"target_modules": ["first", "second"], "phi": 2}, id="temporary factors"),
    pytest.param(perceptron, {"target_modules": ["first"], "form": "product", "p": 3, "phi": 1}, id="all of it"),
    pytest.param(perceptron, {"target_modules": ["first"], "basis": "svd:k=3"}, id="singular vectors"),
    pytest.param(llama, {}, id="llama"),
    pytest.param(llama, {"form": "product", "p": 2, "basis": "random:seed=3,k=4"}, id="llama, product"),
    pytest.param(llama, {"phi": 1, "layers_to_transform": 1}, id="llama, one layer"),
    pytest.param(llama, {"target_modules": r".*\.(q|v)_proj", "basis": "svd:k=2"}, id="llama, by expression"),
    pytest.param(lambda: llama(torch.bfloat16), {}, id="llama, bf16"),
    pytest.param(lambda: llama(torch.bfloat16), {"form": "product", "phi": 2}, id="llama, bf16, product"),
]
each_row = pytest.mark.parametrize(("make", "config"), ROWS)


def near(a: Tensor, b: Tensor, model: nn.Module) -> bool:
    coarse = next(model.parameters()).dtype == torch.bfloat16
    return torch.allclose(a, b, atol=0.02 if coarse else 1e-5)


@each_row
def test_a_new_adapter_changes_nothing_until_its_first_step_does(make, config) -> None:
    before = answer(make())
    model = adapted(make(), **config)
    assert torch.equal(answer(model), before)
    train(model, steps=1)
    assert not torch.allclose(answer(model), before, atol=1e-3)


@each_row
def test_training_lowers_the_loss(make, config) -> None:
    losses = train(adapted(make(), **config), steps=8)
    assert losses[-1] < losses[0]


@each_row
def test_only_coefficients_train_and_in_float32(make, config) -> None:
    model = adapted(make(), **config)
    untrained = {name: value.clone() for name, value in model.state_dict().items() if "share_eps_" not in name}
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    assert trained
    assert all("share_eps_" in name for name in trained)
    assert {p.dtype for p in trained.values()} == {torch.float32}
    bases = [buffer.clone() for name, buffer in model.named_buffers() if "share_basis" in name]
    train(model, steps=2)
    assert all(torch.equal(model.state_dict()[name], value) for name, value in untrained.items())
    after = [buffer for name, buffer in model.named_buffers() if "share_basis" in name]
    assert all(map(torch.equal, bases, after))


@each_row
def test_what_is_saved_is_loaded(make, config, tmp_path: Path) -> None:
    model = adapted(make(), **config)
    train(model)
    expected = answer(model)
    model.save_pretrained(tmp_path)
    assert torch.equal(answer(PeftModel.from_pretrained(make(), tmp_path)), expected)


@each_row
def test_merged_it_says_the_same_and_unmerged_again(make, config) -> None:
    model = adapted(make(), **config)
    before = {name: value.clone() for name, value in model.state_dict().items() if "base_layer.weight" in name}
    train(model)
    expected = answer(model)
    model.merge_adapter(safe_merge=True)
    assert near(answer(model), expected, model)
    changed = [name for name, value in before.items() if not torch.equal(model.state_dict()[name], value)]
    assert changed
    model.unmerge_adapter()
    assert near(answer(model), expected, model)
    assert all(torch.allclose(model.state_dict()[name], value, atol=4e-3) for name, value in before.items())


@each_row
def test_merged_for_good_it_is_a_plain_model(make, config) -> None:
    model = adapted(make(), **config)
    train(model)
    expected = answer(model)
    plain = model.merge_and_unload()
    assert near(answer(plain), expected, plain)
    assert not any(isinstance(module, ShareLayer) for module in plain.modules())


@each_row
def test_disabled_it_is_the_base_model(make, config) -> None:
    base = answer(make())
    model = adapted(make(), **config)
    train(model)
    adapted_answer = answer(model)
    with model.disable_adapter():
        assert torch.equal(answer(model), base)
    assert torch.equal(answer(model), adapted_answer)
    assert any(p.requires_grad for p in model.parameters())
    assert torch.equal(answer(model.unload()), base)


@each_row
def test_two_adapters_are_switched_and_one_is_deleted(make, config) -> None:
    model = adapted(make(), **config)
    base = answer(make())
    train(model)
    first = answer(model)
    model.add_adapter("other", configured(**config))
    assert torch.equal(answer(model), first)
    model.set_adapter("other")
    assert torch.equal(answer(model), base)
    train(model, rate=0.02)
    other = answer(model)
    model.set_adapter("default")
    assert torch.equal(answer(model), first)
    model.base_model.set_adapter(["default", "other"])
    both = answer(model)
    assert not torch.allclose(both, first)
    assert not torch.allclose(both, other)
    model.set_adapter("other")
    model.delete_adapter("default")
    assert list(model.peft_config) == ["other"]
    assert torch.equal(answer(model), other)
    assert not [name for name in model.state_dict() if name.endswith(".default")]


def test_both_of_two_active_adapters_are_merged() -> None:
    model = adapted(perceptron())
    train(model)
    model.add_adapter("other", configured(target_modules=["second"], phi=1))
    model.set_adapter("other")
    train(model)
    model.base_model.set_adapter(["default", "other"])
    expected = answer(model)
    assert torch.allclose(answer(model.merge_and_unload()), expected, atol=1e-5)


def test_an_adapter_that_waits_is_not_trained() -> None:
    model = adapted(perceptron())
    model.add_adapter("other", configured(target_modules=["first"]))
    assert not [name for name, p in model.named_parameters() if name.endswith(".other") and p.requires_grad]
    model.set_adapter("other")
    assert [name.rpartition(".")[2] for name, p in model.named_parameters() if p.requires_grad] == ["other"]
    model.set_adapter("default", inference_mode=True)
    assert not any(p.requires_grad for p in model.parameters())


def test_switching_leaves_the_weights_where_they_are() -> None:
    model = adapted(llama())
    model.add_adapter("other", configured())
    before = {name: (p.data_ptr(), p._version) for name, p in model.named_parameters()}
    model.set_adapter("other", inference_mode=True)
    assert {name: (p.data_ptr(), p._version) for name, p in model.named_parameters()} == before


def test_switching_unmerges_what_was_merged() -> None:
    model = adapted(perceptron())
    train(model)
    model.add_adapter("other", configured())
    model.merge_adapter()
    model.set_adapter("other")
    assert torch.allclose(answer(model), answer(perceptron()), atol=1e-5)


def test_scaled_to_nothing_it_is_the_base_model() -> None:
    model = adapted(perceptron(), phi=1)
    train(model)
    whole = answer(model)
    model.set_scale("default", 0.0)
    assert torch.equal(answer(model), answer(perceptron()))
    model.set_scale("default", 1.0)
    assert torch.equal(answer(model), whole)
    model.merge_adapter()
    model.set_scale("default", 0.0)
    assert torch.allclose(answer(model), answer(perceptron()), atol=1e-6)


def test_temporary_factors_start_beside_the_basis() -> None:
    layer = adapted(perceptron(), target_modules=["first"], phi=2, basis="random:seed=1,k=4").base_model.model.first
    for basis, temporary in (
        (layer.share_basis_b, layer.share_eps_temporary_b["default"]),
        (layer.share_basis_a.T, layer.share_eps_temporary_a["default"]),
    ):
        both = torch.cat([basis, temporary], 1)
        assert torch.allclose(both.T @ both, torch.eye(6), atol=1e-5)


def test_temporary_factors_are_as_many_as_there_is_room_for() -> None:
    layer = adapted(perceptron(), phi=9, basis="random:seed=1,k=4").base_model.model.second
    assert layer.share_eps_core["default"].shape == (6, 6)
    assert layer.share_eps_temporary_b["default"].shape == (6, 2)


def test_a_broken_adapter_is_not_merged_safely() -> None:
    model = adapted(perceptron())
    with torch.no_grad():
        model.base_model.model.first.share_eps_core["default"][0, 0] = torch.nan
    with pytest.raises(ValueError, match="would not be finite"):
        model.merge_adapter(safe_merge=True)


@pytest.mark.parametrize("reentrant", [True, False])
def test_gradient_checkpointing_gives_the_same_gradients(reentrant: bool) -> None:
    def gradients(checkpointing: bool) -> list[Tensor]:
        model = adapted(llama(), phi=1).train()
        for p in model.parameters():
            if p.requires_grad:
                p.data += 0.01
        if checkpointing:
            model.enable_input_require_grads()
            model.gradient_checkpointing_enable({"use_reentrant": reentrant})
        loss(model).backward()
        return [p.grad for p in model.parameters() if p.requires_grad]

    plain, checkpointed = gradients(False), gradients(True)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(plain, checkpointed, strict=True))


def test_it_generates_with_a_cache_what_it_says_without() -> None:
    model = adapted(llama())
    train(model, rate=0.3)
    tokens = torch.arange(4)[None]
    said = model.generate(input_ids=tokens, max_new_tokens=5, do_sample=False)
    for _ in range(5):
        tokens = torch.cat([tokens, model(tokens).logits[:, -1:].argmax(-1)], 1)
    assert torch.equal(said, tokens)


@pytest.mark.parametrize("precision", ["no", "bf16"])
def test_accelerate_trains_it(precision: str) -> None:
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState

    AcceleratorState._reset_state(reset_partial_state=True)
    accelerator = Accelerator(cpu=True, mixed_precision=precision)
    model = adapted(llama(), phi=1)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], 0.05)
    model, optimizer = accelerator.prepare(model, optimizer)
    losses = []
    for _ in range(3):
        losses.append(loss(model))
        accelerator.backward(losses[-1])
        optimizer.step()
        optimizer.zero_grad()
    assert losses[-1] < losses[0]
    AcceleratorState._reset_state(reset_partial_state=True)
