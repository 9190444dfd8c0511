"""The same figures for Prometheus, in its text format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sleepy_core.model import Outcome
from sleepy_core.store.coefficients import Status

if TYPE_CHECKING:
    from sleepy_server.app import App


async def text(app: App) -> bytes:
    """All figures as they are now."""
    stats = await app.database.stats()
    sets = await app.database.coefficient_sets()

    paused = GaugeMetricFamily("sleepy_paused", "1 while checking and searching are paused.", float(app.paused))
    errors = GaugeMetricFamily("sleepy_errors", "Errors that stand open in a project.", labels=["project"])
    fixes = GaugeMetricFamily("sleepy_fixes", "Of these, errors with a verified fix.", labels=["project"])
    for project in app.projects:
        errors.add_metric([str(project.root)], project.state.errors)
        fixes.add_metric([str(project.root)], project.state.fixes)
    found = GaugeMetricFamily("sleepy_episodes", "Episodes in the database.", labels=["outcome"])
    for outcome in Outcome:
        found.add_metric([outcome.value], stats.outcomes.get(outcome, 0))
    coefficients = GaugeMetricFamily("sleepy_coefficient_sets", "Versions of coefficients.", labels=["status"])
    for status in Status:
        coefficients.add_metric([status.value], sum(one.status is status for one in sets))

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told(paused, errors, fixes, found, coefficients))
    return generate_latest(registry)


class _Told(Collector):
    """Figures that are worked out already."""

    def __init__(self, *families: Metric) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """What the registry writes down."""
        yield from self._families
