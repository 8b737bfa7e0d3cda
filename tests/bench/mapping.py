"""The pure mapping: a three-line order, from the snapshot's bytes to the document's bytes, on one core."""

from __future__ import annotations

import time
from collections.abc import Callable

from shared.magento.models import Snapshot
from shared.magento.reading import ReadingOptions, parse_snapshot, read_sale
from shared.mapping.books import Books, Company
from shared.mapping.customer import customer_need
from shared.mapping.document import DocumentKind
from shared.mapping.item import item_need
from shared.mapping.sale import check_bookable, sale_document
from shared.settings.model import Magento, QuickBooks, Sales, Settings
from shared.wire import decode, encode
from tests.bench.load import Target, note, tell
from tests.bench.orders import three_line_order

WINDOWS = 10
WINDOW_SECONDS = 0.5
TARGET_PER_SECOND = 3000


def run() -> Target:
    """Tells orders a second of processor time, the best of several windows: other work on the machine only slows."""
    note("mapping of a three-line order ...")
    order = three_line_order()
    raw = encode(
        {
            "connection": "main",
            "fetched_at": "2026-11-24T00:00:00+00:00",
            "time_zone": "America/New_York",
            "order": order,
        }
    )
    settings = Settings(
        connection="main",
        magento=Magento(url="https://shop.example"),
        quickbooks=QuickBooks(realm="1"),
        sales=Sales(states=(str(order["state"]),)),
    )
    books = Books(Company("US", "USD"), {"Account": {"sales of product income": "1"}})
    snapshot = parse_snapshot(decode(raw))
    pure = _best(lambda: _map(snapshot, settings, books))
    whole = _best(lambda: _map(parse_snapshot(decode(raw)), settings, books))
    tell("mapping_orders_per_second", pure, "orders/s", target=TARGET_PER_SECOND)
    tell("mapping_with_json_orders_per_second", whole, "orders/s", snapshot_bytes=len(raw))
    return Target("mapping_orders_per_second", TARGET_PER_SECOND, pure)


def _best(work: Callable[[], object]) -> float:
    rates = []
    for _ in range(WINDOWS):
        count, start = 0, time.process_time()
        while (took := time.process_time() - start) < WINDOW_SECONDS:
            for _ in range(50):
                work()
            count += 50
        rates.append(count / took)
    return max(rates)


def _map(snapshot: Snapshot, settings: Settings, books: Books) -> bytes:
    sale = read_sale(snapshot, ReadingOptions("USD"))
    check_bookable(sale, settings, books)
    customer_need(sale, settings.customers, books.company)
    items = {line: item_need(line, settings.items).key for line in sale.lines}
    document = sale_document(
        sale, settings, books, kind=DocumentKind.SALES_RECEIPT, customer="1", items=items, attempt=0
    )
    return encode(document.body) + document.content_hash.encode()
