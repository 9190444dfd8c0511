"""Running cargo: the real one on small crates, and impostors that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from helpers.cargo_projects import package, project
from sleepy_core.cargo.check import CheckRequest, arguments, environment, run_check
from sleepy_core.model import CheckEnd, Diagnostic
from sleepy_core.repo.sandbox import Sandbox
from sleepy_core.settings import CheckSettings

posix = pytest.mark.skipif(sys.platform == "win32", reason="the impostors are shell scripts")


def crate(root: Path, lib: str, *, name: str = "demo", build: str = "") -> Path:
    (root / "src").mkdir(parents=True)
    (root / "Cargo.toml").write_text(f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n')
    (root / "src/lib.rs").write_text(lib)
    if build:
        (root / "build.rs").write_text(build)
    return root


def request(root: Path, **changes: object) -> CheckRequest:
    values: dict[str, object] = {
        "project": project(root, package(root, "demo")),
        "root": root,
        "target_dir": root.parent / "target",
        "packages": frozenset(),
        "command": "check",
        "settings": CheckSettings(),
        "offline": True,
    }
    return CheckRequest(**(values | changes))  # type: ignore[arg-type]


def impostor(folder: Path, script: str) -> CheckSettings:
    """Settings with a cargo that is a shell script."""
    program = folder / "cargo-impostor"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return CheckSettings(cargo=str(program))


def descendants(marker: str) -> list[psutil.Process]:
    """Living processes that speak of a folder in their command line or run in it."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd", "status"]):
        told = " ".join(process.info["cmdline"] or ()) + " " + (process.info["cwd"] or "")
        if marker in told and process.info["status"] != psutil.STATUS_ZOMBIE and process.pid != os.getpid():
            found.append(process)
    return found


async def gone(marker: str) -> bool:
    """Is nobody left, at the latest a second from now?"""
    for _ in range(20):
        if not descendants(marker):
            return True
        await asyncio.sleep(0.05)
    return False


# --- The command line ----------------------------------------------------------------------------


def test_all_members_and_all_targets_are_checked_by_default(tmp_path: Path) -> None:
    argv = arguments(request(tmp_path))
    assert argv == ["cargo", "check", "--message-format=json", "--keep-going", "--workspace", "--all-targets"]


def test_packages_are_named_so_that_versions_cannot_be_mixed_up(tmp_path: Path) -> None:
    argv = arguments(request(tmp_path, packages=frozenset({"demo"})))
    assert argv[argv.index("-p") + 1] == "demo@0.1.0"
    assert "--workspace" not in argv


@pytest.mark.parametrize(
    ("features", "expected"), [([], []), ("all", ["--all-features"]), (["a", "b"], ["--features=a,b"])]
)
def test_features_are_passed_on(tmp_path: Path, features: object, expected: list[str]) -> None:
    settings = CheckSettings(all_targets=False, features=features)  # type: ignore[arg-type]
    argv = arguments(request(tmp_path, settings=settings))
    assert [a for a in argv if "features" in a] == expected
    assert "--all-targets" not in argv


def test_cargo_test_has_a_flag_of_its_own_to_go_on(tmp_path: Path) -> None:
    argv = arguments(request(tmp_path, command="test"))
    assert "--no-fail-fast" in argv
    assert "--keep-going" not in argv


def test_the_network_is_used_only_when_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARGO_NET_OFFLINE", raising=False)
    assert environment(request(tmp_path))["CARGO_NET_OFFLINE"] == "true"
    assert "CARGO_NET_OFFLINE" not in environment(request(tmp_path, offline=False))
    assert environment(request(tmp_path))["CARGO_TARGET_DIR"] == str(tmp_path.parent / "target")


# --- The real cargo ------------------------------------------------------------------------------


@pytest.mark.slow
async def test_errors_are_told_while_cargo_runs_and_in_the_result(tmp_path: Path) -> None:
    root = crate(tmp_path / "demo", 'pub fn f() -> u8 { "x" }\n')
    heard: list[Diagnostic] = []
    result = await run_check(request(root), heard.append)
    assert result.end is CheckEnd.DONE
    assert [d.code for d in heard] == ["E0308"]
    assert result.diagnostics == tuple(heard)
    assert (result.built, result.reached) == (frozenset({"demo"}), frozenset({("demo", "lib")}))
    assert result.seconds > 0
    assert not (root / "target").exists()


@pytest.mark.slow
async def test_a_green_crate_has_no_errors_and_is_reached(tmp_path: Path) -> None:
    root = crate(tmp_path / "demo", "pub fn f() -> u8 { 1 }\n")
    result = await run_check(request(root))
    assert (result.end, result.errors, result.problem) == (CheckEnd.DONE, (), "")
    assert ("demo", "lib") in result.reached


