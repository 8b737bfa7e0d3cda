"""Whatever a body holds, the catalogue answers with an error of Magento's or does it; it never breaks."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from sandbox.magento.catalog import fields
from sandbox.magento.config import Config
from sandbox.magento.errors import MagentoError
from sandbox.magento.rest_catalog import add_routes
from sandbox.magento.router import Call, Router
from sandbox.magento.shop import Document, Kind, Shop
from shared import wire

NAMES = (
    "product", "sku", "name", "price", "status", "visibility", "id", "type_id", "attribute_set_id", "weight", "cost",
    "extension_attributes", "custom_attributes", "attribute_code", "value", "tier_prices", "product_links", "prices",
    "stock_item", "qty", "configurable_product_options", "configurable_product_links", "bundle_product_options",
    "category_links", "category_id", "linked_product_sku", "skus", "store_id", "price_from", "website_id", "quantity",
    "customer_group", "price_type", "childSku", "website_ids", "downloadable_product_links", "url_key",
)  # fmt: skip
TEXTS = (
    "A",
    "B",
    "",
    "simple",
    "configurable",
    "bundle",
    "fixed",
    "discount",
    "ALL GROUPS",
    "x" * 70,
    "1e9",
    "-1",
    "²",
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-3, 800_000)
    | st.sampled_from([10**19, 10**30, Decimal("1.5"), Decimal("1e30")])
    | st.sampled_from(TEXTS)
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=25,
)
HUGE = st.sampled_from([10**19, 10**30, Decimal("1e30")])
attributes = st.dictionaries(st.sampled_from(NAMES), documents | HUGE, min_size=1, max_size=4)
products = st.fixed_dictionaries(
    {"sku": st.sampled_from(["A", "B", "C"]), "name": st.sampled_from(["a", "b"]), "price": st.just(1)},
    optional={"custom_attributes": attributes, "extension_attributes": attributes, "tier_prices": documents}
    | {"product_links": documents, "status": scalars, "id": scalars, "options": documents},
)
rows = st.lists(
    st.fixed_dictionaries(
        {"sku": st.sampled_from(["A", "A", "N"]), "store_id": st.just(0) | scalars}
        | {name: st.just(3) | scalars for name in ("price", "cost", "quantity")}
        | {"website_id": st.just(0) | scalars, "customer_group": st.just("ALL GROUPS") | scalars}
        | {"price_type": st.sampled_from(["fixed", "discount"]) | scalars},
        optional=dict.fromkeys(("price_from", "price_to"), scalars | HUGE | documents),
    ),
    max_size=3,
)
bodies = (
    st.dictionaries(st.sampled_from(NAMES), documents, max_size=4)
    | st.fixed_dictionaries({"product": products})
    | st.fixed_dictionaries({"prices": rows})
)


def _shop() -> tuple[Shop, Router]:
    shop, router = Shop(Config()), Router(frozenset({"all", "default"}))
    add_routes(router, shop)
    for number, sku in enumerate(("A", "B")):
        product = {"id": number + 1, "sku": sku, "name": sku, "price": 1, "type_id": ("simple", "configurable")[number]}
        shop.insert(Document(Kind.PRODUCT, {**product, "status": 1, "visibility": 4, "extension_attributes": {}}))
    return shop, router


HUGE_ATTRIBUTE = {"product": {"sku": "C", "name": "c", "price": 1, "custom_attributes": {"a": 10**30}}}
HIDDEN_SKU = {"product": {"sku": "A", "custom_attributes": {"sku": "B"}}}
STORE_LIST = {"prices": [{"sku": "A", "price": 1, "store_id": [0]}]}
VARIANT_LIST = {
    "product": {"sku": "B", "extension_attributes": {"configurable_product_links": [1],
                "configurable_product_options": [{"attribute_id": {}}]}}}  # fmt: skip


@example([HUGE_ATTRIBUTE, HIDDEN_SKU, STORE_LIST, VARIANT_LIST], "all", "A")
@given(st.lists(bodies, min_size=1, max_size=3), st.sampled_from(["all", "default"]), st.sampled_from(["A", "B", "²"]))
def test_any_body_is_done_or_refused_and_leaves_a_catalogue_that_can_be_read(
    given_: list[dict[str, Any]], store: str, sku: str
) -> None:
    shop, router = _shop()
    writing = [route for route in router.routes if route.method != "GET" and route.method != "DELETE"]
    names = {"sku": sku, "id": sku, "code": sku, "type": "related", "childSku": "A"}
    for body in given_:
        for route in writing:
            with contextlib.suppress(MagentoError), shop.atomic():
                route.handler(Call(names, {}, body, store))
    for route in router.routes:
        if route.method == "GET":
            with contextlib.suppress(MagentoError):
                assert wire.decode(route.handler(Call(names, {"searchCriteria": ""}, {}, store)).encode()) is not None
    found = [str(product.body["sku"]) for product in shop.documents(Kind.PRODUCT)]
    assert len(found) == len({one.casefold() for one in found})
    assert all(len(one) <= fields.SKU_MAX for one in found)
