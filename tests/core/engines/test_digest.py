"""A model's digest."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from sleepy_core.engines.digest import model_digest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path / "home"))


def test_it_is_the_sha_256_of_the_file_and_read_once(tmp_path: Path) -> None:
    model = tmp_path / "model.gguf"
    model.write_bytes(b"GGUF and more")
    digest = hashlib.sha256(b"GGUF and more").hexdigest()
    assert model_digest(model) == digest
    stat = model.stat()
    model.write_bytes(b"GGUF and MORE")
    os.utime(model, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert model_digest(model) == digest  # the same size and time: not read again
    os.utime(model, ns=(1, 1))
    assert model_digest(model) == hashlib.sha256(b"GGUF and MORE").hexdigest()


def test_ollamas_files_are_named_by_it_and_need_not_be_read(tmp_path: Path) -> None:
    blob = tmp_path / f"sha256-{'ab' * 32}"
    blob.write_bytes(b"")
    assert model_digest(blob) == "ab" * 32


def test_a_folder_has_one_of_all_its_weights(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.safetensors").write_bytes(name.encode())
    before = model_digest(tmp_path)
    (tmp_path / "b.safetensors").write_bytes(b"other")
    assert model_digest(tmp_path) != before


def test_a_damaged_memory_is_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "home" / "cache" / "model-digests.json"
    file.parent.mkdir(parents=True)
    file.write_text("{")
    (tmp_path / "m.gguf").write_bytes(b"x")
    assert model_digest(tmp_path / "m.gguf") == hashlib.sha256(b"x").hexdigest()
    assert "m.gguf" in file.read_text()
