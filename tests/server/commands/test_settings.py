import json
from pathlib import Path
from typing import Any

import pytest

from sleepy_core.settings import Settings


@pytest.fixture
def config(home: Path) -> Path:
    (home / "config").mkdir()
    return home / "config" / "config.toml"


def test_every_setting_is_told_with_its_description(sleepy: Any) -> None:
    told = json.loads(sleepy("settings", "--json").out)
    assert {line["name"].split(".")[0] for line in told} == set(Settings.model_fields)
    assert all(line["description"] for line in told)
    assert all(line["value"] == line["default"] and line["origin"] == "default" for line in told)


def test_a_value_says_where_it_comes_from(sleepy: Any, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text('[engine]\nname = "ollama"\nsamples = 2\n')
    monkeypatch.setenv("SLEEPY_ENGINE__SAMPLES", "3")
    lines = [line.split("\t") for line in sleepy("settings").out.splitlines()]
    told = {line[0]: line[1:3] for line in lines}
    assert told["engine.name"] == ['"ollama"', "config.toml"]
    assert told["engine.samples"] == ["3", "SLEEPY_ENGINE__SAMPLES"]
    assert told["engine.model"][1] == "default"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'[engine]\nname = "gpt"\n', "the setting engine.name is wrong"),
        (b"[engine]\nnmae = 1\n", "the setting engine.nmae is wrong"),
        (b"engine = 3\n", "the setting engine is wrong"),
        (b"x = [", "config.toml"),
        (b"\xff", "config.toml"),
    ],
)
def test_a_wrong_value_is_one_line(sleepy: Any, config: Path, content: bytes, sentence: str) -> None:
    config.write_bytes(content)
    said = sleepy("settings")
    assert said.code == 2
    assert sentence in said.err
    assert said.err.count("\n") == 1
