"""Every metric of every service, as data: what dashboards, alert rules and the documentation come from.

Labels carry names from a small closed set only: no order number, no customer, no text from outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

# One call: 1 ms to the longest time limit of a call. The flow: a webhook that Magento repeats, or a 404 just after the
# event, is under two minutes; above it something waits (quota, an outage), and only the size of the wait matters.
REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
FLOW_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 600.0, 3600.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """One entry of the catalogue. `name` is as Prometheus shows it; `unit` is for people."""

    name: str
    help: str
    unit: str
    labels: tuple[str, ...] = ()
    kind: ClassVar[str]  # as Prometheus calls it


@dataclass(frozen=True, slots=True)
class CounterMetric(Metric):
    """Only grows. Its name ends in _total."""

    kind: ClassVar[str] = "counter"


@dataclass(frozen=True, slots=True)
class GaugeMetric(Metric):
    """Goes up and down."""

    kind: ClassVar[str] = "gauge"


@dataclass(frozen=True, slots=True)
class HistogramMetric(Metric):
    """How values are spread over `buckets` (upper bounds, in the metric's unit)."""

    buckets: tuple[float, ...] = ()

    kind: ClassVar[str] = "histogram"


CONNECTIONS_OPEN = GaugeMetric("bookbridge_http_connections_open", "Connections that senders hold open.", "connections")
CONNECTIONS_CUT = CounterMetric(
    "bookbridge_http_connections_cut_total",
    "Connections closed on the sender: reason slow (no whole request in time, or answers not "
    "taken), idle (nothing sent) or full (too many connections).",
    "connections",
    ("reason",),
)
WEBHOOKS = CounterMetric(
    "bookbridge_webhooks_total",
    "Webhooks answered. An unknown connection or event is counted under the name unknown.",
    "webhooks",
    ("connection", "event", "status"),
)
WEBHOOK_EVENTS_IGNORED = CounterMetric(
    "bookbridge_webhook_events_ignored_total",
    "Events of webhooks that were taken but lead to nothing: reason unknown (the books don't need such events), no "
    "id (the subscription lacks a field) or company (QuickBooks tells of one that no connection names). The log lines "
    "name them.",
    "events",
    ("connection", "reason"),
)
WEBHOOK_SECONDS = HistogramMetric(
    "bookbridge_webhook_seconds",
    "From the request's head to the answer; for 202 that includes the durable append.",
    "seconds",
    (),
    REQUEST_SECONDS,
)
HINT_TO_SNAPSHOT_SECONDS = HistogramMetric(
    "bookbridge_hint_to_snapshot_seconds",
    "From a webhook's arrival to the published snapshot that it caused.",
    "seconds",
    ("connection",),
    FLOW_SECONDS,
)
HINTS_READ = CounterMetric(
    "bookbridge_hints_read_total",
    "Hints whose entity was read, whatever came of it: published, no news, not there. By kind of snapshot.",
    "hints",
    ("connection", "kind"),
)
SNAPSHOTS = CounterMetric(
    "bookbridge_snapshots_total",
    "Snapshots published, by what asked for them (webhook, sweep, backfill, replay, command).",
    "snapshots",
    ("connection", "kind", "cause"),
)
SNAPSHOTS_UNCHANGED = CounterMetric(
    "bookbridge_snapshots_unchanged_total",
    "Readings that were no news, so that nothing was published: the same content, or overtaken by a later reading.",
    "readings",
    ("connection", "kind", "cause"),
)
BACKFILLED = CounterMetric(
    "bookbridge_backfill_documents_total",
    "Documents that backfills have read, by result: published, unchanged or unreadable (named in the backfill).",
    "documents",
    ("connection", "kind", "result"),
)
MAGENTO_CALLS = CounterMetric(
    "bookbridge_magento_calls_total",
    "REST calls to Magento, by resource and outcome.",
    "calls",
    ("connection", "resource", "outcome"),
)
SWEEP_REACHED = GaugeMetric(
    "bookbridge_sweep_reached_timestamp_seconds",
    "Up to when the sweeps have looked at everything that the shop changed, in seconds since 1970. What it is behind "
    "the present by is how late a change is found whose webhook was lost.",
    "seconds",
    ("connection",),
)
SWEEP_FOUND = CounterMetric(
    "bookbridge_sweep_found_total",
    "Snapshots (order or product) that a sweep, the nightly compare or the search for missing numbers published: news "
    "that no webhook had told.",
    "snapshots",
    ("connection", "kind"),
)
SWEEP_UNREADABLE = GaugeMetric(
    "bookbridge_sweep_unreadable_documents",
    "Documents that the shop lists and can't show. Each is named in the outcomes and tried again by every sweep.",
    "documents",
    ("connection",),
)
SHOP_CLOCK_SKEW = GaugeMetric(
    "bookbridge_shop_clock_skew_seconds", "What the shop's clock is ahead of ours.", "seconds", ("connection",)
)
ORDER_NUMBER_GAPS = CounterMetric(
    "bookbridge_order_number_gaps_total",
    "Order numbers that were missing in a row, by what came of asking for them: found, or absent (a payment that "
    "failed uses one up); jump counts places where a sequence was set forward.",
    "numbers",
    ("connection", "outcome"),
)
ORDERS = CounterMetric(
    "bookbridge_orders_total",
    "Order snapshots decided on. Outcome posted, updated, voided, unchanged, parked, stale or uncertain; reason is set "
    "for parked only.",
    "orders",
    ("connection", "outcome", "reason"),
)
WEBHOOK_TO_BOOKS_SECONDS = HistogramMetric(
    "bookbridge_webhook_to_books_seconds",
    "From a webhook's arrival to the document's confirmed write in QuickBooks.",
    "seconds",
    ("connection",),
    FLOW_SECONDS,
)
QUICKBOOKS_CALLS = CounterMetric(
    "bookbridge_quickbooks_calls_total",
    "Calls to QuickBooks by kind (read, write, oauth), entity and status class (2xx to 5xx, or the error's name "
    "when no answer came). Metered yes are the calls that Intuit bills.",
    "calls",
    ("kind", "entity", "status", "metered"),
)
QUICKBOOKS_SECONDS = HistogramMetric(
    "bookbridge_quickbooks_seconds",
    "Duration of calls to QuickBooks, without the wait for quota.",
    "seconds",
    ("kind",),
    REQUEST_SECONDS,
)
LIST_OBJECTS = GaugeMetric(
    "bookbridge_list_objects",
    "Entries of a company's list (accounts, items, customers and the like) when it was last read as a whole.",
    "objects",
    ("realm", "list"),
)
LIST_REFUSED = GaugeMetric(
    "bookbridge_list_refused",
    "1 where the company's plan of QuickBooks doesn't have a list (classes, locations), 0 where it was read.",
    "flag",
    ("realm", "list"),
)
LIST_READ_AT = GaugeMetric(
    "bookbridge_list_read_timestamp_seconds",
    "When a company's list was last read as a whole: time() minus this is its age.",
    "seconds since 1970",
    ("realm", "list"),
)
LIST_READS = CounterMetric(
    "bookbridge_list_reads_total",
    "Metered calls that ingest made to read lists, by list.",
    "calls",
    ("list",),
)
QUOTA_WAITING = GaugeMetric(
    "bookbridge_quota_waiting_calls", "Calls to QuickBooks that wait for their realm's quota.", "calls", ("realm",)
)
CATALOG_PRODUCTS = CounterMetric(
    "bookbridge_catalog_products_total",
    "What became of products. Outcome created, adopted, updated, deactivated, reactivated, conflict or refused; reason "
    "is set for the last two.",
    "products",
    ("connection", "outcome", "reason"),
)
CATALOG_LEFT = GaugeMetric(
    "bookbridge_catalog_left_operations",
    "Operations of the plan under way that aren't in the books yet.",
    "operations",
    ("connection",),
)
CATALOG_CONFLICTS = GaugeMetric(
    "bookbridge_catalog_conflicts",
    "Products that wait for a person, by the last plan.",
    "products",
    ("connection",),
)
CATALOG_DRIFT = GaugeMetric(
    "bookbridge_catalog_drift_fields",
    "Fields of items that aren't what the shop says, by the last plan; restored: whether the shop's value is written.",
    "fields",
    ("connection", "restored"),
)
STOCK = CounterMetric(
    "bookbridge_stock_total",
    "SKUs whose stock was decided on, by what became of each: written (to the shop), adjusted (in QuickBooks), "
    "unchanged, wait (for a look at the books), overtaken (comes again), refused and the others of stock.md.",
    "SKUs",
    ("connection", "outcome"),
)
STOCK_SECONDS = HistogramMetric(
    "bookbridge_stock_seconds",
    "From the moment a change was known (an item's, an order's, a product's) to the quantity written and read back.",
    "seconds",
    ("connection",),
    FLOW_SECONDS,
)
STOCK_PENDING = GaugeMetric(
    "bookbridge_stock_pending_skus", "SKUs that are to be looked at and weren't yet.", "SKUs", ("connection",)
)
STOCK_HELD = GaugeMetric(
    "bookbridge_stock_held",
    "1 while nothing is written since a person must look at the first run, else 0.",
    "flag",
    ("connection",),
)
TOKEN_STATE = GaugeMetric(
    "bookbridge_token_state",
    "1 for the state that a realm's QuickBooks connection is in (valid, refreshing, reconnect, disconnected), 0 for "
    "the others; told by the process that owns the realm.",
    "flag",
    ("realm", "state"),
)
TOKEN_EXPIRY = GaugeMetric(
    "bookbridge_token_expiry_timestamp_seconds",
    "When a realm's access ends, in seconds since 1970: token access, refresh (100 days after the last refresh) or "
    "hard (five years after a person connected). Minus time() it is what is left.",
    "seconds",
    ("realm", "token"),
)
CHANGES = CounterMetric(
    "bookbridge_changes_total",
    "Changes in the books that were told, status changed or deleted.",
    "changes",
    ("realm", "entity", "status"),
)
CDC_DELAY_SECONDS = HistogramMetric(
    "bookbridge_cdc_delay_seconds",
    "From a change in the books to the answer that showed it, by QuickBooks' clock; without what a catching up reads.",
    "seconds",
    ("realm",),
    FLOW_SECONDS,
)
CDC_POSITION = GaugeMetric(
    "bookbridge_cdc_position_timestamp_seconds",
    "QuickBooks' clock up to which every change was told, of the entity that lags most.",
    "seconds",
    ("realm",),
)
CDC_CALLS_MONTH = GaugeMetric(
    "bookbridge_cdc_calls_month", "Metered calls that following the books has cost this month.", "calls", ("realm",)
)
CDC_CALLS_BUDGET = GaugeMetric(
    "bookbridge_cdc_calls_budget", "Metered calls that following the books may cost a month.", "calls", ("realm",)
)
TOKEN_PROVEN = GaugeMetric(
    "bookbridge_token_proven_timestamp_seconds",
    "When QuickBooks last served a call of this process with the realm's token, in seconds since 1970.",
    "seconds",
    ("realm",),
)
LOG_APPEND_SECONDS = HistogramMetric(
    "bookbridge_log_append_seconds",
    "Duration of durable appends, failed ones included.",
    "seconds",
    ("topic", "outcome"),
    REQUEST_SECONDS,
)
CONSUMER_LAG = GaugeMetric(
    "bookbridge_consumer_lag_records",
    "Records between the committed offset and the end, over this process's partitions.",
    "records",
    ("group",),
)
CONSUMER_IN_FLIGHT = GaugeMetric(
    "bookbridge_consumer_in_flight_records", "Records being worked on.", "records", ("group",)
)
CONSUMER_QUEUED = GaugeMetric(
    "bookbridge_consumer_queued_records",
    "Records read and not finished, those in flight included.",
    "records",
    ("group",),
)
CONSUMER_PAUSED = GaugeMetric(
    "bookbridge_consumer_paused_partitions", "Partitions not read for now.", "partitions", ("group",)
)
PARTITIONS_RESTORING = GaugeMetric(
    "bookbridge_partitions_restoring", "Partitions whose projections are catching up.", "partitions", ("group",)
)
DEAD_LETTERS = CounterMetric(
    "bookbridge_dead_letters_total", "Records put aside as poison, by topic and stage.", "records", ("topic", "stage")
)

CATALOGUE: tuple[Metric, ...] = tuple(entry for entry in list(globals().values()) if isinstance(entry, Metric))
