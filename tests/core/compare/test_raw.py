"""The file of raw results survives a kill, and knows whose it is."""

from dataclasses import replace
from pathlib import Path

import pytest

from helpers.comparisons import raw_of
from sleepy_core.compare.plan import Setup, steps
from sleepy_core.compare.raw import FILE, Raw, RawError, RawFile, read_raw

SETUP = Setup("m.gguf", ("a", "b"), ("x", "y"), lora_rates=(1e-3,), share_rates=(1e-2,), methods=("base", "own-lora"))


def written(folder: Path) -> Raw:
    raw = raw_of(SETUP, lambda _: 0.5)
    with RawFile(folder) as file:
        file.begin(raw.began)
        for line in (*raw.adapters, *raw.cells):
            file.append(line)
    return raw


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    assert written(tmp_path) == read_raw(tmp_path)
    assert read_raw(tmp_path).done == {step.id for step in steps(SETUP)}


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_line_that_a_kill_has_torn_is_done_again(tmp_path: Path, cut: int) -> None:
    raw = written(tmp_path)
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:-cut])
    assert read_raw(tmp_path).cells == raw.cells[:-1]
    with RawFile(tmp_path) as file:
        assert file.begin(raw.began).cells == raw.cells[:-1]
        file.append(raw.cells[-1])
    assert read_raw(tmp_path) == raw


def test_another_comparison_is_not_mixed_with_this_one(tmp_path: Path) -> None:
    raw = written(tmp_path)
    with RawFile(tmp_path) as file, pytest.raises(RawError, match="another comparison"):
        file.begin(replace(raw.began, setup=replace(SETUP, steps=21)))


def test_other_methods_more_seeds_and_a_general_lora_may_come_to_it(tmp_path: Path) -> None:
    raw = written(tmp_path)
    more = replace(SETUP, methods=("own-lora", "random-core"), seeds=2, below="general", below_digest="d")
    with RawFile(tmp_path) as file:
        assert file.begin(replace(raw.began, setup=more)).cells == raw.cells
        with pytest.raises(RawError, match="another comparison"):
            file.begin(raw.began)
    assert read_raw(tmp_path).began.setup == more
    assert raw.done & {step.id for step in steps(more)}


@pytest.mark.parametrize("content", [b"", b'{"record": "cell"}\n', b"nonsense\n"])
def test_what_is_no_comparison_is_refused_with_its_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(RawError, match=r"does not begin|line 1 is no result"):
        read_raw(tmp_path)


def test_without_a_file_it_is_told_which_command_writes_it(tmp_path: Path) -> None:
    with pytest.raises(RawError, match="sleepy bench share"):
        read_raw(tmp_path)


def test_trials_alone_choose_rates_and_only_by_their_validation_koans() -> None:
    setup = replace(SETUP, choosing=("r",), lora_rates=(1e-3, 3e-3))
    raw = raw_of(setup, lambda step: step.rate or 9.0)
    assert raw.losses() == pytest.approx({"base/rates/lora/0.001/r": 1e-3, "base/rates/lora/0.003/r": 3e-3})
