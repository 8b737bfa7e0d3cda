"""Connections beside one another: none waits for another's shop, and no source has two writers."""

from __future__ import annotations

import pytest

from shared import limits
from tests.integration.inventory.conftest import running_inside
from tests.support.stocking import ON, Warehouse

pytestmark = pytest.mark.timeout(180)
BEFORE = "start_date = 2030-01-01\n[stock]"  # the second connection books nothing


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STOCK_RETRY_MAX_SECONDS", 0.5)
    monkeypatch.setattr(limits, "STOCK_REFUSED_SECONDS", 0.5)


async def test_a_shop_that_is_away_and_a_source_that_is_gone_keep_no_other_waiting(
    goods: Warehouse, second: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_inside(goods, monkeypatch) as inside:
        await inside.other_settings(second.deployed.shop.base_url, ON)
        await inside.until_at_work()
        await goods.count("LAMP", 5)
        await second.until_held({"LAMP": 5})
        await second.disturb("status", "GET", times=1000, status=503)
        await goods.count("LAMP", 6)
        await inside.until(lambda: "other: the shop doesn't take it" in inside.warnings, "the other waits")
        await goods.count("MUG", 15)
        await goods.until_held({"MUG": 15})
        await second.mend()
        await second.until_held({"LAMP": 6})
        await inside.other_settings(second.deployed.shop.base_url, ON + 'source = "gone"\n')
        await inside.until(lambda: "other: the shop has no source 'gone'" in inside.warnings, "the source is missed")
        await goods.count("CUP", 6)
        await goods.until_held({"CUP": 6})
        assert "main" not in inside.warnings


async def test_two_that_name_one_source_are_both_refused_until_one_gives_way(
    goods: Warehouse, second: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = goods.deployed.shop.base_url
    await goods.add_source("depot")
    await goods.set_source("CUP", 1, "depot")
    async with running_inside(goods, monkeypatch) as inside:
        await inside.until_at_work()
        await inside.other_settings(f"{url}/", ON)
        await inside.until(lambda: "main and other both name the source 'default'" in inside.warnings, "main says so")
        await inside.until(lambda: "other and main both name the source 'default'" in inside.warnings, "other, too")
        before = await goods.writes()
        await goods.count("MUG", 15)
        await inside.until_known("MUG", 15)
        await inside.until(lambda: inside.pending > 0, "the mug waits")
        assert await goods.writes() == before
        await inside.other_settings(url, ON + 'source = "depot"\nguard_percent = 100\n')
        await goods.until_held({"MUG": 15})
        await goods.until_held({"CUP": 5}, "depot")
        await inside.until(lambda: not inside.warnings, "nothing waits any more")
