"""Stock written to a source of the sandbox shop: batches, odd SKUs, what is refused, what moved meanwhile."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared import limits
from shared.magento.faults import ShopUnavailable
from shared.magento.source_stock import NoSource, SourceStock, has_sources
from shared.magento.stock_rows import StockRow, Target, Written, askable, same_sku
from shared.magento.stock_writing import StockWriter
from tests.integration.stock_writing.conftest import StockShop, stock_shop

ODD = [
    "a/b", "a+b", "a%2Fb", "it's", 'say "so"', "back\\slash", "two words", "comma,one", "semi;colon", "q?u=e&r#y",
    "[brackets]", "äöü", "🧦 socks", "x" * 64, "%", "_", "0", "null",
]  # fmt: skip


def targets(quantities: dict[str, Any], **more: Any) -> list[Target]:
    return [Target(sku, Decimal(str(quantity)), **more) for sku, quantity in quantities.items()]


def writer(shop: StockShop, source: str = "default") -> StockWriter:
    return StockWriter(SourceStock(shop.client, source))


async def outcomes(writing: StockWriter, wanted: Sequence[Target]) -> dict[str, Written]:
    return {result.sku: result.outcome for result in await writing.write(wanted)}


async def test_only_what_differs_is_written_and_a_second_run_writes_nothing(shop: StockShop) -> None:
    await shop.hold({"A": 5, "B": 7})
    wanted = targets({"A": 5, "B": 3})
    assert await outcomes(writer(shop), wanted) == {"A": Written.UNCHANGED, "B": Written.WRITTEN}
    assert await shop.rows() == {"A": (Decimal(5), True), "B": (Decimal(3), True)}
    posts = await shop.calls("POST inventory/source-items")
    assert posts == 2  # one of them the test's own
    assert set((await outcomes(writer(shop), wanted)).values()) == {Written.UNCHANGED}
    assert await shop.calls("POST inventory/source-items") == posts


async def test_odd_skus_are_written_like_any_other(shop: StockShop) -> None:
    await shop.hold(dict.fromkeys(ODD, 1))
    wanted = targets({sku: number for number, sku in enumerate(ODD, 10)})
    assert set((await outcomes(writer(shop), wanted)).values()) == {Written.WRITTEN}
    assert {sku: quantity for sku, (quantity, _) in (await shop.rows()).items()} == {
        sku: number for number, sku in enumerate(ODD, 10)
    }


async def test_a_sku_in_another_letter_case_is_the_same_row(shop: StockShop) -> None:
    await shop.hold({"Mug-Red": 4})
    (result,) = await writer(shop).write(targets({"MUG-red": 4}))
    assert (result.outcome, result.before) == (Written.UNCHANGED, StockRow("Mug-Red", Decimal(4), True))


async def test_what_no_shop_takes_is_named_and_not_asked_for(shop: StockShop) -> None:
    await shop.hold({"A": 1})
    wanted = targets({" A": 2, "A ": 2, "x" * 65: 2, "": 2, "B": "1e9", "A": 2})
    found = await outcomes(writer(shop), wanted)
    assert found.pop("A") is Written.WRITTEN
    assert set(found.values()) == {Written.UNWRITABLE}
    assert len(found) == 5


async def test_rows_that_the_shop_refuses_stop_no_others(shop: StockShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SKU_LENGTH", 1_000)  # as if we didn't know: the shop refuses the whole batch
    good = {f"SKU-{number}": number for number in range(230)}
    bad = {f"{number}-{'x' * 64}": number for number in range(3)}
    await shop.hold(dict.fromkeys(list(good)[:100], 1000))
    found = await outcomes(writer(shop), targets({**bad, **good}, assign=True))
    assert {sku for sku, outcome in found.items() if outcome is Written.REFUSED} == set(bad)
    assert {sku: int(quantity) for sku, (quantity, _) in (await shop.rows()).items()} == good
    assert await shop.calls("POST inventory/source-items") < 60


async def test_a_shop_with_input_limits_takes_smaller_batches_from_then_on(open_shop: Callable[..., Any]) -> None:
    shop = await open_shop(input_limits=True)
    writing = writer(shop)
    good = {f"SKU-{number}": number for number in range(150)}
    assert set((await outcomes(writing, targets(good, assign=True))).values()) == {Written.WRITTEN}
    posts = await shop.calls("POST inventory/source-items")
    again = {sku: quantity + 1 for sku, quantity in good.items()}
    assert set((await outcomes(writing, targets(again))).values()) == {Written.WRITTEN}
    assert await shop.calls("POST inventory/source-items") - posts <= 13  # of 13 at most, none refused


async def test_a_quantity_that_may_not_be_overwritten_is_left_alone(shop: StockShop) -> None:
    await shop.hold({"A": 5, "B": 5, "C": 9})
    over = frozenset({Decimal(5), Decimal(4)})
    wanted = [
        Target("A", Decimal(7), over=over),
        Target("B", Decimal(7), over=frozenset({Decimal(6)})),
        Target("C", Decimal(9), over=over),
    ]
    assert await outcomes(writer(shop), wanted) == {
        "A": Written.WRITTEN,
        "B": Written.MOVED,
        "C": Written.UNCHANGED,
    }
    assert (await shop.rows())["B"] == (Decimal(5), True)


async def test_a_sku_that_the_source_does_not_hold_is_added_only_on_demand(shop: StockShop) -> None:
    assert await outcomes(writer(shop), targets({"A": 2})) == {"A": Written.NOT_ASSIGNED}
    assert await shop.rows() == {}
    assert await outcomes(writer(shop), targets({"A": 2, "B": 0}, assign=True)) == dict.fromkeys("AB", Written.WRITTEN)
    assert await shop.rows() == {"A": (Decimal(2), True), "B": (Decimal(0), False)}


async def test_the_flag_is_left_alone_unless_it_is_given(shop: StockShop) -> None:
    await shop.hold({"A": 5}, in_stock=False)
    await writer(shop).write(targets({"A": 6}))
    assert await shop.rows() == {"A": (Decimal(6), False)}
    await writer(shop).write(targets({"A": 6}, in_stock=True))
    assert await shop.rows() == {"A": (Decimal(6), True)}


async def test_fractions_and_negative_quantities_are_kept_to_four_places(shop: StockShop) -> None:
    await shop.hold({"A": 5, "B": 5})
    wanted = targets({"A": "1.23456", "B": "-2.5"})
    assert set((await outcomes(writer(shop), wanted)).values()) == {Written.WRITTEN}
    assert await shop.rows() == {"A": (Decimal("1.2346"), True), "B": (Decimal("-2.5"), True)}
    assert set((await outcomes(writer(shop), wanted)).values()) == {Written.UNCHANGED}


async def test_an_unknown_source_and_a_disabled_one_are_named(shop: StockShop) -> None:
    with pytest.raises(NoSource, match="no source 'nowhere'"):
        await writer(shop, "nowhere").write(targets({"A": 2}, assign=True))
    source = {"source_code": "east", "name": "East", "enabled": False, "postcode": "1", "country_id": "US"}
    await shop.client.post("inventory/sources", {"source": source})
    with pytest.raises(NoSource, match="'east' is disabled"):
        await writer(shop, "east").write(targets({"A": 2}, assign=True))
    assert await shop.rows("east") == {}


async def test_other_sources_are_left_alone(shop: StockShop) -> None:
    source = {"source_code": "east", "name": "East", "enabled": True, "postcode": "1", "country_id": "US"}
    await shop.client.post("inventory/sources", {"source": source})
    await shop.hold({"A": 5})
    await shop.hold({"A": 8}, source="east")
    await writer(shop, "east").write(targets({"A": 3}))
    assert (await shop.rows(), await shop.rows("east")) == ({"A": (Decimal(5), True)}, {"A": (Decimal(3), True)})


async def test_a_fault_of_the_server_for_a_batch_is_halved_and_a_shop_that_is_down_is_not(shop: StockShop) -> None:
    good = {f"SKU-{number}": number for number in range(20)}
    await shop.fault("status", "POST", status=500)
    assert set((await outcomes(writer(shop), targets(good, assign=True))).values()) == {Written.WRITTEN}
    before = await shop.calls("POST inventory/source-items")
    await shop.fault("status", "POST", 1_000, status=500)
    with pytest.raises(ShopUnavailable):
        await writer(shop).write(targets(dict.fromkeys(good, 1000)))
    assert await shop.calls("POST inventory/source-items") - before <= limits.STOCK_BROKEN_IN_A_ROW


async def test_an_answer_that_was_lost_is_found_unchanged_when_asked_again(shop: StockShop) -> None:
    await shop.hold({"A": 5})
    await shop.fault("drop_after_commit", "POST")
    with pytest.raises(ShopUnavailable):
        await writer(shop).write(targets({"A": 9}))
    assert await outcomes(writer(shop), targets({"A": 9})) == {"A": Written.UNCHANGED}


async def test_what_moves_between_writing_and_reading_back_is_told(shop: StockShop) -> None:
    await shop.hold({"A": 5})

    class Shipping(SourceStock):
        async def put(self, rows: Sequence[StockRow]) -> None:
            await super().put(rows)
            await shop.hold({"A": 8})

    (result,) = await StockWriter(Shipping(shop.client, "default")).write(targets({"A": 9}))
    assert (result.outcome, result.after) == (Written.OVERTAKEN, StockRow("A", Decimal(8), True))


async def test_many_skus_take_few_calls(shop: StockShop) -> None:
    many = {f"SKU-{number:05}": number % 100 + 1 for number in range(2_000)}
    before = sum((await shop.sandbox.usage()).values())
    assert set((await outcomes(writer(shop), targets(many, assign=True))).values()) == {Written.WRITTEN}
    # Of 100 each: read, written, read back. At 300 ms a call and four at once, 5,000 take under 15 s.
    assert sum((await shop.sandbox.usage()).values()) - before <= 65


async def test_whether_a_shop_has_sources_is_found_out(open_shop: Callable[..., Any]) -> None:
    assert await has_sources((await open_shop()).client)
    assert not await has_sources((await open_shop(msi=False)).client)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(max_size=64), max_size=400))
def test_every_sku_is_asked_for_once_in_addresses_that_are_short_enough(skus: list[str]) -> None:
    groups = list(askable(skus))
    assert sorted(sku for group in groups for sku in group) == sorted(skus)
    for group in groups:
        assert 1 <= len(group) <= limits.MAGENTO_PAGE_MAX
        assert len(group) == 1 or not any("," in sku for sku in group)
        longest = sum(len(json.dumps(sku)) for sku in group)
        assert len(group) == 1 or longest <= limits.STOCK_SEARCH_CHARACTERS


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_whatever_is_there_and_wanted_the_shop_holds_what_was_wanted(data: st.DataObject) -> None:
    skus = st.sampled_from([*ODD, *(f"S{number}" for number in range(20))])
    quantity = st.decimals(-100, 1000, places=4)
    there = data.draw(st.dictionaries(skus, quantity, max_size=15))
    wanted = data.draw(st.dictionaries(skus, quantity, max_size=25))
    bad = data.draw(st.dictionaries(st.sampled_from([" A", "B ", "y" * 65]), quantity))

    async def run() -> None:
        async with stock_shop() as shop:
            if there:
                await shop.hold(there)
            found = await outcomes(writer(shop), targets({**wanted, **bad}, assign=True))
            rows = {same_sku(sku): amount for sku, (amount, _) in (await shop.rows()).items()}
            assert rows == {same_sku(sku): amount for sku, amount in {**there, **wanted}.items()}
            for sku in wanted:
                same = there.get(sku) == wanted[sku]
                assert found[sku] is (Written.UNCHANGED if same else Written.WRITTEN)
            assert all(found[sku] is Written.UNWRITABLE for sku in bad)

    asyncio.run(run())
