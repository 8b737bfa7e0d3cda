"""POST /batch: independent items, faults inside a 200, memory by requestid and bId, limits and metering."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.quickbooks_sandbox.books_client import Books, Reply, connect, line, sale
from tests.support.quickbooks_sandbox import QuickBooksSandbox, running

_SAMPLES = Path(__file__).parents[4] / "shared/samples/quickbooks"


def customer(bid: str | None, name: str, **rest: Any) -> dict[str, Any]:
    item = {"operation": "create", "Customer": {"DisplayName": name}, **rest}
    return item if bid is None else {"bId": bid, **item}


async def batch(books: Books, *items: Any, **params: str) -> Reply:
    return await books.post("batch", {"BatchItemRequest": list(items)}, **params)


def answers(reply: Reply) -> dict[str, dict[str, Any]]:
    """By bId."""
    assert reply.status == 200, reply.raw.decode()
    return {item["bId"]: item for item in reply.json["BatchItemResponse"]}


def codes(item: dict[str, Any]) -> list[str]:
    return [error["code"] for error in item.get("Fault", {}).get("Error", [])]


async def test_each_item_has_its_own_answer_and_a_bad_one_harms_no_other(books: Books) -> None:
    reply = await batch(
        books,
        customer("a", "New One"),
        customer("b", "Ann O'Neil"),
        {"bId": "c", "operation": "create", "SalesReceipt": sale(line(5), DocNumber="B1")},
        {"bId": "d", "Query": "select * from Item where Name = 'Mug'"},
        {"bId": "e", "Query": "select from"},
    )
    found = answers(reply)
    assert found["a"]["Customer"]["DisplayName"] == "New One"
    assert codes(found["b"]) == ["6240"] and found["b"]["Fault"]["type"] == "ValidationFault"
    assert found["c"]["SalesReceipt"]["TotalAmt"] == 5
    assert [item["Name"] for item in found["d"]["QueryResponse"]["Item"]] == ["Mug"]
    assert codes(found["e"]) == ["4000"]
    assert [item["bId"] for item in reply.json["BatchItemResponse"]] == ["a", "b", "c", "d", "e"]
    assert (await books.sandbox.ledger())["count"] == 1


async def test_a_batch_whose_items_all_fail_is_still_a_200(books: Books) -> None:
    assert codes(answers(await batch(books, customer("a", "Ann O'Neil")))["a"]) == ["6240"]


async def test_update_void_and_delete_are_done_by_each_types_own_operation(books: Books) -> None:
    made = answers(
        await batch(
            books,
            *({"bId": f"r{n}", "operation": "create", "SalesReceipt": sale(line(n))} for n in (1, 2, 3)),
            {"bId": "i", "operation": "create", "Invoice": sale(line(9))},
        )
    )
    keys = {bid: {"Id": next(iter(item.values()))["Id"], "SyncToken": "0"} for bid, item in made.items()}
    found = answers(
        await batch(
            books,
            {"bId": "u", "operation": "update", "SalesReceipt": keys["r1"] | {"sparse": True, "PrivateNote": "n"}},
            {
                "bId": "v",
                "operation": "update",
                "optionsData": "void",
                "SalesReceipt": keys["r2"] | {"sparse": True},
            },
            {"bId": "d", "operation": "delete", "SalesReceipt": keys["r3"]},
            {"bId": "i", "operation": "void", "Invoice": keys["i"]},
        )
    )
    assert found["u"]["SalesReceipt"]["PrivateNote"] == "n"
    assert (found["v"]["SalesReceipt"]["TotalAmt"], found["i"]["Invoice"]["TotalAmt"]) == (0, 0)
    assert found["d"]["SalesReceipt"] == {"status": "Deleted", "domain": "QBO", "Id": keys["r3"]["Id"]}


async def test_an_item_may_use_a_number_twice_only_when_it_says_so(books: Books) -> None:
    receipt = sale(line(1), DocNumber="B7")
    found = answers(
        await batch(
            books,
            {"bId": "a", "operation": "create", "SalesReceipt": receipt},
            {"bId": "b", "operation": "create", "SalesReceipt": receipt},
            {"bId": "c", "operation": "create", "SalesReceipt": receipt, "optionsData": "allowduplicatedocnum"},
        )
    )
    assert codes(found["b"]) == ["6140"]
    assert found["c"]["SalesReceipt"]["DocNumber"] == "B7"


async def test_one_item_can_carry_several_errors(books: Books) -> None:
    found = answers(await batch(books, {"bId": "a", "operation": "update", "Customer": {"sparse": True}}))
    assert codes(found["a"]) == ["2020", "2020"]


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


async def test_a_repeat_is_known_by_requestid_and_bid_together(books: Books) -> None:
    first = answers(await batch(books, customer("a", "One"), customer("b", "Ann O'Neil"), requestid="r1"))
    again = answers(
        await batch(books, customer("a", "One"), customer("b", "Ann O'Neil"), customer("c", "Three"), requestid="r1")
    )
    assert (again["a"], again["b"]) == (first["a"], first["b"])
    assert again["c"]["Customer"]["DisplayName"] == "Three"
    assert codes(answers(await batch(books, customer("a", "One"), requestid="r2"))["a"]) == ["6240"]
    usage = await books.sandbox.usage()
    assert (usage["replayed"], usage["replayed_with_other_body"]) == (2, 0)


async def test_without_a_requestid_nothing_is_remembered(books: Books) -> None:
    await batch(books, customer("a", "One"))
    assert codes(answers(await batch(books, customer("a", "One")))["a"]) == ["6240"]


async def test_a_single_call_with_the_same_requestid_is_other_work(books: Books) -> None:
    await batch(books, customer("a", "One"), requestid="r1")
    assert (await books.post("customer", {"DisplayName": "Two"}, requestid="r1")).of("Customer")


async def test_lengths_of_requestid_and_bid_are_bounded(books: Books) -> None:
    assert (await batch(books, customer("a", "One"), requestid="r" * 37)).codes == ["2050"]
    found = answers(await batch(books, customer("b" * 10, "Two"), customer("b" * 11, "Three"), requestid="r" * 36))
    assert found["b" * 10]["Customer"] and codes(found["b" * 11]) == ["2050"]
    assert answers(await batch(books, customer("c" * 36, "Four")))["c" * 36]["Customer"]


async def test_a_repeat_while_the_batch_runs_is_600_for_each_item_begun(books: Books) -> None:
    rule = await books.sandbox.add_fault("hold_before_commit", match={"operation": "batch"}, times=1)
    held = asyncio.create_task(batch(books, customer("a", "One"), requestid="r1"))
    await books.sandbox.wait_held(rule)
    found = answers(await batch(books, customer("a", "One"), customer("b", "Two"), requestid="r1"))
    assert codes(found["a"]) == ["600"] and found["b"]["Customer"]
    await books.sandbox.release(rule)
    assert answers(await held)["a"]["Customer"]["DisplayName"] == "One"


async def test_a_reply_dropped_after_the_commit_is_found_again_by_requestid(books: Books) -> None:
    await books.sandbox.add_fault("drop_after_commit", match={"entity": "batch"}, times=1)
    item = {"bId": "a", "operation": "create", "SalesReceipt": sale(line(5))}
    results = await asyncio.gather(batch(books, item, requestid="r1"), return_exceptions=True)
    assert isinstance(results[0], Exception)
    assert answers(await batch(books, item, requestid="r1"))["a"]["SalesReceipt"]["Id"] == "1"
    assert (await books.sandbox.ledger())["count"] == 1


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


async def test_auth_faults_can_stand_in_the_items(books: Books) -> None:
    await books.sandbox.add_fault("auth_in_items", match={"operation": "batch"}, times=1)
    found = answers(await batch(books, customer("a", "One"), customer("b", "Two")))
    assert [codes(item) for item in found.values()] == [["3200"], ["3200"]]
    assert found["a"]["Fault"]["type"] == "AUTHENTICATION"
    assert answers(await batch(books, customer("a", "One")))["a"]["Customer"]


async def test_without_a_subscription_the_changes_of_a_batch_are_refused_and_its_reads_are_not(books: Books) -> None:
    await books.sandbox.settings(company_state="subscription_ended")
    found = answers(await batch(books, customer("a", "One"), {"bId": "b", "Query": "select * from Item"}))
    assert codes(found["a"]) == ["6190"] and len(found["b"]["QueryResponse"]["Item"]) == 3
    await books.sandbox.settings(company_state="locked")
    assert (await batch(books, {"bId": "b", "Query": "select * from Item"})).codes == ["140"]


async def test_the_order_of_answers_can_be_shuffled_by_a_seed(books: Books) -> None:
    async def order(prefix: str) -> list[str]:
        reply = await batch(books, *(customer(f"{n:02}", f"{prefix}{n}") for n in range(20)))
        return [item["bId"] for item in reply.json["BatchItemResponse"]]

    asked = [f"{n:02}" for n in range(20)]
    assert await order("a") == asked
    await books.sandbox.settings(batch_order="shuffled", batch_seed=5)
    first = await order("b")
    assert first != asked and sorted(first) == asked and await order("c") == first
    await books.sandbox.settings(batch_seed=6)
    assert await order("d") != first


async def test_a_batch_is_one_metered_call_and_its_items_are_none(books: Books) -> None:
    await batch(books, customer("a", "One"), {"bId": "b", "Query": "select * from Item"}, customer("c", "One"))
    usage = await books.sandbox.usage()
    assert (usage["coreplus"]["batch"], usage["metered"], usage["core"]) == (1, 1, 0)
    assert usage["refused"] == {"6240": 1}
    await books.sandbox.settings(batch_metering="item")
    await batch(books, customer("a", "Two"), customer("b", "Two"), customer("c", "Three"))
    assert (await books.sandbox.usage())["coreplus"]["batch"] == 3


async def test_in_xml_names_and_counts_are_attributes(books: Books) -> None:
    items = [customer("a", "One"), {"bId": "b"}, {"bId": "c", "Query": "select * from Item where Name = 'Mug'"}]
    headers = {"Content-Type": "application/json", "Accept": "*/*"}
    body = json.dumps({"BatchItemRequest": items}).encode()
    reply = await books.call("POST", "batch", data=body, headers=headers)
    assert reply.content_type == "application/xml"
    name = "{http://schema.intuit.com/finance/v3}"
    made, refused, queried = ElementTree.fromstring(reply.raw)  # noqa: S314  # our own answer
    assert [item.attrib for item in (made, refused, queried)] == [{"bId": "a"}, {"bId": "b"}, {"bId": "c"}]
    assert made[0].tag == f"{name}Customer" and made[0].attrib == {"domain": "QBO", "sparse": "false"}
    assert refused[0].attrib == {"type": "ValidationFault"} and refused[0][0].attrib["code"] == "2020"
    assert queried[0].attrib == {"startPosition": "1", "maxResults": "1"}
    assert queried[0][0].findtext(f"{name}Name") == "Mug"


@pytest.mark.skipif(not _SAMPLES.is_dir(), reason="the recorded documents are not here")
async def test_the_documented_batch_is_taken_and_answered_in_the_documented_shape(books: Books) -> None:
    request = json.loads((_SAMPLES / "doc-batch-request.json").read_bytes())
    recorded = json.loads((_SAMPLES / "doc-batch-response-mixed-faults.json").read_bytes())
    await books.post("vendor", {"DisplayName": "Smith Family Store"})
    for _ in range(11):
        made = (await books.post("salesreceipt", sale(line(400)))).of("SalesReceipt")
    change = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "A private note."}
    assert made["Id"] == "11"
    await books.post("salesreceipt", change)
    reply = await books.post("batch", request)
    assert reply.status == 200 and reply.json.keys() == recorded.keys()
    for ours, theirs in zip(reply.json["BatchItemResponse"], recorded["BatchItemResponse"], strict=True):
        assert ours.keys() == theirs.keys() and ours["bId"] == theirs["bId"]
        assert codes(ours) == codes(theirs)
        for ours_error, theirs_error in zip(
            ours.get("Fault", {}).get("Error", []), theirs.get("Fault", {}).get("Error", []), strict=True
        ):
            assert ours_error.keys() == theirs_error.keys() and ours_error["Message"] == theirs_error["Message"]
    assert (
        reply.json["BatchItemResponse"][3]["QueryResponse"].keys()
        == recorded["BatchItemResponse"][3]["QueryResponse"].keys()
    )


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_sequence_of_repeats_makes_each_object_once(data: st.DataObject) -> None:
    calls = data.draw(
        st.lists(
            st.tuples(st.sampled_from(["r1", "r2"]), st.lists(st.sampled_from("abcd"), min_size=1, unique=True)),
            min_size=1,
            max_size=6,
        )
    )
    asyncio.run(_repeated(calls))


async def _repeated(calls: list[tuple[str, list[str]]]) -> None:
    async with running() as sandbox:
        books = await connect(sandbox)
        for requestid, bids in calls:
            found = answers(
                await batch(books, *(customer(bid, f"{requestid}{bid}") for bid in bids), requestid=requestid)
            )
            assert {bid: item["Customer"]["DisplayName"] for bid, item in found.items()} == {
                bid: f"{requestid}{bid}" for bid in bids
            }
        wanted = {f"{requestid}{bid}" for requestid, bids in calls for bid in bids}
        made = [row["DisplayName"] for row in await sandbox.objects("Customer")]
        assert sorted(made) == sorted(wanted)


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
