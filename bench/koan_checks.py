"""How many koans a second are checked, against `cargo check` one by one: `python bench/koan_checks.py`.

cargo has all it can want: one package, its folder kept warm, only the text changed. Both in turn, in one run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from figures import Figure, keep

from sleepy_koans.check import Checker, Crate
from sleepy_koans.deck import deck
from sleepy_koans.family import families
from sleepy_koans.koan import Koan

BOUND = 6.0
ROUNDS, CRATES = 3, 24  # of each round, half of them broken


def chosen(number: int) -> list[Crate]:
    """Crates of all families, those that rustc checks."""
    koans: list[Koan] = []
    for n in range(number):
        of = list(families().values())
        koans.append(deck(of[n % len(of)], "train")[n])
    rust = [koan for koan in koans if koan.checker == "rustc"]
    return [Crate.of(koan, koan.files if n % 2 else koan.solution) for n, koan in enumerate(rust)]


def by_cargo(crates: list[Crate], package: Path) -> float:
    """Crates a second, one after the other."""
    began = time.perf_counter()
    for crate in crates:
        for path, text in crate.files.items():
            (package / path).write_text(text, encoding="utf-8")
        argv = ["cargo", "check", "-q", "--offline", "--message-format=json"]
        subprocess.run(argv, cwd=package, capture_output=True, check=False)
    return len(crates) / (time.perf_counter() - began)


def by_us(crates: list[Crate]) -> float:
    """Crates a second, on all cores, nothing remembered."""
    with Checker() as checker:
        began = time.perf_counter()
        list(checker.each(checker.check, crates))
        return len(crates) / (time.perf_counter() - began)


def main() -> int:
    """Measure, print and keep; the exit code."""
    crates = chosen(CRATES)
    cargo, ours = [], []
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder)
        (package / "src").mkdir()
        (package / "Cargo.toml").write_text('[package]\nname = "koan"\nversion = "0.1.0"\nedition = "2024"\n')
        by_cargo(crates[:1], package)
        for _ in range(ROUNDS):
            cargo.append(by_cargo(crates, package))
            ours.append(by_us(crates))
    ratio = statistics.median(us / them for us, them in zip(ours, cargo, strict=True))
    print(f"{statistics.median(ours):.1f} checks a second, cargo {statistics.median(cargo):.1f}", file=sys.stderr)
    print(f"{os.cpu_count()} cores, {len(crates)} crates, {ROUNDS} rounds, ratios {sorted(ratio_each(ours, cargo))}", file=sys.stderr)
    return keep([Figure("koan checks against cargo", ratio, "x", BOUND)])