@pytest.mark.slow
async def test_clippy_speaks_the_same_language(tmp_path: Path) -> None:
    root = crate(tmp_path / "demo", "pub fn f(v: &[u8]) -> bool { v.len() == 0 }\n")
    result = await run_check(request(root, command="clippy"))
    assert [d.code for d in result.diagnostics] == ["clippy::len_zero"]


@pytest.mark.slow
async def test_a_broken_manifest_is_told_in_cargos_words(tmp_path: Path) -> None:
    root = crate(tmp_path / "demo", "")
    (root / "Cargo.toml").write_text("[package\n")
    result = await run_check(request(root))
    assert result.end is CheckEnd.FAILED
    assert "cargo" in result.problem
    assert "\n" not in result.problem
    assert "expected `]`" in result.problem or "unclosed table" in result.problem


@pytest.mark.slow
async def test_a_build_script_that_fails_is_told_with_its_reason(tmp_path: Path) -> None:
    root = crate(tmp_path / "demo", "", build='fn main() { panic!("no database here") }\n')
    result = await run_check(request(root))
    assert result.end is CheckEnd.FAILED
    assert "failed to run custom build command" in result.problem
    assert "no database here" in result.problem


@pytest.mark.slow
@posix
async def test_errors_beside_a_killed_compiler_are_not_taken_for_all_of_them(tmp_path: Path) -> None:
    """What the killed one would have said is missing, so the check was none."""
    root = crate(tmp_path / "demo", "pub fn f() -> u8 { 1 }\n")
    (root / "examples").mkdir()
    (root / "examples/wrong.rs").write_text("fn main() { let x: u8 = true; }\n")
    wrapper = tmp_path / "rustc"
    wrapper.write_text('#!/bin/sh\ncase "$*" in *"--crate-name demo"*--test*) kill -9 $$;; esac\nexec "$@"\n')
    wrapper.chmod(0o755)
    (root / ".cargo").mkdir()
    (root / ".cargo/config.toml").write_text(f'[build]\nrustc-wrapper = "{wrapper}"\n')
    result = await run_check(request(root))
    assert [d.code for d in result.errors] == ["E0308"]
    assert (result.end, result.problem) == (
        CheckEnd.FAILED,
        "cargo: the compiler was killed by signal 9 (is there enough memory?)",
    )


@pytest.mark.slow
async def test_failing_tests_are_the_problem_of_a_green_check(tmp_path: Path) -> None:
    root = crate(tmp_path / "demo", "#[test] fn right() {}\n#[test] fn wrong() { assert_eq!(1, 2); }\n")
    result = await run_check(request(root, command="test"))
    assert (result.end, result.errors) == (CheckEnd.DONE, ())
    assert "wrong" in result.problem
    assert "right" not in result.problem


ENDLESS = "fn main() { println!(\"cargo::rerun-if-changed=build.rs\"); loop { std::thread::sleep(std::time::Duration::from_secs(1)) } }\n"  # fmt: skip  # noqa: E501


async def started_building(target: Path) -> None:
    for _ in range(600):
        # A process may be gone, or a zombie, by the time that it is asked.
        with contextlib.suppress(psutil.Error):
            if any("build-script-build" in " ".join(p.cmdline()) for p in descendants(str(target))):
                return
        await asyncio.sleep(0.05)
    raise AssertionError("the build script was never started")


@pytest.mark.slow
@pytest.mark.parametrize("sandboxed", [False, True])
async def test_a_cancelled_check_leaves_no_process_behind(tmp_path: Path, sandboxed: bool) -> None:
    sandbox = Sandbox.detect("auto") if sandboxed else None
    if sandboxed and sandbox is None:
        pytest.skip("no bubblewrap")
    root = crate(tmp_path / "demo", "", build=ENDLESS)
    # The sandbox lets nobody write into the tree, so the lock file has to be there.
    subprocess.run(["cargo", "generate-lockfile", "--offline", "-q"], cwd=root, check=True)
    task = asyncio.create_task(run_check(request(root, sandbox=sandbox)))
    await started_building(tmp_path / "target")
    assert all(p.nice() >= 5 for p in descendants(str(tmp_path / "target")) if "build-script-build" in p.name())
    task.cancel()
    start = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - start < 2
    assert await gone(str(tmp_path))


