"""peft's LoRA folder, read and written without torch."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from sleepy_share.errors import AdapterError, DamagedFile
from sleepy_share.lora import CONFIG, WEIGHTS, Lora, concatenate, read_lora, write_lora


def a_lora(ranks: dict[str, int], seed: int = 0, n: int = 6, d: int = 5) -> Lora:
    draw = np.random.default_rng(seed)
    return Lora(
        {
            module: (draw.standard_normal((n, r)).astype(np.float32), draw.standard_normal((r, d)).astype(np.float32))
            for module, r in ranks.items()
        },
        "some/model",
    )


def configure(folder: Path, **changes: object) -> None:
    config = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps(config | changes))


def test_what_is_written_is_read_again_with_ranks_that_differ_by_module(tmp_path: Path) -> None:
    lora = a_lora({"a.q": 2, "a.k": 2, "b.q": 3})
    write_lora(lora, tmp_path)
    again = read_lora(tmp_path)
    assert again.base_model == "some/model"
    assert again.ranks == lora.ranks
    for module in lora.factors:
        np.testing.assert_allclose(again.delta(module), lora.delta(module), rtol=1e-6)


@pytest.mark.parametrize(
    ("changes", "scale"),
    [
        ({"lora_alpha": 8}, 4),
        ({"lora_alpha": 8, "use_rslora": True}, 8 / 2**0.5),
        ({"lora_alpha": 8, "alpha_pattern": {"q": 2}}, 1),
        ({"lora_alpha": 8, "alpha_pattern": {r"layers\.\d\.q": 6}}, 3),
        ({"lora_alpha": 8, "alpha_pattern": {"k": 2}}, 4),
    ],
)
def test_the_scale_is_the_one_that_peft_would_use(tmp_path: Path, changes: dict[str, object], scale: float) -> None:
    lora = a_lora({"layers.0.q": 2})
    write_lora(lora, tmp_path)
    configure(tmp_path, **changes)
    np.testing.assert_allclose(read_lora(tmp_path).delta("layers.0.q"), scale * lora.delta("layers.0.q"), rtol=1e-5)


def test_concatenated_adapters_add_up_and_ranks_too() -> None:
    one, two = a_lora({"q": 2, "k": 1}), a_lora({"q": 3}, seed=1)
    both = concatenate([one, two])
    assert both.ranks == {"q": 5, "k": 1}
    np.testing.assert_allclose(both.delta("q"), one.delta("q") + two.delta("q"), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(both.delta("k"), one.delta("k"))


def test_adapters_of_different_models_are_told_by_name_and_shape() -> None:
    with pytest.raises(AdapterError, match=r"different models: q is 6 × 5 and 7 × 5"):
        concatenate([a_lora({"q": 2}), a_lora({"q": 2}, n=7)])


def test_no_adapter_at_all_is_refused() -> None:
    with pytest.raises(AdapterError, match="no adapter was given"):
        concatenate([])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"peft_type": "VERA"}, "holds a VERA adapter"),
        ({"use_dora": True}, "use_dora"),
        ({"bias": "all"}, "bias='all'"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
    ],
)
def test_what_is_more_than_a_lora_is_refused(tmp_path: Path, changes: dict[str, object], sentence: str) -> None:
    write_lora(a_lora({"q": 1}), tmp_path)
    configure(tmp_path, **changes)
    with pytest.raises(AdapterError, match=sentence):
        read_lora(tmp_path)


def test_an_adapter_of_embeddings_is_refused_by_its_name(tmp_path: Path) -> None:
    write_lora(a_lora({"q": 1}), tmp_path)
    tensors = load_file(tmp_path / WEIGHTS)
    save_file(tensors | {"base_model.model.embed.lora_embedding_A": np.zeros((1, 2), np.float32)}, tmp_path / WEIGHTS)
    with pytest.raises(AdapterError, match="lora_embedding_A"):
        read_lora(tmp_path)


def test_half_an_adapter_is_refused(tmp_path: Path) -> None:
    write_lora(a_lora({"q": 1}), tmp_path)
    tensors = load_file(tmp_path / WEIGHTS)
    del tensors["base_model.model.q.lora_A.weight"]
    save_file(tensors, tmp_path / WEIGHTS)
    with pytest.raises(AdapterError, match="factors of q do not belong together"):
        read_lora(tmp_path)


def test_numbers_that_are_none_are_not_written(tmp_path: Path) -> None:
    lora = a_lora({"q": 1})
    lora.factors["q"][0][0, 0] = np.nan
    with pytest.raises(AdapterError, match="q holds numbers that are not finite"):
        write_lora(lora, tmp_path)
    assert not (tmp_path / WEIGHTS).exists()


def test_a_cut_off_file_and_a_folder_without_one_are_one_sentence_each(tmp_path: Path) -> None:
    with pytest.raises(DamagedFile, match="is no adapter"):
        read_lora(tmp_path)
    write_lora(a_lora({"q": 1}), tmp_path)
    (tmp_path / WEIGHTS).write_bytes((tmp_path / WEIGHTS).read_bytes()[:-7])
    with pytest.raises(DamagedFile, match="cut off or damaged"):
        read_lora(tmp_path)
