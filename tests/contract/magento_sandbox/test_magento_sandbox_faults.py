"""Every fault that a plan of the Magento sandbox can say, met over real HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import pytest

from shared.wire import decode
from tests.contract.magento_sandbox.shop_documents import cart
from tests.support.magento_sandbox import MagentoSandbox, SandboxRefused

ORDERS = "/rest/V1/orders?searchCriteria="


@dataclass
class Client:
    """Calls that need status, headers and body; never twice by themselves, as a new connection carries each."""

    shop: MagentoSandbox
    token: str = ""
    connector: dict[str, str] = field(default_factory=lambda: {"Connection": "close"})

    async def call(self, method: str, path: str, document: Any = None) -> tuple[int, Mapping[str, str], bytes]:
        headers = {**self.shop.sign(method, path), **self.connector}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
            session.request(method, self.shop.base_url + path, json=document, headers=headers) as answer,
        ):
            return answer.status, answer.headers, await answer.read()


async def load(shop: MagentoSandbox, *rules: dict[str, Any], seed: int = 0) -> list[str]:
    ids: list[str] = (await shop.control("POST", "faults", {"seed": seed, "rules": list(rules)}))["ids"]
    return ids


async def counts(shop: MagentoSandbox) -> list[tuple[int, int]]:
    return [(rule["matched"], rule["held"]) for rule in (await shop.control("GET", "faults"))["faults"]]


@pytest.mark.parametrize(
    ("rule", "media", "text"),
    [
        ({"status": 500, "body": "json"}, "application/json", "Report ID: webapi-"),
        ({"status": 503}, "text/html", "maintenance"),
        ({"status": 504}, "text/html", "504 Gateway Timeout</h1></center>"),
        ({"status": 502}, "text/html", "502 Bad Gateway"),
        ({"status": 500, "body": "fatal"}, "application/json", '{"messages":{"error":[{"code":500,'),
        ({"status": 429, "body": "cdn", "retry_after": "2"}, "text/html", "429 Too Many Requests"),
        ({"status": 429, "body": "json"}, "application/json", '{"message":"Too Many Requests"}'),
        ({"status": 429, "body": "cdn", "retry_after": "-1 parsecs"}, "text/html", "Too Many Requests"),
        ({"status": 401, "body": "json"}, "application/json", '"resources":"Magento_Sales::actions_view"'),
    ],
)
async def test_an_error_has_the_form_of_the_one_who_answers(
    shop: MagentoSandbox, rule: dict[str, Any], media: str, text: str
) -> None:
    await load(shop, {"effect": "status", "times": 3, **rule})
    client = Client(shop)
    answers = [await client.call("GET", ORDERS) for _ in range(4)]
    assert [status for status, _, _ in answers] == [rule["status"]] * 3 + [200]
    _, headers, body = answers[0]
    assert headers["Content-Type"].startswith(media) and text in body.decode()
    assert headers.get("Retry-After") == rule.get("retry_after") and "Retry-After" not in answers[3][1]


@pytest.mark.parametrize(
    ("effect", "done"), [("drop_before_commit", 0), ("drop", 0), ("drop_after_commit", 1), ("truncate_body", 1)]
)
async def test_a_lost_answer_says_nothing_of_the_work(shop: MagentoSandbox, effect: str, done: int) -> None:
    [placed] = await shop.place(cart())
    await shop.control("POST", "faults", {"effect": effect, "match": {"route": "order/:id/invoice"}, "times": 2})
    with pytest.raises(aiohttp.ClientError):
        await Client(shop).call("POST", f"/rest/V1/order/{placed['entity_id']}/invoice", {"capture": True})
    await shop.control("DELETE", "faults")
    invoices = await shop.get_json("/rest/V1/invoices?searchCriteria=")
    assert invoices["total_count"] == done


@pytest.mark.parametrize(("effect", "meanwhile"), [("hold_before_commit", 0), ("hold_after_commit", 1)])
async def test_a_held_call_goes_on_when_it_is_released(shop: MagentoSandbox, effect: str, meanwhile: int) -> None:
    [placed] = await shop.place(cart())
    [rule] = await load(shop, {"effect": effect, "match": {"method": "POST", "route": "order/*"}})
    path = f"/rest/V1/order/{placed['entity_id']}/ship"
    call = asyncio.create_task(Client(shop).call("POST", path, {}))
    async with asyncio.timeout(10):
        while await counts(shop) != [(1, 1)]:  # noqa: ASYNC110  # asked over HTTP
            await asyncio.sleep(0.01)
    shipments = await shop.get_json("/rest/V1/shipments?searchCriteria=")
    assert shipments["total_count"] == meanwhile and not call.done()
    await shop.control("POST", f"faults/{rule}/release")
    assert (await call)[0] == 200


async def test_delays_add_up_to_what_else_is_planned(shop: MagentoSandbox) -> None:
    await load(
        shop,
        {"effect": "delay", "seconds": 0.1},
        {"effect": "delay", "seconds": 0.1, "seconds_max": 0.2, "match": {"route": "orders"}},
        {"effect": "delay", "seconds": 0.01, "seconds_max": 0.1, "spread": "exponential"},
        {"effect": "status", "times": 1},
    )
    began = time.monotonic()
    assert (await Client(shop).call("GET", ORDERS))[0] == 503
    assert time.monotonic() - began >= 0.2
    assert await counts(shop) == [(1, 0)] * 4


async def test_a_slow_answer_comes_whole(shop: MagentoSandbox) -> None:
    await shop.place(cart())
    await load(shop, {"effect": "slow_body", "seconds": 0.3, "times": 1})
    began = time.monotonic()
    slow = await Client(shop).call("GET", ORDERS)
    assert time.monotonic() - began >= 0.3
    assert slow[2] == (await Client(shop).call("GET", ORDERS))[2]


async def test_one_bad_order_breaks_each_page_that_shows_it(shop: MagentoSandbox) -> None:
    first, bad, last = await shop.place(cart(), cart(), cart())
    await load(shop, {"effect": "bad_order", "orders": [bad["entity_id"]]})
    client = Client(shop)
    status, _, body = await client.call("GET", ORDERS)
    assert status == 500 and "Report ID: webapi-" in decode(body)["message"]
    assert (await client.call("GET", ORDERS + "&fields=total_count"))[0] == 500
    sort = "&searchCriteria[sortOrders][0][field]=entity_id&searchCriteria[sortOrders][0][direction]=ASC"
    paging = [f"{ORDERS}{sort}&searchCriteria[pageSize]=1&searchCriteria[currentPage]={page}" for page in (1, 2, 3)]
    paging = [path.replace("[", "%5B").replace("]", "%5D") for path in paging]
    assert [(await client.call("GET", path))[0] for path in paging] == [200, 500, 200]
    for order in (first, bad, last):
        assert (await client.call("GET", f"/rest/V1/orders/{order['entity_id']}"))[0] == 200


async def test_a_bad_order_can_be_one_that_is_not_shown_alone_either(shop: MagentoSandbox) -> None:
    good, bad = await shop.place(cart(), cart())
    await load(shop, {"effect": "bad_order", "orders": [bad["entity_id"]], "alone": True})
    client = Client(shop)
    assert (await client.call("GET", ORDERS))[0] == 500
    assert (await client.call("GET", f"/rest/V1/orders/{bad['entity_id']}"))[0] == 500
    assert (await client.call("GET", f"/rest/V1/orders/{good['entity_id']}"))[0] == 200


async def test_answers_carry_the_time_of_the_shops_clock(shop: MagentoSandbox) -> None:
    await shop.advance(7 * 86_400)
    _, headers, _ = await Client(shop).call("GET", ORDERS)
    ahead = parsedate_to_datetime(headers["Date"]) - datetime.now(UTC)
    assert timedelta(days=7, seconds=-30) < ahead < timedelta(days=7, seconds=30)


async def test_a_token_of_an_administrator_can_end_in_the_middle(shop: MagentoSandbox) -> None:
    keys = shop.credentials
    sign_in = {"username": keys.admin_username, "password": keys.admin_password}

    async def signed_in() -> Client:
        _, _, body = await Client(shop).call("POST", "/rest/V1/integration/admin/token", sign_in)
        return Client(shop, decode(body))

    client, other = await signed_in(), await signed_in()
    await load(shop, {"effect": "expire_token", "skip": 1, "times": 1})
    assert [(await client.call("GET", ORDERS))[0] for _ in range(3)] == [200, 401, 401]
    assert (await other.call("GET", ORDERS))[0] == 200
    await shop.control("POST", "expire-tokens")
    assert (await other.call("GET", ORDERS))[0] == 401
    assert (await Client(shop).call("GET", ORDERS))[0] == 200, "the integration's signature never ends"


async def test_chances_are_drawn_by_the_plans_seed(shop: MagentoSandbox) -> None:
    async def statuses(seed: int) -> list[int]:
        await load(shop, {"effect": "status", "status": 502, "probability": 0.5}, seed=seed)
        return [(await shop.get(ORDERS))[0] for _ in range(30)]

    first = await statuses(1)
    assert 5 < first.count(502) < 25
    assert await statuses(1) == first and await statuses(2) != first


async def test_some_orders_are_told_of_before_their_commit(shop: MagentoSandbox) -> None:
    await load(shop, {"effect": "not_found", "times": 1, "skip": 1})
    orders = await shop.place(cart(), cart())
    reads = [[(await shop.get(f"/rest/V1/orders/{one['entity_id']}"))[0] for _ in range(2)] for one in orders]
    assert reads == [[200, 200], [404, 200]]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"effect": "explode"}, "effect: .*'not_found'.* expected, not 'explode'"),
        ({"rules": [{"effect": "delay"}, {"effect": "delay", "sconds": 1}]}, r"rules\.1\.sconds: unknown; .*seconds"),
        (
            {"rules": [{"effect": "delay", "match": {"rout": "x"}}]},
            r"match\.rout: unknown; allowed here: method",
        ),
        ({"rules": [], "webhooks": {"copies": 2}}, "webhooks.copies: unknown; allowed here: copies_min"),
        ({"rules": [], "webhooks": {"copies_min": 9, "copies_max": 2}}, "copies_min 9 is above copies_max 2"),
        ({"rules": [], "seeed": 1}, "seeed: unknown; allowed here: seed, rules, webhooks"),
        ({"rules": [{"effect": "delay"}] * 201}, "at most 200"),
        (
            {"effect": "delay", "match": {"route": "order/:id"}},
            "match.route: no route is order/:id; near it: .*orders/:id",
        ),
        (
            {"rules": [{"effect": "delay", "match": {"method": "DELETE", "route": "modules"}}]},
            "rules.0.match.route: no r",
        ),
        ({"rules": 5}, "rules: .*list"),
        ({"effect": "delay", "seconds": 301}, "seconds: .*300"),
        ({"effect": "delay", "seconds": "long"}, "seconds: .*number"),
        ({"effect": "status", "status": 200}, "400 to 599"),
        ({"effect": "bad_order"}, "bad_order needs orders"),
        ({"effect": "not_found", "times": None}, "not_found needs times"),
        ({"effect": "delay", "probability": 0}, "probability: .*greater than 0"),
        ({"effect": "status", "retry_after": "a\r\nb"}, "retry_after"),
        ([], "a JSON object is expected"),
        (b"{", "no JSON document"),
    ],
)
async def test_a_wrong_plan_is_refused_by_path_and_changes_nothing(
    shop: MagentoSandbox, body: Any, message: str
) -> None:
    await load(shop, {"effect": "not_found", "times": 7})
    with pytest.raises(SandboxRefused, match=f"400 .*{message}"):
        await shop.control("POST", "faults", body)
    assert [rule["times"] for rule in (await shop.control("GET", "faults"))["faults"]] == [7]


async def test_rules_that_are_over_make_room_for_new_ones(shop: MagentoSandbox) -> None:
    await load(shop, *[{"effect": "status", "times": 1, "match": {"route": "modules"}}] * 200)
    with pytest.raises(SandboxRefused, match=r"400 .*at most 200 rules"):
        await shop.fault("delay")
    assert (await shop.get("/rest/V1/modules"))[0] == 503
    await shop.fault("delay")
    assert len(await counts(shop)) == 200


async def test_webhooks_are_disturbed_as_the_plan_says(shop: MagentoSandbox) -> None:
    await shop.control("POST", "faults", {"webhooks": {"copies_min": 3, "copies_max": 3, "time_scale": 0}})
    await shop.webhooks("http://127.0.0.1:9/{event}", "key", events=["sales.order.created"])
    await shop.place(cart())
    assert (await shop.deliveries())["scheduled"] == 3
    await shop.webhooks("http://127.0.0.1:9/{event}", "key", events=["sales.order.created"], copies_max=4, copies_min=4)
    await shop.place(cart())
    assert (await shop.deliveries())["scheduled"] == 7, "what a registration says itself wins"
