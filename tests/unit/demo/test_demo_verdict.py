"""The proof at the end of a demo: any single thing that is not as promised must show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from sandbox.demo.audit import Expected
from sandbox.demo.result import Result, percentile
from sandbox.demo.verdict import Judged, Verdict, by_order
from sandbox.demo.watch import Seen

USAGE = {"by_kind": {}, "metered": 9, "throttled": 0, "peak_per_second": 1}
PARKED = Expected(Decimal("5.00"), Decimal(0), "USD", frozenset({"cancelled"}))


def document(key: str = "main:order:1", total: str = "10.00", tax: str = "1.00", **changes: Any) -> dict[str, Any]:
    plain = {"type": "SalesReceipt", "id": "1", "doc_number": "1", "currency": "USD", "status": "live"}
    return {**plain, "total": total, "tax": tax, "private_note": f"Magento order 1 [bookbridge {key}]", **changes}


def order(**changes: Any) -> Judged:
    good = Judged(
        "main:order:1",
        "guest",
        "000000001",
        Expected(Decimal("10.00"), Decimal("1.00"), "USD"),
        Seen(status="posted"),
        (document(),),
    )
    return replace(good, **changes)


def result(*orders: Judged, strays: tuple[Mapping[str, Any], ...] = (), metered: int = 0) -> Result:
    return Result("embedded", 1, Verdict(orders, strays), (), (0.5,), metered, USAGE)


def test_one_document_with_the_same_total_tax_and_currency_is_as_promised() -> None:
    good = result(order(), order(expected=PARKED, seen=Seen(status="parked", reason="cancelled"), documents=()))

    assert good.problems() == []
    assert good.document() == {
        "log": "embedded",
        "orders": 2,
        "posted": 1,
        "parked": {"cancelled": 1},
        "documents": 1,
        "difference_cents": 0,
        "metered_reads_per_order": 0.0,
        "p50_seconds": 0.5,
        "p99_seconds": 0.5,
        "seed": 1,
    }


@pytest.mark.parametrize(
    ("changes", "cents"),
    [
        ({"documents": ()}, 1100),
        ({"documents": (document(), document())}, 1100),
        ({"documents": (document(total="10.01"),)}, 1),
        ({"documents": (document(tax="0.00"),)}, 100),
        ({"documents": (document(currency="EUR"),)}, 0),
        ({"seen": Seen(status="parked", reason="refused"), "documents": ()}, 1100),
        ({"seen": Seen(status="parked", reason="refused")}, 0),
        ({"seen": Seen()}, 0),
        ({"seen": Seen(status="stale")}, 0),
        ({"seen": Seen(status="dead letter")}, 0),
        ({"expected": PARKED}, 1100),
        ({"expected": PARKED, "seen": Seen(status="parked", reason="refused"), "documents": ()}, 0),
        ({"expected": PARKED, "seen": Seen(status="parked", reason="cancelled")}, 1100),
    ],
)
def test_anything_else_is_named_and_counted_to_the_cent(changes: dict[str, Any], cents: int) -> None:
    bad = result(order(**changes))

    assert bad.problems()
    assert bad.document()["difference_cents"] == cents


def test_a_document_that_nobody_ordered_counts_whole() -> None:
    bad = result(order(), strays=(document("main:order:99"),))

    assert len(bad.problems()) == 1
    assert (bad.document()["documents"], bad.document()["difference_cents"]) == (2, 1100)


def test_differences_of_opposite_sign_do_not_cancel_out() -> None:
    assert (
        result(order(documents=(document(total="9.99"),)), order(documents=(document(total="10.01"),))).document()[
            "difference_cents"
        ]
        == 2
    )


def test_metered_reads_after_the_warm_up_are_a_broken_promise() -> None:
    bad = result(order(), order(), order(), metered=1)

    assert bad.problems() == ["1 metered reads after the warm-up instead of none"]
    assert bad.document()["metered_reads_per_order"] == 0.5


def test_live_documents_are_found_by_the_marker_that_ends_their_note() -> None:
    live, voided = document("shop2:order:5"), document("shop2:order:5", status="voided")
    bare, inside = document(private_note=None), document(private_note="[bookbridge main:order:1] and more")

    assert by_order([live, voided, bare, inside]) == {"shop2:order:5": [live], "": [bare, inside]}


def test_percentiles_are_by_nearest_rank() -> None:
    values = [number / 10 for number in range(1, 101)]

    assert (percentile(values, 50), percentile(values, 99), percentile(values[:1], 99)) == (5.0, 9.9, 0.1)
    assert percentile([], 50) is None
