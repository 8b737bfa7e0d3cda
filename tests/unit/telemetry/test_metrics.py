"""The metric catalogue and the collectors made from it."""

from __future__ import annotations

import pytest
from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.parser import text_string_to_metric_families

from shared.telemetry.catalogue import CATALOGUE, HistogramMetric, Metric
from shared.telemetry.metrics import Metrics

COLLECTOR = {"counter": Counter, "gauge": Gauge, "histogram": Histogram}
PERSONAL = {"order", "order_id", "customer", "email", "name", "sku", "id"}


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda metric: metric.name)
def test_a_metric_is_named_by_the_conventions_and_labelled_without_ids_or_persons(metric: Metric) -> None:
    assert metric.name.startswith("bookbridge_")
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert metric.help.endswith(".")
    assert not PERSONAL & set(metric.labels)
    if isinstance(metric, HistogramMetric):
        assert metric.name.endswith(f"_{metric.unit}")
        assert list(metric.buckets) == sorted(set(metric.buckets))
        assert metric.buckets


def test_names_are_unique() -> None:
    assert len({metric.name for metric in CATALOGUE}) == len(CATALOGUE) > 20


def test_each_entry_has_one_collector_of_its_type_and_no_collector_is_outside_the_catalogue() -> None:
    made = {next(iter(collector.describe())).name: collector for collector in Metrics().collectors()}
    expected = {metric.name.removesuffix("_total"): metric for metric in CATALOGUE}
    assert made.keys() == expected.keys()
    for name, metric in expected.items():
        assert isinstance(made[name], COLLECTOR[metric.kind])
        assert made[name]._labelnames == metric.labels


def test_two_sets_of_metrics_in_one_process_count_apart() -> None:
    first, second = Metrics(), Metrics()
    first.webhooks.labels("shop", "sales.order.created", "202").inc()
    line = 'bookbridge_webhooks_total{connection="shop",event="sales.order.created",status="202"} 1.0'
    assert line in first.exposition().decode()
    assert line not in second.exposition().decode()


def test_the_exposition_can_be_parsed_by_prometheus_own_parser() -> None:
    metrics = Metrics()
    metrics.webhook_seconds.observe(0.003)
    families = {family.name: family for family in text_string_to_metric_families(metrics.exposition().decode())}
    count = [sample for sample in families["bookbridge_webhook_seconds"].samples if sample.name.endswith("_count")]
    assert count[0].value == 1
