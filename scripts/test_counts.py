"""Print how many tests ran, from pytest's JUnit files: `test_counts.py artifacts/unit.xml …`."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path


def count(report: Path) -> Counter[str]:
    """Passed, failed, errors and skipped of one report."""
    counts: Counter[str] = Counter()
    for suite in ElementTree.parse(report).iter("testsuite"):
        given = {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
        counts["failed"] += given["failures"] + given["errors"]
        counts["skipped"] += given["skipped"]
        counts["passed"] += given["tests"] - given["failures"] - given["errors"] - given["skipped"]
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
    return f"{name}: {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
