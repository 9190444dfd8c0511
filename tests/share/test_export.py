"""The ways out: what an exported task says is what the task says, in stock peft and in llama.cpp."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from peft import PeftModel, get_peft_model

from helpers import llama_server, tiny_gguf
from sleepy_share import export, merge
from sleepy_share.config import ShareConfig
from sleepy_share.errors import AdapterError, DamagedFile, ShareError
from sleepy_share.gguf_model import PERMUTED, GgufModel
from sleepy_share.lora import Lora, read_lora, write_lora
from sleepy_share.registration import register

pytestmark = pytest.mark.train

PROMPT = [257, *range(40, 60)]
# llama.cpp keeps keys and values in 16 bits; the tiny models' logits are large, so that it shows.
CLOSE = 0.03


def a_lora(model: torch.nn.Module, seed: int = 0, size: float = 0.2) -> Lora:
    """On every linear module of every layer; queries have another rank than the rest."""
    draw = np.random.default_rng(seed)
    shapes = {name: module.weight.shape for name, module in model.named_modules() if name.endswith("_proj")}
    ranks = {name: 2 if "q_proj" in name else 3 for name in shapes}
    return Lora(
        {
            name: (
                (draw.standard_normal((n, ranks[name])) * size).astype(np.float32),
                (draw.standard_normal((ranks[name], d)) * size).astype(np.float32),
            )
            for name, (n, d) in shapes.items()
        }
    )


def a_task(folder: Path, basis: str = "random:seed=3,k=4", **config: object) -> torch.nn.Module:
    """A Share task with random coefficients, saved; the adapted model."""
    register()
    model = get_peft_model(tiny_gguf.model("llama"), ShareConfig(basis=basis, target_modules="all-linear", **config))
    torch.manual_seed(7)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "share_eps_" in name and "temporary" not in name:
                weight.copy_(torch.randn_like(weight))
    model.save_pretrained(str(folder))
    model.save_basis(folder)
    return model.eval()


def said(model: torch.nn.Module) -> torch.Tensor:
    """The log-likelihood of every next token."""
    with torch.no_grad():
        return torch.log_softmax(model(torch.tensor([PROMPT])).logits[0, -1].float(), -1)


def distance(url: str, expected: torch.Tensor, scales: list[float]) -> float:
    """How far llama.cpp's ten likeliest are from what transformers says of them."""
    (step,) = llama_server.likelihoods(url, PROMPT, 1, scales)
    return max(abs(expected[token].item() - value) for token, value in step.items())


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_gguf.write(tiny_gguf.model("llama"), "llama", tmp_path_factory.mktemp("base") / "llama.gguf")


# --- Share task to LoRA -----------------------------------------------------------------------------


@pytest.mark.parametrize("basis", ["random:seed=3,k=4", "svd:k=4"])
@pytest.mark.parametrize(
    "form", [{"form": "core"}, {"form": "core", "phi": 2}, {"form": "product", "p": 2}, {"form": "product", "phi": 1}]
)
def test_a_task_becomes_a_lora_that_stock_peft_loads_with_equal_outputs(
    tmp_path: Path, base: Path, basis: str, form: dict[str, object]
) -> None:
    shared = a_task(tmp_path / "task", basis, **form)
    lora = export.to_lora(tmp_path / "task", tmp_path / "lora", base)
    assert set(lora.ranks.values()) <= ({4, 6} if form["form"] == "core" else {1, 2})
    stock = PeftModel.from_pretrained(tiny_gguf.model("llama"), str(tmp_path / "lora"))
    assert type(stock.base_model).__name__ == "LoraModel"
    torch.testing.assert_close(said(stock), said(shared), rtol=1e-3, atol=2e-3)
    assert (said(stock) - said(tiny_gguf.model("llama"))).abs().max() > 0.5


def test_a_random_basis_needs_the_model_and_says_so(tmp_path: Path) -> None:
    a_task(tmp_path)
    with pytest.raises(AdapterError, match="say which model it is for"):
        export.to_lora(tmp_path, tmp_path / "lora")


def test_the_model_may_be_a_folder_of_safetensors(tmp_path: Path, base: Path) -> None:
    a_task(tmp_path / "task")
    tiny_gguf.model("llama").save_pretrained(str(tmp_path / "model"))
    by_folder = export.to_lora(tmp_path / "task", tmp_path / "one", tmp_path / "model")
    by_file = export.to_lora(tmp_path / "task", tmp_path / "two", base)
    for module in by_file.factors:
        np.testing.assert_array_equal(by_folder.delta(module), by_file.delta(module))


def test_coefficients_of_another_basis_are_refused(tmp_path: Path, base: Path) -> None:
    a_task(tmp_path)
    config = (tmp_path / "adapter_config.json").read_text()
    (tmp_path / "adapter_config.json").write_text(config.replace("seed=3", "seed=4"))
    with pytest.raises(ShareError, match="was made for the basis"):
        export.to_lora(tmp_path, tmp_path / "lora", base)


