"""What of a product's snapshot decides about its stock."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shared.commerce.stock import Product
from shared.magento.stock_product import read_stock_product
from shared.wire import decode

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "samples" / "magento"


def product(type_id: str = "simple", **stock: Any) -> Product | None:
    return read_stock_product({"sku": "MUG", "type_id": type_id, "extension_attributes": {"stock_item": stock}})


@pytest.mark.parametrize("type_id", ["configurable", "bundle", "grouped"])
def test_what_consists_of_parts_carries_no_stock(type_id: str) -> None:
    assert product(type_id) == Product("MUG", composite=True)


@pytest.mark.parametrize(
    ("stock", "expected"),
    [
        ({}, Product("MUG")),
        ({"manage_stock": False}, Product("MUG", managed=False)),
        ({"manage_stock": "0"}, Product("MUG", managed=False)),
        ({"manage_stock": None}, Product("MUG")),
        ({"backorders": 1}, Product("MUG", backorders=True)),
        ({"backorders": "2", "min_qty": "-5.0000"}, Product("MUG", backorders=True, threshold=Decimal(-5))),
        ({"backorders": True}, Product("MUG", backorders=True)),
        ({"backorders": False, "min_qty": 3}, Product("MUG", threshold=Decimal(3))),
        ({"is_qty_decimal": True}, Product("MUG", fractions=True)),
        ({"is_qty_decimal": "1", "min_qty": "none"}, Product("MUG", fractions=True)),
    ],
)
def test_the_stock_item_is_read_as_the_shop_writes_it(stock: dict[str, Any], expected: Product) -> None:
    assert product(**stock) == expected


@pytest.mark.parametrize("document", [{}, {"sku": " "}, {"sku": 7}])
def test_a_product_without_a_sku_has_no_stock(document: dict[str, Any]) -> None:
    assert read_stock_product(document) is None


@pytest.mark.parametrize("extension", [None, [], {"stock_item": []}])
def test_what_a_list_leaves_out_has_the_defaults(extension: Any) -> None:
    assert read_stock_product({"sku": "MUG", "extension_attributes": extension}) == Product("MUG")


@pytest.mark.parametrize(("name", "composite"), [("product-simple.json", False), ("product-configurable.json", True)])
def test_recorded_products(name: str, composite: bool) -> None:
    path = SAMPLES / name
    if not path.exists():
        pytest.skip("no samples here")
    read = read_stock_product(decode(path.read_bytes()))
    assert read is not None
    assert (read.composite, read.managed, read.backorders, read.fractions) == (composite, True, False, False)
