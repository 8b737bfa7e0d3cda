"""A log that is away in the middle of a plan is waited out; it ends no process."""

from __future__ import annotations

import asyncio

import pytest

from services.catalog.applying import Applier, Turn
from services.catalog.outcome import Outcome
from shared.commerce.product import ProductKey
from shared.links.batch_writer import BatchWriter
from shared.log.port import LogUnavailable
from shared.mapping.catalog.plan import ItemOperation, OperationKind
from tests.integration.catalog.conftest import OpenDesk
from tests.unit.lists.told import REALM


async def test_what_stops_one_operation_is_raised_as_it_is(open_desk: OpenDesk) -> None:
    desk = await open_desk("catalog")

    async def tell(key: ProductKey, outcome: Outcome) -> None:
        raise LogUnavailable("the log is away")

    batches = BatchWriter(desk.writer, desk.links, desk.client)
    applier = Applier(desk.links, desk.writer, batches, desk.keeper, desk.reference, set(), tell, asyncio.Lock())
    body = {"Name": "P1", "Sku": "P1", "Type": "Service", "IncomeAccountRef": {"value": "1"}}
    operation = ItemOperation(
        link_key=f"{REALM}:item:sku:p1",
        product_link=f"{REALM}:product:main:1",
        kind=OperationKind.CREATE,
        product=ProductKey("main", 1),
        sku="P1",
        item_id=None,
        body=body,
        reason="",
        content_hash="",
    )
    with pytest.raises(LogUnavailable):
        await applier.apply([operation], "1", Turn(1))
    assert desk.reference.item_named("P1") is not None, "the item is made, and the next plan takes it over"