def test_singular_vectors_that_are_not_beside_the_task_are_asked_for(tmp_path: Path, base: Path) -> None:
    a_task(tmp_path / "task", "svd:k=4")
    (tmp_path / "task" / "basis.safetensors").unlink()
    with pytest.raises(AdapterError, match="singular vectors"):
        export.to_lora(tmp_path / "task", tmp_path / "lora", base)


def test_a_general_lora_and_a_task_above_it_become_one(tmp_path: Path, base: Path) -> None:
    a_task(tmp_path / "task")
    general = a_lora(tiny_gguf.model("llama"), seed=1)
    write_lora(general, tmp_path / "general")
    both = export.join([tmp_path / "general", tmp_path / "task"], tmp_path / "both", base)
    task = export.read_adapter(tmp_path / "task", base)
    for module in both.factors:
        np.testing.assert_allclose(both.delta(module), general.delta(module) + task.delta(module), atol=1e-5)


# --- LoRA to GGUF -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.parametrize("architecture", PERMUTED)
def test_llama_cpp_says_with_the_adapter_what_transformers_says(tmp_path: Path, architecture: str) -> None:
    model = tiny_gguf.model(architecture)
    base = tiny_gguf.write(model, architecture, tmp_path / "model.gguf")
    write_lora(a_lora(model), tmp_path / "lora")
    for precision in ("f32", "f16"):
        export.to_gguf(tmp_path / "lora", base, tmp_path / f"{precision}.gguf", precision)
    bare = said(model)
    adapted = said(PeftModel.from_pretrained(model, str(tmp_path / "lora")))
    with llama_server.running(base, [tmp_path / "f32.gguf", tmp_path / "f16.gguf"]) as url:
        assert distance(url, bare, [0, 0]) < CLOSE
        assert distance(url, adapted, [1, 0]) < CLOSE
        assert distance(url, adapted, [0, 1]) < CLOSE
        assert distance(url, bare, [1, 0]) > 10 * CLOSE  # else it would show nothing


