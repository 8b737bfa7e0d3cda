"""POST /batch: independent items, faults inside a 200, memory by requestid and bId, orders and forms."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.quickbooks_sandbox.batch_calls import answers, batch, codes, customer
from tests.contract.quickbooks_sandbox.books_client import Books, connect, line, sale
from tests.support.quickbooks_sandbox import running

_SAMPLES = Path(__file__).parents[4] / "shared/samples/quickbooks"


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
