"""Books that refuse, or that come out otherwise than asked: parked in words, never silently, never in a loop."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from shared.topics import ORDERS
from tests.integration.orders.in_the_books import booked, documents_of, within_quota
from tests.support.deployment import SALES, STATES, Deployment
from tests.support.shopping import cart

pytestmark = pytest.mark.timeout(120)


async def parked(deployed: Deployment, placed: Mapping[str, Any], reason: str) -> dict[str, Any]:
    outcome = await deployed.until_settled(deployed.key(placed), "parked")
    assert outcome["reason"] == reason, outcome
    return outcome


async def test_closed_books_park_and_opened_ones_take_the_order(embedded: Deployment) -> None:
    await embedded.books.settings(book_close_date="2099-12-31")
    await embedded.start_all()
    placed = await embedded.place(cart())
    outcome = await parked(embedded, placed, "books_closed")
    assert "2099-12-31" in outcome["text"]
    link = await embedded.link(embedded.key(placed))
    assert (link.intent, link.booked) == (None, None)
    assert await embedded.documents() == []
    await embedded.books.settings(book_close_date=None)
    await embedded.reconfigure(SALES + "\n# the books are open\n")
    await booked(embedded, placed)


async def test_companies_that_lack_something_park_by_name(embedded: Deployment) -> None:
    """Sales tax, discounts, own numbers, an account: each switched off, each with the setting or the switch to turn."""
    await embedded.books.settings(using_sales_tax=False, allow_discount=False)
    await embedded.start_all()
    others = ("HAT", "zoe@example.com", ("Zoe", "Zed"))
    taxed, discounted, plain = await embedded.shop.place(
        cart(*others), cart(*others, half_price=True, taxed=False), cart(taxed=False)
    )
    assert "sales tax" in (await parked(embedded, taxed, "tax_off"))["text"]
    assert (await parked(embedded, discounted, "discounts_off"))["setting"] == "sales.discount"
    await booked(embedded, plain)

    await embedded.books.settings(using_sales_tax=True, allow_discount=True, custom_txn_numbers=False)
    await embedded.reconfigure(SALES + '\n[payments]\ndeposit_to = "Under the mattress"\n')
    for placed in (taxed, discounted):
        await embedded.until_parked(embedded.key(placed), "numbers_off")
    await embedded.books.settings(custom_txn_numbers=True)
    await embedded.reconfigure(SALES + '\n[payments]\ndeposit_to = "Under the bed"\n')
    for placed in (taxed, discounted):
        await embedded.until_parked(embedded.key(placed), "reference_missing")
    items = [one.get("Sku") for one in await embedded.books.objects("Item")]
    people = [one["DisplayName"] for one in await embedded.books.objects("Customer")]
    assert "MUG" in items and "HAT" not in items and "Zoe Zed" not in people, "nothing is made for what isn't booked"
    await embedded.reconfigure(SALES)
    for placed in (taxed, discounted):
        await booked(embedded, placed)
    await within_quota(embedded)


async def test_a_document_that_comes_out_otherwise_is_voided_and_parked_until_something_changes(
    embedded: Deployment,
) -> None:
    """Sales tax is switched off in QuickBooks behind our back: it drops the tax silently."""
    await embedded.start_all()
    await booked(embedded, await embedded.place(cart()))
    await embedded.books.settings(using_sales_tax=False)
    placed = await embedded.place(cart())
    outcome = await parked(embedded, placed, "books_differ")
    assert str(-placed["tax_amount"]) in outcome["text"], "the difference is named"
    (document,) = await documents_of(embedded, placed)
    assert document["status"] == "voided"

    # The same snapshot once more, under the same settings: nothing is tried again.
    await embedded.again([one for one in await embedded.read(ORDERS) if one.key == embedded.key(placed)])
    await embedded.until_settled(embedded.key(placed), "parked", 2)
    assert len(await documents_of(embedded, placed)) == 1

    await embedded.books.settings(using_sales_tax=True)
    await embedded.reconfigure(f"[sales]\n{STATES}\n# sales tax is switched on again\n")
    await embedded.until_settled(embedded.key(placed), "posted")
    old, new = await documents_of(embedded, placed)
    assert (old["status"], new["status"]) == ("voided", "live")
    assert Decimal(new["total"]) == placed["grand_total"]


@pytest.mark.parametrize("where", ["before the voiding", "while it is voided"])
async def test_a_crash_between_a_wrong_answer_and_its_voiding_leaves_no_wrong_document(
    embedded: Deployment, where: str
) -> None:
    process = await embedded.start_all()
    await booked(embedded, await embedded.place(cart()))
    await embedded.books.settings(using_sales_tax=False)
    effect = "drop_before_commit" if where == "before the voiding" else "hold_after_commit"
    rule = await embedded.books.add_fault(effect, match={"entity": "SalesReceipt", "operation": "void"})
    placed = await embedded.place(cart())

    async def at_it() -> bool:
        return bool((await embedded.books.fault(rule))["matched"])

    await embedded.until(at_it, "the wrong document is being voided")
    process.process.kill()
    await process.process.wait()
    await embedded.books.clear_faults()
    await embedded.books.settings(using_sales_tax=True)  # so that nothing but our own records tells of the difference
    await embedded.restart_writer()
    await parked(embedded, placed, "books_differ")
    (document,) = await documents_of(embedded, placed)
    assert document["status"] == "voided"
    assert (await embedded.link(embedded.key(placed))).intent is None
