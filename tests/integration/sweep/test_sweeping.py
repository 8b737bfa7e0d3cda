"""What no webhook told of is found: sweeps of the sandbox shop, over real HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared import limits
from shared.topics import ORDERS
from tests.support.deployment import Deployment
from tests.support.shopping import cart
from tests.support.sweeping import PAST_THE_LAG, cursor, newest, until_found, until_quiet, until_swept

pytestmark = pytest.mark.timeout(60)


async def test_orders_that_no_webhook_told_of_are_found_once_and_then_left_alone(receiving: Deployment) -> None:
    placed = await receiving.shop.place(*[cart() for _ in range(7)])
    await receiving.shop.advance(limits.SWEEP_SETTLED_SECONDS + PAST_THE_LAG)
    await until_found(receiving, placed)
    records = await receiving.read(ORDERS)
    assert len(records) == 7 and {one.headers["cause"] for one in records} == {"sweep"}
    await until_swept(receiving)
    before, since = await receiving.shop.usage(), (await cursor(receiving))["until"]
    await until_swept(receiving, 2)
    after, until = await receiving.shop.usage(), (await cursor(receiving))["until"]
    sweeps = (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds()
    calls = {route: after[route] - before.get(route, 0) for route in after if after[route] != before.get(route, 0)}
    assert len(calls) == 6, calls
    assert max(calls.values()) <= sweeps + 2, "one page of each list and the clock: nothing is read again in full"
    assert len(await receiving.read(ORDERS)) == 7


async def test_a_document_saved_without_its_order_leads_to_the_order(receiving: Deployment) -> None:
    """The order's own updated_at doesn't move then."""
    (placed,) = await receiving.shop.place(cart())
    invoice = await receiving.shop.invoice(placed["entity_id"])
    await receiving.shop.advance(3_600)
    await until_found(receiving, [placed])
    await until_swept(receiving)
    number = invoice["entity_id"]
    document = await receiving.shop.get_json(f"/rest/V1/invoices/{number}")
    now = (datetime.now(UTC) + timedelta(seconds=3_600)).strftime("%Y-%m-%d %H:%M:%S")
    await receiving.shop.put_invoice({**document, "transaction_id": "TX-9", "updated_at": now}, announce=False)
    await receiving.shop.advance(PAST_THE_LAG)

    async def shown() -> bool:
        snapshot = (await newest(receiving))[receiving.key(placed)]
        return [one.get("transaction_id") for one in snapshot["invoices"]] == ["TX-9"]

    await receiving.until(shown, "the snapshot shows the invoice as it is now", 10)


async def test_all_of_many_orders_of_one_second_are_found(receiving: Deployment) -> None:
    at = datetime.now(UTC).replace(microsecond=0)
    placed = await receiving.shop.place(*[cart(created_at=at) for _ in range(230)])
    await receiving.shop.advance(PAST_THE_LAG)
    await until_found(receiving, placed)
    assert len(await receiving.read(ORDERS)) == 230


@pytest.mark.parametrize("number", [limits.MAGENTO_PAGE_MAX - 1, limits.MAGENTO_PAGE_MAX, 2 * limits.MAGENTO_PAGE_MAX])
async def test_a_shop_that_repeats_its_last_page_is_swept_all_the_same(receiving: Deployment, number: int) -> None:
    """Magento 2.3 (reference, section 0.7)."""
    await receiving.shop.control("PATCH", "settings", {"out_of_range_page": "last"})
    placed = await receiving.shop.place(*[cart() for _ in range(number)])
    await receiving.shop.advance(PAST_THE_LAG)
    await until_found(receiving, placed)
    await until_swept(receiving, 2)
    assert len(await receiving.read(ORDERS)) == number


async def test_orders_that_change_while_they_are_walked_are_found_as_they_are_in_the_end(
    receiving: Deployment,
) -> None:
    placed = await receiving.shop.place(*[cart() for _ in range(2 * limits.MAGENTO_PAGE_MAX + 20)])
    await receiving.shop.fault("delay", route="orders", seconds=0.4, times=None)
    await receiving.shop.advance(PAST_THE_LAG)

    async def under_way() -> bool:
        return 0 < len(await newest(receiving)) < len(placed)

    await receiving.until(under_way, "the walk is between two pages")
    changed = {receiving.key(placed[number]): f"late{number}@example.com" for number in (0, 50, 120, 210)}
    for key, email in changed.items():  # behind the page, on it and before it
        await receiving.shop.edit(int(key.rpartition(":")[2]), {"customer_email": email})
    await receiving.shop.control("DELETE", "faults")
    await receiving.shop.advance(PAST_THE_LAG)

    async def up_to_date() -> bool:
        found = await newest(receiving)
        return {key: found[key]["order"]["customer_email"] for key in changed if key in found} == changed

    await receiving.until(up_to_date, "the changes are found", 15)
    await until_found(receiving, placed)


async def test_the_cursor_waits_until_what_a_window_leads_to_is_in_the_log(
    receiving: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No overlap would bring the order back: it was placed hours before the window's end."""
    monkeypatch.setattr(limits, "SHOP_DOWN_SECONDS", 0.2)
    await until_quiet(receiving)
    placed = await receiving.shop.place(cart())
    await receiving.shop.fault("status", route="shipments", status=503, times=None)  # listed, but not to be read
    asked = (await receiving.shop.usage())["GET shipments"]
    await receiving.shop.advance(7_200)

    async def in_vain() -> bool:
        return (await receiving.shop.usage())["GET shipments"] > asked + 5

    await receiving.until(in_vain, "its reading has failed several times", 20)
    until = datetime.fromisoformat((await cursor(receiving))["until"])
    assert until < datetime.now(UTC) + timedelta(seconds=3_600), "the window isn't done"
    await receiving.shop.control("DELETE", "faults")
    await until_found(receiving, placed, 10)


async def test_a_change_just_before_the_shops_clock_was_set_forward_is_found(receiving: Deployment) -> None:
    """By the new time the snapshot of before the change looks younger than the change."""
    await until_swept(receiving)
    (placed,) = await receiving.shop.place(cart())
    await receiving.hint(placed["entity_id"])
    await until_found(receiving, [placed])
    await receiving.shop.edit(placed["entity_id"], {"customer_email": "late@example.com"})
    await receiving.shop.advance(3_600)

    async def found() -> bool:
        return bool((await newest(receiving))[receiving.key(placed)]["order"]["customer_email"] == "late@example.com")

    await receiving.until(found, "the change is found", 10)


async def test_an_outage_of_the_shop_is_made_up_for_as_soon_as_it_is_over(
    receiving: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SHOP_DOWN_SECONDS", 0.2)
    await until_swept(receiving)
    await receiving.shop.fault("status", status=503, times=None)
    placed = await receiving.shop.place(cart(), cart())
    await receiving.shop.advance(3 * 86_400)
    placed += await receiving.shop.place(cart())
    await receiving.shop.control("DELETE", "faults")
    await receiving.shop.advance(PAST_THE_LAG)
    await until_found(receiving, placed, 10)
    assert len(await receiving.read(ORDERS)) == 3
