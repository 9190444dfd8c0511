"""`make bench`: speed and memory against their bounds, on a real crate.

Every figure is measured against what a user would have otherwise, in the same run and interleaved, since
machines are noisy: a bare `cargo check` of the same edit, in a copy with a target folder of its own. One JSON
line a figure: `{figure, value, unit, bound, ok}`; also kept under bench/results/.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from candidates import candidates
from figures import Figure, keep
from helpers.editor import Editor

CRATE, VERSION = "regex-syntax", "0.8.5"  # 30,000 lines, no dependencies
FILE, OTHER = "src/hir/literal.rs", "src/utf8.rs"
ERRORS = 4
NO_MODEL = {"engine": {"name": "none"}}
ROOT = Path(__file__).parents[1]


def sh(*argv: str, cwd: Path, **env: str) -> None:
    subprocess.run(argv, cwd=cwd, check=True, capture_output=True, env=os.environ | env)


def crate(folder: Path) -> Path:
    """The real crate's sources, from the registry by cargo's own client, as a git repository."""
    loader = folder / "loader"
    (loader / "src").mkdir(parents=True)
    (loader / "src/lib.rs").write_text("")
    (loader / "Cargo.toml").write_text(
        f'[package]\nname = "loader"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n{CRATE} = "={VERSION}"\n'
    )
    sh("cargo", "vendor", "-q", cwd=loader)
    root = folder / CRATE
    shutil.copytree(loader / "vendor" / CRATE, root)
    (root / ".cargo-checksum.json").unlink()
    (root / "Cargo.lock").unlink(missing_ok=True)
    (root / "benches/bench.rs").write_text("")  # it wants a nightly compiler, and this crate has to be without errors
    identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.invalid"]
    sh("git", "init", "-q", cwd=root)
    sh("git", "add", "-A", cwd=root)
    sh("git", *identity, "commit", "-qm", "as published", cwd=root)
    return root


@contextlib.asynccontextmanager
async def window(root: Path, home: Path, **settings: dict[str, object]) -> AsyncIterator[Editor]:
    async with Editor.open(root, home, settings={**NO_MODEL, **settings}) as editor:
        yield editor
    sh(sys.executable, "-m", "sleepy_server", "daemon", "stop", cwd=root, SLEEPY_HOME=str(home))


async def calm(editor: Editor) -> None:
    def is_calm() -> bool:
        projects = editor.status.get("projects", [])
        return bool(projects) and all(p["phase"] in ("watching", "ready") for p in projects)

    await editor.until(is_calm, 120, "a calm daemon")


async def check_and_fix(scratch: Path, rounds: int) -> list[Figure]:
    """Save -> diagnostics of several errors; save -> first verified fix. Against bare checks of the same edits."""
    root, home = crate(scratch), scratch / "home"
    bare = Bare(scratch, root)
    first, last, fixes, by_hand = [], [], [], []
    async with window(root, home) as editor:
        for file in (FILE, OTHER):
            editor.show(file)
        await asyncio.sleep(0.5)
        await calm(editor)
        original = {file: editor.texts[file] for file in (FILE, OTHER)}
        for number in range(rounds + 1):
            edit = several_errors(original, number)
            seconds = bare.check(edit)
            shown, ended = await until_diagnosed(editor, edit)
            bare.check(original)
            await back_to(editor, original)

            edit = one_error(original, number)
            fails = bare.check(edit)
            succeeds = bare.check({FILE: edit[FILE].replace("v.length()", "v.len()")})
            fixed = await until_fixed(editor, edit)
            bare.check(original)
            await back_to(editor, original)
            if number:  # the first warms the slot
                first.append(shown / seconds)
                last.append(ended / seconds)
                fixes.append(fixed / fails)
                by_hand.append(fixed / (fails + succeeds))
    note = f"{CRATE} {VERSION}, {rounds} edits, load {os.getloadavg()[0]:.1f}"
    several = f"{ERRORS} errors in two files, {note}"
    return [
        Figure("save_to_first_diagnostic", round(statistics.median(first), 3), "x bare check", 1.15, several),
        Figure("save_to_diagnostics", round(statistics.median(last), 3), "x bare check", 1.15, several),
        Figure("save_to_first_fix", round(statistics.median(fixes), 3), "x bare check", 2.3, note),
        # A check that succeeds takes longer than one that fails: the least that knowing can cost is both.
        Figure("save_to_first_fix_by_hand", round(statistics.median(by_hand), 3), "x both bare checks", 1.15, note),
    ]


class Bare:
    """A copy of the crate with a target folder of its own, in which cargo is run as the user would run it."""

    def __init__(self, scratch: Path, root: Path) -> None:
        self._root, self._target = scratch / "bare", scratch / "target"
        shutil.copytree(root, self._root)
        self.check({})

    def check(self, texts: dict[str, str]) -> float:
        """Seconds that a check of these texts takes: the same command, the same packages."""
        for file, text in texts.items():
            (self._root / file).write_text(text)
        start = time.monotonic()
        subprocess.run(
            ["cargo", "check", "-q", "--message-format=json", "--all-targets"],
            cwd=self._root, env=os.environ | {"CARGO_TARGET_DIR": str(self._target)}, capture_output=True, check=False,
        )  # fmt: skip
        return time.monotonic() - start


def several_errors(original: dict[str, str], number: int) -> dict[str, str]:
    """An edit of two files, with half of the errors in each."""
    wrong = "".join(
        f"\nfn bench_{number}_{n}(v: Vec<u8>) -> usize {{ v.length() + {number} }}\n" for n in range(ERRORS // 2)
    )
    return {file: text + wrong for file, text in original.items()}


def one_error(original: dict[str, str], number: int) -> dict[str, str]:
    """An edit whose error the compiler knows a repair of."""
    return {FILE: original[FILE] + f"\nfn bench_{number}(v: Vec<u8>) -> usize {{ v.length() + {number} }}\n"}


def save_all(editor: Editor, texts: dict[str, str]) -> float:
    """Type and save the texts; the moment just before the first was saved."""
    for file, text in texts.items():
        editor.type(file, text)
    start = time.monotonic()
    for file in texts:
        editor.save(file)
    return start


async def until_diagnosed(editor: Editor, edit: dict[str, str]) -> tuple[float, float]:
    """Seconds from the save to the first of the errors, and to when all are shown and the check has ended.

    A state that is not "checking" could be the one of before the check. One that counts all of the errors,
    while there were none before the save, can only be of after its end.
    """
    start = save_all(editor, edit)
    await editor.until(lambda: any(editor.errors(file) for file in edit), 60, "the first error")
    first = time.monotonic() - start

    def ended() -> bool:
        shown = all(len(editor.errors(file)) == ERRORS // 2 for file in edit)
        return shown and editor.status.get("errors") == ERRORS and editor.status.get("phase") != "checking"

    await editor.until(ended, 60, "all errors, and the end of the check")
    return first, time.monotonic() - start


async def until_fixed(editor: Editor, edit: dict[str, str]) -> float:
    """Seconds from the save to the first verified fix."""
    start = save_all(editor, edit)
    await editor.until(lambda: bool(editor.errors(FILE)), 60, "the error")
    await editor.preferred(FILE)
    return time.monotonic() - start


async def back_to(editor: Editor, texts: dict[str, str]) -> None:
    """Without errors again, and nothing running."""
    await calm(editor)
    save_all(editor, texts)
    await editor.until(lambda: not any(editor.errors(file) for file in texts), 60, "no error")
    await editor.until(lambda: not editor.status.get("errors"), 60, "the end of the check")
    await calm(editor)


async def code_actions(scratch: Path, seconds: float) -> list[Figure]:
    """codeAction while checks run, the embedded model is asked, and somebody types 50 times a second."""
    root, home = crate(scratch), scratch / "home"
    settings = {"engine": {"name": "embedded"}, "check": {"debounce_ms": 100}}
    async with window(root, home, **settings) as editor:
        editor.show(FILE)
        await asyncio.sleep(0.5)
        waits = await typing(editor, editor.texts[FILE], seconds)
        holds = daemon_status(home)["holds"]
    load = f"load {os.getloadavg()[0]:.1f}"
    longest = ", ".join(f"{hold['ms']} ms {hold['name']}" for hold in holds[:3])
    handlers = [hold["ms"] for hold in holds if hold["name"].startswith("handler ")]
    return [
        Figure("code_action_p99", round(p99(waits) * 1000, 2), "ms", 15, f"{len(waits)} requests, {load}"),
        Figure("longest_handler_ms", max(handlers, default=0.0), "ms", 20, f"one step on the loop, {load}"),
        Figure("longest_hold_ms", holds[0]["ms"] if holds else 0.0, "ms", 20, f"{longest}; {load}"),
    ]


async def typing(editor: Editor, original: str, seconds: float) -> list[float]:
    """How long code actions take, in seconds, while somebody types 50 times a second behind an error."""
    broken = original + "\nfn hard() -> &'static str { let s = String::new(); &s }\n"
    editor.type(FILE, broken)
    await editor.until(lambda: bool(editor.errors(FILE)), 300, "the error")
    error = editor.errors(FILE)[0]
    waits: list[float] = []
    end = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end:
        number += 1
        # Bursts with pauses, so that checks and the model get to work in between.
        if number % 100 < 70:
            editor.type(FILE, broken + f"// {number}\n")
        start = time.monotonic()
        await editor.actions(FILE, error)
        waits.append(time.monotonic() - start)
        await asyncio.sleep(max(0.0, 0.02 - waits[-1]))
    return waits


def p99(values: list[float]) -> float:
    """What one of a hundred exceeds."""
    return statistics.quantiles(values, n=100)[98]


def daemon_status(home: Path) -> dict[str, Any]:
    """What the daemon of a SLEEPY_HOME tells of itself."""
    told = subprocess.run(
        [sys.executable, "-m", "sleepy_server", "daemon", "status", "--json"],
        env=os.environ | {"SLEEPY_HOME": str(home)}, capture_output=True, check=True,
    )  # fmt: skip
    status: dict[str, Any] = json.loads(told.stdout)
    return status


async def daemon(scratch: Path) -> list[Figure]:
    """Time to be ready, and memory with three repositories open."""
    import psutil

    home = scratch / "home"
    environment = os.environ | {"SLEEPY_HOME": str(home)}

    def tell(command: str) -> None:
        argv = [sys.executable, "-m", "sleepy_server", "daemon", command]
        subprocess.run(argv, env=environment, check=True, capture_output=True)

    ready, answered = [], []
    for _ in range(5):
        start = time.monotonic()
        tell("start")
        ready.append(time.monotonic() - start)
        tell("stop")
        start = time.monotonic()
        async with Editor.open(scratch, home, settings=NO_MODEL):
            answered.append(time.monotonic() - start)
        tell("stop")
    first = crate(scratch)
    roots = [first]
    for number in (2, 3):
        copy = scratch / f"copy-{number}"
        shutil.copytree(first, copy)
        roots.append(copy)
    async with contextlib.AsyncExitStack() as stack:
        for root in roots:
            editor = await stack.enter_async_context(Editor.open(root, home, settings=NO_MODEL))
            editor.show(FILE)
            await asyncio.sleep(0.5)
            await calm(editor)
        resident = max(
            p.info["memory_info"].rss
            for p in psutil.process_iter(["cmdline", "environ", "memory_info"])
            if "daemon" in (p.info["cmdline"] or []) and (p.info["environ"] or {}).get("SLEEPY_HOME") == str(home)
        )
    tell("stop")
    note = (
        f"`sleepy daemon start` to its answer, best of 5, median {statistics.median(ready):.2f}; with no daemon there,"
        f" an editor's `initialize` is answered after {min(answered):.2f}, median {statistics.median(answered):.2f}"
    )
    return [
        Figure("daemon_ready", round(min(ready), 3), "s", 1.0, f"{note}; load {os.getloadavg()[0]:.1f}"),
        Figure("daemon_memory", round(resident / 2**20, 1), "MiB", 120, "three repositories open"),
    ]


async def shadow(scratch: Path) -> list[Figure]:
    """Ten thousand files copied cold; one of them changed."""
    from sleepy_core.cargo.metadata import load_project
    from sleepy_core.repo.shadow import Shadow

    root = scratch / "many"
    for number in range(10_000):
        folder = root / "src" / f"m{number % 100}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"f{number}.rs").write_text(f"pub fn f{number}() -> usize {{ {number} }}\n" * 20)
    (root / "src/lib.rs").write_text("")
    (root / "Cargo.toml").write_text('[package]\nname = "many"\nversion = "0.1.0"\nedition = "2021"\n')
    sh("git", "init", "-q", cwd=root)
    made = await Shadow.open(await load_project(root / "Cargo.toml"), root, scratch / "shadow", root)
    start = time.monotonic()
    await made.sync({})
    cold = time.monotonic() - start
    warm = []
    for number in range(20):
        file = f"src/m{number}/f{number}.rs"
        (root / file).write_text(f"// {number}\n")
        start = time.monotonic()
        assert await made.sync({}, {file}) == {file}
        warm.append(time.monotonic() - start)
    await made.aclose()
    return [
        Figure("shadow_cold", round(cold, 2), "s", 3.0, "10,000 files"),
        Figure("shadow_one_file", round(statistics.median(warm) * 1000, 1), "ms", 50, "one of 10,000 changed"),
    ]


async def help_text(_: Path) -> list[Figure]:
    """`sleepy --help`, against starting Python at all."""
    times = []
    for _ in range(7):
        start = time.monotonic()
        subprocess.run([sys.executable, "-m", "sleepy_server", "--help"], check=True, capture_output=True)
        times.append(time.monotonic() - start)
    return [Figure("help", round(min(times), 3), "s", 0.2, "`sleepy --help`, best of 7")]


async def vscode(_: Path) -> list[Figure]:
    """Start-up in a real VS Code (vscode-extension/test/e2e/bench.ts); nothing where none is installed."""
    if subprocess.run([ROOT / "scripts/vscode_install.sh", "--check"], check=False, capture_output=True).returncode:
        print("NOTE: there is no VS Code here; its figures are left out. `make vscode` installs it.", file=sys.stderr)
        return []
    run = subprocess.run(["npm", "run", "--silent", "bench"], cwd=ROOT, check=True, capture_output=True, text=True)
    bounds = {
        "vscode_activation": 100,
        "vscode_first_diagnostic": 1.3,
        "vscode_activation_to_diagnostic": 1.3,
        "vscode_host_until_diagnostic": 300,
        "vscode_restart_to_diagnostic": 1.3,
        "vscode_bundle": 500,
    }
    told = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    return [Figure(**figure, bound=bounds[figure["figure"]]) for figure in told]


BENCHES: dict[str, Callable[[Path], object]] = {
    "check": lambda scratch: check_and_fix(scratch, 8),
    "code_actions": lambda scratch: code_actions(scratch, 15),
    "daemon": daemon,
    "shadow": shadow,
    "help": help_text,
    "vscode": vscode,
    "candidates": candidates,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", choices=[[], *BENCHES], help="which figures; default: all")
    names = parser.parse_args().only or list(BENCHES)
    figures: list[Figure] = []
    for name in names:
        with tempfile.TemporaryDirectory(prefix="sleepy-bench-") as scratch:
            for figure in asyncio.run(BENCHES[name](Path(scratch))):  # type: ignore[arg-type]
                figures.append(figure)
                print(figure.line, flush=True)
    keep(figures)
    return 0 if all(f.ok for f in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
