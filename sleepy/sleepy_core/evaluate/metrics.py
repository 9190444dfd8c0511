"""The figures of every run in one file, `<data>/metrics.jsonl`: one line a run, for plots and for other programs.

Shares are written with their rate and interval, for whoever reads the file without this module; both are worked out
anew when it is read.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock
from pydantic import TypeAdapter, ValidationError

from sleepy_core.evaluate.measures import Measures, Share, by_family, measures, on_parts
from sleepy_core.evaluate.results import Run, RunError, TaskResult
from sleepy_core.model import Source


@dataclass(frozen=True, slots=True)
class Metrics:
    """One line: a run and its figures."""

    run: Run
    label: str  # runs with the same label are one curve over cycles, or one baseline
    all: Measures
    families: dict[str, Measures] = field(default_factory=dict)
    left: dict[str, Measures] = field(default_factory=dict)  # on what suggestions, and search, leave
    learned: tuple[str, ...] = ()  # the families that the cycle's training had examples of
    recorded: float = 0.0  # seconds since the epoch


def metrics(
    run: Run,
    results: Sequence[TaskResult],
    *,
    label: str = "",
    parts: Mapping[str, Collection[str]] | None = None,
    met: Collection[str] = (),
    learned: Iterable[str] = (),
) -> Metrics:
    """The line of a run; `parts` as `measures.left_by` tells them, `met` the signatures that were met before it."""
    return Metrics(
        run=run,
        label=label or label_of(run),
        all=measures(results, met),
        families=by_family(results, met),
        left=on_parts(results, parts or {}, met),
        learned=tuple(sorted(learned)),
        recorded=time.time(),
    )


def label_of(run: Run) -> str:
    """Who was asked, in a few words: `compiler + search + base model (best of 8)`."""
    words: list[str] = []
    for rung in run.rungs:
        best = f" (best of {run.samples})" if run.samples > 1 else ""
        model = f"{'model' if run.coefficients else 'base model'}{best}"
        words.append(model if rung is Source.MODEL else rung.value)
    return " + ".join(words) or "nobody"


def append_metrics(path: Path, line: Metrics) -> None:
    """Add a run's line, in the place of an older one of the same run; readers see the file before or after it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(f"{path.name}.lock")):
        kept = [told for told in read_metrics(path) if told.run.id != line.run.id]
        beside = path.with_name(f".{path.name}.new")
        text = "".join(json.dumps(as_object(one), ensure_ascii=False) + "\n" for one in (*kept, line))
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.replace(path)


def read_metrics(path: Path) -> tuple[Metrics, ...]:
    """All lines; none where there is no file. Raises `RunError`, with file and line, for one that cannot be read."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{path} cannot be read: {error}") from error
    found = []
    for number, text in enumerate(lines, 1):
        try:
            found.append(_METRICS.validate_json(text))
        except ValidationError as error:
            told = error.errors(include_url=False)[0]
            where = ".".join(map(str, told["loc"])) or "the line"
            raise RunError(f"{path}, line {number} has no metrics ({where}: {told['msg']}); remove the line") from error
    return tuple(found)


def as_object(line: Metrics) -> dict[str, Any]:
    """The line as JSON has it: shares with their rates and intervals."""
    return {
        **asdict(line),
        "all": _with_rates(line.all),
        "families": {name: _with_rates(told) for name, told in line.families.items()},
        "left": {name: _with_rates(told) for name, told in line.left.items()},
    }


def _with_rates(told: Measures) -> dict[str, Any]:
    found = asdict(told)
    for name in found:
        share = getattr(told, name)
        if isinstance(share, Share) and share.rate is not None:
            low, high = share.interval
            found[name] |= {"rate": round(share.rate, 4), "low": round(low, 4), "high": round(high, 4)}
    return found


_METRICS = TypeAdapter(Metrics)
