"""The alert rules about stock speak of metrics that there are, by labels that they have."""

from __future__ import annotations

import re
from pathlib import Path

from shared.telemetry.catalogue import CATALOGUE

RULES = Path(__file__).parents[3] / "deploy/prometheus/bookbridge-stock.rules.yml"


def test_each_rule_names_a_metric_and_its_labels() -> None:
    known = {metric.name: metric for metric in CATALOGUE}
    expressions = re.findall(r"expr: (.+)", RULES.read_text())
    assert len(expressions) == RULES.read_text().count("- alert:") == 3
    for expression in expressions:
        (name,) = re.findall(r"bookbridge_\w+", expression)
        wanted = set(re.findall(r"by \((\w+)\)", expression)) | set(re.findall(r"(\w+)=", expression))
        assert wanted <= set(known[name].labels), expression
