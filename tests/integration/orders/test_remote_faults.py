"""QuickBooks and the shop in trouble: orders wait, nothing is lost or doubled, and it all comes right by itself."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.integration.orders.in_the_books import booked, documents_of, metered, within_quota
from tests.support.deployment import Deployment
from tests.support.shopping import cart

RECEIPTS = {"method": "POST", "entity": "SalesReceipt"}
pytestmark = pytest.mark.timeout(180)


async def all_booked_once(deployed: Deployment, placed: list[dict[str, object]]) -> None:
    for one in placed:
        await booked(deployed, one)
    assert len(await deployed.documents()) == len(placed)


async def test_pages_of_html_lost_answers_and_expired_tokens_leave_each_order_booked_once(
    embedded: Deployment,
) -> None:
    await embedded.start_all()
    await booked(embedded, await embedded.place(cart()))
    books = embedded.books
    tokens = (await books.usage())["token_requests"]
    await books.expire_tokens()
    placed = await embedded.shop.place(*(cart() for _ in range(6)))
    for one in placed:
        await booked(embedded, one)
    assert (await books.usage())["token_requests"] == tokens + 1, "one refresh for all who were refused"

    reads = await metered(embedded)
    await books.add_fault("status", match=RECEIPTS, status=503, body="html", times=6)
    await books.add_fault("drop_after_commit", match=RECEIPTS, times=2, skip=2)
    await books.add_fault("status", match=RECEIPTS, status=500, body="fault", times=2)
    stormy = await embedded.shop.place(*(cart() for _ in range(6)))
    for one in stormy:
        await booked(embedded, one)
    assert len(await embedded.documents()) == 13
    assert await metered(embedded) - reads <= 30, "a look-up for each lost answer, no loop"
    await within_quota(embedded)


async def test_after_a_429_the_realm_waits_and_then_all_orders_are_booked(embedded: Deployment) -> None:
    """QuickBooks names no time to wait, so it is a minute: seen here is that nobody calls meanwhile."""
    process = await embedded.start_all()
    await booked(embedded, await embedded.place(cart()))
    rule = await embedded.books.add_fault("status", match=RECEIPTS, status=429, body="xml")
    placed = await embedded.shop.place(*(cart() for _ in range(15)))

    async def refused() -> bool:
        return bool((await embedded.books.fault(rule))["matched"])

    await embedded.until(refused, "a write met 429")
    await embedded.until(lambda: said(process.log, "Throttled"), "the log says so")
    usage, met = await when_quiet(embedded, rule)
    assert met <= 10, "only those that were under way"
    later = await embedded.place(cart())
    until = time.monotonic() + 3
    while time.monotonic() < until:
        assert (await embedded.books.usage())["by_kind"] == usage["by_kind"]
        assert (await embedded.books.fault(rule))["matched"] == met
    assert await documents_of(embedded, later) == []
    # The owner is restarted: the pause is in the memory of the process, and the faults are over.
    process.process.kill()
    await process.process.wait()
    await embedded.books.clear_faults()
    await embedded.restart_writer()
    for one in (*placed, later):
        await booked(embedded, one)
    assert len(await embedded.documents()) == 17


async def when_quiet(deployed: Deployment, rule: str) -> tuple[dict[str, Any], int]:
    """Usage of the books, and how often the fault was met, once the calls that were under way have ended: nothing
    arrived for a second."""
    seen: list[tuple[dict[str, Any], int]] = []

    async def ended() -> bool:
        for _ in range(2):
            seen.append((await deployed.books.usage(), (await deployed.books.fault(rule))["matched"]))
            await asyncio.sleep(1)
        return seen[-1][1] == seen[-2][1] and seen[-1][0]["by_kind"] == seen[-2][0]["by_kind"]

    await deployed.until(ended, "the calls that were under way have ended", 20)
    return seen[-1]


async def said(log: Path, words: str) -> bool:
    return words in log.read_text()


async def test_a_withdrawn_grant_stops_the_writing_not_the_listening(embedded: Deployment) -> None:
    """With a new grant in the secrets file and a restart everything catches up; also when the log still takes the old
    grant for alive, because it was withdrawn while nothing ran."""
    process = await embedded.start_all()
    first = await embedded.place(cart())
    await booked(embedded, first)
    await revoke(embedded)
    placed = await embedded.shop.place(*(cart() for _ in range(3)))
    await embedded.until(lambda: said(process.log, "must be connected"), "the log says that a person must act")
    for one in placed:
        await embedded.hint(one["entity_id"])
    process.check()
    assert len(await embedded.documents()) == 1
    assert await embedded.stop(process) == 0
    await grant_in_secrets(embedded)
    process = await embedded.start_all()
    await all_booked_once(embedded, [first, *placed])

    assert await embedded.stop(process) == 0
    await revoke(embedded)
    await grant_in_secrets(embedded)
    await embedded.start_all()
    await all_booked_once(embedded, [first, *placed, await embedded.place(cart())])


async def revoke(deployed: Deployment) -> None:
    """A person disconnects the app in QuickBooks. The sandbox changes a refresh token's value once a day only."""
    books, secrets = deployed.books, deployed.folder / "secrets.toml"
    found = re.search(r'refresh_token = "([^"]*)"', secrets.read_text())
    assert found is not None
    headers = {"Authorization": aiohttp.encode_basic_auth(books.client_id, books.client_secret)}
    url = f"{books.base_url}/v2/oauth2/tokens/revoke"
    async with deployed.session.post(url, json={"token": found[1]}, headers=headers) as answer:
        assert answer.status == 200, await answer.text()


async def grant_in_secrets(deployed: Deployment) -> None:
    """A person connects the app again, and writes the new refresh token into the secrets file."""
    secrets = deployed.folder / "secrets.toml"
    fresh = (await deployed.books.grant())["refresh_token"]
    secrets.write_text(re.sub(r'refresh_token = "[^"]*"', f'refresh_token = "{fresh}"', secrets.read_text()))


async def test_a_shop_that_is_down_or_late_costs_nothing_but_time(embedded: Deployment) -> None:
    """503 and dropped connections, then orders whose event came before their commit."""
    process = await embedded.start_all()
    await embedded.shop.fault("status", route="orders/:id", status=503, times=2)
    await embedded.shop.fault("drop", route="invoices", times=1)
    placed = await embedded.shop.place(*(cart() for _ in range(3)))
    await all_booked_once(embedded, placed)
    assert await said(process.log, "ShopUnavailable")
    await embedded.shop.fault("not_found", times=2)
    before = sum((await embedded.shop.usage()).values())
    await booked(embedded, await embedded.place(cart()))
    # Each reading asks for the order, its invoices and its credit memos: two in vain, and the one that found it.
    assert sum((await embedded.shop.usage()).values()) - before >= 9
