"""What hangs on peft's insides: registration, its format, a LoRA below. A new peft that breaks it fails here."""

import json
from pathlib import Path

import peft
import pytest
import torch
from peft import LoraConfig, PeftConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from torch import nn

from helpers.share_models import TOKENS, adapted, answer, llama, perceptron, train
from sleepy_share.config import ShareConfig, ShareType
from sleepy_share.errors import BasisError
from sleepy_share.layer import ShareLayer
from sleepy_share.model import ShareModel
from sleepy_share.registration import register

pytestmark = pytest.mark.train


def test_registered_twice_it_is_there_once() -> None:
    register()
    register()
    assert peft.PEFT_TYPE_TO_TUNER_MAPPING["SHARE"] is ShareModel
    assert peft.PEFT_TYPE_TO_CONFIG_MAPPING[ShareType.SHARE] is ShareConfig
    assert list(peft.PEFT_TYPE_TO_CONFIG_MAPPING).count("SHARE") == 1


def test_once_peft_has_the_name_it_is_asked_to_register(monkeypatch) -> None:
    asked = []
    monkeypatch.setattr("sleepy_share.registration.register_peft_method", lambda **kwargs: asked.append(kwargs))
    monkeypatch.setattr("sleepy_share.registration.PEFT_TYPE_TO_TUNER_MAPPING", {})
    register()
    assert [kwargs["name"] for kwargs in asked] == ["share"]


def test_saved_loaded_and_merged_it_is_what_was_trained(tmp_path: Path) -> None:
    model = adapted(llama(), form="product", p=2, phi=1)
    train(model)
    expected = answer(model)
    model.save_pretrained(tmp_path)
    told = json.loads((tmp_path / "adapter_config.json").read_text())
    assert (told["peft_type"], told["form"], told["p"], told["phi"]) == ("SHARE", "product", 2, 1)
    assert (told["basis"], told["basis_id"]) == ("random:seed=1,k=8", model.basis.id)
    assert isinstance(PeftConfig.from_pretrained(tmp_path), ShareConfig)
    names = {
        name.rpartition("q_proj.")[2] for name in load_file(tmp_path / "adapter_model.safetensors") if "q_proj" in name
    }
    assert names == {"share_eps_a", "share_eps_b", "share_eps_temporary_a", "share_eps_temporary_b"}
    loaded = PeftModel.from_pretrained(llama(), tmp_path, is_trainable=True)
    assert torch.equal(answer(loaded), expected)
    assert sum(p.numel() for p in loaded.parameters() if p.requires_grad) == loaded.get_nb_trainable_parameters()[0] > 0
    assert torch.allclose(answer(loaded.merge_and_unload()), expected, atol=1e-5)


def test_peft_tells_the_state_of_its_layers() -> None:
    model = adapted(perceptron())
    status = model.get_model_status()
    assert (status.peft_types, status.num_adapter_layers, status.active_adapters) == (
        {"default": "SHARE"},
        2,
        ["default"],
    )
    assert "share.Linear" in repr(model)


def general(tmp_path: Path) -> Path:
    """A LoRA that was trained before, and saved."""
    torch.manual_seed(3)
    model = get_peft_model(llama(), LoraConfig(r=4, target_modules="all-linear"))
    train(model)
    model.save_pretrained(tmp_path / "general")
    return tmp_path / "general"


def stacked(lora: Path, **config: object) -> nn.Module:
    return adapted(PeftModel.from_pretrained(llama(), lora).get_base_model(), **config)


@pytest.mark.filterwarnings("ignore:You are trying to modify a model with PEFT for a second time")
@pytest.mark.parametrize("config", [{}, {"phi": 1}, {"basis": "svd:k=4"}], ids=["core", "temporary", "svd"])
def test_a_general_lora_may_lie_below_as_layers(config, tmp_path: Path) -> None:
    lora = general(tmp_path)
    below = answer(PeftModel.from_pretrained(llama(), lora))
    model = stacked(lora, **config)
    assert torch.equal(answer(model), below)
    assert all("share_eps_" in name for name, p in model.named_parameters() if p.requires_grad)
    lora_before = {name: p.clone() for name, p in model.named_parameters() if "lora_" in name}
    assert lora_before
    train(model)
    assert all(torch.equal(dict(model.named_parameters())[name], value) for name, value in lora_before.items())
    expected = answer(model)
    assert not torch.allclose(expected, below, atol=1e-3)
    with model.disable_adapter():
        assert torch.equal(answer(model), below)

    model.save_pretrained(tmp_path / "task")
    model.save_basis(tmp_path / "task")
    saved = load_file(tmp_path / "task/adapter_model.safetensors")
    assert all("share_eps_" in name for name in saved)
    again = stacked(lora, **config)
    again.load_adapter(tmp_path / "task", "task")
    again.set_adapter("task")
    assert torch.equal(answer(again), expected)

    model.merge_adapter()
    assert torch.allclose(answer(model), expected, atol=1e-5)
    model.unmerge_adapter()
    plain = model.merge_and_unload()
    assert torch.allclose(answer(plain), expected, atol=1e-5)
    assert any(name.endswith("lora_A") for name, _ in plain.named_modules()), "the LoRA below is not merged with it"
    assert not any(isinstance(module, ShareLayer) for module in plain.modules())


