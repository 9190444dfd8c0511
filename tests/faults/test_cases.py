"""Cases from a crate: the same for a seed, each rejected by the compiler, the original taken by it."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from faults.cases import Case, Scratch, load, make
from faults.crates import CRATES, cargo, chosen, manifest
from sleepy_core.model import Edit
from sleepy_core.text import apply_edits, digest, read_text

TINY = Path(__file__).parents[1] / "fixtures/tiny"
LIB = "src/lib.rs"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """The smallest crate, with its one error mended and something more to break."""
    root = tmp_path / "tiny"
    shutil.copytree(TINY, root, ignore=shutil.ignore_patterns("target", "Cargo.lock"))
    text = read_text(root / LIB).replace("join(names)", "join(names.clone())", 1)
    (root / LIB).write_text(
        text + "\n/// Who is called.\n#[derive(Clone, Debug)]\npub struct Caller {\n    pub name: String,\n}\n"
    )
    return root


def test_a_case_is_the_same_after_writing_and_reading() -> None:
    case = Case("tiny", "0.1.0", ("drop_mut",), {LIB: digest("ä")}, {LIB: (Edit(0, 1, "ö"),)}, ("", "E0308"), 2)
    assert Case.from_json(case.to_json()) == case
    assert Case.from_json(case.to_json()).id == case.id


def test_a_case_is_only_of_the_text_that_it_was_made_of(tiny: Path) -> None:
    text = read_text(tiny / LIB)
    case = Case("tiny", "0.1.0", ("drop_mut",), {LIB: digest(text)}, {LIB: (Edit(0, 1, "ö"),)}, ("",), 1)
    assert case.broken(tiny) == {LIB: "ö" + text[1:]}
    (tiny / LIB).write_text(text + "\n")
    with pytest.raises(ValueError, match="is not the text"):
        case.broken(tiny)


def test_the_splits_share_no_crate() -> None:
    dev, held_out = ({crate.name for crate in chosen(split)} for split in ("dev", "held-out"))
    assert dev
    assert held_out
    assert not dev & held_out
    assert dev | held_out == {crate.name for crate in CRATES}
    assert [crate.name for crate in chosen("json")] == ["json"]


def test_what_stands_alone_has_no_dependencies_and_only_features_that_need_none() -> None:
    published = {
        "package": {"name": "a", "version": "1.0.0", "edition": "2021", "build": "build.rs"},
        "dependencies": {"serde": {"version": "1", "optional": True}},
        "dev-dependencies": {"rand": "0.8"},
        "features": {"default": ["std", "serde"], "std": [], "serde": ["dep:serde"], "all": ["std", "serde?/std"]},
    }
    assert tomllib.loads(manifest(published)) == {
        "package": {"name": "a", "version": "1.0.0", "edition": "2021"},
        "workspace": {},
        "lib": {"path": "src/lib.rs"},
        "features": {"default": ["std"], "std": []},
    }


@pytest.mark.slow
def test_a_seed_makes_cases_that_the_compiler_rejects(tiny: Path, tmp_path: Path) -> None:
    with Scratch(tiny, tmp_path / "scratch") as scratch:
        first = list(make("tiny", "0.1.0", scratch, count=6, seed=1))
        again = list(make("tiny", "0.1.0", scratch, count=6, seed=1))
        other = list(make("tiny", "0.1.0", scratch, count=6, seed=2))
    assert len(first) == 6
    assert first == again
    assert first != other
    assert len({case.id for case in first}) == 6
    assert len({code for case in first for code in case.codes}) >= 4  # a broad mix
    target = tmp_path / "target"
    assert cargo(tiny, "check", "-q", "--all-targets", target=target).returncode == 0
    for case in first:
        original = case.original(tiny)
        for file, text in case.broken(tiny).items():
            assert text == apply_edits(original[file], case.edits[file])
            (tiny / file).write_text(text)
        said = cargo(tiny, "check", "-q", "--all-targets", target=target)
        assert said.returncode != 0
        assert all(f"error[{code}]" in said.stderr for code in case.codes if code)
        for file, text in original.items():
            (tiny / file).write_text(text)


@pytest.mark.slow
def test_cases_are_made_once_and_then_read(tiny: Path, tmp_path: Path) -> None:
    made = load("tiny", "0.1.0", tiny, tmp_path, count=3, seed=1)
    shutil.rmtree(tiny / "src")  # what is read needs no crate
    assert load("tiny", "0.1.0", tiny, tmp_path, count=3, seed=1) == made


@pytest.mark.slow
def test_a_crate_that_does_not_compile_is_not_broken_further(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not compile"), Scratch(TINY, tmp_path / "scratch"):
        pass
