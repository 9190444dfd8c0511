"""`sleepy train` with the real worker."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.tiny_language_model import write_model
from sleepy_core.engines.protocol import Message
from sleepy_core.night.example import Example, write_examples

pytestmark = [pytest.mark.train, pytest.mark.slow, pytest.mark.timeout(300)]


def sleepy(*words: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sleepy_server", "train", *words],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "SLEEPY_HOME": str(home), "HF_HUB_OFFLINE": "1"},
    )


def test_a_task_is_trained_above_a_lora_from_examples_of_ones_own(tmp_path: Path) -> None:
    model = write_model(tmp_path / "model")
    asked = (Message("user", "take(v);"),)
    examples = tmp_path / "e.jsonl"
    write_examples(examples, [Example(f"e{n}", "f", "s", asked, "take(&v);", 1.0, "koan") for n in range(9)])
    common = ("--model", str(model), "--examples", str(examples), "--steps", "3", "--tokens", "64", "--threads", "1")
    first = sleepy("lora", "--out", str(tmp_path / "lora"), *common, home=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "3 steps" in first.stdout
    second = sleepy(
        "share", "--out", str(tmp_path / "task"), "--below", str(tmp_path / "lora"), "--json", *common, home=tmp_path
    )
    assert second.returncode == 0, second.stderr
    events = [json.loads(line) for line in second.stdout.splitlines()]
    assert events[-1]["result"]["basis_id"].startswith("random-")
    assert (tmp_path / "task" / "adapter_model.safetensors").is_file()


def test_ctrl_c_leaves_a_checkpoint_that_the_same_command_goes_on_from(tmp_path: Path) -> None:
    model = write_model(tmp_path / "model")
    asked = (Message("user", "take(v);"),)
    examples, out = tmp_path / "e.jsonl", tmp_path / "lora"
    write_examples(examples, [Example(f"e{n}", "f", "s", asked, "take(&v);", 1.0, "koan") for n in range(9)])
    words = ["lora", "--out", str(out), "--model", str(model), "--examples", str(examples), "--steps", "400",
             "--tokens", "64", "--threads", "1", "--json"]  # fmt: skip
    environment = {"PATH": "/usr/bin:/bin", "SLEEPY_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "sleepy_server", "train", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as begun:
        assert begun.stdout is not None
        assert begun.stderr is not None
        for line in begun.stdout:
            if json.loads(line)["event"] == "step":
                begun.send_signal(signal.SIGINT)
                break
        events = [json.loads(line)["event"] for line in begun.stdout]
        assert begun.stderr.read() == "saving a checkpoint …\n"
    assert begun.returncode == 130
    assert "leaving" in events
    assert (out / "checkpoint.safetensors").is_file()
    done = sleepy(*words, home=tmp_path)
    assert done.returncode == 0, done.stderr
    started = json.loads(done.stdout.splitlines()[0])
    assert started["step"] > 0


def test_what_cannot_be_trained_is_told_in_one_sentence(tmp_path: Path) -> None:
    told = sleepy("lora", "--out", str(tmp_path / "o"), "--model", "/nowhere.gguf", "--examples", "/x", home=tmp_path)
    assert told.returncode == 2
    assert "there is no model /nowhere.gguf" in told.stderr
    told = sleepy("share", "--out", str(tmp_path / "o"), "--families", "no_such_family", home=tmp_path)
    assert told.returncode == 2
    assert "no_such_family" in told.stderr
