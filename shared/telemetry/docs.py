"""The metric catalogue as a Markdown table, for docs/metrics.md."""

from __future__ import annotations

from collections.abc import Iterable

from shared.telemetry.metrics import CATALOGUE, Metric

HEADER = "| metric | type | unit | labels | meaning |\n|---|---|---|---|---|\n"


def render(catalogue: Iterable[Metric] = CATALOGUE) -> str:
    """One row per metric, in the catalogue's order, with a line feed at the end."""
    return HEADER + "".join(_row(metric) for metric in catalogue)


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels) or "-"
    return f"| `{metric.name}` | {metric.kind} | {metric.unit} | {labels} | {metric.help} |\n"
