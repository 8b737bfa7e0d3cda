"""The guard: nothing is written before the first run was harmless or a person confirmed it, whatever restarts."""

from __future__ import annotations

import pytest

from services.inventory.desk import NotServed, OtherPreview
from services.inventory.preview import NotKnown, Preview
from shared.mapping.stock.decision import Outcome, StockDecision
from tests.integration.inventory.conftest import Inside, running_inside
from tests.support.stocking import ON, Warehouse

pytestmark = pytest.mark.timeout(180)
GOODS = {f"SKU-{number}": 10 for number in range(10)}


@pytest.fixture
async def emptying(goods: Warehouse) -> Warehouse:
    """Twelve SKUs in the shop; the books have nothing left of three of them, and more of a fourth."""
    await goods.offer(GOODS)
    await goods.have(GOODS | {"SKU-0": 0, "SKU-1": 0, "SKU-2": 0, "SKU-3": 11})
    return goods


def line(preview: Preview, sku: str) -> list[object]:
    """Outcome, what the shop has, and what it would have."""
    (row,) = [row for row in preview.rows if row.sku == sku]
    return [row.outcome, row.shop_now, row.would_be]


async def until_held_back(inside: Inside) -> None:
    await inside.until(lambda: "the first run would empty 3 of 12" in inside.warnings, "the first run waits")


async def test_a_run_that_empties_too_much_waits_for_a_person_who_saw_it(
    emptying: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_inside(emptying, monkeypatch) as inside:
        before = await emptying.writes()
        await until_held_back(inside)
        shown = await inside.preview()
        assert (shown.stocked, shown.emptied, shown.harmless, shown.approved) == (12, 3, False, "")
        assert line(shown, "SKU-0") == [Outcome.WRITE, 10, 0]
        assert line(shown, "SKU-3") == [Outcome.WRITE, 10, 11]
        assert line(shown, "MUG") == [Outcome.UNCHANGED, 10, 10]
        await emptying.receive({"CUP": 1})
        with pytest.raises(OtherPreview):
            await inside.service.desk.confirm("main", "0" * 16)
        assert (await emptying.held())["CUP"] == 5
        assert await emptying.writes() == before
        await inside.service.desk.confirm("main", shown.digest)
        await emptying.until_held({"SKU-0": 0, "SKU-1": 0, "SKU-2": 0, "SKU-3": 11, "CUP": 6})
        await inside.until(lambda: not inside.warnings, "nothing waits any more")
        with pytest.raises(OtherPreview, match="nothing waits for it, since a person confirmed"):
            await inside.service.desk.confirm("main", "0" * 16)
        assert "a person confirmed" in (await inside.preview()).approved


async def test_what_was_confirmed_is_remembered_and_what_was_not_is_asked_again(
    emptying: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_inside(emptying, monkeypatch) as inside:
        await until_held_back(inside)
        digest = (await inside.preview()).digest
    before = await emptying.writes()
    async with running_inside(emptying, monkeypatch) as inside:
        await until_held_back(inside)
        assert await emptying.writes() == before
        await inside.service.desk.confirm("main", digest)  # the same preview, of another process
        await emptying.until_held({"SKU-0": 0})
    await emptying.set_source("SKU-4", 3)
    async with running_inside(emptying, monkeypatch) as inside:
        await emptying.until_held({"SKU-4": 10})


async def test_a_preview_that_changed_meanwhile_is_not_what_was_confirmed(
    emptying: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_inside(emptying, monkeypatch) as inside:
        await until_held_back(inside)
        old = await inside.preview()
        await emptying.count("SKU-5", 0)
        await inside.until(lambda: "would empty 4 of 12" in inside.warnings, "the preview is made anew")
        with pytest.raises(OtherPreview, match="4 of 12"):
            await inside.service.desk.confirm("main", old.digest)
        assert (await emptying.held())["SKU-0"] == 10


async def test_what_becomes_harmless_needs_nobody(emptying: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_inside(emptying, monkeypatch) as inside:
        await until_held_back(inside)
        await emptying.receive({"SKU-0": 4})
        await emptying.until_held({"SKU-0": 4, "SKU-1": 0, "SKU-3": 11})
        assert "harmless" in (await inside.preview()).approved


async def test_another_source_asks_anew_and_so_does_off_and_on(
    emptying: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    await emptying.add_source("depot")
    await emptying.offer(dict.fromkeys((*GOODS, "MUG", "CUP"), 10), "depot")
    async with running_inside(emptying, monkeypatch) as inside:
        await until_held_back(inside)
        await inside.service.desk.confirm("main", (await inside.preview()).digest)
        await emptying.until_held({"SKU-0": 0, "SKU-3": 11})
        await inside.settings(ON + 'source = "depot"\n')
        await until_held_back(inside)
        assert (await emptying.held("depot"))["SKU-3"] == 10
        await inside.settings(ON.replace("books_to_shop", "off"))
        await inside.until(lambda: not inside.warnings, "it is off")
        with pytest.raises(NotServed, match="off"):
            await inside.service.desk.preview("main")
        await emptying.set_source("SKU-4", 0)
        await emptying.receive({"SKU-6": -10, "SKU-7": -10, "SKU-8": -10})
        await inside.until_known("SKU-8", 0)
        await inside.settings(ON)
        await inside.until(lambda: "would empty 3 of 8" in inside.warnings, "it asks again")
        assert (await emptying.held())["SKU-4"] == 0


async def test_with_preview_alone_nothing_is_written(goods: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    await goods.receive({"MUG": 5})
    async with running_inside(goods, monkeypatch, ON + "preview = true\n") as inside:
        before = await goods.writes()
        assert line(await inside.preview(), "MUG") == [Outcome.WRITE, 10, 15]
        await goods.receive({"CUP": 1})

        async def cups() -> bool:
            return [row.would_be for row in (await inside.preview()).rows if row.sku == "CUP"] == [6]

        await goods.deployed.until(cups, "the preview shows the sixth cup", 20)
        assert await goods.writes() == before
        await inside.settings(ON)
        await goods.until_held({"MUG": 15, "CUP": 6})


async def test_a_sku_is_explained_term_by_term(goods: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_inside(goods, monkeypatch) as inside:
        await inside.until_at_work()
        placed = await goods.order("MUG", 3)
        await goods.deployed.until_outcome(goods.deployed.key(placed), "posted")

        async def deducted() -> bool:
            said = await inside.service.desk.explain("main", "mug")
            assert isinstance(said, StockDecision)
            return [term.units for term in said.terms] == [7, 3]

        await goods.deployed.until(deducted, "the explanation has both terms", 30)
        said = await inside.service.desk.explain("main", "MUG")
        assert isinstance(said, StockDecision)
        assert (said.sku, said.outcome) == ("MUG", Outcome.UNCHANGED)
        assert [said.quantity, said.open] == [10, 3]
        assert isinstance(await inside.service.desk.explain("main", "nothing"), NotKnown)
