"""Arbitrary requests over real HTTP: whatever comes in, the answer is one of Magento's, never a 500 of ours."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from yarl import URL

from sandbox.magento.auth import Gate
from sandbox.magento.config import Config
from sandbox.magento.rest import build_router
from sandbox.magento.router import Route
from sandbox.magento.shop import Shop
from sandbox.magento.subscriptions import Subscriptions
from tests.contract.magento_sandbox.shop_documents import cart
from tests.support.magento_rest import Rest
from tests.support.magento_sandbox import MagentoSandbox, in_process

CALL = aiohttp.ClientTimeout(total=30)
MASKED = "Internal Error. Details are available in Magento log file."


def _routes() -> list[Route]:
    shop = Shop(Config())
    return build_router(shop, Gate(shop.config, shop.database), Subscriptions(shop.database)).routes


ROUTES = _routes()
_WORDS = """
    entity entity_id items order_item_id qty taxRate taxRule rule taxClass class_name class_type code rate
    tax_country_id tax_region_id tax_postcode zip_is_range zip_from zip_to titles priority position
    customer_tax_class_ids product_tax_class_ids tax_rate_ids customer email firstname lastname group_id addresses
    region region_id street country_id group tax_class_id id product sku name price sourceItems source_code
    quantity status stockItem source stock links creditmemo order_id arguments extension_attributes comment
    statusHistory tracks asyncEvent event_name recipient_url username password store_id website_id productSku
    orderId gender dob city telephone postcode
"""
NAMES = _WORDS.split()
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 5)
    | st.sampled_from([10**19, 10**30, 700_001, 1.5, -0.5, 1e15])
    | st.sampled_from(["", "1", "US", "CA", "PRODUCT", "a@example.com", "A", "x" * 300, "1e5", "²", "\u0000", "%1"])
)
DOCUMENTS: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=15,
)
BODIES = st.dictionaries(st.sampled_from(NAMES), DOCUMENTS, max_size=3).map(lambda value: json.dumps(value).encode())
OBJECTS = {
    "taxRate": "id tax_country_id tax_region_id tax_postcode zip_is_range zip_from zip_to rate code titles",
    "rule": "id code priority position customer_tax_class_ids product_tax_class_ids tax_rate_ids calculate_subtotal",
    "taxClass": "class_id class_name class_type",
    "customer": "id group_id email firstname lastname store_id website_id gender dob addresses taxvat",
    "group": "id code tax_class_id",
}
ADDRESSES = st.lists(
    st.fixed_dictionaries(
        {name: st.just("A") | SCALARS for name in ("firstname", "lastname", "city", "telephone", "postcode")}
        | {"street": st.just(["1"]) | DOCUMENTS, "country_id": st.sampled_from(["US", "DE"]) | SCALARS},
        optional={"region": DOCUMENTS, "region_id": SCALARS, "id": SCALARS, "default_billing": SCALARS},
    ),
    max_size=2,
)
LIKELY = {
    "tax_country_id": st.just("US"), "tax_region_id": st.just(12), "tax_postcode": st.just("*"), "rate": st.just(8),
    "code": st.sampled_from(["A", "B"]), "customer_tax_class_ids": st.just([3]), "product_tax_class_ids": st.just([2]),
    "tax_rate_ids": st.just([1]), "class_name": st.sampled_from(["A", "B"]), "class_type": st.just("PRODUCT"),
    "email": st.sampled_from(["a@example.com", "b@example.com"]), "firstname": st.just("A"), "lastname": st.just("B"),
    "addresses": ADDRESSES, "group_id": st.just(1), "tax_class_id": st.just(3), "calculate_subtotal": st.booleans(),
}  # fmt: skip


def _object(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """The parameter of a service, mostly as it should be."""
    always = [one for one in OBJECTS[name].split() if one in LIKELY]

    def mostly(good: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.sampled_from([True] * 9 + [False]).flatmap(lambda right: good if right else SCALARS)

    likely = {one: mostly(LIKELY[one]) for one in always}
    others = {one: SCALARS | DOCUMENTS for one in OBJECTS[name].split() if one not in LIKELY}
    return st.fixed_dictionaries({name: st.fixed_dictionaries(likely, optional=others)})


RAW = BODIES | DOCUMENTS.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=20) | st.just(b"")
VALUES = st.sampled_from(
    ["1", "700001", "A", "x", "", "-1", "1e5", "9" * 25, "²", "%", "website", "base", "a/b", "\x7f"]
)
KEYS = st.sampled_from(
    ["searchCriteria", "fields", "searchCriteria[pageSize]", "searchCriteria[currentPage]", "storeCodes[0]", "scopeId"]
    + ["searchCriteria[sortOrders][0][field]", "searchCriteria[sortOrders][0][direction]", "searchCriteria[x][", "[]"]
    + [f"searchCriteria[filter_groups][{g}][filters][0][{name}]" for g in "01" for name in ("field", "value")]
    + ["searchCriteria[filterGroups][0][filters][1][conditionType]", "searchCriteria[filter_groups]", "qty", "skus[]"]
)
QUERY_VALUES = VALUES | st.sampled_from(
    [
        "entity_id",
        "created_at",
        "id",
        "eq",
        "from",
        "to",
        "finset",
        "null",
        "ASC",
        "sideways",
        "items[id",
        "items[id],x",
    ]
)
QUERIES = st.dictionaries(KEYS, QUERY_VALUES, max_size=4)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": st.sampled_from(["application/json", "text/plain", "", ";", "application/json; charset=x"]),
        "Accept": st.sampled_from(["application/json", "*/*", "application/xml", "", "image/png", "a;q=x, text/xml"]),
        "Content-Encoding": st.sampled_from(["gzip", "identity", "nonsense"]),
        "Authorization": st.sampled_from(["", "Bearer", "Bearer x", "OAuth", 'OAuth oauth_token="%"', "Basic x"]),
    },
)
PREFIXES = st.sampled_from(["V1", "V1", "V1", "all/V1", "async/V1", "async/bulk/V1", "all/async/bulk/V1", "nowhere/V1"])


class Fuzzed:
    """A shop with an order and a product, in a loop that the examples of one test share."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._runner.run(self._start())

    async def _start(self) -> None:
        config = Config(bearer=True)
        self.shop: MagentoSandbox = await self._stack.enter_async_context(in_process(config))
        self._session = await self._stack.enter_async_context(aiohttp.ClientSession(timeout=CALL))
        rate = {"tax_country_id": "US", "tax_postcode": "*", "rate": 1, "code": "First"}
        await Rest(self.shop).done("POST", "taxRates", {"taxRate": rate})
        await self.shop.place(cart(buyer={"email": "a@example.com", "registered": True}))

    def stop(self) -> None:
        self._runner.run(self._stack.aclose())
        self._runner.close()

    def send(self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes) -> int:
        """Send it and look at the answer; its status."""
        return self._runner.run(self._send(method, path, query, headers, body))

    def place(self, spec: dict[str, Any]) -> None:
        """A cart of the shop is priced, whatever its tables hold."""
        [placed] = self._runner.run(self.shop.place(spec))
        assert placed["grand_total"] > 0

    async def _send(self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes) -> int:
        parameters = "&".join(f"{quote(name)}={quote(value)}" for name, value in query.items())
        url = URL(f"{self.shop.base_url}/rest/{path}?{parameters}", encoded=True)
        sent = {"Content-Type": "application/json", **self.shop.bearer, **headers}
        data = None if method in ("GET", "HEAD") else body
        async with self._session.request(method, url, headers=sent, data=data, allow_redirects=False) as answer:
            raw = await answer.read()
        if answer.status >= 500:
            assert MASKED in raw.decode(), (answer.status, raw)
        if answer.content_type == "application/json" and method != "HEAD":
            document = json.loads(raw)
            assert answer.status < 400 or document.keys() & {"message", "messages"}, raw
        return answer.status


