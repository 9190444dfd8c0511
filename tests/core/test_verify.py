"""Verdicts on patches, what is refused unseen, and the verifier with a real cargo."""

from __future__ import annotations

import contextlib
import dataclasses
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.cargo_projects import package, project
from sleepy_core.cargo.check import CheckRequest, run_check
from sleepy_core.model import (
    CheckEnd,
    CheckResult,
    Diagnostic,
    Edit,
    FilePatch,
    Level,
    Patch,
    Position,
    RelPath,
    Span,
    Target,
    VerdictKind,
)
from sleepy_core.repo.shadow import Place
from sleepy_core.settings import Settings
from sleepy_core.text import digest
from sleepy_core.verify import (
    BORROWCK,
    BRACKETS,
    LINT,
    PARSE,
    RESOLVE,
    TYPECK,
    Slots,
    Verifier,
    first_things,
    phase,
    refusal,
    verdict,
)

CLEAN, BETTER, UNMASKS, BREAKS = VerdictKind.CLEAN, VerdictKind.BETTER, VerdictKind.UNMASKS, VerdictKind.BREAKS


def error(code: str, message: str = "", *, package: str = "app", target: str = "lib", file: str = "") -> Diagnostic:
    file = file or f"{package}/src/lib.rs"
    span = Span(file, Position(0, 0), Position(0, 1))
    return Diagnostic(code, Level.ERROR, message or code, file, span, package, target)


def result(
    *errors: Diagnostic,
    built: str = "app lib",
    reached: set[tuple[str, str]] | None = None,
    packages: str = "",
    end: CheckEnd = CheckEnd.DONE,
    problem: str = "",
) -> CheckResult:
    """A check; what had errors was reached, and so were the libraries of the packages in `built`."""
    pairs = {(name, "lib") for name in built.split()} if reached is None else reached
    pairs |= {(d.package, d.target) for d in errors}
    return CheckResult(
        end, errors, frozenset(packages.split()), frozenset(name for name, _ in pairs), 0.1, problem, frozenset(pairs)
    )


# One error, as the build of the library and that of its tests tell it.
SHORT, LONG = error("E0063", "missing field in `Lot`"), error("E0063", "missing field in `lot::Lot`", target="lib test")
PARSING, RESOLVING = error("", "expected `;`"), error("E0425", "cannot find `x`")
TYPES, TYPES2, BORROW, LINTED = error("E0308"), error("E0277"), error("E0382"), error("unused_must_use")
IN_LIB = error("E0308", package="lib")
IN_TEST = error("E0425", target="test it", file="app/tests/it.rs")


