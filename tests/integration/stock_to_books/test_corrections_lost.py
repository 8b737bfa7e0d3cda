"""Corrections one after another, whose calls may be lost before or after QuickBooks carried them out, by processes that
come and go: the books have the sum of those that were made, each once."""

from __future__ import annotations

import asyncio
import random
from decimal import Decimal

import pytest

from services.inventory.adjusting_books import Corrected
from shared.log.signals import RetryLater
from shared.quickbooks.faults import OutcomeUnknown
from shared.settings.stock import AdjustBy
from tests.integration.stock_to_books.conftest import Company, OpenHand, correction

STEPS = 12
MATCH = {
    AdjustBy.ADJUSTMENT: {"method": "POST", "entity": "InventoryAdjustment"},
    AdjustBy.ITEM: {"method": "POST", "entity": "Item"},
}


@pytest.mark.parametrize("by", list(AdjustBy))
@pytest.mark.parametrize("seed", range(4))
async def test_each_is_made_once(
    company: Company, open_hand: OpenHand, shrinkage: str, by: AdjustBy, seed: int
) -> None:
    chance = random.Random(seed)
    await company.sandbox.settings(requestid_memory=chance.choice([0, 10_000]))
    item = await company.item("MUG", 500)
    expected, hand = Decimal(500), await open_hand("process 0")
    for step in range(1, STEPS + 1):
        difference = Decimal(chance.randint(-40, 40) or 1)
        losses = [chance.choice(["drop_before_commit", "drop_after_commit"]) for _ in range(chance.randint(0, 2))]
        for effect in losses:
            await company.sandbox.add_fault(effect, match=MATCH[by], times=1)
        fresh = await hand.look(item)
        try:
            result = await hand.books.correct(correction(item, difference), by, shrinkage, fresh)
            assert result.outcome is Corrected.ADJUSTED
        except OutcomeUnknown:
            assert losses
        while hand.standing(item):
            if chance.random() < 0.4:
                hand = await open_hand(f"process {step} {chance.random()}")
            try:
                await hand.books.settle()
            except OutcomeUnknown:
                continue
        await company.sandbox.clear_faults()
        expected += difference
        assert await company.on_hand(item) == expected, f"step {step} of seed {seed}, {by}: {losses}"
    assert len(await company.adjustments()) == (STEPS if by is AdjustBy.ADJUSTMENT else 0)


async def test_two_processes_that_settle_at_once_make_one(
    company: Company, open_hand: OpenHand, shrinkage: str
) -> None:
    item, first = await company.item("MUG", 7), await open_hand("first")
    await company.sandbox.add_fault("drop_before_commit", match=MATCH[AdjustBy.ADJUSTMENT], times=1)
    with pytest.raises(OutcomeUnknown):
        await first.books.correct(correction(item, "2"), AdjustBy.ADJUSTMENT, shrinkage, await first.look(item))
    second = await open_hand("second")
    ended = await asyncio.gather(first.books.settle(), second.books.settle(), return_exceptions=True)
    assert all(one is None or isinstance(one, RetryLater | OutcomeUnknown) for one in ended), ended
    for hand in (first, second):
        await hand.books.settle()
    assert (await company.on_hand(item), len(await company.adjustments())) == (Decimal(9), 1)
