"""`sleepy share init`, `extract`, `merge` and `inspect`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="SHARE'S COMMANDS ARE NOT TRIED: no torch (make trainer)")

from sleepy_share.basis import load_basis  # noqa: E402
from sleepy_share.lora import Lora, write_lora  # noqa: E402

pytestmark = pytest.mark.train


@pytest.fixture
def loras(home: Path) -> Path:
    """Four adapters of one module in a folder."""
    draw = np.random.default_rng(0)
    for number in range(4):
        pair = (draw.standard_normal((12, 2), np.float32), draw.standard_normal((2, 10), np.float32))
        write_lora(Lora({"up": pair}), home / "loras" / f"task-{number}")
    return home / "loras"


def test_a_random_basis_is_written_and_shown(sleepy: Any, home: Path) -> None:
    said = sleepy("share", "init", "random:seed=3,k=4", "--out", str(home / "new"))
    assert said.code == 0
    shown = json.loads(sleepy("share", "inspect", str(home / "new"), "--json").out)
    assert shown == {
        "basis": {"id": load_basis(home / "new").id, "kind": "random", "k": 4, "bytes": 136},
        "adapters": [],
    }
    assert said.out == f"{shown['basis']['id']}: {home / 'new'}\n"


@pytest.mark.slow
def test_a_basis_of_a_models_singular_vectors_is_written(sleepy: Any, home: Path) -> None:
    from helpers.share_models import llama

    llama().save_pretrained(home / "model")
    said = sleepy("share", "init", "svd:k=4", "--model", str(home / "model"), "--out", str(home / "new"), "--json")
    told = json.loads(said.out)
    assert (told["kind"], told["k"], told["modules"]) == ("svd", [4, 4], 14)
    assert load_basis(home / "new").factors("model.layers.1.mlp.up_proj", 48, 32)[0].shape == (48, 4)


def test_adapters_are_extracted_then_merged_and_shown(sleepy: Any, home: Path, loras: Path) -> None:
    some = [str(loras / f"task-{number}") for number in range(3)]
    said = sleepy("share", "extract", *some, "--out", str(home / "before"), "--variance", "0.8", "--json")
    told = json.loads(said.out)
    assert (said.code, said.err) == (0, "")
    assert told["tasks"] == ["task-0", "task-1", "task-2"]
    assert all(part >= 0.8 for part in told["explained"])
    said = sleepy(
        "share", "merge", str(home / "before"), str(loras / "task-3"), "--k", "5", "--out", str(home / "after")
    )
    assert said.code == 0
    assert said.out.startswith(f"{home / 'after'}: 4 tasks of ")
    assert "1 module of 5 directions, which explain" in said.out
    shown = sleepy("share", "inspect", str(home / "after")).out
    assert f"id\t{load_basis(home / 'after').id}\n" in shown
    assert [line.split("\t")[0] for line in shown.splitlines()[-5:]] == ["name", *(f"task-{n}" for n in range(4))]


def test_a_lora_is_shown_with_its_rank_and_size(sleepy: Any, loras: Path) -> None:
    shown = json.loads(sleepy("share", "inspect", str(loras / "task-1"), "--json").out)
    (one,) = shown["adapters"]
    assert (one["name"], one["kind"], one["rank"], one["modules"], one["numbers"]) == ("task-1", "lora", 2, 1, 44)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["extract", "loras/task-0"], "is the only one; give two at least"),
        (["extract", "loras", "--variance", "60"], "a part between 0 and 1"),
        (["extract", "loras", "--p", "0"], "a pseudo-rank of at least 1"),
        (["extract", "nowhere"], "is no adapter"),
        (["merge", "loras"], "There is nothing to merge into"),
        (["init", "svd:k=4"], "say in which folder"),
        (["init", "learned:x"], "is a basis that exists"),
        (["inspect", "empty"], "holds neither a basis nor an adapter"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: list[str], sentence: str, sleepy: Any, home: Path, loras: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    (home / "empty").mkdir()
    said = sleepy("share", *arguments, *([] if arguments[0] == "inspect" else ["--out", str(home / "out")]))
    assert (said.code, said.out) == (2, "")
    assert sentence in said.err
    assert said.err.count("\n") == 1


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from sleepy_server.__main__ import run; run(['share', 'merge', '-h']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "sleepy_server.commands.share" in done.stdout
    assert not {"torch", "peft", "numpy", "transformers", "safetensors"} & set(done.stdout.split())