@pytest.mark.parametrize(
    ("before", "after", "target", "expected", "remaining"),
    [
        # The error is gone, and nothing else
        (result(TYPES), result(), TYPES, CLEAN, 0),
        (result(TYPES, TYPES2), result(TYPES2), TYPES, BETTER, 1),
        (result(TYPES, TYPES2), result(), TYPES, CLEAN, 0),
        (result(TYPES, IN_LIB), result(IN_LIB), TYPES, BETTER, 1),
        # Which target tells an error first is up to chance
        (result(TYPES, SHORT), result(LONG), TYPES, BETTER, 1),
        # It is still there
        (result(SHORT), result(LONG), SHORT, BREAKS, 1),
        (result(TYPES), result(TYPES), TYPES, BREAKS, 1),
        (result(TYPES, TYPES2), result(TYPES), TYPES, BREAKS, 1),
        # Counted as a multiset: one of two alike is gone, or both, or one more has come
        (result(TYPES, TYPES), result(TYPES), TYPES, BETTER, 1),
        (result(TYPES, TYPES), result(), TYPES, CLEAN, 0),
        (result(TYPES, TYPES), result(TYPES, TYPES), TYPES, BREAKS, 2),
        (result(TYPES, TYPES2), result(TYPES2, TYPES2), TYPES, BREAKS, 2),
        # New ones of a later phase, that it hid
        (result(PARSING), result(RESOLVING), PARSING, UNMASKS, 1),
        (result(RESOLVING), result(TYPES, TYPES2), RESOLVING, UNMASKS, 2),
        (result(TYPES), result(BORROW), TYPES, UNMASKS, 1),
        (result(BORROW), result(LINTED), BORROW, UNMASKS, 1),
        # New ones of the same or an earlier phase
        (result(TYPES), result(TYPES2), TYPES, BREAKS, 1),
        (result(TYPES), result(RESOLVING), TYPES, BREAKS, 1),
        (result(BORROW), result(PARSING), BORROW, BREAKS, 1),
        (result(TYPES), result(BORROW, TYPES2), TYPES, BREAKS, 2),
        # Packages and targets that were not reached before may say anything
        (result(IN_LIB, built=""), result(TYPES), IN_LIB, UNMASKS, 1),
        (result(BORROW), result(IN_TEST), BORROW, UNMASKS, 1),
        # Those that were reached, and had nothing to hide, may not
        (result(TYPES), result(error("E0382", package="lib")), TYPES, BREAKS, 1),
        (result(BORROW, reached={("app", "test it")}), result(IN_TEST), BORROW, BREAKS, 1),
        # Gone only because the compiler did not get there any more
        (result(TYPES), result(error("E0382", package="lib"), reached=set()), TYPES, BREAKS, 1),
        (result(TYPES, IN_LIB), result(IN_LIB, reached=set()), TYPES, BREAKS, 1),
        # Only the packages that were looked at count
        (result(TYPES, IN_LIB), result(packages="app", built="app"), TYPES, CLEAN, 0),
        (result(TYPES, IN_LIB), result(packages="lib", built="lib"), TYPES, BREAKS, 0),
        (result(IN_LIB, TYPES, built=""), result(TYPES, packages="lib app"), IN_LIB, BETTER, 1),
        # … with those that they need, which cargo builds too
        (result(TYPES, IN_LIB), result(IN_LIB, packages="app"), TYPES, BETTER, 1),
        # Checks that did not come to an end
        (result(TYPES), result(end=CheckEnd.FAILED, problem="no lock"), TYPES, BREAKS, 1),
        (result(TYPES), result(end=CheckEnd.TIMEOUT, problem="too long"), TYPES, BREAKS, 1),
        (result(TYPES), result(end=CheckEnd.KILLED), TYPES, BREAKS, 1),
        # An error that was never there cannot be repaired
        (result(TYPES), result(), TYPES2, BREAKS, 0),
    ],
)
def test_verdicts(
    before: CheckResult, after: CheckResult, target: Diagnostic, expected: VerdictKind, remaining: int
) -> None:
    found = verdict(before, after, target.identity)
    assert (found.kind, found.remaining) == (expected, remaining)
    assert bool(found.reason) == (expected is BREAKS)


def test_a_verdict_names_what_is_fixed_and_what_is_new() -> None:
    found = verdict(result(RESOLVING, TYPES), result(BORROW), RESOLVING.identity)
    assert set(found.fixed) == {RESOLVING.identity, TYPES.identity}
    assert found.new == (BORROW.identity,)


def test_a_failed_check_says_why() -> None:
    found = verdict(result(TYPES), result(end=CheckEnd.FAILED, problem="cargo: no lock"), TYPES.identity)
    assert found.reason == "cargo: no lock"


def test_without_knowledge_of_targets_packages_decide() -> None:
    before = CheckResult(CheckEnd.DONE, (IN_LIB,), frozenset(), frozenset({"lib"}), 0.1)
    after = CheckResult(CheckEnd.DONE, (TYPES,), frozenset(), frozenset({"lib", "app"}), 0.1)
    assert verdict(before, after, IN_LIB.identity).kind is UNMASKS


ERRORS = st.lists(
    st.builds(
        error,
        st.sampled_from(["", "E0425", "E0308", "E0277", "E0382", "unused_must_use"]),
        package=st.sampled_from(["app", "lib"]),
        target=st.sampled_from(["lib", "test it"]),
    ),
    max_size=6,
)
CHECKS = st.builds(
    lambda errors, built, packages, end: result(*errors, built=built, packages=packages, end=end, problem="p"),
    ERRORS,
    st.sampled_from(["", "app", "lib", "app lib"]),
    st.sampled_from(["", "app", "app lib"]),
    st.sampled_from([CheckEnd.DONE, CheckEnd.DONE, CheckEnd.DONE, *CheckEnd]),
)


@given(CHECKS, CHECKS, ERRORS.filter(bool))
def test_no_verdict_offers_what_does_not_repair(
    before: CheckResult, after: CheckResult, some: list[Diagnostic]
) -> None:
    target = some[0].identity
    found = verdict(before, after, target)
    was = Counter(d.identity for d in before.errors)
    now = Counter(d.identity for d in after.errors)
    if found.kind.offered:
        assert after.end is CheckEnd.DONE
        assert now[target] < was[target]
        assert target in found.fixed
    if found.kind is CLEAN:
        assert not after.errors
    if found.kind is BETTER:
        assert found.remaining
        assert not found.new
    if found.kind is UNMASKS:
        assert found.new
    assert not set(found.new) & set(found.fixed)


