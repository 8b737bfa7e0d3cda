"""Who is who in the books: one customer for each buyer and one item for each product, whatever stands there already."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from tests.integration.orders.in_the_books import ITEM, booked, change, delete, metered, within_quota
from tests.support.deployment import Deployment
from tests.support.shopping import cart

pytestmark = pytest.mark.timeout(120)


async def test_twenty_orders_of_a_new_buyer_and_a_new_product_make_one_of_each(embedded: Deployment) -> None:
    """And two people of one name are two customers; one entered by hand without an e-mail is the first one's alone."""
    await embedded.books.seed({"Customer": [{"DisplayName": "Eve Moe"}]})
    await embedded.start_all()
    placed = await embedded.shop.place(*(cart("NEW", "New.Buyer@example.com", ("Nia", "New")) for _ in range(20)))
    documents = [await booked(embedded, one) for one in placed]
    customers = [one for one in await embedded.books.objects("Customer") if one["DisplayName"].startswith("Nia New")]
    items = [one for one in await embedded.books.objects("Item") if one.get("Sku") == "NEW"]
    assert (len(customers), len(items)) == (1, 1)
    assert {document["customer_id"] for document in documents} == {customers[0]["Id"]}

    twins = await embedded.shop.place(
        *(cart(email=f"jo{i}@example.com", person=("Jo", "Doe")) for i in (1, 2)),
        *(cart(email=f"eve{i}@example.com", person=("Eve", "Moe")) for i in (1, 2)),
    )
    names = [(await booked(embedded, one))["customer"] for one in twins]
    assert len(set(names)) == 4, names
    assert "Jo Doe" in names[:2] and "Eve Moe" in names[2:]
    await within_quota(embedded)


async def test_names_that_belong_to_others_are_left_to_them(embedded: Deployment) -> None:
    """A vendor's, an inactive customer's, an inactive item's."""
    made = await embedded.books.seed(
        {
            "Vendor": [{"DisplayName": "Val Dor"}],
            "Customer": [{"DisplayName": "Ina Tive"}],
            "Item": [{"Name": "MUG", "Sku": "OTHER", **ITEM}, {"Name": "HAT", **ITEM}],
        }
    )
    await change(embedded, "Customer", made["Customer"][0], Active=False)
    await change(embedded, "Item", made["Item"][1], Active=False)
    await embedded.start_all()
    people = [("val@example.com", ("Val", "Dor")), ("ina@example.com", ("Ina", "Tive"))]
    placed = await embedded.shop.place(
        *(cart("HAT", email, person) for email, person in people), cart("MUG", "val@example.com", ("Val", "Dor"))
    )
    documents = [await booked(embedded, one) for one in placed]
    assert [one["customer"] for one in documents] == [
        "Val Dor (val@example.com)",
        "Ina Tive (ina@example.com)",
        "Val Dor (val@example.com)",
    ]
    assert [one["lines"][0]["item"] for one in documents] == ["HAT (item)", "HAT (item)", "MUG (item)"]
    assert [one["lines"][0]["sku"] for one in documents] == ["HAT", "HAT", "MUG"]


