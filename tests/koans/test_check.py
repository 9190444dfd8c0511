"""The compiler's answers, and programs that do not behave."""

import shutil
import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sleepy_koans.check import Checker, Crate
from sleepy_koans.koan import Koan, KoanError
from sleepy_koans.suggestions import suggested
from sleepy_koans.verify import verify

pytestmark = pytest.mark.slow

BROKEN = "pub fn twice(text: String) -> usize {\n    let kept = text;\n    kept.len() + text.len()\n}\n"
KOAN = Koan(
    id="moved/train-01",
    family="moved",
    split="train",
    template="one",
    edition="2024",
    files={"src/lib.rs": BROKEN + "// So that it is long enough.\n" * 6},
    solution={"src/lib.rs": BROKEN.replace("= text;", "= text.clone();")},
    codes=("E0382",),
    test='assert_eq!(twice("ab".to_string()), 4);',
)


def crate(text: str, **more: object) -> Crate:
    return replace(Crate({"src/lib.rs": text}), **more)


@pytest.fixture
def checker() -> Checker:
    return Checker()


def test_errors_come_with_codes_and_what_compiles_has_none(checker: Checker) -> None:
    assert [m.code for m in checker.check(crate(BROKEN)).errors] == ["E0382"]
    assert checker.check(crate(KOAN.solution["src/lib.rs"])).ok
    assert [m.code for m in checker.check(crate("fn f( {}")).errors] == ["no-code"]


def test_the_edition_and_further_files_count(checker: Checker) -> None:
    chain = "pub fn f(a: Option<u8>) -> bool {\n    if let Some(b) = a && b > 1 { true } else { false }\n}"
    assert checker.check(crate(chain)).ok
    assert not checker.check(crate(chain, edition="2021")).ok
    two = Crate({"src/lib.rs": "mod a;\npub use a::f;", "src/a.rs": "pub fn f() -> u8 { 1 }"})
    assert checker.check(two).ok
    assert checker.test(two, "assert_eq!(f(), 1);").outcome == "passed"


def test_lints_are_errors_where_they_are_the_fault(checker: Checker) -> None:
    text = "pub fn f(a: Option<u8>) -> bool {\n    a.map_or(false, |a| a > 1)\n}"
    lint = "clippy::unnecessary_map_or"
    assert [m.code for m in checker.check(crate(text, lints=(lint,), clippy=True)).errors] == [lint]
    assert checker.check(crate(text)).ok


def test_a_file_outside_of_the_crate_is_refused(checker: Checker) -> None:
    with pytest.raises(KoanError, match="lies outside of its crate"):
        checker.check(Crate({"src/lib.rs": "", "../other.rs": ""}))


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("assert_eq!(1 + 1, 2);", "passed"),
        ("assert_eq!(1 + 1, 3);", "failed"),
        ("std::process::exit(0);", "failed"),
        ("let a: u8 = 300;", "does not compile"),
        ("let mut kept = Vec::new(); loop { kept.push(vec![1u8; 1 << 20]); }", "failed"),  # memory
        ("loop { println!(\"{:0>9999}\", 1); }", "failed"),  # output
        ("fn f(n: u64) -> u64 { 1 + f(std::hint::black_box(n)) } f(1);", "failed"),  # stack
    ],
)  # fmt: skip
def test_a_program_under_test_passes_or_fails_and_ends(checker: Checker, body: str, outcome: str) -> None:
    assert checker.test(crate("pub fn f() {}"), body).outcome == outcome


def test_a_program_that_loops_for_ever_ends(checker: Checker) -> None:
    began = time.monotonic()
    assert checker.test(crate("pub fn f() {}"), "loop { std::hint::spin_loop(); }").outcome == "timeout"
    assert time.monotonic() - began < 30


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap")
def test_a_program_under_test_reaches_neither_network_nor_files(checker: Checker, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        alone = (
            f'assert!(std::net::TcpStream::connect("127.0.0.1:{listening.getsockname()[1]}").is_err());\n'
            f'assert!(std::fs::write("{tmp_path}/x", "x").is_err());\n'
            'assert!(std::fs::write("x", "x").is_err());\n'
            f'assert!(std::fs::read_dir("{Path.home()}").map_or(true, |mut all| all.next().is_none()));\n'
        )
        tested = checker.test(crate("pub fn f() {}"), alone)
        assert tested.outcome == "passed", tested.output


def test_answers_are_remembered_by_content(tmp_path: Path) -> None:
    with Checker(tmp_path / "cache.sqlite") as checker:
        first = checker.judge(KOAN, KOAN.solution)
        checker.toolchain = replace(checker.toolchain, rustc="/nowhere")  # nobody could ask again
        assert first.solved
        assert checker.judge(KOAN, KOAN.solution) == first
        assert checker.check(crate("pub fn other() {}")).crashed


def test_a_broken_cache_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "cache.sqlite").write_bytes(b"no database at all" * 100)
    with Checker(tmp_path / "cache.sqlite") as checker:
        assert checker.judge(KOAN, KOAN.solution).solved


def test_a_right_koan_has_no_problems_and_its_fact(checker: Checker) -> None:
    verified = verify(KOAN, checker, facts=True)
    assert (verified.problems, verified.koan.suggestion_repairs) == ((), True)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"files": KOAN.solution}, "the broken crate compiles"),
        ({"codes": ("E0308",)}, "fails with E0382, not with E0308"),
        ({"solution": KOAN.files}, "the solution has the error E0382"),
        ({"solution": {"src/lib.rs": "pub fn twice(t: String) -> usize { let a = 1; 2 }"}}, "unused_variables"),
        ({"test": "assert!(false);"}, "the solution's test: failed"),
        ({"wrong": (KOAN.solution,)}, "wrong repair 1 passes the test"),
        ({"wrong": (KOAN.files,)}, "wrong repair 1 does not compile"),
        ({"files": {"src/lib.rs": BROKEN}}, "has 4 lines"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_koan_is_told(checker: Checker, change: dict[str, object], complaint: str) -> None:
    assert any(complaint in problem for problem in verify(replace(KOAN, **change), checker).problems)


def test_suggestions_become_crates(checker: Checker) -> None:
    made = suggested(KOAN.files, checker.check(Crate.of(KOAN, KOAN.files)))
    assert any(".clone()" in files["src/lib.rs"] for files in made)


def test_a_koan_for_another_processor_is_skipped_with_the_reason(checker: Checker) -> None:
    done = verify(replace(KOAN, arch="m68k"), checker)
    assert (done.problems, done.skipped.startswith("it needs m68k, and rustc compiles for ")) == ((), True)
    assert checker.toolchain.arch
    assert not verify(replace(KOAN, arch=checker.toolchain.arch), checker).skipped


def test_messages_say_nothing_of_the_folder_that_was_compiled_in() -> None:
    source = (
        "use std::collections::BTreeMap;\n"
        "pub fn low(counts: &BTreeMap<String, Vec<(String, u32)>>) -> Vec<(String, Vec<(String, u32)>)> {\n"
        "    let few = counts.iter().filter(|(_, count)| count.len() < 3);\n"
        "    few.filter(|(name, _)| !name.is_empty()).cloned().collect()\n"
        "}\n"
    )
    with Checker() as checker:
        told = [checker.check(Crate({"src/lib.rs": source})).errors[0].raw for _ in range(2)]
    assert "long-type" in str(told[0])
    assert told[0] == told[1]
