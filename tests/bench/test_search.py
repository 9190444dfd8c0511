"""The search bench on the smallest crate: broken, repaired, tested, put back, and not done twice."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from faults.cases import Case
from faults.crates import Crate
from search import Run
from sleepy_core.model import Edit
from sleepy_core.settings import Settings
from sleepy_core.text import digest, read_text

TINY = Path(__file__).parents[1] / "fixtures/tiny"
LIB = "src/lib.rs"


def broken(text: str, old: str, new: str) -> Case:
    at = text.index(old)
    edit = Edit(at, at + len(old), new)
    return Case("tiny", "0.1.0", ("by hand",), {LIB: digest(text)}, {LIB: (edit,)}, ("E0382",), 1)


@pytest.mark.slow
async def test_a_case_is_repaired_counted_and_put_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "tiny"
    shutil.copytree(TINY, root, ignore=shutil.ignore_patterns("target", "Cargo.lock"))
    text = read_text(root / LIB).replace("join(names)", "join(names.clone())", 1)
    (root / LIB).write_text(text)
    cases = [
        broken(text, "join(names.clone())", "join(names)"),  # the compiler suggests the original
        broken(text, "Vec<String>) -> String {", "Vec<String>) -> Strng {"),  # and here, too
        broken(text, "names.len()", "names.qqqqqqqq()"),  # and here it has no suggestion
    ]
    file = tmp_path / "run.jsonl"
    crate = Crate("tiny", "0.1.0", held_out=False)

    async def run() -> Run:
        made = Run(tmp_path, file, Settings(), ["suggestions"], None)
        await made.crate(crate, root, cases)
        return made

    results = [(await run()).results[case.id, "suggestions"] for case in cases]
    assert [r.green for r in results] == [True, True, False]
    assert [r.equal for r in results] == [True, True, False]
    assert [r.first_equal for r in results] == [True, True, False]
    assert [r.tests for r in results] == [True, True, None]
    assert results[2].left == ["E0599"]
    assert results[0].compiled >= 1
    assert results[0].first_ms is not None
    assert results[0].first_ms > 0
    assert results[2].first_ms is None
    assert read_text(root / LIB) == text

    # A second run has nothing to do; one that was stopped goes on.
    written = file.read_text()
    await run()
    assert file.read_text() == written
    file.write_text(written.splitlines(keepends=True)[0])
    capsys.readouterr()
    again = await run()
    assert len(file.read_text().splitlines()) == 3
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert [replace(again.results[c.id, "suggestions"], seconds=0, first_ms=0, compiled=0) for c in cases] == [
        replace(result, seconds=0, first_ms=0, compiled=0) for result in results
    ]
