"""Snapshots of products -> Product."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.commerce.product import ProductKey, ProductKind
from shared.magento.markup import without_markup
from shared.magento.product_reading import UnreadableProduct, read_product
from shared.wire import decode

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "magento"


def snapshot(**document: Any) -> dict[str, Any]:
    source_items = document.pop("source_items", None)
    return {"connection": "main", "product": {"id": 1, "sku": "A", **document}, "source_items": source_items}


def attribute(code: str, value: Any) -> dict[str, Any]:
    return {"attribute_code": code, "value": value}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded documents aren't beside the project")
def test_a_recorded_product_is_read_whole() -> None:
    document = decode((SAMPLES / "product-simple.json").read_bytes())
    product = read_product({"connection": "main", "product": document, "source_items": None}, ["description"])
    assert (product.key, product.sku, product.name) == (ProductKey("main", 44), "24-WG02", "Didi Sport Watch")
    assert (product.type, product.kind, product.enabled) == ("simple", ProductKind.GOODS, True)
    assert (product.price, product.cost, product.tax_class) == (Decimal(92), None, "2")
    assert (product.manages_stock, product.quantity) == (True, Decimal(100))
    assert (product.websites, product.categories) == ((1,), (3, 7, 6, 8))
    assert product.created_on == date(2020, 3, 27)
    assert product.attributes["description"].startswith("The Didi Sport Watch helps you keep")
    assert "<" not in product.attributes["description"]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded documents aren't beside the project")
def test_a_recorded_configurable_product_is_a_parent() -> None:
    document = decode((SAMPLES / "product-configurable.json").read_bytes())
    assert read_product({"connection": "main", "product": document}).kind is ProductKind.PARENT


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ({"type_id": "simple"}, ProductKind.GOODS),
        ({"type_id": "virtual"}, ProductKind.SERVICE),
        ({"type_id": "downloadable"}, ProductKind.SERVICE),
        ({"type_id": "giftcard"}, ProductKind.SERVICE),
        ({"type_id": "grouped"}, ProductKind.PARTS),
        ({"type_id": "subscription"}, ProductKind.OTHER),
        ({"type_id": "bundle", "custom_attributes": [attribute("price_type", "1")]}, ProductKind.BUNDLE),
        ({"type_id": "bundle", "price": 5, "custom_attributes": [attribute("price_type", "0")]}, ProductKind.PARTS),
        ({"type_id": "bundle", "price": 5}, ProductKind.BUNDLE),
        ({"type_id": "bundle", "price": 0}, ProductKind.PARTS),
    ],
)
def test_a_type_of_the_shop_is_a_kind(document: dict[str, Any], kind: ProductKind) -> None:
    assert read_product(snapshot(**document)).kind is kind


def test_stock_is_the_sum_of_all_sources_else_the_legacy_row() -> None:
    stock = {"stock_item": {"qty": Decimal("7.5"), "manage_stock": False}}
    sources = [{"quantity": 3, "status": 1}, {"quantity": Decimal("0.5"), "status": 0}]
    legacy = read_product(snapshot(extension_attributes=stock))
    assert (legacy.quantity, legacy.manages_stock) == (Decimal("7.5"), False)
    assert read_product(snapshot(extension_attributes=stock, source_items=sources)).quantity == Decimal("3.5")
    assert read_product(snapshot(extension_attributes=stock, source_items=[])).quantity == 0
    assert read_product(snapshot()).quantity is None


def test_attributes_come_as_text_and_only_those_asked_for() -> None:
    rows = [attribute("color", ["5", "6"]), attribute("cost", "4.2500"), attribute("note", "<b>a</b>&amp;b")]
    product = read_product(snapshot(custom_attributes=rows), ["color", "note", "absent"])
    assert dict(product.attributes) == {"color": "5,6", "note": "a&b"}
    assert product.cost == Decimal("4.25")


def test_a_deleted_product_is_its_key_alone() -> None:
    product = read_product({"connection": "main", "deleted": True, "id": 9})
    assert (product.key, product.deleted, product.sku) == (ProductKey("main", 9), True, "")


@pytest.mark.parametrize(
    "document",
    [None, [], {}, {"connection": "main"}, {"connection": "main", "product": {"sku": "A"}}, snapshot(sku="  ")],
)
def test_what_has_no_id_or_sku_is_no_product(document: Any) -> None:
    with pytest.raises(UnreadableProduct):
        read_product(document)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from(
            ("name", "type_id", "status", "price", "created_at", "extension_attributes", "custom_attributes")
        ),
        anything,
    ),
    anything,
)
def test_whatever_an_extension_puts_into_a_product_it_is_read(document: dict[str, Any], stock: Any) -> None:
    product = read_product(snapshot(**document, source_items=stock), ["color"])
    assert product.sku == "A"
    assert product.price is None or product.price >= 0


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain", "plain"),
        ("<p>One</p><p>two<br/>three</p>", "One two three"),
        ("H<sub>2</sub>O &lt;pure&gt;", "H2O <pure>"),
        ("<style>p {color: red}</style><p>seen</p><script>hidden()</script>", "seen"),
        ("a < b", "a < b"),
        ("un<b>closed", "unclosed"),
    ],
)
def test_markup_is_left_out_as_a_reader_would_not_see_it(markup: str, text: str) -> None:
    assert without_markup(markup) == text


@given(st.text(alphabet="<>/&;abp \n\"='-!", max_size=60))
def test_no_markup_is_too_odd_to_be_read(text: str) -> None:
    assert "\n" not in without_markup(text)
