"""The files of runs below one data folder: what they hold, and the figures and pictures that are made of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from sleepy_core.errors import SleepyError
from sleepy_core.evaluate.curves import chosen
from sleepy_core.evaluate.metrics import Metrics, append_metrics, metrics, read_metrics
from sleepy_core.evaluate.results import Run, RunError, TaskResult, read_results, read_run, run_folder


class Books:
    """Reads runs, and keeps their figures."""

    def __init__(self, data: Path, parts: Mapping[str, Collection[str]] | None = None) -> None:
        """`parts` are those of the tasks that figures are told of by themselves (`measures.left_by`)."""
        self._data = data
        self._parts = parts or {}

    def run(self, run: str) -> Run:
        """How a run works. Raises `RunError` where there is none."""
        try:
            return read_run(run_folder(self._data, run))
        except FileNotFoundError as error:
            raise RunError(f"there is no run {run} in {self._data / 'runs'}") from error

    def results(self, run: str) -> tuple[TaskResult, ...]:
        """What came of a run."""
        return read_results(run_folder(self._data, run))

    def note(
        self,
        run: Run,
        results: tuple[TaskResult, ...],
        *,
        label: str = "",
        learned: Iterable[str] = (),
    ) -> Metrics:
        """Put the figures of these results into metrics.jsonl, as the run's."""
        told = metrics(run, results, label=label, parts=self._parts, learned=learned)
        append_metrics(self._data / "metrics.jsonl", told)
        return told

    def plot(self, out: Path) -> str:
        """Draw all figures; what became of it, in one sentence."""
        from sleepy_core.evaluate.plots import draw

        try:
            return f"{len(draw(chosen(read_metrics(self._data / 'metrics.jsonl')), out))} pictures in {out}"
        except SleepyError as error:
            return f"no pictures: {error}"
