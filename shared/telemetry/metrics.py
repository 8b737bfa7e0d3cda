"""The objects that count: one collector for each entry of the catalogue."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics import MetricWrapperBase

from shared.telemetry import catalogue
from shared.telemetry.catalogue import CounterMetric, GaugeMetric, HistogramMetric


class Metrics:
    """One collector per catalogue entry, on a `registry` of its own, so that several services (or tests) live in one
    process without meeting. Made once per process (or per test) and passed around."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self.connections_open = self._gauge(catalogue.CONNECTIONS_OPEN)
        self.connections_cut = self._counter(catalogue.CONNECTIONS_CUT)
        self.webhooks = self._counter(catalogue.WEBHOOKS)
        self.webhook_events_ignored = self._counter(catalogue.WEBHOOK_EVENTS_IGNORED)
        self.webhook_seconds = self._histogram(catalogue.WEBHOOK_SECONDS)
        self.hint_to_snapshot_seconds = self._histogram(catalogue.HINT_TO_SNAPSHOT_SECONDS)
        self.hints_read = self._counter(catalogue.HINTS_READ)
        self.snapshots = self._counter(catalogue.SNAPSHOTS)
        self.snapshots_unchanged = self._counter(catalogue.SNAPSHOTS_UNCHANGED)
        self.backfilled = self._counter(catalogue.BACKFILLED)
        self.magento_calls = self._counter(catalogue.MAGENTO_CALLS)
        self.sweep_reached = self._gauge(catalogue.SWEEP_REACHED)
        self.sweep_found = self._counter(catalogue.SWEEP_FOUND)
        self.sweep_unreadable = self._gauge(catalogue.SWEEP_UNREADABLE)
        self.shop_clock_skew = self._gauge(catalogue.SHOP_CLOCK_SKEW)
        self.order_number_gaps = self._counter(catalogue.ORDER_NUMBER_GAPS)
        self.orders = self._counter(catalogue.ORDERS)
        self.webhook_to_books_seconds = self._histogram(catalogue.WEBHOOK_TO_BOOKS_SECONDS)
        self.quickbooks_calls = self._counter(catalogue.QUICKBOOKS_CALLS)
        self.quickbooks_seconds = self._histogram(catalogue.QUICKBOOKS_SECONDS)
        self.list_objects = self._gauge(catalogue.LIST_OBJECTS)
        self.list_refused = self._gauge(catalogue.LIST_REFUSED)
        self.list_read_at = self._gauge(catalogue.LIST_READ_AT)
        self.list_reads = self._counter(catalogue.LIST_READS)
        self.quota_waiting = self._gauge(catalogue.QUOTA_WAITING)
        self.catalog_products = self._counter(catalogue.CATALOG_PRODUCTS)
        self.catalog_left = self._gauge(catalogue.CATALOG_LEFT)
        self.catalog_conflicts = self._gauge(catalogue.CATALOG_CONFLICTS)
        self.catalog_drift = self._gauge(catalogue.CATALOG_DRIFT)
        self.stock = self._counter(catalogue.STOCK)
        self.stock_seconds = self._histogram(catalogue.STOCK_SECONDS)
        self.stock_pending = self._gauge(catalogue.STOCK_PENDING)
        self.stock_held = self._gauge(catalogue.STOCK_HELD)
        self.token_state = self._gauge(catalogue.TOKEN_STATE)
        self.token_expiry = self._gauge(catalogue.TOKEN_EXPIRY)
        self.changes = self._counter(catalogue.CHANGES)
        self.cdc_delay_seconds = self._histogram(catalogue.CDC_DELAY_SECONDS)
        self.cdc_position = self._gauge(catalogue.CDC_POSITION)
        self.cdc_calls_month = self._gauge(catalogue.CDC_CALLS_MONTH)
        self.cdc_calls_budget = self._gauge(catalogue.CDC_CALLS_BUDGET)
        self.token_proven = self._gauge(catalogue.TOKEN_PROVEN)
        self.log_append_seconds = self._histogram(catalogue.LOG_APPEND_SECONDS)
        self.consumer_lag = self._gauge(catalogue.CONSUMER_LAG)
        self.consumer_in_flight = self._gauge(catalogue.CONSUMER_IN_FLIGHT)
        self.consumer_queued = self._gauge(catalogue.CONSUMER_QUEUED)
        self.consumer_paused = self._gauge(catalogue.CONSUMER_PAUSED)
        self.partitions_restoring = self._gauge(catalogue.PARTITIONS_RESTORING)
        self.dead_letters = self._counter(catalogue.DEAD_LETTERS)

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format (version 0.0.4)."""
        return generate_latest(self.registry)

    def collectors(self) -> list[MetricWrapperBase]:
        return [value for value in vars(self).values() if isinstance(value, MetricWrapperBase)]

    def _counter(self, metric: CounterMetric) -> Counter:
        return Counter(metric.name, metric.help, metric.labels, registry=self.registry)

    def _gauge(self, metric: GaugeMetric) -> Gauge:
        return Gauge(metric.name, metric.help, metric.labels, registry=self.registry)

    def _histogram(self, metric: HistogramMetric) -> Histogram:
        return Histogram(metric.name, metric.help, metric.labels, buckets=metric.buckets, registry=self.registry)
