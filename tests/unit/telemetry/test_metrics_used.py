"""The metrics' page is current, and no metric is only a promise: each is set somewhere in the product."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared.telemetry.catalogue import CATALOGUE
from shared.telemetry.docs import render
from shared.telemetry.metrics import Metrics

ROOT = Path(__file__).parents[3]
CATALOGUE_FILE = ROOT / "shared" / "telemetry" / "metrics.py"
ATTRIBUTES = sorted(vars(Metrics()).keys() - {"registry"})
SET = r"metrics\.{name}(?=\.(?:labels|inc|dec|set|observe)\(|$)"  # the end of a line: kept under a shorter name


def sources() -> str:
    files = [path for folder in ("services", "shared") for path in sorted((ROOT / folder).rglob("*.py"))]
    return "\n".join(path.read_text() for path in files if path != CATALOGUE_FILE)


def test_the_page_of_metrics_is_the_one_that_the_code_makes() -> None:
    assert (ROOT / "docs" / "metrics.md").read_text() == render(), (
        "renew it: python -m shared.telemetry.docs > docs/metrics.md"
    )


def test_the_page_has_a_row_for_each_metric() -> None:
    rows = [row for row in render().splitlines() if row.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == [metric.name for metric in CATALOGUE]
    assert all(row.count("|") == 6 for row in rows)


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_each_metric_is_set_somewhere(name: str) -> None:
    assert re.search(SET.format(name=name), sources(), flags=re.M), f"nothing in services/ or shared/ sets {name}"
