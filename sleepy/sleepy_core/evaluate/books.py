"""The files of runs below one data folder: what they hold, and the figures and pictures that are made of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from sleepy_core.errors import SleepyError
from sleepy_core.evaluate.curves import chosen
from sleepy_core.evaluate.metrics import Metrics, append_metrics, metrics, read_metrics
from sleepy_core.evaluate.results import Run, RunError, TaskResult, read_results, read_run, run_folder
from sleepy_core.evaluate.tasks import Tasks
from sleepy_koans.frozen import digest


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

    def note_part(self, whole: str, part: Tasks) -> None:
        """Put the figures of the runs of no cycle over the whole set of tasks, which has that digest, on a part of it
        into metrics.jsonl as well: so they are flat lines beside the curves over the part.
        """
        asked = {koan.id for koan in part.koans}
        for line in read_metrics(self._data / "metrics.jsonl"):
            if line.run.cycle is not None or line.run.digest != whole:
                continue
            results = tuple(result for result in self.results(line.run.id) if result.task in asked)
            if len(results) == len(asked):
                told = digest(part.koans)
                run = replace(line.run, id=f"{line.run.id}/{told[:8]}", tasks=part.name, digest=told, count=len(asked))
                self.note(run, results, label=line.label)

    def plot(self, out: Path) -> str:
        """Draw all figures; what became of it, in one sentence."""
        from sleepy_core.evaluate.plots import draw

        try:
            return f"{len(draw(chosen(read_metrics(self._data / 'metrics.jsonl')), out))} pictures in {out}"
        except SleepyError as error:
            return f"no pictures: {error}"
