"""The shop as master in a real process, as a person meets it: preview, confirmation, explanation, corrected books."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.integration.stock_command.beside import Stock
from tests.integration.stock_to_books.test_shop_is_master import adjusted, goods, until_on_hand
from tests.support.stocking import Warehouse

__all__ = ["goods"]  # the fixture
pytestmark = pytest.mark.timeout(300)


async def test_a_person_looks_confirms_and_the_books_follow(goods: Warehouse) -> None:
    stock = Stock(goods)
    await goods.set_source("MUG", 12)
    await stock.start(goods)
    shown = await stock.until(1, "preview", "main")
    assert "books would be" in shown
    assert "QuickBooks has 10 on hand and should have 12: +2" in " ".join(shown.split())
    assert await adjusted(goods) == []
    words = shown.split("bookbridge stock ")[1].split()
    assert (await stock(*words))[0] == 0
    code, out, _ = await stock("explain", "main", "MUG")
    assert code == 0 and "on hand in QuickBooks" in out
    await until_on_hand(goods, "MUG", 12, 200)
    assert await adjusted(goods) == [Decimal(2)]