@given(CHECKS.filter(lambda check: check.end is CheckEnd.DONE and check.errors))
def test_changing_nothing_repairs_nothing(check: CheckResult) -> None:
    assert verdict(check, check, check.errors[0].identity).kind is BREAKS


@pytest.mark.parametrize(
    ("diagnostic", "expected"),
    [
        (error("", "expected one of `!` or `;`, found `x`"), PARSE),
        (error("", "mismatched closing delimiter: `}`"), BRACKETS),
        (error("", "this file contains an unclosed delimiter"), BRACKETS),
        (error("", "cannot find macro `prinln` in this scope"), RESOLVE),
        (error("E0433"), RESOLVE),
        (error("E0308"), TYPECK),
        (error("", "future cannot be sent between threads safely"), TYPECK),
        (error("E0502"), BORROWCK),
        (error("", "lifetime may not live long enough"), BORROWCK),
        (error("", "linking with `cc` failed: exit status: 1"), LINT),
        (error("clippy::len_zero"), LINT),
    ],
)
def test_phases_follow_the_compilers(diagnostic: Diagnostic, expected: int) -> None:
    assert phase(diagnostic) == expected


# --- Refusals ------------------------------------------------------------------------------------

ROOT = Path("/home/me/ws")
APP = package(ROOT / "app", "app", build_script=True)
WORKSPACE = project(
    ROOT,
    APP,
    package(ROOT / "macros", "macros", kind="proc-macro"),
    package(Path("/home/me/other"), "other", member=False),
)


def patch(file: RelPath, text: str = "x") -> Patch:
    return Patch((FilePatch(file, digest(""), (Edit(0, 0, text),)),))


def rewrite(file: RelPath, old: str, new: str) -> Patch:
    return Patch((FilePatch(file, digest(old), (Edit(0, len(old), new),)),))


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("app/build.rs", "build script"),
        ("app/build/helper.rs", "build script"),
        ("app/src/build.rs", "build script"),
        ("macros/src/lib.rs", "procedural macros"),
        ("macros/src/deep/mod.rs", "procedural macros"),
        ("Cargo.toml", "not Rust source"),
        ("app/Cargo.toml", "not Rust source"),
        ("Cargo.lock", "not Rust source"),
        ("rust-toolchain.toml", "not Rust source"),
        ("app/rust-toolchain", "not Rust source"),
        ("app/.cargo/config.toml", "not Rust source"),
        ("app/.cargo/runner.rs", "configures cargo"),
        ("app/src/template.html", "not Rust source"),
        ("../other/src/lib.rs", "not a path within"),
        ("app/../../secret.rs", "not a path within"),
        ("app/src/../build.rs", "not a path within"),
        ("/etc/passwd.rs", "not a path within"),
        ("C:/windows.rs", "not a path within"),
        ("app\\src\\lib.rs", "not a path within"),
        ("stray.rs", "outside of the workspace"),
    ],
)
def test_what_runs_or_lies_outside_is_refused(file: RelPath, why: str) -> None:
    assert why in (refusal(patch(file), WORKSPACE) or "allowed")


def test_one_bad_file_refuses_the_whole_patch() -> None:
    both = Patch(patch("app/src/lib.rs").files + patch("app/build.rs").files)
    assert "build script" in (refusal(both, WORKSPACE) or "allowed")


def test_a_build_script_by_another_name_is_one() -> None:
    named = Target("build-script-make", ("custom-build",), ROOT / "app/src/make.rs")
    app = package(ROOT / "app", "app")
    workspace = project(ROOT, dataclasses.replace(app, targets=(*app.targets, named)))
    assert "build script" in (refusal(patch("app/src/make.rs"), workspace) or "allowed")


@pytest.mark.parametrize("text", ["todo!()", 'unimplemented!("later")', "x = todo !( )", "std::todo!()"])
def test_unwritten_code_is_no_repair(text: str) -> None:
    assert "repair nothing" in (refusal(patch("app/src/lib.rs", text), WORKSPACE) or "allowed")


def test_rewriting_a_line_that_holds_a_todo_already_is_allowed() -> None:
    old = "fn f() -> Strin { todo!() }\n"
    rewritten = rewrite("app/src/lib.rs", old, old.replace("Strin", "String"))
    assert refusal(rewritten, WORKSPACE, {"app/src/lib.rs": old}) is None
    assert refusal(rewritten, WORKSPACE) is not None


