"""What a bench says: figures against their bounds, one JSON line each, kept under bench/results/."""

from __future__ import annotations

import datetime
import json
import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Figure:
    """One measured number; `bound` is the most that it may be, where it has one."""

    figure: str
    value: float
    unit: str
    bound: float | None
    note: str = ""

    @property
    def ok(self) -> bool:
        return self.bound is None or self.value <= self.bound

    @property
    def line(self) -> str:
        return json.dumps(asdict(self) | {"ok": self.ok})


def quiet() -> None:
    """Nothing on standard output but figures: what our own parts log is left out."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def keep(figures: Iterable[Figure]) -> None:
    """Add figures to those of today."""
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / f"{datetime.date.today().isoformat()}.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(figure.line + "\n" for figure in figures)
