"""One correction in the books, whatever gets lost: in both ways, with every refusal that a company has for it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from services.inventory.adjusting_books import Corrected
from services.inventory.adjusting_documents import link_key
from shared import limits
from shared.log.signals import RetryLater
from shared.quickbooks.faults import OutcomeUnknown, Throttled
from shared.settings.stock import AdjustBy
from shared.wire import encode
from tests.integration.stock_to_books.conftest import Company, Hand, OpenHand, correction
from tests.unit.lists.told import REALM

CREATE = {"method": "POST", "entity": "InventoryAdjustment"}
UPDATE = {"method": "POST", "entity": "Item"}


async def made(hand: Hand, item: str, difference: str, by: AdjustBy, account: str) -> Corrected:
    return (await hand.books.correct(correction(item, difference), by, account, await hand.look(item))).outcome


@pytest.mark.parametrize("by", list(AdjustBy))
async def test_the_books_have_so_many_more_and_so_many_less(
    company: Company, open_hand: OpenHand, shrinkage: str, by: AdjustBy
) -> None:
    item, hand = await company.item("MUG", 7), await open_hand("one")
    await hand.books.settle()
    assert await made(hand, item, "2.5", by, shrinkage) is Corrected.ADJUSTED
    assert await company.on_hand(item) == Decimal("9.5")
    assert (await hand.look(item)).quantity(item) == Decimal("9.5")
    assert await made(hand, item, "-9.5", by, shrinkage) is Corrected.ADJUSTED
    assert await company.on_hand(item) == 0
    documents = await company.adjustments()
    assert len(documents) == (2 if by is AdjustBy.ADJUSTMENT else 0)
    for number, document in enumerate(sorted(documents, key=lambda one: int(one["Id"]))):
        assert document["AdjustAccountRef"]["value"] == shrinkage
        assert document["PrivateNote"] == f"Stock of the shop: MUG [bookbridge {link_key(REALM, item)} {number}]"


@pytest.mark.parametrize("by", list(AdjustBy))
@pytest.mark.parametrize("effect", ["drop_before_commit", "drop_after_commit"])
@pytest.mark.parametrize("memory", ["remembers", "forgets"])
async def test_an_answer_that_got_lost_makes_nothing_twice(
    company: Company, open_hand: OpenHand, shrinkage: str, by: AdjustBy, effect: str, memory: str
) -> None:
    """QuickBooks knows the requestid again, or has forgotten it, so that only the marker (or the item) tells."""
    if memory == "forgets":
        await company.sandbox.settings(requestid_memory=0)
    item, hand = await company.item("MUG", 7), await open_hand("one")
    await hand.books.settle()
    await company.sandbox.add_fault(effect, match=CREATE if by is AdjustBy.ADJUSTMENT else UPDATE, times=1)
    with pytest.raises(OutcomeUnknown):
        await made(hand, item, "2", by, shrinkage)
    assert hand.standing(item)
    with pytest.raises(RetryLater):
        await made(hand, item, "2", by, shrinkage)
    await hand.books.settle()
    assert (await company.on_hand(item), hand.standing(item)) == (Decimal(9), False)
    await hand.books.settle()
    assert await company.on_hand(item) == 9
    assert len(await company.adjustments()) == (1 if by is AdjustBy.ADJUSTMENT else 0)


@pytest.mark.parametrize("effect", ["drop_before_commit", "drop_after_commit"])
async def test_the_next_process_ends_what_the_last_one_left(
    company: Company, open_hand: OpenHand, shrinkage: str, effect: str
) -> None:
    item, first = await company.item("MUG", 7), await open_hand("first")
    await company.sandbox.settings(requestid_memory=0)
    await company.sandbox.add_fault(effect, match=CREATE, times=1)
    with pytest.raises(OutcomeUnknown):
        await made(first, item, "-3", AdjustBy.ADJUSTMENT, shrinkage)
    second = await open_hand("second")
    await second.books.settle()
    assert (await company.on_hand(item), len(await company.adjustments())) == (Decimal(4), 1)
    await first.books.settle()
    assert (await company.on_hand(item), len(await company.adjustments())) == (Decimal(4), 1)


async def test_a_person_s_words_around_the_marker_hide_nothing(
    company: Company, open_hand: OpenHand, shrinkage: str
) -> None:
    item, hand = await company.item("MUG", 7), await open_hand("one")
    await company.sandbox.settings(requestid_memory=0)
    await company.sandbox.add_fault("drop_after_commit", match=CREATE, times=1)
    with pytest.raises(OutcomeUnknown):
        await made(hand, item, "2", AdjustBy.ADJUSTMENT, shrinkage)
    (document,) = await company.adjustments()
    note = {"PrivateNote": f"seen by Ann: {document['PrivateNote']} ok"}
    body = {name: document[name] for name in ("Id", "SyncToken", "AdjustAccountRef", "TxnDate", "Line")} | note
    await hand.client.write("inventoryadjustment", encode(body), "a-person")
    await hand.books.settle()
    assert (await company.on_hand(item), len(await company.adjustments())) == (Decimal(9), 1)


async def test_a_sale_between_look_and_adjustment_is_not_lost(
    company: Company, open_hand: OpenHand, shrinkage: str
) -> None:
    item, hand = await company.item("MUG", 7), await open_hand("one")
    fresh = await hand.look(item)
    await company.sell(item, 3)
    await hand.books.correct(correction(item, "2"), AdjustBy.ADJUSTMENT, shrinkage, fresh)
    assert await company.on_hand(item) == 6


async def test_an_item_that_a_person_changed_meanwhile_is_decided_on_anew(
    company: Company, open_hand: OpenHand, shrinkage: str
) -> None:
    item, hand = await company.item("MUG", 7), await open_hand("one")
    fresh = await hand.look(item)
    await made(hand, item, "1", AdjustBy.ITEM, shrinkage)
    result = await hand.books.correct(correction(item, "1"), AdjustBy.ITEM, shrinkage, fresh)
    assert result.outcome is Corrected.REFUSED
    assert (await company.on_hand(item), hand.standing(item)) == (Decimal(8), False)


@pytest.mark.parametrize("code", ["5020", "5030"])
async def test_a_plan_without_adjustments_is_named_and_an_item_can_be_set_all_the_same(
    company: Company, open_hand: OpenHand, shrinkage: str, code: str
) -> None:
    item, hand = await company.item("MUG", 7), await open_hand("one")
    await company.sandbox.settings(inventory_adjustments=code)
    assert await made(hand, item, "2", AdjustBy.ADJUSTMENT, shrinkage) is Corrected.NOT_IN_PLAN
    assert (await company.on_hand(item), hand.standing(item)) == (Decimal(7), False)
    assert await made(hand, item, "2", AdjustBy.ITEM, shrinkage) is Corrected.ADJUSTED
    assert await company.on_hand(item) == 9


@pytest.mark.parametrize("by", list(AdjustBy))
async def test_closed_books_and_an_item_s_start_are_named(
    company: Company, open_hand: OpenHand, shrinkage: str, by: AdjustBy
) -> None:
    item, hand = await company.item("MUG", 7), await open_hand("one")
    early = correction(item, "1", date(2025, 12, 31))
    fresh = await hand.look(item)
    assert (await hand.books.correct(early, by, shrinkage, fresh)).outcome is Corrected.BEFORE_START
    await company.sandbox.settings(book_close_date="2026-06-30")
    closed = correction(item, "1", date(2026, 6, 30))
    assert (await hand.books.correct(closed, by, shrinkage, fresh)).outcome is Corrected.BOOKS_CLOSED
    assert (await company.on_hand(item), len(await company.adjustments())) == (Decimal(7), 0)


async def test_an_item_without_a_quantity_is_refused_and_stops_no_other(
    company: Company, open_hand: OpenHand, shrinkage: str
) -> None:
    plain = {"Type": "NonInventory", "TrackQtyOnHand": False}
    bare, item, hand = await company.item("BARE", 0, **plain), await company.item("MUG", 7), await open_hand("one")
    assert await made(hand, bare, "2", AdjustBy.ADJUSTMENT, shrinkage) is Corrected.REFUSED
    assert await made(hand, item, "2", AdjustBy.ADJUSTMENT, shrinkage) is Corrected.ADJUSTED


async def test_a_throttled_correction_is_sent_again_as_it_was(
    company: Company, open_hand: OpenHand, shrinkage: str
) -> None:
    item, hand = await company.item("MUG", 7), await open_hand("one")
    await hand.books.settle()
    await company.sandbox.add_fault("status", match=CREATE, times=1, status=429)
    with pytest.raises(Throttled):
        await made(hand, item, "2", AdjustBy.ADJUSTMENT, shrinkage)
    assert (await company.on_hand(item), hand.standing(item)) == (Decimal(7), True)


async def test_where_adjustments_cannot_be_queried_the_same_is_sent_again_while_it_is_surely_known_again(
    company: Company, open_hand: OpenHand, shrinkage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That they can be isn't documented."""
    item, hand = await company.item("MUG", 7), await open_hand("one")
    fresh = await hand.look(item)
    refused = {"status": 400, "body": "fault", "code": "4001", "kind": "ValidationFault"}
    await company.sandbox.add_fault("status", match={"operation": "query"}, times=9, **refused)
    await company.sandbox.add_fault("drop_after_commit", match=CREATE, times=1)
    with pytest.raises(OutcomeUnknown):
        await hand.books.correct(correction(item, "2"), AdjustBy.ADJUSTMENT, shrinkage, fresh)
    with monkeypatch.context() as patched:
        patched.setattr(limits, "ADJUST_RESEND_SECONDS", -1.0)
        with pytest.raises(RetryLater, match="nobody knows"):
            await hand.books.settle()
    await hand.books.settle()
    assert (await company.on_hand(item), len(await company.adjustments()), hand.standing(item)) == (
        Decimal(9),
        1,
        False,
    )
