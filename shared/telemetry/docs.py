"""The metric catalogue as a page. `python -m shared.telemetry.docs > docs/metrics.md` renews it."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from shared.telemetry.catalogue import CATALOGUE, Metric

_HEAD = """\
# Metrics

Generated from `shared/telemetry/catalogue.py` by `python -m shared.telemetry.docs`; edit that.

Every process serves these in Prometheus' text format at `/metrics` of its health port (`BOOKBRIDGE_HEALTH_PORT`). One
that runs a single service shows the others' metrics without samples, or at 0. A histogram is shown as `_bucket`, `_sum`
and `_count`. Labels hold names from small closed sets: never an order, a customer or a text from outside.

| metric | type | unit | labels | meaning |
|---|---|---|---|---|
"""


def render(catalogue: Iterable[Metric] = CATALOGUE) -> str:
    """The page: one row per metric, in the catalogue's order, with a line feed at the end."""
    return _HEAD + "".join(_row(metric) for metric in catalogue)


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels) or "-"
    return f"| `{metric.name}` | {metric.kind} | {metric.unit} | {labels} | {metric.help} |\n"


if __name__ == "__main__":
    sys.stdout.write(render())
