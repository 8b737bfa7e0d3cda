"""What a process knows of the books, read from a real (sandbox) company over HTTP, while others use it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.orders.reference import Reference
from shared import limits
from shared.mapping.item import ItemNeed
from shared.quickbooks.client import QuickBooksClient
from shared.quickbooks.faults import Unavailable
from shared.quickbooks.quota import Quota
from tests.support.quickbooks_sandbox import QuickBooksSandbox, running

ITEM = {"Type": "Service", "IncomeAccountRef": {"value": "1"}}


class Token:
    """One that never ends."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def access_token(self) -> str:
        return self._token

    async def refused(self, token: str) -> None:
        raise AssertionError("the sandbox refused a good token")


@pytest.fixture
async def books() -> AsyncIterator[QuickBooksSandbox]:
    async with running() as sandbox:
        await sandbox.seed({"Item": [{"Name": "By hand", "Sku": "MUG", **ITEM}]})
        yield sandbox


@pytest.fixture
async def seconds() -> list[float]:
    return [0.0]


@pytest.fixture
async def reference(books: QuickBooksSandbox, seconds: list[float]) -> Reference:
    token = Token((await books.grant())["access_token"])
    client = QuickBooksClient(books.session, books.base_url, books.realm, token, Quota())
    return Reference(client, lambda: seconds[0])


def need(sku: str) -> ItemNeed:
    return ItemNeed(f"sku:{sku}", sku, "", (sku,), create=False, service=False, label=sku)


async def metered(books: QuickBooksSandbox) -> int:
    return int((await books.usage())["metered"])


async def test_many_who_need_it_at_once_cost_one_reading(reference: Reference, books: QuickBooksSandbox) -> None:
    await asyncio.gather(*(reference.ensure() for _ in range(20)))
    once = await metered(books)
    await reference.ensure()
    known = reference.loads
    await asyncio.gather(*(reference.reload(known) for _ in range(20)))
    assert (await metered(books), reference.loads) == (2 * once, 2)


async def test_while_it_is_read_anew_nothing_seems_to_be_missing(
    reference: Reference, books: QuickBooksSandbox
) -> None:
    await reference.ensure()  # five lists, then the items, then the customers: the seventh query
    rule = await books.add_fault("hold_before_commit", match={"operation": "query"}, skip=6, times=1)
    reading = asyncio.create_task(reference.reload(reference.loads))
    await books.wait_held(rule)
    found = reference.item(need("mug"))
    assert found is not None and found["Name"] == "By hand"
    made: dict[str, Any] = {"Id": "900", "Name": "Made meanwhile", "Sku": "NEW", "SyncToken": "0"}
    reference.add_item(made)
    await books.release(rule)
    await reading
    assert reference.item(need("mug")) is not None
    assert reference.item(need("new")) == made, "what was made during the reading is not forgotten"


async def test_a_reading_that_fails_is_made_again_and_keeps_what_was_known(
    reference: Reference, books: QuickBooksSandbox, seconds: list[float]
) -> None:
    await reference.ensure()
    await books.add_fault("status", match={"operation": "query"}, status=503, skip=5, times=1)
    reference.loaded = False
    with pytest.raises(Unavailable):
        await reference.ensure()
    assert reference.item(need("MUG")) is not None
    assert not reference.loaded
    before = await metered(books)
    for _ in range(20):
        with pytest.raises(Unavailable):
            await reference.ensure()
    assert await metered(books) == before, "every order of the realm asks, QuickBooks is asked once in a while"
    seconds[0] += limits.UNAVAILABLE_SECONDS
    await reference.ensure()
    assert reference.loaded and reference.loads == 2


async def test_an_item_that_is_not_there_is_asked_for_now_and_then_only(
    reference: Reference, books: QuickBooksSandbox, seconds: list[float]
) -> None:
    await reference.ensure()
    before = await metered(books)
    for _ in range(5):
        assert await reference.find_item_by_sku("HAT") is None
    assert await metered(books) == before + 1
    await books.seed({"Item": [{"Name": "Hat", "Sku": "HAT", **ITEM}]})
    seconds[0] += 601
    found = await reference.find_item_by_sku("hat")
    assert found is not None and found["Name"] == "Hat"
