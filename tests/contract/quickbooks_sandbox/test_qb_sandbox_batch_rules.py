"""What POST /batch refuses, whole or in its items, and what it counts as."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.quickbooks_sandbox.batch_calls import answers, batch, codes, customer
from tests.contract.quickbooks_sandbox.books_client import Books
from tests.support.quickbooks_sandbox import QuickBooksSandbox


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"operation": "create", "Customer": {"DisplayName": "x"}}, "2020"),
        ({"bId": "", "operation": "create", "Customer": {"DisplayName": "x"}}, "2020"),
        ({"bId": 7, "operation": "create", "Customer": {"DisplayName": "x"}}, "2020"),
        ({"bId": "x"}, "2020"),
        ({"bId": "x", "Customer": {"DisplayName": "x"}}, "2020"),
        ({"bId": "x", "operation": "revert", "Customer": {"Id": "1"}}, "500"),
        ({"bId": "x", "operation": "send", "Invoice": {"Id": "1"}}, "500"),
        ({"bId": "x", "operation": "merge", "Customer": {"Id": "1"}}, "500"),
        ({"bId": "x", "operation": "explode", "Customer": {"Id": "1"}}, "2170"),
        ({"bId": "x", "operation": ["create"], "Customer": {"Id": "1"}}, "2170"),
        ({"bId": "x", "operation": "delete", "Customer": {"Id": "1", "SyncToken": "0"}}, "500"),
        ({"bId": "x", "operation": "create", "TaxCode": {"Name": "x"}}, "500"),
        ({"bId": "x", "operation": "create", "Nonsense": {}}, "2010"),
        ({"bId": "x", "operation": "create", "Customer": {"DisplayName": "x"}, "Item": {"Name": "x"}}, "2010"),
        ({"bId": "x", "operation": "create", "Customer": []}, "2010"),
        ({"bId": "x", "operation": "create", "Customer": {"DisplayName": "x"}, "optionsData": 1}, "2010"),
        ({"bId": "x", "ReportQuery": "ProfitAndLoss"}, "500"),
        ({"bId": "x", "Query": 7}, "2010"),
        ({"bId": "x", "CDCQuery": []}, "2010"),
        ({"bId": "x", "CDCQuery": {"Entities": ["Item"]}}, "2010"),
        ("text", "2010"),
        (None, "2010"),
    ],
)
async def test_an_item_that_makes_no_sense_has_a_fault_and_the_next_is_done(books: Books, item: Any, code: str) -> None:
    reply = await batch(books, item, customer("good", "Fine"))
    bad, good = reply.json["BatchItemResponse"]
    assert set(codes(bad)) == {code} and good["Customer"]["DisplayName"] == "Fine"


async def test_of_two_items_with_one_bid_the_second_is_refused(books: Books) -> None:
    first, second = (await batch(books, customer("a", "One"), customer("a", "Two"))).json["BatchItemResponse"]
    assert first["Customer"]["DisplayName"] == "One" and codes(second) == ["2030"]


@pytest.mark.parametrize(
    ("body", "code", "detail"),
    [
        ({"BatchItemRequest": []}, "400", "Batch Request is Empty"),
        ({}, "400", "Batch Request is Empty"),
        ({"BatchItemRequest": [customer(str(n), str(n)) for n in range(31)]}, "1040", "31"),
        ({"BatchItemRequest": {"bId": "a"}}, "2010", "BatchItemRequest"),
        ({"Items": []}, "2010", "Items"),
    ],
)
async def test_what_is_wrong_with_the_batch_refuses_all_of_it(books: Books, body: Any, code: str, detail: str) -> None:
    reply = await books.post("batch", body)
    assert (reply.status, reply.codes) == (400, [code]) and detail in reply.detail


async def test_thirty_items_are_taken(books: Books) -> None:
    found = answers(await batch(books, *(customer(str(n), f"C{n}") for n in range(30))))
    assert len(found) == 30 and not any("Fault" in item for item in found.values())


async def test_lengths_of_requestid_and_bid_are_bounded(books: Books) -> None:
    assert (await batch(books, customer("a", "One"), requestid="r" * 37)).codes == ["2050"]
    found = answers(await batch(books, customer("b" * 10, "Two"), customer("b" * 11, "Three"), requestid="r" * 36))
    assert found["b" * 10]["Customer"] and codes(found["b" * 11]) == ["2050"]
    assert answers(await batch(books, customer("c" * 36, "Four")))["c" * 36]["Customer"]


async def test_the_answer_holds_a_thousand_objects_and_the_read_beyond_is_refused(books: Books) -> None:
    for start in range(0, 510, 30):
        await batch(books, *(customer(str(n), f"C{start + n}") for n in range(30)))
    query = "select * from Customer maxresults {}"
    found = answers(
        await batch(
            books,
            {"bId": "a", "Query": query.format(500)},
            {"bId": "b", "Query": query.format(499)},
            {"bId": "c", "Query": query.format(2)},
            customer("d", "Last"),
        )
    )
    assert [len(found[bid]["QueryResponse"]["Customer"]) for bid in "ab"] == [500, 499]
    assert codes(found["c"]) == ["10100"] and found["d"]["Customer"]


async def test_batches_have_a_limit_of_their_own(sandbox: QuickBooksSandbox) -> None:
    await sandbox.settings(calls_per_second=1000, batches_per_minute=2)
    books = Books(sandbox, (await sandbox.grant())["access_token"])
    statuses = [(await batch(books, customer("a", f"C{n}"))).status for n in range(3)]
    assert statuses == [200, 200, 429]
    assert (await books.post("customer", {"DisplayName": "single"})).status == 200
    usage = await sandbox.usage()
    assert (usage["throttle_hits"]["batches_per_minute"], usage["peak_batches_per_minute"]) == (1, 3)
    await sandbox.advance(60)
    assert (await batch(books, customer("a", "Later"))).status == 200
    await sandbox.settings(batches_per_minute=40, realm_batches_per_minute=1)
    assert (await batch(books, customer("a", "Again"))).status == 429
    assert (await sandbox.usage())["throttle_hits"]["realm_batches_per_minute"] == 1


async def test_a_batch_is_one_metered_call_and_its_items_are_none(books: Books) -> None:
    await batch(books, customer("a", "One"), {"bId": "b", "Query": "select * from Item"}, customer("c", "One"))
    usage = await books.sandbox.usage()
    assert (usage["coreplus"]["batch"], usage["metered"], usage["core"]) == (1, 1, 0)
    assert usage["refused"] == {"6240": 1}
    await books.sandbox.settings(batch_metering="item")
    await batch(books, customer("a", "Two"), customer("b", "Two"), customer("c", "Three"))
    assert (await books.sandbox.usage())["coreplus"]["batch"] == 3


async def test_without_a_subscription_the_changes_of_a_batch_are_refused_and_its_reads_are_not(books: Books) -> None:
    await books.sandbox.settings(company_state="subscription_ended")
    found = answers(await batch(books, customer("a", "One"), {"bId": "b", "Query": "select * from Item"}))
    assert codes(found["a"]) == ["6190"] and len(found["b"]["QueryResponse"]["Item"]) == 3
    await books.sandbox.settings(company_state="locked")
    assert (await batch(books, {"bId": "b", "Query": "select * from Item"})).codes == ["140"]


async def test_auth_faults_can_stand_in_the_items(books: Books) -> None:
    await books.sandbox.add_fault("auth_in_items", match={"operation": "batch"}, times=1)
    found = answers(await batch(books, customer("a", "One"), customer("b", "Two")))
    assert [codes(item) for item in found.values()] == [["3200"], ["3200"]]
    assert found["a"]["Fault"]["type"] == "AUTHENTICATION"
    assert answers(await batch(books, customer("a", "One")))["a"]["Customer"]
