"""Webhooks out: signed events of every change, in both formats, to the endpoints that are registered."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from quickbooks import QuickBooks

from sandbox.quickbooks import SandboxConfig
from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.operations import create
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.seeds import new_company
from sandbox.quickbooks.settings import CompanySettings
from sandbox.quickbooks.webhooks import EndpointPlan, WebhookHub
from tests.contract.quickbooks_sandbox.books_client import Books, connect, line, sale
from tests.contract.quickbooks_sandbox.webhook_receiver import (
    TOKEN,
    Receiver,
    customers,
    log,
    register,
    settled,
)
from tests.support.quickbooks_sandbox import running

_SAMPLES = Path(__file__).parents[4] / "shared/samples/quickbooks"


async def test_every_kind_of_change_is_a_cloud_event(books: Books, receiver: Receiver) -> None:
    await register(books.sandbox, receiver)
    invoice = (await books.post("invoice", sale(line(5)))).of("Invoice")
    key = {"Id": invoice["Id"], "SyncToken": "0"}
    await books.post("invoice", key | {"sparse": True, "PrivateNote": "x"})
    await books.post("invoice", key | {"SyncToken": "1"}, operation="void")
    await books.post("invoice", key | {"SyncToken": "2"}, operation="delete")
    events = await receiver.wait_events(4)
    assert [event["type"] for event in events] == [
        f"qbo.invoice.{kind}.v1" for kind in ("created", "updated", "voided", "deleted")
    ]
    assert all(one.is_signed for one in receiver.received)
    first = events[0]
    assert first.keys() == {
        "specversion",
        "id",
        "source",
        "type",
        "datacontenttype",
        "time",
        "intuitentityid",
        "intuitaccountid",
        "data",
    }
    assert (first["specversion"], first["data"]) == ("1.0", {})
    assert (first["intuitentityid"], first["intuitaccountid"]) == (invoice["Id"], books.sandbox.realm)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", first["time"])
    assert abs(datetime.fromisoformat(first["time"][:26] + "Z") - datetime.now(UTC)) < timedelta(seconds=30)
    assert len({event["id"] for event in events}) == 4


async def test_the_headers_are_intuits(books: Books, receiver: Receiver) -> None:
    await register(books.sandbox, receiver)
    await customers(books, 1)
    headers = (await receiver.wait(1))[0].headers
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-0[78]00", headers["intuit-created-time"])
    assert headers["intuit-notification-schema-version"] == "0.1" and headers["intuit-t-id"]


async def test_a_client_library_of_others_takes_the_signature(books: Books, receiver: Receiver) -> None:
    await register(books.sandbox, receiver)
    await books.post("customer", {"DisplayName": "Zoë"})
    one = (await receiver.wait(1))[0]
    library, signature = QuickBooks(minorversion=75), one.headers["intuit-signature"]
    assert library.validate_webhook_signature(one.raw.decode(), signature, TOKEN)
    assert not library.validate_webhook_signature(one.raw.decode() + " ", signature, TOKEN)


async def test_a_change_that_is_rolled_back_is_no_event(receiver: Receiver) -> None:
    clock = Clock()
    company = new_company("1", clock, CompanySettings())
    hub = WebhookHub(clock)
    hub.watch(company)
    endpoint = hub.register(EndpointPlan(url=receiver.url, verifier_token=TOKEN))
    with pytest.raises(ZeroDivisionError), company.atomic():
        create(company, ENTITIES["Customer"], {"DisplayName": "Undone"})
        raise ZeroDivisionError
    with company.atomic():
        create(company, ENTITIES["Vendor"], {"DisplayName": "Done"})
    assert [event["type"] for event in await receiver.wait_events(1)] == ["qbo.vendor.created.v1"]
    assert endpoint.counts["events"] == 1
    await hub.close()


async def test_what_changes_nothing_or_is_refused_or_not_subscribed_is_no_event(
    books: Books, receiver: Receiver
) -> None:
    await register(books.sandbox, receiver, entities=["Customer"])
    await books.post("customer", {"Id": "1", "SyncToken": "0", "sparse": True, "DisplayName": "Ann O'Neil"})
    await books.post("customer", {"DisplayName": "Ann O'Neil"})
    await books.post("vendor", {"DisplayName": "Not subscribed"})
    chair = {"ItemRef": {"value": "3"}, "Qty": 1, "UnitPrice": 5, "TaxCodeRef": {"value": "NON"}}
    await books.post(
        "salesreceipt",
        sale({"Amount": 5, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": chair}),
    )
    await books.post("customer", {"DisplayName": "Last"})
    events = await receiver.wait_events(1)
    assert [event["type"] for event in events] == ["qbo.customer.created.v1"]
    assert (await settled(books.sandbox))["counts"]["events"] == 1


async def test_a_sale_moves_stock_without_an_event_of_the_item(books: Books, receiver: Receiver) -> None:
    await register(books.sandbox, receiver)
    chair = {"ItemRef": {"value": "3"}, "Qty": 1, "UnitPrice": 5, "TaxCodeRef": {"value": "NON"}}
    await books.post(
        "salesreceipt", sale({"Amount": 5, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": chair})
    )
    await settled(books.sandbox)
    assert [event["type"] for event in receiver.events()] == ["qbo.salesreceipt.created.v1"]


async def test_items_of_a_batch_and_seeded_objects_are_events_too(books: Books, receiver: Receiver) -> None:
    await register(books.sandbox, receiver)
    items = [{"bId": n, "operation": "create", "Customer": {"DisplayName": n}} for n in ("a", "b")]
    await books.post("batch", {"BatchItemRequest": items})
    await books.sandbox.seed({"Customer": [{"DisplayName": "c"}]})
    assert len(await receiver.wait_events(3)) == 3


async def test_one_delivery_can_hold_several_realms(receiver: Receiver) -> None:
    async with running(SandboxConfig(realms=("1", "2"))) as sandbox:
        await register(sandbox, receiver, aggregate_seconds=60)
        for realm in ("1", "2"):
            await customers(await connect(sandbox, realm), 2)
        await sandbox.advance(60)
        delivery = (await receiver.wait(1))[0]
        assert [event["intuitaccountid"] for event in delivery.events] == ["1", "1", "2", "2"]


async def test_the_older_format_groups_by_realm_and_names_things_otherwise(receiver: Receiver) -> None:
    async with running(SandboxConfig(realms=("1", "2"))) as sandbox:
        await register(sandbox, receiver, format="legacy", aggregate_seconds=60)
        for realm in ("1", "2"):
            await customers(await connect(sandbox, realm), 1)
        await sandbox.advance(60)
        delivery = (await receiver.wait(1))[0]
        document = json.loads(delivery.raw)
        assert delivery.is_signed
        assert [one["realmId"] for one in document["eventNotifications"]] == ["1", "2"]
        row = document["eventNotifications"][0]["dataChangeEvent"]["entities"][0]
        assert (row["name"], row["operation"], row["id"]) == ("Customer", "Create", "1")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-0[78]00", row["lastUpdated"])


@pytest.mark.skipif(not _SAMPLES.is_dir(), reason="the recorded documents are not here")
async def test_the_older_format_has_the_documented_keys(books: Books, receiver: Receiver) -> None:
    await register(books.sandbox, receiver, format="legacy", aggregate_seconds=60)
    await customers(books, 1)
    await books.post("vendor", {"DisplayName": "V"})
    await books.sandbox.advance(60)
    ours = json.loads((await receiver.wait(1))[0].raw)
    theirs = json.loads((_SAMPLES / "doc-webhook-legacy.json").read_bytes())

    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: shape(inner) for name, inner in value.items()}
        return [shape(inner) for inner in value] if isinstance(value, list) else type(value).__name__

    assert shape(ours) == shape(theirs)


async def test_an_endpoint_is_replaced_by_its_address_and_ends_with_a_reset(books: Books, receiver: Receiver) -> None:
    first = await register(books.sandbox, receiver)
    second = await register(books.sandbox, receiver, format="legacy")
    assert first["id"] == second["id"] and "verifier_token" not in second
    assert len((await books.sandbox.control("GET", "webhooks"))["endpoints"]) == 1
    await books.sandbox.reset()
    assert (await books.sandbox.control("GET", "webhooks"))["endpoints"] == []
    await customers(await connect(books.sandbox), 1)
    assert (await log(books.sandbox))["deliveries"] == [] and receiver.received == []


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        ({}, "url"),
        ({"url": "ftp://x", "verifier_token": "t"}, "url"),
        ({"url": "http://x", "verifier_token": ""}, "verifier_token"),
        ({"url": "http://x", "verifier_token": "t", "lose": 2}, "lose"),
        ({"url": "http://x", "verifier_token": "t", "entities": ["TaxCode"]}, "TaxCode"),
        ({"url": "http://x", "verifier_token": "t", "nonsense": 1}, "nonsense"),
    ],
)
async def test_a_plan_that_makes_no_sense_is_refused_with_the_reason(
    books: Books, plan: dict[str, Any], reason: str
) -> None:
    with pytest.raises(AssertionError, match=reason):
        await books.sandbox.control("POST", "webhooks", plan)


async def test_changed_preferences_are_an_event_and_other_switches_are_none(books: Books, receiver: Receiver) -> None:
    await register(books.sandbox, receiver)
    await books.sandbox.settings(arithmetic="recompute", calls_per_minute=50_000)
    await books.sandbox.settings(book_close_date="2026-01-31")
    await books.sandbox.settings(book_close_date="2026-01-31")
    await books.post("customer", {"DisplayName": "Last"})
    events = await receiver.wait_events(2)
    assert [event["type"] for event in events] == ["qbo.preferences.updated.v1", "qbo.customer.created.v1"]
