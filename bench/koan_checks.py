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
from sleepy_koans.batch import compile_all
from sleepy_koans.check import Checker, Crate
from sleepy_koans.deck import deck
from sleepy_koans.family import families

BOUND = 1 / 6  # of the time that cargo takes
ROUNDS, CRATES = 3, 64  # a round; half of them are broken


def chosen(number: int) -> list[Crate]:
    """Crates of all families, those that rustc checks."""
    decks = [deck(family, "train") for family in families().values()]
    koans = [koan for one in zip(*decks, strict=True) for koan in one if koan.checker == "rustc"]
    return [Crate.of(koan, koan.files if n % 2 else koan.solution) for n, koan in enumerate(koans[:number])]


def by_cargo(crates: list[Crate], package: Path) -> float:
    """Crates a second, one after the other."""
    began = time.perf_counter()
    for crate in crates:
        for path, text in crate.files.items():
            (package / path).write_text(text, encoding="utf-8")
        argv = ["cargo", "check", "-q", "--offline", "--message-format=json"]
        subprocess.run(argv, cwd=package, capture_output=True, check=False)
    return len(crates) / (time.perf_counter() - began)


def by_us(crates: list[Crate]) -> tuple[float, float]:
    """Crates a second, nothing remembered: only whether they compile; and with every message."""
    with Checker() as checker:
        began = time.perf_counter()
        compile_all(checker, crates)
        then = time.perf_counter()
        list(checker.each(checker.check, crates))
        return len(crates) / (then - began), len(crates) / (time.perf_counter() - then)


def main() -> int:
    """Measure, print and keep; the exit code."""
    crates = chosen(CRATES)
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder)
        (package / "src").mkdir()
        (package / "Cargo.toml").write_text('[package]\nname = "koan"\nversion = "0.1.0"\nedition = "2024"\n')
        by_cargo(crates[:1], package)
        rounds = [(by_cargo(crates, package), *by_us(crates)) for _ in range(ROUNDS)]
    cargo, quick, full = (statistics.median(column) for column in zip(*rounds, strict=True))
    told = f"{len(crates)} crates on {os.cpu_count()} cores; a second: "
    told += f"cargo check {cargo:.1f}, with messages {full:.1f}, in batches {quick:.1f}"
    figures = [
        Figure("koan check, batches / cargo", statistics.median(c / q for c, q, _ in rounds), "x", BOUND, told),
        Figure("koan check with messages / cargo", statistics.median(c / f for c, _, f in rounds), "x", None, told),
    ]
    keep(figures)
    for figure in figures:
        print(figure.line)
    return 0 if all(figure.ok for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
