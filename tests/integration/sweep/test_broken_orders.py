"""One order that the shop can't show: it holds up no other, is named, and is found when it is mended."""

from __future__ import annotations

import pytest

from shared import limits
from shared.topics import ORDERS, OUTCOMES
from tests.support.deployment import Deployment
from tests.support.shopping import cart
from tests.support.sweeping import PAST_THE_LAG, cursor, newest, until_found, until_swept

pytestmark = pytest.mark.timeout(60)


async def test_an_order_that_breaks_its_page_is_found_like_the_others(receiving: Deployment) -> None:
    placed = await receiving.shop.place(*[cart() for _ in range(130)])
    bad = [placed[number]["entity_id"] for number in (0, 57, 58, 129)]
    await receiving.shop.fault("bad_order", orders=bad, times=None)
    await receiving.shop.advance(PAST_THE_LAG)
    await until_found(receiving, placed)
    await until_swept(receiving)
    assert len(await receiving.read(ORDERS)) == 130
    assert await receiving.read(OUTCOMES) == []


async def test_an_order_that_always_answers_500_is_named_once_and_found_when_it_is_mended(
    receiving: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = await receiving.shop.place(*[cart() for _ in range(30)])
    bad = placed[17]
    await receiving.shop.fault("bad_order", orders=[bad["entity_id"]], alone=True, times=None)
    await receiving.shop.advance(PAST_THE_LAG)
    await until_found(receiving, [one for one in placed if one is not bad])
    outcome = await receiving.until_outcome(receiving.key(bad), "unreadable")
    assert "Report ID" in outcome["text"]
    await until_swept(receiving, 2)
    name = f"order:{bad['entity_id']}"
    assert list((await cursor(receiving))["unreadable"]) == [name], "it holds up nothing, and is not forgotten"
    assert len(await receiving.read(OUTCOMES)) == 1

    await receiving.shop.advance(2 * limits.SWEEP_OVERLAP_SECONDS)  # no window shows it any more
    await until_swept(receiving)
    assert receiving.key(bad) not in await newest(receiving)
    await receiving.shop.control("DELETE", "faults")
    await until_found(receiving, [bad], 10)
    await until_swept(receiving)
    assert (await cursor(receiving))["unreadable"] == {}
    assert len(await receiving.read(ORDERS)) == 30


async def test_an_invoice_that_no_list_shows_leads_to_its_order(receiving: Deployment) -> None:
    (placed,) = await receiving.shop.place(cart())
    await receiving.shop.advance(PAST_THE_LAG)
    await until_found(receiving, [placed])
    await receiving.shop.advance(3_600)
    await until_swept(receiving)
    invoice = await receiving.shop.invoice(placed["entity_id"])
    await receiving.shop.fault("bad_order", route="invoices", orders=[invoice["entity_id"]], times=None, alone=True)
    await receiving.shop.advance(PAST_THE_LAG)
    await receiving.until_outcome(f"main:invoice:{invoice['entity_id']}", "unreadable")
    await receiving.shop.control("DELETE", "faults")

    async def shown() -> bool:
        return bool((await newest(receiving))[receiving.key(placed)]["invoices"])

    await receiving.until(shown, "the snapshot has the invoice", 10)