@pytest.mark.slow
async def test_a_check_past_its_deadline_is_stopped_as_a_whole(tmp_path: Path) -> None:
    root = crate(tmp_path / "demo", "", build=ENDLESS)
    result = await run_check(request(root, settings=CheckSettings(deadline_seconds=4)))
    assert result.end is CheckEnd.TIMEOUT
    assert "longer than 4 s" in result.problem
    assert await gone(str(tmp_path))


# --- Impostors -----------------------------------------------------------------------------------


async def test_a_missing_cargo_is_told_with_the_way_to_get_one(tmp_path: Path) -> None:
    result = await run_check(request(tmp_path, settings=CheckSettings(cargo="no-such-cargo")))
    assert result.end is CheckEnd.FAILED
    assert "no-such-cargo was not found" in result.problem
    assert "https://rustup.rs" in result.problem


async def test_a_missing_folder_is_not_blamed_on_cargo(tmp_path: Path) -> None:
    result = await run_check(request(tmp_path / "nowhere", settings=CheckSettings(cargo=sys.executable)))
    assert result.end is CheckEnd.FAILED
    assert "nowhere" in result.problem


MESSAGE = json.dumps(
    {
        "reason": "compiler-message",
        "package_id": "path+file:///demo#0.1.0",
        "target": {"name": "demo", "kind": ["lib"], "src_path": "src/lib.rs"},
        "message": {"level": "error", "message": "no", "code": None, "spans": [], "children": []},
    }
)


@posix
@pytest.mark.parametrize(
    ("script", "end", "problem"),
    [
        ("echo 'error: could not read the lock' >&2; exit 101", CheckEnd.FAILED, "could not read the lock"),
        ("echo hello; exit 0", CheckEnd.FAILED, "exit code 0"),
        ("kill -9 $$", CheckEnd.FAILED, "signal 9"),
        ("echo 'error: could not compile' >&2; kill -9 $$", CheckEnd.FAILED, "cargo check was killed by signal 9"),
        (f"printf '%s' '{MESSAGE[:60]}'; exit 1", CheckEnd.FAILED, "exit code 1"),
        (f"echo '{MESSAGE}'; kill -9 $$", CheckEnd.FAILED, "signal 9"),
        ('echo \'{"reason":"build-finished","success":true}\'', CheckEnd.DONE, ""),
        (
            "head -c 3000000 /dev/zero | tr '\\0' x >&2; printf '\\nerror: at last\\n' >&2; exit 1",
            CheckEnd.FAILED,
            "at last",
        ),
        ('head -c 3000000 /dev/zero; echo; echo \'{"reason":"build-finished","success":true}\'', CheckEnd.DONE, ""),
    ],
)
async def test_a_misbehaving_cargo_ends_in_a_sentence(tmp_path: Path, script: str, end: CheckEnd, problem: str) -> None:
    root = tmp_path / "demo"
    root.mkdir()
    result = await run_check(request(root, settings=impostor(tmp_path, script)))
    assert result.end is end
    assert problem in result.problem
    assert "\n" not in result.problem


@posix
async def test_a_process_that_left_the_group_and_holds_the_output_does_not_hold_us(tmp_path: Path) -> None:
    root = tmp_path / "demo"
    root.mkdir()
    settings = impostor(tmp_path, "setsid sleep 30 & sleep 30").model_copy(update={"deadline_seconds": 0.3})
    start = time.monotonic()
    result = await run_check(request(root, settings=settings))
    for process in descendants("sleep 30"):
        process.kill()
    assert result.end is CheckEnd.TIMEOUT
    assert time.monotonic() - start < 5


RENDERED = 'a "line"\n' * 1_000_000


@posix
async def test_a_message_of_megabytes_is_read_without_holding_the_loop(tmp_path: Path) -> None:
    root = tmp_path / "demo"
    root.mkdir()
    record = json.loads(MESSAGE)
    record["manifest_path"] = str(root / "Cargo.toml")
    record["target"]["src_path"] = str(root / "src/lib.rs")
    record["message"]["rendered"] = RENDERED
    finished = '{"reason":"build-finished","success":false}'
    (tmp_path / "lines").write_text(json.dumps(record) + "\n" + finished + "\n")
    longest = 0.0

    async def heartbeat() -> None:
        nonlocal longest
        while True:
            # The processor's time of the loop alone: other tests may have the processor for a while.
            start = time.thread_time()
            await asyncio.sleep(0.001)
            longest = max(longest, time.thread_time() - start)

    beating = asyncio.create_task(heartbeat())
    result = await run_check(request(root, settings=impostor(tmp_path, f"cat {tmp_path}/lines; exit 101")))
    beating.cancel()
    assert [len(d.rendered) for d in result.errors] == [len(RENDERED)]
    assert longest < 0.04  # read on the loop it is more