@pytest.mark.slow
@pytest.mark.model
def test_rows_that_are_not_permuted_give_other_answers(
    tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the parity above is the permutation's doing."""
    write_lora(a_lora(tiny_gguf.model("llama")), tmp_path)
    monkeypatch.setattr(GgufModel, "reordered", lambda _, module, rows: rows)
    export.to_gguf(tmp_path, base, tmp_path / "wrong.gguf", "f32")
    with llama_server.running(base, [tmp_path / "wrong.gguf"]) as url:
        assert distance(url, said(PeftModel.from_pretrained(tiny_gguf.model("llama"), str(tmp_path))), [1]) > 3 * CLOSE


def test_an_adapter_too_small_for_16_bits_on_one_side_keeps_its_product(tmp_path: Path, base: Path) -> None:
    b, a = np.full((64, 1), 3e-7, np.float32), np.full((1, 64), 2e4, np.float32)
    export.to_gguf(Lora({"model.layers.0.self_attn.o_proj": (b, a)}), base, tmp_path / "a.gguf")
    tensors = {
        t.name.rpartition("_")[2]: t.data.astype(np.float64) for t in gguf.GGUFReader(tmp_path / "a.gguf").tensors
    }
    np.testing.assert_allclose(tensors["b"] @ tensors["a"], b.astype(float) @ a, rtol=2e-3)


@pytest.mark.parametrize(
    ("module", "n", "sentence"),
    [
        ("model.layers.9.self_attn.q_proj", 64, "has no linear module model.layers.9"),
        ("model.embed_tokens", 259, "has no linear module model.embed_tokens"),
        ("model.layers.0.self_attn.q_proj", 32, "32 × 64 in it, and 64 × 64 in llama.gguf"),
    ],
)
def test_an_adapter_of_another_model_is_refused(tmp_path: Path, base: Path, module: str, n: int, sentence: str) -> None:
    lora = Lora({module: (np.ones((n, 1), np.float32), np.ones((1, 64), np.float32))})
    with pytest.raises(AdapterError, match=sentence):
        export.to_gguf(lora, base, tmp_path / "a.gguf")
    assert list(tmp_path.iterdir()) == []


def test_other_architectures_are_refused_by_name(tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "m.gguf", "rwkv6")
    writer.add_block_count(1)
    writer.add_head_count(1)
    writer.add_tensor("token_embd.weight", np.zeros((2, 2), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(AdapterError, match="architecture rwkv6; adapters in GGUF can be written for llama, qwen2"):
        GgufModel(tmp_path / "m.gguf")


@pytest.mark.parametrize("content", [b"", b"GGUF", b"GGUF" + b"\3\0\0\0" + b"\xff" * 40, b"PK" * 50])
def test_a_damaged_model_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.gguf").write_bytes(content)
    with pytest.raises(DamagedFile, match=r"m\.gguf"):
        GgufModel(tmp_path / "m.gguf")


def test_a_full_disk_leaves_the_old_adapter(tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_lora(a_lora(tiny_gguf.model("llama")), tmp_path)
    (tmp_path / "a.gguf").write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gguf.GGUFWriter, "write_tensors_to_file", full)
    with pytest.raises(ShareError, match="No space left on device"):
        export.to_gguf(tmp_path, base, tmp_path / "a.gguf")
    assert (tmp_path / "a.gguf").read_bytes() == b"old"
    assert not list(tmp_path.glob(".*"))


def test_the_whole_way_in_a_process_of_its_own_loads_no_torch(tmp_path: Path, base: Path) -> None:
    a_task(tmp_path / "task")
    code = (
        "import sys\nfrom sleepy_share.export import main\nstatus = main(sys.argv[1:])\n"
        "assert 'torch' not in sys.modules\nsys.exit(status)"
    )
    words = [sys.executable, "-c", code, "--base", str(base)]
    words += ["--adapter", str(tmp_path / "a.gguf"), str(tmp_path / "task")]
    words += ["--adapter", str(tmp_path / "x.gguf"), str(tmp_path / "none")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    (failed,) = json.loads(done.stdout).items()
    assert failed[0] == str(tmp_path / "x.gguf")
    assert "is no adapter" in failed[1]
    export.to_gguf(tmp_path / "task", base, tmp_path / "b.gguf")
    assert (tmp_path / "a.gguf").read_bytes() == (tmp_path / "b.gguf").read_bytes()


# --- Merged -------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.parametrize(("quantisation", "close"), [(None, CLOSE), ("F16", CLOSE), ("Q8_0", 1.0)])
def test_a_merged_model_says_what_the_adapter_does(
    tmp_path: Path, base: Path, quantisation: str | None, close: float
) -> None:
    model = tiny_gguf.model("llama")
    write_lora(a_lora(model), tmp_path)
    types = merge.merge_gguf(tmp_path, base, tmp_path / "m.gguf", quantisation)
    assert types == {quantisation or "F32": 14}
    with llama_server.running(tmp_path / "m.gguf") as url:
        assert distance(url, said(PeftModel.from_pretrained(model, str(tmp_path))), []) < close


def test_what_the_adapter_leaves_alone_is_copied_as_it_is(tmp_path: Path, base: Path) -> None:
    module = "model.layers.1.mlp.down_proj"
    lora = Lora({module: (np.ones((64, 1), np.float32), np.ones((1, 96), np.float32))})
    assert merge.merge_gguf(lora, base, tmp_path / "m.gguf", "Q4_0") == {"Q4_0": 1}
    old, new = gguf.GGUFReader(base), gguf.GGUFReader(tmp_path / "m.gguf")
    assert {f.name: f.contents() for f in old.fields.values() if not f.name.startswith("GGUF.")} == {
        f.name: f.contents() for f in new.fields.values() if not f.name.startswith("GGUF.")
    }
    differ = [a.name for a, b in zip(old.tensors, new.tensors, strict=True) if a.data.tobytes() != b.data.tobytes()]
    assert differ == ["blk.1.ffn_down.weight"]


def test_weights_of_few_bits_are_not_rounded_to_few_bits_again_unless_that_is_asked_for(
    tmp_path: Path, base: Path
) -> None:
    lora = Lora({"model.layers.1.mlp.down_proj": (np.ones((64, 1), np.float32), np.ones((1, 96), np.float32))})
    merge.merge_gguf(lora, base, tmp_path / "small.gguf", "Q4_1")
    assert merge.merge_gguf(lora, tmp_path / "small.gguf", tmp_path / "m.gguf") == {"Q8_0": 1}
    assert merge.merge_gguf(lora, tmp_path / "small.gguf", tmp_path / "m.gguf", "Q4_1") == {"Q4_1": 1}


def test_a_type_that_python_cannot_write_is_refused(tmp_path: Path, base: Path) -> None:
    with pytest.raises(AdapterError, match=r"Q4_K cannot be written here; one of F32, F16"):
        merge.merge_gguf(a_lora(tiny_gguf.model("llama")), base, tmp_path / "m.gguf", "Q4_K")


def test_a_lora_folder_of_peft_itself_is_read_to_the_same_update(tmp_path: Path) -> None:
    from peft import LoraConfig

    model = get_peft_model(
        tiny_gguf.model("llama"),
        LoraConfig(r=4, lora_alpha=7, target_modules="all-linear", rank_pattern={"q_proj": 2}, init_lora_weights=False),
    )
    model.save_pretrained(str(tmp_path))
    lora = read_lora(tmp_path)
    for name, module in model.base_model.model.named_modules():
        if hasattr(module, "get_delta_weight"):
            torch.testing.assert_close(torch.from_numpy(lora.delta(name)), module.get_delta_weight("default"))
