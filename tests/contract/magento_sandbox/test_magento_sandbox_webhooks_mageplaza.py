"""The Mageplaza module: templates, the race inside the save, no second try."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from sandbox.magento.webhooks.liquid import Template, TemplateRefused
from tests.contract.magento_sandbox.hook_receiver import Received, Receiver, receiving, settled
from tests.contract.magento_sandbox.shop_documents import cart, order
from tests.support.magento_sandbox import MagentoSandbox, SandboxRefused

STATUSES = ["pending", "processing", "complete"]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


async def register(shop: MagentoSandbox, receiver: Receiver, **plan: Any) -> None:
    whole = {"kind": "mageplaza", "url": receiver.at("hook"), "statuses": STATUSES, "body": "{{ item.entity_id }}"}
    await shop.control("POST", "webhooks", whole | plan)


async def test_a_template_becomes_the_bytes_of_the_request(shop: MagentoSandbox, receiver: Receiver) -> None:
    body = (
        '{"id":"{{ item.increment_id }}","mail":"{{ item.customer_email | default: "none" }}",'
        '"note":"{{item.customer_note|escape}}","rows":[{% for row in item.items %}"{{ row.sku }}"'
        "{% if forloop.last == false %},{% endif %}{% endfor %}]}"
    )
    headers = {"X-Shared-Secret": "s3cret"}
    await register(
        shop, receiver, body=body, headers=headers, basic={"username": "shop", "password": "p:w"}, method="PUT",
        url=receiver.at("order-{{ item.entity_id }}"), content_type="application/json; charset=UTF-8",
    )  # fmt: skip
    rows = [{"item_id": 1, "sku": 'A"B', "qty_ordered": 1}, {"item_id": 2, "sku": "Ä", "qty_ordered": 1}]
    await shop.put_order(order(5, customer_note="<it's>", items=rows))
    [got] = receiver.received
    note = "&lt;it&#039;s&gt;"
    assert got.body == f'{{"id":"000000005","mail":"none","note":"{note}","rows":["A"B","Ä"]}}'.encode()
    assert (got.method, got.event) == ("PUT", "order-5")
    assert got.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert got.headers["X-Shared-Secret"] == "s3cret"
    assert got.headers["Authorization"] == "Basic " + base64.b64encode(b"shop:p:w").decode()


async def test_rest_answers_404_or_the_old_row_while_the_hook_is_sent(shop: MagentoSandbox, receiver: Receiver) -> None:
    seen: list[tuple[int, Any]] = []

    async def look(got: Received) -> web.Response:
        status, body = await shop.get(f"/rest/V1/orders/{got.body.decode()}")
        seen.append((status, json.loads(body).get("state")))
        return web.Response()

    receiver.respond = look
    await register(shop, receiver)
    [placed] = await shop.place(cart())
    number = placed["entity_id"]
    assert seen == [(404, None)]
    assert (await shop.get_json(f"/rest/V1/orders/{number}"))["state"] == "new"
    await shop.invoice(number)
    assert seen[1:] == [(200, "new")] * len(seen[1:])
    assert len(seen) > 1
    assert (await shop.get_json(f"/rest/V1/orders/{number}"))["state"] == "processing"


async def test_it_fires_at_every_save_while_the_status_matches(shop: MagentoSandbox, receiver: Receiver) -> None:
    await register(shop, receiver, statuses=["pending"])
    await shop.put_order(order(5), announce=False)
    await shop.edit(5, {"customer_email": "a@example.com"})
    await shop.edit(5, {"customer_email": "b@example.com"})
    await shop.hold(5)
    assert [one.body for one in receiver.received] == [b"5", b"5"]


async def test_an_order_paid_at_once_is_told_several_times(shop: MagentoSandbox, receiver: Receiver) -> None:
    await register(shop, receiver)
    await shop.place(cart(paid_at_once=True))
    assert len(receiver.received) > 1
    assert len({one.body for one in receiver.received}) == 1


async def test_a_save_that_is_rolled_back_was_told_all_the_same(shop: MagentoSandbox, receiver: Receiver) -> None:
    await register(shop, receiver)
    poor = cart(items=[{"sku": "NONE", "name": "None", "price": "1.00", "qty": 20_000}])
    with pytest.raises(SandboxRefused):
        await shop.place(cart(), poor)
    assert len(receiver.received) == 1
    assert await shop.orders() == []


@pytest.mark.parametrize(("status", "ended"), [(200, "delivered"), (201, "delivered"), (202, "dead"), (500, "dead")])
async def test_nothing_is_ever_tried_again(shop: MagentoSandbox, receiver: Receiver, status: int, ended: str) -> None:
    receiver.answers = [status]
    await register(shop, receiver)
    await shop.put_order(order(5))
    counts = await settled(shop)
    assert len(receiver.received) == 1
    assert counts[ended] == 1


async def test_a_receiver_that_is_down_is_not_told_later_and_a_replay_sends_the_bytes_of_then(
    shop: MagentoSandbox, receiver: Receiver
) -> None:
    receiver.drop = True
    await register(shop, receiver, body="{{ item.customer_email }}")
    await shop.put_order(order(5, customer_email="old@example.com"))
    counts = await settled(shop)
    assert (counts["lost"], counts["delivered"]) == (1, 0)
    receiver.drop = False
    receiver.answers = [200]
    await shop.edit(5, {"status": "quiet", "customer_email": "new@example.com"})
    [lost] = (await shop.control("GET", "webhooks/deliveries?state=lost"))["deliveries"]
    await shop.control("POST", "webhooks/replay", {"deliveries": [lost["id"]]})
    await settled(shop)
    assert receiver.received[-1].body == b"old@example.com"


async def test_by_cron_it_is_sent_after_the_save_with_the_model_as_it_is_then(
    shop: MagentoSandbox, receiver: Receiver
) -> None:
    receiver.answers = [200]
    await register(shop, receiver, cron=True, statuses=["pending"], body="{{ item.state }}", time_scale=0.01)
    await shop.put_order(order(5))
    await shop.hold(5)
    await settled(shop)
    assert [one.body for one in receiver.received] == [b"holded"]


@pytest.mark.parametrize("method", ["GET", "PATCH", "HEAD"])
async def test_other_methods_than_post_put_and_delete_have_no_body(
    shop: MagentoSandbox, receiver: Receiver, method: str
) -> None:
    await register(shop, receiver, method=method)
    await shop.put_order(order(5))
    [got] = receiver.received
    assert (got.method, got.body) == (method, b"")


async def test_documents_customers_and_products_have_hooks_of_their_own(
    shop: MagentoSandbox, receiver: Receiver
) -> None:
    types = (
        "new_invoice", "new_shipment", "new_creditmemo", "new_order_comment", "new_product", "update_product",
        "delete_product", "new_customer",
    )  # fmt: skip
    for name in types:
        await register(shop, receiver, name=name, hook_type=name, url=receiver.at(name), statuses=[])
    [placed] = await shop.place(cart(buyer={"email": "a@example.com", "registered": True}))
    number = placed["entity_id"]
    await shop.invoice(number)
    await shop.ship(number)
    await shop.control("POST", f"orders/{number}/creditmemo", {})
    await shop.control("POST", f"orders/{number}/comment", {"comment": "thanks"})
    path = "/rest/V1/products/WATCH"
    await shop.send("PUT", path, {"product": {"name": "Clock"}}, shop.sign("PUT", path))
    async with shop._session.delete(shop.base_url + path, headers=shop.sign("DELETE", path)) as response:
        assert response.status == 200
    assert sorted(set(receiver.events())) == sorted(types)


async def test_a_write_that_the_receiver_makes_waits_for_the_save_that_waits_for_it(
    shop: MagentoSandbox, receiver: Receiver
) -> None:
    order_of_things: list[str] = []

    async def write(got: Received) -> web.Response:
        async def hold() -> None:
            await shop.hold(6)
            order_of_things.append("held")

        tasks.append(asyncio.create_task(hold()))
        await asyncio.sleep(0.1)
        order_of_things.append("answered")
        return web.Response()

    tasks: list[Any] = []
    await shop.put_order(order(6), announce=False)
    receiver.respond = write
    await register(shop, receiver, statuses=["pending"])
    await shop.put_order(order(5))
    await tasks[0]
    assert order_of_things == ["answered", "held"]


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ item.total | money }}", "filter 'money' is not known"),
        ("{{ item.a | default }}", "takes one argument"),
        ("{{ item['a'] }}", "no value that is known"),
        ("{% assign a = 1 %}", "assign a = 1 %} is not known"),
        ("{% for row in item.items %}", "for has no end"),
        ("{% endif %}", "endif %} is not known"),
        ("{% if item.a > 1 %}{% endif %}", "if item.a > 1"),
        ("{{ item.a", "has no end"),
    ],
)
async def test_what_the_sandbox_does_not_know_of_liquid_is_refused_at_set_up(
    shop: MagentoSandbox, receiver: Receiver, template: str, reason: str
) -> None:
    with pytest.raises(TemplateRefused) as refused:
        Template(template)
    assert reason in str(refused.value)
    with pytest.raises(SandboxRefused, match=r"400 .*body"):
        await register(shop, receiver, body=template)


async def test_a_hook_of_orders_without_statuses_is_refused(shop: MagentoSandbox, receiver: Receiver) -> None:
    with pytest.raises(SandboxRefused, match="names the statuses"):
        await register(shop, receiver, statuses=[])


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ item.none }}|{{ item.yes }}|{{ item.no }}", "|1|"),
        ("{{ item.price }} {{ item.rows }} {{ item.rows.size }} {{ item.rows.0.a }}", "5 Array 2 x"),
        ("{{ item.none | default: 'a|b' | upcase }}", "A|B"),
        ("{% if item.none %}a{% elsif item.price == 5 %}b{% else %}c{% endif %}", "b"),
        ("{% if item.name != 'n' %}a{% else %}c{% endif %}", "c"),
        (
            "{% for r in item.rows %}{{ forloop.index }}{{ r.a }}{% for s in item.rows %}.{% endfor %}{% endfor %}",
            "1x..2y..",
        ),
        ("{%- for r in item.none -%}x{%- endfor -%}", ""),
    ],
)
def test_liquid_renders_as_the_modules_library_does(template: str, text: str) -> None:
    rows = [{"a": "x"}, {"a": "y"}]
    item = {"none": None, "yes": True, "no": False, "price": Decimal("5.00"), "name": "n", "rows": rows}
    assert Template(template).render(item) == text


@given(st.text())
def test_text_without_tags_stays_as_it_is(text: str) -> None:
    plain = text.replace("{{", "").replace("{%", "").replace("}}", "").replace("%}", "")
    if "{{" not in plain and "{%" not in plain:
        assert Template(plain).render({}) == plain
