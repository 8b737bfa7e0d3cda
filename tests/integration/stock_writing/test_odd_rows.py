"""Rows that are odd, each among good ones: what the shop takes for one SKU, what it refuses, what no column holds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import limits
from shared.magento.source_stock import NoSource, SourceStock
from shared.magento.stock_rows import StockRow, Target, Written, alike, obstacle
from shared.magento.stock_writing import StockWriter
from tests.integration.stock_writing.conftest import StockShop, stock_shop

GOOD = {f"GOOD-{number}": number + 1 for number in range(20)}
LONG = "x" * 63


def writer(shop: StockShop, source: str = "default") -> StockWriter:
    return StockWriter(SourceStock(shop.client, source))


async def write(shop: StockShop, odd: Sequence[Target], **more: Any) -> dict[str, Written]:
    """The odd ones in the middle of good ones, which must all be written; what became of the odd ones."""
    good = [Target(sku, Decimal(quantity), assign=True) for sku, quantity in GOOD.items()]
    results = await writer(shop, **more).write([*good[:10], *odd, *good[10:]])
    assert [result.sku for result in results] == [target.sku for target in [*good[:10], *odd, *good[10:]]]
    found = [*results[:10], *results[10 + len(odd) :]]
    assert {result.outcome for result in found} == {Written.WRITTEN}
    assert {sku: amount for sku, (amount, _) in (await shop.rows()).items() if sku in GOOD} == GOOD
    return {result.sku: result.outcome for result in results[10 : 10 + len(odd)]}


@pytest.mark.parametrize(
    ("there", "asked"),
    [
        ("Mug", "MUG"),
        ("CAFE", "CAF\u00c9"),
        ("caf\u00e9", "CAFE"),
        ("sock \U0001f9e6", "sock \U0001f363"),
        ("stra\u00dfe", "STRASE"),
        ("\u00c5ngstr\u00f6m", "angstrom"),
    ],
)
async def test_the_row_that_the_shop_takes_for_a_sku_is_its_row(shop: StockShop, there: str, asked: str) -> None:
    """However it is spelled: of a SKU and its like the shop has one product, and one row."""
    await shop.hold({there: 4})
    assert await write(shop, [Target(asked, Decimal(7))]) == {asked: Written.WRITTEN}
    rows = await shop.rows()
    assert rows[there] == (Decimal(7), True)
    assert asked not in rows
    (result,) = await writer(shop).write([Target(asked, Decimal(7))])
    assert (result.outcome, result.before) == (Written.UNCHANGED, StockRow(there, Decimal(7), True))


@pytest.mark.parametrize(
    "pair",
    [("CAFE", "CAF\u00c9"), ("sock \U0001f9e6", "sock \U0001f363"), ("a", "A"), ("STRASSE", "stra\u00dfe"), ("x", "x")],
)
async def test_two_skus_that_may_be_one_to_the_shop_are_named_and_not_written(
    shop: StockShop, pair: tuple[str, str]
) -> None:
    """Written one over the other, each would be found changed for ever."""
    found = await write(shop, [Target(sku, Decimal(3), assign=True) for sku in pair])
    assert set(found.values()) == {Written.CLASH}
    assert not set(pair) & set(await shop.rows())


async def test_of_two_skus_the_one_with_a_row_of_its_own_is_written(shop: StockShop) -> None:
    await shop.hold({"CAFE": 1})
    odd = [Target(sku, Decimal(5), assign=True) for sku in ("CAF\u00c9", "CAFE")]
    assert await write(shop, odd) == {"CAF\u00c9": Written.CLASH, "CAFE": Written.WRITTEN}
    assert (await shop.rows())["CAFE"] == (Decimal(5), True)


@pytest.mark.parametrize(
    ("sku", "quantity", "outcome"),
    [
        ("", "1", Written.UNWRITABLE),
        (" ", "1", Written.UNWRITABLE),
        (" edge", "1", Written.UNWRITABLE),
        ("edge ", "1", Written.UNWRITABLE),
        ("edge\t", "1", Written.UNWRITABLE),
        ("\u00a0edge\u00a0", "1", Written.WRITTEN),  # PHP trims ASCII only
        ("a  b", "1", Written.WRITTEN),
        (LONG + "\U0001f9e6", "1", Written.WRITTEN),
        (LONG + "xy", "1", Written.UNWRITABLE),
        ("a/b", "1", Written.WRITTEN),
        ("a+b", "1", Written.WRITTEN),
        ("a,b", "1", Written.WRITTEN),
        ("'; DROP TABLE x; --", "1", Written.WRITTEN),
        ("\\", "1", Written.WRITTEN),
        ("..", "1", Written.WRITTEN),
        ("%2F%", "1", Written.WRITTEN),
        ("null", "1", Written.WRITTEN),
        ("0", "1", Written.WRITTEN),
        ("1e3", "1", Written.WRITTEN),
        ("n", "-5", Written.WRITTEN),
        ("n", "-0.0001", Written.WRITTEN),
        ("n", "1.23456789", Written.WRITTEN),
        ("n", "0.00004", Written.WRITTEN),
        ("n", "99999999.9999", Written.WRITTEN),
        ("n", "99999999.99995", Written.UNWRITABLE),  # rounded it has a digit too many
        ("n", "-100000000", Written.UNWRITABLE),
        ("n", "1e40", Written.UNWRITABLE),
        ("n", "NaN", Written.UNWRITABLE),
        ("n", "-Infinity", Written.UNWRITABLE),
    ],
)
async def test_each_odd_row_has_its_outcome_and_stops_no_other(
    shop: StockShop, sku: str, quantity: str, outcome: Written
) -> None:
    target = Target(sku, Decimal(quantity), assign=True)
    assert await write(shop, [target]) == {sku: outcome}
    rows = await shop.rows()
    if outcome is Written.WRITTEN:
        assert rows[sku][0] == Decimal(quantity).quantize(Decimal("0.0001"))
        (again,) = await writer(shop).write([target])
        assert again.outcome is Written.UNCHANGED
    else:
        assert obstacle(target)
        assert set(rows) == set(GOOD)


@pytest.mark.parametrize(
    ("what", "sku", "quantity"), [("SKU_LENGTH", LONG + "xy", 1), ("STOCK_QUANTITY_MAX", "n", 10**9)]
)
async def test_what_only_the_shop_knows_to_be_wrong_is_refused_alone(
    shop: StockShop, what: str, sku: str, quantity: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, what, 10**12)  # as if we didn't know
    odd = [Target(sku, Decimal(quantity), assign=True)]
    assert await write(shop, odd) == {odd[0].sku: Written.REFUSED}


async def test_a_source_that_goes_away_stops_the_write_and_comes_back_into_use(shop: StockShop) -> None:
    east = {"source_code": "east", "name": "East", "enabled": True, "postcode": "1", "country_id": "US"}
    await shop.client.post("inventory/sources", {"source": east})
    await shop.hold({"A": 5}, source="east")
    writing = writer(shop, "east")
    assert [one.outcome for one in await writing.write([Target("A", Decimal(6))])] == [Written.WRITTEN]
    await shop.client.put("inventory/sources/east", {"source": {**east, "enabled": False}})
    with pytest.raises(NoSource, match="disabled"):
        await writing.write([Target("A", Decimal(7))])
    assert await shop.rows("east") == {"A": (Decimal(6), True)}
    await shop.client.put("inventory/sources/east", {"source": east})
    assert [one.outcome for one in await writing.write([Target("A", Decimal(7))])] == [Written.WRITTEN]


async def test_a_source_that_goes_away_between_the_check_and_the_write_is_not_held_against_the_rows(
    shop: StockShop,
) -> None:
    east = {"source_code": "east", "name": "East", "enabled": True, "postcode": "1", "country_id": "US"}
    await shop.client.post("inventory/sources", {"source": east})
    skus = [f"S{number}" for number in range(100)]
    await shop.hold(dict.fromkeys(skus, 5), source="east")

    class Gone(SourceStock):
        async def put(self, rows: Sequence[StockRow]) -> None:
            await shop.sandbox.control("DELETE", "stock/sources/east")
            await super().put(rows)

    before = await shop.calls("POST inventory/source-items")
    with pytest.raises(NoSource, match="no source 'east'"):
        await StockWriter(Gone(shop.client, "east")).write([Target(sku, Decimal(6)) for sku in skus])
    assert await shop.calls("POST inventory/source-items") - before == 1  # no row was looked for that isn't at fault
    with pytest.raises(NoSource, match="no source 'east'"):
        await writer(shop, "east").write([Target("S1", Decimal(7), assign=True)])


async def test_a_row_that_the_shop_always_changes_is_told_each_time_and_never_loops(
    open_shop: Callable[..., Any],
) -> None:
    shop = await open_shop()
    await shop.hold({"A": 5})

    class Bent(SourceStock):
        async def put(self, rows: Sequence[StockRow]) -> None:
            await super().put([StockRow(row.sku, row.quantity - 1, row.in_stock) for row in rows])

    before = await shop.calls("POST inventory/source-items")
    (result,) = await StockWriter(Bent(shop.client, "default")).write([Target("A", Decimal(9))])
    assert (result.outcome, result.after) == (Written.OVERTAKEN, StockRow("A", Decimal(8), True))
    assert await shop.calls("POST inventory/source-items") - before == 1


ALPHABET = st.text(st.sampled_from("aAbB\u00e4\u00c4\u00df\U0001f9e6\U0001f363 /+,'"), min_size=1, max_size=3)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(ALPHABET, st.integers(0, 9), max_size=6), st.lists(ALPHABET, max_size=10), st.booleans())
def test_what_is_called_written_the_shop_holds_and_a_second_run_finds_it(
    there: dict[str, int], wanted: list[str], assign: bool
) -> None:
    """Whatever is alike: no two targets share a row, and nothing is written twice."""

    async def run() -> None:
        async with stock_shop() as shop:
            there_ok = {sku: quantity for sku, quantity in there.items() if sku == sku.strip()}
            if there_ok:
                await shop.hold(there_ok)
            targets = [Target(sku, Decimal(100 + number), assign=assign) for number, sku in enumerate(wanted)]
            first = await writer(shop).write(targets)
            assert [one.sku for one in first] == wanted
            done = [number for number, one in enumerate(first) if one.outcome is Written.WRITTEN]
            held = {alike(sku): quantity for sku, (quantity, _) in (await shop.rows()).items()}
            assert all(held[alike(wanted[number])] == 100 + number for number in done)
            again = await writer(shop).write(targets)
            assert all(again[number].outcome is Written.UNCHANGED for number in done)
            assert Written.OVERTAKEN not in {one.outcome for one in (*first, *again)}

    asyncio.run(run())
