"""`sleepy fix` with a model that answers by rule, over HTTP: what it gets right is kept, whatever else it writes."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helpers.fault_server import MODEL, Faults, serving
from helpers.real_daemon import LIB, environment, tree

pytestmark = pytest.mark.slow

# Names that nothing is similar to, so that rustc has no suggestion.
CODE = """\
pub fn first(values: &[u8]) -> usize {
    frobnicate(values)
}

pub fn second(values: &[u8]) -> usize {
    bamboozle(values)
}
"""
FIRST, SECOND = "cannot find function `frobnicate`", "cannot find function `bamboozle`"


def edit(line: int, old: str, new: str, **more: str) -> str:
    """An answer in the line edits format."""
    return json.dumps({"edits": [{"line": line, "old": old, "new": new}], **more})


REPAIRS = {
    FIRST: edit(2, "    frobnicate(values)", "    values.len()"),
    SECOND: edit(6, "    bamboozle(values)", "    values.len()"),
}


def by_rule(rules: dict[str, str | None]) -> Callable[[str], str | None]:
    return lambda prompt: next((answer for said, answer in rules.items() if said in prompt), "I do not know.")


async def fixed(root: Path, home: Path, faults: Faults, *options: str, seconds: int = 60) -> tuple[Any, str]:
    """What `sleepy fix` printed: its object (or, without --json, its text), and what came on standard error."""
    async with serving(faults) as url:
        settings = {
            "SLEEPY_ENGINE__OLLAMA_URL": url,
            "SLEEPY_ENGINE__MODEL": MODEL,
            "SLEEPY_ENGINE__SAMPLES": "2",
            "SLEEPY_ENGINE__DEADLINE_SECONDS": "2",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sleepy_server", "fix", str(root), "--engine", "ollama", *options,
            env=environment(home) | settings, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await asyncio.wait_for(process.communicate(), seconds)
    report = json.loads(out) if "--json" in options else out.decode()
    assert process.returncode == (0 if "--json" in options and not report["remaining"] else 1)
    return report, err.decode()


async def test_round_after_round_until_green(tiny: Path, home: Path) -> None:
    """A model that sees the second repair only when the first one has been made."""
    (tiny / LIB).write_text(CODE)
    known = by_rule(dict(REPAIRS))
    faults = Faults(answer=lambda prompt: "No." if SECOND in prompt and "frobnicate" in prompt else known(prompt))
    report, _ = await fixed(tiny, home, faults, "--json", "--apply")
    assert (report["errors_before"], report["errors_after"], report["rounds"]) == (2, 0, 2)
    assert [(f["code"], f["source"], f["verdict"]) for f in report["fixes"]] == [
        ("E0425", "model", "better"),
        ("E0425", "model", "clean"),
    ]
    assert (tiny / LIB).read_text().count("    values.len()") == 2


@pytest.mark.parametrize(
    "second",
    [
        edit(6, "    bamboozle(values)", "    hoodwink(values)"),  # one error for another
        edit(6, "    bamboozle(values)", "    values.len() + oops"),  # gone, and a new one in its place
    ],
)
async def test_progress_is_kept_and_the_first_round_without_any_is_the_last(
    tiny: Path, home: Path, second: str
) -> None:
    (tiny / LIB).write_text(CODE)
    faults = Faults(answer=by_rule({**REPAIRS, SECOND: second}))
    report, _ = await fixed(tiny, home, faults, "--json", "--apply", "--rounds", "9")
    assert (report["errors_before"], report["errors_after"], report["rounds"]) == (2, 1, 2)
    assert [f["code"] for f in report["fixes"]] == ["E0425"]
    # What made no progress is rolled back: the tree has the one repair and nothing else.
    assert (tiny / LIB).read_text() == CODE.replace("frobnicate(values)", "values.len()")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("I think that you should call another function, such as `len`.", ""),
        (edit(2, "    frobnicate(values)", "    values.len()", file="src/other.rs"), ""),
        (edit(2, "    frobnicate(values)", '    include!("../../../secret.rs")'), ""),
        (edit(2, "    something_else(values)", "    values.len()"), ""),
        ("token " * 100_000, ""),
        (None, "The model did not answer: "),
    ],
    ids=["prose", "another file", "dots", "does not apply", "100,000 tokens", "never"],
)
async def test_an_answer_that_is_of_no_use_changes_nothing(
    tiny: Path, home: Path, answer: str | None, said: str
) -> None:
    (tiny / LIB).write_text(CODE)
    before = tree(tiny)
    faults = Faults(answer=lambda _: answer)
    printed, errors = await fixed(tiny, home, faults, "--apply")
    assert tree(tiny) == before
    assert printed.count("left E0425") == 2
    assert printed.count("The model did not answer") == (1 if said else 0)
    assert said in printed
    assert "Traceback" not in errors
    assert faults.asked
