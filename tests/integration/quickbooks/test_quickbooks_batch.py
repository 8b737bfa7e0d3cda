"""Batches: each item has its own outcome, whatever becomes of the others, and a repeat makes nothing twice."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared import limits
from shared.quickbooks.batch import BatchItem, request_body
from shared.quickbooks.client import QuickBooksClient
from shared.quickbooks.faults import (
    Missing,
    NameTaken,
    OutcomeUnknown,
    QuickBooksError,
    Reconnect,
    StaleObject,
    Throttled,
    TokenRefused,
)
from shared.quickbooks.quota import Quota
from shared.wire import encode
from tests.integration.quickbooks.scripted import Reply
from tests.integration.quickbooks.test_quickbooks_client import Scene, scene
from tests.support.quickbooks_sandbox import QuickBooksSandbox, running
from tests.unit.lists.told import Token

__all__ = ["scene"]  # the fixture

SAMPLE = Path(__file__).parents[4] / "shared/samples/quickbooks/doc-batch-response-mixed-faults.json"
REQUESTID = "8c4dc6ac-5a0f-4d1e-9e39-2a3c6d1c8b11"


def item(bid: str, name: str, **rest: Any) -> BatchItem:
    body = {"Name": name, "Type": "Service", "IncomeAccountRef": {"value": "1"}, **rest}
    return BatchItem(bid, "Item", "create", encode(body))


@pytest.fixture
async def books() -> AsyncIterator[QuickBooksSandbox]:
    async with running() as sandbox:
        yield sandbox


@pytest.fixture
async def client(books: QuickBooksSandbox) -> QuickBooksClient:
    token = Token((await books.grant())["access_token"])
    return QuickBooksClient(books.session, books.base_url, books.realm, token, Quota())


async def test_thirty_items_are_one_call_and_a_repeat_gives_the_first_answers(
    client: QuickBooksClient, books: QuickBooksSandbox
) -> None:
    items = [item(str(number), f"Thing {number}") for number in range(30)]
    before = len(await books.objects("Item"))
    first = await client.batch(items, REQUESTID)
    again = await client.batch(items[7:8], REQUESTID)
    assert again == {"7": first["7"]}, "also without those it was with"
    made = {one["Id"] for one in first.values() if not isinstance(one, QuickBooksError)}
    assert len(made) == 30 and len(await books.objects("Item")) - before == 30
    assert (await books.usage())["coreplus"]["batch"] == 2


async def test_each_fault_is_its_own_items(client: QuickBooksClient, books: QuickBooksSandbox) -> None:
    await books.settings(batch_order="shuffled", batch_seed=3)
    (held,) = (await books.seed({"Item": [json.loads(item("", "Held").body)]}))["Item"]
    stale = {"Id": held["Id"], "SyncToken": "7", "sparse": True, "Name": "Held"}
    answers = await client.batch(
        [
            item("a", "New"),
            item("b", "held"),
            BatchItem("c", "Item", "update", encode(stale)),
            item("d", "Lost", IncomeAccountRef={"value": "4711"}),
            BatchItem("e", "Item", "update", encode({**stale, "SyncToken": "0", "Sku": "KEPT"})),
        ],
        REQUESTID,
    )
    assert [type(answers[bid]) for bid in "bcd"] == [NameTaken, StaleObject, Missing]
    made, kept = answers["a"], answers["e"]
    assert not isinstance(made, QuickBooksError) and made["Name"] == "New"
    assert not isinstance(kept, QuickBooksError) and (kept["Sku"], kept["SyncToken"]) == ("KEPT", "1")


async def test_a_call_that_wouldnt_be_known_again_isnt_made() -> None:
    assert b'"bId":"1"' in request_body([item("1", "A")], REQUESTID)
    for items, requestid in (
        ([], REQUESTID),
        ([item(str(number), "A") for number in range(31)], REQUESTID),
        ([item("1", "A"), item("1", "B")], REQUESTID),
        ([item("12345678901", "A")], REQUESTID),
        ([item("1", "A")], REQUESTID + "0"),
    ):
        with pytest.raises(ValueError, match=r"batch|bId"):
            request_body(items, requestid)


@pytest.mark.skipif(not SAMPLE.exists(), reason="the recorded documents aren't here")
async def test_recorded_faults_are_told_apart(scene: Scene) -> None:
    scene.server.replies = [Reply(body=SAMPLE.read_bytes())]
    items = [BatchItem(f"bid{number}", "Item", "create", b"{}") for number in (1, 2, 3, 4)]
    answers = await scene.client.batch(items, REQUESTID)
    assert [type(answers[one.bid]) for one in items] == [NameTaken, Missing, StaleObject, OutcomeUnknown]


def faults(*codes: str, good: tuple[str, ...] = ()) -> Reply:
    rows: list[dict[str, Any]] = [
        {"bId": f"f{number}", "Fault": {"type": "x", "Error": [{"code": code, "Message": "m"}]}}
        for number, code in enumerate(codes)
    ]
    rows += [{"bId": bid, "Item": {"Id": "1", "SyncToken": "0"}} for bid in good]
    return Reply(body=json.dumps({"BatchItemResponse": rows}).encode())


TWO = [item("f0", "A"), item("f1", "B")]


async def test_a_token_that_every_item_finds_expired_is_renewed_and_the_same_goes_out_again(scene: Scene) -> None:
    """Inside an answer 200, as users have met it. Where only some say so, the call isn't repeated for all."""
    scene.server.replies = [faults("3200", "3200"), faults(good=("f0", "f1"))]
    answers = await scene.client.batch(TWO, REQUESTID)
    assert [answers[one.bid] for one in TWO] == [{"Id": "1", "SyncToken": "0"}] * 2
    assert scene.tokens.refusals == ["token-1"]
    first, second = scene.server.seen
    assert (first.body, first.url) == (second.body, second.url)
    scene.server.replies = [faults("3200", good=("f1",))]
    mixed = await scene.client.batch(TWO, REQUESTID)
    assert isinstance(mixed["f0"], TokenRefused) and not isinstance(mixed["f1"], QuickBooksError)
    assert len(scene.server.seen) == 3
    scene.server.replies = [faults("3100", "3100")]
    with pytest.raises(Reconnect):
        await scene.client.batch(TWO, REQUESTID)
    assert {(call.kind, call.entity) for call in scene.calls} == {("batch", "item")}


async def test_answers_that_are_missing_or_make_no_sense_are_unknown_and_a_throttled_item_pauses_the_realm(
    scene: Scene,
) -> None:
    scene.server.replies = [Reply(body=b'{"BatchItemResponse":[{"bId":"f0","Item":[]},{"bId":"zz","Item":{}},7]}')]
    answers = await scene.client.batch(TWO, REQUESTID)
    assert [type(answers[one.bid]) for one in TWO] == [OutcomeUnknown, OutcomeUnknown]
    scene.server.replies = [Reply(body=b"<html>")]
    with pytest.raises(OutcomeUnknown):
        await scene.client.batch(TWO, REQUESTID)
    scene.server.replies = [faults("3001", good=("f1",))]
    answers = await scene.client.batch(TWO, REQUESTID)
    assert isinstance(answers["f0"], Throttled)
    assert scene.quota._wait_seconds() > limits.THROTTLE_WAIT_SECONDS - 5