def test_a_general_lora_may_be_merged_below(tmp_path: Path) -> None:
    lora = general(tmp_path)

    def merged() -> nn.Module:
        return PeftModel.from_pretrained(llama(), lora).merge_and_unload()

    model = adapted(merged())
    train(model)
    model.save_pretrained(tmp_path / "task")
    loaded = PeftModel.from_pretrained(merged(), tmp_path / "task")
    assert torch.equal(answer(loaded), answer(model))
    assert torch.allclose(answer(loaded.unload()), answer(PeftModel.from_pretrained(llama(), lora)), atol=1e-5)


@pytest.mark.parametrize("config", [{}, {"form": "product", "p": 2}, {"phi": 2}, {"form": "product", "p": 3, "phi": 1}])
def test_a_task_is_a_lora_of_the_same_outputs(config) -> None:
    model = adapted(llama(), **config)
    train(model)
    torch.manual_seed(0)
    rank = 8 + config.get("phi", 0)
    lora = get_peft_model(llama(), LoraConfig(r=rank, lora_alpha=rank, target_modules="all-linear"))
    for name, layer in model.base_model.model.named_modules():
        if isinstance(layer, ShareLayer):
            left, right = layer.share_basis_b, layer.share_basis_a
            if "phi" in config:
                left = torch.cat([left, layer.share_eps_temporary_b["default"]], 1)
                right = torch.cat([right, layer.share_eps_temporary_a["default"].T])
            if "form" in config:
                middle = layer.share_eps_b["default"] @ layer.share_eps_a["default"].T
            else:
                middle = layer.share_eps_core["default"]
            target = lora.base_model.model.get_submodule(name)
            target.lora_B["default"].weight.data = left @ middle
            target.lora_A["default"].weight.data = right
    assert torch.allclose(answer(lora), answer(model), atol=1e-5)


def test_modules_may_be_trained_as_a_whole_beside(tmp_path: Path) -> None:
    config = {"target_modules": ["first"], "modules_to_save": ["second"]}
    model = adapted(perceptron(), **config)
    train(model)
    expected = answer(model)
    model.save_pretrained(tmp_path)
    model.add_adapter("other", ShareConfig(**config))
    model.set_adapter("other")
    assert torch.equal(answer(model), answer(perceptron()))
    model.set_adapter("default")
    assert torch.equal(answer(model), expected)
    assert torch.equal(answer(PeftModel.from_pretrained(perceptron(), tmp_path)), expected)


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"form": "matrix"}, "core or product"),
        ({"p": 0}, "at least 1"),
        ({"form": "product", "p": 9}, "more than the 8 columns"),
        ({"phi": -1}, "phi is -1"),
        ({"layers_pattern": "h"}, "layers_to_transform"),
        ({"basis": "pca:k=8"}, "is no basis"),
    ],
)
def test_what_cannot_be_is_refused_in_words(config, told: str) -> None:
    with pytest.raises((ValueError, BasisError), match=told):
        ShareConfig(**config)


def test_other_than_linear_modules_are_refused() -> None:
    with pytest.raises(TypeError, match=r"embed_tokens is a Embedding; only linear modules"):
        adapted(llama(), target_modules=["embed_tokens"])


@pytest.mark.filterwarnings("ignore:Adapter cast was active")
def test_the_readme_runs(tmp_path: Path, monkeypatch) -> None:
    readme = (Path(__file__).parents[2] / "share/README.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    tokens = {"input_ids": TOKENS, "labels": TOKENS}
    names = {"base": llama(), "another_copy": llama(), "batches": [tokens] * 2}
    exec(readme.partition("```python\n")[2].partition("```")[0], names)
    assert not torch.equal(answer(names["plain"]), answer(llama()))
    assert torch.allclose(answer(names["plain"]), answer(PeftModel.from_pretrained(llama(), "tasks/borrow")), atol=1e-5)
