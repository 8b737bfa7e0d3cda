"""Orders and the catalogue make an item of one SKU at the same moment: the books get one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from services.items import ItemKeeper
from shared.links.store import LinkLost
from shared.quickbooks.faults import OutcomeUnknown
from tests.integration.catalog.conftest import OpenDesk
from tests.support.quickbooks_sandbox import QuickBooksSandbox
from tests.unit.lists.told import REALM

KEY = f"{REALM}:item:sku:mug"
CREATE = {"method": "POST", "entity": "Item", "operation": "create"}


def body(name: str) -> dict[str, Any]:
    return {"Name": name, "Sku": "MUG", "Type": "NonInventory", "IncomeAccountRef": {"value": "1"}}


def never(row: Mapping[str, Any]) -> bool:
    return False


async def make(keeper: ItemKeeper, name: str) -> str:
    """As both services do: what stands is settled, what is booked is used, who lost begins anew."""
    while True:
        async with keeper.hold(KEY):
            try:
                state = await keeper.settled(KEY)
                if state.booked is not None:
                    return state.booked.id
                made = await keeper.create(KEY, body(name), never)
            except (LinkLost, OutcomeUnknown):
                await asyncio.sleep(0.02)
                continue
            assert made is not None
            return made


async def made_items(books: QuickBooksSandbox) -> list[dict[str, Any]]:
    return [one for one in await books.objects("Item") if one.get("Sku") == "MUG"]


@pytest.mark.parametrize("effect", ["", "drop_before_commit", "drop_after_commit"])
async def test_under_names_of_their_own_they_make_one_item(
    open_desk: OpenDesk, books: QuickBooksSandbox, effect: str
) -> None:
    """Names alone wouldn't protect the books: the two services don't call it the same."""
    orders, catalogue = await open_desk("orders"), await open_desk("catalogue")
    if effect:
        await books.add_fault(effect, match=CREATE, times=1)
    ids = await asyncio.gather(make(orders.keeper, "MUG"), make(catalogue.keeper, "A blue mug"))
    (item,) = await made_items(books)
    assert set(ids) == {item["Id"]}
    for desk in (orders, catalogue):
        state = desk.links.get(KEY)
        assert state.intent is None and state.booked is not None and state.booked.id == item["Id"]


async def test_who_comes_second_waits_for_the_first_without_a_metered_look(
    open_desk: OpenDesk, books: QuickBooksSandbox
) -> None:
    orders, catalogue = await open_desk("orders"), await open_desk("catalogue")
    rule = await books.add_fault("hold_before_commit", match=CREATE, times=1)
    first = asyncio.create_task(make(orders.keeper, "MUG"))
    await books.wait_held(rule)
    before = (await books.usage())["metered"]
    second = asyncio.create_task(make(catalogue.keeper, "A blue mug"))
    while catalogue.links.get(KEY).intent is None:  # noqa: ASYNC110  # the log tells in its own time
        await asyncio.sleep(0.01)
    await books.release(rule)
    assert await first == await second
    assert len(await made_items(books)) == 1
    assert (await books.usage())["metered"] == before
