"""`sleepy coefficients` and `sleepy share export`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest

from helpers.episodes import REPO
from helpers.promoted_night import a_promoted_night
from sleepy_core.engines.digest import model_digest
from sleepy_core.night import shipped
from sleepy_core.paths import data_dir
from sleepy_core.store import shelf
from sleepy_core.store.coefficients import CoefficientSet
from sleepy_core.store.database import Database, database_path
from sleepy_share.lora import Lora, read_lora, write_lora

MODULE = "model.layers.0.self_attn.o_proj"


@pytest.fixture(autouse=True)
def comes_with_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "none")


@pytest.fixture
def model(home: Path) -> Path:
    """As much of a model as an adapter has to know of."""
    writer = gguf.GGUFWriter(home / "model.gguf", "qwen2")
    writer.add_block_count(1)
    writer.add_head_count(2)
    writer.add_tensor("blk.0.attn_output.weight", np.zeros((8, 32), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return home / "model.gguf"


@pytest.fixture
def stored(home: Path, model: Path) -> list[str]:
    """Three sets: an old one of a repository, a newer one of its, and one for a family everywhere."""

    async def add() -> None:
        async with Database.open(database_path()) as database:
            await database.remember_repo(REPO, home / "orchard")
            for number, place in enumerate(({"repo": REPO.id}, {"repo": REPO.id}, {"family": "moves"})):
                id_ = f"00000000-set{number}"
                write_lora(Lora({MODULE: (np.ones((8, 1), np.float32), np.ones((1, 32), np.float32))}), home / id_)
                shelf.put(home / id_, id_)
                gain = {"held_out": 0.125, "of": 40}
                await database.add_coefficients(
                    CoefficientSet(id_, model_digest(model), "random-1", float(number), gain=gain, **place), "trained"
                )

    asyncio.run(add())
    return [f"00000000-set{number}" for number in range(3)]


def test_a_list_has_what_sleepy_coder_comes_with(sleepy: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("SLEEPY_HOME", str(home))
    found = json.loads(sleepy("coefficients", "list", "--json").out)
    assert [(s["repo"], s["family"], s["status"]) for s in found] == [(None, None, "current")] * len(found)
    assert len(found) == len(shipped.shipped()) >= 1


def test_a_list_tells_what_answers_where(sleepy: Any, stored: list[str]) -> None:
    assert sleepy("coefficients", "use", "set0", "--reason", "better by hand").code == 0
    said = sleepy("coefficients", "list")
    assert (said.code, said.err) == (0, "")
    head, *rows = (line.split("\t") for line in said.out.splitlines())
    assert head == ["id", "when", "status", "repository", "family", "model", "gain"]
    assert [(row[0], row[2], row[3], row[4]) for row in rows] == [
        ("000-set2", "candidate", "all", "moves"),
        ("000-set1", "candidate", "orchard", "all"),
        ("000-set0", "current", "orchard", "all"),
    ]
    assert rows[0][6] == "held_out 0.125, of 40"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [(["--repo", "orchard"], "10"), (["--family", "moves"], "2"), (["--status", "current"], ""), ([], "210")],
)
def test_a_list_can_be_narrowed_down(sleepy: Any, stored: list[str], filters: list[str], expected: str) -> None:
    found = json.loads(sleepy("coefficients", "list", "--json", *filters).out)
    assert "".join(s["id"][-1] for s in found) == expected


def test_use_and_rollback_go_back_and_forth_and_show_tells_the_history(sleepy: Any, stored: list[str]) -> None:
    sleepy("coefficients", "use", "set0")
    assert "set1 answers now" in sleepy("coefficients", "use", "set1").out
    said = sleepy("coefficients", "rollback", "set1", "--reason", "slower", "--json")
    assert json.loads(said.out) == {"rolled_back": stored[1], "current": stored[0]}
    shown = sleepy("coefficients", "show", "set1")
    assert "adapter_model.safetensors" in shown.out
    assert "rejected\tslower" in shown.out
    history = json.loads(sleepy("coefficients", "show", "set0", "--json").out)["history"]
    assert [move["status"] for move in history] == ["candidate", "current", "retired", "current"]
    assert "nothing of its place answers" in sleepy("coefficients", "rollback", "set0").out


def test_show_tells_what_the_night_that_made_a_set_has_learned(sleepy: Any, home: Path) -> None:
    async def dream() -> str:
        async with Database.open(database_path()) as database:
            await database.remember_repo(REPO, home / "orchard")
            return (await a_promoted_night(data_dir(), database)).id

    id_ = asyncio.run(dream())
    said = sleepy("coefficients", "show", id_)
    assert said.code == 0
    assert "gain\tit repairs 1 of 1 errors that it had not seen as you did; before, 0\n" in said.out
    assert "# What orchard has learned\n" in said.out
    assert "Now, as you did:\n\n```rust\n    f(x, x, x, &name);\n```" in said.out
    learned = json.loads(sleepy("coefficients", "show", id_, "--json").out)["learned"]
    assert [lesson["code"] for lesson in learned["lessons"]] == ["E0308"] * 3
    assert (
        sleepy("coefficients", "list")
        .out.splitlines()[1]
        .endswith("\tit repairs 1 of 1 errors that it had not seen as you did; before, 0")
    )


@pytest.mark.parametrize("command", [["show", "none"], ["use", "none"], ["rollback", "set0"], ["export", "none"]])
def test_what_cannot_be_done_is_one_sentence(sleepy: Any, stored: list[str], command: list[str]) -> None:
    said = sleepy("coefficients", *command)
    assert said.code == 2
    assert len(said.err.strip().splitlines()) == 1


def test_a_set_is_exported_as_a_lora_an_adapter_and_a_merged_model(
    sleepy: Any, stored: list[str], model: Path, tmp_path: Path
) -> None:
    base = ("--base", str(model))
    said = sleepy("coefficients", "export", "set0", str(tmp_path / "lora"), "--as", "lora", *base, "--json")
    assert json.loads(said.out)["rank"] == 1
    assert read_lora(tmp_path / "lora").delta(MODULE).sum() == 8 * 32
    assert sleepy("coefficients", "export", "set0", str(tmp_path / "a.gguf"), *base).code == 0
    names = {tensor.name for tensor in gguf.GGUFReader(tmp_path / "a.gguf").tensors}
    assert names == {"blk.0.attn_output.weight.lora_a", "blk.0.attn_output.weight.lora_b"}
    merged = ("--as", "merged", "--quantisation", "Q8_0", "--json")
    said = sleepy("coefficients", "export", "set0", str(tmp_path / "m.gguf"), *base, *merged)
    assert json.loads(said.out)["weights"] == {"Q8_0": 1}
    (tensor,) = gguf.GGUFReader(tmp_path / "m.gguf").tensors
    np.testing.assert_allclose(gguf.dequantize(tensor.data, tensor.tensor_type), 1.0, rtol=1e-2)


def test_a_set_is_not_exported_for_a_model_that_it_was_not_trained_for(
    sleepy: Any, stored: list[str], model: Path, tmp_path: Path
) -> None:
    model.write_bytes(model.read_bytes() + b"\0")
    said = sleepy("coefficients", "export", "set0", str(tmp_path / "a.gguf"), "--base", str(model))
    assert said.code == 2
    assert "was trained for another model" in said.err
    assert not (tmp_path / "a.gguf").exists()


def test_forgetting_a_repository_takes_the_files_of_its_sets_along(sleepy: Any, stored: list[str]) -> None:
    assert sleepy("episodes", "forget", "--repo", "orchard", "--yes").code == 0
    assert [s["id"] for s in json.loads(sleepy("coefficients", "list", "--json").out)] == [stored[2]]
    assert [folder.name for folder in shelf.shelf().iterdir()] == [stored[2]]


def test_adapters_that_act_together_are_exported_as_one(sleepy: Any, stored: list[str], tmp_path: Path) -> None:
    folders = [str(shelf.folder_of(id_)) for id_ in stored[:2]]
    assert sleepy("share", "export", *folders, "--out", str(tmp_path / "both")).code == 0
    assert read_lora(tmp_path / "both").ranks == {MODULE: 2}
    said = sleepy("share", "export", str(tmp_path / "none"), "--out", str(tmp_path / "x"))
    assert said.code == 2
    assert "is no adapter" in said.err


def test_without_any_engine_the_model_has_to_be_named(
    sleepy: Any, stored: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLEEPY_ENGINE__NAME", "none")
    said = sleepy("coefficients", "export", "set0")
    assert said.code == 2
    assert "Name the model's GGUF file with --base" in said.err
