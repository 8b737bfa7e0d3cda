"""The merchant's choices, each seen in the books."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.integration.orders.in_the_books import ITEM, booked, metered
from tests.support.deployment import STATES, Deployment
from tests.support.shopping import cart

pytestmark = pytest.mark.timeout(120)


async def test_each_choice_shows_in_the_books(embedded: Deployment) -> None:
    sales = f"[sales]\n{STATES}\n"
    await embedded.books.seed({"Item": [{"Name": "By-Name", **ITEM}, {"Name": "Other title", "Sku": "BY-SKU", **ITEM}]})
    embedded.configure(sales + '[items]\nmissing = "generic"\ngeneric_item = "Sold online"')
    await embedded.start_all()
    (placed,) = await embedded.shop.place(cart("UNKNOWN", half_price=True))
    document = await booked(embedded, placed)
    assert [line["item"] for line in document["lines"]] == ["Sold online", "Shipping"]
    assert document["doc_number"] == placed["increment_id"]
    assert Decimal(document["discount"]) == Decimal("12.50")
    reads = await metered(embedded)
    (placed,) = await embedded.shop.place(cart("UNKNOWN"))
    await booked(embedded, placed)
    assert await metered(embedded) == reads, "an item that isn't there is not asked for every time"
    (placed,) = await embedded.shop.place(cart("BY-SKU"))
    assert (await booked(embedded, placed))["lines"][0]["item"] == "Other title"

    await embedded.reconfigure(sales + 'discount = "net"\nnumbers = "quickbooks"\n[items]\nmatch = "name"\n')
    await embedded.books.settings(custom_txn_numbers=False)
    (placed,) = await embedded.shop.place(cart("by-name", half_price=True))
    document = await booked(embedded, placed)
    assert document["lines"][0]["item"] == "By-Name"
    assert Decimal(document["discount"]) == 0
    assert Decimal(document["lines"][0]["amount"]) == Decimal("12.50")
    assert document["doc_number"] not in (None, placed["increment_id"])

    await embedded.books.settings(custom_txn_numbers=True)
    await embedded.reconfigure(sales + 'document = "invoice"\nnumber_prefix = "W-"\n[customers]\npolicy = "generic"')
    (placed,) = await embedded.shop.place(cart())
    document = await booked(embedded, placed)
    assert (document["type"], document["customer"]) == ("Invoice", "Online customers")
    assert document["doc_number"] == f"W-{placed['increment_id']}"

    await embedded.reconfigure(sales + '[customers]\npolicy = "company"')
    one, two = await embedded.shop.place(
        cart(email="one@example.com", company="Acme Inc."), cart(email="two@example.com", company="ACME Inc.")
    )
    documents = [await booked(embedded, placed) for placed in (one, two)]
    assert {document["customer_id"] for document in documents} == {documents[0]["customer_id"]}
    assert documents[0]["customer"].lower() == "acme inc."
    (placed,) = await embedded.shop.place(cart(email="three@example.com", person=("Bo", "Li")))
    assert (await booked(embedded, placed))["customer"] == "Bo Li"


async def test_an_invoice_stays_one_when_receipts_are_chosen_later(embedded: Deployment) -> None:
    """With QuickBooks' own numbers, where an update must not lose the number."""
    embedded.configure(f'[sales]\ndocument = "invoice"\nnumbers = "quickbooks"\n{STATES}')
    await embedded.books.settings(custom_txn_numbers=False)
    await embedded.start_all()
    placed = await embedded.place(cart())
    before = await booked(embedded, placed)
    await embedded.reconfigure(f'[sales]\nnumbers = "quickbooks"\n{STATES}')
    await embedded.shop.edit(placed["entity_id"], {"customer_email": "edited@example.com"})
    await embedded.hint(placed["entity_id"])
    await embedded.until_settled(embedded.key(placed), "updated")
    (after,) = await embedded.documents()
    for name in ("type", "id", "doc_number", "total", "status"):
        assert after[name] == before[name]
    assert after["sync_token"] == "1"
