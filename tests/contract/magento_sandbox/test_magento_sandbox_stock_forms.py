"""What steps in the form of the stock vectors may state, with figures of our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.magento.vectors import compare

STOCK = {"stock_id": 4, "links": [{"source": "shed", "priority": 1}]}
PIECES = {"sku": "PEG", "source": "shed", "quantity": "5", "status": "in_stock"}
FIXTURE = {
    "stocks": [STOCK],
    "sources": [{"code": "shed", "enabled": True}],
    "source_items": [PIECES],
    "products": {"PEG": {"type": "simple"}},
    "reservations": [],
}


def differences(folder: Path, *steps: dict[str, Any], **expected: Any) -> list[str]:
    vector = {"name": "one", "source": "by hand", "sku": "PEG", "stock_id": 4, "steps": steps, "expected": expected}
    document = {"about": "by hand", "fixture": FIXTURE, "vectors": [vector]}
    (folder / "one.json").write_text(json.dumps(document))
    report = compare(folder)
    assert report.total > 0
    return [str(one) for one in report.differences]


@pytest.mark.parametrize(("ordered", "backordered"), [("5", None), ("7", "2")])
def test_a_placed_order_tells_how_many_of_its_pieces_are_still_to_come(
    tmp_path: Path, ordered: str, backordered: str | None
) -> None:
    steps = (
        {"do": "configure_product", "sku": "PEG", "stock_id": 4, "use_config_backorders": False, "backorders": "yes"},
        {"do": "place_order", "items": {"PEG": ordered}},
    )
    assert differences(tmp_path, *steps, order_accepted=True, qty_backordered=backordered) == []


def test_a_source_may_be_changed_by_a_step_that_names_the_stock_too(tmp_path: Path) -> None:
    changed = {"do": "set_source_item", "sku": "PEG", "source": "shed", "stock_id": 4, "quantity": "9"}
    out = {"do": "set_source_status", "sku": "PEG", "source": "shed", "stock_id": 4, "status": "out_of_stock"}
    assert differences(tmp_path, changed, salable_quantity="9", is_salable=True) == []
    assert differences(tmp_path, changed, out, salable_quantity="0", is_salable=False) == []
