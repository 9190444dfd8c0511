"""Figures of runs, printed: the measures, and how one run compares with another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from sleepy_server.commands.printing import print_table

if TYPE_CHECKING:
    from sleepy_core.evaluate.gates import Verdict
    from sleepy_core.evaluate.measures import Comparison, Measures, Share
    from sleepy_core.evaluate.metrics import Metrics


def print_measures(line: Metrics) -> None:
    """One row for all tasks, and one for each part of them that cheaper rungs leave."""
    headers = ("tasks", "pass", "95 %", "compile", "first offer right", "steps", "candidates", "repeated errors")
    rows = [_row("all", line.all), *(_row(f"left by {part}", told) for part, told in line.left.items())]
    typer.echo()
    print_table(headers, rows)


def print_verdict(against: str, told: Comparison, verdict: Verdict) -> None:
    """What was won and lost against another run, and what the gate says of each rule."""
    typer.echo(
        f"\nagainst {against}: {len(told.won)} won, {len(told.lost)} lost, {told.unchanged} unchanged "
        f"(McNemar p = {told.chance:.2g}; steps, sign test p = {told.steps_chance:.2g})"
    )
    for check in verdict.checks:
        typer.echo(f"{'kept  ' if check.kept else 'broken'}  {check.rule}: {check.told}")
    typer.echo(f"the gate says {'yes' if verdict.passed else 'no'}")


def _row(name: str, told: Measures) -> tuple[str, ...]:
    low, high = told.passed.interval
    return (
        name,
        _share(told.passed),
        f"{100 * low:.1f} to {100 * high:.1f}",
        _share(told.compiled),
        _share(told.first_right),
        _number(told.median_steps),
        _number(told.median_attempts),
        _share(told.repeated),
    )


def _share(share: Share) -> str:
    return f"{share.hits} of {share.of}" + ("" if share.rate is None else f" ({100 * share.rate:.1f} %)")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
