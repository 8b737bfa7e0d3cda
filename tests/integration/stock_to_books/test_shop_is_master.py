"""The inventory service with the shop as master, ingest and orders beside it: what is counted in the shop arrives in
QuickBooks once, after a person has seen it, whatever is sold meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from services.inventory.desk import OtherPreview
from services.inventory.preview import Preview
from shared import limits
from shared.log.port import NewRecord
from shared.mapping.stock.decision import Outcome, StockDecision, TermKind
from shared.settings.loader import load
from shared.settings.stock import AdjustBy
from shared.settings.store import publish
from shared.topics import PRODUCTS
from shared.wire import encode
from tests.integration.inventory.conftest import Inside, running_inside
from tests.support.deployment import SALES, Deployment
from tests.support.stocking import Warehouse

pytestmark = pytest.mark.timeout(180)
MASTER = f'{SALES}\n[schedule]\nsweep_seconds = 1\n[stock]\ndirection = "shop_to_books"\nadjust_after_minutes = 0\n'
CREATE = {"method": "POST", "entity": "InventoryAdjustment"}


@pytest.fixture
async def goods(embedded: Deployment) -> Warehouse:
    """Ten mugs and five cups, in the shop and in the books alike."""
    found = Warehouse(embedded)
    await found.offer({"MUG": 10, "CUP": 5})
    await found.have({"MUG": 10, "CUP": 5})
    account = {
        "Name": "Inventory Shrinkage",
        "AccountType": "Cost of Goods Sold",
        "AccountSubType": "SuppliesMaterialsCogs",
    }
    await embedded.books.seed({"Account": [account]})
    embedded.configure(MASTER)
    return found


@pytest.fixture
async def inside(goods: Warehouse, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Inside]:
    """Turns, sweeps and looks come quickly."""
    monkeypatch.setattr(limits, "ADJUST_TURN_SECONDS", 0.2)
    monkeypatch.setattr(limits, "ADJUST_LOOK_SECONDS", 0.1)
    monkeypatch.setattr(limits, "ADJUST_WALK_SECONDS", 1.0)
    monkeypatch.setattr(limits, "ADJUST_CLOCK_SECONDS", 2.0)  # the shop tells its time in whole seconds
    monkeypatch.setattr(limits, "SWEEP_LAG_SECONDS", 0)
    monkeypatch.setattr(limits, "CDC_FAST_SECONDS", 2.0)
    async with running_inside(goods, monkeypatch, MASTER) as made:
        yield made


async def on_hand(goods: Warehouse, sku: str) -> Decimal:
    return Decimal(str((await goods.item(sku))["QtyOnHand"]))


async def adjusted(goods: Warehouse) -> list[Decimal]:
    """By how much each adjustment changed something, oldest first."""
    found = sorted(await goods.deployed.books.objects("InventoryAdjustment"), key=lambda one: int(one["Id"]))
    return [Decimal(str(line["ItemAdjustmentLineDetail"]["QtyDiff"])) for one in found for line in one["Line"]]


async def until_on_hand(goods: Warehouse, sku: str, quantity: int, seconds: float = 60) -> None:
    async def has() -> bool:
        return await on_hand(goods, sku) == quantity

    await goods.deployed.until(has, f"QuickBooks has {quantity} of {sku}", seconds)


async def preview_with(inside: Inside, **would_be: int) -> Preview:
    """The preview, as soon as it says that."""
    found: list[Preview] = []

    async def says() -> bool:
        found[:] = [await inside.preview()]
        rows = {row.sku: row for row in found[0].rows if row.outcome is Outcome.WRITE}
        return {sku: row.would_be for sku, row in rows.items()} == would_be

    await inside.goods.deployed.until(says, f"the preview says {would_be}", 60)
    return found[0]


async def until_explained(inside: Inside, sku: str, units: dict[TermKind, int]) -> None:
    """Until the sum is this."""

    async def explained() -> bool:
        decision = await inside.service.desk.explain("main", sku)
        assert isinstance(decision, StockDecision)
        return {term.kind: term.units for term in decision.terms} == units

    await inside.goods.deployed.until(explained, f"{sku} is explained by {units}", 60)


async def confirmed(inside: Inside) -> None:
    """A person has seen that nothing is to be corrected, and lets it go on."""
    await inside.service.desk.confirm("main", (await preview_with(inside)).digest)


async def test_nothing_is_corrected_before_a_person_has_seen_it_and_then_once(inside: Inside) -> None:
    goods = inside.goods
    await preview_with(inside)
    await goods.set_source("MUG", 12)
    preview = await preview_with(inside, MUG=12)
    row = next(row for row in preview.rows if row.sku == "MUG")
    assert (row.shop_now, row.why) == (Decimal(12), "QuickBooks has 10 on hand and should have 12: +2")
    await inside.until(lambda: "before a person has seen" in inside.warnings, "the health page says what it waits for")
    walks = inside.counted("unchanged")
    await inside.until(lambda: inside.counted("unchanged") > walks + 3, "more turns have passed")
    assert await adjusted(goods) == []
    with pytest.raises(OtherPreview):
        await inside.service.desk.confirm("main", "of another one")
    await inside.service.desk.confirm("main", preview.digest)
    await until_on_hand(goods, "MUG", 12)
    told = await goods.until_told("MUG", "adjusted")
    assert (told["before"], told["quantity"]) == (10, 12)
    await goods.set_source("CUP", 3)
    await until_on_hand(goods, "CUP", 3)
    walks = inside.counted("unchanged")
    await inside.until(lambda: inside.counted("unchanged") > walks + 6, "more turns have passed")
    assert await adjusted(goods) == [2, -2]
    assert inside.warnings == ""


async def test_an_order_that_is_posted_and_not_shipped_is_not_counted_again(inside: Inside) -> None:
    goods, deployed = inside.goods, inside.goods.deployed
    await confirmed(inside)
    placed = await goods.order("MUG", 3)
    await deployed.until_outcome(deployed.key(placed), "posted")
    assert (await on_hand(goods, "MUG"), (await goods.held())["MUG"]) == (Decimal(7), Decimal(10))
    await goods.set_source("CUP", 6)
    await until_on_hand(goods, "CUP", 6)  # what was to be corrected for the order, would have been by now
    await until_explained(inside, "MUG", {TermKind.SOURCE: 10, TermKind.AWAITING_SHIPMENT: -3})
    await goods.set_source("MUG", 12)
    await until_on_hand(goods, "MUG", 9)
    await deployed.shop.ship(placed["entity_id"])
    await goods.set_source("CUP", 5)
    await until_on_hand(goods, "CUP", 5)
    assert (await on_hand(goods, "MUG"), (await goods.held())["MUG"]) == (Decimal(9), Decimal(9))
    assert await adjusted(goods) == [1, 2, -1]


@pytest.mark.parametrize("effect", ["drop_before_commit", "drop_after_commit"])
async def test_an_answer_that_gets_lost_makes_one_adjustment(inside: Inside, effect: str) -> None:
    goods = inside.goods
    await confirmed(inside)
    rule = await goods.deployed.books.add_fault(effect, match=CREATE, times=1)
    await goods.set_source("MUG", 14)
    await until_on_hand(goods, "MUG", 14)
    assert (await goods.deployed.books.fault(rule))["matched"] == 1
    await goods.set_source("CUP", 6)
    await until_on_hand(goods, "CUP", 6)
    assert await adjusted(goods) == [4, 1]


async def test_a_plan_without_adjustments_is_told_and_stops_nothing_else(inside: Inside) -> None:
    goods, deployed = inside.goods, inside.goods.deployed
    await confirmed(inside)
    await deployed.books.settings(inventory_adjustments="5020")
    await goods.set_source("MUG", 12)
    told = await goods.until_told("MUG", "not_in_plan")
    assert (told["before"], told["quantity"]) == (10, 12)
    await inside.until(lambda: 'stock.adjust_by = "item"' in inside.warnings, "the health page says what helps")
    placed = await goods.order("CUP", 2)
    await deployed.until_outcome(deployed.key(placed), "posted")
    await inside.settings(f'{MASTER}adjust_by = "item"\n')
    await until_on_hand(goods, "MUG", 12)
    await inside.until(lambda: not inside.warnings, "the health page has nothing to say")
    assert (len(await adjusted(goods)), await on_hand(goods, "CUP")) == (0, Decimal(3))


async def test_closed_books_are_told_and_tried_again_when_the_settings_change(inside: Inside) -> None:
    goods = inside.goods
    await confirmed(inside)
    await goods.deployed.books.settings(book_close_date="2999-12-31")
    await goods.set_source("MUG", 12)
    await goods.until_told("MUG", "books_closed")
    await inside.until(lambda: "closed period" in inside.warnings, "the health page says what it waits for")
    await goods.deployed.books.settings(book_close_date=None)
    await inside.settings(f'{MASTER}adjust_note = "Counted"\n')
    await until_on_hand(goods, "MUG", 12)
    assert await adjusted(goods) == [2]


async def test_an_item_whose_quantity_is_not_kept_is_named_and_stops_no_other(inside: Inside) -> None:
    goods = inside.goods
    plain = {"Name": "POSTER", "Sku": "POSTER", "Type": "NonInventory", "IncomeAccountRef": {"value": "1"}}
    await goods.deployed.books.seed({"Item": [plain]})
    await goods.offer({"POSTER": 40})
    await confirmed(inside)
    assert "POSTER" in (await goods.until_told("POSTER", "not_tracked"))["text"]
    await goods.set_source("MUG", 12)
    await until_on_hand(goods, "MUG", 12)
    assert await adjusted(goods) == [2]


async def test_a_source_that_is_emptied_by_mistake_waits_for_a_person(inside: Inside) -> None:
    goods = inside.goods
    await confirmed(inside)
    await goods.set_source("MUG", 0)
    await inside.until(lambda: "nothing more of 1 of 2" in inside.warnings, "the health page says what it waits for")
    walks = inside.counted("unchanged")
    await inside.until(lambda: inside.counted("unchanged") > walks + 6, "more turns have passed")
    assert await adjusted(goods) == []
    preview = await preview_with(inside, MUG=0)
    assert (preview.emptied, preview.stocked, preview.approved) == (1, 2, "")
    await inside.service.desk.confirm("main", preview.digest)
    await until_on_hand(goods, "MUG", 0)
    assert await adjusted(goods) == [-10]


async def test_the_dry_run_corrects_nothing(inside: Inside) -> None:
    goods = inside.goods
    await confirmed(inside)
    await inside.settings(f"{MASTER}preview = true\n")
    await goods.set_source("MUG", 12)
    await preview_with(inside, MUG=12)
    walks = inside.counted("unchanged")
    await inside.until(lambda: inside.counted("unchanged") > walks + 6, "more turns have passed")
    assert await adjusted(goods) == []


async def test_many_are_corrected_some_at_a_time(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ADJUST_TURN_SECONDS", 1.0)
    monkeypatch.setattr("services.inventory.adjusting_turn._TOGETHER", dict.fromkeys(AdjustBy, 2))
    goods = inside.goods
    skus = [f"PLATE-{number}" for number in range(9)]
    await goods.have(dict.fromkeys(skus, 1))
    await goods.offer(dict.fromkeys(skus, 4))
    preview = await preview_with(inside, **dict.fromkeys(skus, 4))
    await inside.service.desk.confirm("main", preview.digest)
    for sku in skus:
        await until_on_hand(goods, sku, 4)
    assert await adjusted(goods) == [3] * 9


async def test_what_another_shop_of_the_company_sells_too_is_left_alone(inside: Inside) -> None:
    goods, realm = inside.goods, inside.goods.deployed.books.realm
    await confirmed(inside)
    other = load(goods.deployed.toml(SALES).replace('connection = "main"', 'connection = "other"'), "other.toml")
    log = inside.process.log
    await inside.process.settings.reach(await publish(log, other, "test", datetime.now(UTC)))
    snapshot = {"fetched_at": datetime.now(UTC).isoformat(), "product": {"id": 9, "sku": "mug", "type_id": "simple"}}
    await log.append(NewRecord(PRODUCTS, "other:product:9", encode(snapshot), realm, {"schema": "1"}))
    await goods.until_told("MUG", "shared")
    await goods.set_source("MUG", 12)
    await goods.set_source("CUP", 6)
    await until_on_hand(goods, "CUP", 6)
    assert await adjusted(goods) == [1]


async def test_a_shipment_that_no_webhook_tells_of_is_not_taken_for_a_difference(inside: Inside) -> None:
    """The source falls at once, and its order is read by the sweep: until then there seems to be too much on hand."""
    goods, deployed = inside.goods, inside.goods.deployed
    await confirmed(inside)
    placed = await goods.order("MUG", 3)
    await deployed.until_outcome(deployed.key(placed), "posted")
    await until_explained(inside, "MUG", {TermKind.SOURCE: 10, TermKind.AWAITING_SHIPMENT: -3})
    await deployed.shop.control("DELETE", "webhooks")
    await inside.settings(MASTER.replace("sweep_seconds = 1", "sweep_seconds = 5"))
    await goods.set_source("CUP", 6)
    await until_on_hand(goods, "CUP", 6)  # a sweep has passed, and the next one is seconds away
    await deployed.shop.ship(placed["entity_id"])
    await until_explained(inside, "MUG", {TermKind.SOURCE: 7})
    await goods.set_source("CUP", 7)
    await until_on_hand(goods, "CUP", 7)
    assert (await on_hand(goods, "MUG"), (await goods.held())["MUG"]) == (Decimal(7), Decimal(7))
    assert await adjusted(goods) == [1, 1]


async def test_refusals_in_a_row_make_the_connection_wait(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """An account that takes no adjustment: a thousand items needn't be refused to know."""
    monkeypatch.setattr(limits, "ADJUST_REFUSED_IN_A_ROW", 2)
    goods = inside.goods
    owed = {"Name": "Owed to us", "AccountType": "Accounts Receivable", "AccountSubType": "AccountsReceivable"}
    await goods.deployed.books.seed({"Account": [owed]})
    await confirmed(inside)
    await inside.settings(f'{MASTER}adjust_account = "Owed to us"\n')
    await goods.have({"PLATE": 1})
    await goods.offer({"PLATE": 4})
    await goods.set_source("MUG", 12)
    await goods.set_source("CUP", 6)
    await inside.until(lambda: "one correction after another" in inside.warnings, "the health page says so", 60)
    assert inside.counted("refused") == 2
    await inside.settings(MASTER)
    for sku, quantity in {"MUG": 12, "CUP": 6, "PLATE": 4}.items():
        await until_on_hand(goods, sku, quantity)
    assert sorted(await adjusted(goods)) == [1, 2, 3]
