"""How fast candidates are compiled: screened, against `cargo check` one by one, and against rustc called bare."""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import subprocess
import time
from pathlib import Path

from faults.crates import chosen, fetch
from figures import Figure
from sleepy_core.model import Diagnostic, Edit, FilePatch, Patch
from sleepy_core.processes import NICENESS
from sleepy_core.settings import Settings
from sleepy_core.text import digest
from sleepy_core.workbench import Workbench

CRATE = "json"  # 5,000 lines
FILE = "src/value/mod.rs"
BROKEN = "\npub fn bench(names: Vec<String>) -> usize { names.length() }\n"


def variant(number: int) -> str:
    """What stands for the misspelt method in a candidate; one in eight compiles, as in a real search."""
    return "len" if number % 8 == 7 else f"length_{number}"


async def candidates(scratch: Path, rounds: int = 4, batch: int = 8) -> list[Figure]:
    """Candidates a second, and one candidate against the same call of rustc without us; interleaved, medians."""
    (root,) = fetch(chosen(CRATE), scratch / "crates").values()
    bare = scratch / "bare"
    shutil.copytree(root, bare)
    target = scratch / "target"
    rates, ratios, against_rustc = [], [], []
    async with Workbench.open(root / "Cargo.toml", Settings(), scratch / "cache") as bench:
        await bench.sync({})
        await bench.check()
        cargo_check(bare, target)
        original = bench.texts[FILE]
        broken = original + BROKEN
        await bench.sync({FILE: broken}, {FILE})
        (error, *_) = (await bench.check()).errors
        unit = next(u for u in bench.units if u.target == "lib" and not u.tests)
        await screened(bench, error, broken, 0)
        for number in range(rounds):
            numbers = range(number * batch, (number + 1) * batch)
            started = time.monotonic()
            await asyncio.gather(*(screened(bench, error, broken, n) for n in numbers))
            ours = time.monotonic() - started
            started = time.monotonic()
            for n in numbers:
                (bare / FILE).write_text(broken.replace("names.length()", f"names.{variant(n)}()"))
                cargo_check(bare, target)
            theirs = time.monotonic() - started
            rates.append(batch / ours)
            ratios.append(ours / theirs)
            for n in numbers:
                seconds = rustc(bench, unit.argv, unit.env, broken.replace("names.length()", f"names.{variant(n)}()"))
                started = time.monotonic()
                await screened(bench, error, broken, n)
                against_rustc.append((time.monotonic() - started) / seconds)
        await bench.sync({}, {FILE})
    note = f"{CRATE}, {rounds} x {batch} candidates, {statistics.median(rates):.1f} a second"
    return [
        Figure("candidate_to_cargo_check", round(statistics.median(ratios), 3), "x cargo check", 1 / 3, note),
        Figure("candidate_to_rustc", round(statistics.median(against_rustc), 3), "x bare rustc", 1.2, note),
    ]


async def screened(bench: Workbench, error: Diagnostic, text: str, number: int) -> None:
    at = text.index("length()")
    patch = Patch((FilePatch(FILE, digest(text), (Edit(at, at + len("length"), variant(number)),)),))
    verdict = await bench.screen(patch, error)
    assert verdict is not None, "there is no sandbox, so nothing can be screened"
    assert verdict.kind.offered == (variant(number) == "len")


def cargo_check(root: Path, target: Path) -> None:
    subprocess.run(
        ["cargo", "check", "-q", "--message-format=json", "--all-targets"],
        cwd=root, env=os.environ | {"CARGO_TARGET_DIR": str(target)}, capture_output=True, check=False,
    )  # fmt: skip


def rustc(bench: Workbench, argv: tuple[str, ...], env: tuple[tuple[str, str], ...], text: str) -> float:
    """Seconds of cargo's own call of rustc on a text, which is put back afterwards.

    At the priority that ours have: to come behind what the user does is meant, and no cost of ours. Where nothing else
    runs it makes no difference; beside other processes it would measure those.
    """
    path = bench.shadow.root / FILE
    before, times = path.read_bytes(), path.stat()
    path.write_text(text)
    try:
        started = time.monotonic()
        low = ["nice", "-n", str(NICENESS), *argv]
        subprocess.run(low, cwd=bench.shadow.root, env=os.environ | dict(env), capture_output=True, check=False)
        return time.monotonic() - started
    finally:
        path.write_bytes(before)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
