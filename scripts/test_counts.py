"""Print how many tests ran, from pytest's JUnit files: `test_counts.py artifacts/unit.xml …`."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path


def count(report: Path) -> Counter[str]:
    """Passed, failed and skipped of one report, where what failed was tried once more as it then was."""
    counts: Counter[str] = Counter()
    again = report.with_stem(f"{report.stem}-again")
    for suite in ElementTree.parse(report).iter("testsuite"):
        given = {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
        counts["failed"] += given["failures"] + given["errors"]
        counts["skipped"] += given["skipped"]
        counts["passed"] += given["tests"] - given["failures"] - given["errors"] - given["skipped"]
    if again.is_file() and again.stat().st_mtime > report.stat().st_mtime:
        second = count(again)
        counts += second
        counts["failed"], counts["at the second try"] = second["failed"], second["passed"]
    return counts


def main(reports: list[str]) -> int:
    """A line for each report and one for all; 1 when no test passed at all."""
    total: Counter[str] = Counter()
    for report in map(Path, reports):
        counts = count(report)
        total += counts
        print(_line(report.stem, counts))
    print(_line("pytest", total))
    return 0 if total["passed"] else 1


def _line(name: str, counts: Counter[str]) -> str:
    told = f"{name}: {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped"
    return f"{told}; {again} of them passed at the second try" if (again := counts["at the second try"]) else told


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
