"""What goes wrong in a shop keeps its own connection waiting, in words, and is made up for when it is over."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.inventory.desk import NotYet
from shared import limits
from shared.mapping.stock.decision import StockDecision
from tests.integration.inventory.conftest import Inside, running_inside
from tests.support.stocking import ON, Warehouse

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STOCK_RETRY_SECONDS", 0.1)
    monkeypatch.setattr(limits, "STOCK_RETRY_MAX_SECONDS", 0.5)
    monkeypatch.setattr(limits, "STOCK_REFUSED_SECONDS", 0.5)
    monkeypatch.setattr(limits, "MAGENTO_WAIT_SECONDS", 0.5)


async def until_it_says(inside: Inside, text: str) -> None:
    await inside.until(lambda: text in inside.warnings, f"health says {text!r}")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"effect": "status", "status": 503, "body": "html"}, "the shop doesn't take it"),
        ({"effect": "status", "status": 401, "body": "json"}, "the integration lacks the resource"),
        ({"effect": "status", "status": 429, "body": "html"}, "takes no more calls for now"),
        ({"effect": "drop_before_commit"}, "the shop doesn't answer"),
        ({"effect": "drop_after_commit"}, "the shop doesn't answer"),
    ],
)
async def test_a_shop_that_fails_is_waited_for_and_what_was_told_meanwhile_is_written(
    goods: Warehouse, monkeypatch: pytest.MonkeyPatch, fault: dict[str, object], said: str
) -> None:
    async with running_inside(goods, monkeypatch) as inside:
        await inside.until_at_work()
        for method in ("GET", "POST"):
            await goods.disturb(method=method, times=1000, **fault)  # type: ignore[arg-type]
        await goods.count("MUG", 15)
        await until_it_says(inside, said)
        assert "SKUs wait" in inside.warnings
        with pytest.raises(NotYet):
            await inside.service.desk.preview("main")
        await goods.count("CUP", 6)
        await inside.until_known("CUP", 6)
        await goods.mend()
        await goods.until_held({"MUG": 15, "CUP": 6})
        await inside.until(lambda: not inside.warnings, "nothing waits any more")
        assert (await goods.until_told("MUG", "written"))["quantity"] == 15


async def test_an_answer_that_is_lost_after_the_write_is_no_second_write_and_is_told(
    goods: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_inside(goods, monkeypatch) as inside:
        await inside.until_at_work()
        before = await goods.writes()
        await goods.disturb("drop_after_commit", times=1)
        await goods.count("MUG", 15)
        told = await goods.until_told("MUG", "written")
        assert (told["before"], told["quantity"], told["text"]) == (10, 15, "the shop's answer was lost")
        assert await goods.writes() - before == 1


async def test_what_the_shop_moves_while_it_is_written_is_decided_anew(
    goods: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_inside(goods, monkeypatch) as inside:
        await inside.until_at_work()
        rule = await goods.disturb("hold_before_commit", "GET", times=1, skip=1)  # the reading back
        await goods.count("MUG", 15)
        await goods.until_held_up(rule)
        assert (await goods.held())["MUG"] == 15
        await goods.set_source("MUG", 99)
        await goods.let_go(rule)
        await goods.until_told("MUG", "overtaken")
        await goods.until_held({"MUG": 15})


async def test_what_is_decided_on_is_never_older_than_the_row(
    goods: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_inside(goods, monkeypatch) as inside:
        await inside.until_at_work()
        rule = await goods.disturb("hold_before_commit", "GET", times=1)
        await goods.count("MUG", 15)
        await goods.until_held_up(rule)
        await goods.count("MUG", 20)

        async def twenty() -> bool:
            said = await inside.service.desk.explain("main", "MUG")
            return isinstance(said, StockDecision) and said.quantity == 20

        await goods.deployed.until(twenty, "the look that saw twenty counts")
        await goods.let_go(rule)
        await goods.until_told("MUG", "written")
        assert [one["quantity"] for one in await goods.outcomes("MUG")] == [20]


async def test_a_source_that_moves_all_the_time_is_left_alone_after_some_tries(
    goods: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STOCK_TRIES", 1)
    async with running_inside(goods, monkeypatch) as inside:
        await inside.until_at_work()
        first = await goods.disturb("hold_before_commit", "GET", times=1, skip=1)
        second = await goods.disturb("hold_before_commit", "GET", times=1, skip=2)
        await goods.count("MUG", 15)
        for rule, typed in ((first, 98), (second, 99)):
            await goods.until_held_up(rule)
            await goods.set_source("MUG", typed)
            await goods.let_go(rule)
        await inside.until(lambda: inside.counted("overtaken") == 2, "it was overtaken twice")
        await goods.count("CUP", 6)
        await goods.until_held({"CUP": 6})
        assert (await goods.held())["MUG"] == 99
        await goods.count("MUG", 16)
        await goods.until_held({"MUG": 16})


async def test_a_source_that_was_switched_off_has_an_outcome_of_its_own(
    goods: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    await goods.add_source("depot")
    await goods.set_source("MUG", 10, "depot")
    async with running_inside(goods, monkeypatch, ON + 'source = "depot"\n') as inside:
        await inside.until_at_work()
        await goods.enable("depot", False)
        await goods.count("MUG", 15)
        await until_it_says(inside, "source 'depot' is disabled")
        assert (await goods.until_told("", "no_source"))["text"] == "the shop's source 'depot' is disabled"
        await goods.enable("depot", True)
        await goods.until_held({"MUG": 15}, "depot")
        await inside.settings(ON + 'source = "nowhere"\n')
        assert (await goods.until_told("", "no_source", 2))["text"] == "the shop has no source 'nowhere'"
        await inside.until(lambda: inside.counted("no_source") >= 5, "it was tried again some times")
        assert len(await goods.outcomes("")) == 2, "told when it is new"


async def test_new_settings_count_at_once(goods: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_inside(goods, monkeypatch) as inside:
        await inside.until_at_work()
        await inside.settings(ON + "[[stock.reserves]]\nsku = 'M*'\nunits = 2\n")
        await goods.until_held({"MUG": 8})
        await inside.settings(ON)
        await goods.until_held({"MUG": 10, "CUP": 5})


async def test_settings_that_change_while_a_turn_is_under_way_stop_its_write(
    goods: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_inside(goods, monkeypatch) as inside:
        await inside.until_at_work()
        before = await goods.writes()
        rule = await goods.disturb("hold_before_commit", "GET", times=1)
        await goods.count("MUG", 15)
        await goods.until_held_up(rule)
        await inside.settings(ON + "preview = true\n")
        await goods.let_go(rule)
        await inside.until(lambda: not inside.pending, "the turn is over")
        await inside.preview()
        assert await goods.writes() == before
        assert (await goods.held())["MUG"] == 10


async def test_what_other_sources_hold_is_taken_off(goods: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    await goods.add_source("depot")
    await goods.set_source("MUG", 4, "depot")
    await goods.add_source("closed")
    await goods.set_source("MUG", 1, "closed")
    await goods.enable("closed", False)
    async with running_inside(goods, monkeypatch, ON + 'other_sources = "subtract"\nguard_percent = 100\n'):
        await goods.until_held({"MUG": 6, "CUP": 5})
        assert await goods.salable("MUG") == Decimal(10)
        assert (await goods.held("depot"))["MUG"] == 4


async def test_a_sku_that_is_in_no_source_is_named_and_with_assign_gets_its_row(
    goods: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    await goods.product("LAMP")
    await goods.have({"LAMP": 3})
    async with running_inside(goods, monkeypatch) as inside:
        await goods.until_told("LAMP", "not_assigned")
        assert "LAMP" not in await goods.held()
        await inside.settings(ON + "assign = true\n")
        await goods.until_held({"LAMP": 3})