async def test_what_people_do_by_hand_in_quickbooks_stops_nothing(embedded: Deployment) -> None:
    await embedded.start_all()
    edited, deleted = await embedded.shop.place(cart(), cart())
    for placed in (edited, deleted):
        await booked(embedded, placed)
    receipts = {one["DocNumber"]: one for one in await embedded.books.objects("SalesReceipt")}

    # A document edited by hand, then a newer snapshot: our content again, on the same document.
    by_hand = await change(embedded, "SalesReceipt", receipts[edited["increment_id"]], CustomerMemo={"value": "called"})
    assert by_hand["SyncToken"] == "1"
    await touch(embedded, edited)
    outcome = await embedded.until_settled(embedded.key(edited), "updated")
    assert outcome["id"] == by_hand["Id"]
    (document,) = [one for one in await embedded.documents() if one["id"] == by_hand["Id"]]
    assert (document["sync_token"], document["status"]) == ("2", "live")

    # One deleted by hand: parked in words, nothing made in its place.
    await delete(embedded, "SalesReceipt", receipts[deleted["increment_id"]])
    await touch(embedded, deleted)
    outcome = await embedded.until_settled(embedded.key(deleted), "parked")
    assert outcome["reason"] == "document_gone" and "deleted in QuickBooks" in outcome["text"]
    link = await embedded.link(embedded.key(deleted))
    assert link.intent is None and link.held is not None
    # Item and customer made inactive after we linked them: twelve orders at once find a way, with few reads.
    (item,) = [one for one in await embedded.books.objects("Item") if one.get("Sku") == "MUG"]
    (customer,) = [one for one in await embedded.books.objects("Customer") if one["DisplayName"] == "Ann Lee"]
    await change(embedded, "Item", item, Active=False)
    await change(embedded, "Customer", customer, Active=False)
    reads = await metered(embedded)
    documents = [await booked(embedded, one) for one in await embedded.shop.place(*(cart() for _ in range(12)))]
    assert {one["lines"][0]["item"] for one in documents} == {"MUG (item)"}
    assert {one["customer"] for one in documents} == {"Ann Lee (ann@example.com)"}
    assert await metered(embedded) - reads < 40, "the books are read again once or twice, not by all"
    await within_quota(embedded)
    usage = await embedded.books.usage()
    await asyncio.sleep(1.0)  # the one thing to see is that nothing goes on
    assert await embedded.books.usage() == usage


async def touch(deployed: Deployment, placed: Mapping[str, Any]) -> None:
    await deployed.shop.edit(placed["entity_id"], {"customer_email": "newer@example.com"})
    await deployed.hint(placed["entity_id"])


async def test_a_number_that_another_document_bears_makes_way_for_the_next(embedded: Deployment) -> None:
    """A person's receipt has the first number; the second candidate holds the order's entity id."""
    made = await embedded.books.seed({"Customer": [{"DisplayName": "By Hand"}], "Item": [{"Name": "Thing", **ITEM}]})
    line = {
        "DetailType": "SalesItemLineDetail",
        "Amount": 1,
        "SalesItemLineDetail": {"ItemRef": {"value": made["Item"][0]["Id"]}},
    }
    head = {"CustomerRef": {"value": made["Customer"][0]["Id"]}, "Line": [line]}
    await embedded.books.seed({"SalesReceipt": [{"DocNumber": "000700001", **head}]})
    await embedded.start_all()
    placed = await embedded.place(cart())
    assert placed["increment_id"] == "000700001", "the sandbox's first number"
    document = await booked(embedded, placed)
    assert document["doc_number"].startswith("000700001~")
    assert (await embedded.link(embedded.key(placed))).numbers_taken == 1


async def test_a_lost_update_is_not_taken_for_done_because_a_person_was_at_the_document(embedded: Deployment) -> None:
    """The document moved on and bears the same sums, but it isn't our change that it shows."""
    await embedded.start_all()
    placed = await embedded.place(cart())
    await booked(embedded, placed)
    (receipt,) = await embedded.books.objects("SalesReceipt")
    await asyncio.sleep(1.1)  # the first order used up a second of the company's limits, which the person needs soon
    match = {"entity": "SalesReceipt", "operation": "update"}
    rule = await embedded.books.add_fault("drop_before_commit", match=match, times=1)
    await embedded.shop.edit(placed["entity_id"], {"customer_email": "newer@example.com"})
    await embedded.hint(placed["entity_id"])

    async def dropped() -> bool:
        return bool((await embedded.books.fault(rule))["matched"])

    await embedded.until(dropped, "the update was dropped")
    await change(embedded, "SalesReceipt", receipt, CustomerMemo={"value": "called"})
    await embedded.until_settled(embedded.key(placed), "updated")
    (receipt,) = await embedded.books.objects("SalesReceipt")
    assert receipt["BillEmail"]["Address"] == "newer@example.com"
