"""Batches are metered and rationed: what is taken over without a write takes no place in one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.integration.catalog.test_products_become_items import ALL, ITEM, product, publish, quiet, until_linked
from tests.support.deployment import Deployment

pytestmark = pytest.mark.timeout(180)


async def test_batches_are_full_whatever_is_taken_over_in_between(embedded: Deployment) -> None:
    """Every other product has its item in the books."""
    await embedded.books.seed(
        {"Item": [{"Name": f"P{n}", "Sku": f"P{n}", "UnitPrice": Decimal(n), **ITEM} for n in range(1, 481, 2)]}
    )
    await embedded.start_all()
    await publish(embedded, [product(number) for number in range(1, 481)])
    await embedded.reconfigure(ALL)
    await until_linked(embedded, range(1, 481))
    await quiet(embedded)
    usage = await embedded.books.usage()
    assert usage["core"] == 0
    assert 8 <= usage["coreplus"]["batch"] <= 11, "240 writes: the last four, on their way at once, may not be full"