@pytest.fixture
def fuzzed() -> Iterator[Fuzzed]:
    started = Fuzzed()
    try:
        yield started
    finally:
        started.stop()


def _filled(pattern: str, values: list[str]) -> str:
    filling = iter(values * 4)
    parts = (next(filling) if part.startswith(":") else part for part in pattern.split("/"))
    return "/".join(quote(part, safe="") for part in parts)


def test_any_call_of_a_route_is_answered(fuzzed: Fuzzed) -> None:
    @settings(max_examples=400)
    @given(st.sampled_from(ROUTES), PREFIXES, st.lists(VALUES, min_size=1, max_size=3), QUERIES, HEADERS, RAW)
    @example(ROUTES[0], "V1", ["1"], {"searchCriteria[filter_groups]": "x"}, {}, b"")
    def any_call(
        route: Route, prefix: str, values: list[str], query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> None:
        fuzzed.send(route.method, f"{prefix}/{_filled(route.pattern, values)}", query, headers, body)

    any_call()


def test_any_body_of_a_writing_route_is_done_or_refused(fuzzed: Fuzzed) -> None:
    writing = [route for route in ROUTES if route.method in ("POST", "PUT")]

    @settings(max_examples=400)
    @given(st.sampled_from(writing), st.lists(VALUES, min_size=1, max_size=2), BODIES)
    def any_body(route: Route, values: list[str], body: bytes) -> None:
        fuzzed.send(route.method, f"V1/{_filled(route.pattern, values)}", {}, {}, body)

    any_body()


def test_any_search_is_answered(fuzzed: Fuzzed) -> None:
    reading = [route for route in ROUTES if route.method == "GET" and ":" not in route.pattern]

    @settings(max_examples=300)
    @given(st.sampled_from(reading), QUERIES)
    def any_search(route: Route, query: dict[str, str]) -> None:
        fuzzed.send("GET", f"V1/{route.pattern}", query, {}, b"")

    any_search()


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("taxRate", ["POST taxRates", "PUT taxRates", "DELETE taxRates/1"]),
        ("rule", ["POST taxRules", "PUT taxRules", "DELETE taxRules/1"]),
        ("taxClass", ["POST taxClasses", "PUT taxClasses/2", "DELETE taxClasses/4"]),
        ("customer", ["POST customers", "PUT customers/1", "DELETE customers/2"]),
        ("group", ["POST customerGroups", "PUT customerGroups/1", "DELETE customerGroups/4"]),
    ],
)
def test_objects_that_are_nearly_right_leave_tables_that_price_carts(
    fuzzed: Fuzzed, name: str, paths: list[str]
) -> None:
    done = 0

    @settings(max_examples=150)
    @given(st.sampled_from(paths), _object(name))
    def nearly(path: str, body: dict[str, Any]) -> None:
        nonlocal done
        method, _, pattern = path.partition(" ")
        done += fuzzed.send(method, f"V1/{pattern}", {}, {}, json.dumps(body).encode()) == 200
        plain = {key: value for key, value in cart().items() if key != "tax"}
        fuzzed.place(plain | {"buyer": {"email": "a@example.com", "registered": True}})

    nearly()
    assert done > 0


@pytest.mark.parametrize("method", ["PATCH", "HEAD", "OPTIONS", "TRACE"])
def test_any_method_is_answered(fuzzed: Fuzzed, method: str) -> None:
    assert fuzzed.send(method, "V1/orders/1", {}, {}, b"") == 400
