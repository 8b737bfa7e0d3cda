"""The shop's clock can be advanced, and all that goes by time follows."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.magento.limits import ADMIN_TOKEN_SECONDS, OAUTH_CLOCK_AHEAD_SECONDS, PENDING_PAYMENT_MINUTES
from shared.wire import decode
from tests.contract.magento_sandbox.shop_documents import cart
from tests.support.magento_sandbox import MagentoSandbox, SandboxRefused, as_subprocess

DAY = 86_400
ORDERS = "/rest/V1/orders?searchCriteria="


async def shown(shop: MagentoSandbox) -> datetime:
    return datetime.fromisoformat((await shop.control("GET", "clock"))["now"])


async def test_documents_carry_the_advanced_time(shop: MagentoSandbox) -> None:
    before = await shown(shop)
    told = await shop.advance(DAY)
    assert told["ahead_seconds"] == DAY
    assert 0 <= (await shown(shop) - before).total_seconds() - DAY < 60
    [placed] = await shop.place(cart())
    order = await shop.get_json(f"/rest/V1/orders/{placed['entity_id']}")
    created = datetime.fromisoformat(f"{order['created_at']}+00:00")
    assert 0 <= (created - before).total_seconds() - DAY < 60
    await shop.advance(100)
    await shop.edit(placed["entity_id"], {"customer_note": "later"})
    order = await shop.get_json(f"/rest/V1/orders/{placed['entity_id']}")
    changed = datetime.fromisoformat(f"{order['updated_at']}+00:00")
    assert 100 <= (changed - created).total_seconds() < 160


async def test_an_administrators_token_ends_with_the_advanced_hour(shop: MagentoSandbox) -> None:
    keys = shop.credentials
    sign_in = {"username": keys.admin_username, "password": keys.admin_password}
    token = decode((await shop.send("POST", "/rest/V1/integration/admin/token", sign_in, {}))[1])
    bearer = {"Authorization": f"Bearer {token}"}
    await shop.advance(ADMIN_TOKEN_SECONDS - 60)
    assert (await shop.get(ORDERS, bearer))[0] == 200
    await shop.advance(60)
    assert (await shop.get(ORDERS, bearer))[0] == 401


async def test_a_signature_may_be_ahead_of_the_advanced_clock_by_ten_minutes(shop: MagentoSandbox) -> None:
    late = str(int(time.time()) + DAY + OAUTH_CLOCK_AHEAD_SECONDS - 60)
    assert (await shop.get(ORDERS, shop.sign("GET", ORDERS, oauth_timestamp=late)))[0] == 400
    await shop.advance(DAY)
    assert (await shop.get(ORDERS, shop.sign("GET", ORDERS, oauth_timestamp=late)))[0] == 200
    assert (await shop.get(ORDERS))[0] == 200, "an old time is never refused"


async def test_an_order_that_is_not_paid_is_canceled_when_its_time_is_over(shop: MagentoSandbox) -> None:
    [placed] = await shop.place(cart())
    await shop.control("POST", f"orders/{placed['entity_id']}/await_payment", {})

    async def state() -> str:
        return str((await shop.orders())[0]["state"])

    await shop.advance(PENDING_PAYMENT_MINUTES * 60 - 60)
    assert await state() == "pending_payment"
    await shop.advance(61)
    assert await state() == "canceled"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"advance_seconds": -1}, "advance_seconds must be between 0 and"),
        ({"advance_seconds": "soon"}, "advance_seconds must be a number"),
        ({"advance_seconds": True}, "advance_seconds must be a number"),
        (b'{"advance_seconds": 1e400}', "advance_seconds must be between"),
        ({"advance_seconds": 10**10 * 2}, "advance_seconds must be between"),
        ({"advance": 5}, "advance: unknown; allowed here: advance_seconds, stand"),
        ([], "a JSON object is expected"),
    ],
)
async def test_a_wrong_advance_is_refused(shop: MagentoSandbox, body: Any, message: str) -> None:
    with pytest.raises(SandboxRefused, match=f"400 .*{message}"):
        await shop.control("POST", "clock", body)
    assert (await shop.control("GET", "clock"))["ahead_seconds"] == 0


async def test_the_clock_ends(shop: MagentoSandbox) -> None:
    await shop.advance(10**10)
    with pytest.raises(SandboxRefused, match="the clock ends in the year 2500"):
        await shop.advance(10**10)


async def test_the_clock_stays_over_a_reset_and_a_restart(tmp_path: Path) -> None:
    store = ("--store", str(tmp_path / "shop"))
    async with as_subprocess(*store) as shop:
        await shop.advance(DAY)
        await shop.reset()
        assert (await shop.control("GET", "clock"))["ahead_seconds"] == DAY
    async with as_subprocess(*store) as shop:
        assert (await shop.control("GET", "clock"))["ahead_seconds"] == DAY