def test_a_file_that_says_it_is_generated_is_not_patched() -> None:
    old = "// @generated by bindgen\npub fn f() {}\n"
    rewritten = Patch((FilePatch("app/src/lib.rs", "", (Edit(0, 0, "x"),)),))
    assert "generated" in (refusal(rewritten, WORKSPACE, {"app/src/lib.rs": old}) or "allowed")
    assert refusal(rewritten, WORKSPACE, {"app/src/lib.rs": "pub fn f() {}\n"}) is None


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("app/src/lib.rs", "let todos = 1;"),
        ("app/src/deep/mod.rs", "unsafe { f() }"),
        ("app/src/lib.rs", "unreachable!()"),
        ("app/src/lib.rs", "my_todo!()"),
    ],
)
def test_honest_patches_are_allowed(file: RelPath, text: str) -> None:
    assert refusal(patch(file, text), WORKSPACE) is None


# --- The verifier --------------------------------------------------------------------------------


def test_in_a_file_that_cannot_be_parsed_only_that_is_repaired_at_first() -> None:
    comma = error("", "expected one of `,` or `}`, found `value`")
    consequence, elsewhere = error("E0063"), error("E0063", file="app/src/other.rs")
    assert first_things([consequence, comma, elsewhere]) == [comma, elsewhere]
    assert first_things([consequence, elsewhere]) == [consequence, elsewhere]


class FakeSlot:
    """A folder that takes the patched texts, and gives the source's back for the next one."""

    def __init__(self, root: Path, texts: Mapping[RelPath, str]) -> None:
        self.root = root
        self.target_dir = root.parent / "target"
        self._texts = texts
        self.synced: list[Mapping[RelPath, str]] = []

    async def sync(self, overlay: Mapping[RelPath, str]) -> frozenset[RelPath]:
        self.synced.append(overlay)
        for file, text in {**self._texts, **overlay}.items():
            path = self.root / file
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.read_text() != text:
                path.write_text(text)
        return frozenset(overlay)


class FakePool:
    """One slot, for one caller at a time."""

    def __init__(self, slot: FakeSlot) -> None:
        self.the_slot = slot

    @contextlib.asynccontextmanager
    async def lay(self, patched: Mapping[RelPath, str]) -> AsyncIterator[Place]:
        await self.the_slot.sync(patched)
        yield Place(self.the_slot.root, self.the_slot.target_dir)


BROKEN = "pub fn f() -> u32 { let n: u32 = g(); n }\npub fn g() -> u64 { 1 }\n#[test] fn t() { assert_eq!(f(), 2); }\n"
MANIFEST = '[package]\nname = "ws"\nversion = "0.1.0"\nedition = "2021"\n'


@pytest.mark.slow
@pytest.mark.parametrize("run_tests", [False, True])
async def test_patches_are_compiled_in_a_slot_and_judged(tmp_path: Path, run_tests: bool) -> None:
    root = tmp_path / "ws"
    texts = {"Cargo.toml": MANIFEST, "src/lib.rs": BROKEN}
    slot = FakeSlot(root, texts)
    await slot.sync({})
    workspace = project(root, package(root, "ws"))
    settings = Settings().with_changes({"fix": {"run_tests": run_tests}, "shadow": {"sandbox": "off"}})
    verifier = Verifier(Slots(FakePool(slot), FakePool(slot)), workspace, settings)  # type: ignore[arg-type]
    request = CheckRequest(
        workspace, root, slot.target_dir, frozenset(), "check", settings.check, sandbox=None, offline=True
    )
    base = await run_check(request)
    (target,) = base.errors

    async def judge(old: str, new: str) -> tuple[VerdictKind, str]:
        repair = rewrite("src/lib.rs", BROKEN, BROKEN.replace(old, new))
        found = await verifier.verify(base, texts, repair, target.identity)
        assert found.ms > 0
        return found.kind, found.reason

    repaired = (CLEAN, "") if not run_tests else (BETTER, "1 tests fail: t")
    assert await judge("u64", "u32") == repaired
    assert await judge("u64 { 1 }", "u32 { 2 }") == (CLEAN, "")
    assert await judge("u64", "i64") == (BREAKS, "the error is still there")
    kind, reason = await judge("let n: u32 = g(); n", "h()")
    assert (kind, reason) == (BREAKS, "it brings a new error: cannot find function `h` in this scope")
    kind, reason = await judge("let n: u32 = g(); n", "let v = vec![1]; drop(v); v.len() as u32")
    assert kind is UNMASKS


async def test_a_refused_patch_is_not_compiled(tmp_path: Path) -> None:
    slot = FakeSlot(tmp_path, {})
    verifier = Verifier(Slots(FakePool(slot), FakePool(slot)), WORKSPACE, Settings())  # type: ignore[arg-type]
    found = await verifier.verify(result(TYPES), {}, patch("app/build.rs"), TYPES.identity)
    assert (found.kind, slot.synced) == (BREAKS, [])
    assert "build script" in found.reason
