"""Above weights of 4 and 8 bits, by the real bitsandbytes, on the CPU."""

from pathlib import Path

import bitsandbytes
import pytest
import torch
from peft import PeftModel
from torch import Tensor, nn

from helpers.share_models import Perceptron, adapted, answer, loss, train

pytestmark = pytest.mark.train


def quantised(bits: int) -> nn.Module:
    """Of sizes that bitsandbytes' kernels for the CPU can do."""
    torch.manual_seed(0)
    model = Perceptron(64, 128, 32)
    for name in ("first", "second"):
        plain = getattr(model, name)
        sizes = plain.in_features, plain.out_features, plain.bias is not None
        if bits == 4:
            layer = bitsandbytes.nn.Linear4bit(*sizes, compute_dtype=torch.float32, quant_type="nf4")
        else:
            layer = bitsandbytes.nn.Linear8bitLt(*sizes, has_fp16_weights=False)
        layer.load_state_dict(plain.state_dict())
        setattr(model, name, layer.to("cpu"))
    return model.eval()


def close(a: Tensor, b: Tensor, bits: int) -> bool:
    """What merging into so few bits may move the outputs by."""
    return bool((a - b).abs().max() < (0.2 if bits == 4 else 0.05))


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("config", [{}, {"form": "product", "p": 2, "phi": 1}, {"basis": "svd:k=3"}])
def test_coefficients_train_above_few_bits(bits: int, config, tmp_path: Path) -> None:
    base = answer(quantised(bits))
    model = adapted(quantised(bits), target_modules=["first", "second"], **config)
    assert torch.equal(answer(model), base)
    assert model.base_model.model.first.base_layer.weight.dtype == (torch.uint8 if bits == 4 else torch.int8)
    losses = train(model, steps=8)
    assert losses[-1] < losses[0]
    expected = answer(model)
    with model.disable_adapter():
        assert torch.equal(answer(model), base)

    model.save_pretrained(tmp_path)
    assert torch.equal(answer(PeftModel.from_pretrained(quantised(bits), tmp_path)), expected)

    model.merge_adapter()
    assert close(answer(model), expected, bits)
    model.unmerge_adapter()
    assert close(answer(model), expected, bits)
    assert model.base_model.model.first.base_layer.weight.dtype == (torch.uint8 if bits == 4 else torch.int8)


def test_what_was_packed_for_inference_still_passes_gradients_on() -> None:
    """bitsandbytes packs weights of 4 bits at the first answer, and then gives no gradient to the layers before."""

    def gradient(answer_first: bool) -> Tensor:
        model = adapted(quantised(4), target_modules=["first", "second"])
        if answer_first:
            answer(model)
        loss(model.train()).backward()
        return model.base_model.model.first.share_eps_core["default"].grad

    plain = gradient(answer_first=False)
    assert plain.abs().max() > 1e-4
    assert torch.allclose(gradient(answer_first=True), plain, atol=1e-3)
