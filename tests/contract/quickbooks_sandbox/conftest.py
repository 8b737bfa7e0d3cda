"""A sandbox with two customers and three items, and a caller of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contract.quickbooks_sandbox.books_client import Books, connect
from tests.contract.quickbooks_sandbox.webhook_receiver import Receiver, receiving
from tests.support.quickbooks_sandbox import QuickBooksSandbox, running

_INCOME = {"IncomeAccountRef": {"value": "1"}}
SEED: dict[str, list[dict[str, Any]]] = {
    "Vendor": [{"DisplayName": "Acme Supplies"}],
    "Employee": [{"DisplayName": "Tom Worker"}],
    "Customer": [{"DisplayName": "Ann O'Neil"}, {"DisplayName": "Böhm & Söhne", "CompanyName": "Böhm & Söhne"}],
    "Item": [
        {"Name": "Mug", "Sku": "MUG-1", "Type": "NonInventory", **_INCOME},
        {"Name": "Shipping", "Type": "Service", **_INCOME},
        {
            "Name": "Chair",
            "Sku": "CH-1",
            "Type": "Inventory",
            "TrackQtyOnHand": True,
            "QtyOnHand": 10,
            "InvStartDate": "2026-01-15",
            "AssetAccountRef": {"value": "7"},
            "ExpenseAccountRef": {"value": "6"},
            **_INCOME,
        },
    ],
}


@pytest.fixture
async def sandbox() -> AsyncIterator[QuickBooksSandbox]:
    async with running() as started:
        await started.seed(SEED)
        yield started


@pytest.fixture
async def books(sandbox: QuickBooksSandbox) -> Books:
    return await connect(sandbox)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as started:
        yield started
