"""A process killed between its intent and the answer of QuickBooks leaves one adjustment, its own or the next one's."""

from __future__ import annotations

import asyncio
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tests.integration.stock_to_books.conftest import Company

_MODULE = "tests.integration.stock_to_books.correcting_child"


async def process(
    company: Company, folder: Path, item: str, account: str, difference: str
) -> asyncio.subprocess.Process:
    token = (await company.sandbox.grant())["access_token"]
    words = (str(folder), company.sandbox.base_url, token, item, account, difference)
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", _MODULE, *words, stdout=asyncio.subprocess.DEVNULL
    )


@pytest.mark.parametrize("effect", ["hold_before_commit", "hold_after_commit"])
@pytest.mark.parametrize("memory", ["remembers", "forgets"])
async def test_one_adjustment_whoever_dies(
    company: Company, shrinkage: str, tmp_path: Path, effect: str, memory: str
) -> None:
    """The first one's call is held at QuickBooks: it was carried out, or is once nobody waits for it any more."""
    if memory == "forgets":
        await company.sandbox.settings(requestid_memory=0)
    item = await company.item("MUG", 7)
    match = {"method": "POST", "entity": "InventoryAdjustment"}
    rule = await company.sandbox.add_fault(effect, match=match, times=1)
    first = await process(company, tmp_path, item, shrinkage, "2")
    await company.sandbox.wait_held(rule)
    first.kill()
    await first.wait()
    committed = effect == "hold_after_commit"
    assert len(await company.adjustments()) == committed
    if committed:
        await company.sandbox.release(rule)
    second = await process(company, tmp_path, item, shrinkage, "0")
    ended = await asyncio.wait_for(second.wait(), 30)
    assert (ended == 0) is committed, "while the first call may still be carried out, its outcome stays open"
    await company.sandbox.release(rule)
    third = await process(company, tmp_path, item, shrinkage, "0")
    assert await asyncio.wait_for(third.wait(), 30) == 0
    assert (await company.on_hand(item), len(await company.adjustments())) == (Decimal(9), 1)
