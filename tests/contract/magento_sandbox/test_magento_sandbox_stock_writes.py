"""The shop's own list of what integrations wrote to sources."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.contract.magento_sandbox.shop_documents import cart
from tests.contract.magento_sandbox.test_magento_sandbox_stock_rest import INVENTORY, ROW, call, put_items
from tests.support.magento_sandbox import MagentoSandbox, SandboxRefused


async def _writes(shop: MagentoSandbox, since: int = 0) -> list[tuple[Any, ...]]:
    found = (await shop.control("GET", f"stock/writes?since={since}"))["writes"]
    return [(one["number"], one["sku"], one["before"], one["quantity"], one["reserved"]) for one in found]


async def test_the_shop_remembers_what_integrations_wrote_to_sources_and_what_was_reserved_then(
    shop: MagentoSandbox,
) -> None:
    began = time.time()
    await put_items(shop, ("WATCH", "default", 5, 1), ("B", "default", 7, 1))
    await shop.place(cart())
    await put_items(shop, ("WATCH", "default", 4, 1))
    assert await _writes(shop) == [(1, "WATCH", None, 5, 0), (2, "B", None, 7, 0), (3, "WATCH", 5, 4, 2)]
    assert await _writes(shop, 2) == [(3, "WATCH", 5, 4, 2)]
    last = (await shop.control("GET", "stock/writes"))["writes"][-1]
    assert began - 1 < float(last["at"]) < time.time() + 1
    assert last["in_stock"] is True
    refused, _ = await call(shop, "POST", f"{INVENTORY}/source-items", {"sourceItems": [ROW, {**ROW, "sku": ""}]})
    assert refused == 400
    assert len(await _writes(shop)) == 3, "a batch that is refused wrote nothing"


async def test_the_list_begins_anew_with_the_shop_and_refuses_what_is_no_number(shop: MagentoSandbox) -> None:
    await put_items(shop, ("A", "default", 5, 1))
    with pytest.raises(SandboxRefused, match="number of a write"):
        await shop.control("GET", "stock/writes?since=yesterday")
    await shop.reset()
    assert await _writes(shop) == []
